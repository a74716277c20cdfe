"""The protocol of a review: its question, its rules and where it searched."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone


class Stage(models.TextChoices):
    """The two passes of screening."""

    TITLE_ABSTRACT = "title_abstract", "Title and abstract"
    FULL_TEXT = "full_text", "Full text"


class ReviewQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reviews this person has a role in."""
        return self.filter(memberships__user=user).distinct()


class Review(models.Model):
    """One systematic review: the unit of membership, blinding and the ledger."""

    class Reveal(models.TextChoices):
        SETTLED = "settled", "when the record is settled"
        STAGE_DONE = "stage_done", "when the whole stage is settled"

    title = models.CharField(max_length=300)
    population = models.TextField(blank=True)
    intervention = models.TextField(blank=True)
    comparator = models.TextField(blank=True)
    outcomes = models.TextField(blank=True)
    study_designs = models.TextField(blank=True)
    languages = models.CharField(max_length=200, blank=True)
    registration = models.CharField(max_length=200, blank=True)

    title_abstract_votes = models.PositiveSmallIntegerField(default=2)
    full_text_votes = models.PositiveSmallIntegerField(default=2)
    extraction_entries = models.PositiveSmallIntegerField(default=2)
    appraisal_entries = models.PositiveSmallIntegerField(default=2)

    maybe_advances = models.BooleanField(
        default=True,
        help_text="At title and abstract, one include and one maybe go on to full text.",
    )
    reveal = models.CharField(max_length=10, choices=Reveal, default=Reveal.SETTLED)
    arbiter_sees_names = models.BooleanField(default=False)
    hide_citation = models.BooleanField(
        default=False, help_text="Screeners see no authors, journal and year."
    )

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(**{f"{field}__in": [1, 2]}), name=f"{field}_is_one_or_two"
            )
            for field in (
                "title_abstract_votes",
                "full_text_votes",
                "extraction_entries",
                "appraisal_entries",
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("review-home", args=[self.pk])

    def votes_needed(self, stage):
        """How many independent votes settle a record at ``stage`` (1 or 2)."""
        return self.title_abstract_votes if stage == Stage.TITLE_ABSTRACT else self.full_text_votes


class Criterion(models.Model):
    """One line of the eligibility criteria, shown beside every decision."""

    class Kind(models.TextChoices):
        INCLUDE = "include", "Include when"
        EXCLUDE = "exclude", "Exclude when"

    review = models.ForeignKey(Review, models.CASCADE, related_name="criteria")
    kind = models.CharField(max_length=7, choices=Kind)
    text = models.TextField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.text


class ExclusionReason(models.Model):
    """One reason of the ordered list; the first that applies is the one to give."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="exclusion_reasons")
    stage = models.CharField(max_length=14, choices=Stage)
    text = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "stage", "text"], name="reason_named_once_per_stage"
            ),
        ]

    def __str__(self):
        return self.text


class Search(models.Model):
    """One search of one source on one day."""

    class Kind(models.TextChoices):
        DATABASE = "database", "Database"
        REGISTER = "register", "Register"
        OTHER = "other", "Other method"

    review = models.ForeignKey(Review, models.CASCADE, related_name="searches")
    source = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind)
    searched_on = models.DateField()
    query = models.TextField(blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["searched_on", "pk"]
        verbose_name_plural = "searches"

    def __str__(self):
        return self.source


class Highlight(models.Model):
    """A word or phrase marked in titles and abstracts while screening."""

    class Group(models.TextChoices):
        POPULATION = "p", "Population"
        INTERVENTION = "i", "Intervention"
        COMPARATOR = "c", "Comparator"
        OUTCOME = "o", "Outcome"
        INCLUDE = "in", "Include"
        EXCLUDE = "ex", "Exclude"

    review = models.ForeignKey(Review, models.CASCADE, related_name="highlights")
    group = models.CharField(max_length=2, choices=Group)
    term = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "group", "term"], name="one_row_per_term"),
        ]

    def __str__(self):
        return self.term
