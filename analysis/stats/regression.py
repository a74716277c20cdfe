"""Meta-regression: moderators by formula, what they explain, and tests of several coefficients."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable
from .formula import model_matrix
from .likelihood import fit_stats
from .pooling import has_intercept, moderators_test, rma


def meta_regression(yi, vi, formula, columns, *, levels=None, **options):
    """A `pooling.Fit` with the moderators of ``formula`` (see `formula.model_matrix`).

    ``options`` are those of `pooling.rma`. Rows with a missing moderator are left out; a column
    that repeats others is dropped, and `Fit.notes` says so.
    """
    matrix = model_matrix(formula, columns, levels=levels)
    return rma(yi, vi, X=matrix.X, terms=matrix.names, **options)


def r_squared(fit):
    """Percent of the heterogeneity that the moderators account for, or None.

    ``100 (tau2_0 - tau2) / tau2_0``, not below 0, with tau2_0 from the same estimator without
    moderators; for a common-effect model the adjusted R2 of the weighted regression. None without
    moderators or intercept; 0 where there was no heterogeneity to account for.
    """
    if fit.p == 1 or not has_intercept(fit.X):
        return None
    empty = fit.refit(X=np.ones((fit.k, 1)), terms=("intrcpt",))
    if fit.is_common_effect:
        if fit.k <= fit.p or not empty.QE:
            return None
        return max(0.0, 100 * (1 - (fit.QE / fit.QE_df) / (empty.QE / empty.QE_df)))
    if empty.tau2 == 0:
        return 0.0
    return max(0.0, 100 * (empty.tau2 - fit.tau2) / empty.tau2)


@dataclass(frozen=True, slots=True, eq=False)
class WaldTest:
    """Joint test of m linear combinations: ``QM`` (chi-square, or F when ``df`` has two entries).

    ``Xb`` (m,) are the combinations in effect units, with ``se``, ``stat`` and ``pval`` each.
    """

    QM: float | None
    df: tuple
    pval: float | None
    Xb: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    each_pval: np.ndarray


def wald_test(fit, *, columns=None, L=None):
    """Test that coefficients ``columns`` (from 0), or the combinations ``L`` (m, p), are zero."""
    L = np.eye(fit.p)[list(columns)] if L is None else np.atleast_2d(np.asarray(L, float))
    if L.shape[1] != fit.p:
        raise NotEstimable(f"each combination needs {fit.p} numbers: {', '.join(fit.terms)}")
    value, V = L @ fit.beta, L @ fit.vb @ L.T
    QM, df, p = moderators_test(value, V, np.arange(len(value)), fit.ddf)
    se = np.sqrt(np.diag(V))
    stat = wald.ratio(value, se)
    return WaldTest(QM, df, p, value, se, stat, wald.two_sided(stat, fit.ddf))


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """Twice the difference in log-likelihood, its df and p; ``R2`` as in `r_squared`."""

    LRT: float
    df: int
    pval: float
    R2: float | None
    AIC_full: float
    AIC_reduced: float


def likelihood_ratio(full, reduced):
    """Compare two nested fits to the same studies, both by ML."""
    if full.method != "ML" or reduced.method != "ML":
        raise NotEstimable("models with different moderators are compared by ML, not by REML")
    if full.k != reduced.k or full.p <= reduced.p:
        raise NotEstimable("the models must be nested and fitted to the same studies")
    big, small = fit_stats(full)["ML"], fit_stats(reduced)["ML"]
    statistic, df = 2 * (big.ll - small.ll), full.p - reduced.p
    R2 = None
    if reduced.tau2 > 0:
        R2 = max(0.0, 100 * (reduced.tau2 - full.tau2) / reduced.tau2)
    return LikelihoodRatio(statistic, df, wald.chi2_p(statistic, df), R2, big.AIC, small.AIC)


def vif(fit):
    """Variance inflation factors (p - intercept,): how far moderators share information."""
    keep = slice(1, None) if has_intercept(fit.X) else slice(None)
    V = fit.vb[keep, keep]
    sd = np.sqrt(np.diag(V))
    return np.diag(np.linalg.inv(V / np.outer(sd, sd))).copy()
