"""Independent votes on a reference at one stage, and what they came to."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .moves import Moves
from .protocol import ExclusionReason, Review, Stage
from .references import Reference


class Verdict(models.TextChoices):
    INCLUDE = "include", "Include"
    EXCLUDE = "exclude", "Exclude"
    MAYBE = "maybe", "Maybe"


class ScreeningQuerySet(models.QuerySet):
    def with_my_vote(self, user):
        """Annotate ``mine``: whether this person has voted."""
        votes = Vote.objects.filter(screening=OuterRef("pk"), reviewer=user)
        return self.annotate(mine=Exists(votes))

    def open(self):
        """Records that still take votes."""
        return self.filter(status=Screening.Status.WAITING)

    def awaiting_vote_from(self, user):
        """Open records this person has not voted on."""
        return self.open().with_my_vote(user).filter(mine=False)

    def new_for(self, user):
        """Lane *new*: nobody has voted."""
        return self.open().filter(votes_in=0)

    def second_vote_from(self, user):
        """Lane *needs my second vote*: somebody else has voted, this person has not."""
        return self.awaiting_vote_from(user).filter(votes_in__gt=0)

    def waiting_for_others(self, user):
        """Lane *waiting for others*: this person has voted, the record is open."""
        return self.open().with_my_vote(user).filter(mine=True)

    def in_conflict(self):
        """Lane *conflict*: the votes are in and differ."""
        return self.filter(status=Screening.Status.CONFLICT)

    def to_settle_by(self, user):
        """Conflicts this person may settle: never one they voted on."""
        return self.in_conflict().with_my_vote(user).filter(mine=False)


class Screening(Moves):
    """One reference at one stage. ``status``, ``votes_in`` and ``reason`` are projections
    of the votes and rulings, written by ``review.screening`` in the same transaction.
    ``first_votes`` keeps the votes as they stood when all were first in
    (``"12:include 15:exclude"``): what agreement is measured on."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Awaiting votes"
        CONFLICT = "conflict", "Reviewers disagree"
        INCLUDED = "included", "Included"
        EXCLUDED = "excluded", "Excluded"
        SET_ASIDE = "set_aside", "Set aside"

    MOVES = {
        Status.WAITING: {
            Status.CONFLICT,
            Status.INCLUDED,
            Status.EXCLUDED,
            Status.SET_ASIDE,
        },
        Status.CONFLICT: {Status.INCLUDED, Status.EXCLUDED, Status.WAITING, Status.SET_ASIDE},
        Status.INCLUDED: {Status.WAITING, Status.CONFLICT, Status.SET_ASIDE},
        Status.EXCLUDED: {Status.WAITING, Status.CONFLICT, Status.SET_ASIDE},
        Status.SET_ASIDE: {
            Status.WAITING,
            Status.CONFLICT,
            Status.INCLUDED,
            Status.EXCLUDED,
        },
    }

    review = models.ForeignKey(Review, models.CASCADE, related_name="screenings")
    reference = models.ForeignKey(Reference, models.CASCADE, related_name="screenings")
    stage = models.CharField(max_length=14, choices=Stage)
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    votes_in = models.PositiveSmallIntegerField(default=0)
    reason = models.ForeignKey(
        ExclusionReason, models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    first_votes = models.CharField(max_length=80, blank=True)

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "stage"], name="one_screening_per_stage"),
            models.CheckConstraint(
                condition=Q(reason=None) | Q(status__in=["excluded", "set_aside"]),
                name="only_exclusions_have_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["review", "stage", "status", "votes_in", "reference"]),
        ]

    def __str__(self):
        return f"{self.get_stage_display()} of {self.reference}"


class Vote(models.Model):
    """One person's independent judgement. Changing it keeps the old one in the ledger."""

    screening = models.ForeignKey(Screening, models.CASCADE, related_name="votes")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="votes")
    verdict = models.CharField(max_length=7, choices=Verdict)
    reason = models.ForeignKey(
        ExclusionReason, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    cast_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["screening", "reviewer"], name="one_vote_each"),
            models.CheckConstraint(
                condition=Q(reason=None) | Q(verdict="exclude"),
                name="only_an_exclusion_gives_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.reviewer}: {self.get_verdict_display()}"


class Ruling(models.Model):
    """The third person's word on a conflict."""

    screening = models.OneToOneField(Screening, models.CASCADE, related_name="ruling")
    arbiter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=7, choices=Verdict)
    reason = models.ForeignKey(
        ExclusionReason, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    ruled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict="maybe"), name="a_ruling_is_include_or_exclude"
            ),
        ]

    def __str__(self):
        return f"{self.arbiter}: {self.get_verdict_display()}"
