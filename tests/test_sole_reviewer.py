"""One reviewer a record: a vote settles at once, and is taken back while nothing rests on it."""

import pytest
from django.test import Client
from django.urls import reverse

from review import fulltext, integrity, screening
from review.models import IllegalMove, Report, Stage

from .factories import join, make_reference, make_review, make_user, open_screening

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review(title_abstract_votes=1, full_text_votes=1)


@pytest.fixture
def person(review):
    return join(review, make_user(), "reviewer")


@pytest.fixture
def record(review):
    return open_screening(make_reference(review))


def vote(record, person, verdict="include", **more):
    return screening.cast_vote(screening=record, reviewer=person, verdict=verdict, **more)


def take_back(record, person):
    return screening.withdraw_vote(screening=record, reviewer=person)


@pytest.mark.parametrize("verdict", ["include", "exclude"])
def test_the_last_word_is_taken_back_and_the_record_waits_again(review, record, person, verdict):
    vote(record, person, verdict)
    assert take_back(record, person).status == "waiting"
    assert not record.votes.exists()
    events = review.events.filter(action="vote.withdraw")
    assert events.get().data["was"]["verdict"] == verdict
    assert not integrity.problems(review)
    assert vote(record, person, "exclude").status == "excluded"


def test_not_by_somebody_else(review, record, person):
    vote(record, person)
    with pytest.raises(IllegalMove, match="is settled"):
        take_back(record, join(review, make_user(), "reviewer"))


def test_not_once_the_full_text_is_at_work(review, record, person):
    vote(record, person)
    report = Report.objects.get(reference=record.reference)
    fulltext.move(report=report, actor=person, status=Report.Status.REQUESTED)
    with pytest.raises(IllegalMove, match="is settled"):
        take_back(record, person)


def test_at_full_text_an_exclusion_and_no_inclusion(review, record, person):
    vote(record, person)
    report = Report.objects.get(reference=record.reference)
    fulltext.move(report=report, actor=person, status=Report.Status.OBTAINED, route="library")
    reason = review.exclusion_reasons.create(stage=Stage.FULL_TEXT, text="No data", position=0)
    paper = record.reference.screenings.get(stage=Stage.FULL_TEXT)
    vote(paper, person, "exclude", reason=reason)
    assert take_back(paper, person).status == "waiting"
    vote(paper, person)
    with pytest.raises(IllegalMove, match="is settled"):
        take_back(paper, person)


def test_two_reviewers_have_settled_it_for_good():
    review = make_review()
    record = open_screening(make_reference(review))
    both = [join(review, make_user(), "reviewer") for _ in range(2)]
    for person in both:
        vote(record, person)
    with pytest.raises(IllegalMove, match="is settled"):
        take_back(record, both[0])


def test_the_desk_lists_what_can_be_taken_back(review, record, person):
    client = Client()
    client.force_login(person)
    vote(record, person)
    lane = reverse("screening", args=[review.pk]) + "?lane=settled"
    assert record.reference.title in client.get(lane).content.decode()
    client.post(reverse("screening-withdraw", args=[review.pk, record.pk]))
    assert "can be taken back now" in client.get(lane).content.decode()
