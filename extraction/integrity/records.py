"""Records against the entries, opinions and rulings they project; snapshots against their hash."""

import hashlib

from extraction import schema
from extraction.consensus import building, cells, structure
from extraction.models import Entry, Record, RecordCell


def problems(review):
    """Every record cell is what its readings, opinions, ruling and rule come to; its units are
    those that were settled on, and nothing of an entry is left out; an approved record has no
    open cell and was approved by a third person; every snapshot still has its sha256."""
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
    people, merged = cells.extractors(record), cells.merged(record)
    held = list(record.cells.with_readings().prefetch_related("opinions"))
    yield from _structure(record, name, people, held, merged)
    for cell in held:
        try:
            said = cells.projected(record, cell, people, merged[cell.pk])
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
    if approved and any(cell.status != RecordCell.Status.CLOSED for cell in held):
        yield f"{name}: approved with open cells"
    if approved != bool(record.approved_by_id):
        yield f"{name}: status {record.status} does not fit who approved it"
    if record.approved_by_id in people:
        yield f"{name}: approved by one of its extractors"


def _structure(record, name, people, held, merged):
    """The units of the record against what was settled, and its readings against the entries."""
    came_to = structure.projected(record, people)
    if record.structure != came_to.status:
        yield (
            f"{name}: structure {record.structure!r}, its proposal and opinions come to"
            f" {came_to.status!r}"
        )
    entries = building.settled_entries(record)
    stands = building.standing_groups(record)
    settled = came_to.groups if record.proposal else None
    if settled is not None and settled != stands:
        yield f"{name}: its units are not those that were settled on"
    if any(entry.status == Entry.Status.DRAFT for entry in entries):
        return  # parts are read again for a new version; the record takes them when all are in
    units = sorted(pk for entry in entries for pk in entry.units.values_list("pk", flat=True))
    if sorted(pk for group in stands for side in group for pk in side) != units:
        yield f"{name}: a unit of an entry stands for nothing in it, or for two things"
    asked = schema.fields(record.version.schema)
    read = {
        pk
        for entry in entries
        for pk, field in entry.cells.values_list("pk", "field")
        if field in asked
    }
    told = {pk for cell in held for pk in (cell.first_id, cell.second_id)} - {None}
    told |= {further.pk for rest in merged.values() for further in rest}
    if read != told:
        yield f"{name}: a reading of an entry is in no cell of it"


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
