"""Cluster-robust standard errors: right even where the model of the dependence is not."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable

KINDS = ("CR0", "CR1", "CR2")


@dataclass(frozen=True, slots=True, eq=False)
class RobustFit:
    """Coefficients (p,) with robust covariance ``vb``; ``df`` (p,) of t, the same for CR0 and CR1.

    CR2 is the bias-reduced estimator with Satterthwaite df a coefficient; below about 4 df its
    t distribution is not to be trusted. ``n_clusters`` were used.
    """

    kind: str
    terms: tuple
    beta: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    df: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    vb: np.ndarray
    n_clusters: int


def robust(y, X, M, cluster, *, terms=(), kind="CR2", level=0.95):
    """Robust inference for a regression of ``y`` (k,) on ``X`` weighted by the inverse of ``M``.

    ``M`` (k, k), or (k,) when diagonal: the working covariance, from `multilevel.fit_multilevel`
    or ``vi + tau2``; ``cluster`` (k,) labels. CR1 multiplies CR0 by n / (n - p). Sources: Hedges,
    Tipton & Johnson (2010), Res Synth Methods 1:39; Pustejovsky & Tipton (2018), JBES 36:672.
    Raises `NotEstimable` without more clusters than coefficients.
    """
    y, X, M = np.asarray(y, float), np.asarray(X, float), np.asarray(M, float)
    M = np.diag(M) if M.ndim == 1 else M
    _, group = np.unique(np.asarray(cluster).astype(str), return_inverse=True)
    n, p = int(group.max()) + 1, X.shape[1]
    if kind not in KINDS:
        raise NotEstimable(f"no robust estimator {kind!r}; choose one of {', '.join(KINDS)}")
    if n <= p:
        raise NotEstimable(f"{n} clusters cannot support {p} coefficients")
    rows = [np.flatnonzero(group == i) for i in range(n)]
    W = np.linalg.inv(M)
    bread = np.linalg.inv(X.T @ W @ X)
    beta = bread @ (X.T @ (W @ y))
    r = y - X @ beta
    adjust = [_adjustment(M, X, bread, i) if kind == "CR2" else np.eye(i.size) for i in rows]
    halves = [bread @ X[i].T @ W[np.ix_(i, i)] @ A for i, A in zip(rows, adjust, strict=True)]
    scores = np.array([half @ r[i] for half, i in zip(halves, rows, strict=True)])
    vb = scores.T @ scores * (n / (n - p) if kind == "CR1" else 1.0)
    if kind == "CR2":
        df = _satterthwaite(M, X, W, bread, rows, halves)
    else:
        df = np.full(p, float(n - p))
    se = np.sqrt(np.diag(vb))
    stat, margin = beta / se, wald.critical(level, df) * se
    return RobustFit(
        kind=kind, terms=tuple(terms), beta=beta, se=se, stat=stat, df=df,
        pval=wald.two_sided(stat, df), ci_lb=beta - margin, ci_ub=beta + margin, vb=vb,
        n_clusters=n,
    )  # fmt: skip


def _adjustment(M, X, bread, rows):
    """The matrix that makes a cluster's residual products unbiased when ``M`` is right."""
    target = M[np.ix_(rows, rows)]
    C = np.linalg.cholesky(target).T
    B = C @ (target - X[rows] @ bread @ X[rows].T) @ C.T
    values, vectors = np.linalg.eigh((B + B.T) / 2)
    # Directions the coefficients take up entirely carry no residual: a generalised inverse.
    scale = np.where(values > 1e-10 * values.max(), 1 / np.sqrt(np.maximum(values, 1e-300)), 0.0)
    return C.T @ (vectors * scale) @ vectors.T @ C


def _satterthwaite(M, X, W, bread, rows, halves):
    """Degrees of freedom (p,): twice the squared mean over the variance, under ``M``."""
    H = X @ bread @ X.T @ W
    residual = np.eye(len(M)) - H
    df = []
    for c in range(X.shape[1]):
        G = np.array([half[c] @ residual[i] for half, i in zip(halves, rows, strict=True)])
        P = G @ M @ G.T
        df.append(np.trace(P) ** 2 / np.sum(P**2))
    return np.array(df)
