"""What is odd in participant rows: duplicates, limits, missing values, last digits. Pure.

Nothing here changes a row or proves anything: each finding is a question to the paper or to
those who sent the data.

References: Hunter KE et al., Res Synth Methods 2024 (the IPD Integrity Tool); Carlisle JB,
Anaesthesia 2021;76:472-479; Beber BN, Scacco A, Polit Anal 2012;20:211-234 (last digits).
"""

import re
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

from scipy.stats import chi2

from .. import schema as forms
from .rows import meaning

ENOUGH = 4  # values a row must have before it can be called a duplicate
NEAR_ENOUGH = 5
DIGITS_FROM = 50  # values; with fewer the expected count of a digit is below 5
DIGIT_ALPHA = 0.01
DECIMALS = re.compile(r"[.,]([0-9]+)\D*$")


@dataclass(frozen=True, slots=True)
class Alike:
    """Participants with the same values; ``field`` is the one in which they differ, "" where
    they differ in none."""

    keys: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class Outside:
    """A value outside the limits that its field expects."""

    key: str
    field: str
    shown: str
    limits: str


@dataclass(frozen=True, slots=True)
class Digits:
    """Last digits of a column's numbers: how often 0 to 9, the chi-squared test of all being
    equally likely (9 df), None below ``DIGITS_FROM`` numbers."""

    field: str
    counts: tuple[int, ...]
    p: float | None

    @property
    def n(self):
        return sum(self.counts)

    @property
    def odd(self):
        return self.p is not None and self.p < DIGIT_ALPHA


@dataclass(frozen=True, slots=True)
class Summary:
    """A column over some rows. Numbers: ``n``, ``missing``, ``mean``, ``sd`` (n - 1; None for
    fewer than two), ``median``, ``low``, ``high``; other kinds: ``counts`` by what is shown."""

    n: int
    missing: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    low: float | None = None
    high: float | None = None
    counts: tuple[tuple[str, int], ...] = ()


def duplicates(columns, rows):
    """Groups of participants whose rows say the same, then those that differ in one field.

    Rows with fewer than ``ENOUGH`` values (``NEAR_ENOUGH`` for the second kind) are not
    compared: young men of one clinic agree in sex and age by chance.
    """
    meant = {
        key: {name: meaning(asked, values.get(name)) for name, asked in columns.items()}
        for key, values in rows
    }
    filled = {key: len(values) for key, values in rows}
    exact = _groups(
        (key, tuple(said.values())) for key, said in meant.items() if filled[key] >= ENOUGH
    )
    found = [Alike(tuple(keys), "") for keys in exact]
    for name in columns:
        near = _groups(
            (key, tuple(one for other, one in said.items() if other != name))
            for key, said in meant.items()
            if filled[key] >= NEAR_ENOUGH
        )
        for keys in near:
            if len({meant[key][name] for key in keys}) > 1:
                found.append(Alike(tuple(keys), name))
    return found


def outside(columns, rows):
    """Every value beyond the soft limits of its field, as ``Outside``."""
    found = []
    for name, asked in columns.items():
        low, high = (_limit(asked, end) for end in ("soft_min", "soft_max"))
        if low is None and high is None:
            continue
        for key, values in rows:
            number = number_of(values.get(name))
            if number is None:
                continue
            if (low is not None and number < low) or (high is not None and number > high):
                limits = f"{'' if low is None else low} to {'' if high is None else high}"
                found.append(Outside(key, name, forms.show(asked, values[name]), limits))
    return found


def last_digits(columns, rows):
    """The last digits of every column of numbers that has any. Numbers get as many decimals as
    the longest of their column has: files leave out the zero of 10.0."""
    found = []
    for name, asked in columns.items():
        if asked["kind"] not in ("integer", "decimal", "percent"):
            continue
        printed = [values[name].get("printed", "") for _, values in rows if values.get(name)]
        places = max(map(_places, printed), default=0)
        digits = Counter(_last_digit(text, places) for text in printed)
        counts = tuple(digits.get(d, 0) for d in range(10))
        if sum(counts):
            found.append(Digits(name, counts, _uniform(counts)))
    return found


def missing(columns, rows):
    """``(pattern, n)`` of which fields are missing together, the commonest first; a pattern is
    a tuple of booleans in the order of the columns, True where the value is missing."""
    patterns = Counter(tuple(not values.get(name) for name in columns) for _, values in rows)
    return patterns.most_common()


def summary(asked, rows):
    """The ``Summary`` of one field over rows."""
    held = [values[asked["key"]] for _, values in rows if values.get(asked["key"])]
    absent = len(rows) - len(held)
    if asked["kind"] in ("integer", "decimal", "percent"):
        numbers = [float(value["number"]) for value in held]
        if not numbers:
            return Summary(0, absent)
        return Summary(
            len(numbers), absent, statistics.fmean(numbers),
            statistics.stdev(numbers) if len(numbers) > 1 else None,
            statistics.median(numbers), min(numbers), max(numbers),
        )  # fmt: skip
    counts = Counter(forms.show(asked, value) for value in held)
    labels = [option["label"] for option in asked.get("options", [])]
    ordered = sorted(counts.items(), key=lambda one: _place(labels, one[0]))
    return Summary(len(held), absent, counts=tuple(ordered))


def by_group(asked, rows, field):
    """Rows by the shown value of a choice, ``{label: rows}`` in the order of its answers, with
    those without one last under "Not reported"."""
    found = defaultdict(list)
    for key, values in rows:
        value = values.get(field)
        found[forms.show(asked, value) if value else "Not reported"].append((key, values))
    labels = [option["label"] for option in asked.get("options", [])]
    return dict(sorted(found.items(), key=lambda one: _place(labels, one[0])))


def number_of(value):
    """A value as a ``Decimal``, or None where it has no number."""
    return Decimal(value["number"]) if value and "number" in value else None


def _groups(pairs):
    """Keys that come with the same thing, where there are two or more of them."""
    found = defaultdict(list)
    for key, thing in pairs:
        found[thing].append(key)
    return [keys for keys in found.values() if len(keys) > 1]


def _limit(asked, end):
    return None if asked.get(end) in (None, "") else Decimal(str(asked[end]))


def _places(printed):
    return len(DECIMALS.search(printed)[1]) if DECIMALS.search(printed) else 0


def _last_digit(printed, places):
    """The last digit of a number as printed, or None; 0 where it has fewer decimals."""
    if _places(printed) < places:
        return 0
    digits = [character for character in printed if character in "0123456789"]
    return int(digits[-1]) if digits else None


def _uniform(counts):
    n = sum(counts)
    if n < DIGITS_FROM:
        return None
    expected = n / 10
    return float(chi2.sf(sum((count - expected) ** 2 / expected for count in counts), 9))


def _place(labels, label):
    return (labels.index(label) if label in labels else len(labels), str(label))
