"""Where decisions are shown when the stage is done, no count lets a reviewer read them earlier."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from analysis import audit, flowchart
from analysis.exports import everything
from review import screening
from review.access import seat_of

from .factories import join, make_reference, make_review, make_user, open_screening

pytestmark = pytest.mark.django_db
LATER = "how others voted"


@pytest.fixture
def review():
    return make_review(reveal="stage_done")


@pytest.fixture
def people(review):
    return {
        name: join(review, make_user(name), role)
        for name, role in (("ada", "reviewer"), ("ben", "reviewer"), ("eve", "observer"))
    }


@pytest.fixture
def records(review, people):
    """The first in conflict; nobody has voted on the other."""
    records = [open_screening(make_reference(review)) for _ in range(2)]
    for name, verdict in (("ada", "include"), ("ben", "exclude")):
        screening.cast_vote(screening=records[0], reviewer=people[name], verdict=verdict)
    return records


def page(person, name, review, *args):
    client = Client()
    client.force_login(person)
    return client.get(reverse(name, args=[review.pk, *args]))


def settle_all(review, people, records):
    screening.rule(screening=records[0], arbiter=review.created_by, verdict="exclude")
    for name in ("ada", "ben"):
        screening.cast_vote(screening=records[1], reviewer=people[name], verdict="exclude")


def test_no_box_and_no_conflict_is_counted_for_a_reviewer(review, people, records):
    for name in ("review-home", "report"):
        shown = page(people["ada"], name, review).content.decode()
        assert LATER in shown
        assert "Records excluded" not in shown
        assert "conflict waits" not in shown
        assert LATER not in page(people["eve"], name, review).content.decode()
    assert "conflict waits" in page(people["eve"], "review-home", review).content.decode()
    assert page(people["ada"], "report-figure", review, "flow", "svg").status_code == 409


def test_a_conflict_and_an_agreement_count_the_same_for_a_reviewer(review, people, records):
    assert flowchart.counts(review)[0].open.conflicts == 1
    differ = page(people["ada"], "review-home", review).context["steps"]
    screening.change_vote(screening=records[0], reviewer=people["ada"], verdict="exclude")
    agree = page(people["ada"], "review-home", review).context["steps"]
    assert [(s.label, s.count, s.word, s.notes) for s in differ] == [
        (s.label, s.count, s.word, s.notes) for s in agree
    ]


def test_the_spreadsheet_leaves_the_counts_out(review, people, records):
    for name, there in (("ada", False), ("eve", True)):
        target = io.BytesIO()
        everything.write(target, seat_of(people[name], review))
        book = load_workbook(io.BytesIO(target.getvalue()))
        assert ("PRISMA" in book.sheetnames) == there


def test_when_the_stage_is_done_everything_is_shown(review, people, records):
    settle_all(review, people, records)
    assert LATER not in page(people["ada"], "review-home", review).content.decode()


def test_a_record_opened_again_takes_its_event_with_it(review, people, records):
    """The event keeps the votes taken back."""
    settle_all(review, people, records)
    screening.reopen(screening=records[1], actor=review.created_by, why="a slip")
    events = review.events.filter(action="screening.reopen")
    for name in people:
        assert not audit.shown(seat_of(people[name], review), events)
    assert audit.shown(seat_of(review.created_by, review), events)
