"""Mean and SD from a median with its quartiles, its range or both. Pure.

Sources: mean, Luo et al. (2018) Stat Methods Med Res 27:1785; SD, Wan et al. (2014) BMC Med Res
Methodol 14:135, and Shi et al. (2020) Res Synth Methods 11:641 with all five numbers; skewed
values, the Box-Cox method of McGrath et al. (2020) Stat Methods Med Res 29:2520. Test of
skewness: Shi et al. (2023) Stat Methods Med Res 32:1338.
"""

from math import exp, log, sqrt

import numpy as np
from scipy.special import ndtri

from .numbers import Derived, Waits, exact, shown

LUO, WAN, SHI = "Luo et al. (2018)", "Wan et al. (2014)", "Shi et al. (2020)"
MCGRATH = "McGrath et al. (2020), Box-Cox method"
NORMAL = "Assumes values not far from normal; biased where they are skewed."
SKEWED = (
    "These numbers look skewed (Shi et al. 2023): choose the format for skewed values, or do"
    " not convert."
)
FEWEST = 5
MOST_LAMBDA, STEPS, NODES, TAIL = 3.0, 200, 400, 9.0


def luo_wan_shi(low, q1, median, q3, high, n):
    """``(mean, sd)`` of values near normal; ``low, high`` or ``q1, q3`` may be None, not all."""
    ends, quarts = low is not None, q1 is not None
    if ends and quarts:
        w1, w2 = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
        mean = w1 * (low + high) / 2 + w2 * (q1 + q3) / 2 + (1 - w1 - w2) * median
        share = 1 / (1 + 0.07 * n**0.6)
        return mean, share * (high - low) / _xi(n) + (1 - share) * (q3 - q1) / _eta(n)
    if ends:
        w = 4 / (4 + n**0.75)
        return w * (low + high) / 2 + (1 - w) * median, (high - low) / _xi(n)
    w = 0.7 + 0.39 / n
    return w * (q1 + q3) / 2 + (1 - w) * median, (q3 - q1) / _eta(n)


def skewed(low, q1, median, q3, high, n):
    """Whether the numbers are further from symmetry than chance lets normal values be (5 %)."""
    ends = None if low is None or high == low else abs(low + high - 2 * median) / (high - low)
    quarts = None if q1 is None or q3 == q1 else abs(q1 + q3 - 2 * median) / (q3 - q1)
    if ends is not None and quarts is not None:
        seen = max(2.65 * log(0.6 * n) / sqrt(n) * ends, quarts)
        return seen >= 3 / sqrt(n) - 40 / n**3
    if ends is not None:
        return ends >= 1 / log(n + 9) + 2.5 / (n + 1)
    return quarts is not None and quarts >= 2.65 / sqrt(n) - 6 / n**2


def box_cox(low, q1, median, q3, high, n):
    """``(mean, sd, lambda)``: the power that makes the numbers symmetric, Luo and Wan there,
    and the moments of the values transformed back. All numbers must be above 0.

    The power lies between 0 (log-normal) and 3, as in the authors' own program.
    """
    pairs = [pair for pair in ((low, high), (q1, q3)) if pair[0] is not None]
    power = _power(pairs, median)
    moved = [None if x is None else _move(x, power) for x in (low, q1, median, q3, high)]
    mu, sigma = luo_wan_shi(*moved, n)
    if low is not None and q1 is not None:
        ends, quarts = moved[4] - moved[0], moved[3] - moved[1]
        sigma = (ends / _xi(n) + quarts / _eta(n)) / 2  # Wan's, which the Box-Cox method uses
    return (*_moments_back(mu, sigma, power), power)


def _xi(n):
    return 2 * float(ndtri((n - 0.375) / (n + 0.25)))


def _eta(n):
    return 2 * float(ndtri((0.75 * n - 0.125) / (n + 0.25)))


def _move(x, power):
    return log(x) if power < 1e-8 else (x**power - 1) / power


