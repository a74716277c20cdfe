"""Wald tests and intervals, normal or t. SciPy's special functions: they cost a microsecond."""

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit


def critical(level, ddf=None):
    """Two-sided critical value; NaN when ``ddf`` is 0 (no degrees of freedom, no interval)."""
    if ddf is None:
        return float(-ndtri((1 - level) / 2))
    if np.ndim(ddf) == 0 and ddf <= 0:
        return float("nan")
    return -stdtrit(ddf, (1 - level) / 2)


def two_sided(stat, ddf=None):
    """Two-sided p-value of ``stat``; NaN when ``ddf`` is 0."""
    if ddf is None:
        return 2 * ndtr(-np.abs(stat))
    if np.ndim(ddf) == 0 and ddf <= 0:
        return np.full_like(np.asarray(stat, float), np.nan)
    return 2 * stdtr(ddf, -np.abs(stat))


def chi2_p(q, df):
    """Upper tail of chi-square; 1 when ``df`` is 0, as nothing is left to test."""
    return float(chdtrc(df, max(q, 0.0))) if df > 0 else 1.0


def f_p(f, df1, df2):
    """Upper tail of F; None without degrees of freedom."""
    return float(fdtrc(df1, df2, max(f, 0.0))) if df1 > 0 and df2 > 0 else None


def ratio(estimate, se):
    """``estimate / se`` with the signed infinity of a zero standard error, NaN for 0 / 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(estimate, float) / np.asarray(se, float)
