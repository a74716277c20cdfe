"""The variance between studies of many data sets of one shape at once, by ML or REML."""

import numpy as np

from .pooling import rma
from .tau2 import GRID_POINTS

STEPS = 60


def likeliest_tau2(Y, V, X, method):
    """tau2 (m,) where the likelihood of each row of ``Y`` (m, k) with variances ``V`` is greatest.

    ``X`` (k, p) is shared. The score is scanned on a grid up to a bound above every peak; a row
    with one fall through zero is polished in its bracket beside the others, one with several peaks
    (or none found) is left to the ordinary fit.
    """
    restricted = method == "REML"
    products = (X[:, :, None] * X[:, None, :]).reshape(X.shape[0], -1)
    top = np.maximum(_ceilings(Y, V, X), 1e-300)
    low = np.minimum(np.maximum(0.1 * V.min(1), 1e-10 * top), 0.01 * top)
    ratio = (top / low) ** (1 / (GRID_POINTS - 1))
    grid = np.vstack([np.zeros(len(Y)), low * ratio ** np.arange(GRID_POINTS)[:, None]])
    scores = np.array([_score(Y, V, X, products, t, restricted)[0] for t in grid])
    falls = (scores[:-1] > 0) & (scores[1:] <= 0)
    single = (falls.sum(0) + (scores[0] <= 0)) == 1
    rising = single & falls.any(0)
    at = falls.argmax(0)
    tau2 = np.zeros(len(Y))
    rows = np.flatnonzero(rising)
    tau2[rows] = _polished(Y[rows], V[rows], X, products, grid[at[rows], rows],
                           grid[at[rows] + 1, rows], restricted)  # fmt: skip
    for i in np.flatnonzero(~single):
        tau2[i] = rma(Y[i], V[i], X=X, method=method).tau2
    return tau2


def _ceilings(Y, V, X):
    """`tau2.ceiling` of each row, (m,)."""
    k, p = X.shape
    r = Y - (Y @ np.linalg.pinv(X).T) @ X.T
    s2 = np.sum(r * r, axis=1) / (k - p)
    return 1.01 * 0.5 * (s2 + np.sqrt(s2**2 + 4 * s2 * V.max(1)))


def _score(Y, V, X, products, tau2, restricted, *, with_slope=False):
    """Twice the derivative of the log-likelihood of each row by tau2, and its own slope."""
    p = X.shape[1]
    W = 1 / (V + tau2[:, None])
    A, A2 = (w @ products for w in (W, W * W))
    C = np.linalg.inv(A.reshape(-1, p, p)) if p > 1 else (1 / A).reshape(-1, 1, 1)
    beta = np.einsum("mij,mj->mi", C, (W * Y) @ X)
    Wr = W * (Y - beta @ X.T)
    CA2 = C @ A2.reshape(-1, p, p)
    score = np.sum(Wr * Wr, axis=1) - W.sum(1)
    if restricted:
        score = score + np.einsum("mii->m", CA2)
    if not with_slope:
        return score, None
    u = (W * Wr) @ X
    cubic = np.sum(W * Wr * Wr, axis=1) - np.einsum("mi,mij,mj->m", u, C, u)
    slope = np.sum(W * W, axis=1) - 2 * cubic
    if restricted:
        CA3 = C @ ((W**3) @ products).reshape(-1, p, p)
        slope += np.einsum("mij,mji->m", CA2, CA2) - 2 * np.einsum("mii->m", CA3)
    return score, slope


def _polished(Y, V, X, products, low, high, restricted):
    """Newton steps inside each bracket, halved where they would leave it."""
    tau2 = 0.5 * (low + high)
    for _ in range(STEPS):
        score, slope = _score(Y, V, X, products, tau2, restricted, with_slope=True)
        low, high = np.where(score > 0, tau2, low), np.where(score > 0, high, tau2)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = tau2 - score / slope
        inside = (newton > low) & (newton < high) & (slope < 0)
        new = np.where(inside, newton, 0.5 * (low + high))
        moved = np.abs(new - tau2)
        tau2 = new
        if (moved <= 1e-14 * high).all():
            break
    return tau2
