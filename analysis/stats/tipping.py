"""The tipping point: how far an assumption must go before a result changes its verdict."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from .errors import NotEstimable, NotPoolable

POINTS = 41


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the verdict changes: at ``value`` of the parameter, with the pooled estimate there."""

    value: float
    estimate: float
    ci_lb: float
    ci_ub: float


@dataclass(frozen=True, slots=True)
class Tipping:
    """``significant``: whether the result at ``start`` differs from no effect. ``below`` and
    ``above`` are the nearest `Turn` on either side of it within the range, or None: the verdict
    holds as far as ``low`` and ``high``, or as far as ``reached`` where the model ends earlier."""

    start: float
    significant: bool
    below: Turn | None
    above: Turn | None
    reached: tuple[float, float]


def tipping(fit_at, low, high, *, start=0.0, null=0.0, points=POINTS):
    """The `Tipping` of ``fit_at``, a function from the parameter to a `pooling.Fit`.

    The distance between ``null`` and the nearer bound of the interval is scanned on ``points``
    values on either side of ``start`` and its first change of sign polished by Brent's method
    between them, so a turn and its return within one step are not seen. ``fit_at`` may raise
    `NotPoolable` or `NotEstimable` away from ``start``: the search ends there.
    """
    if not low <= start <= high:
        raise NotEstimable("the start of the search must lie in its range")

    def margin(value):
        fit = fit_at(value)
        half = (fit.ci_ub[0] - fit.ci_lb[0]) / 2
        return float(abs(fit.beta[0] - null) - half)

    here = margin(start)
    below, left = _search(margin, here, start, low, points)
    above, right = _search(margin, here, start, high, points)
    turns = [None if at is None else _turn(fit_at, at) for at in (below, above)]
    return Tipping(start, here > 0, *turns, (left, right))


def _search(margin, here, start, end, points):
    """``(where the sign of the margin changes or None, how far the search came)``."""
    at, last = start, here
    for value in np.linspace(start, end, points)[1:] if end != start else ():
        try:
            found = margin(value)
        except (NotPoolable, NotEstimable):
            return None, float(at)
        if (found > 0) != (here > 0):
            if last == 0.0:
                return float(at), float(end)
            return float(brentq(margin, at, value, xtol=1e-12, rtol=1e-13)), float(end)
        at, last = value, found
    return None, float(end)


def _turn(fit_at, value):
    fit = fit_at(value)
    return Turn(value, float(fit.beta[0]), float(fit.ci_lb[0]), float(fit.ci_ub[0]))
