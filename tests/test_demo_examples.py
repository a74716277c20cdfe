"""The example reviews of the demo: their numbers are those of the reference cases, and what is
simulated says so."""

import json
from collections import Counter
from pathlib import Path

import pytest

from analysis import kinds, workload
from analysis.demo import people
from analysis.demo.examples import REVIEWS, dose
from analysis.demo.paper import rows
from analysis.integrity import problems
from analysis.management.commands import demo
from analysis.prespecification import shown
from review.access import seat_of

from . import world as worlds

REFERENCE = Path(__file__).parent / "reference"


def reference(name):
    return json.loads((REFERENCE / f"{name}.json").read_text())


def column(name, key):
    return [int(row[key]) for row in rows(name)]


def test_the_trials_of_bcg_are_those_of_the_reference_case():
    data = reference("stats/bcg_rr")["data"]
    cases, people_ = column("bcg_trials", "vaccinated_cases"), column("bcg_trials", "vaccinated")
    assert cases == data["tpos"]
    assert [n - x for x, n in zip(cases, people_, strict=True)] == data["tneg"]
    cases = column("bcg_trials", "unvaccinated_cases")
    assert cases == data["cpos"]
    people_ = column("bcg_trials", "unvaccinated")
    assert [n - x for x, n in zip(cases, people_, strict=True)] == data["cneg"]
    mods = reference("stats/bcg_moderators")["data"]
    assert column("bcg_trials", "latitude") == mods["ablat"]
    assert [row["allocation"].lower() for row in rows("bcg_trials")] == mods["alloc"]


def test_the_network_and_the_counts_of_accuracy_are_those_of_the_reference_cases():
    smoking = reference("network")["smoking"]["data"]
    found = (column("smoking_trials", key) for key in ("trial", "stopped", "n"))
    assert list(found) == [smoking[key] for key in ("study", "x", "n")]
    named = Counter(
        zip(smoking["trt"], [r["treatment"] for r in rows("smoking_trials")], strict=True)
    )
    assert len(named) == 4, "one name for each treatment"
    telomerase = reference("accuracy")["telomerase"]["data"]
    for key in ("tp", "fn", "fp", "tn"):
        assert column("telomerase_studies", key) == telomerase[key]


def test_every_demo_review_has_a_title_of_its_own_and_try_it_is_last():
    titles = [one.TITLE for one in demo.REVIEWS]
    assert len(set(titles)) == len(titles) == len(REVIEWS) + 2
    assert demo.REVIEWS[-1].TITLE.startswith("Try it")


@pytest.mark.django_db
@pytest.mark.once
def test_the_simulated_cohorts_say_so_and_their_plans_came_before_the_data():
    with worlds.at_once():
        review = dose.build(people.make_lead())
    assert "SIMULATED" in review.title
    assert all("Simulated" in f"{s.label} {s.citation}" for s in review.studies.all())
    listed = shown.listed(review)
    assert [one.standing.words for one in listed] == ["pre-specified", "pre-specified"]
    told = [kinds.tell(run) for one in listed for run in one.plan.runs.all()]
    assert len(told) == 2 and all(told)
    assert not problems(review)
    assert not list(workload.waiting(seat_of(review.created_by, review)))
