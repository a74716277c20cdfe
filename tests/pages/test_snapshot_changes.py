"""What changed between two snapshots, who brought it about and why, as a page tells each person."""

import pytest

from extraction import adjudication, snapshots
from extraction.models import Snapshot
from review.models import IllegalMove

from .room import as_user, differing, member, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def frozen(review, record, ben, cleo):
    adjudication.give_opinion(cell=differing(record), person=ben, choice="first")
    adjudication.approve(record=record, actor=cleo)
    return snapshots.freeze(review=review, actor=review.created_by, note="one")


@pytest.fixture
def changed(review, record, ada, ben, cleo, frozen):
    adjudication.reopen(record=record, actor=cleo, reason="An erratum was printed")
    for person in (ada, ben):
        adjudication.give_opinion(
            cell=differing(record), person=person, choice="rewritten", given="7",
            note="erratum, p. 2",
        )  # fmt: skip
    adjudication.approve(record=record, actor=cleo)
    return snapshots.freeze(review=review, actor=review.created_by, note="two")


def test_an_unchanged_state_is_not_frozen_again(review, lead, frozen):
    with pytest.raises(snapshots.Unchanged, match="Nothing has changed since Snapshot 1"):
        snapshots.freeze(review=review, actor=lead)
    assert issubclass(snapshots.Unchanged, IllegalMove)
    told = as_user(lead).post(url(review, "snapshot-freeze"), {"note": "again"}, follow=True)
    assert "Nothing has changed since Snapshot 1" in told.content.decode()
    assert Snapshot.objects.count() == 1
    assert review.events.filter(action="snapshot.freeze").count() == 1


def test_the_page_says_what_who_and_why(review, lead, ada, frozen, changed):
    page = as_user(lead).get(url(review, "snapshot-changes", changed.pk)).content.decode()
    for words in ("Men", "An erratum was printed", "erratum, p. 2", "Augusta", "Cleopatra"):
        assert words in page, words
    assert "since Snapshot 1" in page
    link = url(review, "snapshot-changes", changed.pk)
    for name, args in (("snapshots", ()), ("snapshot", (changed.pk,))):
        assert link in as_user(lead).get(url(review, name, *args)).content.decode()


def test_a_statistician_reads_no_names(review, frozen, changed):
    stat = as_user(member(review, "stat", "statistician"))
    page = stat.get(url(review, "snapshot-changes", changed.pk)).content.decode()
    assert "An erratum was printed" in page
    assert not any(name in page for name in ("Augusta", "Benjamin", "Cleopatra", "Ines"))


def test_a_discussion_that_is_open_again_keeps_to_itself(review, record, cleo, frozen, changed):
    adjudication.reopen(record=record, actor=cleo, reason="Once more")
    other = as_user(member(review, "kim", "reviewer"))
    page = other.get(url(review, "snapshot-changes", changed.pk)).content.decode()
    assert "erratum, p. 2" not in page and "Augusta" not in page
    assert "Men" in page  # both values are frozen, and everybody may read them


def test_the_first_has_none_before_it(review, lead, frozen):
    page = as_user(lead).get(url(review, "snapshot-changes", frozen.pk)).content.decode()
    assert "There is none before it" in page
    assert as_user(lead).get(
        url(review, "snapshot-changes", frozen.pk) + "?since=1"
    ).status_code == 404  # fmt: skip
