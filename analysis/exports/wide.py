"""Approved extraction as wide sheets: one for each form, and one for each of its levels."""

import itertools
from decimal import Decimal

from extraction import schema
from extraction.models import CellState

from .. import tabulate
from .workbook import Sheet

TITLE_LIMIT = 31
OTHER_SHEETS = (
    "about",
    "references",
    "decisions",
    "extraction",
    "code book",
    "author queries",
    "participants",
    "tables of patients",
    "appraisals",
    "judgements",
    "results",
    "result studies",
    "prisma",
    "long texts",
)
LEVELS = {"study": "study", "arm": "arms", "outcome": "outcomes", "result": "results"}
# The numbers that make a value of several, and what their columns are called.
PARTS = {
    "mean_sd": (("mean", "mean"), ("sd", "SD")),
    "events": (("events", "events"), ("total", "total")),
    "estimate": (
        ("estimate", "estimate"),
        ("low", "lower limit"),
        ("high", "upper limit"),
        ("level", "level of the interval"),
    ),
}
EVIDENCE = ("Evidence", "The words and page of the paper, or the authors’ answer, value by value")
SILENT = "A cell that is not reported or unclear says so; one that was never filled is empty."


def sheets(content, evidence):
    """The sheets of every form in ``content``; ``evidence`` has the witness of a cell, in words,
    by the cell's number."""
    taken, made = set(OTHER_SHEETS), []
    for form in content["forms"]:
        fields = list(tabulate.asked(form).values())
        if not fields:
            continue
        title, rows = _title(form["name"], taken), _wide_rows(form, content["studies"], fields)
        about = f"“{form['name']}”, one row a study or a unit of it. {SILENT}"
        units = (("Outcome", "Outcome and time of the row, if any"),
                 ("Arm", "Arm of the row, if any"))  # fmt: skip
        made.append(Sheet(title, about, (STUDY, *units, *_columns(fields)), rows))
        for level, word in LEVELS.items():
            asked = [field for field in fields if field["level"] == level]
            if asked:
                title = _title(form["name"], taken, f" - {word}")
                made.append(_level(form, title, level, asked, content["studies"], evidence))
    return made


STUDY = ("Study", "Label of the study")


def numbers(field, value):
    """``(number, SD)`` of a value; None for what it does not have."""
    if field["kind"] in PARTS:
        main, sd = PARTS[field["kind"]][0][0], value.get("sd")
        return number(value[main]), number(sd)
    return number(value.get("number")), None


def number(text):
    """A number as a spreadsheet holds it, None for no text: whole ones without a fraction, so that
    12 is not 12.0."""
    if text in (None, ""):
        return None
    found = Decimal(text)
    return int(found) if found == found.to_integral_value() else float(found)


def _title(name, taken, ending=""):
    """A name that a spreadsheet takes for a sheet: short, without its signs, and not in
    ``taken``, which are in small letters because a spreadsheet cannot tell them apart; it is put
    there."""
    plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in name).strip(" '")
    base = (plain or "Form")[: TITLE_LIMIT - len(ending)] + ending
    numbered = (f"{base[: TITLE_LIMIT - 4]} {n}" for n in itertools.count(2))
    titles = itertools.chain([base], numbered)
    title = next(title for title in titles if title.casefold() not in taken)
    taken.add(title.casefold())
    return title


def _columns(fields):
    for field in fields:
        told = field.get("help") or f"Field {field['key']}"
        if parts := PARTS.get(field["kind"]):
            for _, word in parts:
                yield f"{tabulate.heading(field)}: {word}", told
        else:
            yield tabulate.heading(field), told


def _wide_rows(form, studies, fields):
    for study, record in tabulate.records(form, studies):
        for row in tabulate.rows(record, form):
            units = [unit and tabulate.named(unit) for unit in (row.outcome, row.arm)]
            pairs = zip(fields, row.cells, strict=True)
            yield [study["label"], *units, *(one for pair in pairs for one in _cell(*pair))]


def _cell(field, cell):
    parts = PARTS.get(field["kind"], ())
    rest = [None] * (len(parts) - 1)
    if cell is None:
        return [None, *rest]
    if cell["state"] != schema.VALUE:
        return [CellState(cell["state"]).label, *rest]
    if parts:
        return [number(cell["value"].get(name)) for name, _ in parts]
    if field["kind"] in schema.NUMERIC:
        return [numbers(field, cell["value"])[0]]
    return [schema.show(field, cell["value"])]


def _level(form, title, level, fields, studies, evidence):
    """One sheet of one level: a row a unit of it, and the witnesses in the last column."""
    first, second = _unit_columns(fields)
    units = [("Outcome", "Outcome and time of the row")] if second else []
    if first:
        units.append((first.capitalize(), f"The {first} of the row"))
    about = f"“{form['name']}”, {schema.LEVELS[level].lower()}: one row each. {SILENT}"
    columns = (STUDY, *units, *_columns(fields), EVIDENCE)
    return Sheet(title, about, columns, _level_rows(form, studies, fields, evidence))


def _unit_columns(fields):
    """The kind of unit in each of the two places, None where no field of the level has it."""
    kinds = [schema.unit_kinds(field) for field in fields]
    return [next(filter(None, place), None) for place in zip(*kinds, strict=True)]


def _level_rows(form, studies, fields, evidence):
    first, second = _unit_columns(fields)
    for study, record in tabulate.records(form, studies):
        told = [*record["cells"], *record.get("derived", [])]
        held = {(cell["field"], cell["arm"], cell["outcome"]): cell for cell in told}
        for outcome, column in itertools.product(_units(record, second), _units(record, first)):
            places = [_place(field, column, outcome) for field in fields]
            cells = [held.get(place) for place in places]
            named = [tabulate.named(unit) for unit in (outcome, column) if unit]
            values = (one for pair in zip(fields, cells, strict=True) for one in _cell(*pair))
            yield [study["label"], *named, *values, _witnesses(fields, cells, evidence)]


def _units(record, kind):
    """The units of a kind, or one None where the level has no such place."""
    return [unit for unit in record["units"] if unit["kind"] == kind] if kind else [None]


def _place(field, column, outcome):
    takes_column, takes_outcome = schema.unit_kinds(field)
    ids = (column["id"] if takes_column else None, outcome["id"] if takes_outcome else None)
    return (field["key"], *ids)


def _witnesses(fields, cells, evidence):
    return "; ".join(
        f"{field['label']}: {evidence[cell['id']]}"
        for field, cell in zip(fields, cells, strict=True)
        if cell and cell["id"] in evidence
    )
