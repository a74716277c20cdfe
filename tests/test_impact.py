"""What an open difference would do to a pooled result, and to whom that is told."""

import pytest
from django.urls import reverse

from analysis import impact, open_differences, runs
from extraction import adjudication, snapshots
from extraction.models import Record, RecordCell
from review.access import seat_of

from .effects import SCHEMA, SPEC, make_effects, reading
from .factories import join, make_review, make_user
from .pages.room import as_user

pytestmark = pytest.mark.django_db
# Effect and standard error as the two read them; Gamma turns the conclusion, Delta hardly moves.
STUDIES = {
    "Alpha": (("-0.9", "0.5"), ("-0.9", "0.5")),
    "Beta": (("-0.4", "0.4"), ("-0.4", "0.4")),
    "Gamma": (("-2.1", "0.3"), ("2.1", "0.3")),
    "Delta": (("-0.6", "9.00"), ("-0.6", "9.0001")),
}


@pytest.fixture
def review():
    return make_review("Effects")


@pytest.fixture
def team(review):
    roles = {"ada": "reviewer", "ben": "reviewer", "kim": "reviewer", "cleo": "arbiter"}
    roles |= {"stat": "statistician", "eva": "observer"}
    return {name: join(review, make_user(name), role) for name, role in roles.items()}


@pytest.fixture
def plan(review, team):
    countries = ("Spain", "France")
    studies = {
        label: [reading(*pair, country=c) for pair, c in zip(both, countries, strict=True)]
        for label, both in STUDIES.items()
    }
    form = make_effects(review, (team["ada"], team["ben"]), studies)
    spec = SPEC | {"form": form.pk}
    return runs.create_plan(review=review, actor=review.created_by, title="Main", spec=spec)


def seen(review, person):
    return open_differences.ranking(review, seat_of(person, review))


def test_what_turns_the_conclusion_comes_first(review, team, plan):
    found = seen(review, team["cleo"])
    told = [(one.seen.record.study.label, one.cell.field) for one in found.differences]
    assert told[:2] == [("Gamma", "effect"), ("Delta", "error")]
    assert len(told) == 6 and {field for _, field in told[2:]} == {"country"}
    assert found.moving == 1
    (gamma,) = found.differences[0].moves
    assert gamma.turns and {gamma.a.side, gamma.b.side} == {
        "below no effect",
        "no difference shown",
    }
    assert not found.differences[1].matters and found.differences[1].moves[0].share > 0
    (outlook,) = found.outlooks
    assert (outlook.feeding, outlook.turning, outlook.unbounded) == (2, 1, 0)
    assert (outlook.apart, outlook.limit) == (gamma.apart, gamma.limit)


def test_it_is_the_result_that_comes_out_when_the_reading_is_taken(review, team, plan):
    """Held against the whole chain: the opinions, the approval, the snapshot and the run."""
    cell = RecordCell.objects.get(field="effect", record__study__label="Gamma")
    for other in RecordCell.objects.exclude(status="closed").exclude(pk=cell.pk):
        adjudication.give_opinion(cell=other, person=team["ben"], choice="first")
    (told,) = seen(review, team["ben"]).differences[0].moves
    adjudication.give_opinion(cell=cell, person=team["ada"], choice="second")
    for record in Record.objects.all():
        adjudication.approve(record=record, actor=team["cleo"])
    snapshot = snapshots.freeze(review=review, actor=review.created_by)
    run = runs.run(plan=plan, actor=team["stat"], snapshot=snapshot)
    # Ben's own reading is his A.
    (alone,) = impact.alike(plan.spec, [run.results])
    assert (told.a.estimate, told.a.interval, told.a.tau2) == alone


def test_a_variable_computed_from_the_cell_moves_with_it(review, team):
    shift = {
        "key": "shift", "label": "Shift", "kind": "difference", "level": "study",
        "of": ["effect", "error"],
    }  # fmt: skip
    studies = {label: [reading(*said) for said in both] for label, both in STUDIES.items()}
    people = team["ada"], team["ben"]
    form = make_effects(review, people, studies, SCHEMA | {"derived": [shift]})
    spec = SPEC | {"form": form.pk, "fields": {"y": "shift", "se": "error"}}
    runs.create_plan(review=review, actor=review.created_by, title="Shift", spec=spec)
    (gamma, _) = seen(review, team["ada"]).differences
    assert gamma.cell.field == "effect" and gamma.moves[0].turns


