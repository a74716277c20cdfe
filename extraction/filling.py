"""From what was typed to a cell: its value, and what that takes from the cells beside it."""

from dataclasses import dataclass

from . import derive
from . import schema as forms
from .evidence import anchors
from .models import Cell, CellState, UnitKind

LETTERS = str.maketrans("0123456789", "abcdefghij")
CONTENT = ("state", "value", "note", "quote", "page", "file", "anchor", "query")


@dataclass(frozen=True, slots=True)
class Typed:
    """What goes into one cell: ``given`` as typed (text, list of codes, stored value, or text
    with its format as ``{"given", "as"}``; empty clears the cell), units by id, and the witness:
    quote, page and file, the passage marked on that page of that file (``evidence.anchors``), or
    the query whose answer it is (kept as long as the value stays what it was)."""

    field: str
    given: object = ""
    arm: int | None = None
    outcome: int | None = None
    state: str = CellState.VALUE
    note: str = ""
    quote: str = ""
    page: int | None = None
    file: object = None
    anchor: dict | None = None
    query: object = None

    @property
    def path(self):
        return forms.path(self.field, self.arm, self.outcome)

    @property
    def empty(self):
        given = self.given.get("given", self.given) if isinstance(self.given, dict) else self.given
        return not (given.strip() if isinstance(given, str) else given)


def make(entry, typed, now):
    """An unsaved ``Cell``; None when nothing was typed and nothing said in its place. ``now`` is
    the one that is there. Raises ``schema.BadValue``."""
    field = forms.fields(entry.version.schema)[typed.field]
    value = {}
    if typed.state == CellState.VALUE:
        if typed.empty and (typed.quote or typed.note or typed.page or typed.query):
            raise forms.BadValue(
                f"{field['label']}: type the value that the quote stands for, or choose Not"
                " reported or Unclear."
            )
        if typed.empty:
            return None
        value = forms.read(field, typed.given)
        if _rests_on_others(field, value):
            value = derive.fill(field, value, _Sizes(entry).beside(field, typed.arm, typed.outcome))
    same = now and (now.state, now.value) == (typed.state, value)
    query = typed.query.pk if typed.query else now.query_id if same else None
    marked = typed.anchor and typed.file and typed.anchor["page"] == typed.page
    return Cell(
        entry=entry, field=typed.field, arm_id=typed.arm, outcome_id=typed.outcome,
        path=typed.path, state=typed.state, value=value, note=typed.note, quote=typed.quote,
        page=typed.page, file=typed.file, anchor=typed.anchor if marked else {}, query_id=query,
    )  # fmt: skip


def refill(entry, changed):
    """Derive again what rests on the fields ``changed``; returns ``{path: value now}``.

    What the person typed stays as it is, and so does the moment it was saved.
    """
    asked = forms.fields(entry.version.schema)
    resting = [
        key
        for key, field in asked.items()
        if field["kind"] in forms.SUMMARIES
        and forms.size_field(entry.version.schema, field) in changed
    ]
    if not resting:
        return {}
    sizes, moved = _Sizes(entry), []
    for cell in entry.cells.filter(field__in=resting, state=CellState.VALUE):
        field = asked[cell.field]
        if _rests_on_others(field, cell.value):
            around = sizes.beside(field, cell.arm_id, cell.outcome_id)
            value = derive.fill(field, cell.value, around)
            if value != cell.value:
                cell.value = value
                moved.append(cell)
    Cell.objects.bulk_update(moved, ["value"])
    return {cell.path: cell.value for cell in moved}


def content(cell):
    """All that a person put into a cell, as something that can be compared."""
    witness = cell and (
        *(cell.note, cell.quote, cell.page, cell.file_id, cell.anchor, cell.query_id),
    )
    return cell and (cell.state, cell.value, *witness)


def said(cell):
    """A cell as the ledger keeps it."""
    if cell is None:
        return None
    told = {"state": cell.state, "value": cell.value, "note": cell.note, "quote": cell.quote}
    passage = anchors.fragment(None, cell.anchor)
    told |= {"page": cell.page, "passage": passage, "query": cell.query_id}
    return {name: part for name, part in told.items() if part}


def stamp(cell):
    """What a window keeps to tell whether the cell has changed since; "" for an empty cell.

    Opaque: the moment of a reading stands on no page, not even in its markup.
    """
    return f"{cell.saved_at:%Y%m%d%H%M%S%f}".translate(LETTERS) if cell else ""


def _rests_on_others(field, value):
    asked = derive.of(field, value) if field["kind"] in forms.SUMMARIES else None
    return bool(asked and asked.needs)


class _Sizes:
    """The numbers of patients of an entry, read once for each field that holds them."""

    def __init__(self, entry):
        self.entry, self.schema = entry, entry.version.schema
        self.asked, self.held = forms.fields(self.schema), {}
        self.arms = None

    def beside(self, field, arm, outcome):
        """``{"n", "others"}`` of a place, as ``derive.fill`` takes them."""
        size = self.asked.get(forms.size_field(self.schema, field))
        if size is None:
            return {}
        others = [other for other in self._arms() if other != arm] if forms.takes_arm(size) else []
        return {
            "n": self._number(size, arm, outcome),
            "others": [self._number(size, other, outcome) for other in others],
        }

    def _number(self, size, arm, outcome):
        key = size["key"]
        if key not in self.held:
            cells = self.entry.cells.filter(field=key, state=CellState.VALUE)
            self.held[key] = {cell.path: cell.value["number"] for cell in cells}
        return self.held[key].get(forms.near(size, arm, outcome))

    def _arms(self):
        if self.arms is None:
            arms = self.entry.units.filter(kind=UnitKind.ARM)
            self.arms = list(arms.values_list("pk", flat=True))
        return self.arms
