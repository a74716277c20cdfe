"""Recover what the formulas need from what papers print: intervals, p-values, quartiles, totals."""

import numpy as np
from scipy.special import ndtri

from .errors import NotEstimable


def conv_wald(out, *, ci_lb=None, ci_ub=None, zval=None, pval=None, level=0.95, transf=None):
    """``(yi, vi)``, arrays (k,), from estimates with a Wald interval, test statistic or p-value.

    ``transf`` (``np.log`` for printed ratios) is applied to the estimate and its bounds first. A
    row uses its interval, else ``zval``, else the two-sided ``pval``; the variance is NaN where it
    has none of them. ``level`` is one number, or one a row. Raises `NotEstimable` for a p-value
    or a level beyond 0 to 1.
    """
    out = np.asarray(out, float)
    lb, ub, z, p = (_column(x, out.size) for x in (ci_lb, ci_ub, zval, pval))
    level = np.broadcast_to(np.asarray(level, float), out.shape)
    if ((level <= 0) | (level >= 1)).any() or ((p < 0) | (p > 1)).any():
        raise NotEstimable("p-values lie between 0 and 1, and so do confidence levels")
    move = transf or (lambda x: x)
    with np.errstate(all="ignore"):
        yi, lb, ub = move(out), move(lb), move(ub)
        from_ci = (ub - lb) / (2 * ndtri(1 - (1 - level) / 2))
        from_z = yi / z
        from_p = yi / ndtri(p / 2)
    sei = np.where(np.isfinite(from_ci), from_ci, np.where(np.isfinite(from_z), from_z, from_p))
    vi = np.where(np.isfinite(sei) & (sei != 0), sei**2, np.nan)
    return yi, vi


def _column(values, k):
    return np.full(k, np.nan) if values is None else np.asarray(values, float)


def conv_fivenum(minimum, q1, median, q3, maximum, n, *, dist="norm"):
    """``(mean, sd)``, arrays (k,), from a median with range, quartiles or both.

    Mean: Luo et al. (2018); SD: Wan et al. (2014) and, with all five numbers, Shi et al. (2020).
    They assume values not far from normal; skewed ones (length of stay) are biased.
    ``dist="lnorm"`` assumes log-normal values instead, and gives their mean and SD in the unit of
    the values (Shi, Tong, Wang & Genton 2020, Stat Interface 13:519). A row without one of the
    three patterns gives NaN. Raises `NotEstimable` for a log-normal value of zero or less, or
    another distribution.
    """
    columns = np.array([np.asarray(x, float) for x in (minimum, q1, median, q3, maximum, n)])
    if dist not in ("norm", "lnorm"):
        raise NotEstimable(f"no distribution {dist!r}; choose norm or lnorm")
    if dist == "lnorm":
        if (columns[:5] <= 0).any():
            rows = np.flatnonzero((columns[:5] <= 0).any(0)) + 1
            raise NotEstimable(f"row {rows[0]}: a log-normal value is above zero")
        columns[:5] = np.log(columns[:5])
    rows = [_summary(dist, *row) for row in columns.T]
    return np.array([r[0] for r in rows]), np.array([r[1] for r in rows])


def _summary(dist, a, q1, m, q3, b, n):
    ends, quarts = np.isfinite(a) and np.isfinite(b), np.isfinite(q1) and np.isfinite(q3)
    if not (np.isfinite(m) and np.isfinite(n)) or not (ends or quarts):
        return np.nan, np.nan
    by_range = (b - a) / (2 * ndtri((n - 0.375) / (n + 0.25)))
    by_quarts = (q3 - q1) / (2 * ndtri((0.75 * n - 0.125) / (n + 0.25)))
    if ends and quarts:
        w1, w2 = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
        mean = w1 * (a + b) / 2 + w2 * (q1 + q3) / 2 + (1 - w1 - w2) * m
        share = 1 / (1 + 0.07 * n**0.6)
        pattern, sd = "both", share * by_range + (1 - share) * by_quarts
    elif ends:
        w = 4 / (4 + n**0.75)
        pattern, mean, sd = "range", w * (a + b) / 2 + (1 - w) * m, by_range
    else:
        w = 0.7 + 0.39 / n
        pattern, mean, sd = "quartiles", w * (q1 + q3) / 2 + (1 - w) * m, by_quarts
    if dist == "lnorm":
        mean, sd = _from_logs(pattern, mean, sd, n)
    return float(mean), float(sd)


# Shi et al.'s coefficients: of the bias of E(x), then of E(x^2) and E(x)^2, by what is known.
LOG_NORMAL = {
    "range": (0.565, 0.37, 2.26, 5.92, 1.48),
    "quartiles": (0.57, 0.75, 2.28, 12.0, 3.0),
    "both": (0.405, 0.315, 1.62, 5.04, 1.26),
}


def _from_logs(pattern, mean, sd, n):
    """Mean and SD of log-normal values from those of their logs, less the bias of both."""
    log2 = np.log(n) ** 2
    too_large = {"range": 1.01 + 0.25 / log2, "quartiles": 1 + 1.58 / n, "both": 1 + 0.28 / log2}
    fourth = {"range": 1 + 2.23 / log2, "quartiles": 1 + 19.2 / n**1.2, "both": 1 + 3.93 / n}
    s2, s4 = sd**2 / too_large[pattern], sd**4 / fourth[pattern]
    c = LOG_NORMAL[pattern]
    first = np.exp(mean + s2 / 2) / (1 + (c[0] * s2 + c[1] * s4) / n)
    square = np.exp(2 * mean + 2 * s2) / (1 + (c[2] * s2 + c[3] * s4) / n)
    squared = np.exp(2 * mean + s2) / (1 + (c[2] * s2 + c[4] * s4) / n)
    return first, np.sqrt(square - squared)


def conv_2x2(*, ori=None, ri=None, n1i=None, n2i=None, ni=None):
    """``(ai, bi, ci, di)``, arrays (k,), of tables known by their total and margins.

    ``n1i`` patients in group 1 of ``ni``, ``n2i`` of them with the event (both groups together),
    and the odds ratio ``ori`` or the phi coefficient ``ri``. Cells are rounded to whole patients;
    NaN where neither is known or no table fits.
    """
    ni, n1i, n2i = (np.asarray(x, float) for x in (ni, n1i, n2i))
    odds, phi = _column(ori, ni.size), _column(ri, ni.size)
    with np.errstate(all="ignore"):
        by_phi = phi * np.sqrt(n1i * (ni - n1i) * n2i * (ni - n2i)) / ni + n1i * n2i / ni
        s = ni - n1i - n2i + odds * (n1i + n2i)
        root = np.sqrt(s**2 - 4 * (odds - 1) * odds * n1i * n2i)
        by_odds = np.where(odds == 1, n1i * n2i / ni, (s - root) / (2 * (odds - 1)))
    a = np.round(np.where(np.isnan(odds), by_phi, by_odds))
    cells = np.stack([a, n1i - a, n2i - a, ni - n1i - n2i + a])
    cells[:, (cells < 0).any(0)] = np.nan
    return tuple(cells)
