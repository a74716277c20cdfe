"""The value of one variable from the values it is made from. Pure."""

import datetime
import operator
from decimal import Context, Decimal

OPS = {
    ">": ("more than", operator.gt),
    ">=": ("at least", operator.ge),
    "<": ("less than", operator.lt),
    "<=": ("at most", operator.le),
}
NUMBERS = ("difference", "percent_of")
EXACT, QUOTIENT = Context(prec=100), Context(prec=28)


class Undefined(ValueError):
    """Why a variable has no value, in words."""


def evaluate(definition, values, labels=None):
    """Return ``(value, "")``, or ``(None, reason)`` where the variable has no value.

    values: ``{key: value}`` of the fields and variables it is made from, as ``extraction.schema``
    shapes them; None or no key where nothing is reported. labels: ``{key: words}`` for the
    reasons; keys stand in for what is not there. A missing source is never taken as 0.
    """
    try:
        return EVALUATORS[definition["kind"]](definition, values, labels or {}), ""
    except Undefined as reason:
        return None, str(reason)


def sources(definition):
    """The keys a variable is made from, in the order of its formula."""
    return definition["of"] if definition["kind"] in NUMBERS else [definition["field"]]


def _recode(definition, values, labels):
    meant = _texts(definition["field"], values, labels)
    groups = {_plain(one): row["to"] for row in definition["map"] for one in row["from"]}
    other = definition.get("otherwise")
    found = list(dict.fromkeys(groups.get(_plain(one), other) for one in meant))
    if None in found:
        unknown = next(one for one in meant if _plain(one) not in groups)
        raise Undefined(f"“{unknown}” is not in the table of “{definition['label']}”.")
    if len(found) > 1:
        raise Undefined(f"Its answers fall into several groups: {', '.join(found)}.")
    return {"text": found[0]}


def _bands(definition, values, labels):
    number = _number(definition["field"], values, labels)
    highest = definition.get("to", "")
    if highest != "" and number > Decimal(highest):
        raise Undefined(f"{shown(number)} is above {shown(highest)}, the end of the bands.")
    for band in descending(definition):
        if band["from"] == "" or number >= Decimal(band["from"]):
            return {"text": band["label"]}
    raise Undefined(f"{shown(number)} is below the lowest band.")


def _threshold(definition, values, labels):
    number = _number(definition["field"], values, labels)
    beyond = OPS[definition["op"]][1](number, Decimal(definition["than"]))
    return {"text": definition["yes" if beyond else "no"]}


def _difference(definition, values, labels):
    first, second = definition["of"]
    days = [(values.get(key) or {}).get("date") for key in (first, second)]
    if all(days):
        ends = [datetime.date.fromisoformat(day) for day in days]
        return {"number": str((ends[0] - ends[1]).days)}
    made = EXACT.subtract(_number(first, values, labels), _number(second, values, labels))
    return {"number": f"{made:f}"}


def _percent_of(definition, values, labels):
    first, second = (_number(key, values, labels) for key in definition["of"])
    if not second:
        raise Undefined(f"“{labels.get(definition['of'][1], definition['of'][1])}” is 0, and a"
                        " per cent of 0 is not defined.")  # fmt: skip
    made = QUOTIENT.divide(EXACT.multiply(Decimal(100), first), second)
    return {"number": tidy(f"{made:f}")}


EVALUATORS = {
    "recode": _recode,
    "bands": _bands,
    "threshold": _threshold,
    "difference": _difference,
    "percent_of": _percent_of,
}


def _given(key, values, labels):
    value = values.get(key)
    if not value:
        raise Undefined(f"“{labels.get(key, key)}” has no value.")
    return value


def _number(key, values, labels):
    value = _given(key, values, labels)
    printed = value.get("number", value.get("mean"))
    if printed is None:
        raise Undefined(f"“{labels.get(key, key)}” is not a number.")
    return Decimal(printed)


def _texts(key, values, labels):
    """What is looked up in the table: codes of a choice, else the text."""
    value = _given(key, values, labels)
    if "codes" in value:
        return value["codes"]
    return [value.get("code") or value.get("text") or value.get("number", "")]


def _plain(text):
    return " ".join(str(text).split()).casefold()


def descending(definition):
    """The bands from the highest down; the one without a lower limit is last."""
    lowest = Decimal("-Infinity")
    return sorted(
        definition["bands"],
        key=lambda band: lowest if band["from"] == "" else Decimal(band["from"]),
        reverse=True,
    )


def shown(number):
    """A number of a sentence, with a true minus."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    return text.replace("-", "−")


def tidy(text):
    """A decimal string without zeros that say nothing."""
    return text.rstrip("0").rstrip(".") if "." in text else text
