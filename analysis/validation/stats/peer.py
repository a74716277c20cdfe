"""How the peer stops: where metafor ends a search early, a case holds the value it ended at."""

from dataclasses import replace

import numpy as np
from scipy.integrate import quad

from analysis.stats.least_squares import design, sums
from analysis.stats.pooling import rma
from analysis.stats.tau2 import estimate_tau2

# metafor's hc() searches with uniroot's tolerance of eps^0.25, and cannot be asked for less noise
# by the case; the engine's own value is the converged one.
UNIROOT_TOLERANCE = np.finfo(float).eps ** 0.25


def uniroot(f, lower=0.0, upper=2.0, tolerance=UNIROOT_TOLERANCE):
    """Brent's search as R runs it: from the ends of an interval, stopping at ``tolerance``."""
    a, b, fa, fb = lower, upper, f(lower), f(upper)
    c, fc = a, fa
    while True:
        previous = b - a
        if abs(fc) < abs(fb):
            a, b, c, fa, fb, fc = b, c, b, fb, fc, fb
        smallest = 2 * np.finfo(float).eps * abs(b) + tolerance / 2
        step = (c - b) / 2
        if abs(step) <= smallest or fb == 0:
            return b
        if abs(previous) >= smallest and abs(fa) > abs(fb):
            step = _interpolated(a, b, c, fa, fb, fc, previous, smallest, step)
        a, fa = b, fb
        b += step if abs(step) >= smallest else np.copysign(smallest, step)
        fb = f(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa


def _interpolated(a, b, c, fa, fb, fc, previous, smallest, halved):
    """The secant or inverse quadratic step, if it stays well inside; else the halved one."""
    width, t1 = c - b, fb / fa
    if a == c:
        p, q = width * t1, 1 - t1
    else:
        q, t1, t2 = fa / fc, fb / fc, fb / fa
        p = t2 * (width * q * (q - t1) - (b - a) * (t1 - 1))
        q = (q - 1) * (t1 - 1) * (t2 - 1)
    p, q = (p, -q) if p > 0 else (-p, q)
    fits = p < 0.75 * width * q - abs(smallest * q) / 2 and p < abs(previous * q / 2)
    return p / q if fits else halved


def integrate(f, low):
    """The area of ``f`` from ``low`` on, as R's integrate stops by default."""
    return quad(f, low, np.inf, epsabs=UNIROOT_TOLERANCE, epsrel=UNIROOT_TOLERANCE, limit=100)[0]


def stopped_reml(yi, vi, threshold=1e-5, most=100):
    """REML as metafor's Fisher scoring leaves it: when a step falls below 1e-5, whatever the unit.

    It starts from Hedges' estimate. The converged fit where it does not settle.
    """
    converged = rma(yi, vi, method="REML")
    if converged.k == 1:
        return converged
    d = design(converged.yi, converged.vi, converged.X)
    tau2 = estimate_tau2(d, "HE").value
    for _ in range(most):
        now = sums(d, tau2)
        step = float((now.yPPy - now.trP) / now.trPP)
        while tau2 + step < 0:
            step /= 2
        tau2 += step
        if abs(step) <= threshold:
            fit = rma(yi, vi, method="REML", tau2=tau2)
            return replace(fit, se_tau2=float(np.sqrt(2 / sums(d, tau2).trPP)))
    return converged
