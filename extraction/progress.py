"""How far an entry is: what is filled, and what still keeps it from being submitted."""

from . import schema as forms
from .models import CellState, UnitKind


def missing(entry):
    """What keeps an entry from being submitted: (path, words) in the order of the form."""
    units = list(entry.units.all())
    arms = [unit for unit in units if unit.kind == UnitKind.ARM]
    outcomes = [unit for unit in units if unit.kind == UnitKind.OUTCOME]
    cells = {cell.path: cell for cell in entry.cells.all()}
    left = []
    for key, field in forms.fields(entry.version.schema).items():
        places = forms.places(field, arms, outcomes)
        if field.get("required") and not places:
            unit = "an outcome" if forms.takes_outcome(field) and not outcomes else "an arm"
            left.append(("", f"{field['label']} needs {unit}"))
        for arm, outcome in places:
            path = forms.path(key, arm and arm.pk, outcome and outcome.pk)
            if words := _lacks(field, cells.get(path)):
                left.append((path, f"{named(field, arm, outcome)} {words}"))
    return left


def named(field, arm=None, outcome=None):
    """A cell as a person would name it: its field, arm and outcome."""
    return ", ".join(str(part) for part in (field["label"], outcome, arm) if part)


def _lacks(field, cell):
    if cell is None:
        return "is empty" if field.get("required") else None
    witness = cell.quote or cell.page or cell.query_id or cell.state != CellState.VALUE
    return "has no quote and no page" if field.get("evidence") and not witness else None
