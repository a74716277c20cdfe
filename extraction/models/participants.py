"""Individual patients of a study: the rows each person entered, and the rows that stand."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from review.models import Moves

from .entries import CellState
from .forms import Form, FormVersion
from .records import Opinion, RecordCell
from .studies import Study


class ParticipantTable(Moves):
    """One person's participant rows of one study; the fields of level "participant" of the
    form's version are its columns.

    What a paper prints is typed twice, independently; a data set is loaded once and confirmed
    by a second person (docs/decisions/0009). The file that was loaded is kept by its hash.
    ``mapping`` is how its columns became fields; ``rows_sha256`` is the hash of the rows.
    """

    class Way(models.TextChoices):
        TYPED = "typed", "Typed from the paper"
        DATA_SET = "data_set", "Data set"

    class Status(models.TextChoices):
        DRAFT = "draft", "Being entered"
        SUBMITTED = "submitted", "Submitted"

    MOVES = {Status.DRAFT: {Status.SUBMITTED}, Status.SUBMITTED: {Status.DRAFT}}

    study = models.ForeignKey(Study, models.CASCADE, related_name="participant_tables")
    form = models.ForeignKey(Form, models.PROTECT, related_name="+")
    version = models.ForeignKey(FormVersion, models.PROTECT, related_name="+")
    extractor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="participant_tables"
    )
    way = models.CharField(max_length=8, choices=Way)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    source = models.CharField(max_length=300, blank=True)
    simulated = models.BooleanField(default=False)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    rows_sha256 = models.CharField(max_length=64, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "participant table"
        constraints = [
            models.UniqueConstraint(
                fields=["study", "form", "extractor"], name="one_participant_table_each"
            ),
            models.UniqueConstraint(
                fields=["study", "form"],
                condition=Q(way="data_set"),
                name="one_data_set_per_study_and_form",
            ),
        ]

    def __str__(self):
        return f"Participants of {self.study}"


class Participant(models.Model):
    """One row: ``values`` maps a field's key to a value as ``extraction.schema`` shapes it; a
    field without a key there is missing for this participant."""

    table = models.ForeignKey(ParticipantTable, models.CASCADE, related_name="rows")
    key = models.CharField(max_length=100)
    position = models.PositiveIntegerField()
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["table", "key"], name="participant_once_per_table"),
        ]

    def __str__(self):
        return f"Participant {self.key}"


class ParticipantRecord(Moves):
    """The rows of one study that stand: those of ``first`` with what was settled of the
    differences from ``second``, which a data set does not have."""

    class Status(models.TextChoices):
        COMPARING = "comparing", "Being compared"
        APPROVED = "approved", "Approved"

    MOVES = {Status.COMPARING: {Status.APPROVED}, Status.APPROVED: {Status.COMPARING}}

    study = models.ForeignKey(Study, models.CASCADE, related_name="participant_records")
    form = models.ForeignKey(Form, models.PROTECT, related_name="participant_records")
    version = models.ForeignKey(FormVersion, models.PROTECT, related_name="+")
    first = models.ForeignKey(ParticipantTable, models.PROTECT, related_name="+")
    second = models.ForeignKey(
        ParticipantTable, models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.COMPARING)
    opened_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = "participant table"
        constraints = [
            models.UniqueConstraint(fields=["study", "form"], name="one_participant_record"),
        ]

    def __str__(self):
        return f"Participants of {self.study}"


class ParticipantDifference(models.Model):
    """One cell that the two typed differently, or with ``field`` empty a whole row that only
    one of them has. ``first`` and ``second`` are their values, null where missing; ``state``
    and ``value`` stand once it is closed."""

    record = models.ForeignKey(ParticipantRecord, models.CASCADE, related_name="differences")
    key = models.CharField(max_length=100)
    field = models.CharField(max_length=60, blank=True)
    first = models.JSONField(null=True, blank=True)
    second = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=9, choices=RecordCell.Status)
    origin = models.CharField(max_length=9, choices=RecordCell.Origin, blank=True)
    state = models.CharField(max_length=12, choices=CellState, default=CellState.UNCLEAR)
    value = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "key", "field"], name="one_difference_per_participant_cell"
            ),
        ]

    def __str__(self):
        return f"{self.key}, {self.field or 'the whole row'}"


class ParticipantOpinion(models.Model):
    """What one of the two now says of a difference, or what the third person rules."""

    difference = models.ForeignKey(ParticipantDifference, models.CASCADE, related_name="opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=9, choices=Opinion.Role)
    choice = models.CharField(max_length=9, choices=Opinion.Choice)
    state = models.CharField(max_length=12, choices=CellState, default=CellState.VALUE)
    value = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["difference", "person"], name="one_participant_opinion_each"
            ),
            models.UniqueConstraint(
                fields=["difference"],
                condition=Q(role="arbiter"),
                name="one_ruling_per_participant_cell",
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_choice_display()}"


class PrintedPair(models.Model):
    """Which cell of the study's record prints what can be computed from a column: the lead
    says it once for a form. ``statistic`` is one of ``extraction.participants.published``;
    ``column`` and ``code`` name a field and an answer of it where the statistic needs them."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="printed_pairs")
    column = models.CharField(max_length=60, blank=True)
    statistic = models.CharField(max_length=8)
    code = models.CharField(max_length=60, blank=True)
    printed_form = models.ForeignKey(Form, models.CASCADE, related_name="+")
    printed_field = models.CharField(max_length=60)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "printed_form", "printed_field"], name="printed_field_paired_once"
            ),
        ]

    def __str__(self):
        return f"{self.printed_field}: {self.statistic} of {self.column or 'the rows'}"
