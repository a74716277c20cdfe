"""Smooth selection models as metafor's defaults fit them.

`selmodel` integrates to a relative 1.2e-4 and searches with R's BFGS on that surface: estimates
stop short in the third digit and the numerical Hessian magnifies the error of the integrals. The
cases hold such values. Here the engine's weights go through the same steps.
"""

import math

import numpy as np
from scipy.integrate import quad

from analysis.stats.pooling import rma
from analysis.stats.selection import LEAST_P, SelectionFit
from analysis.stats.wald import chi2_p, critical, two_sided

from .peer_search import EPS, hessian_richardson, variable_metric

ACCURACY = EPS**0.25
MOST = 100.0
ROOT = math.sqrt(2 * math.pi)
LEAST_DELTA = {"beta": 1e-5}

# The weight of a one-sided p, parameters and precision as in `analysis.stats.selection`.
WEIGHTS = {
    "beta": (2, lambda p, d, c: p ** (d[0] - 1) * (1 - p) ** (d[1] - 1)),
    "halfnorm": (1, lambda p, d, c: math.exp(-d[0] * c * p * p)),
    "negexp": (1, lambda p, d, c: math.exp(-d[0] * c * p)),
    "logistic": (1, lambda p, d, c: 2 * math.exp(-d[0] * c * p) / (1 + math.exp(-d[0] * c * p))),
    "power": (1, lambda p, d, c: (1 - p) ** (d[0] * c)),
    "negexppow": (2, lambda p, d, c: math.exp(-d[0] * c * p ** (1 / d[1]))),
}


class Surface:
    """metafor's log-likelihood: the same model, its integrals to its accuracy."""

    def __init__(self, yi, vi, kind, precision):
        self.y, self.v, self.kind = yi, vi, kind
        self.free, self.weight = WEIGHTS[kind]
        s = np.sqrt(vi)
        self.precision = s / s.max() if precision == "sei" else np.ones_like(s)
        self.least = LEAST_P.get(kind, 0.0)
        self.low = LEAST_DELTA.get(kind, 0.0)

    def weigher(self, s, delta, c):
        """The weight of any result with this standard error. Written for speed: the integrals
        ask it some ten million times."""
        weight, erfc, root, least, most = (
            self.weight, math.erfc, math.sqrt(2), self.least, 1 - self.least,
        )  # fmt: skip

        def weigh(y):
            p = 0.5 * erfc(y / s / root)
            return weight(least if p < least else most if p > most else p, delta, c)

        return weigh

    def delta(self, x):
        return self.low + (MOST - self.low) / (1 + np.exp(-np.asarray(x)))

    def mapped(self, start=1.0):
        return np.full(self.free, math.log((start - self.low) / (MOST - start)))

    def loglik(self, mu, tau2, delta):
        """The log-likelihood, that of no selection without ``delta``, -inf where a mass is 0."""
        tau2 = 0.0 if tau2 < 10 * EPS else tau2
        sd, s = np.sqrt(self.v + tau2), np.sqrt(self.v)
        total = float(np.sum(-0.5 * ((self.y - mu) / sd) ** 2 - np.log(sd * ROOT)))
        if delta is None:
            return total
        delta = [float(x) for x in delta]
        rows = (values.tolist() for values in (self.y, sd, s, self.precision))
        for y, spread, error, c in zip(*rows, strict=True):
            weigh = self.weigher(error, delta, c)
            chance, mass = weigh(y), self._mass(mu, spread, weigh)
            if not (chance > 0 and mass > 0):
                return -math.inf
            total += math.log(chance / mass)
        return total

    def _mass(self, mu, sd, weigh):
        scale, exp = sd * ROOT, math.exp

        def density(x):
            return weigh(x) * exp(-0.5 * ((x - mu) / sd) ** 2) / scale

        return quad(density, -np.inf, np.inf, epsabs=ACCURACY, epsrel=ACCURACY, limit=100)[0]


def selmodel(yi, vi, kind, precision=None):
    """A `SelectionFit` with metafor's defaults."""
    surface = Surface(yi, vi, kind, precision)
    base = rma(yi, vi, method="ML")
    start = np.r_[base.beta[0], math.log(base.tau2 + 0.001), surface.mapped()]
    found, least = variable_metric(
        lambda x: -surface.loglik(x[0], math.exp(x[1]), surface.delta(x[2:])), start
    )
    natural = np.r_[found[0], math.exp(found[1]), surface.delta(found[2:])]
    _, without = variable_metric(lambda x: -surface.loglik(x[0], 0.0, surface.delta(x[2:])), start)
    H = hessian_richardson(lambda x: -surface.loglik(x[0], x[1], x[2:]), natural)
    known = np.isfinite(H).all() and np.linalg.eigvalsh(H).min() > 0
    se = np.sqrt(np.diag(np.linalg.inv(H))) if known else np.full(natural.size, np.nan)
    beta, error, margin = natural[:1], se[:1], critical(0.95) * se[:1]
    flat = -surface.loglik(base.beta[0], base.tau2, None)
    gain, spread = max(0.0, 2 * (flat - least)), max(0.0, 2 * (without - least))
    return SelectionFit(
        type=kind, beta=beta, se=error, stat=beta / error, pval=two_sided(beta / error),
        ci_lb=beta - margin, ci_ub=beta + margin, tau2=natural[1], se_tau2=se[1],
        delta=natural[2:], se_delta=se[2:], steps=() if kind == "beta" else (0.0,), LRT=gain,
        LRT_df=surface.free, LRT_p=chi2_p(gain, surface.free), LRT_tau2=spread,
        LRTp_tau2=chi2_p(spread, 1), ll=-least,
    )  # fmt: skip
