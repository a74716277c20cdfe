"""Answers that did not move to the next version of their form."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .entries import Entry
from .forms import FormVersion
from .records import Record


class Former(models.Model):
    """One cell of an entry or of a record as it stood in ``version``, kept when it moved on.

    ``name`` is the cell in words and ``shown`` its value, because the units and the field they
    were about may be gone; ``content`` is all that the row held, opinions and rulings of a
    record included.
    """

    version = models.ForeignKey(FormVersion, models.PROTECT, related_name="former")
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, blank=True, related_name="former")
    record = models.ForeignKey(Record, models.CASCADE, null=True, blank=True, related_name="former")
    field = models.CharField(max_length=60)
    path = models.CharField(max_length=120)
    name = models.TextField()
    shown = models.TextField()
    content = models.JSONField(default=dict)
    kept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(entry=None, record__isnull=False) | Q(entry__isnull=False, record=None),
                name="former_of_an_entry_or_a_record",
            ),
        ]

    def __str__(self):
        return f"{self.name}: {self.shown}"
