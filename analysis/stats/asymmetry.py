"""Tests of funnel plot asymmetry: regression on a measure of precision, and rank correlation."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from . import wald
from .errors import NotEstimable, NotPoolable
from .pooling import rma

# How each predictor is made, and whether 0 stands for an infinitely large study.
PREDICTORS = {
    "sei": (lambda v, n: np.sqrt(v), True),
    "vi": (lambda v, n: v, True),
    "ni": (lambda v, n: n, False),
    "ninv": (lambda v, n: 1 / n, True),
    "sqrtni": (lambda v, n: np.sqrt(n), False),
    "sqrtninv": (lambda v, n: 1 / np.sqrt(n), True),
}


@dataclass(frozen=True, slots=True)
class RegressionTest:
    """Slope over its standard error (``stat``, t with ``df`` or normal) and two-sided p.

    ``limit_est`` with its interval is the effect of an infinitely large study, in effect units;
    None for predictors that have no such limit, and with moderators.
    """

    model: str
    predictor: str
    stat: float
    df: int | None
    pval: float
    limit_est: float | None
    limit_ci_lb: float | None
    limit_ci_ub: float | None


@dataclass(frozen=True, slots=True)
class RankTest:
    """Kendall's tau of effect and variance, two-sided p (exact without ties)."""

    tau: float
    pval: float


def regtest(fit, *, predictor="sei", model="rma", ni=None):
    """Regression test of a `pooling.Fit` (Egger et al. 1997; Sterne & Egger 2005).

    ``model="rma"`` adds the predictor to the fit's own model; ``"lm"`` is weighted least squares
    with a free multiplier of the variances. ``ni`` (k,): sample sizes, for the predictors that
    use them. Raises `NotEstimable` when the predictor does not vary or too few studies are left.
    """
    if predictor not in PREDICTORS:
        raise NotEstimable(f"no predictor {predictor!r}; choose one of {', '.join(PREDICTORS)}")
    make, has_limit = PREDICTORS[predictor]
    if "n" in predictor and ni is None:
        raise NotEstimable(f"predictor {predictor} needs the sample sizes")
    x = make(fit.vi, None if ni is None else np.asarray(ni, float))
    X = np.column_stack([fit.X, x])
    has_limit = has_limit and fit.terms == ("intrcpt",)
    if model == "lm":
        return _linear(fit, X, predictor, has_limit)
    try:
        both = fit.refit(X=X, terms=(*fit.terms, predictor))
    except NotPoolable as refusal:
        raise NotEstimable(f"no regression test: {refusal}") from refusal
    _refuse_repeat(both, fit, predictor)
    limit = (both.beta[0], both.ci_lb[0], both.ci_ub[0]) if has_limit else (None, None, None)
    return RegressionTest(
        "rma", predictor, float(both.stat[-1]), both.ddf, float(both.pval[-1]), *limit
    )


def _refuse_repeat(both, fit, predictor):
    """A predictor that was dropped has no slope; the last coefficient is another one's."""
    if both.p != fit.p + 1:
        raise NotEstimable(f"no regression test: {predictor} does not vary, or repeats a moderator")


def _linear(fit, X, predictor, has_limit):
    df = fit.k - X.shape[1]
    if df < 1:
        raise NotEstimable(f"no regression test: {fit.k} studies leave no degrees of freedom")
    if not (fit.vi > 0).all():
        raise NotEstimable("no regression test: a sampling variance is zero")
    plain = rma(fit.yi, fit.vi, X=X, method="FE", test="knha", level=fit.level)
    _refuse_repeat(plain, fit, predictor)
    limit = (plain.beta[0], plain.ci_lb[0], plain.ci_ub[0]) if has_limit else (None, None, None)
    stat = plain.stat[-1]
    return RegressionTest("lm", predictor, float(stat), df, float(wald.two_sided(stat, df)), *limit)


def ranktest(fit):
    """Begg & Mazumdar's (1994) rank correlation test of a `pooling.Fit`.

    Raises `NotEstimable` for fewer than two studies, a variance of zero, or no variation.
    """
    if fit.k < 2 or not (fit.vi > 0).all():
        raise NotEstimable("the rank test needs two studies or more, with variances above zero")
    if np.ptp(fit.yi) == 0:
        raise NotEstimable("the rank test needs effects that differ")
    w = 1 / fit.vi
    centre = np.sum(w * fit.yi) / np.sum(w)
    standardised = (fit.yi - centre) / np.sqrt(fit.vi - 1 / np.sum(w))
    return kendall(standardised, fit.vi)


def kendall(x, y):
    """Kendall's tau-b with R's p: exact without ties, else normal without correction."""
    tied = np.unique(x).size < x.size or np.unique(y).size < y.size
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise NotEstimable("the rank test needs effects and variances that differ")
    found = stats.kendalltau(x, y, method="asymptotic" if tied else "exact")
    return RankTest(float(found.statistic), float(found.pvalue))
