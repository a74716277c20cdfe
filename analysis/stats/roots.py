"""A root finder that cannot wander off: Newton steps kept inside a bracket that only shrinks."""

import math

from scipy.optimize import brentq

SETTLED = 1e-9  # a Newton step this small, relative to x, leaves an error of its square


def bracketed_root(f, lo, hi, *, start=None):
    """The root of ``f`` between ``lo`` and ``hi``, to the last bits.

    ``f(x)`` returns value and slope; the value falls from >= 0 at ``lo`` to <= 0 at ``hi``
    (both limits are taken on trust and never evaluated). A Newton step that leaves the bracket,
    or shrinks it by less than half twice running, gives way to bisection (on the log scale when
    the bracket spans more than a factor of ten). Raises ``ArithmeticError`` after 200 steps,
    which a continuous function cannot cause.
    """
    x = start if start is not None and lo < start < hi else _middle(lo, hi)
    width = hi - lo
    for step in range(200):
        value, slope = f(x)
        if value == 0.0:
            return x
        lo, hi = (x, hi) if value > 0 else (lo, x)
        newton = x - value / slope if slope < 0 else math.nan
        if abs(newton - x) <= SETTLED * abs(x) or hi - lo <= 4e-16 * hi:
            return min(max(newton, lo), hi) if newton == newton else x
        inside = lo < newton < hi
        slow = step % 3 == 2 and (hi - lo) > 0.5 * width and abs(newton - x) > 0.05 * abs(x)
        if step % 3 == 2:
            width = hi - lo
        x = newton if inside and not slow else _middle(lo, hi)
    raise ArithmeticError(f"no root between {lo} and {hi} after 200 steps")


def _middle(lo, hi):
    if lo > 0 and hi > 10 * lo:
        return math.sqrt(lo) * math.sqrt(hi)
    return lo + 0.5 * (hi - lo) if lo > 0 or hi < 1e-300 else 0.5 * hi


def falling_root(f, lo, hi):
    """The root of a decreasing ``f`` (value only) between ``lo`` and ``hi``: Brent's method."""
    return brentq(f, lo, hi, xtol=1e-13 * hi, rtol=1e-14, maxiter=300)
