"""Exact likelihoods of a study's counts as a function of its own effect, for `glmm`."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

from .errors import NotEstimable


def log_binomial(n, x):
    return gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Binomial:
    """``x`` of ``n`` with logit ``eta + offset``: proportions, and conditional models."""

    x: np.ndarray
    n: np.ndarray
    offset: np.ndarray

    def loglik(self, eta):
        """Log-likelihood of each study at ``eta`` (..., k), constants included."""
        z = eta + self.offset
        return log_binomial(self.n, self.x) + self.x * z - self.n * np.logaddexp(0, z)

    def slopes(self, eta):
        """First and second derivative by ``eta``."""
        p = 1 / (1 + np.exp(-np.clip(eta + self.offset, -500, 500)))
        return self.x - self.n * p, -self.n * p * (1 - p)


@dataclass(frozen=True, slots=True, eq=False)
class Poisson:
    """``x`` events in ``t`` person-time with log rate ``eta``."""

    x: np.ndarray
    t: np.ndarray

    def loglik(self, eta):
        z = eta + np.log(self.t)
        return self.x * z - np.exp(np.clip(z, -700, 700)) - gammaln(self.x + 1)

    def slopes(self, eta):
        mean = np.exp(np.clip(eta + np.log(self.t), -700, 700))
        return self.x - mean, -mean


@dataclass(frozen=True, slots=True, eq=False)
class Hypergeometric:
    """Events of group 1 given all margins, with log odds ratio ``eta`` (Fisher's noncentral).

    ``values`` (k, m) are the counts that could have been less the observed one, ``weights`` the
    logs of their odds against it at eta of 0 (-inf pads the shorter rows): both stay small.
    """

    values: np.ndarray
    weights: np.ndarray

    def _terms(self, eta):
        return self.weights + self.values * np.asarray(eta)[..., None]

    def loglik(self, eta):
        return -logsumexp(self._terms(eta), axis=-1)

    def slopes(self, eta):
        terms = self._terms(eta)
        p = np.exp(terms - logsumexp(terms, axis=-1)[..., None])
        mean = np.sum(p * self.values, -1)
        return -mean, mean**2 - np.sum(p * self.values**2, -1)


def hypergeometric(a, b, c, d):
    """The `Hypergeometric` of 2 x 2 tables."""
    n1, n2, m = a + b, c + d, a + c
    low, high = np.maximum(0, m - n2), np.minimum(n1, m)
    width = int((high - low).max()) + 1
    values = low[:, None] + np.arange(width)
    inside = values <= high[:, None]
    values = np.where(inside, values, low[:, None])

    def weight(x):
        return log_binomial(n1.reshape(-1, 1), x) + log_binomial(
            n2.reshape(-1, 1), m.reshape(-1, 1) - x
        )

    observed = a[:, None]
    weights = np.where(inside, weight(values) - weight(observed), -np.inf)
    return Hypergeometric(values - observed, weights)


@dataclass(frozen=True, slots=True, eq=False)
class TwoArms:
    """Two groups with levels ``alpha + eta / 2`` and ``alpha - eta / 2``, alpha free in each study.

    `loglik` and `slopes` are those of the profile over alpha.
    """

    first: Binomial | Poisson
    second: Binomial | Poisson

    def alpha(self, eta):
        """The likeliest level of each study at ``eta``, (k,)."""
        alpha = np.zeros_like(eta)
        for _ in range(200):
            a1, b1 = self.first.slopes(alpha + eta / 2)
            a2, b2 = self.second.slopes(alpha - eta / 2)
            step = np.clip((a1 + a2) / np.minimum(b1 + b2, -1e-12), -2, 2)
            alpha = alpha - step
            if np.abs(step).max() < 1e-12:
                break
        return alpha

    def loglik(self, eta):
        return Levelled(self, self.alpha(eta)).loglik(eta)

    def slopes(self, eta):
        alpha = self.alpha(eta)
        a1, b1 = self.first.slopes(alpha + eta / 2)
        a2, b2 = self.second.slopes(alpha - eta / 2)
        return (a1 - a2) / 2, b1 * b2 / np.minimum(b1 + b2, -1e-300)


@dataclass(frozen=True, slots=True, eq=False)
class Levelled:
    """`TwoArms` with the levels of the studies held at ``level`` (k,)."""

    arms: TwoArms
    level: np.ndarray

    def loglik(self, eta):
        upper, lower = self.level + eta / 2, self.level - eta / 2
        return self.arms.first.loglik(upper) + self.arms.second.loglik(lower)

    def slopes(self, eta):
        a1, b1 = self.arms.first.slopes(self.level + eta / 2)
        a2, b2 = self.arms.second.slopes(self.level - eta / 2)
        return (a1 - a2) / 2, (b1 + b2) / 4


def _arms(measure, c):
    if measure == "IRR":
        return TwoArms(Poisson(c["x1i"], c["t1i"]), Poisson(c["x2i"], c["t2i"]))
    zero = np.zeros_like(c["ai"])
    n1, n2 = c["ai"] + c["bi"], c["ci"] + c["di"]
    return TwoArms(Binomial(c["ai"], n1, zero), Binomial(c["ci"], n2, zero))


def study_model(measure, model, columns):
    """The likelihood behind ``measure`` (PLO, IRLN, OR, IRR) and ``model`` (UM.FS, CM.EL, CM.AL).

    Rows with a missing count must have been left out. Raises `NotEstimable` for a pair that does
    not exist.
    """
    c = {name: np.asarray(values, float) for name, values in columns.items()}
    if measure == "PLO":
        return Binomial(c["xi"], c["ni"], np.zeros_like(c["xi"]))
    if measure == "IRLN":
        return Poisson(c["xi"], c["ti"])
    if measure in ("OR", "IRR") and model == "UM.FS":
        return _arms(measure, c)
    if measure == "IRR" and model in ("CM.EL", "CM.AL"):
        return Binomial(c["x1i"], c["x1i"] + c["x2i"], np.log(c["t1i"] / c["t2i"]))
    if measure == "OR" and model == "CM.AL":
        n1, n2 = c["ai"] + c["bi"], c["ci"] + c["di"]
        return Binomial(c["ai"], c["ai"] + c["ci"], np.log(n1 / n2))
    if measure == "OR" and model == "CM.EL":
        return hypergeometric(c["ai"], c["bi"], c["ci"], c["di"])
    raise NotEstimable(f"there is no model {model} for {measure}")
