"""Where an approved number came from: both readings, who settled it, the quote and the page."""

from dataclasses import dataclass

from . import asprinted, doubts, viewing
from . import schema as forms
from .models import CellState, Opinion


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was said of a cell. ``who`` is "" where names are not shown; ``printed``
    is what its numbers were derived from (``asprinted.Printed``), or None."""

    what: str
    who: str
    said: str
    note: str = ""
    quote: str = ""
    page: int | None = None
    file: object = None
    passage: str = ""
    query: object = None
    when: object = None
    printed: object = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """A cell of a record from its value back to the page; ``value`` is "" while it is open."""

    cell: object
    name: str
    unit: str
    value: str
    printed: object
    origin: str
    steps: list
    doubts: list


def of(cell, seat):
    """Return the ``Provenance`` of a ``RecordCell`` for a seat that may see its content, which
    ``viewing.of_record`` says."""
    record = cell.record
    view = viewing.of_record(record, seat)
    field = forms.fields(record.version.schema)[cell.field]
    closed = cell.status == cell.Status.CLOSED
    return Provenance(
        cell=cell,
        name=", ".join(str(part) for part in (field["label"], cell.outcome, cell.arm) if part),
        unit=field.get("unit", ""),
        value=said(field, cell) if closed else "",
        printed=asprinted.of(field, cell.state, cell.value) if closed else None,
        origin=cell.get_origin_display() if closed else "",
        steps=_steps(cell, field, seat, view),
        doubts=doubts.of_record(record).get(cell.path, []),
    )


def said(field, reading):
    """A reading in words: its value as shown, *Not reported*, *Unclear* or *Left empty*."""
    if reading is None:
        return "Left empty"
    if reading.state == CellState.VALUE:
        return forms.show(field, reading.value)
    return reading.get_state_display()


def _steps(cell, field, seat, view):
    """What was said, oldest first: both readings, then opinions, then the ruling."""
    steps = []
    for side in viewing.sides(cell, seat, view):
        read, where = side.cell, {}
        if read:
            where = {"printed": asprinted.of(field, read.state, read.value)} | {
                name: getattr(read, name)
                for name in ("note", "quote", "page", "file", "passage", "query")
            }
        when = read.saved_at if read and view.names else None
        steps.append(
            Step(f"Reading {side.letter}", side.who, said(field, read), when=when, **where)
        )
    for opinion in cell.opinions.select_related("person").order_by("role", "given_at"):
        steps.append(_opinion(opinion, field, seat, view))
    return sorted(steps, key=lambda step: step.what.startswith("Ruling"))


def _opinion(opinion, field, seat, view):
    ruling = opinion.role == Opinion.Role.ARBITER
    words = said(field, opinion)
    if opinion.choice == Opinion.Choice.ESCALATED:
        words = opinion.get_choice_display()
    return Step(
        "Ruling of the third person" if ruling else "Later opinion",
        viewing.name_of(opinion.person, seat, view),
        words,
        note=opinion.note,
        when=opinion.given_at if view.names else None,
        printed=asprinted.of(field, opinion.state, opinion.value),
    )
