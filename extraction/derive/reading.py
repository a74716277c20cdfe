"""Typed text in a format -> a value, and a value -> its derived numbers. Pure."""

import re
from decimal import Decimal

from ..printed import Unreadable
from . import formats, texts
from .numbers import Printed, Waits, shown

EMPTY = {
    "mean_sd": {"mean": None, "sd": None},
    "events": {"events": None, "total": None},
    "estimate": {"estimate": None, "low": None, "high": None, "se": None},
}
ORDER = (("low", "high"), ("q1", "q3"), ("min", "max"), ("q1", "median"), ("median", "q3"),
         ("min", "median"), ("median", "max"), ("min", "q1"), ("q3", "max"))  # fmt: skip
LIMITS = {
    "se": (0, None), "sd": (0, None), "first_sd": (0, None), "last_sd": (0, None), "f": (0, None),
    "gsd": (1, None), "p": (0, 1), "r": (-1, 1), "percent": (0, 100), "other": (1, None),
    "total": (1, None), "events": (0, None), "level": (50, "99.99"),
}  # fmt: skip
NAMED = {
    "low": "the lower limit", "high": "the upper limit", "q1": "the first quartile",
    "q3": "the third quartile", "min": "the smallest value", "max": "the largest value",
    "se": "a standard error", "sd": "an SD", "first_sd": "an SD", "last_sd": "an SD", "f": "F",
    "gsd": "a geometric SD", "p": "p", "r": "a correlation", "percent": "a per cent",
    "other": "the size of the other group", "total": "the number of patients",
    "events": "a number of events", "level": "the level of an interval", "median": "the median",
    "estimate": "a ratio", "mean": "a geometric mean",
}  # fmt: skip
WHOLE = ("events", "total", "other")
NOT_ZERO = ("se", "p", "f")
SHARE = re.compile(r"/|\bof\b", re.IGNORECASE)


def read(field, code, text):
    """Return the value of typed text in format ``code`` ("" for as the kind is printed).

    Without its other cells: what needs them waits. Raises ``Unreadable``.
    """
    allowed = [one.code for one in formats.for_field(field)]
    if code and code not in allowed:
        raise Unreadable("this field does not take that format. Choose another one.")
    seen = texts.numbers(text)
    if code == "percent" and "%" not in text:
        raise Unreadable(f"“{text}” has no per cent sign. Type it with one, or choose “number”.")
    if field["kind"] == "events" and not code:
        code, parts = _events(text, seen)
        if not code:
            return parts
    elif field["kind"] == "estimate" and not code and len(seen.numbers) == 1:
        _check(field, {"estimate": seen.numbers[0]}, code)
        return EMPTY["estimate"] | {"estimate": seen.numbers[0]}
    else:
        parts = _parts(formats.FORMATS[field["kind"]][code or "ci"], text, seen)
    if seen.level and "low" in parts:
        parts["level"] = seen.level
    _check(field, parts, code)
    value = {"as": code} if code else {}
    value |= {"parts": parts} | ({"below": True} if seen.below else {})
    return fill(field, value)


def fill(field, value, around=None):
    """Return the value with its derived numbers, ``how`` they were derived and ``with`` what.

    ``around``: ``{"n": decimal string or None, "others": [...]}`` of the cells beside it; None
    keeps what was taken from them before. A value that nothing is derived of is returned as is.
    """
    asked = formats.of(field, value)
    if asked is None:
        return value
    around = value.get("with", {}) if around is None else around
    beside = {name: around[name] for name in asked.needs if around.get(name)}
    given = Printed(
        value["parts"], beside.get("n"), tuple(beside.get("others", ())),
        field.get("scale") == "log", value.get("below", False),
    )  # fmt: skip
    kept = {name: value[name] for name in ("as", "parts", "below", "printed") if name in value}
    try:
        told = asked.derive(given)
    except (Waits, OverflowError, ZeroDivisionError) as reason:
        words = str(reason) if isinstance(reason, Waits) else "These numbers give no finite SD."
        known = {n: value["parts"][n] for n in ("mean", "estimate") if _plain(asked, n, value)}
        return kept | EMPTY[field["kind"]] | known | {"with": beside, "how": {"waits": words}}
    how = {"formula": re.sub(r"-(?=\d)", "−", told.formula), "source": told.source}
    if told.limits:
        how["limits"] = " ".join(told.limits)
    level = {"level": value["parts"].get("level", "95")} if field["kind"] == "estimate" else {}
    return kept | told.numbers | level | {"with": beside, "how": how}


def _plain(asked, name, value):
    """Whether a printed number needs no conversion, so that it stands while the rest waits."""
    return name in value["parts"] and asked.group != formats.LOGS and "log" not in asked.code


