"""Henmi and Copas' interval: common-effect weights, which small biased studies move less."""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.special import gammainc

from .errors import NotEstimable
from .roots import falling_root


@dataclass(frozen=True, slots=True)
class HenmiCopas:
    """Common-effect estimate with a random-effects standard error and interval; DL's tau2."""

    est: float
    se: float
    ci_lb: float
    ci_ub: float
    tau2: float


@dataclass(frozen=True, slots=True)
class _Moments:
    """Sums of powers of the weights over their sum, and the variance ratio of the estimate."""

    k: int
    W1: float
    W2: float
    W3: float
    W4: float
    tau2: float

    @property
    def VR(self):
        return 1 + self.tau2 * self.W2

    def mean_and_variance(self, r):
        """Conditional mean and variance of Q given the standardised estimate ``r``."""
        k, W1, W2, W3, W4, t2, VR = self.k, self.W1, self.W2, self.W3, self.W4, self.tau2, self.VR
        shift = r**2 / VR**2 - 1 / VR
        spread = W3 - W2**2
        mean = (k - 1) + t2 * (W1 - W2) + t2**2 * shift * spread
        variance = (
            2 * (k - 1) + 4 * t2 * (W1 - W2) + 2 * t2**2 * (W1 * W2 - 2 * W3 + W2**2)
            + 4 * t2**2 * shift * spread + 4 * t2**3 * shift * (W4 - 2 * W2 * W3 + W2**3)
            + 2 * t2**4 * (1 / VR**2 - 2 * r**2 / VR**3) * spread**2
        )  # fmt: skip
        return mean, variance


def critical_value(tail):
    """Where the tail area has fallen to half of what the level leaves out, to the last bits."""
    return falling_root(tail, 1e-8, 50.0)


def area_above(f, low):
    """The area of ``f`` from ``low`` on, where it falls like a normal density."""
    return quad(f, low, low + 40, epsabs=1e-14, epsrel=1e-11, limit=400)[0]


def henmi_copas(yi, vi, *, level=0.95, search=critical_value, area=area_above):
    """Henmi & Copas (2010), Stat Med 29:2969, for effects and variances above zero, k >= 2.

    ``search`` finds the root of the tail function, ``area`` integrates it; others than the
    defaults serve to follow a program that stops earlier.
    """
    y, v = np.asarray(yi, float), np.asarray(vi, float)
    keep = ~(np.isnan(y) | np.isnan(v))
    y, v = y[keep], v[keep]
    if y.size < 2 or not (v > 0).all():
        raise NotEstimable("this interval needs two studies or more, with variances above zero")
    w = 1 / v
    W1 = w.sum()
    W2, W3, W4 = (float(np.sum(w**j) / W1) for j in (2, 3, 4))
    est = float(np.sum(w * y) / W1)
    Q = float(np.sum(w * (y - est) ** 2))
    tau2 = max(0.0, (Q - (y.size - 1)) / (W1 - W2))
    m = _Moments(y.size, float(W1), W2, W3, W4, tau2)
    se = float(np.sqrt(m.VR / W1))
    half = float(np.sqrt(m.VR) * search(_tail(m, 1 - level, area)) * se)
    return HenmiCopas(est, se, est - half, est + half, tau2)


def _tail(m, alpha, area):
    sd = np.sqrt(m.VR)

    def tail(x):
        def integrand(r):
            mean, variance = m.mean_and_variance(sd * r)
            limit = (m.W1 / m.W2 - 1) * ((r / x) ** 2 - 1 if x else np.inf) + (m.k - 1)
            density = np.exp(-(r**2) / 2) / np.sqrt(2 * np.pi)
            return gammainc(mean**2 / variance, limit * mean / variance) * density

        return area(integrand, x) - alpha / 2

    return tail
