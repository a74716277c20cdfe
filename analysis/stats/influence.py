"""How much each study moves the fit: case diagnostics, and the Baujat plot's coordinates."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from .deletion import can_delete_at_once, delete_each
from .least_squares import design, solve
from .residuals import deleted_fits, hat_values, rstudent


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Case diagnostics, arrays (k,); ``dfbetas`` is (k, p). NaN (``is_infl``
    None) where the others give no fit.

    ``tau2_del`` and ``QE_del`` are the model's without the study. ``is_infl`` uses the customary
    limits (Viechtbauer & Cheung 2010, Res Synth Methods 1:112): a prompt to look, not a verdict.
    """

    rstudent: np.ndarray
    dffits: np.ndarray
    cook_d: np.ndarray
    cov_r: np.ndarray
    tau2_del: np.ndarray
    QE_del: np.ndarray
    hat: np.ndarray
    weight: np.ndarray
    dfbetas: np.ndarray
    terms: tuple
    is_infl: tuple


@dataclass(frozen=True, slots=True, eq=False)
class Baujat:
    """``x``: contribution to residual heterogeneity; ``y``: influence on the fitted value."""

    x: np.ndarray
    y: np.ndarray


def influence(fit):
    """`Influence` of each study on a `pooling.Fit`; raises `NotEstimable` for one study."""
    if can_delete_at_once(fit):
        return _at_once(fit)
    deleted = deleted_fits(fit)
    k, p = fit.k, fit.p
    hat = hat_values(fit)
    columns = {name: np.full(k, np.nan) for name in ("dffits", "cook_d", "cov_r", "tau2", "QE")}
    dfbetas = np.full((k, p), np.nan)
    inverse, determinant = _inverse(fit.vb), np.linalg.det(fit.vb)
    for i, other in enumerate(deleted):
        if other is None:
            continue
        change = fit.beta - other.beta
        change = np.where(np.abs(change) < 1e-13 * np.maximum(np.abs(fit.beta), 1e-300), 0, change)
        columns["tau2"][i] = other.tau2
        columns["QE"][i] = np.nan if other.QE is None else other.QE
        scale = np.sqrt(hat[i] * (other.tau2 + fit.vi[i]))
        columns["dffits"][i] = fit.X[i] @ change / scale
        columns["cook_d"][i] = change @ inverse @ change
        columns["cov_r"][i] = np.linalg.det(other.vb) / determinant if determinant > 0 else np.nan
        dfbetas[i] = change / np.sqrt(np.diag(_bread_at(fit, other.tau2)))
    return Influence(
        rstudent=rstudent(fit, deleted).z, dffits=columns["dffits"], cook_d=columns["cook_d"],
        cov_r=columns["cov_r"], tau2_del=columns["tau2"], QE_del=columns["QE"], hat=hat,
        weight=fit.weights, dfbetas=dfbetas, terms=fit.terms,
        is_infl=_flag(columns["dffits"], columns["cook_d"], hat, dfbetas, k, p),
    )  # fmt: skip


def _at_once(fit):
    """The same for an intercept alone, from all deletions at once."""
    d, hat = delete_each(fit), hat_values(fit)
    change = fit.beta[0] - d.beta
    noise = 1e-13 * max(abs(fit.beta[0]), 1e-300)
    change = np.where(np.abs(change) < noise, 0.0, change)
    own = d.tau2 + fit.vi
    resid = fit.yi - d.beta
    resid = np.where(np.abs(resid) < 1e-13 * np.maximum(np.abs(fit.yi), 1e-300), 0.0, resid)
    if fit.vb[0, 0] > 0:
        cook_d, cov_r = change**2 / fit.vb[0, 0], d.variance / fit.vb[0, 0]
    else:
        cook_d = cov_r = np.full(fit.k, np.nan)
    bread = 1 / np.sum(1 / (fit.vi + d.tau2[:, None]), axis=1)
    dffits, dfbetas = change / np.sqrt(hat * own), (change / np.sqrt(bread))[:, None]
    return Influence(
        rstudent=resid / np.sqrt(own + d.variance), dffits=dffits, cook_d=cook_d, cov_r=cov_r,
        tau2_del=d.tau2, QE_del=d.QE, hat=hat, weight=fit.weights, dfbetas=dfbetas,
        terms=fit.terms, is_infl=_flag(dffits, cook_d, hat, dfbetas, fit.k, 1),
    )  # fmt: skip


def _inverse(vb):
    return np.linalg.inv(vb) if np.linalg.det(vb) > 0 else np.full_like(vb, np.nan)


def _bread_at(fit, tau2):
    a = 1 / (fit.vi + tau2) if fit.user_weights is None else fit.user_weights
    return solve(design(fit.yi, fit.vi, fit.X), a).bread


def _flag(dffits, cook_d, hat, dfbetas, k, p):
    with np.errstate(invalid="ignore"):
        flags = (
            (np.abs(dffits) > 3 * np.sqrt(p / (k - p)))
            | (1 - chdtrc(p, cook_d) > 0.5)
            | (hat > 3 * p / k)
            | (np.abs(dfbetas) > 1).any(1)
        )
    known = np.isfinite(dfbetas).all(1)
    # What is far off is seen without the rest: a study that alone carries a coefficient, say.
    return tuple(bool(f) if seen or f else None for f, seen in zip(flags, known, strict=True))


def baujat(fit):
    """Coordinates of the Baujat plot of a `pooling.Fit` (Baujat et al. 2002, Stat Med 21:2641)."""
    x = (fit.yi - fit.X @ fit.beta) ** 2 / (fit.vi + fit.tau2)
    y = np.full(fit.k, np.nan)
    for i, other in enumerate(deleted_fits(fit)):
        if other is not None:
            change = fit.X[i] @ (fit.beta - other.beta)
            y[i] = change**2 / (fit.X[i] @ other.vb @ fit.X[i])
    return Baujat(x, y)
