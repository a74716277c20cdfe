"""Weighted least squares as a function of the between-study variance, at a cost linear in k.

Every estimator of tau2 needs a few sums of one weighted regression at many trial values.
Nothing here forms a k x k matrix: ``P = A - A X (X'AX)^-1 X'A`` appears only through its traces.
"""

from dataclasses import dataclass

import numpy as np

from .errors import NotPoolable


@dataclass(frozen=True, slots=True)
class Design:
    """Outcomes, variances and an orthonormal basis of the model matrix.

    ``y``, ``v``: shape (k,), outcome units and their square. ``Q``: (k, p) with ``Q'Q = I``;
    ``R``: (p, p), upper triangular, ``X = QR``. The basis keeps a moderator such as a calendar
    year from spoiling the normal equations. ``QQ`` and ``Qy`` are products reused by each trial.
    """

    y: np.ndarray
    v: np.ndarray
    X: np.ndarray
    Q: np.ndarray
    R: np.ndarray
    QQ: np.ndarray
    Qy: np.ndarray

    @property
    def k(self):
        return self.Q.shape[0]

    @property
    def p(self):
        return self.Q.shape[1]


def design(y, v, X):
    """A `Design` for outcomes ``y`` (k,), variances ``v`` (k,) and model matrix ``X`` (k, p)."""
    k, p = X.shape
    if p == 1:
        norm = np.sqrt(X[:, 0] @ X[:, 0])
        Q, R = X / norm, np.array([[norm]])
    else:
        Q, R = np.linalg.qr(X)
    QQ = (Q[:, :, None] * Q[:, None, :]).reshape(k, p * p)
    return Design(y, v, X, Q, R, QQ, Q * y[:, None])


@dataclass(frozen=True, slots=True)
class Sums:
    """What the estimators read off one regression: numbers, or arrays (g,), one a trial tau2.

    ``yPy`` is Q's residual sum, ``yPPy`` and ``yPPPy`` its first two derivatives but for sign and
    factor; ``trP``, ``trPP`` and ``trW`` (the sum of the weights) likewise. ``w`` (..., k) are the
    weights and ``detA`` is ``|Q'WQ|``; the likelihoods need their logarithms, a search does not.
    """

    yPy: np.ndarray
    yPPy: np.ndarray
    yPPPy: np.ndarray
    trP: np.ndarray
    trPP: np.ndarray
    trW: np.ndarray
    trWW: np.ndarray
    w: np.ndarray
    detA: np.ndarray

    @property
    def logw(self):
        return np.log(self.w).sum(-1)

    @property
    def logA(self):
        return np.log(self.detA)


def sums(d, tau2):
    """`Sums` of the inverse-variance regression at ``tau2``: a number, or trial values (g,)."""
    w = 1.0 / (d.v + np.asarray(tau2, float)[..., None])
    return _sums_of_one(d, w) if d.p == 1 else _sums_of_many(d, w)


def _sums_of_many(d, w):
    p, ww = d.p, w * w
    square = (*w.shape[:-1], p, p)
    A = (w @ d.QQ).reshape(square)
    C = _inverted(A)
    beta = np.matvec(C, w @ d.Qy)
    wr = w * (d.y - beta @ d.Q.T)
    wwr = w * wr
    CA2 = C @ (ww @ d.QQ).reshape(square)
    CA3 = C @ ((ww * w) @ d.QQ).reshape(square)
    u = wwr @ d.Q
    trW, trWW = w.sum(-1), ww.sum(-1)
    return Sums(
        yPy=(wr * wr / w).sum(-1),
        yPPy=(wr * wr).sum(-1),
        yPPPy=(wr * wwr).sum(-1) - np.vecdot(u, np.matvec(C, u)),
        trP=trW - np.einsum("...ii", CA2),
        trPP=trWW - 2 * np.einsum("...ii", CA3) + np.einsum("...ij,...ji", CA2, CA2),
        trW=trW,
        trWW=trWW,
        w=w,
        detA=np.linalg.det(A),
    )


