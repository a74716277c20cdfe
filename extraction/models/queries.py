"""What an extractor asked the authors of a study, and what they answered."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from review.models import Moves

from .entries import Entry


class AuthorQuery(Moves):
    """One letter to the authors of a study, asked out of one entry and part of it: whoever may
    not see that entry learns nothing of its queries (docs/decisions/0008).

    ``about`` lists the cells it asks for as ``{"path", "name"}``; the name stands as it was when
    the question was put. ``reminders`` are the days, as ISO dates, on which the authors were
    reminded. The file is kept by its hash and is no ``StoredFile``, because those are open to
    everybody who sees the review's records.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Waiting for an answer"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed without an answer"

    MOVES = {
        Status.OPEN: {Status.ANSWERED, Status.CLOSED},
        Status.ANSWERED: {Status.OPEN},
        Status.CLOSED: {Status.OPEN},
    }

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="queries")
    recipient = models.CharField(max_length=300)
    question = models.TextField()
    about = models.JSONField(default=list)
    asked_on = models.DateField()
    remind_on = models.DateField(null=True, blank=True)
    reminders = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    answer = models.TextField(blank=True)
    answered_on = models.DateField(null=True, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    closed_why = models.TextField(blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-asked_on", "-pk"]
        verbose_name = "query"
        verbose_name_plural = "author queries"
        constraints = [
            models.CheckConstraint(
                condition=Q(status="answered", answered_on__isnull=False)
                | (~Q(status="answered") & Q(answered_on__isnull=True)),
                name="answered_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | ~Q(closed_why=""), name="closed_query_says_why"
            ),
        ]

    def __str__(self):
        return f"Query of {self.asked_on.isoformat()} to {self.recipient}"
