"""What the searches found: files, batches, references, duplicates, full texts."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from .moves import Moves
from .protocol import Review, Search


class StoredFile(models.Model):
    """An uploaded file, kept by its hash outside the web root and served only by the gate."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="files")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)
    size = models.PositiveBigIntegerField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "sha256"], name="file_kept_once_per_review"),
        ]

    def __str__(self):
        return self.name


class Batch(Moves):
    """One search file: previewed, then accepted, and perhaps withdrawn.

    ``problems`` is the parser's list of ``{line, record, level, message}``;
    ``expected`` counts the records the file starts, ``parsed`` those that could be read.
    """

    class Status(models.TextChoices):
        PREVIEW = "preview", "Waiting for your word"
        IMPORTING = "importing", "Being imported"
        ACCEPTED = "accepted", "Imported"
        REFUSED = "refused", "Not imported"
        WITHDRAWN = "withdrawn", "Withdrawn"

    MOVES = {
        Status.PREVIEW: {Status.IMPORTING, Status.REFUSED},
        Status.IMPORTING: {Status.ACCEPTED, Status.PREVIEW},
        Status.ACCEPTED: {Status.WITHDRAWN},
        Status.REFUSED: set(),
        Status.WITHDRAWN: set(),
    }

    review = models.ForeignKey(Review, models.CASCADE, related_name="batches")
    search = models.ForeignKey(Search, models.PROTECT, related_name="batches")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="batches")
    format = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status, default=Status.PREVIEW)
    expected = models.PositiveIntegerField()
    parsed = models.PositiveIntegerField()
    coverage = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"

    def __str__(self):
        return f"{self.file.name} ({self.search})"

    @property
    def rejected(self):
        """Records of the file that could not be read; each has its problem."""
        return self.expected - self.parsed


class ReferenceQuerySet(models.QuerySet):
    def live(self):
        """References of accepted batches."""
        return self.filter(withdrawn=False)

    def primary(self):
        """One reference of each group of duplicates: the ones that are screened."""
        return self.live().filter(duplicate_of=None)


class Reference(models.Model):
    """One citation as one search found it. Content never changes after import.

    ``number`` counts within the review. ``raw`` is the record's text in its file, and
    ``line`` where it begins. ``duplicate_of`` projects the confirmed duplicate pairs:
    None for the primary of its group.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="references")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="references")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    raw = models.TextField()
    title = models.TextField()
    abstract = models.TextField(blank=True)
    authors = models.JSONField(default=list)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    journal = models.TextField(blank=True)
    volume = models.TextField(blank=True)
    issue = models.TextField(blank=True)
    pages = models.TextField(blank=True)
    doi = models.TextField(blank=True)
    pmid = models.TextField(blank=True)
    url = models.TextField(blank=True)
    keywords = models.JSONField(default=list)
    language = models.TextField(blank=True)
    kind = models.TextField(blank=True)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="duplicates"
    )
    withdrawn = models.BooleanField(default=False)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="reference_number_once"),
            models.CheckConstraint(
                condition=~Q(duplicate_of=F("pk")), name="reference_not_its_own_duplicate"
            ),
        ]
        indexes = [
            models.Index(fields=["review", "withdrawn", "duplicate_of", "number"]),
            # Counting by file must not read the wide rows.
            models.Index(fields=["review", "withdrawn", "duplicate_of", "batch"]),
            models.Index(fields=["review", "year"]),
        ]

    def __str__(self):
        return self.title

    @property
    def byline(self):
        """First author and year, as a reader would name the paper."""
        first = self.authors[0].split(",")[0] if self.authors else "No author"
        return f"{first} {self.year}" if self.year else first


class DuplicatePairQuerySet(models.QuerySet):
    def waiting(self):
        """Proposals nobody has decided, both of whose references are still in the review."""
        gone = Reference.objects.filter(review=OuterRef("review"), withdrawn=True)
        return self.filter(
            ~Exists(gone.filter(pk=OuterRef("first"))),
            ~Exists(gone.filter(pk=OuterRef("second"))),
            status=DuplicatePair.Status.PROPOSED,
        )


class DuplicatePair(Moves):
    """Two references that may be the same paper, why, and what a person said."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Same paper?"
        MERGED = "merged", "Merged"
        APART = "apart", "Kept apart"

    MOVES = {
        Status.PROPOSED: {Status.MERGED, Status.APART},
        Status.MERGED: {Status.PROPOSED},
        Status.APART: {Status.PROPOSED},
    }

    review = models.ForeignKey(Review, models.CASCADE, related_name="duplicate_pairs")
    first = models.ForeignKey(Reference, models.CASCADE, related_name="pairs_as_first")
    second = models.ForeignKey(Reference, models.CASCADE, related_name="pairs_as_second")
    reason = models.CharField(max_length=300)
    score = models.FloatField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_pair_row"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
        ]
        indexes = [models.Index(fields=["review", "status"])]

    def __str__(self):
        return f"{self.first_id} = {self.second_id}? {self.reason}"


class Report(Moves):
    """The full text of a reference that passed title and abstract."""

    class Status(models.TextChoices):
        SOUGHT = "sought", "Sought"
        REQUESTED = "requested", "Requested"
        OBTAINED = "obtained", "Obtained"
        NOT_RETRIEVABLE = "not_retrievable", "Not retrievable"

    MOVES = {
        Status.SOUGHT: {Status.REQUESTED, Status.OBTAINED, Status.NOT_RETRIEVABLE},
        Status.REQUESTED: {Status.OBTAINED, Status.NOT_RETRIEVABLE, Status.SOUGHT},
        Status.OBTAINED: {Status.SOUGHT},
        Status.NOT_RETRIEVABLE: {Status.SOUGHT, Status.OBTAINED},
    }

    review = models.ForeignKey(Review, models.CASCADE, related_name="reports")
    reference = models.OneToOneField(Reference, models.CASCADE, related_name="report")
    status = models.CharField(max_length=15, choices=Status, default=Status.SOUGHT)
    route = models.CharField(max_length=200, blank=True)
    status_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["review", "status"])]

    def __str__(self):
        return f"Full text of {self.reference}"


class ReportFile(models.Model):
    """One version of a report's PDF; the newest that is not withdrawn is the one shown."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="report_files")
    attached_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    attached_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.file.name
