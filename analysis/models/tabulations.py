"""Which tables of individual patients a review prints."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from review.models import Review


class Tabulation(models.Model):
    """One table of patients; ``spec`` is the definition that ``analysis.patients.making``
    documents. The table itself is made from the newest snapshot whenever it is shown."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="tabulations")
    title = models.CharField(max_length=200)
    spec = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "title"], name="tabulation_named_once"),
        ]

    def __str__(self):
        return self.title
