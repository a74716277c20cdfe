"""The variables of a form at each of their places. Pure."""

from .. import schema as forms
from .evaluating import evaluate, sources
from .problems import defined, everything


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