def test_a_bound_is_rounded_up():
    def words(measure, first, second):
        return impact.distance({"measure": measure}, first, second).words

    assert words("MD", 0.6412, 0) == "0.65"
    assert words("MD", 0.64, 0) == "0.64"
    assert words("MD", 0.3, 0.3) == "0"
    assert words("RR", 0.0, 0.0123) == "a factor of 1.013"
    assert words("PR", 0.1231, 0) == "13 percentage points"


def test_only_they_see_it_who_may_see_both_readings(review, team, plan):
    for name in ("ada", "ben", "cleo"):
        assert len(seen(review, team[name]).differences) == 6
    for name in ("kim", "eva", "stat"):
        found = seen(review, team[name])
        assert found.differences == [] and found.outlooks[0].feeding == 0
        assert found.outlooks[0].now.why  # nothing is approved, so nothing enters


def test_nothing_of_a_hidden_record_is_in_the_numbers(review, team, plan):
    """Kim sees what is approved; what the other two still discuss moves nothing of hers."""
    before = seen(review, team["kim"])
    cell = RecordCell.objects.get(field="effect", record__study__label="Gamma")
    for person in (team["ada"], team["ben"]):
        adjudication.give_opinion(cell=cell, person=person, choice="rewritten", given="99")
    assert seen(review, team["kim"]).outlooks == before.outlooks


def test_a_reading_that_cannot_be_pooled_is_said(review, team, plan):
    Record.objects.filter(study__label__in=["Beta", "Gamma", "Delta"]).delete()
    cell = RecordCell.objects.get(field="country")
    assert [one.cell for one in seen(review, team["ada"]).differences] == [cell]
    (outlook,) = seen(review, team["ada"]).outlooks
    assert "needs two studies" in outlook.now.why


def test_without_a_plan_nothing_is_claimed(review, team, plan):
    runs.retire_plan(plan=plan, actor=team["stat"], why="test")
    page = as_user(team["ada"]).get(reverse("impact", args=[review.pk])).content.decode()
    assert "6 left" in page and "can move" not in page
    assert "not known" in page


def test_the_page_and_the_lines_beside_each_difference(review, team, plan):
    client, url = as_user(team["ada"]), reverse("impact", args=[review.pk])
    page = client.get(url).content.decode()
    assert "6 left: 1 can move the result" in page
    assert "can move the estimate by more than" in page
    record = Record.objects.get(study__label="Gamma")
    part = client.get(f"{url}?record={record.pk}", headers={"HX-Request": "true"})
    cell = record.cells.get(field="effect")
    assert f'id="impact-{cell.pk}" hx-swap-oob' in part.content.decode()
    assert "<html" not in part.content.decode()
    compare = client.get(reverse("record-compare", args=[review.pk, record.pk])).content.decode()
    assert f'hx-get="{url}?record={record.pk}"' in compare
    assert f'id="impact-{cell.pk}"' in compare


def test_each_line_finds_its_place_on_the_page_harmless_or_not(review, team, plan):
    client, url = as_user(team["ada"]), reverse("impact", args=[review.pk])
    record = Record.objects.get(study__label="Delta")
    part = client.get(f"{url}?record={record.pk}", headers={"HX-Request": "true"}).content.decode()
    compare = client.get(reverse("record-compare", args=[review.pk, record.pk])).content.decode()
    (harmless,) = record.cells.filter(field="error")
    assert f'<tr id="cell-{harmless.pk}">' in compare
    assert f'id="impact-{harmless.pk}" hx-swap-oob' in part
    assert f'id="impact-{harmless.pk}"' in compare


def test_a_third_person_gets_the_lines_of_what_was_left_to_them(review, team, plan):
    record = Record.objects.get(study__label="Gamma")
    left, open_ = record.cells.get(field="effect"), record.cells.get(field="country")
    adjudication.give_opinion(cell=left, person=team["ada"], choice="escalated")
    url = f"{reverse('impact', args=[review.pk])}?record={record.pk}"
    told = as_user(team["cleo"]).get(url, headers={"HX-Request": "true"}).content.decode()
    assert f"impact-{left.pk}" in told and f"impact-{open_.pk}" not in told
    assert "<b>1</b> of 1 can move a result" in told


def test_queries_do_not_grow_with_the_differences(
    review, team, plan, django_assert_max_num_queries
):
    client = as_user(team["ada"])
    with django_assert_max_num_queries(30):
        client.get(reverse("impact", args=[review.pk]))
