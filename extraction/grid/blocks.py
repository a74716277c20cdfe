"""A pasted block: what each of its values would become in the sheet, and what is refused."""

import enum
from dataclasses import dataclass

from .. import schema as forms
from ..extract import Typed
from ..models import CellState

SILENCE = {
    "nr": CellState.NOT_REPORTED,
    "n/r": CellState.NOT_REPORTED,
    "not reported": CellState.NOT_REPORTED,
    "unclear": CellState.UNCLEAR,
}


class Fate(enum.StrEnum):
    """What happens to one value of a block."""

    NEW = "new"
    OTHER = "takes the place of"
    SAME = "stands there already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Landing:
    """One value of a block. ``box`` is its cell, None outside the sheet; ``becomes`` is the value
    in words, ``problem`` why it is refused."""

    given: str
    box: object
    fate: Fate
    state: str = CellState.VALUE
    becomes: str = ""
    problem: str = ""

    @property
    def ready(self):
        return self.fate in (Fate.NEW, Fate.OTHER)


def look(sheet, cells):
    """Return the ``Landing`` of each pasted value that is not blank: a blank changes nothing.

    ``cells`` are (path, text, stamp): the stamp of what the window shows there, so that nothing
    typed in another window is overwritten unseen.
    """
    return [_landing(sheet.boxes.get(path), text, seen) for path, text, seen in cells if text]


def typed(landings, witness):
    """The ready values as ``extract.save_cells`` takes them. ``witness`` is the passage that the
    block was copied from; without one, each cell keeps what it has."""
    return [_typed(landing, witness) for landing in landings if landing.ready]


def _landing(box, text, seen):
    if box is None:
        return Landing(text, None, Fate.REFUSED, problem="The sheet has no cell here.")
    if box.locked:
        problem = "This cell stands while others are read again."
        return Landing(text, box, Fate.REFUSED, problem=problem)
    if seen != box.stamp:
        held = box.shown or "nothing"
        problem = f"Another window changed this cell: it holds {held}. Load the page again."
        return Landing(text, box, Fate.REFUSED, problem=problem)
    kind = box.field["kind"]
    state = CellState.VALUE if kind == "text" else SILENCE.get(text.casefold(), CellState.VALUE)
    try:
        value = forms.read(box.field, box.given(text)) if state == CellState.VALUE else {}
    except forms.BadValue as problem:
        return Landing(text, box, Fate.REFUSED, problem=str(problem))
    becomes = forms.show(box.field, value) if value else state.label
    held = box.cell and (box.cell.state, box.cell.value)
    fate = Fate.NEW if held is None else Fate.SAME if held == (state, value) else Fate.OTHER
    return Landing(text, box, fate, state, becomes)


def _typed(landing, witness):
    box, value = landing.box, landing.state == CellState.VALUE
    _, arm, outcome = forms.split_path(box.path)
    given = box.given(landing.given) if value else ""
    kept = {**box.witness, **{name: part for name, part in witness.items() if part}}
    return Typed(box.field["key"], given, arm, outcome, landing.state, **kept)
