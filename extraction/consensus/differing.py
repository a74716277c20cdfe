"""How the readings of a record's cells differ, each seen with what stands around it."""

from collections import defaultdict
from decimal import Decimal

from .. import schema as forms
from ..comparing import slips
from ..comparing.differences import Around, Kind, compare, told
from ..comparing.readings import numbers
from ..models import RecordCell
from . import cells as standing

MARKS = {
    Kind.SAME: "=",
    Kind.ROUNDING: "≈",
    Kind.CONVERSION: "×",
    Kind.WORDING: "¶",
    Kind.SILENCE: "∅",
    Kind.SIGN: "±",
    Kind.SWAPPED: "⇄",
    Kind.SHIFT: "⋅0",
    Kind.TRANSPOSED: "↔",
    Kind.NEIGHBOUR: "↕",
    Kind.MERGED: "∪",
    Kind.MISSING: "?",
    Kind.REAL: "≠",
}


def mark(found):
    """The sign before the words of a chip."""
    return "√n" if found.word == slips.SE_FOR_SD else MARKS[found.kind]


def of(record, cells):
    """``{record cell id: comparing.differences.Difference}`` of the cells that are not closed.

    ``cells`` are all cells of the record with ``first`` and ``second``: one is explained by
    those around it.
    """
    left = [cell for cell in cells if cell.status != RecordCell.Status.CLOSED]
    return among(record, cells, left, standing.merged(record)) if left else {}


def among(record, cells, chosen, merged):
    """The same of the ``chosen`` cells, closed or not; ``merged`` are the further readings of
    merged arms by cell id."""
    asked = forms.fields(record.version.schema)
    near = _Near(asked, cells)
    return {
        cell.pk: _merged(asked[cell.field], cell, merged[cell.pk])
        if merged.get(cell.pk)
        else compare(asked[cell.field], *_pair(cell), near.to(cell))
        for cell in chosen
    }


def of_one(record, cell):
    """``(Difference, further readings)`` of one cell, closed or not."""
    asked = forms.fields(record.version.schema)
    further = standing.merged(record).get(cell.pk, ())
    if further:
        return _merged(asked[cell.field], cell, further), further
    near = _Near(asked, list(record.cells.select_related("first", "second")))
    return compare(asked[cell.field], *_pair(cell), near.to(cell)), ()


def _pair(cell):
    return standing.reading(cell.first), standing.reading(cell.second)


def _merged(field, cell, further):
    """Several readings of one side against one of the other; the chip says what they add to."""
    many, one = sorted(standing.sides(cell, further), key=len, reverse=True)
    if len({forms.identity(field, c.state, c.value) for c in many}) == 1:
        return compare(field, _reading_of(many), _reading_of(one))
    if field["kind"] in ("integer", "events") and all(c.state == forms.VALUE for c in many):
        name = next(iter(numbers(field, many[0].value)))
        parts = [numbers(field, c.value)[name] for c in many]
        if None not in parts:
            return told(Kind.MERGED, f"merged arms, {sum(parts)} together")
    return told(Kind.MERGED)


def _reading_of(cells):
    return standing.reading(cells[0]) if cells else None


class _Near:
    """What stands around each cell of one record."""

    def __init__(self, asked, cells):
        self.asked = asked
        self.at = {(c.field, c.arm_id, c.outcome_id): c for c in cells}
        self.arms, self.outcomes = defaultdict(set), defaultdict(set)
        self.sizes = defaultdict(set)
        for cell in cells:
            self.arms[cell.field, cell.outcome_id].add(cell.arm_id)
            self.outcomes[cell.field, cell.arm_id].add(cell.outcome_id)
            self.sizes[cell.arm_id, cell.outcome_id] |= _counts(asked[cell.field], cell)
        self.beside = _beside(asked)

    def to(self, cell):
        """The ``Around`` of a cell: sizes of its group, other arms, other outcomes, and the
        fields before and after it that take the same kind of value."""
        field, arm, outcome = cell.field, cell.arm_id, cell.outcome_id
        counts = set()
        for place in {(arm, outcome), (arm, None), (None, outcome), (None, None)}:
            counts |= self.sizes[place]
        arms = self._pairs((field, a, outcome) for a in self.arms[field, outcome] - {arm})
        nearby = [(field, arm, o) for o in self.outcomes[field, arm] - {outcome}]
        nearby += [(other, arm, outcome) for other in self.beside.get(field, ())]
        return Around(tuple(sorted(counts)), arms, self._pairs(nearby))

    def _pairs(self, places):
        found = (self.at.get(place) for place in sorted(places, key=str))
        return tuple(_pair(cell) for cell in found if cell)


def _counts(field, cell):
    """Whole numbers that may be the size of the group: what either of the two read of it."""
    if field["kind"] not in ("integer", "events"):
        return set()
    name = "total" if field["kind"] == "events" else "number"
    given = [c.value.get(name) for c in (cell.first, cell.second) if c and c.state == forms.VALUE]
    return {Decimal(number) for number in given if number is not None}


def _beside(asked):
    """``{field: the fields of its kind before and after it}`` within one level."""
    groups = defaultdict(list)
    for key, field in asked.items():
        groups[field["kind"], field["level"], bool(field.get("by_arm"))].append(key)
    return {
        key: [*keys[max(0, i - 1) : i], *keys[i + 1 : i + 2]]
        for keys in groups.values()
        for i, key in enumerate(keys)
    }
