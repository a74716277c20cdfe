"""GRIM and GRIMMER: can whole-number data have the printed mean and SD? Pure.

Sources: Brown & Heathers (2017) Soc Psychol Personal Sci 8:363-369; Anaya (2016) PeerJ Preprints
4:e2400v1; Allard (2018), analytic GRIMMER.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from math import isqrt

from .numbers import decimals, half_unit, rounded, said
from .rule import COUNT, LIMIT, MEAN, Rule

EXACT_UP_TO = 4  # values; of more, every sum of squares of the right parity occurs
TRIED = 300  # sums of squares; among so many neighbours one always occurs


def totals(mean, n, items=1):
    """The whole-number totals of ``n`` values of ``items`` items each whose mean rounds to the
    printed one: a ``range``, empty when there is none."""
    cells, slack = n * items, half_unit(mean)
    first = ((Decimal(mean) - slack) * cells).to_integral_value(ROUND_CEILING)
    last = ((Decimal(mean) + slack) * cells).to_integral_value(ROUND_FLOOR)
    return range(int(first), int(last) + 1)


def grim(mean, n, items=1):
    """Whether ``n`` whole-number scores of ``items`` items can have the printed mean."""
    return bool(totals(mean, n, items))


def grimmer(mean, sd, n, items=1):
    """Whether ``n`` whole-number scores, two or more, can have the printed mean and sample SD.

    A score of several items is their mean, so that ``items`` times it is whole.
    """
    low = max(Decimal(0), Decimal(sd) - half_unit(sd)) * items
    high = (Decimal(sd) + half_unit(sd)) * items
    for total in totals(mean, n, items):
        centre = Decimal(total) ** 2 / n
        first = (low**2 * (n - 1) + centre).to_integral_value(ROUND_CEILING)
        last = (high**2 * (n - 1) + centre).to_integral_value(ROUND_FLOOR)
        below, more = divmod(total, n)
        fewest = (n - more) * below**2 + more * (below + 1) ** 2
        found = range(max(int(first), fewest), int(last) + 1)
        if n > EXACT_UP_TO:
            if any((squares - total) % 2 == 0 for squares in found[:2]):
                return True
        elif any(_exists(total - n * below, _shifted(squares, total, below, n), n)
                 for squares in found[:TRIED]):  # fmt: skip
            return True
    return False


def _shifted(squares, total, by, n):
    """The sum of squares when every number is smaller by ``by``."""
    return squares - 2 * by * total + n * by**2


@cache
def _exists(total, squares, n):
    """Whether ``n`` whole numbers have this sum and this sum of squares, by search."""
    if squares * n < total**2:
        return False
    if n == 2:
        root = isqrt(2 * squares - total**2)
        return root**2 == 2 * squares - total**2 and (total + root) % 2 == 0
    reach = isqrt(squares)
    return any(_exists(total - x, squares - x * x, n - 1) for x in range(-reach, reach + 1))


def _grim(check, at):
    value, n, items = _given(check, at)
    if value is None or n * items >= 10 ** decimals(value["mean"]) or grim(value["mean"], n, items):
        return None
    unit = f"1e-{decimals(value['mean'])}"
    below = (Decimal(value["mean"]) * n * items).to_integral_value(ROUND_FLOOR)
    near = " and ".join(
        said(rounded(total / (n * items), unit)) for total in (below, below + 1)
    )  # fmt: skip
    return (
        f"{n} whole numbers cannot have a mean of {said(value['mean'])}: the nearest means are"
        f" {near}. Were fewer measured?"
    )


def _grimmer(check, at):
    value, n, items = _given(check, at)
    if value is None or value["sd"] is None or value.get("as") or n < 2:
        return None
    if not grim(value["mean"], n, items) or grimmer(value["mean"], value["sd"], n, items):
        return None
    return (
        f"{n} whole numbers with a mean of {said(value['mean'])} cannot have an SD of"
        f" {value['sd']}."
    )


def _given(check, at):
    """The value and the numbers a test needs; a value None when it does not apply."""
    value, total = at(check["field"]), at(check["n"])
    items = int(Decimal(str(check["items"])))
    if value is None or total is None or int(total["number"]) < 1 or items < 1:
        return None, 0, 1
    plain = not value.get("as") or value["mean"] == value["parts"].get("mean")
    return (value if plain else None), int(total["number"]), items


RULES = {
    "grim": Rule(
        "a mean of whole numbers is possible (GRIM)",
        {"field": MEAN, "n": COUNT, "items": LIMIT},
        "field",
        _grim,
        "Brown & Heathers (2017), The GRIM test, Soc Psychol Personal Sci 8:363-369",
    ),
    "grimmer": Rule(
        "an SD of whole numbers is possible (GRIMMER)",
        {"field": MEAN, "n": COUNT, "items": LIMIT},
        "field",
        _grimmer,
        "Anaya (2016), The GRIMMER test, PeerJ Preprints 4:e2400v1; Allard (2018)",
    ),
}
