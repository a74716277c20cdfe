"""The variables of a form at each of their places. Pure."""

from dataclasses import dataclass

from .. import schema as forms
from .evaluating import evaluate, sources
from .problems import defined, everything
from .words import formula, show


def of_cells(schema, readings, *, arms=(), outcomes=(), comparisons=()):
    """Return ``{path: (definition, value or None, reason)}`` of every variable that has cells.

    readings: ``{path: (state, value)}`` of the fields' cells. A field that is not shown at a
    place, not reported or unclear gives no value.
    """
    asked, found = everything(schema), {}
    labels = {key: field["label"] for key, field in asked.items()}
    known = {path: value for path, (state, value) in readings.items() if state == forms.VALUE}
    for definition in defined(schema).values():
        for arm, outcome in forms.places(definition, arms, outcomes, comparisons):
            near = {key: _near(asked[key], schema, readings, known, arm, outcome)
                    for key in sources(definition)}  # fmt: skip
            value, reason = evaluate(definition, near, labels)
            path = forms.path(definition["key"], arm, outcome)
            found[path] = (definition, value, reason)
            known[path] = value
    return found


def _near(source, schema, readings, known, arm, outcome):
    """The value of a source at a place, or None."""
    fields = forms.fields(schema)
    if source["key"] in fields and not forms.is_shown(source, fields, readings, arm, outcome):
        return None
    return known.get(forms.near(source, arm, outcome))


def content(schema, cells, units):
    """The variables of a record as cells of a snapshot's content, with ``origin`` computed.

    cells: its cells as that content has them. units: ids, as ``of_cells`` takes them. ``id`` is
    the cell of the first source, ``from`` those of all; ``note`` says why there is no value.
    """
    placed = {forms.path(c["field"], c["arm"], c["outcome"]): c for c in cells}
    readings = {path: (cell["state"], cell["value"]) for path, cell in placed.items()}
    asked, made_from = everything(schema), {path: [cell["id"]] for path, cell in placed.items()}
    made = []
    for path, (definition, value, reason) in of_cells(schema, readings, **units).items():
        key, arm, outcome = forms.split_path(path)
        near = [forms.near(asked[source], arm, outcome) for source in sources(definition)]
        made_from[path] = [pk for one in near for pk in made_from.get(one, [])]
        held = {} if value is None else _held(definition, value)
        made.append({
            "id": next(iter(made_from[path]), None), "field": key, "arm": arm, "outcome": outcome,
            "state": forms.VALUE if held else "empty", "value": held, "note": reason,
            "origin": "computed", "warnings": [], "from": made_from[path],
        })  # fmt: skip
    return made


def _held(definition, value):
    """A value as ``problems.as_field`` describes its field, with the text it is shown as."""
    code = {"code": value["text"]} if "text" in value else {}
    return value | code | {"printed": show(definition, value)}


@dataclass(frozen=True, slots=True)
class Line:
    """One variable of a form as a page tells it: its formula, and (where, value or "", reason)
    for each of its places."""

    label: str
    formula: str
    places: list


def lines(schema, readings, units):
    """Return a ``Line`` for each variable that has a place.

    readings: ``{path: (state, value)}``. units: as ``extraction.schema.by_kind`` gives them.
    """
    asked, names = everything(schema), {u.pk: str(u) for some in units.values() for u in some}
    ids = {name: [unit.pk for unit in some] for name, some in units.items()}
    told = {}
    for path, (definition, value, reason) in of_cells(schema, readings, **ids).items():
        _, arm, outcome = forms.split_path(path)
        where = ", ".join(names[unit] for unit in (outcome, arm) if unit)
        shown = "" if value is None else show(definition, value)
        told.setdefault(definition["key"], []).append((where, shown, reason))
    defined_here = defined(schema)
    return [
        Line(defined_here[key]["label"], formula(defined_here[key], asked), places)
        for key, places in told.items()
    ]
