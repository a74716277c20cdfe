"""The spreadsheet of a large review: made by a job, kept for the person who asked for it."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django_tasks import task

from review import jobs
from review.access import seat_of
from review.models import IllegalMove, Job

from . import everything

JOB = "export"
AT_ONCE = 3_000  # references: a larger review takes more than a few seconds


def at_once(review):
    """Whether the spreadsheet of this review is made while a person waits."""
    return review.references.live().count() <= AT_ONCE


@transaction.atomic
def start(seat):
    """Make the spreadsheet in the background; returns the ``Job``, which names the roles it is
    made for. What this person had made before is removed."""
    if mine(seat).filter(status__in=jobs.OPEN).exists():
        raise IllegalMove("Your spreadsheet is being made already. Wait for it, or cancel it.")
    old = [path_of(job) for job in mine(seat)]
    total = seat.review.references.live().count()
    job = jobs.start(
        review=seat.review, actor=seat.user, kind=JOB, subject=_roles(seat), total=total
    )
    transaction.on_commit(lambda: _hand_over(job, old))
    return job


def mine(seat):
    """The exports this person has asked for, the newest first."""
    return seat.review.jobs.filter(kind=JOB, started_by=seat.user)


def file_of(seat, job):
    """The path of a finished file, or ``IllegalMove`` when it is not for ``seat`` as it is now:
    whoever has lost a role since must not read what that role could see."""
    path = path_of(job)
    if job.subject != _roles(seat):
        raise IllegalMove("Your roles have changed since this file was made. Make it again.")
    if job.status != Job.Status.DONE or not path.exists():
        raise IllegalMove("This file is not there: it is not finished, or a newer one was made.")
    return path


def path_of(job):
    """Where a finished file lies: outside the web root, under no guessable address."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"{job.pk}.xlsx"


@task()
def run_export(job_id):
    """Write the spreadsheet beside its place and move it there: whole or not at all."""
    with jobs.running(job_id) as job:
        seat = seat_of(job.started_by, job.review)
        path = path_of(job)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        try:
            everything.write(unfinished, seat, lambda done: jobs.step(job, done))
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _hand_over(job, old):
    for path in old:
        path.unlink(missing_ok=True)
    run_export.enqueue(job.pk)


def _roles(seat):
    return ",".join(sorted(seat.roles))
