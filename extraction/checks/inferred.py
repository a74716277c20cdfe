"""Rules that run undeclared: what kind, unit, scale and name of a field say. Pure."""

import re

from .. import schema as forms

WHOLE = re.compile(r"\b(points?|items?|score|scores|likert|nrs|number of|count)\b", re.IGNORECASE)
P_VALUE = re.compile(r"^(p|p_?value)(_|$)", re.IGNORECASE)
MISSING = re.compile(r"(^|_|\b)missing(\b|_|$)", re.IGNORECASE)
FIRST = re.compile(r"(^|_|\b)(first|start\w*|began|begin\w*|from|opened)(\b|_|$)", re.IGNORECASE)
LAST = re.compile(r"(^|_|\b)(last|end\w*|until|till|to|finish\w*|closed)(\b|_|$)", re.IGNORECASE)
MEN = re.compile(r"(^|_|\b)(male|males|men|man|boys)(\b|_|$)", re.IGNORECASE)
WOMEN = re.compile(r"(^|_|\b)(female|females|women|woman|girls)(\b|_|$)", re.IGNORECASE)
OF_PATIENTS = re.compile(
    r"\b(patients|participants|responders|response|women|men|females?|males?|events?|cases"
    r"|complications?|dropouts?|withdrawals?|died|deaths|mortality)\b",
    re.IGNORECASE,
)
NOT_A_SHARE = re.compile(
    r"\b(of all|share|mean|median|change|reduction|relief|adherence|efficiency|rate)\b",
    re.IGNORECASE,
)
PLANNED = re.compile(r"\b(follow.?up|dose|dosage|sessions?)\b", re.IGNORECASE)
PER_CENT = re.compile(r"_?(percent|per_cent|pct|perc|share|rate)$")
TOTAL = {"total", "overall", "all", "number", "of", "in", "the", "whole", "study", "sum", "n"}


def inferred(schema, sizes=None):
    """Return the checks that a schema makes plain, each as it would be declared. ``sizes`` names
    for each field the one that holds its number of patients, when that is known already."""
    asked = forms.fields(schema)
    sizes = sizes or {key: forms.size_field(schema, field) for key, field in asked.items()}
    found = [check for field in asked.values() for check in _of_one(field, sizes[field["key"]])]
    return found + [check for field in asked.values() for check in _of_several(field, asked, sizes)]


def _of_one(field, n):
    """What a field says by itself, with the field that holds its number of patients."""
    key, kind = field["key"], field["kind"]
    if kind == "mean_sd":
        if not PLANNED.search(_name(field)):
            yield {"rule": "zero_sd", "field": key}
        yield {"rule": "interval_holds", "field": key}
        yield {"rule": "ci_symmetric", "field": key}
        yield {"rule": "same_n", "field": key}
        if field["level"] == "outcome" and not field.get("by_arm"):
            yield {"rule": "repeated_sd", "field": key}
        if n:
            yield from _of_mean(field, n)
    elif kind == "estimate":
        yield {"rule": "interval_holds", "field": key}
        yield {"rule": "ci_symmetric", "field": key}
    elif kind == "events":
        yield {"rule": "events_fit", "field": key}
        yield {"rule": "same_n", "field": key}
    elif kind == "table":
        yield {"rule": "table_totals", "field": key}
    elif n and _is_share(field):
        yield {"rule": "whole_patients", "percent": key, "n": n}


def _of_mean(field, n):
    key = field["key"]
    low, high = _scale(field)
    if low is not None:
        yield {"rule": "sd_possible", "field": key, "min": low, "max": high, "n": n}
    if forms.takes_arm(field):
        yield {"rule": "sd_like_se", "field": key, "n": n}
    if WHOLE.search(f"{field.get('unit', '')} {field['label']}"):
        yield {"rule": "grim", "field": key, "n": n, "items": "1"}
        yield {"rule": "grimmer", "field": key, "n": n, "items": "1"}


def _of_several(field, asked, sizes):
    """What a field says together with another of the form."""
    key, kind, n = field["key"], field["kind"], sizes[field["key"]]
    beside = [f for f in asked.values() if f["key"] != key and _same_place(f, field)]
    if kind == "mean_sd" and n:
        missing = [f["key"] for f in beside if f["kind"] == "integer" and MISSING.search(f["key"])]
        if len(missing) == 1:
            yield {"rule": "someone_measured", "field": key, "n": n, "missing": missing[0]}
    elif kind == "estimate":
        for other in beside:
            if other["kind"] == "decimal" and P_VALUE.search(other["key"]):
                yield {"rule": "p_agrees", "estimate": key, "p": other["key"]}
    elif kind == "integer" and forms.is_part(field) and n:
        yield {"rule": "at_most", "field": key, "limit": n}
        if MEN.search(_name(field)):
            women = [f for f in beside if f["kind"] == "integer" and WOMEN.search(_name(f))]
            if len(women) == 1 and sizes[women[0]["key"]] == n and _same_place(asked[n], field):
                yield {"rule": "sum", "of": [key, women[0]["key"]], "equals": n}
    elif forms.is_size(field):
        yield from _rows(field, asked)
    elif kind in ("percent", "decimal") and n:
        yield from _percent_of(field, beside, n)
    elif kind == "date" and FIRST.search(_name(field)):
        ends = [f for f in beside if f["kind"] == "date" and LAST.search(_name(f))]
        if len(ends) == 1 and not LAST.search(_name(field)):
            yield {"rule": "dates_in_order", "first": key, "then": ends[0]["key"]}


def _rows(field, asked):
    """The arms of a number of patients of which this is the total, when named alike."""
    if field["level"] != "study":
        return
    for other in asked.values():
        if other["level"] == "arm" and forms.is_size(other) and _words(other) == _words(field):
            yield {"rule": "rows_total", "of": other["key"], "equals": field["key"]}


def _percent_of(field, beside, n):
    part = PER_CENT.sub("", field["key"])
    for other in beside:
        if other["kind"] == "integer" and part != field["key"] and other["key"] == part:
            yield {"rule": "percent_of", "percent": field["key"], "part": part, "whole": n}


def _is_share(field):
    """Whether a number is a percentage of the patients, judged by kind, unit and name."""
    words = _name(field)
    if NOT_A_SHARE.search(words):
        return False
    if field["kind"] == "percent":
        return True
    return field["kind"] == "decimal" and field.get("unit") == "%" and OF_PATIENTS.search(words)


def _scale(field):
    """The scale of a field: both soft limits, else both hard ones, else (None, None)."""
    for low, high in (("soft_min", "soft_max"), ("min", "max")):
        if field.get(low) not in (None, "") and field.get(high) not in (None, ""):
            return field[low], field[high]
    return None, None


def _same_place(one, other):
    return forms.is_coarser(one, other) and forms.is_coarser(other, one)


def _name(field):
    return f"{field['key'].replace('_', ' ')} {field['label']}"


def _words(field):
    return set(re.findall(r"[a-z]+", field["label"].lower())) - TOTAL
