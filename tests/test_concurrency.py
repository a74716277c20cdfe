"""Two people at once: nothing is lost, nothing is locked out, nothing settles twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from analysis import runs
from review import fulltext, integrity, ledger, screening
from review.models import IllegalMove, Report, Screening, Stage, Vote

from .factories import make_reference, make_review, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def review():
    return make_review()


def records(review, count):
    for _ in range(count):
        make_reference(review)
    screening.open_title_abstract(references=review.references.all())
    return list(review.screenings.order_by("pk"))


def at_once(*calls):
    """Run each call in a thread of its own, started together; return results or refusals."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait()
            return call()
        except IllegalMove as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def sound(review):
    assert ledger.verify(review) == []
    assert integrity.problems(review) == []


def test_twenty_people_voting_lose_nothing_and_nobody_is_locked_out(review):
    """20 threads with 50 votes each, two to a record."""
    rows = records(review, 500)
    people = [make_user() for _ in range(20)]

    def work(place):
        half = rows[:250] if place < 10 else rows[250:]
        # Two of ten people to a record: each of them in a different order.
        mine = [row for number, row in enumerate(half) if number % 5 == place % 5]
        for row in mine if place % 10 < 5 else reversed(mine):
            screening.cast_vote(screening=row, reviewer=people[place], verdict="include")
        return len(mine)

    assert at_once(*[lambda place=place: work(place) for place in range(20)]) == [50] * 20
    assert Vote.objects.count() == review.events.filter(action="vote.cast").count() == 1000
    assert review.screenings.filter(stage=Stage.TITLE_ABSTRACT, status="included").count() == 500
    assert Report.objects.count() == 500
    sound(review)


@pytest.mark.parametrize("attempt", range(5))
def test_the_last_two_voters_settle_a_record_once(review, attempt):
    row = records(review, 1)[0]
    people = [make_user() for _ in range(3)]
    votes = [
        lambda person=person: screening.cast_vote(screening=row, reviewer=person, verdict="include")
        for person in people
    ]
    results = at_once(*votes)
    assert sum(isinstance(result, IllegalMove) for result in results) == 1
    row.refresh_from_db()
    assert (row.status, row.votes_in) == ("included", 2)
    assert Screening.objects.filter(stage=Stage.FULL_TEXT).count() == 1
    sound(review)


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_arbiters_one_settles(review, attempt):
    row = records(review, 1)[0]
    for verdict in ("include", "exclude"):
        screening.cast_vote(screening=row, reviewer=make_user(), verdict=verdict)
    arbiters = [make_user(), make_user()]
    results = at_once(
        *[
            lambda arbiter=arbiter, verdict=verdict: screening.rule(
                screening=row, arbiter=arbiter, verdict=verdict
            )
            for arbiter, verdict in zip(arbiters, ("include", "exclude"), strict=True)
        ]
    )
    assert sum(isinstance(result, IllegalMove) for result in results) == 1
    assert review.events.filter(action="conflict.rule").count() == 1
    sound(review)


@pytest.mark.parametrize("attempt", range(5))
def test_a_request_sent_twice_at_the_same_moment_counts_once(review, attempt):
    row, person = records(review, 1)[0], make_user()
    again = [
        lambda: screening.cast_vote(screening=row, reviewer=person, verdict="maybe", key="k")
    ] * 4
    assert [result.pk for result in at_once(*again)] == [row.pk] * 4
    assert Vote.objects.count() == review.events.count() == 1
    sound(review)


def test_a_plan_sent_twice_at_the_same_moment_is_written_once(review):
    told = {"review": review, "actor": review.created_by, "title": "Pain", "spec": {"form": 1}}
    results = at_once(*[lambda: runs.create_plan(**told)] * 4)
    assert sum(isinstance(result, IllegalMove) for result in results) == 3
    assert review.plans.get() in results


@pytest.mark.parametrize("attempt", range(5))
def test_a_vote_and_a_merge_at_the_same_moment_end_set_aside(review, attempt):
    row, person = records(review, 1)[0], make_user()
    one = review.references.filter(pk=row.reference_id)
    other = make_reference(review)

    def merge():
        one.update(duplicate_of=other)
        screening.set_aside(references=one)

    at_once(merge, lambda: screening.cast_vote(screening=row, reviewer=person, verdict="include"))
    row.refresh_from_db()
    assert row.status == "set_aside"
    assert row.votes_in == row.votes.count()


@pytest.mark.parametrize("attempt", range(5))
def test_a_vote_and_the_loss_of_the_paper_at_the_same_moment(review, attempt):
    row = records(review, 1)[0]
    people = [make_user(), make_user()]
    for person in people:
        screening.cast_vote(screening=row, reviewer=person, verdict="include")
    report = Report.objects.get()
    fulltext.move(report=report, actor=people[0], status="obtained", route="Library")
    judged = Screening.objects.get(stage=Stage.FULL_TEXT)
    screening.cast_vote(screening=judged, reviewer=people[0], verdict="include")
    at_once(
        lambda: fulltext.move(report=report, actor=people[0], status="sought"),
        lambda: screening.cast_vote(screening=judged, reviewer=people[1], verdict="include"),
    )
    judged.refresh_from_db()
    report.refresh_from_db()
    assert (judged.status, report.status) in {("included", "obtained"), ("waiting", "sought")}
    sound(review)
