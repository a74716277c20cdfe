"""What a seat in the review sees of other people's appraisals; every page of them asks here."""

from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from review.access import Can, Seat
from review.blinding import sight
from review.consensus import State, may_settle
from review.models import Review

from . import appraisal_lanes
from .models import Appraisal, Assessment


@dataclass(frozen=True, slots=True)
class View:
    """How one person stands to one assessment. ``appraisals`` are those that were submitted,
    with their answers, in the order in which they were begun."""

    seat: Seat
    assessment: Assessment
    appraisals: list
    revealed: bool

    @property
    def people(self):
        return [appraisal.appraiser_id for appraisal in self.appraisals]

    @property
    def pair(self):
        return self.seat.user.pk in self.people

    @property
    def third(self):
        return self.seat.can(Can.SETTLE) and may_settle(self.seat.user.pk, self.people)

    def of(self, person, state):
        """The ``Sight`` of what a person (by id) said of an item that stands at ``state``."""
        return sight(
            own=person == self.seat.user.pk,
            state=state,
            third=self.third,
            pair=self.pair,
            names_to_third=self.seat.review.arbiter_sees_names,
            revealed=self.revealed,
            nameless=self.seat.nameless,
        )

    def whole(self):
        """The ``Sight`` of somebody else's whole appraisal."""
        settled = self.assessment.status == Assessment.Status.SETTLED
        return self.of(None, State.SETTLED if settled else State.WAITING)

    def order(self, item):
        """The appraisals as sides of one item: one's own first; without names in an order that
        is random but the same at every visit."""
        if self.pair:
            return sorted(self.appraisals, key=lambda one: one.appraiser_id != self.seat.user.pk)
        return sorted(self.appraisals, key=lambda one: _shuffled(item, one))


def of_assessment(assessment, seat):
    """Return the ``View`` of an assessment for a seat in its review."""
    settled = assessment.status == Assessment.Status.SETTLED
    submitted = assessment.appraisals.filter(status=Appraisal.Status.SUBMITTED)
    return View(
        seat=seat,
        assessment=assessment,
        appraisals=list(
            submitted.select_related("appraiser").prefetch_related("answers").order_by("pk")
        ),
        revealed=settled and protocol_reveals(seat.review),
    )


def outcome_shown(seat):
    """Whether ``seat`` may be told what settled assessments came to: to those who appraise,
    a settled one tells of the other's answers."""
    return protocol_reveals(seat.review) or not seat.can(Can.APPRAISE)


def protocol_reveals(review):
    """Whether the protocol lets settled assessments be seen yet."""
    if review.reveal == Review.Reveal.SETTLED:
        return True
    settled = Assessment.Status.SETTLED
    return not appraisal_lanes.assessments(review).exclude(status=settled).exists()


def _shuffled(item, appraisal):
    return salted_hmac("concord.order", f"{item}:{appraisal.pk}").digest()
