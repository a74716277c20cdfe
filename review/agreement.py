"""How well two people agree on categories, beyond chance. Pure; methods in
``docs/methods/agreement.md``.

Everything is computed from a square table of counts: ``table[first, second]`` pairs in which
the first person said ``first`` and the second ``second``.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

NO_PAIRS = "No record has been judged by two people yet."
ONE_CATEGORY = "Everybody gave the same answer throughout, so agreement by chance is complete."
ONE_ANSWER = "One of the two gave the same answer throughout, which makes kappa 0 in any case."
NO_WIDTH = "no interval: these answers leave no error to estimate"
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An estimate with its standard error and interval; all None with ``why`` if undefined.

    ``se`` is None where the interval does not rest on one (percent agreement, PABAK). Where the
    estimate exists and its interval does not, the limits are None and ``why`` tells that.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``percent`` is a proportion, 0 to 1; the others reach from below 0 to 1."""

    n: int
    categories: tuple[Hashable, ...]
    percent: Coefficient
    kappa: Coefficient
    pabak: Coefficient
    ac1: Coefficient


def agreement(table: Mapping[tuple[Hashable, Hashable], int], *, level: float = 0.95) -> Agreement:
    """Percent agreement, Cohen's kappa, PABAK and Gwet's AC1 of two people.

    Parameters
    ----------
    table : mapping (first, second) -> count
        Counts of pairs, whole numbers, 0 or more. The categories are those that occur, and
        at least two are assumed (an answer nobody gave was still possible).
    level : float in (0, 1)
        Confidence level, two-sided.

    Returns
    -------
    Agreement
        Percent agreement has Wilson's interval, PABAK the same interval rescaled. Kappa has
        the large-sample error of Fleiss, Cohen & Everitt, AC1 that of Gwet; their intervals
        are normal and cut at 1.

    Raises
    ------
    ValueError
        For a negative or fractional count, or a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    if any(count < 0 or count != int(count) for count in table.values()):
        raise ValueError("counts of pairs are whole numbers, 0 or more")
    shares, n = _shares(table)
    categories = tuple(sorted({said for pair in shares for said in pair}, key=str))
    if not n:
        missing = Coefficient(None, why=NO_PAIRS)
        return Agreement(0, (), missing, missing, missing, missing)
    z = NormalDist().inv_cdf((1 + level) / 2)
    observed = sum(share for (a, b), share in shares.items() if a == b)
    low, high = _wilson(observed, n, z)
    chance = 1 / max(len(categories), 2)
    pabak = [(value - chance) / (1 - chance) for value in (observed, low, high)]
    return Agreement(
        n=n,
        categories=categories,
        percent=Coefficient(observed, low, high),
        kappa=_kappa(shares, n, observed, z),
        pabak=Coefficient(*pabak),
        ac1=_ac1(shares, n, observed, max(len(categories), 2), z),
    )


def _shares(table):
    n = sum(table.values())
    return {pair: count / n for pair, count in table.items() if count}, n


def _margins(shares):
    first, second = Counter(), Counter()
    for (a, b), share in shares.items():
        first[a] += share
        second[b] += share
    return first, second


def _wilson(share, n, z):
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _kappa(shares, n, observed, z):
    first, second = _margins(shares)
    chance = sum(first[said] * second[said] for said in first)
    if len(first.keys() | second.keys()) == 1:
        return Coefficient(None, why=ONE_CATEGORY)
    if 1 in (len(first), len(second)):
        return Coefficient(None, why=ONE_ANSWER)
    kappa = (observed - chance) / (1 - chance)
    on = sum(
        share * (1 - (first[a] + second[a]) * (1 - kappa)) ** 2
        for (a, b), share in shares.items()
        if a == b
    )
    off = (1 - kappa) ** 2 * sum(
        share * (second[a] + first[b]) ** 2 for (a, b), share in shares.items() if a != b
    )
    spread = on + off - (kappa - chance * (1 - kappa)) ** 2
    return _normal(kappa, spread, n, chance, z)


def _ac1(shares, n, observed, q, z):
    first, second = _margins(shares)
    use = {said: (first[said] + second[said]) / 2 for said in first.keys() | second.keys()}
    chance = sum(share * (1 - share) for share in use.values()) / (q - 1)
    ac1 = (observed - chance) / (1 - chance)
    on = sum(share * (1 - use[a]) for (a, b), share in shares.items() if a == b) / (q - 1)
    all_ = (
        sum(share * (1 - (use[a] + use[b]) / 2) ** 2 for (a, b), share in shares.items())
        / (q - 1) ** 2
    )
    spread = (
        observed * (1 - observed)
        - 4 * (1 - ac1) * (on - observed * chance)
        + 4 * (1 - ac1) ** 2 * (all_ - chance**2)
    )
    return _normal(ac1, spread, n, chance, z)


def _normal(value, spread, n, chance, z):
    """The large-sample interval; an error of 0 (all pairs agree, say) would be false certainty."""
    if spread < ROUNDING:
        return Coefficient(value, why=NO_WIDTH)
    se = sqrt(max(spread, 0.0) / n) / (1 - chance)
    return Coefficient(value, value - z * se, min(1.0, value + z * se), se)
