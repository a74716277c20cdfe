"""A record laid out as its form, with what stands in each cell and where it came from."""

from dataclasses import dataclass

from . import asprinted, doubts, sheet, variables
from . import schema as forms
from .models import RecordCell
from .provenance import said


@dataclass(frozen=True, slots=True)
class Box:
    """One place of the record; ``cell`` is None where nobody read anything. ``printed`` is what
    its numbers were derived from (``asprinted.Printed``), or None."""

    cell: object
    shown: str
    doubts: list
    printed: object = None


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """``left`` counts the cells that are not closed, ``escalated`` those with the third person;
    ``derived`` are the variables that the closed cells give."""

    tables: list
    cells: int
    left: int
    escalated: int
    doubts: int
    derived: list


def lay_out(record):
    """Return the ``RecordSheet`` of a record. Values of open cells are not in it."""
    doubted = doubts.of_record(record)
    cells = {cell.path: cell for cell in record.cells.all()}
    units = forms.by_kind(record.units.all())

    def fill(field, arm, outcome):
        path = forms.path(field["key"], arm and arm.pk, outcome and outcome.pk)
        cell = cells.get(path)
        closed = cell is not None and cell.status == RecordCell.Status.CLOSED
        if not closed:
            return Box(cell, "", doubted.get(path, []))
        printed = asprinted.of(field, cell.state, cell.value)
        return Box(cell, said(field, cell), doubted.get(path, []), printed)

    statuses = [cell.status for cell in cells.values()]
    closed = {
        path: (cell.state, cell.value)
        for path, cell in cells.items()
        if cell.status == RecordCell.Status.CLOSED
    }
    return RecordSheet(
        tables=sheet.lay_out(record.version.schema, units, fill),
        cells=len(cells),
        left=sum(status != RecordCell.Status.CLOSED for status in statuses),
        escalated=statuses.count(RecordCell.Status.ESCALATED),
        doubts=sum(len(words) for words in doubted.values()),
        derived=variables.lines(record.version.schema, closed, units),
    )
