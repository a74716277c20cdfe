"""Confidence intervals for tau2 and, through it, for tau, I2 and H2."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtri

from .errors import NotEstimable
from .least_squares import design, sums
from .tau2 import ML_PARTS, REML_PARTS, q_equals


@dataclass(frozen=True, slots=True)
class Interval:
    """Estimate with its lower and upper bound."""

    est: float
    lb: float
    ub: float


@dataclass(frozen=True, slots=True)
class HeterogeneityIntervals:
    """``tau2`` and ``tau`` in (squared) effect units, ``I2`` in percent, ``H2`` a ratio.

    ``empty`` says that no value of tau2 >= 0 agrees with the data at this level: the studies are
    more alike than chance allows; the bounds are then both 0 by convention.
    """

    tau2: Interval
    tau: Interval
    I2: Interval
    H2: Interval
    kind: str
    level: float
    empty: bool


def confint(fit, *, kind="QP", level=None):
    """Intervals for the heterogeneity of a `pooling.Fit`.

    ``kind``: ``"QP"`` inverts the generalised Q statistic (Viechtbauer 2007, Stat Med 26:37) and
    does not depend on the estimator of tau2; ``"PL"`` the profile (restricted) likelihood of an ML
    or REML fit; ``"Wald"`` is ``tau2 +- z se``, poor in small samples. Raises `NotEstimable` for
    one study, a common-effect model, a variance of zero, or PL of a moment estimator.
    """
    level = fit.level if level is None else level
    if fit.k <= fit.p:
        raise NotEstimable(f"k = {fit.k}: one study says nothing about heterogeneity")
    if fit.is_common_effect:
        raise NotEstimable("a common-effect model has no tau2; choose a random-effects method")
    if not (fit.vi > 0).all():
        raise NotEstimable("a sampling variance of zero leaves I2 and the interval undefined")
    if kind not in KINDS:
        raise NotEstimable(f"there is no interval {kind!r}; choose one of {', '.join(KINDS)}")
    lb, ub = KINDS[kind](fit, level)
    empty = kind == "QP" and ub == 0.0 and _q_at_zero(fit) < chdtri(fit.QE_df, (1 + level) / 2)
    return _all_scales(fit, lb, ub, kind, level, empty)


def _design(fit):
    return design(fit.yi, fit.vi, fit.X)


def _q_at_zero(fit):
    return fit.QE


def _q_profile(fit, level):
    d, tail = _design(fit), (1 - level) / 2
    return q_equals(d, chdtri(fit.QE_df, tail)), q_equals(d, chdtri(fit.QE_df, 1 - tail))


def _wald(fit, level):
    if fit.se_tau2 is None:
        raise NotEstimable("tau2 has no standard error here: one study has all the weight")
    margin = -ndtri((1 - level) / 2) * fit.se_tau2
    return max(0.0, fit.tau2 - margin), max(0.0, fit.tau2 + margin)


def _profile_likelihood(fit, level):
    if fit.method not in ("ML", "REML"):
        raise NotEstimable(f"a profile likelihood needs an ML or REML fit, not {fit.method}")
    d = _design(fit)
    parts = ML_PARTS if fit.method == "ML" else REML_PARTS
    drop = 0.5 * chdtri(1, 1 - level)
    floor = float(parts.loglik(sums(d, fit.tau2))) - drop

    def above(t):
        return float(parts.loglik(sums(d, t))) - floor

    lb = 0.0 if above(0.0) >= 0 else _crossing(above, 0.0, fit.tau2)
    ub = fit.tau2 + float(np.median(fit.vi))
    while above(ub) > 0:
        ub *= 2
    return lb, _crossing(above, ub, fit.tau2)


def _crossing(above, outside, inside):
    """Where ``above`` changes sign between a point outside and one inside, by bisection."""
    for _ in range(200):
        middle = 0.5 * (outside + inside)
        if middle in (outside, inside):
            break
        if above(middle) >= 0:
            inside = middle
        else:
            outside = middle
    return inside


KINDS = {"QP": _q_profile, "PL": _profile_likelihood, "Wald": _wald}


def _all_scales(fit, lb, ub, kind, level, empty):
    def interval(function):
        return Interval(float(function(fit.tau2)), float(function(lb)), float(function(ub)))

    return HeterogeneityIntervals(
        tau2=interval(lambda t: t),
        tau=interval(np.sqrt),
        I2=interval(lambda t: 100 * t / (t + fit.s2)),
        H2=interval(lambda t: t / fit.s2 + 1),
        kind=kind,
        level=level,
        empty=bool(empty),
    )


def typical_variance(V, X, group=None):
    """The typical sampling variance of effects with covariance ``V`` (k, k) and model matrix ``X``,
    as Higgins has it: ``(k - p) / tr(P)``. With ``group`` (k,), numbers from 0, that of each group.
    """
    W = np.linalg.inv(V)
    WX = W @ X
    P = W - WX @ np.linalg.solve(X.T @ WX, WX.T)
    if group is None:
        return float((X.shape[0] - X.shape[1]) / np.trace(P))
    inside = np.eye(int(np.max(group)) + 1)[group]
    return (inside.sum(0) - 1) / (inside.T @ np.diag(P))
