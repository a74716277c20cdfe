"""Checks of a mixed model's residuals: shape, spread, and patients far off."""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import ndtri

from .errors import NotEstimable

FAR = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class ResidualChecks:
    """What a mixed model assumes, held against its residuals.

    ``standardised`` (n,) conditional residuals over their SD, ``fitted`` (n,), ``quantiles`` (n,)
    the normal ones of a Q-Q plot, in the order of the residuals. ``skewness`` and ``kurtosis`` (in
    excess of the normal; its p from 20 patients on) with p values, ``spread_p`` the Brown-Forsythe
    test of equal spread in all studies, ``trend_p`` Spearman's test of spread against fitted
    value. ``far`` are rows beyond 3 SDs. Small p values in many patients may mean little: look at
    the plot.
    """

    standardised: np.ndarray
    fitted: np.ndarray
    quantiles: np.ndarray
    skewness: float
    skewness_p: float
    kurtosis: float
    kurtosis_p: float | None
    spread_p: float | None
    trend_p: float | None
    far: np.ndarray


def residual_checks(fit):
    """`ResidualChecks` of a `mixed.MixedFit` with eight patients or more.

    Sources: D'Agostino & Pearson (1973), Biometrika 60:613; Brown & Forsythe (1974), JASA 69:364.
    """
    if fit.n < 8:
        raise NotEstimable("fewer than eight patients say nothing about the shape of residuals")
    r = fit.residuals / np.sqrt(fit.var_residual)
    fitted = fit.y - fit.residuals
    rank = np.empty(fit.n)
    rank[np.argsort(r, kind="stable")] = np.arange(1, fit.n + 1)
    groups = [r[fit.group == i] for i in range(len(fit.studies))]
    groups = [g for g in groups if g.size > 1]
    spread = stats.levene(*groups, center="median").pvalue if len(groups) > 1 else None
    skew, kurtosis = stats.skewtest(r), stats.kurtosistest(r) if fit.n >= 20 else None
    trend = stats.spearmanr(np.abs(r), fitted).pvalue if np.ptp(fitted) > 0 else None
    return ResidualChecks(
        standardised=r, fitted=fitted, quantiles=ndtri((rank - 0.375) / (fit.n + 0.25)),
        skewness=float(stats.skew(r)), skewness_p=float(skew.pvalue),
        kurtosis=float(stats.kurtosis(r)),
        kurtosis_p=None if kurtosis is None else float(kurtosis.pvalue),
        spread_p=None if spread is None else float(spread),
        trend_p=None if trend is None else float(trend), far=fit.rows[np.abs(r) > FAR],
    )  # fmt: skip
