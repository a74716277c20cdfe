"""Maximise a smooth log-likelihood of a few parameters, and measure its curvature."""

import numpy as np
from scipy.optimize import minimize

from .errors import NotEstimable


def maximise(loglik, starts):
    """``(theta, value)`` where ``loglik`` is greatest, from several starts (lists of arrays).

    Quasi-Newton, then Newton steps by differences. A ``loglik`` of -inf marks
    parameters that are not allowed. Raises `NotEstimable` when no start is allowed.
    """
    best = None
    for start in starts:
        if not np.isfinite(loglik(start)):
            continue
        found = minimize(
            lambda x: _bounded(-loglik(x)), start, method="BFGS", jac=lambda x: -slope(loglik, x),
            options={"gtol": 1e-7},
        )  # fmt: skip
        if best is None or found.fun < best.fun - 1e-9:
            best = found
    if best is None:
        raise NotEstimable("the likelihood has no finite value at any starting point")
    theta = _newton(loglik, best.x)
    return theta, float(loglik(theta))


def _bounded(value):
    return value if np.isfinite(value) else 1e10


def slope(f, x):
    """Gradient by central differences, arrays (q,); 0 where a neighbour is not allowed."""
    h = 1e-5 * np.maximum(np.abs(x), 1e-2)
    with np.errstate(invalid="ignore"):
        g = np.array([(f(x + d) - f(x - d)) / (2 * d.sum()) for d in np.diag(h)])
    return np.where(np.isfinite(g), g, 0.0)


def curvature(f, x, relative=2e-3):
    """Hessian by central differences with one step of Richardson's extrapolation, (q, q)."""

    def at(scale):
        h = np.diag(scale * np.maximum(np.abs(x), 1e-2))
        q, centre = x.size, f(x)
        out = np.empty((q, q))
        for i in range(q):
            for j in range(i + 1):
                a, b = h[i], h[j]
                if i == j:
                    value = f(x + a) - 2 * centre + f(x - a)
                else:
                    value = (f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b)) / 4
                out[i, j] = out[j, i] = value / (a.sum() * b.sum())
        return out

    with np.errstate(invalid="ignore"):
        return (4 * at(relative / 2) - at(relative)) / 3


def _newton(f, x):
    for _ in range(6):
        g = slope(f, x)
        H = curvature(f, x)
        if not np.isfinite(H).all():
            return x
        bends = np.linalg.eigvalsh(H)
        if bends.max() >= 1e-15 * bends.min():  # rises somewhere, or is flat there
            return x
        step = np.linalg.solve(H, g)
        if not f(x - step) >= f(x) - 1e-12 or np.abs(step).max() < 1e-10:
            return x
        x = x - step
    return x


def standard_errors(f, x):
    """Square roots of the inverse negative Hessian's diagonal; NaN where it has none."""
    H = -curvature(f, x)
    if not np.isfinite(H).all() or np.linalg.eigvalsh(H).min() <= 0:
        return np.full(x.size, np.nan)
    return np.sqrt(np.diag(np.linalg.inv(H)))