def show(field, value):
    """The derived numbers as a reader sees them; the printed text while they wait."""
    parts = value.get("parts", {})
    if value.get("how", {}).get("waits"):
        return value.get("printed", "")
    if field["kind"] == "mean_sd":
        return f"{_as_shown(value['mean'], parts)} ± {_as_shown(value['sd'], parts)}"
    if field["kind"] == "events":
        total = "" if value["total"] is None else f"/{value['total']}"
        return f"{value['events']}{total}"
    text = _as_shown(value["estimate"], parts)
    if value["low"] is None:
        return text
    level = value.get("level", "95")
    ends = " to ".join(_as_shown(value[end], parts) for end in ("low", "high"))
    return f"{text} ({'' if level == '95' else f'{level} % CI '}{ends})"


def short(value, name):
    """One derived number of a value as a reader sees it."""
    return _as_shown(value[name], value.get("parts", {}))


def _as_shown(number, parts):
    """As printed when it is one of the printed numbers, else with one decimal more."""
    if number in parts.values() or not parts:
        return number.replace("-", "−")
    return shown(float(number), parts)


def _parts(asked, text, seen):
    """The numbers by name, or ``Unreadable`` when there are too few or too many."""
    found, names = list(seen.numbers), list(asked.names)
    bare = not set("([") & set(text)  # in brackets the spread follows, whatever its numbers
    if bare and "median" in names and found == sorted(found, key=Decimal):
        names = sorted(names, key=("min", "q1", "median", "q3", "max").index)
    allowed = [names, names + list(asked.optional)]
    fitting = next((one for one in allowed if len(one) == len(found)), None)
    if fitting is None:
        raise Unreadable(
            f"“{text.strip()}” holds {len(found)} number{'s' * (len(found) != 1)}, and this format"
            f" needs {len(names)}. Type it like {asked.example}."
        )
    parts = dict(zip(fitting, found, strict=True))
    if {"q1", "min"} <= set(parts) and Decimal(parts["q1"]) < Decimal(parts["min"]):
        swap = {"q1": "min", "min": "q1", "q3": "max", "max": "q3"}
        parts = {swap.get(name, name): number for name, number in parts.items()}
    return parts


def _events(text, seen):
    """``(code, parts)`` of a per cent, or ``("", value)`` of a number printed plainly."""
    told, percent = seen.numbers, "%" in text
    if percent and len(told) == 1:
        return "percent", {"percent": told[0]}
    if percent and len(told) == 2 and SHARE.search(text):
        return "percent", {"percent": told[0], "total": told[1]}
    parts = {}
    if len(told) == 3 and SHARE.search(text):
        parts = dict(zip(("events", "total", "percent"), told, strict=True))
    elif len(told) == 2:
        parts = dict(zip(("events", "total" if SHARE.search(text) else "percent"), told,
                         strict=True))  # fmt: skip
    elif len(told) == 1:
        parts = {"events": told[0]}
    if not parts:
        raise Unreadable(f"“{text.strip()}” is not a number of events. Type it like 12 or 12/40.")
    _check({"kind": "events"}, parts, "")
    value = {name: _whole(parts, name) for name in ("events", "total")}
    return "", value | ({"parts": {"percent": parts["percent"]}} if "percent" in parts else {})


def _whole(parts, name):
    return str(int(Decimal(parts[name]))) if name in parts else None


def _check(field, parts, code):
    """Refuse numbers that no paper can mean."""
    for name, number in parts.items():
        low, high = LIMITS.get(name, (None, None))
        exact = Decimal(number)
        if (low is not None and exact < low) or (high is not None and exact > Decimal(high)):
            raise Unreadable(f"{NAMED[name]} cannot be {number.replace('-', '−')}.")
        if name in NOT_ZERO and not exact:
            raise Unreadable(f"{NAMED[name]} of 0 gives nothing to derive from.")
        if name in WHOLE and exact != exact.to_integral_value():
            raise Unreadable(f"{NAMED[name]} is a whole number, and {number} is not.")
    for first, second in ORDER:
        if {first, second} <= set(parts) and Decimal(parts[first]) > Decimal(parts[second]):
            raise Unreadable(f"{NAMED[first]} cannot be above {NAMED[second]}.")
    for name in _above_zero(field, code):
        if name in parts and Decimal(parts[name]) <= 0:
            told = NAMED[name] if name in ("estimate", "mean") else f"{NAMED[name]} of one"
            raise Unreadable(f"{told} is above 0, and {parts[name].replace('-', '−')} is not.")


def _above_zero(field, code):
    if code in ("geometric_sd", "geometric_ci"):
        return ("mean", "low", "high")
    ratio = field["kind"] == "estimate" and field.get("scale") == "log"
    return ("estimate", "low", "high") if ratio and not code.startswith("log") else ()
