"""Plans frozen with the protocol, and every later wording of a plan."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from review.models import Review

from .patients import PatientPlan
from .plans import Plan


class Freezing(models.Model):
    """The plans of a review, frozen together with its protocol; written once.

    ``protocol`` is what the protocol said then, ``sha256`` its hash; ``Plan.freezing`` and
    ``PatientPlan.freezing`` say which plans are meant.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="freezings")
    registration = models.CharField(max_length=200, blank=True)
    protocol = models.JSONField()
    sha256 = models.CharField(max_length=64)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"Freezing {self.pk}"


class PlanChange(models.Model):
    """One change of one plan, of either sort; written once. It ``amends`` when the plan was
    frozen, and then says why."""

    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="changes")
    patient_plan = models.ForeignKey(PatientPlan, models.PROTECT, null=True, related_name="changes")
    number = models.PositiveIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    amends = models.BooleanField()
    reason = models.CharField(max_length=1000, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(plan=None) ^ models.Q(patient_plan=None),
                name="change_is_of_one_plan",
            ),
            models.CheckConstraint(
                condition=models.Q(amends=False) | ~models.Q(reason=""),
                name="amendment_says_why",
            ),
            models.UniqueConstraint(fields=["plan", "number"], name="plan_change_numbered_once"),
            models.UniqueConstraint(
                fields=["patient_plan", "number"], name="patient_plan_change_numbered_once"
            ),
        ]

    def __str__(self):
        return f"{self.plan or self.patient_plan}, change {self.number}"
