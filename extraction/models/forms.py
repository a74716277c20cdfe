"""Extraction forms and their versions; the content of a version is ``extraction.schema``."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from review.models import Moves, Review


class Form(models.Model):
    """One extraction form; a review may have several, and each says which studies it is for."""

    class Scope(models.TextChoices):
        EVERY = "every", "Every study"
        FLOW = "flow", "Studies that came through the flow"
        SOURCES = "sources", "Sources outside the flow"

    review = models.ForeignKey(Review, models.CASCADE, related_name="extraction_forms")
    name = models.CharField(max_length=120)
    purpose = models.TextField(blank=True)
    scope = models.CharField("for", max_length=7, choices=Scope, default=Scope.EVERY)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "name"], name="form_named_once"),
        ]

    def __str__(self):
        return self.name

    @property
    def published(self):
        """The newest published ``FormVersion``, or None."""
        return self.versions.filter(status=FormVersion.Status.PUBLISHED).first()


class FormVersion(Moves):
    """One version of a form. A published version never changes; entries pin it.

    ``mapping`` says how answers of the version before become answers of this one
    (``extraction.revisions.changes``).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    MOVES = {Status.DRAFT: {Status.PUBLISHED}, Status.PUBLISHED: set()}

    form = models.ForeignKey(Form, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    schema = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="form_version_once"),
            models.UniqueConstraint(
                fields=["form"], condition=Q(status="draft"), name="one_draft_per_form"
            ),
        ]

    def __str__(self):
        return f"{self.form}, version {self.number}"
