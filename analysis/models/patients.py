"""Individual patients in a mixed model: what is planned, and what came out."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from extraction.models import Snapshot
from review.models import Review


class PatientPlan(models.Model):
    """One planned analysis of individual patients. ``spec`` is the shape that
    ``analysis.patients.model`` documents."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="patient_plans")
    title = models.CharField(max_length=200)
    spec = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    freezing = models.ForeignKey(
        "Freezing", models.PROTECT, null=True, related_name="patient_plans"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "title"], name="patient_plan_named_once"),
        ]

    def __str__(self):
        return self.title


class PatientRun(models.Model):
    """One execution of a patient plan on one snapshot; written once, never changed.

    ``inputs`` counts the patients that entered, study by study, and what they miss;
    ``inputs_sha256`` is the hash of the spec and of every value that entered.
    """

    plan = models.ForeignKey(PatientPlan, models.PROTECT, related_name="runs")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="patient_runs")
    spec = models.JSONField()
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    versions = models.JSONField()
    results = models.JSONField()
    run_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    run_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.plan}, run {self.pk}"
