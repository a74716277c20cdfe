"""What a paper prints of its patients beside what its rows come to. Pure.

A pair says which cell of the study's record prints which statistic of which column. Two
numbers agree when the one from the rows, rounded to the decimals that are printed, is the
printed one; half a unit of the last digit is allowed either way, because papers round both.
"""

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz

from .. import schema as forms
from .mapping import plain_words
from .scrutiny import summary

STATISTICS = {
    "n": "Number of participants",
    "count": "Number with an answer",
    "share": "Per cent with an answer",
    "mean": "Mean",
    "mean_sd": "Mean and SD",
    "median": "Median",
    "range": "Lowest to highest",
}
KINDS = {
    "n": ("integer",),
    "count": ("integer",),
    "share": ("percent", "decimal"),
    "mean": ("decimal", "percent"),
    "mean_sd": ("mean_sd",),
    "median": ("decimal", "percent"),
    "range": ("text",),
}
N_WORDS = {"n", "patients", "participants", "number of patients", "number of participants",
           "sample size", "subjects"}  # fmt: skip
ALIKE = 70
NUMBERS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Pair:
    """``column`` and ``code`` name a field and an answer where the statistic needs them;
    ``field`` is the key of the record's field that prints it."""

    statistic: str
    field: str
    column: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One printed number and the same from the rows. ``agrees`` is None where either is not
    there, and ``why`` then says what is missing."""

    label: str
    printed: str
    found: str
    n: int
    missing: int
    agrees: bool | None
    why: str = ""


def propose(columns, fields):
    """Pairs that the names suggest, for the lead to correct. fields: ``{key: field}`` of the
    form that prints; each of them is paired once at most."""
    found = []
    for asked in fields.values():
        if asked["level"] != "study":
            continue
        words = plain_words(asked["label"])
        if asked["kind"] == "integer" and (words in N_WORDS or asked["key"] == "n"):
            found.append(Pair("n", asked["key"]))
        elif asked["kind"] in ("integer", "percent", "decimal") and (
            answer := _answer(columns, words)
        ):
            statistic = "count" if asked["kind"] == "integer" else "share"
            found.append(Pair(statistic, asked["key"], *answer))
        elif column := _column(columns, words, asked):
            found.append(Pair(_statistic(asked, words), asked["key"], column))
    return found


def compare(columns, rows, fields, cells, pairs):
    """A ``Line`` for each pair. cells: ``{field: (state, value)}`` as the record has them."""
    return [_line(columns, rows, fields, cells, pair) for pair in pairs if pair.field in fields]


def _line(columns, rows, fields, cells, pair):
    asked = fields[pair.field]
    state, value = cells.get(pair.field, ("empty", {}))
    printed = forms.show(asked, value) if state == forms.VALUE else ""
    numbers = _printed(value) if printed else []
    told = summary(columns[pair.column], rows) if pair.column in columns else None
    wanted = _found(pair, columns, rows, told)
    n, missing = (told.n, told.missing) if told else (len(rows), 0)
    label = f"{asked['label']}"
    if None in wanted:
        return Line(label, printed, "", n, missing, None, "The rows do not give it.")
    places = [_places(number) for number in numbers] or [2]
    shown = _shown(pair, wanted, max(places))
    if not numbers:
        why = "The paper does not print it." if not printed else "It prints no number."
        return Line(label, printed, shown, n, missing, None, why)
    wanted = wanted[: len(numbers)]
    agrees = len(numbers) == len(wanted) and all(
        abs(Decimal(number) - Decimal(repr(one))) <= Decimal(5).scaleb(-_places(number) - 1)
        for number, one in zip(numbers, map(float, wanted), strict=True)
    )
    return Line(label, printed, shown, n, missing, agrees)


def _found(pair, columns, rows, told):
    """The numbers that the rows give, as floats; None for one that is undefined."""
    if pair.statistic == "n":
        return [len(rows)]
    if told is None:
        return [None]
    if pair.statistic in ("count", "share"):
        codes = Counter(
            code for _, values in rows if (value := values.get(pair.column))
            for code in value.get("codes", [value.get("code")])
        )  # fmt: skip
        if pair.statistic == "count":
            return [codes[pair.code]]
        return [100 * codes[pair.code] / told.n if told.n else None]
    return {
        "mean": [told.mean],
        "mean_sd": [told.mean, 0.0 if told.n == 1 else told.sd],
        "median": [told.median],
        "range": [told.low, told.high],
    }[pair.statistic]


def _printed(value):
    """The numbers of a printed value, as decimal strings."""
    if "mean" in value:
        return [one for one in (value["mean"], value["sd"]) if one is not None]
    if "number" in value:
        return [value["number"]]
    # In a range the sign between two numbers is no minus.
    return NUMBERS.findall(re.sub(r"(?<=[0-9])\s*[-–—−]\s*", " to ", value.get("text", "")))


def _places(number):
    return len(number.partition(".")[2])


def _shown(pair, numbers, places):
    """Numbers of the rows with the decimals of the paper; counts without any."""
    exact = pair.statistic in ("n", "count", "range")
    words = [f"{one:g}" if exact else f"{one:.{places}f}" for one in numbers]
    joined = {"mean_sd": " ± ", "range": " to "}.get(pair.statistic, "").join(words)
    return joined.replace("-", "−")


def _answer(columns, words):
    """``(column, code)`` of the answer whose label is ``words``, or None."""
    for key, asked in columns.items():
        for option in asked.get("options", []):
            if plain_words(option["label"]) in (words, *words.split()):
                return key, option["code"]
    return None


def _column(columns, words, asked):
    """The numeric column whose label resembles a printed field most; None below ``ALIKE``."""
    plain = " ".join(w for w in words.split() if w not in ("mean", "median", "range", "of", "at"))
    scored = [
        (max(fuzz.token_sort_ratio(plain, plain_words(one["label"])),
             100 * (asked["key"] == key)), key)
        for key, one in columns.items()
        if one["kind"] in ("integer", "decimal", "percent")
    ]  # fmt: skip
    score, key = max(scored, default=(0, ""))
    fits = asked["kind"] in ("mean_sd", "decimal", "percent", "text")
    return key if score >= ALIKE and fits else ""


def _statistic(asked, words):
    if asked["kind"] == "mean_sd":
        return "mean_sd"
    if asked["kind"] == "text":
        return "range"
    return "median" if "median" in words.split() else "mean"
