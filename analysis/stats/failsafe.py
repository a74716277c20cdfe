"""Fail-safe N: how many null studies would undo the finding; and the excess of significance."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from .errors import NotEstimable
from .pooling import rma


@dataclass(frozen=True, slots=True)
class FailSafe:
    """``fsnum`` studies (inf with a variance of zero); ``pval`` of the observed studies.

    ``mean`` and ``target`` are effects, where the type has them.
    """

    type: str
    fsnum: float
    alpha: float
    pval: float | None
    mean: float | None
    target: float | None


def _whole(x):
    return float(math.ceil(x)) if math.isfinite(x) else math.inf


def rosenthal(yi, vi, *, alpha=0.05):
    """Null studies until Stouffer's combined one-sided p exceeds ``alpha`` (Rosenthal 1979)."""
    yi, vi = _complete(yi, vi)
    with np.errstate(divide="ignore"):
        combined = abs(float(np.sum(yi / np.sqrt(vi)))) / math.sqrt(yi.size)
    fsnum = max(0.0, yi.size * (combined / -ndtri(alpha)) ** 2 - yi.size)
    return FailSafe("Rosenthal", _whole(fsnum), alpha, float(ndtr(-combined)), None, None)


def orwin(yi, vi=None, *, target=None, alpha=0.05):
    """Null studies until the mean effect falls to ``target``, by default half of it (Orwin 1983).

    With ``vi`` the mean is weighted by the inverse variances, without it is the plain mean.
    """
    yi = np.asarray(yi, float)
    mean = float(np.mean(yi)) if vi is None else float(np.sum(yi / vi) / np.sum(1 / vi))
    target = mean / 2 if target is None else target
    if target == 0 or np.sign(target) != np.sign(mean) or abs(target) >= abs(mean):
        fsnum = 0.0 if target != 0 and np.sign(target) == np.sign(mean) else math.inf
    else:
        fsnum = yi.size * (mean - target) / target
    # A target of exactly half must give k, not k + 1 through the last bit.
    return FailSafe("Orwin", _whole(round(fsnum, 9)), alpha, None, mean, target)


def rosenberg(yi, vi, *, alpha=0.05):
    """Null studies of average weight until the common effect is not significant (2005)."""
    yi, vi = _complete(yi, vi)
    if not (vi > 0).all():
        raise NotEstimable("Rosenberg's number needs every sampling variance above zero")
    w = 1 / vi
    mean, total = float(np.sum(w * yi) / np.sum(w)), float(np.sum(w))
    needed = (np.sum(w * yi) / ndtri(alpha / 2)) ** 2 - total
    pval = float(2 * ndtr(-abs(mean) * math.sqrt(total)))
    return FailSafe(
        "Rosenberg", _whole(max(0.0, yi.size * needed / total)), alpha, pval, mean, None
    )


def general(yi, vi, *, alpha=0.05, target=None, method="REML"):
    """Studies averaging no effect until the random-effects mean is not significant.

    With ``target`` until the mean falls to it. The added studies scatter around 0 as the observed
    ones do around their mean (tau2 plus the harmonic mean of the variances), so tau2 is estimated
    anew with them; metafor's `type="General"`. 0 where the mean is not significant, or not beyond
    the target, as it stands. Raises `NotEstimable` beyond ten million studies.
    """
    yi, vi = _complete(yi, vi)
    if not (vi > 0).all():
        raise NotEstimable("the general number needs every sampling variance above zero")
    fit = rma(yi, vi, method=method)
    mean, new = float(fit.beta[0]), 1 / float(np.mean(1 / vi))
    target = None if target is None else math.copysign(target, mean)
    limit = -ndtri(alpha / 2)

    def holds(count):
        pooled, se = _with_null_studies(yi, vi, new, fit.tau2, count, fit.is_common_effect)
        return abs(pooled) / se > limit if target is None else abs(pooled) > abs(target)

    return FailSafe("General", _least(holds), alpha, float(fit.pval[0]), mean, target)


def _least(holds):
    """The least whole number at which ``holds`` ends, as it does for good."""
    high = 1
    while holds(high):
        high *= 2
        if high > 2e7:
            raise NotEstimable("more than ten million studies: no number of them undoes the result")
    low = -1 if high == 1 else high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return float(high)


def _with_null_studies(yi, vi, new, tau2, count, common):
    """Pooled mean and its SE with ``count`` studies of variance ``new`` added around 0."""

    def pooled(t):
        w = np.r_[1 / (vi + t), count / (new + t)]
        return w, float(w[:-1] @ yi / w.sum())

    def score(t):
        w, mean = pooled(t)
        each = np.r_[w[:-1] ** 2, count / (new + t) ** 2]
        gap = np.r_[(yi - mean) ** 2, (0.0 if common else tau2 + new) + mean**2]
        return float(each @ gap - w.sum() + each.sum() / w.sum())

    top = 0.0
    if not common and score(0.0) > 0:
        high = tau2 + new
        while score(high) > 0:
            high *= 4
        top = brentq(score, 0.0, high, xtol=1e-15, rtol=1e-14)
    w, mean = pooled(top)
    return mean, 1 / math.sqrt(w.sum())


def _complete(yi, vi):
    yi, vi = np.asarray(yi, float), np.asarray(vi, float)
    keep = ~(np.isnan(yi) | np.isnan(vi))
    if not keep.any():
        raise NotEstimable("no study has both an effect and a variance")
    return yi[keep], vi[keep]


@dataclass(frozen=True, slots=True, eq=False)
class ExcessSignificance:
    """Observed ``O`` and expected ``E`` significant studies, chi-square version.

    ``theta`` is the assumed true effect, ``power`` (k,) each study's power at it. ``pval`` is
    one-sided: more significant results than expected.
    """

    O: int  # noqa: E741
    E: float
    OEratio: float
    X2: float
    pval: float
    theta: float
    power: np.ndarray


def excess_significance(yi, vi, *, alpha=0.05, theta=None):
    """Ioannidis and Trikalinos' (2007) test; ``theta`` defaults to the common effect."""
    yi, vi = _complete(yi, vi)
    if not (vi > 0).all():
        raise NotEstimable("power needs every sampling variance above zero")
    theta = float(rma(yi, vi, method="FE").beta[0]) if theta is None else theta
    critical, shift = -ndtri(alpha / 2), theta / np.sqrt(vi)
    power = ndtr(shift - critical) + ndtr(-shift - critical)
    observed = int(np.sum(2 * ndtr(-np.abs(yi) / np.sqrt(vi)) <= alpha))
    expected, k = float(power.sum()), yi.size
    if not 0 < expected < k:
        raise NotEstimable("every study is certain to be (or not to be) significant: no test")
    X2 = (observed - expected) ** 2 * (1 / expected + 1 / (k - expected))
    pval = float(ndtr(-np.sign(observed - expected) * math.sqrt(X2)))
    return ExcessSignificance(observed, expected, observed / expected, X2, pval, theta, power)
