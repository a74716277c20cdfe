"""Approved extraction as sheets: long (one row a cell, with its witnesses) and wide."""

import itertools
from decimal import Decimal

from django.db.models import Prefetch

from extraction import doubts, schema
from extraction.models import CellState, Entry, Opinion, Record, RecordCell
from review.blinding import Sight, sight
from review.consensus import State

from .. import tabulate
from .workbook import Sheet

CHUNK = 10  # records: each may have a thousand cells
TITLE_LIMIT = 31
OTHER_SHEETS = (
    "about",
    "references",
    "decisions",
    "extraction",
    "appraisals",
    "judgements",
    "results",
    "result studies",
    "prisma",
    "long texts",
)
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
    """The long sheet, then a wide one for each form of ``content`` (approved data as
    ``extraction.snapshots`` writes them)."""
    about = "One row a cell of a study whose extraction is approved. Others are left out."
    return [Sheet("Extraction", about, LONG, _long(seat)), *_wide_sheets(content)]


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
    number, sd = numbers(field, cell.value)
    shown = schema.show(field, cell.value)
    return [shown, number, sd, field.get("unit", ""), cell.value.get("printed", "")]


def numbers(field, value):
    """``(number, SD)`` of a value; None for what it does not have."""
    if field["kind"] == "mean_sd":
        return _number(value["mean"]), _number(value["sd"])
    return _number(value.get("number")), None


def _number(text):
    """A spreadsheet number: whole ones without a fraction, so that 12 is not 12.0."""
    if text is None:
        return None
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


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


def _wide_sheets(content):
    taken = set(OTHER_SHEETS)
    made = []
    for form in content["forms"]:
        title = _title(form["name"], taken)
        taken.add(title.casefold())
        fields = schema.fields(form["schema"]).values()
        about = f"“{form['name']}”, one row a study or a unit of it. A cell that is not reported"
        made.append(
            Sheet(
                title,
                f"{about} or unclear says so; one that was never filled is empty.",
                tuple(_wide_columns(fields)),
                _wide_rows(form, content["studies"], fields),
            )
        )
    return made


def _title(name, taken):
    """A name that a spreadsheet takes for a sheet: short, without its signs, and not in
    ``taken``, which are in small letters because a spreadsheet cannot tell them apart."""
    plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in name).strip(" '")
    base = plain[:TITLE_LIMIT] or "Form"
    numbered = (f"{base[: TITLE_LIMIT - 4]} {n}" for n in itertools.count(2))
    titles = itertools.chain([base], numbered)
    return next(title for title in titles if title.casefold() not in taken)


def _wide_columns(fields):
    yield "Study", "Label of the study"
    yield "Outcome", "Outcome and time of the row, if any"
    yield "Arm", "Arm of the row, if any"
    for field in fields:
        told = field.get("help") or f"Field {field['key']}"
        if field["kind"] == "mean_sd":
            yield f"{tabulate.heading(field)}: mean", told
            yield f"{tabulate.heading(field)}: SD", told
        else:
            yield tabulate.heading(field), told


def _wide_rows(form, studies, fields):
    for study, record in tabulate.records(form, studies):
        for row in tabulate.rows(record, form):
            units = [unit and tabulate.named(unit) for unit in (row.outcome, row.arm)]
            pairs = zip(fields, row.cells, strict=True)
            yield [study["label"], *units, *(one for pair in pairs for one in _wide_cell(*pair))]


def _wide_cell(field, cell):
    pair = field["kind"] == "mean_sd"
    if cell is None:
        return [None] * (1 + pair)
    if cell["state"] != schema.VALUE:
        return [CellState(cell["state"]).label] + [None] * pair
    if pair:
        return numbers(field, cell["value"])
    if field["kind"] in schema.NUMERIC:
        return [numbers(field, cell["value"])[0]]
    return [schema.show(field, cell["value"])]
