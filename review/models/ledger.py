"""Append-only, hash-chained events and the jobs that run in the background."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .protocol import Review


class Chain(models.Model):
    """The head of one review's chain; locking this row puts its events in order."""

    review = models.OneToOneField(Review, models.PROTECT, related_name="chain", primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="")

    def __str__(self):
        return f"{self.review}: {self.seq} events"


class Event(models.Model):
    """One thing that happened. Written by ``review.ledger.record`` only; triggers in the
    database refuse UPDATE and DELETE.

    ``subject`` names what it happened to (``reference:12``). ``key`` is the caller's
    idempotency key: the same key of the same person is the same request.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)
    key = models.CharField(max_length=64, null=True, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["review", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["review", "seq"], name="one_event_per_place"),
            models.UniqueConstraint(
                fields=["review", "actor", "key"],
                condition=Q(key__isnull=False),
                name="a_request_counts_once",
            ),
        ]
        indexes = [models.Index(fields=["review", "subject"])]

    def __str__(self):
        return f"{self.seq} {self.action} {self.subject}"


class Job(models.Model):
    """Long work with progress that can be left, come back to and cancelled."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped with a problem"
        CANCELLED = "cancelled", "Cancelled"

    review = models.ForeignKey(Review, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    heartbeat = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.kind} {self.subject}"
