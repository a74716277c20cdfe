"""Individual patients in a mixed model: what is planned, and what came out."""

from django.db import models

from extraction.models import Snapshot
from review.models import Review

from .plans import Executed, Planned


class PatientPlan(Planned):
    """One planned analysis of individual patients. ``spec`` is the shape that
    ``analysis.patients.model`` documents."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="patient_plans")
    freezing = models.ForeignKey(
        "Freezing", models.PROTECT, null=True, related_name="patient_plans"
    )

    class Meta(Planned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["review", "title"], name="patient_plan_named_once"),
        ]


class PatientRun(Executed):
    """A run of a ``PatientPlan``; ``inputs`` count the patients that entered, study by study, and
    what they miss; ``inputs_sha256`` is the hash of the spec and of every value that entered."""

    plan = models.ForeignKey(PatientPlan, models.PROTECT, related_name="runs")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="patient_runs")
