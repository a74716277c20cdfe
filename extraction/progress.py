"""How far an entry is: what is filled, and what still keeps it from being submitted."""

from . import schema as forms
from .models import CellState


def missing(entry):
    """What keeps an entry from being submitted: (path, words) in the order of the form."""
    units = forms.by_kind(entry.units.all())
    cells = {cell.path: cell for cell in entry.cells.all()}
    readings = {path: (cell.state, cell.value) for path, cell in cells.items()}
    asked, left = forms.fields(entry.version.schema), []
    for key, field in asked.items():
        places = forms.places(field, **units)
        if not places and not forms.is_column(field) and _asked(field, asked, readings):
            left.append(("", f"{field['label']} needs {_unit_for(field, units)}"))
        for arm, outcome in places:
            ids = (arm and arm.pk, outcome and outcome.pk)
            path = forms.path(key, *ids)
            if words := _lacks(field, cells.get(path), asked, readings, ids):
                left.append((path, f"{named(field, arm, outcome)} {words}"))
    return left


def named(field, arm=None, outcome=None):
    """A cell as a person would name it: its field, arm and outcome."""
    return ", ".join(str(part) for part in (field["label"], outcome, arm) if part)


def stray(field, asked, readings, ids):
    """Why a filled cell should be empty, or None: its field is not asked with these answers."""
    if forms.is_shown(field, asked, readings, *ids):
        return None
    return f"is filled, but asked only when {forms.in_words(field['shown_when'], asked)}"


def _asked(field, asked, readings, ids=(None, None)):
    """Whether a cell has to be filled."""
    shown = forms.is_shown(field, asked, readings, *ids)
    return shown and forms.is_required(field, asked, readings, *ids)


def _unit_for(field, units):
    if forms.takes_outcome(field) and not units["outcomes"]:
        return "an outcome"
    return "a comparison of two arms" if forms.takes_comparison(field) else "an arm"


def _lacks(field, cell, asked, readings, ids):
    if cell is None:
        return "is empty" if _asked(field, asked, readings, ids) else None
    if words := stray(field, asked, readings, ids):
        return words
    witness = cell.quote or cell.page or cell.query_id or cell.state != CellState.VALUE
    return "has no quote and no page" if field.get("evidence") and not witness else None
