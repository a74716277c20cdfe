"""Long work: a job row with progress that a page can poll, leave and cancel.

A job's function runs wherever the task backend puts it. It must be safe to run again:
do all writing in one transaction and check first whether it has been done.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from . import tasks
from .models import Job

SILENT_AFTER = timedelta(minutes=2)
OPEN = (Job.Status.QUEUED, Job.Status.RUNNING)
INTERRUPTED = "The server stopped while this ran. Nothing was half-written; start it again."
CANCELLED = "Cancelled; nothing was kept."
UNEXPECTED = "This stopped on an unforeseen problem and kept nothing; the server's log has it."


class Cancelled(Exception):
    """Somebody asked this job to stop."""


def start(*, review, actor, kind, subject="", total=0):
    """Create a queued job; the caller enqueues its task with the job's id."""
    return Job.objects.create(
        review=review, started_by=actor, kind=kind, subject=subject, total=total
    )


def cancel(*, job):
    """Ask a job to stop; it does at its next step, and keeps nothing. One that waits is over at
    once: a server that stopped meanwhile may never begin it."""
    row = Job.objects.filter(pk=job.pk)
    row.filter(status__in=OPEN).update(cancel_asked=True)
    row.filter(status=Job.Status.QUEUED).update(status=Job.Status.CANCELLED, message=CANCELLED)


def reap(review):
    """Mark jobs whose worker fell silent as failed, and those that a server held in its memory
    when it stopped, so that nobody waits for them."""
    silent = Q(status=Job.Status.RUNNING, heartbeat__lt=timezone.now() - SILENT_AFTER)
    if stopped := tasks.lost_before():
        silent |= Q(status=Job.Status.RUNNING, heartbeat__lt=stopped)
        silent |= Q(status=Job.Status.QUEUED, created_at__lt=stopped)
    lost = Job.objects.filter(silent, review=review)
    return lost.update(status=Job.Status.FAILED, message=INTERRUPTED)


class running:
    """``with jobs.running(job_id) as job:`` marks the job running, then done.

    A refusal named in ``refusals`` is written as the job's message; ``Cancelled`` ends it
    as cancelled; anything else marks it failed and travels on to the log.
    """

    def __init__(self, job_id, *refusals):
        self.job_id = job_id
        self.refusals = refusals

    def __enter__(self):
        self._set(status=Job.Status.RUNNING)
        return Job.objects.get(pk=self.job_id)

    def __exit__(self, kind, problem, trace):
        if kind is None:
            self._set(status=Job.Status.DONE)
            return False
        if issubclass(kind, Cancelled):
            self._set(status=Job.Status.CANCELLED, message=CANCELLED)
            return True
        expected = issubclass(kind, self.refusals)
        self._set(status=Job.Status.FAILED, message=str(problem) if expected else UNEXPECTED)
        return expected

    def _set(self, **values):
        Job.objects.filter(pk=self.job_id).update(heartbeat=timezone.now(), **values)


def step(job, done, total=None):
    """Report progress and raise ``Cancelled`` if that was asked.

    Inside a transaction the figure is only seen by others after the commit: on
    PostgreSQL and SQLite alike, call it between transactions where progress must show.
    """
    values = {"done": done, "heartbeat": timezone.now()}
    if total is not None:
        values["total"] = total
    Job.objects.filter(pk=job.pk).update(**values)
    if Job.objects.filter(pk=job.pk, cancel_asked=True).exists():
        raise Cancelled
