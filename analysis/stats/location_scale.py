"""Location-scale models: moderators of the mean effect, and of the heterogeneity."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotPoolable
from .likelihood_search import maximise, standard_errors

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class LocationScaleFit:
    """``beta`` for the mean (effect units), ``alpha`` for ``log tau2``; both with z tests.

    ``tau2_i`` (k,) is each study's own heterogeneity; ``ll`` the maximised (restricted)
    log-likelihood.
    """

    method: str
    terms: tuple
    beta: np.ndarray
    se: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    alpha_terms: tuple
    alpha: np.ndarray
    se_alpha: np.ndarray
    pval_alpha: np.ndarray
    tau2_i: np.ndarray
    ll: float


def fit_location_scale(yi, vi, X, Z, *, terms, alpha_terms, method="REML", level=0.95):
    """Fit ``y ~ N(X beta, v + exp(Z alpha))`` (Viechtbauer & Lopez-Lopez 2022, RSM 13:697).

    ``X`` (k, p) and ``Z`` (k, q) with their intercepts. Raises `NotPoolable` when there are too
    few studies for the parameters, or a variance of zero.
    """
    y, v = np.asarray(yi, float), np.asarray(vi, float)
    X, Z = np.asarray(X, float), np.asarray(Z, float)
    if y.size <= X.shape[1] + Z.shape[1]:
        raise NotPoolable(f"{y.size} studies cannot support {X.shape[1] + Z.shape[1]} parameters")
    if not (v > 0).all() or method not in ("ML", "REML"):
        raise NotPoolable("location-scale models need variances above zero, and ML or REML")

    def loglik(alpha):
        with np.errstate(over="ignore"):
            tau2 = np.exp(Z @ alpha)
        return _profile(y, v, X, tau2, method)[0] if np.isfinite(tau2).all() else -np.inf

    scale = np.log(max(np.var(y), 1e-8))
    zero = np.zeros(Z.shape[1] - 1)
    starts = [np.r_[scale + shift, zero] for shift in (0.0, -1.5, -3.0)]
    alpha, ll = maximise(loglik, starts)
    tau2 = np.exp(Z @ alpha)
    _, beta, vb = _profile(y, v, X, tau2, method)
    se, se_alpha = np.sqrt(np.diag(vb)), standard_errors(loglik, alpha)
    margin = wald.critical(level) * se
    return LocationScaleFit(
        method=method, terms=tuple(terms), beta=beta, se=se, pval=wald.two_sided(beta / se),
        ci_lb=beta - margin, ci_ub=beta + margin, alpha_terms=tuple(alpha_terms), alpha=alpha,
        se_alpha=se_alpha, pval_alpha=wald.two_sided(alpha / se_alpha), tau2_i=tau2, ll=ll,
    )  # fmt: skip


def _profile(y, v, X, tau2, method):
    w = 1 / (v + tau2)
    XWX = X.T @ (w[:, None] * X)
    vb = np.linalg.inv(XWX)
    beta = vb @ (X.T @ (w * y))
    value = np.sum(w * (y - X @ beta) ** 2) - np.sum(np.log(w))
    df = y.size
    if method == "REML":
        df -= X.shape[1]
        value += np.linalg.slogdet(XWX)[1] - np.linalg.slogdet(X.T @ X)[1]
    return -0.5 * (df * LOG_2PI + value), beta, vb
