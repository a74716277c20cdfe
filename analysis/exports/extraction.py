"""Approved extraction as sheets: long (one row a cell, with its witnesses), then as ``wide`` and
``codebook`` lay it out."""

from django.db.models import Prefetch

from extraction import asprinted, doubts, schema
from extraction.models import CellState, Entry, Opinion, Record, RecordCell
from review.blinding import Sight, sight
from review.consensus import State

from . import codebook, wide
from .workbook import Sheet

CHUNK = 10  # records: each may have a thousand cells
READING = (
    ("{} extractor", "Who read it; not named where the review hides names from you"),
    ("{} reading", "What this extractor typed, or Not reported, Unclear, Left empty"),
    ("{} quote", "The paper's words that this extractor gave as the witness"),
    ("{} page", "The page of the paper"),
)
LONG = (
    ("Study", "Label of the study"),
    ("Form", "Extraction form"),
    ("Version", "Version of the form it was extracted with"),
    ("Outcome", "Outcome and time the cell is about, if any"),
    ("Arm", "Arm the cell is about, if any"),
    ("Field", "Key of the field"),
    ("Label", "What the form calls the field"),
    ("State", "Value, Not reported or Unclear"),
    ("Approved value", "The value that stands, as a reader sees it"),
    ("Number", "The value as a number; of a mean with SD the mean"),
    ("SD", "The SD of a mean with SD"),
    ("Unit", "Unit of the field"),
    ("Printed", "The text as it was typed from the paper"),
    ("Printed as", "The form in which the paper printed it, where numbers were derived from it"),
    ("Derived by", "The formula by which they were derived, its source and its limits"),
    ("Author query", "The authors' answer the value rests on: when they were asked and answered"),
    ("Note", "Remark on the value"),
    ("Origin", "How the value came to stand: both the same, one side's, another"),
    ("Decided by", "Who closed a cell on which the two differed"),
    ("Third person", "Who ruled on it, if a third person did"),
    *((name.format("First"), told) for name, told in READING),
    *((name.format("Second"), told) for name, told in READING),
    ("Warnings", "What the checks say of the value, in words"),
    ("Cell", "Number of the approved cell: the last part of the address of its witness page"),
)


def sheets(seat, content):
    """The long sheet, for each form of ``content`` (approved data as ``extraction.snapshots``
    writes them) a wide one and one a level, and the code book."""
    about = "One row a cell of a study whose extraction is approved. Others are left out."
    return [
        Sheet("Extraction", about, LONG, _long(seat)),
        *wide.sheets(content, _evidence(seat.review)),
        codebook.sheet(content),
    ]


def _evidence(review):
    """The witness of each approved cell that has one, in words, by the cell's number."""
    cells = RecordCell.objects.filter(
        record__study__review=review, record__status=Record.Status.APPROVED
    )
    return {
        cell.pk: words
        for cell in cells.select_related("query").only("quote", "page", "query").iterator()
        if (words := _witness(cell))
    }


def _witness(cell):
    quote = f"“{cell.quote}”" if cell.quote else ""
    page = f"p. {cell.page}" if cell.page else ""
    return ", ".join(filter(None, (quote, page, _query(cell))))


def _query(cell):
    query = cell.query
    return query and f"authors’ answer of {query.answered_on}, asked on {query.asked_on}"


def _long(seat):
    named = sight(own=False, state=State.SETTLED, nameless=seat.nameless) is Sight.NAMED
    extractors = {}
    entries = Entry.objects.filter(study__review=seat.review).select_related("extractor")
    for entry in entries.order_by("pk"):
        extractors.setdefault((entry.study_id, entry.form_id), []).append(entry.extractor)
    cells = RecordCell.objects.with_readings().select_related("decided_by")
    records = Record.objects.filter(study__review=seat.review, status=Record.Status.APPROVED)
    records = records.select_related("study", "form", "version").order_by("study__label", "form")
    records = records.prefetch_related(
        "units", Prefetch("cells", cells.prefetch_related("opinions__person"))
    )
    for record in records.iterator(CHUNK):
        yield from _record(record, extractors[record.study_id, record.form_id], named)


def _record(record, people, named):
    fields = schema.fields(record.version.schema)
    units = {unit.pk: str(unit) for unit in record.units.all()}
    said = doubts.of_record(record)
    order = {key: place for place, key in enumerate(fields)}
    cells = sorted(
        record.cells.all(), key=lambda c: (order[c.field], c.outcome_id or 0, c.arm_id or 0)
    )
    for cell in cells:
        field = fields[cell.field]
        yield [
            record.study.label,
            record.form.name,
            record.version.number,
            units.get(cell.outcome_id),
            units.get(cell.arm_id),
            cell.field,
            field["label"],
            cell.get_state_display(),
            *_value(field, cell),
            *_derived(field, cell.value),
            _query(cell),
            cell.note,
            cell.get_origin_display(),
            _name(cell.decided_by, named),
            _name(_arbiter(cell), named),
            *_readings(field, cell, people, named),
            "; ".join(doubt.text for doubt in said.get(cell.path, [])),
            cell.pk,
        ]


def _value(field, cell):
    """Shown, number, SD, unit and printed text of what stands."""
    if cell.state != CellState.VALUE:
        return ["", None, None, field.get("unit", ""), ""]
    number, sd = wide.numbers(field, cell.value)
    shown = schema.show(field, cell.value)
    return [shown, number, sd, field.get("unit", ""), cell.value.get("printed", "")]


def _derived(field, value):
    """The form of print, and how numbers were derived from it."""
    how = value.get("how", {})
    told = [how[part] for part in ("formula", "source", "limits", "waits") if how.get(part)]
    label = asprinted.label(field, value.get("as", "")) if how else ""
    return label, "; ".join(told)


def _arbiter(cell):
    return next((o.person for o in cell.opinions.all() if o.role == Opinion.Role.ARBITER), None)


def _name(person, named):
    if person is None:
        return ""
    return str(person) if named else "(not named)"


def _readings(field, cell, people, named):
    sides = [cell.first, cell.second]
    shown = []
    for side, person in zip(sides, [*people, None, None], strict=False):
        shown += [_name(person, named), *(_reading(field, side) if person else ["", "", None])]
    return shown


def _reading(field, side):
    if side is None:
        return ["Left empty", "", None]
    if side.state != CellState.VALUE:
        return [side.get_state_display(), side.quote, side.page]
    return [side.value.get("printed") or schema.show(field, side.value), side.quote, side.page]
