"""Step 1: a search file becomes references. Nothing is dropped silently.

A file is stored and parsed for a preview; accepting it writes the references in chunks
that stay invisible until the last step shows them all at once, so that a crash or a
cancelled job leaves nothing half-written and other people can go on voting meanwhile.
"""

from dataclasses import asdict

from django.db import transaction
from django.db.models import Max
from django_tasks import task

from . import dedup, files, jobs, ledger, parsers, planner, screening
from .models import Batch, IllegalMove, Job, Reference, Review, Screening, Stage

CHUNK = 1000
JOB = "import"


@transaction.atomic
def preview(*, review, actor, search, upload):
    """Store an upload and say what it holds; the batch waits to be accepted.

    Raises ``files.RefusedFile`` or ``parsers.UnreadableFile`` for a file that cannot be
    read, and ``IllegalMove`` for one that was imported for this search already.
    """
    name = files.check(upload, files.REFERENCES)
    parsed = parsers.parse(files.contents(upload, files.REFERENCES), name)
    live = [Batch.Status.IMPORTING, Batch.Status.ACCEPTED]
    if search.batches.filter(file__sha256=files.digest(upload), status__in=live).exists():
        raise IllegalMove(f"“{name}” was imported for “{search}” already, byte for byte.")
    stored = files.store(review=review, upload=upload, kind=files.REFERENCES, actor=actor)
    batch = Batch.objects.create(
        review=review,
        search=search,
        file=stored,
        format=parsed.format,
        expected=parsed.expected,
        parsed=len(parsed.records),
        coverage=parsed.covered,
        problems=[asdict(problem) for problem in parsed.problems],
        uploaded_by=actor,
    )
    _tell(batch, actor, "batch.preview")
    return batch


def first_records(batch, count=5):
    """The first records of a batch's file, as they will be imported."""
    return parsers.parse(files.read(batch.file), batch.file.name, batch.format).records[:count]


@transaction.atomic
def accept(*, batch, actor):
    """Import a previewed batch in the background; return its ``Job``."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if not batch.parsed:
        raise IllegalMove("This file holds no record that can be read, so nothing can be imported.")
    batch.move_to(Batch.Status.IMPORTING)
    batch.save(update_fields=["status"])
    job = jobs.start(
        review=batch.review,
        actor=actor,
        kind=JOB,
        subject=f"batch:{batch.pk}",
        total=batch.parsed,
    )
    transaction.on_commit(lambda: run_import.enqueue(job.pk, batch.pk))
    return job


@transaction.atomic
def refuse(*, batch, actor):
    """Put a previewed batch away without importing it."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    batch.move_to(Batch.Status.REFUSED)
    batch.save(update_fields=["status"])
    _tell(batch, actor, "batch.refuse")


@transaction.atomic
def withdraw(*, batch, actor, why):
    """Take an imported batch out of the review; its rows and their votes are kept.

    Refused once one of its records has passed title and abstract: by then the flow of
    the review rests on it.
    """
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    passed = Screening.objects.filter(reference__batch=batch, stage=Stage.FULL_TEXT).exclude(
        status=Screening.Status.SET_ASIDE
    )
    if passed.exists():
        raise IllegalMove(
            f"{passed.count()} of its records are at full text. Exclude them there instead."
        )
    batch.move_to(Batch.Status.WITHDRAWN)
    batch.save(update_fields=["status"])
    references = batch.references.all()
    references.update(withdrawn=True)
    screening.set_aside(references=references)
    dedup.regroup(review=batch.review, references=references)
    _tell(batch, actor, "batch.withdraw", why=why)


@task()
def run_import(job_id, batch_id):
    """Write the references of a batch; safe to run again."""
    batch = Batch.objects.select_related("review", "file").get(pk=batch_id)
    if batch.status != Batch.Status.IMPORTING:
        return
    with jobs.running(job_id) as job:
        try:
            _discard(batch)
            _write(batch, job)
            _show(batch, job)
            if batch.parsed > CHUNK:
                planner.look_again(Reference, Screening)
        finally:
            _give_back(batch)


def _write(batch, job):
    records = parsers.parse(files.read(batch.file), batch.file.name, batch.format).records
    for start in range(0, len(records), CHUNK):
        jobs.step(job, start, len(records))
        with transaction.atomic():
            _write_chunk(batch, records[start : start + CHUNK])


def _write_chunk(batch, records):
    review = Review.objects.select_for_update().get(pk=batch.review_id)
    last = review.references.aggregate(last=Max("number"))["last"] or 0
    Reference.objects.bulk_create(
        Reference(
            review=review,
            batch=batch,
            number=last + place,
            withdrawn=True,
            **{name: _storable(value) for name, value in asdict(record).items()},
        )
        for place, record in enumerate(records, 1)
    )


@transaction.atomic
def _show(batch, job):
    """Make the batch's references part of the review, all at once."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    batch.move_to(Batch.Status.ACCEPTED)
    batch.save(update_fields=["status"])
    batch.references.update(withdrawn=False)
    screening.open_title_abstract(references=batch.references.all())
    Job.objects.filter(pk=job.pk).update(done=batch.parsed)
    _tell(batch, job.started_by, "batch.accept")


@transaction.atomic
def _give_back(batch):
    """After an import that did not finish: remove its rows, so that it can be tried again."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.status == Batch.Status.IMPORTING:
        _discard(batch)
        batch.move_to(Batch.Status.PREVIEW)
        batch.save(update_fields=["status"])


def _discard(batch):
    """Remove the invisible rows of an import that did not finish."""
    batch.references.filter(withdrawn=True).delete()


def _storable(value):
    """PostgreSQL cannot hold NUL; show that something was there."""
    if isinstance(value, str):
        return value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, tuple):
        return [_storable(item) for item in value]
    return value


def _tell(batch, actor, action, **more):
    ledger.record(
        review=batch.review,
        actor=actor,
        action=action,
        subject=f"batch:{batch.pk}",
        data={
            "file": batch.file.name,
            "sha256": batch.file.sha256,
            "format": batch.format,
            "search": batch.search.source,
            "expected": batch.expected,
            "parsed": batch.parsed,
            **more,
        },
    )
