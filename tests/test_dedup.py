"""Step 2: proposals, merges that can be undone, and the projection onto duplicate_of."""

import pytest
from django.urls import reverse

from review import dedup, imports, integrity, ledger, screening
from review.models import DuplicatePair, IllegalMove

from .factories import join, make_batch, make_reference, make_review, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def three(review):
    references = [
        make_reference(review, title="Same paper", doi="10.1/a"),
        make_reference(review, title="Same paper", doi="10.1/a", abstract="Told at length."),
        make_reference(review, title="Same paper!", doi="10.1/a"),
    ]
    screening.open_title_abstract(references=review.references.all())
    return references


def pair(review, one, two):
    return DuplicatePair.objects.create(
        review=review, first=one, second=two, reason="same DOI", score=1
    )


def test_proposals_say_why_and_are_made_once(review, three, django_capture_on_commit_callbacks):
    make_reference(review, title="Another paper altogether", doi="10.1/b")
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            dedup.look_for_duplicates(review=review, actor=review.created_by)
    pairs = list(review.duplicate_pairs.all())
    assert {(p.first, p.second) for p in pairs} <= {
        (three[0], three[1]),
        (three[0], three[2]),
        (three[1], three[2]),
    }
    assert pairs
    assert "10.1/a" in pairs[0].reason


def test_the_record_that_tells_most_stands_for_the_group(review, three):
    dedup.merge(pair=pair(review, three[0], three[1]), actor=review.created_by)
    three[0].refresh_from_db()
    assert three[0].duplicate_of == three[1]
    assert three[0].screenings.get().status == "set_aside"
    assert three[1].screenings.get().status == "waiting"
    assert list(review.references.primary()) == [three[1], three[2]]


def test_undo_gives_both_back(review, three):
    merged = pair(review, three[0], three[1])
    dedup.merge(pair=merged, actor=review.created_by)
    dedup.undo(pair=merged, actor=review.created_by)
    assert review.references.primary().count() == 3
    assert set(review.screenings.values_list("status", flat=True)) == {"waiting"}
    merged.refresh_from_db()
    assert (merged.status, merged.decided_by) == ("proposed", None)


def test_groups_grow_and_part_through_the_middle(review, three):
    first = pair(review, three[0], three[1])
    second = pair(review, three[1], three[2])
    for one in (first, second):
        dedup.merge(pair=one, actor=review.created_by)
    assert review.references.primary().count() == 1
    dedup.undo(pair=first, actor=review.created_by)
    three[2].refresh_from_db()
    assert three[2].duplicate_of == three[1]
    assert review.references.primary().count() == 2


def test_two_that_were_kept_apart_are_not_joined_by_a_third(review, three):
    dedup.keep_apart(pair=pair(review, three[0], three[2]), actor=review.created_by)
    dedup.merge(pair=pair(review, three[0], three[1]), actor=review.created_by)
    last = pair(review, three[1], three[2])
    with pytest.raises(IllegalMove, match="kept apart"):
        dedup.merge(pair=last, actor=review.created_by)
    last.refresh_from_db()
    assert last.status == "proposed"
    assert review.references.primary().count() == 2
    assert dedup.merge_certain(review=review, actor=review.created_by) == 0


def test_deciding_twice_is_refused_and_everything_is_in_the_ledger(review, three):
    one = pair(review, three[0], three[1])
    dedup.merge(pair=one, actor=review.created_by)
    with pytest.raises(IllegalMove):
        dedup.merge(pair=one, actor=review.created_by)
    assert review.events.filter(action="duplicate.merge").count() == 1
    assert ledger.verify(review) == []


def test_a_pair_of_which_one_was_withdrawn_waits_for_nobody(client, review, three):
    later = make_reference(review, batch=make_batch(review), title="Same paper", doi="10.1/a")
    proposed = pair(review, three[0], later)
    imports.withdraw(batch=later.batch, actor=review.created_by, why="wrong file")
    assert dedup.merge_certain(review=review, actor=review.created_by) == 0
    client.force_login(review.created_by)
    page = client.get(reverse("duplicates", args=[review.pk]))
    assert (page.context["waiting"], page.context["certain"]) == (0, 0)
    proposed.refresh_from_db()
    assert proposed.status == DuplicatePair.Status.PROPOSED


def test_the_page_shows_the_reason_and_both_records(client, review, three):
    one = pair(review, three[0], three[1])
    client.force_login(join(review, make_user(), "reviewer"))
    page = client.get(reverse("duplicates", args=[review.pk])).content.decode()
    assert "same DOI" in page
    assert "Told at length." in page
    answer = client.post(reverse("duplicate-merge", args=[review.pk, one.pk]))
    assert answer.url == reverse("duplicates", args=[review.pk])
    assert "Undo" in client.get(answer.url).content.decode()


@pytest.mark.parametrize("role", ["arbiter", "statistician", "observer"])
def test_who_may_not_merge(client, review, three, role):
    one = pair(review, three[0], three[1])
    client.force_login(join(review, make_user(), role))
    assert client.post(reverse("duplicate-merge", args=[review.pk, one.pk])).status_code == 403


def test_the_record_at_full_text_stands_for_the_group(review, three):
    """Merging a judged record with an untouched twin does not begin its screening again."""
    judged, twin = three[0], three[1]
    assert twin.abstract
    assert not judged.abstract
    for _ in range(2):
        screening.cast_vote(
            screening=judged.screenings.get(), reviewer=make_user(), verdict="include"
        )
    dedup.merge(pair=pair(review, judged, twin), actor=review.created_by)
    twin.refresh_from_db()
    assert twin.duplicate_of == judged
    assert judged.screenings.get(stage="title_abstract").status == "included"
    assert integrity.problems(review) == []
