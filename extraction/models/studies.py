"""Studies: what one or more reports tell of."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from review.models import Report, Review, Screening, Stage

from .forms import Form


class StudyQuerySet(models.QuerySet):
    def standing(self):
        """Studies that belong to the review now: sources outside the flow, and those with a
        report that is still included at full text."""
        reports = StudyReport.objects.filter(study=OuterRef("pk"))
        included = Screening.objects.filter(
            stage=Stage.FULL_TEXT,
            status=Screening.Status.INCLUDED,
            reference__report__study_link__study=OuterRef("pk"),
        )
        return self.filter(~Exists(reports) | Exists(included))

    def asked_by(self, form):
        """Standing studies that ``form`` is for."""
        in_flow = Exists(StudyReport.objects.filter(study=OuterRef("pk")))
        wanted = {Form.Scope.FLOW: in_flow, Form.Scope.SOURCES: ~in_flow}
        studies = self.standing()
        return studies.filter(wanted[form.scope]) if form.scope in wanted else studies


class Study(models.Model):
    """The unit of extraction. ``citation`` names a source that did not come through the
    flow (a table of an earlier review, say); such a study is never counted in PRISMA."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="studies")
    label = models.CharField(max_length=200)
    citation = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["label", "pk"]
        verbose_name_plural = "studies"
        constraints = [
            models.UniqueConstraint(fields=["review", "label"], name="study_named_once"),
        ]

    def __str__(self):
        return self.label


class StudyReport(models.Model):
    """A report belongs to one study; a study may have several."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="reports")
    report = models.OneToOneField(Report, models.PROTECT, related_name="study_link")

    def __str__(self):
        return f"{self.report} in {self.study}"
