"""How well people agree: on categories beyond chance, and on numbers. Pure; methods in
``docs/methods/agreement.md``.

Categories come as a square table of counts: ``table[first, second]`` pairs in which the first
person said ``first`` and the second ``second``. Numbers come as rows, one for each thing that was
read, with the reading of each person. Who is called first changes nothing anywhere.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean

from scipy.special import fdtri

NO_PAIRS = "No record has been judged by two people yet."
ONE_CATEGORY = "Everybody gave the same answer throughout, so agreement by chance is complete."
ONE_ANSWER = "One of the two gave the same answer throughout, which makes kappa 0 in any case."
NO_WIDTH = "no interval: these answers leave no error to estimate"
FEW_ROWS = "It needs three cells or more that both read as numbers."
ALL_ALIKE = "All readings are the same number, so nothing varies that could agree."
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


def share(count: int, n: int, *, level: float = 0.95) -> Coefficient:
    """A proportion with Wilson's interval; undefined without cases."""
    if not n:
        return Coefficient(None, why=NO_PAIRS)
    return Coefficient(count / n, *_wilson(count / n, n, NormalDist().inv_cdf((1 + level) / 2)))


def icc(rows: Sequence[Sequence[float]], *, level: float = 0.95) -> Coefficient:
    """The intraclass correlation of one reading, one-way random: ICC(1, 1) of Shrout & Fleiss.

    Parameters
    ----------
    rows : sequence (n) of sequences (k) of floats
        The k readings of each of n things, n >= 3, k >= 2, in any order within a row.

    Returns
    -------
    Coefficient
        Between -1 / (k - 1) and 1, with the exact F interval. Undefined for fewer than three
        rows and where all readings are one number; without an interval where no row varies.
    """
    if len(rows) < 3:
        return Coefficient(None, why=FEW_ROWS)
    n, k = len(rows), len(rows[0])
    means = [fmean(row) for row in rows]
    middle = fmean(means)
    between = k * sum((mean - middle) ** 2 for mean in means) / (n - 1)
    within = sum((x - mean) ** 2 for row, mean in zip(rows, means, strict=True) for x in row)
    within /= n * (k - 1)
    if between + within == 0:
        return Coefficient(None, why=ALL_ALIKE)
    value = (between - within) / (between + (k - 1) * within)
    if within == 0:
        return Coefficient(value, why=NO_WIDTH)
    ratio, free, tail = between / within, (n - 1, n * (k - 1)), (1 + level) / 2
    low = ratio / float(fdtri(*free, tail))
    high = ratio * float(fdtri(*reversed(free), tail))
    return Coefficient(value, *((f - 1) / (f + k - 1) for f in (low, high)))


def repeatability(pairs: Sequence[tuple[float, float]], *, level: float = 0.95) -> float | None:
    """How far apart two readings lie at most in ``level`` of the cases, in their unit; None for
    fewer than three pairs. Assumes normal differences around 0 (Bland & Altman 1999)."""
    if len(pairs) < 3:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    return z * sqrt(fmean((first - second) ** 2 for first, second in pairs))
