"""When a field is shown, and when it must be answered. Pure.

``shown_when`` and ``required_when`` of a field are ``{"field": key, "is": [codes]}``: one of
these codes was answered in the other field, a choice that is asked as often or less often. A
field that is not shown asks nothing, and so do the fields that hang on it.
"""

from .kinds import CHOICES, VALUE, fields
from .places import is_coarser, near

CONDITIONS = {"shown_when": "It is shown when", "required_when": "It must be answered when"}


def is_shown(field, asked, readings, arm=None, outcome=None):
    """Whether the field is asked at a place.

    asked: the fields of the form by key. readings: ``{path: (state, value)}``.
    """
    condition = field.get("shown_when")
    if not condition:
        return True
    other = asked[condition["field"]]
    shown = is_shown(other, asked, readings, arm, outcome)
    return shown and _holds(condition, other, readings, arm, outcome)


def is_required(field, asked, readings, arm=None, outcome=None):
    """Whether a cell that is shown must be answered before submission."""
    condition = field.get("required_when")
    if field.get("required") or not condition:
        return bool(field.get("required"))
    other = asked[condition["field"]]
    shown = is_shown(other, asked, readings, arm, outcome)
    return shown and _holds(condition, other, readings, arm, outcome)


def in_words(condition, asked):
    """A condition as a person would say it: *Design is RCT or Cohort*."""
    other = asked[condition["field"]]
    labels = {option["code"]: option["label"] for option in other.get("options", [])}
    answers = " or ".join(labels.get(code, code) for code in condition["is"])
    return f"{other['label']} is {answers}"


def condition_problems(schema):
    """Return what is wrong with the conditions of a schema, one sentence each."""
    asked = fields(schema)
    wrong = []
    for field in asked.values():
        for name, begins in CONDITIONS.items():
            if name in field and (words := _misfit(field, field[name], asked)):
                wrong.append(f"{field['label']}: {begins} {words}")
        if "shown_when" in field and _circles(field, asked):
            wrong.append(f"{field['label']}: it is shown only when it is shown already.")
    return wrong


def _holds(condition, other, readings, arm, outcome):
    state, value = readings.get(near(other, arm, outcome), ("empty", None))
    if state != VALUE:
        return False
    codes = value["codes"] if other["kind"] == "multichoice" else [value["code"]]
    return bool(set(codes) & set(condition["is"]))


def _misfit(field, condition, asked):
    """Why a condition cannot be used, or None."""
    other = asked.get(condition.get("field"))
    if other is None:
        return f"“{condition.get('field')}” is answered, which the form does not ask."
    if other["kind"] not in CHOICES:
        return f"“{other['label']}” has an answer, which is not a choice between answers."
    if not is_coarser(other, field):
        return f"“{other['label']}” has an answer, which is asked more often than this field."
    known = {option["code"] for option in other.get("options", [])}
    codes = condition.get("is") or []
    if not codes or not set(codes) <= known:
        unknown = ", ".join(sorted(set(codes) - known)) or "no answer"
        return f"“{other['label']}” is {unknown}, which is not one of its answers."
    return None


def _circles(field, asked):
    """Whether following ``shown_when`` from a field comes back to a field seen before."""
    seen, key = set(), field["key"]
    while key in asked and "shown_when" in asked[key]:
        if key in seen:
            return True
        seen.add(key)
        key = asked[key]["shown_when"].get("field")
    return False
