"""Fail-safe N: how many null studies would undo the finding; and the excess of significance."""

import math
from dataclasses import dataclass

import numpy as np
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