def _sums_of_one(d, w):
    """`sums` for a single column, in plain arithmetic: most fits are of a mean."""
    q, qq = d.Q[:, 0], d.QQ[:, 0]
    ww = w * w
    A = w @ qq
    beta = (w @ d.Qy[:, 0]) / A
    r = d.y - beta[..., None] * q
    wr = w * r
    wwr = w * wr
    A2, A3, u = (ww @ qq) / A, ((ww * w) @ qq) / A, wwr @ q
    trW, trWW = w.sum(-1), np.vecdot(w, w)
    return Sums(
        yPy=np.vecdot(wr, r), yPPy=np.vecdot(wr, wr), yPPPy=np.vecdot(wr, wwr) - u * u / A,
        trP=trW - A2, trPP=trWW - 2 * A3 + A2 * A2, trW=trW, trWW=trWW,
        w=w, detA=A,
    )  # fmt: skip


def unweighted_rss(d):
    """The sum of squares around the regression in which all count alike."""
    r = d.y - d.Q @ (d.y @ d.Q)
    return float(r @ r)


@dataclass(frozen=True, slots=True)
class Solution:
    """One weighted regression: coefficients on X's scale and ``(X'AX)^-1``."""

    beta: np.ndarray
    bread: np.ndarray
    residuals: np.ndarray


def inverse(A):
    """The inverse of a matrix; of a single number without the detour."""
    return _inverted(A) if A.shape[0] > 1 else 1.0 / A


def _inverted(A):
    try:
        return np.linalg.inv(A)
    except np.linalg.LinAlgError as problem:
        raise NotPoolable(
            "the studies with most of the weight do not determine every coefficient, and leave the "
            "others none; check the smallest standard errors"
        ) from problem


def solve(d, a):
    """Regress ``y`` on X with weights ``a`` (k,): a `Solution`."""
    p = d.p
    A = (a @ d.QQ).reshape(p, p)
    C = inverse(A)
    g = C @ (a @ d.Qy)
    Ri = inverse(d.R)
    return Solution(Ri @ g, Ri @ C @ Ri.T, d.y - d.Q @ g)


# A study with more than this leverage is the whole fit: its own residual weight would be lost.
DOMINANT = 1 - 1e-4
FEW = 500


def _spread(d, a):
    """``B`` with ``P = BB'``, (k, k - p), where a study dominates few; else None.

    The sums below subtract what a dominant study adds; here nothing is subtracted.
    """
    C = inverse((a @ d.QQ).reshape(d.p, d.p))
    leverage = a * np.einsum("ij,jk,ik->i", d.Q, C, d.Q)
    if leverage.max() < DOMINANT or d.k > FEW:
        return None
    root = np.sqrt(a)
    order = np.argsort(-root)
    Z = np.empty((d.k, d.k - d.p))
    Z[order] = np.linalg.qr((root[:, None] * d.Q)[order], mode="complete")[0][:, d.p :]
    return root[:, None] * Z


def trace_pd(d, a, d1):
    """``tr(P D1)`` with weights ``a`` and a diagonal ``D1`` given as (k,)."""
    B = _spread(d, a)
    if B is not None:
        return float(d1 @ np.sum(B * B, axis=1))
    C = inverse((a @ d.QQ).reshape(d.p, d.p))
    return float(a @ d1 - np.sum(C * ((a * d1 * a) @ d.QQ).reshape(d.p, d.p)))


def trace_pdpd(d, a, d1, d2):
    """``tr(P D1 P D2)`` with weights ``a`` and diagonals given as (k,)."""
    B = _spread(d, a)
    if B is not None:
        return float(np.sum((B.T @ (d1[:, None] * B)) * (B.T @ (d2[:, None] * B))))
    p = d.p
    C = inverse((a @ d.QQ).reshape(p, p))
    M1 = C @ ((a * d1 * a) @ d.QQ).reshape(p, p)
    M2 = C @ ((a * d2 * a) @ d.QQ).reshape(p, p)
    M12 = C @ ((a * d1 * a * d2 * a) @ d.QQ).reshape(p, p)
    return float((a * d1) @ (a * d2) - 2 * np.trace(M12) + np.sum(M1 * M2.T))
