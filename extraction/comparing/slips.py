"""A number typed where another form of it belongs: SE for SD, per cent for a count, months for
years, a logarithm for the ratio. Pure.

These are never harmless: one of the two typed what the field does not ask.
"""

import re
from decimal import Decimal

from ..schema.kinds import unit as unit_of
from .exactly import close, half_unit

SE_FOR_SD = "SE for SD"
Z95 = Decimal("1.959964")
HUNDRED = Decimal(100)
SIZES = (
    {"day": 1, "days": 1, "d": 1, "week": 7, "weeks": 7, "wk": 7, "wks": 7,
     "month": Decimal("30.4375"), "months": Decimal("30.4375"), "mo": Decimal("30.4375"),
     "year": Decimal("365.25"), "years": Decimal("365.25"), "yr": Decimal("365.25"),
     "yrs": Decimal("365.25"), "y": Decimal("365.25")},
    {"ug": 1, "µg": 1, "μg": 1, "mcg": 1, "mg": 1_000, "g": 1_000_000, "kg": 1_000_000_000},
    {"mm": 1, "cm": 10, "m": 1_000},
    {"ml": 1, "dl": 100, "l": 1_000},
    {"s": 1, "sec": 1, "min": 60, "minutes": 60, "h": 3_600, "hours": 3_600},
)  # fmt: skip
NO_POWER_OF_TEN = (SIZES[0], SIZES[4])
WORD = re.compile(r"[a-zµμ]+")


def spread(first, second, counts):
    """Words when one SD is the other's standard error or half its 95 % interval, for the size
    of the group that one of ``counts`` gives; else ""."""
    small, large = sorted((abs(first), abs(second)))
    for n in counts:
        if n < 2 or not small:
            continue
        root = n.sqrt()
        for factor, words in ((root, SE_FOR_SD), (root / Z95, "half a 95 % CI for SD")):
            within = half_unit(small) * factor + half_unit(large)
            if factor > 1 and close(small * factor, large, within=within):
                return words
    return ""


def share(field, first, second, counts):
    """Words when one number is the per cent that the other is of a count, or a fraction; else
    ""."""
    percent = unit_of(field).strip() == "%"
    small, large = sorted((abs(first), abs(second)))
    if percent and small and close(small * HUNDRED, large, within=half_unit(large)):
        return "fraction for per cent"
    if not percent and field["kind"] not in ("integer", "events"):
        return ""
    for count, rate in ((first, second), (second, first)):
        whole = count == count.to_integral_value() and count > 0
        if whole and any(
            n >= count and close(HUNDRED * count / n, rate, within=half_unit(rate)) for n in counts
        ):
            return "count for per cent" if percent else "per cent for count"
    return ""


def unit(field, first, second, typed):
    """Words when the two numbers are the same amount in two units, else "". ``typed`` are both
    printed texts. Powers of ten need the units to be named there: they could be a lost point."""
    for sizes in SIZES:
        named = [_named(text, sizes) for text in typed]
        own = _named(unit_of(field), sizes)
        units = [name or own for name in named]
        if all(named) and units[0] != units[1] and _fits(first, second, *units, sizes):
            return _both(*units, sizes)
        if own and sizes in NO_POWER_OF_TEN:
            for other in sorted(sizes, key=len, reverse=True):
                if sizes[other] == sizes[own]:
                    continue
                pairs = ((own, other), (other, own))
                if any(_fits(first, second, *pair, sizes) for pair in pairs):
                    return _both(own, other, sizes)
    return ""


def logarithm(first, second):
    """Words when one number is the natural logarithm of the other, else ""."""
    for ratio, log in ((first, second), (second, first)):
        if ratio > 0 and ratio != 1:
            within = half_unit(log) + half_unit(ratio) / ratio
            if close(ratio.ln(), log, within=within):
                return "logarithm for ratio"
    return ""


def _named(text, sizes):
    """The unit of one dimension that a text names, or ""."""
    return next((word for word in WORD.findall(text.casefold()) if word in sizes), "")


def _both(one, other, sizes):
    """Two units in words, the larger first."""
    return " and ".join(sorted((one, other), key=sizes.get, reverse=True))


def _fits(first, second, one, other, sizes):
    """Whether ``first`` in unit ``one`` is ``second`` in unit ``other``."""
    factor = Decimal(sizes[one]) / Decimal(sizes[other])
    within = half_unit(first) * factor + half_unit(second)
    exact = close(first * factor, second, within=Decimal("0.001") * abs(second))
    return bool(first) and close(first * factor, second, within=within) and exact
