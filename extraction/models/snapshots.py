"""Frozen approved data: the only thing an analysis may read."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from review.models import Review


class SnapshotQuerySet(models.QuerySet):
    def without_content(self):
        """Snapshots to be named only; the content of one, all data of a review, is read on use."""
        return self.defer("content")


class Snapshot(models.Model):
    """Canonical JSON of all approved data of a review, and its sha256.

    ``content`` is text, not a JSON column: the bytes that were hashed are the bytes kept.
    Triggers in the database refuse UPDATE and DELETE.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    studies = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(default=timezone.now)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="snapshot_number_once"),
        ]

    def __str__(self):
        return f"Snapshot {self.number}"
