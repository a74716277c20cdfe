"""DerSimonian and Laird's estimator for several coefficients at once."""

import numpy as np

from ..errors import NotEstimable


def moments(y, S):
    """Pool ``y`` (k, p) with covariances ``S`` (k, p, p): ``(beta, vb, G, Q, df)``.

    Jackson, White and Riley's (2013, Biom J 55:231) matrix version of DerSimonian and Laird, which
    is its own with p = 1; negative variances of ``G`` are cut at 0. Raises ``NotEstimable`` where
    the moments do not determine ``G``.
    """
    k, p = y.shape
    W = np.zeros((k * p, k * p))
    for i in range(k):
        W[i * p : i * p + p, i * p : i * p + p] = np.linalg.inv(S[i])
    X, flat = np.tile(np.eye(p), (k, 1)), y.ravel()
    B = np.eye(k * p) - (X @ np.linalg.solve(X.T @ W @ X, X.T @ W))
    A, r = W @ B, B @ flat
    observed = np.outer(W @ r, r)
    Q, expected = np.zeros((p, p)), np.zeros((p, p))
    for i in range(k):
        own = slice(i * p, i * p + p)
        Q += observed[own, own]
        expected += B.T[own, own]
    # column-major vec: vec(A G B') = (B (x) A) vec(G), summed over all pairs of studies
    products = (_by_pair(B, p) @ _by_pair(A, p).T).reshape(p, p, p, p)
    linear = products.transpose(0, 2, 1, 3).reshape(p * p, p * p)
    try:
        G = np.linalg.solve(linear, (Q - expected).ravel(order="F")).reshape((p, p), order="F")
    except np.linalg.LinAlgError as problem:
        raise NotEstimable("the method of moments has no solution for these studies") from problem
    values, vectors = np.linalg.eigh((G + G.T) / 2)
    G = vectors @ np.diag(np.maximum(values, 0.0)) @ vectors.T
    weights = [np.linalg.inv(one + G) for one in S]
    vb = np.linalg.inv(sum(weights))
    beta = vb @ sum(w @ row for w, row in zip(weights, y, strict=True))
    return beta, vb, G, float(np.trace(Q)), (k - 1) * p


def _by_pair(M, p):
    """The (p, p) blocks of a matrix: entries down, pairs of studies across."""
    k = M.shape[0] // p
    return M.reshape(k, p, k, p).transpose(1, 3, 0, 2).reshape(p * p, k * k)
