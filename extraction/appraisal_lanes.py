"""What waits for one person in a review's appraisals: querysets for lists, counts for lanes."""

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse

from review.access import Can

from .models import Appraisal, Assessment, FinalAnswer
from .standing import Standing

Status = Assessment.Status


def assessments(review):
    """The assessments of studies that belong to the review now."""
    return Assessment.objects.filter(study__in=review.studies.standing())


def mine_to_appraise(review, user):
    """Assessments this person can begin, or has begun and not submitted."""
    mine = Appraisal.objects.filter(assessment=OuterRef("pk"), appraiser=user)
    ruled = FinalAnswer.objects.filter(
        assessment=OuterRef("pk"), decided_by=user, origin=FinalAnswer.Origin.RULED
    )
    rows = assessments(review).annotate(taken=Count("appraisals", distinct=True))
    begun = Exists(mine.filter(status=Appraisal.Status.DRAFT))
    free = Q(taken=0) | Q(taken=1, appraisers=2)
    return rows.filter(Q(status=Status.OPEN) & (begun | (free & ~Exists(mine) & ~Exists(ruled))))


def mine_to_compare(review, user):
    """Assessments this person appraised, with items that the two have to agree on."""
    open_items = FinalAnswer.objects.filter(
        assessment=OuterRef("pk"), status=FinalAnswer.Status.OPEN, escalated=False
    )
    return (
        assessments(review)
        .filter(status=Status.COMPARING)
        .filter(Exists(_by(user)), Exists(open_items))
    )


def mine_to_settle(review, user):
    """Assessments with items left to a third person, whom this one can be."""
    left = FinalAnswer.objects.filter(
        assessment=OuterRef("pk"), status=FinalAnswer.Status.OPEN, escalated=True
    )
    return (
        assessments(review).filter(status=Status.COMPARING).filter(Exists(left), ~Exists(_by(user)))
    )


def to_appraise(review, seat):
    """How many appraisals this person can begin or go on with."""
    return mine_to_appraise(review, seat.user).count() if seat.can(Can.APPRAISE) else 0


def to_compare(review, seat):
    """How many assessments this person and the other appraiser have to agree on."""
    return mine_to_compare(review, seat.user).count() if seat.can(Can.APPRAISE) else 0


def to_settle(review, seat):
    """How many assessments wait for this person as the third one."""
    return mine_to_settle(review, seat.user).count() if seat.can(Can.SETTLE) else 0


def with_standing(rows, user):
    """Annotate assessments with what ``standing`` needs. Of another's appraisal nothing is
    told but that one is taken."""
    mine = _by(user)
    left = Q(final_answers__status=FinalAnswer.Status.OPEN)
    return rows.select_related("study", "instrument").annotate(
        taken=Count("appraisals", distinct=True),
        my_appraisal=Subquery(mine.values("pk")[:1]),
        my_status=Subquery(mine.values("status")[:1]),
        left_to_two=Count(
            "final_answers", filter=left & Q(final_answers__escalated=False), distinct=True
        ),
        left_to_third=Count(
            "final_answers", filter=left & Q(final_answers__escalated=True), distinct=True
        ),
        ruled_by_me=Exists(
            FinalAnswer.objects.filter(
                assessment=OuterRef("pk"), decided_by=user, origin=FinalAnswer.Origin.RULED
            )
        ),
    )


def standing(assessment, seat):
    """The ``Standing`` of an annotated assessment, as one person may be told."""

    def to(name, pk):
        return reverse(name, args=[seat.review.pk, pk])

    if assessment.status == Status.SETTLED:
        return Standing("settled", "Settled", "See the judgements", to("assessment", assessment.pk))
    if assessment.status == Status.COMPARING:
        return _comparing(assessment, seat, to)
    if assessment.my_status == Appraisal.Status.DRAFT:
        page = to("appraisal", assessment.my_appraisal)
        return Standing("half", "You are answering it", "Go on", page)
    if assessment.my_status == Appraisal.Status.SUBMITTED:
        page = to("appraisal", assessment.my_appraisal)
        return Standing("waiting", "You have submitted", "See your answers", page)
    if assessment.taken >= assessment.appraisers:
        return Standing("running", "Being appraised")
    people = "an appraiser" if assessment.appraisers == 1 else "two appraisers"
    word = "Needs a second appraiser" if assessment.taken else f"Needs {people}"
    state = "second" if assessment.taken else "new"
    if seat.can(Can.APPRAISE) and not assessment.ruled_by_me:
        return Standing(state, word, "Appraise", to("appraisal-begin", assessment.pk), post=True)
    return Standing(state, word)


def _comparing(assessment, seat, to):
    if assessment.my_appraisal and seat.can(Can.APPRAISE):
        page = to("appraisal-compare", assessment.pk)
        left = assessment.left_to_two
        if left:
            return Standing("differs", f"{left} to agree on", "Compare", page)
        return Standing("escalated", "With the third person", "See what differs", page)
    if seat.can(Can.SETTLE) and not assessment.my_appraisal and assessment.left_to_third:
        page = to("appraisal-settle", assessment.pk)
        return Standing("escalated", f"{assessment.left_to_third} to settle", "Settle", page)
    return Standing("comparing", "Being compared")


def _by(user):
    return Appraisal.objects.filter(assessment=OuterRef("pk"), appraiser=user)