def _power(pairs, median):
    """The power between 0 and 3 after which the median lies most nearly halfway."""

    def off(power):
        middle, total = _move(median, power), 0.0
        for low, high in pairs:
            below, above = middle - _move(low, power), _move(high, power) - middle
            total += (above / below - 1) ** 2 if below > 0 else float("inf")
        return total

    grid = np.linspace(0, MOST_LAMBDA, STEPS + 1)
    best = int(np.argmin([off(power) for power in grid]))
    low, high = grid[max(0, best - 1)], grid[min(STEPS, best + 1)]
    for _ in range(60):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if off(left) <= off(right) else (left, high)
    found = (low + high) / 2
    return float(found) if found > 1e-6 else 0.0


def _moments_back(mu, sigma, power):
    """Mean and SD of the values whose power is normal, cut where no value has that power and,
    to keep it symmetric, as far on the other side."""
    if power < 1e-8:
        return exp(mu + sigma**2 / 2), sqrt(exp(sigma**2) - 1) * exp(mu + sigma**2 / 2)
    edges = sorted((-1 / power, 2 * mu + 1 / power))
    low, high = max(edges[0], mu - TAIL * sigma), min(edges[1], mu + TAIL * sigma)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    x = (high - low) / 2 * nodes + (high + low) / 2
    density = np.exp(-(((x - mu) / sigma) ** 2) / 2) * weights
    density /= density.sum()
    values = np.maximum(x * power + 1, 0) ** (1 / power)
    mean = float(density @ values)
    return mean, sqrt(float(density @ (values - mean) ** 2))


def normal(given):
    """The derivation for values near normal."""
    numbers, n = _five(given), given.size(FEWEST)
    mean, sd = luo_wan_shi(*numbers, n)
    both = numbers[0] is not None and numbers[1] is not None
    formula = (
        f"{_mean_formula(given.parts, n)} = {shown(mean, given.parts)};"
        f" {_sd_formula(given.parts, n)} = {shown(sd, given.parts)}"
    )
    source = f"mean: {LUO}; SD: {SHI if both else WAN}"
    limits = (SKEWED if skewed(*numbers, n) else NORMAL,)
    return Derived({"mean": exact(mean), "sd": exact(sd)}, formula, source, limits)


def for_skewed(given):
    """The derivation for skewed values above 0."""
    numbers, n = _five(given), given.size(FEWEST)
    if any(x is not None and x <= 0 for x in numbers):
        raise Waits("The method for skewed values needs every number above 0.")
    if len({x for x in numbers if x is not None}) < sum(x is not None for x in numbers):
        raise Waits("The method for skewed values needs numbers that all differ.")
    mean, sd, power = box_cox(*numbers, n)
    formula = (
        f"Box-Cox power λ = {power:.3f} makes the numbers symmetric; mean and SD there (n = {n}),"
        f" transformed back: mean = {shown(mean, given.parts)}, SD = {shown(sd, given.parts)}"
    )
    limits = ("For values above 0; an SD of strongly skewed values describes them poorly.",)
    return Derived({"mean": exact(mean), "sd": exact(sd)}, formula, MCGRATH, limits)


def _five(given):
    return [
        given.number(name) if name in given.parts else None
        for name in ("min", "q1", "median", "q3", "max")
    ]


def _mean_formula(parts, n):
    ends = "min" in parts and f"({parts['min']} + {parts['max']})/2"
    quarts = "q1" in parts and f"({parts['q1']} + {parts['q3']})/2"
    if ends and quarts:
        w1, w2 = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
        rest = f"{1 - w1 - w2:.3f} × {parts['median']}"
        return f"mean = {w1:.3f} × {ends} + {w2:.3f} × {quarts} + {rest}"
    w = 4 / (4 + n**0.75) if ends else 0.7 + 0.39 / n
    return f"mean = {w:.3f} × {ends or quarts} + {1 - w:.3f} × {parts['median']}"


def _sd_formula(parts, n):
    ends = "min" in parts and f"({parts['max']} − {parts['min']})/{_xi(n):.3f}"
    quarts = "q1" in parts and f"({parts['q3']} − {parts['q1']})/{_eta(n):.3f}"
    if ends and quarts:
        share = 1 / (1 + 0.07 * n**0.6)
        return f"SD = {share:.3f} × {ends} + {1 - share:.3f} × {quarts}"
    return f"SD = {ends or quarts}"
