"""The one approved record of a study, built from its entries by adjudication."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from review.models import Moves, Review

from .entries import Cell, CellState, Reading, Unit, UnitKind
from .forms import Form, FormVersion
from .studies import Study


class Record(Moves):
    """One study with one form after comparison. Only an approved record enters a snapshot.

    ``structure`` says whether it is settled which units of the entries belong together: a
    projection of ``proposal``, what the system proposed when the record was opened, and of the
    opinions on it (``extraction.consensus.structure``). Values wait until it is.
    """

    class Status(models.TextChoices):
        COMPARING = "comparing", "Being compared"
        APPROVED = "approved", "Approved"

    class Structure(models.TextChoices):
        OPEN = "open", "Arms and outcomes to be confirmed"
        ESCALATED = "escalated", "Arms and outcomes with the third person"
        CONFIRMED = "confirmed", "Arms and outcomes confirmed"

    MOVES = {Status.COMPARING: {Status.APPROVED}, Status.APPROVED: {Status.COMPARING}}

    study = models.ForeignKey(Study, models.CASCADE, related_name="records")
    form = models.ForeignKey(Form, models.PROTECT, related_name="records")
    version = models.ForeignKey(FormVersion, models.PROTECT, related_name="records")
    status = models.CharField(max_length=9, choices=Status, default=Status.COMPARING)
    structure = models.CharField(
        max_length=9, choices=Structure, default=Structure.CONFIRMED, db_default=Structure.CONFIRMED
    )
    proposal = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "form"], name="one_record_per_form"),
        ]

    def __str__(self):
        return f"{self.study}, {self.form}"


class RecordUnit(models.Model):
    """An arm or outcome of the record, and which unit of each entry it stands for. ``also``
    are further units of one entry, where it kept apart what the other merged."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="units")
    kind = models.CharField(max_length=10, choices=UnitKind)
    label = models.CharField(max_length=200)
    detail = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField()
    first = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="+")
    second = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="+")
    also = models.ManyToManyField(Unit, related_name="+")
    first_arm = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    second_arm = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["kind", "position", "pk"]

    def __str__(self):
        return f"{self.label}, {self.detail}" if self.detail else self.label


class RecordCellQuerySet(models.QuerySet):
    def with_readings(self):
        """With the cells of the two entries and the query behind the value. Joined, because a
        prefetch names every id in one condition, and SQLite refuses more than 1,000 of them."""
        return self.select_related("first", "second", "query", "file")


class RecordCell(Reading):
    """One cell of the record: the two readings, and the value that stands.

    ``status`` projects the opinions and the ruling. ``origin`` says where a closed cell's
    value came from. ``by_rule`` is the kind of harmless difference (``extraction.comparing``)
    as which the review's rule agreed it; it counts while nobody says otherwise. ``also`` are
    further readings of one entry, where its unit was merged from several.
    """

    class Status(models.TextChoices):
        OPEN = "open", "They differ"
        ESCALATED = "escalated", "With the third person"
        CLOSED = "closed", "Closed"

    class Origin(models.TextChoices):
        SAME = "same", "Both the same"
        SINGLE = "single", "One extractor"
        FIRST = "first", "First extractor's value"
        SECOND = "second", "Second extractor's value"
        REWRITTEN = "rewritten", "Another value"

    record = models.ForeignKey(Record, models.CASCADE, related_name="cells")
    arm = models.ForeignKey(
        RecordUnit, models.CASCADE, null=True, blank=True, related_name="arm_cells"
    )
    outcome = models.ForeignKey(
        RecordUnit, models.CASCADE, null=True, blank=True, related_name="outcome_cells"
    )
    path = models.CharField(max_length=120)
    first = models.ForeignKey(Cell, models.SET_NULL, null=True, blank=True, related_name="+")
    second = models.ForeignKey(Cell, models.SET_NULL, null=True, blank=True, related_name="+")
    also = models.ManyToManyField(Cell, related_name="+")
    by_rule = models.CharField(max_length=10, blank=True, default="", db_default="")
    status = models.CharField(max_length=9, choices=Status)
    origin = models.CharField(max_length=9, choices=Origin, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = RecordCellQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "path"], name="one_row_per_record_cell"),
        ]

    def __str__(self):
        return f"{self.path}: {self.value or self.get_state_display()}"


class Opinion(models.Model):
    """What one of the two now says of a cell, or what the third person rules.

    Leaving a cell to the third person keeps this person's reading as it was; every other
    choice carries the state and value that stand in its place.
    """

    class Role(models.TextChoices):
        EXTRACTOR = "extractor", "One of the two"
        ARBITER = "arbiter", "Third person"

    class Choice(models.TextChoices):
        FIRST = "first", "First extractor's value"
        SECOND = "second", "Second extractor's value"
        REWRITTEN = "rewritten", "Another value"
        ESCALATED = "escalated", "Left to the third person"

    cell = models.ForeignKey(RecordCell, models.CASCADE, related_name="opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=9, choices=Role)
    choice = models.CharField(max_length=9, choices=Choice)
    state = models.CharField(max_length=12, choices=CellState, default=CellState.VALUE)
    value = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cell", "person"], name="one_opinion_each"),
            models.UniqueConstraint(
                fields=["cell"], condition=Q(role="arbiter"), name="one_ruling_per_cell"
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_choice_display()}"


class StructureOpinion(models.Model):
    """Which units belong together, as one of the two or the third person says it. ``groups``
    holds ``[[unit ids of the first entry], [unit ids of the second]]``; it is empty where the
    structure was left to the third person."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="structure_opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=9, choices=Opinion.Role)
    groups = models.JSONField(default=list, blank=True)
    escalated = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["record", "person"], name="one_structure_opinion_each"),
            models.UniqueConstraint(
                fields=["record"], condition=Q(role="arbiter"), name="one_ruling_per_structure"
            ),
        ]

    def __str__(self):
        return f"{self.person} on the arms and outcomes of {self.record}"


class HarmlessRule(models.Model):
    """Which kinds of harmless difference are agreed without asking the two. One row a review."""

    review = models.OneToOneField(Review, models.CASCADE, related_name="harmless_rule")
    kinds = models.JSONField(default=list, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"Harmless differences of {self.review}"
