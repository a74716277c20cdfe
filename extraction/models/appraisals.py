"""Appraisals with instruments that are data: two independent ones, then a final one."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from review.models import Moves, Review

from .studies import Study


class Instrument(models.Model):
    """An instrument chosen for a review, pinned to one revision by its hash.

    ``params`` are the preliminary choices made for the whole review (the effect of
    interest, say); ``guidance`` is this review's own advice by question id.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="instruments")
    key = models.CharField(max_length=60)
    version = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    definition = models.JSONField()
    params = models.JSONField(default=dict, blank=True)
    guidance = models.JSONField(default=dict, blank=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["review", "key", "sha256"], name="instrument_chosen_once"
            ),
        ]

    def __str__(self):
        return self.definition.get("title", self.key)


class Assessment(Moves):
    """One study (or one result of it) to be appraised with one instrument.

    ``judgements`` is the frozen outcome once settled, as the engine computed it from the
    final answers (see ``extraction.judging.frozen``). ``params`` are the preliminary choices
    that the lead has made for it; ``appraisers`` is how many the protocol asked for when it
    was planned.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Being appraised"
        COMPARING = "comparing", "Being compared"
        SETTLED = "settled", "Settled"

    MOVES = {
        Status.OPEN: {Status.COMPARING, Status.SETTLED},
        Status.COMPARING: {Status.SETTLED, Status.OPEN},
        Status.SETTLED: {Status.COMPARING, Status.OPEN},
    }

    study = models.ForeignKey(Study, models.CASCADE, related_name="assessments")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="assessments")
    result = models.CharField(max_length=200, blank=True)
    params = models.JSONField(default=dict, blank=True)
    appraisers = models.PositiveSmallIntegerField(default=2)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    judgements = models.JSONField(default=dict, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["study__label", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "instrument", "result"], name="assessed_once_per_result"
            ),
            models.CheckConstraint(
                condition=models.Q(appraisers__in=[1, 2]), name="appraised_by_one_or_two"
            ),
        ]

    def __str__(self):
        return f"{self.study}, {self.instrument}"


class Appraisal(Moves):
    """One person's independent appraisal. ``copied_from`` is the person's own appraisal of
    another result of the study, when answers were copied from it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being answered"
        SUBMITTED = "submitted", "Submitted"

    MOVES = {Status.DRAFT: {Status.SUBMITTED}, Status.SUBMITTED: {Status.DRAFT}}

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="appraisals")
    appraiser = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appraisals"
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "appraiser"], name="one_appraisal_each"),
        ]

    def __str__(self):
        return f"{self.assessment} by {self.appraiser}"


class Answer(models.Model):
    """One answer of one appraiser. ``item`` is a question id, ``flag:<id>``,
    ``param:<id>``, ``judgement:<domain>`` or ``judgement:overall``. An empty ``code`` is a
    quote or a note without an answer yet."""

    appraisal = models.ForeignKey(Appraisal, models.CASCADE, related_name="answers")
    item = models.CharField(max_length=80)
    code = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    page = models.PositiveIntegerField(null=True, blank=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "item"], name="one_answer_per_item"),
        ]

    def __str__(self):
        return f"{self.item}: {self.code}"


class FinalAnswer(models.Model):
    """The answer that stands for one item. ``first_disagreed`` stays once it is true.

    ``origin``, ``code``, ``reason`` and ``decided_by`` of a concession or a ruling are what
    was decided; everything else projects that and the independent answers.
    """

    class Status(models.TextChoices):
        OPEN = "open", "To be decided"
        CLOSED = "closed", "Decided"
        UNUSED = "unused", "Does not apply"

    class Origin(models.TextChoices):
        SAME = "same", "Both the same"
        SINGLE = "single", "One appraiser"
        CONCEDED = "conceded", "Agreed after discussion"
        RULED = "ruled", "Third person"

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="final_answers")
    item = models.CharField(max_length=80)
    code = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    first_disagreed = models.BooleanField(default=False)
    escalated = models.BooleanField(default=False)
    origin = models.CharField(max_length=8, choices=Origin, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="one_final_answer"),
        ]

    def __str__(self):
        return f"{self.item}: {self.code}"
