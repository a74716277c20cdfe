"""Records against the entries, opinions and rulings they project; snapshots against their hash."""

import hashlib

from extraction import adjudication
from extraction.models import Entry, Record, RecordCell


def problems(review):
    """Every record cell is what its readings, opinions and ruling come to; an approved record
    has no open cell and was approved by a third person; every snapshot still has its sha256."""
    records = Record.objects.filter(study__review=review).select_related("study", "version")
    found = [sentence for record in records for sentence in _record(record)]
    found += [
        f"snapshot {snapshot.number}: its content does not have its sha256"
        for snapshot in review.snapshots.all()
        if hashlib.sha256(snapshot.content.encode()).hexdigest() != snapshot.sha256
    ]
    return found + _unopened(review)


def _record(record):
    name = f"record {record.pk}"
    people = adjudication.extractors(record)
    cells = list(record.cells.with_readings().prefetch_related("opinions"))
    for cell in cells:
        try:
            said = adjudication.projected(record, cell, people)
        except (ArithmeticError, KeyError, TypeError):
            yield f"{name}: cell {cell.path} is made from a value that its field cannot hold"
            continue
        for part in ("status", "origin", "state", "value"):
            if getattr(cell, part) != getattr(said, part):
                yield (
                    f"{name}: cell {cell.path} has {part} {getattr(cell, part)!r}, its readings"
                    f" and opinions come to {getattr(said, part)!r}"
                )
    approved = record.status == Record.Status.APPROVED
    if approved and any(cell.status != RecordCell.Status.CLOSED for cell in cells):
        yield f"{name}: approved with open cells"
    if approved != bool(record.approved_by_id):
        yield f"{name}: status {record.status} does not fit who approved it"
    if record.approved_by_id in people:
        yield f"{name}: approved by one of its extractors"


def _unopened(review):
    """Studies whose entries are all in, and whose comparison was never opened."""
    opened = set(Record.objects.filter(study__review=review).values_list("study_id", "form_id"))
    pairs = {}
    for study, form in Entry.objects.filter(
        study__review=review, status=Entry.Status.SUBMITTED
    ).values_list("study_id", "form_id"):
        pairs[study, form] = pairs.get((study, form), 0) + 1
    return [
        f"study {study}: both entries with form {form} are in, and no record was opened"
        for (study, form), count in pairs.items()
        if count == 2 and (study, form) not in opened
    ]
