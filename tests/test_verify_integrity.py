"""``manage.py verify_integrity``: whatever is altered behind the project's back is found."""

import json

import pytest
from django.core.management import call_command

from analysis import integrity
from analysis.models import Run
from extraction.models import RecordCell
from review.models import Event, Vote

from . import world as worlds
from .conftest import append_only_lifted

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with worlds.standing(django_db_blocker) as made:
        yield made


def said(capsys):
    """What the command prints, and its exit code."""
    try:
        call_command("verify_integrity")
        code = 0
    except SystemExit as end:
        code = end.code
    return capsys.readouterr().out, code


def one(rows):
    return rows.order_by("pk").first()


def alter(row, **values):
    type(row).objects.filter(pk=row.pk).update(**values)


def event(review):
    alter(one(review.events.filter(action="vote.cast")), data={"verdict": "maybe"})


def lost_event(review):
    Event.objects.filter(pk=one(review.events.filter(action="vote.cast")).pk).delete()


def last_event(review):
    review.events.order_by("seq").last().delete()


def vote_status(review):
    alter(one(review.screenings.filter(status="excluded")), status="included", reason=None)


def vote(review):
    alter(one(Vote.objects.filter(screening__review=review)), verdict="maybe", reason=None)


def duplicate(review):
    alter(one(review.references.exclude(duplicate_of=None)), duplicate_of=None)


def record_cell(review):
    cells = RecordCell.objects.filter(record__study__review=review, record__status="approved")
    cell = one(cells.filter(field="score"))
    alter(cell, value=cell.value | {"mean": "99.9"})


def snapshot(review):
    row = one(review.snapshots)
    alter(row, content=row.content.replace("11.2", "99.9"))


def run_hash(review):
    alter(one(Run.objects.filter(plan__review=review)), inputs_sha256="0" * 64)


def run_inputs(review):
    run = one(Run.objects.filter(plan__review=review))
    inputs = json.loads(json.dumps(run.inputs))
    inputs["rows"][0]["values"]["m1i"] += 1
    alter(run, inputs=inputs)


def run_results(review):
    run = one(Run.objects.filter(plan__review=review))
    results = json.loads(json.dumps(run.results))
    results["random"]["beta"] += 0.01
    alter(run, results=results)


def plan(review):
    row = one(review.plans)
    alter(row, spec=row.spec | {"level": 90})


def patient_plan(review):
    row = one(review.patient_plans)
    alter(row, spec=row.spec | {"level": 90})


def retired_plan(review):
    row = one(review.plans)
    alter(row, retired_at=row.created_at)


def invented_run(review):
    run = one(Run.objects.filter(plan__review=review))
    run.pk = None
    run.save()


BREAKS = {
    "an event": (event, "was altered"),
    "an event taken out": (lost_event, "is missing before"),
    "the last event taken off": (last_event, "the head of the chain"),
    "the status of votes": (vote_status, "status is included, its votes come to excluded"),
    "a vote": (vote, "a vote differs from what the ledger tells"),
    "a duplicate": (duplicate, "is marked as a duplicate other than"),
    "a cell of a record": (record_cell, "has value"),
    "the text of a snapshot": (snapshot, "its content does not have its sha256"),
    "the hash of a run's inputs": (run_hash, "its inputs do not have their sha256"),
    "the inputs of a run": (run_inputs, "its inputs are not what the plan takes"),
    "the results of a run": (run_results, "its results are not what its inputs come to"),
    "a run nobody ran": (invented_run, "the ledger does not know it"),
    "a plan": (plan, "differs from what the ledger wrote down"),
    "a plan for patients": (patient_plan, "patient plan "),
    "a plan put away": (retired_plan, "put away or not"),
}


def test_an_untouched_project_agrees(world, capsys):
    told, code = said(capsys)
    assert code == 0
    assert told.count("no problems") == 8, "four checks for each of two reviews"
    assert told.strip().endswith("Everything agrees.")


@pytest.mark.parametrize("what", BREAKS)
def test_what_was_altered_behind_its_back_is_found(world, capsys, what):
    change, sentence = BREAKS[what]
    with append_only_lifted():
        change(world.review)
    told, code = said(capsys)
    assert code == 1
    assert sentence in told
    assert "found." in told.strip().splitlines()[-1]


def test_only_the_review_that_was_altered_is_named(world, capsys):
    with append_only_lifted():
        run_hash(world.review)
    told, _ = said(capsys)
    first, second = told.split(f"Review {world.other.pk}:")
    assert "sha256" in first
    assert "sha256" not in second


def test_a_run_whose_snapshot_cannot_be_read_is_told(world):
    with append_only_lifted():
        run = one(Run.objects.filter(plan__review=world.review))
        alter(run.snapshot, content="{}")
    assert any("cannot be computed again" in one for one in integrity.problems(world.review))
