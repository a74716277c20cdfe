"""Named rules that warn about values which are unlikely or impossible. Pure.

A rule never corrects: the paper may print what it should not. It speaks at one cell, in
words, and says nothing while a value it needs is missing. Besides the soft limits of every
field, the rules that run are those a schema declares under ``checks``, such as
``{"rule": "sum", "of": ["male", "female"], "equals": "n"}``, and those that kind, unit, scale
and name of its fields make plain (``checks.inferred``). A declared rule takes the place of the
inferred one of the same name at the same field.
"""

from decimal import Decimal

from .. import schema as forms
from . import granularity, intervals, sense, spread, totals
from .inferred import inferred
from .numbers import said
from .rule import CODE, LIMIT, Around, Finding, Rule

__all__ = ["CODE", "LIMIT", "RULES", "Finding", "Rule", "problems", "run", "standing"]

RULES = totals.RULES | granularity.RULES | spread.RULES | intervals.RULES | sense.RULES


def run(schema, readings, **units):
    """Return every ``Finding`` on a set of cells, in the order of the form.

    readings: ``{path: (state, value)}``; units: ``arms``, ``outcomes`` and ``comparisons``, the
    ids used in the paths.
    """
    asked, found = forms.fields(schema), []
    sizes = {key: forms.size_field(schema, field) for key, field in asked.items()}
    checks, memo = standing(schema, sizes), {}
    for key, field in asked.items():
        speaking = [check for check in checks if check[RULES[check["rule"]].home] == key]
        for place in forms.places(field, **units):
            path = forms.path(key, *place)
            if readings.get(path, ("", None))[0] != forms.VALUE:
                continue
            at = Around(asked, sizes, readings, units, memo, place)
            if words := _off_scale(field, at.raw(key)):
                found.append(Finding(path, "scale", words))
            for check in speaking:
                rule = RULES[check["rule"]]
                if words := rule.judge(check, at):
                    found.append(Finding(path, check["rule"], words, rule.reference))
    return found


def standing(schema, sizes=None):
    """Return the checks that run on a schema: the declared ones, then the inferred ones."""
    declared = schema.get("checks", [])
    taken = {_place(check) for check in declared}
    return [*declared, *(check for check in inferred(schema, sizes) if _place(check) not in taken)]


def problems(schema):
    """Return what is wrong with the declared checks, one sentence each."""
    asked = forms.fields(schema)
    return [words for check in schema.get("checks", []) for words in _problems(check, asked)]


def _place(check):
    return check["rule"], check[RULES[check["rule"]].home]


def _problems(check, asked):
    rule = RULES.get(check.get("rule"))
    if rule is None:
        return [f"There is no check called “{check.get('rule')}”."]
    home = asked.get(check.get(rule.home))
    wrong = []
    for name, takes in rule.params.items():
        given = check.get(name)
        if takes == LIMIT:
            if not forms.PLAIN_NUMBER.fullmatch(str(given)):
                wrong.append(f"“{name}” must be a number.")
        elif takes == CODE:
            if not given:
                wrong.append(f"“{name}” is not filled in.")
        else:
            keys = given if name in rule.several else [given]
            near = None if name in rule.finer else home
            wrong += [w for key in keys or [None] if (w := _misfit(asked.get(key), takes, near))]
    return [f"Check “{rule.says}”: {words}" for words in dict.fromkeys(wrong)]


def _misfit(field, takes, home):
    """Why a field cannot take part in a check that speaks at ``home``, or None."""
    if field is None:
        return "it names a field that the form does not have."
    if field["kind"] not in takes:
        return f"“{field['label']}” is not a {' or '.join(forms.KINDS[k].lower() for k in takes)}."
    if home and not forms.is_coarser(field, home):
        return f"“{field['label']}” is asked more often than “{home['label']}”."
    return None


def _off_scale(field, value):
    """The rule of the soft limits; the mean is what counts of a mean with its SD."""
    low, high = field.get("soft_min"), field.get("soft_max")
    if value is None or field["kind"] not in forms.NUMERIC:
        return None
    printed = value["mean"] if field["kind"] == "mean_sd" else value["number"]
    if printed is None:
        return None
    number = Decimal(printed)
    below = low not in (None, "") and number < Decimal(str(low))
    above = high not in (None, "") and number > Decimal(str(high))
    if not (below or above):
        return None
    scale = f"{low} to {high}" if "" not in (low, high) and None not in (low, high) else (
        f"from {low}" if below else f"up to {high}"
    )  # fmt: skip
    return f"{said(printed)} lies outside the scale {scale}."
