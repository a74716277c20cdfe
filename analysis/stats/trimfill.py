"""Duval and Tweedie's trim and fill: how many studies would make the funnel symmetric."""

from dataclasses import dataclass

import numpy as np

from .asymmetry import regtest
from .errors import NotEstimable
from .pooling import Fit, rma

ESTIMATORS = ("L0", "R0", "Q0")


@dataclass(frozen=True, slots=True, eq=False)
class TrimFill:
    """``k0`` studies missing on ``side`` with its standard error, and the fit with them filled in.

    ``p_k0`` (R0 only) tests that none are missing. ``filled_yi`` and ``filled_vi`` are the
    imagined studies. This is a sensitivity analysis: it assumes that asymmetry means missing
    studies.
    """

    side: str
    estimator: str
    k0: int
    se_k0: float
    p_k0: float | None
    filled_yi: np.ndarray
    filled_vi: np.ndarray
    fit: Fit


def trim_and_fill(fit, *, estimator="L0", side=None):
    """Trim and fill for a `pooling.Fit` without moderators (Duval & Tweedie 2000, Biometrics).

    ``side`` where studies are missing: left or right; by default the side opposite to the slope
    of the regression test. Raises `NotEstimable` when the estimate of k0 has no solution.
    """
    if estimator not in ESTIMATORS:
        raise NotEstimable(f"no estimator {estimator!r}; choose one of {', '.join(ESTIMATORS)}")
    if fit.p > 1:
        raise NotEstimable("trim and fill is for models without moderators")
    if fit.k == 1:
        raise NotEstimable("k = 1: one study has no funnel")
    side = side or _likely_side(fit)
    flip = -1.0 if side == "right" else 1.0
    order = np.argsort(flip * fit.yi, kind="stable")
    y, v = flip * fit.yi[order], fit.vi[order]
    own = None if fit.user_weights is None else fit.user_weights[order]
    k0, se, centre = _iterate(fit, y, v, own, estimator)
    filled_y = flip * (2 * centre - y[fit.k - k0 :])
    filled_v = v[fit.k - k0 :]
    options = dict(method=fit.method, test=fit.test, level=fit.level)
    weights = None if own is None else np.r_[fit.user_weights, own[fit.k - k0 :]]
    whole = rma(np.r_[fit.yi, filled_y], np.r_[fit.vi, filled_v], weights=weights, **options)
    p = 0.5 ** (k0 + 1) if estimator == "R0" else None
    return TrimFill(side, estimator, k0, se, p, filled_y, filled_v, whole)


def _likely_side(fit):
    return "right" if regtest(fit, predictor="sei").stat < 0 else "left"


def _iterate(fit, y, v, own, estimator):
    k, k0 = y.size, 0
    for _ in range(100):
        keep = slice(0, k - k0)
        weights = None if own is None else own[keep]
        trimmed = rma(y[keep], v[keep], weights=weights, method=fit.method)
        centre = float(trimmed.beta[0])
        found, se = _estimate(_around(y, centre), k, estimator)
        if found == k0:
            return k0, se, centre
        k0 = found
        if k0 >= k:
            break
    raise NotEstimable("trim and fill does not settle on a number of missing studies here")


def _around(y, centre):
    """Distances from the centre; rounding noise would count as a side."""
    away = y - centre
    return np.where(np.abs(away) < 1e-13 * np.maximum(np.abs(y), 1e-300), 0.0, away)


def _estimate(centred, k, estimator):
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    signed = np.sign(centred) * ranks
    if estimator == "R0":
        left = -signed[signed < 0]
        k0 = k - (left.max() if left.size else 0) - 1
        return max(0, round(k0)), float(np.sqrt(2 * max(0.0, k0) + 2))
    total = signed[signed > 0].sum()
    if estimator == "L0":
        k0 = (4 * total - k * (k + 1)) / (2 * k - 1)
        return max(0, round(k0)), 4 * _rank_sd(k, k0) / (2 * k - 1)
    k0 = k - 0.5 - _root(2 * k**2 - 4 * total + 0.25)
    scale = _root((k - 0.5) ** 2 - k0 * (2 * k - k0 - 1))
    return max(0, round(k0)), 2 * _rank_sd(k, k0) / scale


def _rank_sd(k, k0):
    """Standard deviation of the rank sum; NaN where its approximation is negative."""
    variance = (
        k * (k + 1) * (2 * k + 1) + 10 * k0**3 + 27 * k0**2 + 17 * k0
        - 18 * k * k0**2 - 18 * k * k0 + 6 * k**2 * k0
    ) / 24  # fmt: skip
    return float(np.sqrt(variance)) if variance >= 0 else float("nan")


def _root(x):
    if x < 0:
        raise NotEstimable("trim and fill has no solution for these studies; try estimator L0")
    return float(np.sqrt(x))
