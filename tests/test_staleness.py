"""A run beside the data as they are now: up to date, opened again, frozen anew."""

import pytest
from django.urls import reverse

from analysis import runs, staleness
from extraction import adjudication, snapshots
from extraction.models import Record, RecordCell

from .effects import SPEC, make_effects, reading
from .factories import join, make_review, make_user
from .pages.room import as_user

pytestmark = pytest.mark.django_db
STUDIES = {"Alpha": ("-0.9", "0.3"), "Beta": ("-0.4", "0.3"), "Gamma": ("-0.6", "0.3")}


@pytest.fixture
def review():
    return make_review("Effects")


@pytest.fixture
def pair(review):
    return [join(review, make_user(name), "reviewer") for name in ("ada", "ben")]


@pytest.fixture
def run(review, pair):
    readings = {label: [reading(*said)] * 2 for label, said in STUDIES.items()}
    form = make_effects(review, pair, readings)
    for record in Record.objects.all():
        adjudication.approve(record=record, actor=review.created_by)
    lead = review.created_by
    plan = runs.create_plan(review=review, actor=lead, title="Main", spec=SPEC | {"form": form.pk})
    return runs.run(plan=plan, snapshot=freeze(review), actor=lead)


def freeze(review):
    return snapshots.freeze(review=review, actor=review.created_by)


def change(review, pair, field, given):
    """Open Gamma again and agree on another value."""
    record = Record.objects.get(study__label="Gamma")
    adjudication.reopen(record=record, actor=review.created_by, reason="erratum")
    cell = RecordCell.objects.get(record=record, field=field)
    for person in pair:
        adjudication.give_opinion(cell=cell, person=person, choice="rewritten", given=given)
    return record


def page(review, run):
    return as_user(review.created_by).get(reverse("plan", args=[review.pk, run.plan_id]))


def test_a_run_on_the_newest_data_says_nothing(review, run):
    assert staleness.of(run, review.snapshots.first()) is None
    assert "frozen again" not in page(review, run).content.decode()


def test_a_study_opened_again_is_named(review, pair, run):
    record = change(review, pair, "effect", "1.6")
    found = staleness.of(run, review.snapshots.first())
    assert (found.newest, found.reopened) == (None, [record])
    told = page(review, run).content.decode()
    assert "Opened again since" in told and "Gamma" in told


def test_new_data_show_the_old_and_the_new_estimate(review, pair, run):
    record = change(review, pair, "effect", "1.6")
    adjudication.approve(record=record, actor=review.created_by)
    newest = freeze(review)
    found = staleness.of(run, newest)
    assert not found.same and not found.reopened
    again = runs.run(plan=run.plan, snapshot=newest, actor=review.created_by)
    assert found.new[0] != found.old[0]
    told = page(review, again).content.decode()
    assert "frozen again" not in told
    stale = as_user(review.created_by).get(reverse("run", args=[review.pk, run.pk]))
    assert found.old[0] in stale.content.decode() and found.new[0] in stale.content.decode()


def test_other_values_leave_the_result_as_it_is(review, pair, run):
    record = Record.objects.get(study__label="Gamma")
    adjudication.reopen(record=record, actor=review.created_by, reason="a note")
    cell = record.cells.get(field="effect")
    adjudication.give_opinion(cell=cell, person=pair[0], choice="first", note="checked again")
    adjudication.approve(record=record, actor=review.created_by)
    found = staleness.of(run, freeze(review))
    assert found.same and found.new is None
    assert "the result stands" in page(review, run).content.decode()


def test_data_that_cannot_be_pooled_any_more_say_so(review, pair, run):
    for record in Record.objects.exclude(study__label="Alpha"):
        adjudication.reopen(record=record, actor=review.created_by, reason="erratum")
    found = staleness.of(run, freeze(review))
    assert "needs two studies" in found.why
    assert len(found.reopened) == 2
