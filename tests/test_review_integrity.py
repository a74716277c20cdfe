"""What ``manage.py verify_integrity`` recomputes of a review, and what it then finds."""

import pytest
from django.utils import timezone

from review import dedup, fulltext, integrity, screening
from review.models import (
    Batch,
    DuplicatePair,
    ExclusionReason,
    Reference,
    Report,
    Ruling,
    Screening,
    Stage,
    Vote,
)

from .factories import make_reference, make_review, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    """A review with a bit of everything: a merge, a conflict, a ruling, a full text, an undo."""
    review = make_review()
    ann, ben, cat = (make_user() for _ in range(3))
    records = [make_reference(review) for _ in range(6)]
    screening.open_title_abstract(references=review.references.all())
    pair = DuplicatePair.objects.create(
        review=review, first=records[4], second=records[5], reason="DOI", score=1
    )
    dedup.merge(pair=pair, actor=cat)
    ta = [one.screenings.get(stage=Stage.TITLE_ABSTRACT) for one in records]
    votes = [("include", "include"), ("include", "exclude"), ("exclude", "exclude")]
    for row, verdicts in zip(ta, votes, strict=False):
        for person, verdict in zip((ann, ben), verdicts, strict=True):
            screening.cast_vote(screening=row, reviewer=person, verdict=verdict)
    screening.rule(screening=ta[1], arbiter=cat, verdict="include")
    screening.reopen(screening=ta[2], actor=cat, why="Criteria changed")
    screening.cast_vote(screening=ta[3], reviewer=ann, verdict="maybe")
    screening.change_vote(screening=ta[3], reviewer=ann, verdict="include")
    screening.cast_vote(screening=ta[4], reviewer=ann, verdict="maybe")
    screening.withdraw_vote(screening=ta[4], reviewer=ann)
    fulltext.move(report=records[0].report, actor=ann, status="obtained", route="Library")
    fulltext.move(report=records[1].report, actor=ann, status="not_retrievable")
    return review


def test_what_the_doors_wrote_is_borne_out(review):
    assert integrity.problems(review) == []


def alter(model, values, **chosen):
    return lambda review: model.objects.filter(**chosen).update(**values)


TAMPERED = {
    "a status": (alter(Screening, {"status": "excluded"}, reference__number=4), "4, title"),
    "a count of votes": (alter(Screening, {"votes_in": 0}, reference__number=4), "votes_in"),
    "a moment": (
        alter(Screening, {"settled_at": timezone.now()}, reference__number=1, status="included"),
        "settled_at",
    ),
    "a vote": (alter(Vote, {"verdict": "exclude"}, screening__reference__number=4), "differs"),
    "a note": (alter(Vote, {"note": "never said"}, screening__reference__number=4), "differs"),
    "a first vote": (
        alter(Screening, {"first_votes": "1:include 2:include"}, reference__number=2),
        "first votes",
    ),
    "a lost vote": (lambda review: Vote.objects.last().delete(), "missing"),
    "a ruling": (lambda review: Ruling.objects.update(verdict="exclude"), "record 2"),
    "a report": (alter(Report, {"status": "sought"}, status="obtained"), "full text of record 1"),
    "a duplicate": (alter(Reference, {"duplicate_of": None}, number=6), "duplicate other"),
    "a withdrawn record": (alter(Reference, {"withdrawn": True}, number=3), "3 is withdrawn"),
    "a withdrawn file": (alter(Batch, {"status": "withdrawn"}), "is live but its file"),
    "a record never screened": (
        lambda review: Screening.objects.filter(reference__number=5).delete(),
        "never put into",
    ),
    "a lost full text": (
        lambda review: Screening.objects.filter(stage=Stage.FULL_TEXT).delete(),
        "not at full text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_altered_behind_its_back_is_found(review, what):
    change, said = TAMPERED[what]
    change(review)
    assert any(said in problem for problem in integrity.problems(review))


def test_a_vote_put_in_behind_its_back_is_found(review):
    row = Screening.objects.get(reference__number=4, stage=Stage.TITLE_ABSTRACT)
    Vote.objects.create(screening=row, reviewer=make_user(), verdict="include")
    assert any("does not know" in problem for problem in integrity.problems(review))


def test_an_exclusion_reason_changed_behind_its_back_is_found(review):
    report = Report.objects.get(status="obtained")
    reasons = [
        ExclusionReason.objects.create(review=review, stage=Stage.FULL_TEXT, text=text, position=0)
        for text in ("Wrong design", "Wrong population")
    ]
    row = report.reference.screenings.get(stage=Stage.FULL_TEXT)
    for person in (make_user(), make_user()):
        screening.cast_vote(screening=row, reviewer=person, verdict="exclude", reason=reasons[0])
    assert integrity.problems(review) == []
    Screening.objects.filter(pk=row.pk).update(reason=reasons[1])
    assert any("reason_id" in problem for problem in integrity.problems(review))
