"""The ledger: append-only, chained, written with the change, and telling when altered."""

import pytest
from django.db import DatabaseError, connection, transaction

from review import ledger, triggers
from review.models import Chain, Event

from .factories import make_review, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    review = make_review()
    for place in range(3):
        ledger.record(review=review, actor=review.created_by, action="x.y", data={"n": place})
    return review


def test_events_form_an_unbroken_chain(review):
    events = list(review.events.order_by("seq"))
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[2].previous == events[1].hash
    assert ledger.verify(review) == []


def test_the_hash_survives_a_round_trip_through_the_database(review):
    event = review.events.get(seq=2)
    assert ledger.digest(event) == event.hash


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_an_event(review, change):
    events = Event.objects.filter(review=review)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        events.update(action="z") if change == "update" else events.delete()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE review_event SET data = '{\"n\": 9}' WHERE seq = 2", "event 2 (x.y) was altered"),
        ("DELETE FROM review_event WHERE seq = 2", "event 2 is missing"),
        ("DELETE FROM review_event WHERE seq = 3", "the head of the chain"),
    ],
)
def test_what_happens_behind_its_back_is_found(review, sql, said):
    triggers.remove(connection, "review_event")
    with connection.cursor() as cursor:
        cursor.execute(sql)
    triggers.install(connection, "review_event")
    assert said in " ".join(ledger.verify(review))


def test_a_cut_chain_is_found_by_its_head(review):
    Chain.objects.filter(review=review).update(head="0" * 64)
    assert ledger.verify(review)


def test_an_event_is_undone_with_the_change_it_tells_of(review):
    with pytest.raises(RuntimeError), transaction.atomic():
        ledger.record(review=review, actor=None, action="x.y")
        raise RuntimeError
    assert review.events.count() == 3
    assert ledger.verify(review) == []


def test_a_float_is_refused_because_databases_print_it_differently(review):
    with pytest.raises(TypeError):
        ledger.record(review=review, actor=None, action="x.y", data={"a": [0.1]})


def test_a_key_counts_for_its_person_only(review):
    lead, other = review.created_by, make_user()
    ledger.record(review=review, actor=lead, action="x.y", key="k")
    assert ledger.already(review=review, actor=lead, key="k")
    assert not ledger.already(review=review, actor=other, key="k")
    assert not ledger.already(review=review, actor=lead, key=None)
