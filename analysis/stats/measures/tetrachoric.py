"""Tetrachoric correlation: the normal correlation behind a 2 x 2 table."""

import numpy as np
from scipy.special import ndtr, ndtri

# Gauss-Legendre nodes on (0, 2) for the bivariate normal integral.
NODES, SHARES = np.polynomial.legendre.leggauss(48)
# Beyond it the integral loses digits; metafor stops there, too.
MOST = 0.9999


def chance_of_both(h, k, rho):
    """P(X < h, Y < k) of standard normals with correlation ``rho``; arrays of one shape."""
    half = np.arcsin(rho) / 2
    angle = half[..., None] * (1 + NODES)
    h1, k1 = h[..., None], k[..., None]
    body = np.exp(-(h1**2 + k1**2 - 2 * h1 * k1 * np.sin(angle)) / (2 * np.cos(angle) ** 2))
    return ndtr(h) * ndtr(k) + half / (2 * np.pi) * (body @ SHARES)


def tetrachoric(a, b, c, d):
    """``(yi, vi)``, arrays (k,), by maximum likelihood over correlation and both thresholds.

    The table is saturated: the thresholds are the margins' and the correlation reproduces the
    cell, so the variance is the inverse information at the observed shares. Tables with an empty
    diagonal are 1 or -1 without a variance; an empty margin carries no information (NaN).
    """
    n = a + b + c + d
    with np.errstate(all="ignore"):
        h, k = ndtri((a + b) / n), ndtri((a + c) / n)
        low, high = np.full(n.shape, -MOST), np.full(n.shape, MOST)
        for _ in range(60):
            rho = (low + high) / 2
            below = chance_of_both(h, k, rho) < a / n
            low, high = np.where(below, rho, low), np.where(below, high, rho)
        variance = np.array([_variance(*row) for row in zip(a, b, c, d, h, k, rho, strict=True)])
    edge = (b == 0) | (c == 0) | (a == 0) | (d == 0)
    rho = np.where((b == 0) | (c == 0), 1.0, np.where((a == 0) | (d == 0), -1.0, rho))
    known = np.isfinite(h) & np.isfinite(k)
    return np.where(known, rho, np.nan), np.where(known & ~edge, variance, np.nan)


def _variance(a, b, c, d, h, k, rho):
    if not (np.isfinite(h) and np.isfinite(k)) or min(a, b, c, d) <= 0:
        return np.nan
    s = np.sqrt(1 - rho**2)
    joint = np.exp(-(h**2 + k**2 - 2 * h * k * rho) / (2 * s**2)) / (2 * np.pi * s)
    at_h, at_k = np.exp(-(np.array([h, k]) ** 2) / 2) / np.sqrt(2 * np.pi)
    by_h, by_k = at_h * ndtr((k - rho * h) / s), at_k * ndtr((h - rho * k) / s)
    slopes = np.array([
        [joint, by_h, by_k], [-joint, at_h - by_h, -by_k], [-joint, -by_h, at_k - by_k],
        [joint, by_h - at_h, by_k - at_k],
    ])  # fmt: skip
    shares = np.array([a, b, c, d])
    return np.linalg.inv(slopes.T @ (slopes / shares[:, None]) * shares.sum() ** 2)[0, 0]
