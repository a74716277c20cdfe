"""What is to be pooled, and what came out."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from extraction.models import Snapshot
from review.models import Review


class Planned(models.Model):
    """What every planned analysis has; ``spec`` is plain JSON."""

    title = models.CharField(max_length=200)
    spec = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self):
        return self.title


class Executed(models.Model):
    """One execution of a ``plan`` on one ``snapshot``; written once, never changed.

    ``spec`` is the plan's as it was; ``inputs`` what entered, and ``inputs_sha256`` the hash of
    both; ``versions`` the code and libraries; ``results`` what the engine returned.
    """

    spec = models.JSONField()
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    versions = models.JSONField()
    results = models.JSONField()
    run_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    run_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.plan}, run {self.pk}"


class Plan(Planned):
    """One pre-defined analysis. ``spec`` is the shape that ``analysis.runs`` documents:
    measure, which form fields feed it, model, estimator, test and level. ``look`` is how its
    plot is shown (``analysis.pairwise.looks``), on which no number depends."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="plans")
    look = models.JSONField(default=dict)
    retired_at = models.DateTimeField(null=True, blank=True)
    freezing = models.ForeignKey("Freezing", models.PROTECT, null=True, related_name="plans")

    class Meta(Planned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["review", "title"], name="plan_named_once"),
        ]


class Run(Executed):
    """A run of a ``Plan``; ``inputs`` are the rows that entered and the ones that could not, with
    the reason."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="runs")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="runs")
