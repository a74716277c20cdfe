"""What one extractor reads in one study: units and cells."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from review.models import Moves, StoredFile

from ..evidence import anchors
from .forms import Form, FormVersion
from .studies import Study


class CellState(models.TextChoices):
    """An empty cell has no row: it is not done yet."""

    VALUE = "value", "Value"
    NOT_REPORTED = "not_reported", "Not reported"
    UNCLEAR = "unclear", "Unclear"


class UnitKind(models.TextChoices):
    """What a cell can be about besides the study itself. An outcome unit is an outcome at
    a time; ``detail`` holds the time of an outcome, or the role of an arm. A comparison is of
    two arms, and stands in the place of the arm of a cell."""

    ARM = "arm", "Arm"
    OUTCOME = "outcome", "Outcome and time"
    COMPARISON = "comparison", "Comparison of two arms"


class Entry(Moves):
    """One person's independent extraction of one study with one form.

    ``again`` names what a new version of the form asks again while the study's record waits:
    keys of fields, or paths of single cells. Only these can be changed then.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Being entered"
        SUBMITTED = "submitted", "Submitted"

    MOVES = {Status.DRAFT: {Status.SUBMITTED}, Status.SUBMITTED: {Status.DRAFT}}

    study = models.ForeignKey(Study, models.CASCADE, related_name="entries")
    form = models.ForeignKey(Form, models.PROTECT, related_name="entries")
    version = models.ForeignKey(FormVersion, models.PROTECT, related_name="entries")
    extractor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="entries")
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    again = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(
                fields=["study", "form", "extractor"], name="one_entry_each_per_form"
            ),
        ]

    def __str__(self):
        return f"{self.study} by {self.extractor}"


class Unit(models.Model):
    """An arm, an outcome at a time, or a comparison of two arms, as this extractor named it."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="units")
    kind = models.CharField(max_length=10, choices=UnitKind)
    label = models.CharField(max_length=200)
    detail = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField()
    first_arm = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    second_arm = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "kind", "label", "detail"], name="unit_named_once"
            ),
        ]

    def __str__(self):
        return f"{self.label}, {self.detail}" if self.detail else self.label


class Reading(models.Model):
    """What a cell holds, and the witness for it. ``value`` has the shape that
    ``extraction.schema`` gives the field's kind; numbers in it are decimal strings. ``anchor`` is
    the passage marked in ``file`` (``extraction.evidence.anchors``), {} without one. ``query`` is
    the question to the authors whose answer it was taken from, if it was."""

    field = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=CellState, default=CellState.VALUE)
    value = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    page = models.PositiveIntegerField(null=True, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    anchor = models.JSONField(default=dict, blank=True)
    query = models.ForeignKey(
        "extraction.AuthorQuery", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True

    @property
    def passage(self):
        """The end of the address that opens ``file`` at the passage, or "" without a page."""
        return anchors.fragment(self.page, self.anchor, self.quote)


class Cell(Reading):
    """One cell of one entry. ``path`` is ``field|arm|outcome`` (unit ids or nothing)."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="cells")
    arm = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="arm_cells")
    outcome = models.ForeignKey(
        Unit, models.CASCADE, null=True, blank=True, related_name="outcome_cells"
    )
    path = models.CharField(max_length=120)
    saved_at = models.DateTimeField(default=timezone.now)
    confirmed = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "path"], name="one_row_per_cell"),
            models.CheckConstraint(
                condition=Q(state="value") | Q(value={}), name="only_a_value_has_a_value"
            ),
        ]

    def __str__(self):
        return f"{self.path}: {self.value or self.get_state_display()}"
