"""Named rules that warn about values which are unlikely or impossible. Pure.

A rule never corrects: the paper may print what it should not. It speaks at one cell, in
words, and says nothing while a value it needs is missing. Besides the soft limits of every
field, the rules that run are those a schema declares under ``checks``, such as
``{"rule": "sum", "of": ["male", "female"], "equals": "n"}``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from . import schema as forms

COUNT, NUMBER, MEAN, MARK = ("integer",), ("integer", "decimal"), ("mean_sd",), ("choice",)
LIMIT, CODE = "limit", "code"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule has to say of one cell. The same words later are the same finding."""

    path: str
    rule: str
    text: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a schema can declare.

    ``params`` gives for each name the kinds of field it takes, a list of such fields when the
    name is in ``several``, or ``LIMIT`` (a plain number) or ``CODE`` (an answer's code).
    ``home`` names the parameter whose cell the rule speaks at. ``judge(check, at)`` returns
    the words, or None; ``at(key)`` is the value of a field beside that cell, or None.
    """

    says: str
    params: dict
    home: str
    judge: Callable
    reference: str = ""
    several: tuple = ()


def run(schema, readings, **units):
    """Return every ``Finding`` on a set of cells, in the order of the form.

    readings: ``{path: (state, value)}``; units: ``arms``, ``outcomes`` and ``comparisons``, the
    ids used in the paths.
    """
    asked, found = forms.fields(schema), []
    for key, field in asked.items():
        declared = [c for c in schema.get("checks", []) if c[RULES[c["rule"]].home] == key]
        for arm, outcome in forms.places(field, **units):
            at = _reader(asked, readings, arm, outcome)
            path = forms.path(key, arm, outcome)
            if words := _off_scale(field, at(key)):
                found.append(Finding(path, "scale", words))
            for check in declared:
                rule = RULES[check["rule"]]
                if words := rule.judge(check, at):
                    found.append(Finding(path, check["rule"], words, rule.reference))
    return found


def problems(schema):
    """Return what is wrong with the declared checks, one sentence each."""
    asked = forms.fields(schema)
    return [words for check in schema.get("checks", []) for words in _problems(check, asked)]


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
                wrong.append(f"“{name}” must be the code of an answer.")
        else:
            keys = given if name in rule.several else [given]
            wrong += [w for key in keys or [None] if (w := _misfit(asked.get(key), takes, home))]
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


def _reader(asked, readings, arm, outcome):
    """Return ``at(key)``: the value of a field in the cell that belongs to this place."""

    def at(key):
        state, value = readings.get(forms.near(asked[key], arm, outcome), ("empty", None))
        return value if state == forms.VALUE else None

    return at


def _off_scale(field, value):
    """The rule of the soft limits; the mean is what counts of a mean with its SD."""
    low, high = field.get("soft_min"), field.get("soft_max")
    if value is None or field["kind"] not in forms.NUMERIC:
        return None
    printed = value["mean"] if field["kind"] == "mean_sd" else value["number"]
    number = Decimal(printed)
    below = low not in (None, "") and number < Decimal(str(low))
    above = high not in (None, "") and number > Decimal(str(high))
    if not (below or above):
        return None
    scale = f"{low} to {high}" if "" not in (low, high) and None not in (low, high) else (
        f"from {low}" if below else f"up to {high}"
    )  # fmt: skip
    return f"{_said(printed)} lies outside the scale {scale}."


def _sum(check, at):
    parts, total = [at(key) for key in check["of"]], at(check["equals"])
    if total is None or None in parts:
        return None
    summed = sum(_number(part) for part in parts)
    if summed == _number(total):
        return None
    shown = " + ".join(_said(part["number"]) for part in parts)
    return f"{shown} = {_said(summed)}, but {_said(total['number'])} is given as their sum."


def _at_most(check, at):
    part, whole = at(check["field"]), at(check["limit"])
    if part is None or whole is None or _number(part) <= _number(whole):
        return None
    return f"{_said(part['number'])} is more than {_said(whole['number'])}, of which it is a part."


def _whole_patients(check, at):
    percent, total = at(check["percent"]), at(check["n"])
    if percent is None or total is None:
        return None
    printed, n = percent["number"], int(total["number"])
    if n < 1 or _patients(printed, n) is not None:
        return None
    below = int(Decimal(printed) * n / 100)
    near = " and ".join(f"{k} would be {_percent(k, n, printed)} %" for k in (below, below + 1))
    words = f"{_said(printed)} % of {n} is not a whole number of patients: {near}."
    fewer = next((m for m in range(n - 1, 1, -1) if _patients(printed, m) is not None), None)
    if fewer is None:
        return words
    return f"{words} It fits {_patients(printed, fewer)} of {fewer}: were fewer measured?"


def _sd_possible(check, at):
    value, total = at(check["field"]), at(check["n"])
    if value is None or value["sd"] is None or total is None:
        return None
    n, sd = int(total["number"]), Decimal(value["sd"])
    if n < 2:
        return f"An SD of {value['sd']} cannot come from {n} patient." if sd else None
    low, high = Decimal(str(check["min"])), Decimal(str(check["max"]))
    mean = Decimal(value["mean"])
    slack = _half_unit(value["mean"])
    centre = (low + high) / 2
    if low <= mean <= high:
        centre = min(max(centre, mean - slack), mean + slack)
    largest = ((centre - low) * (high - centre) * n / (n - 1)).sqrt()
    if sd - _half_unit(value["sd"]) <= largest:
        return None
    return (
        f"An SD of {value['sd']} is impossible for {n} values between {_said(check['min'])} and"
        f" {_said(check['max'])} with this mean: it can be {_round(largest, '0.01')} at most."
    )


def _mean_without_sd(check, at):
    value = at(check["field"])
    if value is None or value["sd"] is not None:
        return None
    return (
        f"The mean {_said(value['mean'])} is given without an SD: it has no sampling variance"
        " and cannot be weighted."
    )


def _zero_sd(check, at):
    value = at(check["field"])
    if value is None or value["sd"] is None or Decimal(value["sd"]):
        return None
    return (
        f"The SD is given as {value['sd']}: every patient would have had the same value, and a"
        " study with zero variance cannot be weighted."
    )


def _score_equals_marks(check, at):
    marks, score = [at(key) for key in check["marks"]], at(check["score"])
    if score is None or None in marks:
        return None
    counted = sum(mark["code"] == check["code"] for mark in marks)
    if counted == _number(score):
        return None
    return f"The score is given as {score['number']}, but {counted} of its items are marked."


RULES = {
    "sum": Rule(
        "parts add up to their sum",
        {"of": NUMBER, "equals": NUMBER},
        "equals",
        _sum,
        several=("of",),
    ),
    "at_most": Rule(
        "a part is not more than the whole",
        {"field": NUMBER, "limit": NUMBER},
        "field",
        _at_most,
    ),
    "whole_patients": Rule(
        "a percentage is a whole number of patients",
        {"percent": NUMBER, "n": COUNT},
        "percent",
        _whole_patients,
        "Brown & Heathers (2017), The GRIM test, Soc Psychol Personal Sci 8:363-369",
    ),
    "sd_possible": Rule(
        "an SD is possible on its scale",
        {"field": MEAN, "min": LIMIT, "max": LIMIT, "n": COUNT},
        "field",
        _sd_possible,
        "Bhatia & Davis (2000), A better bound on the variance, Am Math Mon 107:353-357",
    ),
    "mean_without_sd": Rule(
        "a mean has its SD",
        {"field": MEAN},
        "field",
        _mean_without_sd,
        "Cochrane Handbook, chapter 6.5.2",
    ),
    "zero_sd": Rule(
        "an SD is not zero",
        {"field": MEAN},
        "field",
        _zero_sd,
        "Cochrane Handbook, chapter 6.5.2",
    ),
    "score_equals_marks": Rule(
        "a score is the number of its marks",
        {"marks": MARK, "code": CODE, "score": NUMBER},
        "score",
        _score_equals_marks,
        several=("marks",),
    ),
}


def _number(value):
    return Decimal(value["number"])


def _said(number):
    return str(number).replace("-", "−")


def _round(number, unit):
    return number.quantize(Decimal(unit), ROUND_HALF_UP)


def _half_unit(printed):
    """Half a unit of the last printed digit: how far rounding may have moved the number."""
    return Decimal(5).scaleb(-len(printed.partition(".")[2]) - 1)


def _patients(printed, n):
    """The number of patients out of ``n`` that rounds to the printed percentage, or None."""
    exact = Decimal(printed) * n / 100
    for k in (int(exact), int(exact) + 1):
        if 0 <= k <= n and abs(Decimal(100 * k) / n - Decimal(printed)) <= _half_unit(printed):
            return k
    return None


def _percent(k, n, printed):
    """``k`` of ``n`` in per cent, with as many decimals as were printed, at least one."""
    decimals = max(1, len(printed.partition(".")[2]))
    return _round(Decimal(100 * k) / n, f"1e-{decimals}")
