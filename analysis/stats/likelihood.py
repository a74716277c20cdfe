"""Log-likelihood and information criteria of a fit, by both likelihoods."""

import math
from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Criteria:
    """Log-likelihood, deviance and AIC, BIC, AICc: the smaller, the better the trade-off.

    The deviance of ML is against the saturated model; that of REML is ``-2 ll``, and so is ML's
    with a variance of zero, where the saturated model has no likelihood. ``BIC`` is -inf when
    REML has no residual degrees of freedom.
    """

    ll: float
    deviance: float
    AIC: float
    BIC: float
    AICc: float


def fit_stats(fit):
    """``{"ML": Criteria, "REML": Criteria}`` at the fit's own tau2 and coefficients.

    The restricted likelihood contains ``log|X'X| / 2``, which makes it the same whatever the
    units of the moderators. tau2 counts as a parameter unless the model is a common-effect one.
    Raises `NotEstimable` when a study has no variance at all.
    """
    parameters = fit.p + (0 if fit.is_common_effect else 1)
    return criteria(fit.yi, fit.vi, fit.X, fit.beta, fit.tau2, parameters)


def criteria(yi, vi, X, beta, tau2, parameters):
    """The same for coefficients ``beta`` and a tau2 that may differ by study, arrays (k,)."""
    marginal = vi + tau2
    if not (marginal > 0).all():
        raise NotEstimable("with a total variance of zero the likelihood has no finite value")
    k, p = X.shape
    r = yi - X @ beta
    rss = float(np.sum(r * r / marginal))
    logs = float(np.sum(np.log(marginal)))
    ml = -0.5 * (k * LOG_2PI + logs + rss)
    Q, _ = np.linalg.qr(X)
    logdet = float(np.linalg.slogdet(Q.T @ (Q / marginal[:, None]))[1])
    reml = -0.5 * ((k - p) * LOG_2PI + logs + logdet + rss)
    return {
        "ML": _criteria(ml, -2 * (ml - _saturated(vi)), parameters, k),
        "REML": _criteria(reml, -2 * reml, parameters, k - p),
    }


def _saturated(v):
    if not (v > 0).all():
        return 0.0
    return -0.5 * (v.size * LOG_2PI + float(np.sum(np.log(v))))


def _criteria(ll, deviance, parameters, n):
    m = max(n, parameters + 2)
    return Criteria(
        ll=ll,
        deviance=deviance,
        AIC=-2 * ll + 2 * parameters,
        BIC=-2 * ll + parameters * (math.log(n) if n > 0 else -math.inf),
        AICc=-2 * ll + 2 * parameters * m / (m - parameters - 1),
    )
