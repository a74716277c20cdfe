"""Participant rows against their hash, their form, and what was settled of them."""

from extraction import schema as forms
from extraction.models import ParticipantRecord, ParticipantTable, RecordCell
from extraction.participants import entering, mapping, rows, settling


def problems(review):
    """Every table has the hash and number of its rows, whose values their fields would still
    accept; every record's differences are those of its tables, and stand as what was said of
    them comes to; an approved record has none open and was approved by somebody else."""
    tables = ParticipantTable.objects.filter(study__review=review).select_related("version")
    found = [sentence for table in tables.iterator(20) for sentence in _table(table)]
    records = ParticipantRecord.objects.filter(study__review=review)
    records = records.select_related("study", "version", "first", "second")
    return found + [sentence for record in records for sentence in _record(record)]


def _table(table):
    name, found = f"participant table {table.pk}", entering.pairs(table)
    if (rows.digest(found), len(found)) != (table.rows_sha256, table.row_count):
        yield f"{name}: its rows are not those of its hash"
    if (table.status == ParticipantTable.Status.SUBMITTED) != bool(table.submitted_at):
        yield f"{name}: status {table.status} does not fit its time of submission"
    columns, known = mapping.dictionary(table.version.schema), set()
    for key, values in found:
        for field, value in values.items():
            said = (field, str(value))
            if said not in known and (problem := _value(columns.get(field), value)):
                yield f"{name}: {field} of {key} {problem}"
            known.add(said)


def _value(asked, value):
    if asked is None:
        return "is no column of its form"
    try:
        if not forms.same(asked, forms.read(asked, value), value):
            return "does not read back as the value it holds"
    except (forms.BadValue, KeyError) as refusal:
        return f"holds what its field refuses: {refusal}"
    return ""


def _record(record):
    name = f"participant record {record.pk}"
    held = list(record.differences.prefetch_related("opinions"))
    if record.second:
        columns = mapping.dictionary(record.version.schema)
        sides = map(entering.pairs, settling.tables_of(record))
        made = {(d.key, d.field): (d.first, d.second) for d in rows.compare(columns, *sides)}
        if made != {(d.key, d.field): (d.first, d.second) for d in held}:
            yield f"{name}: its differences are not those of its tables"
    for one in held:
        came_to = settling.projected(record, one)
        if (came_to.status, came_to.value or {}) != (one.status, one.value):
            yield f"{name}: {one} does not stand as what was said of it comes to"
    approved = record.status == ParticipantRecord.Status.APPROVED
    if approved and any(one.status != RecordCell.Status.CLOSED for one in held):
        yield f"{name}: approved with an open difference"
    if approved != bool(record.approved_by_id) or (
        approved and record.approved_by_id in settling.extractors(record)
    ):
        yield f"{name}: status {record.status} does not fit who approved it"
