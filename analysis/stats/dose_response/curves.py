"""Shapes of a trend: the columns that a dose is written as."""

from dataclasses import dataclass

import numpy as np

from ..errors import NotPoolable, rows_named

# Harrell (2015), Regression modeling strategies, table 2.3: percentiles by the number of knots.
PERCENTILES = {
    3: (10, 50, 90),
    4: (5, 35, 65, 95),
    5: (5, 27.5, 50, 72.5, 95),
    6: (5, 23, 41, 59, 77, 95),
    7: (2.5, 18.33, 34.17, 50, 65.83, 81.67, 97.5),
}


@dataclass(frozen=True, slots=True)
class Curve:
    """``shape`` linear, quadratic or spline (restricted cubic, with ``knots`` in doses)."""

    shape: str
    knots: tuple = ()

    @property
    def terms(self):
        if self.shape == "quadratic":
            return ("dose", "dose squared")
        return ("dose", *(f"spline {j + 1}" for j in range(len(self.knots) - 2)))

    def columns(self, dose):
        """The terms at doses (m,), an array (m, p). Not against any reference."""
        x = np.atleast_1d(np.asarray(dose, float))
        if self.shape == "linear":
            return x[:, None]
        if self.shape == "quadratic":
            return np.stack([x, x**2], axis=1)
        t = np.array(self.knots)

        def beyond(knot):
            return np.maximum(x - knot, 0.0) ** 3

        last = t[-1] - t[-2]
        parts = [
            beyond(at) - beyond(t[-2]) * (t[-1] - at) / last + beyond(t[-1]) * (t[-2] - at) / last
            for at in t[:-2]
        ]
        return np.column_stack([x, *(part / (t[-1] - t[0]) ** 2 for part in parts)])


def linear():
    """A straight line: one slope."""
    return Curve("linear")


def quadratic():
    """Dose and its square."""
    return Curve("quadratic")


def spline(doses, k=3):
    """A restricted cubic spline with ``k`` knots at Harrell's percentiles of ``doses``.

    Linear beyond the outer knots; its terms are divided by the square of their distance, so that
    all have the dose's unit. Raises `NotPoolable` for other ``k`` and where knots fall together.
    """
    if k not in PERCENTILES:
        raise NotPoolable(f"a spline has 3 to 7 knots, not {k}")
    knots = np.percentile(np.asarray(doses, float), PERCENTILES[k])
    if (np.diff(knots) <= 0).any():
        shown = ", ".join(f"{knot:g}" for knot in knots)
        raise NotPoolable(
            f"{k} knots at these doses ({shown}) fall together: take fewer, or name the knots"
        )
    return Curve("spline", tuple(float(knot) for knot in knots))


def spline_at(knots):
    """A restricted cubic spline with knots at given doses; ``NotPoolable`` unless 3 to 7 rise."""
    knots = np.array(knots, float)
    if not 3 <= knots.size <= 7:
        raise NotPoolable(f"a spline has 3 to 7 knots, not {knots.size}")
    bad = np.r_[False, ~(np.diff(knots) > 0)] | ~np.isfinite(knots)
    if bad.any():
        raise NotPoolable(f"the knots must rise: see {rows_named(bad).replace('row', 'knot')}")
    return Curve("spline", tuple(float(knot) for knot in knots))
