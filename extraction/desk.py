"""The extraction desk: what the page of one entry shows, and what a saved cell answers."""

import json
from dataclasses import dataclass, field

from review.models import ReportFile

from . import asprinted, doubts, extract, progress, sheet, variables
from . import schema as forms
from .models import CellState


@dataclass(frozen=True, slots=True)
class Box:
    """One cell of the sheet as its template needs it.

    ``asked`` is whether the field is asked with the answers given so far; ``stray`` says why a
    cell that is not asked should be empty, ``locked`` that it stands while others are read again.
    ``problem`` says why ``typed`` was refused; ``conflict`` is what another window saved
    meanwhile, in words, when it is not what was typed here. ``chosen`` is the format of ``typed``.
    """

    path: str
    field: dict
    name: str
    cell: object = None
    doubts: list = field(default_factory=list)
    typed: object = None
    problem: str = ""
    conflict: str = ""
    asked: bool = True
    stray: str = ""
    locked: bool = False
    chosen: str | None = None

    @property
    def format(self):
        """The code of the format chosen for the cell, also after a refusal."""
        if self.chosen is not None:
            return self.chosen
        return self.cell.value.get("as", "") if self.cell else ""

    @property
    def format_label(self):
        """What the cell says of its format; "" for a field that is printed in one form only."""
        if self.field["kind"] not in forms.SUMMARIES:
            return ""
        return asprinted.label(self.field, self.format)

    @property
    def example(self):
        """How a value in its format is typed."""
        return asprinted.example(self.field, self.format) if self.format_label else ""

    @property
    def printed(self):
        """What was printed and what was derived from it (``asprinted.Printed``), or None."""
        return asprinted.of(self.field, self.cell.state, self.cell.value) if self.cell else None

    def given(self, text):
        """Typed text as ``extract.Typed`` takes it, in the format of the cell."""
        return {"given": text, "as": self.format} if self.format else text

    @property
    def stamp(self):
        return extract.stamp(self.cell)

    @property
    def text(self):
        """What the control holds: as typed, also after a refusal."""
        if isinstance(self.typed, str):
            return self.typed
        return self.cell.value.get("printed", "") if self.cell else ""

    @property
    def codes(self):
        """The codes chosen, for a choice."""
        if self.typed is not None:
            return self.typed if isinstance(self.typed, list) else [self.typed]
        value = self.cell.value if self.cell else {}
        return value.get("codes", [value.get("code")])

    @property
    def witness(self):
        """The note and what the value rests on, as ``extract.Typed`` takes them."""
        parts = ("note", "quote", "page", "file", "anchor")
        return {name: getattr(self.cell, name) for name in parts} if self.cell else {}

    @property
    def anchor(self):
        """The marked passage as the script of the sheet keeps it, "" without one."""
        return json.dumps(self.cell.anchor) if self.cell and self.cell.anchor else ""

    @property
    def read_as(self):
        """How the value was understood, where that is not what was typed."""
        if (
            not self.cell
            or not self.cell.value
            or self.field["kind"] in (*(*forms.TEXTS, *forms.CHOICES, "table"),)
            or self.printed
        ):
            return ""
        shown = forms.show(self.field, self.cell.value)
        return "" if shown == self.text else shown

    @property
    def shown(self):
        """The value as a reader sees it, or what stands in its place."""
        if self.cell is None:
            return ""
        if self.cell.state != CellState.VALUE:
            return self.cell.get_state_display()
        return forms.show(self.field, self.cell.value)

    @property
    def look(self):
        """The word that the style sheet knows the cell by."""
        unanswered = any(not doubt.confirmed for doubt in self.doubts)
        if self.problem or self.conflict or self.stray or unanswered:
            return "check"
        if not self.asked:
            return "unasked"
        if self.cell is None:
            return "todo"
        return self.cell.state.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One entry laid out; ``boxes`` are its cells by path, done or not, and ``derived`` the
    variables computed from them (``extraction.variables.cells.Line``)."""

    tables: list
    units: dict
    boxes: dict
    derived: list

    @property
    def done(self):
        return sum(box.cell is not None for box in self.boxes.values())

    @property
    def total(self):
        """Cells that are asked, or filled although they are not."""
        return sum(box.asked or box.cell is not None for box in self.boxes.values())

    @property
    def checks(self):
        """Warnings that nobody has answered."""
        return sum(not d.confirmed for box in self.boxes.values() for d in box.doubts)


def lay_out(entry):
    """Return the ``Sheet`` of an entry."""
    schema, units = entry.version.schema, forms.by_kind(entry.units.all())
    cells = {cell.path: cell for cell in entry.cells.all()}
    readings = {path: (cell.state, cell.value) for path, cell in cells.items()}
    said, boxes, asked = doubts.of_entry(entry, cells.values()), {}, forms.fields(schema)

    def fill(field, arm, outcome):
        ids = (arm and arm.pk, outcome and outcome.pk)
        path = forms.path(field["key"], *ids)
        stray = progress.stray(field, asked, readings, ids)
        boxes[path] = Box(
            path, field, progress.named(field, arm, outcome), cells.get(path), said.get(path, []),
            asked=not stray, stray=stray if stray and path in cells else "",
            locked=not extract.is_open(entry, path),
        )  # fmt: skip
        return boxes[path]

    tables = sheet.lay_out(schema, units, fill)
    return Sheet(tables, units, boxes, variables.lines(schema, readings, units))


def files_of(study):
    """The PDF in force of each report of a study, oldest report first."""
    files = (
        ReportFile.objects.filter(report__study_link__study=study, withdrawn_at=None)
        .select_related("file")
        .order_by("report__reference__number", "-pk")
    )
    newest = {}
    for link in files:
        newest.setdefault(link.report_id, link.file)
    return list(newest.values())
