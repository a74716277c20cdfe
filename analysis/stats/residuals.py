"""Residuals of a fit, and the studies' own effects shrunken towards the model."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable, NotPoolable


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Residuals (effect units), their standard errors and ratios, arrays (k,)."""

    resid: np.ndarray
    se: np.ndarray
    z: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Blups:
    """Best linear unbiased predictions of the k true effects, with their intervals."""

    pred: np.ndarray
    se: np.ndarray
    pi_lb: np.ndarray
    pi_ub: np.ndarray


def hat_values(fit):
    """Leverages, arrays (k,): the weight of each effect in its own fitted value."""
    a = _weights(fit)
    return a * _quadratic(fit.X, _bread(fit, a))


def _weights(fit):
    return 1 / (fit.vi + fit.tau2) if fit.user_weights is None else fit.user_weights


def _bread(fit, a):
    return np.linalg.inv(fit.X.T @ (a[:, None] * fit.X))


def _quadratic(X, M):
    return np.einsum("ij,jk,ik->i", X, M, X)


def rstandard(fit):
    """Internally standardised `Residuals`: each study's effect is in the model it is held to."""
    a, m = _weights(fit), fit.vi + fit.tau2
    C = _bread(fit, a)
    B = C @ (fit.X * a[:, None]).T
    h = a * _quadratic(fit.X, C)
    variance = m - 2 * h * m + _quadratic(fit.X, (B * m) @ B.T)
    resid = fit.yi - fit.X @ fit.beta
    resid = np.where(np.abs(resid) < 1e-13 * np.maximum(np.abs(fit.yi), 1e-300), 0.0, resid)
    se = np.sqrt(np.where(variance > 1e-12 * m, variance, 0.0))
    # A study that alone decides its fitted value has residual and standard error 0.
    return Residuals(resid, se, np.where(resid == 0, 0.0, wald.ratio(resid, se)))


def deleted_fits(fit):
    """The k fits without one study each; None where the rest cannot carry the model."""
    if fit.k == 1:
        raise NotEstimable("k = 1: nothing is left when the only study is left out")
    rows, fits = np.arange(fit.k), []
    for i in rows:
        try:
            other = fit.refit(rows != i)
        except NotPoolable:
            other = None
        # A moderator that no longer varies has no coefficient to compare.
        fits.append(other if other is not None and other.p == fit.p else None)
    return fits


def rstudent(fit, deleted=None):
    """Externally standardised `Residuals`: each study against the model of the others."""
    deleted = deleted_fits(fit) if deleted is None else deleted
    resid, se = np.full(fit.k, np.nan), np.full(fit.k, np.nan)
    for i, other in enumerate(deleted):
        if other is None:
            continue
        x = fit.X[i]
        resid[i] = fit.yi[i] - x @ other.beta
        se[i] = np.sqrt(fit.vi[i] + other.tau2 + x @ other.vb @ x)
    resid = np.where(np.abs(resid) < 1e-13 * np.maximum(np.abs(fit.yi), 1e-300), 0.0, resid)
    return Residuals(resid, se, resid / se)


def blup(fit):
    """`Blups` of the studies' true effects; with a common effect they are all the fitted values."""
    shrink = fit.tau2 / (fit.tau2 + fit.vi) if fit.tau2 > 0 else np.zeros(fit.k)
    pred = shrink * fit.yi + (1 - shrink) * (fit.X @ fit.beta)
    variance = shrink * fit.vi + (1 - shrink) ** 2 * _quadratic(fit.X, fit.vb)
    se = np.sqrt(variance)
    margin = wald.critical(fit.level, fit.ddf) * se
    return Blups(pred, se, pred - margin, pred + margin)
