"""Diagnostic accuracy: sensitivity and specificity of several studies in one bivariate model."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, expit, gammaln

from . import wald
from .errors import NotEstimable, NotPoolable
from .likelihood_search import curvature, maximise


@dataclass(frozen=True, slots=True, eq=False)
class AccuracyFit:
    """The bivariate model on the logit scale: ``mu`` (sensitivity, specificity), ``vb`` (2, 2).

    ``G`` (2, 2) is the covariance between studies. ``sens`` and ``spec`` with intervals are the
    summary point. ``hsroc`` are Rutter and Gatsonis' parameters of the same model (Theta, Lambda,
    beta and the variances of threshold and accuracy), None where a variance is 0. ``LRpos``,
    ``LRneg`` and ``DOR`` are the summary point's. ``k`` studies.
    """

    mu: np.ndarray
    se: np.ndarray
    vb: np.ndarray
    G: np.ndarray
    ll: float
    k: int
    sens: tuple
    spec: tuple
    LRpos: float
    LRneg: float
    DOR: float
    hsroc: dict | None
    level: float


def bivariate(tp, fn, fp, tn, *, level=0.95):
    """Fit counts of each study, arrays (k,): ``tp`` of ``tp + fn`` diseased test positive.

    Binomial in both groups, logits jointly normal between studies, by ML with Laplace's
    approximation. A study with one group only (the other missing) adds what it has. Raises
    `NotPoolable` for fewer than three studies with each group. Source: Reitsma et al. (2005),
    J Clin Epidemiol 58:982; Chu & Cole (2006), J Clin Epidemiol 59:1331.
    """
    d = _counts(tp, fn, fp, tn)
    # Cholesky factor: its diagonal by logs would never reach 0.
    start = np.r_[_logit(d.x[0], d.n[0]), _logit(d.x[1], d.n[1]), 0.7, 0.0, 0.7]
    theta, ll = maximise(lambda t: float(_marginal(d, t).sum()), [start])
    H = -curvature(lambda t: float(_marginal(d, t).sum()), theta)
    if not np.isfinite(H).all() or np.linalg.eigvalsh(H).min() <= 0:
        raise NotEstimable("the likelihood is flat: the counts do not determine both variances")
    mu, vb = theta[:2], np.linalg.inv(H)[:2, :2]
    L = np.array([[theta[2], 0.0], [theta[3], theta[4]]])
    se, G = np.sqrt(np.diag(vb)), L @ L.T
    margin = wald.critical(level) * se
    low, at, high = expit(mu - margin), expit(mu), expit(mu + margin)
    return AccuracyFit(
        mu=mu, se=se, vb=vb, G=G, ll=ll, k=d.k, sens=(at[0], low[0], high[0]),
        spec=(at[1], low[1], high[1]), LRpos=float(at[0] / (1 - at[1])),
        LRneg=float((1 - at[0]) / at[1]), DOR=float(np.exp(mu.sum())), hsroc=_hsroc(mu, G),
        level=level,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    x: np.ndarray
    n: np.ndarray
    constant: np.ndarray

    @property
    def k(self):
        return self.x.shape[1]


def _counts(tp, fn, fp, tn):
    right = np.array([tp, tn], float)
    wrong = np.array([fn, fp], float)
    given = ~(np.isnan(right) | np.isnan(wrong)) & (right + wrong > 0)
    if (right < 0).any() or (wrong < 0).any():
        raise NotPoolable("counts of patients cannot be below zero")
    if (given.sum(1) < 3).any():
        raise NotPoolable("the bivariate model needs three studies with diseased and healthy")
    keep = given.any(0)
    x, n = (np.where(given, v, 0.0)[:, keep] for v in (right, right + wrong))
    return _Counts(x, n, (gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)).sum(0))


def _logit(x, n):
    share = (x.sum() + 0.5) / (n.sum() + 1)
    return np.log(share / (1 - share))


def _marginal(d, theta):
    """Log-likelihood of each study, (k,): Laplace over two standard normal deviations."""
    L = np.array([[theta[2], 0.0], [theta[3], theta[4]]])
    mu = theta[:2, None]
    u = np.zeros((2, d.k))
    for _ in range(100):
        p = expit(mu + L @ u)
        weight = d.n * p * (1 - p)
        gradient = L.T @ (d.x - d.n * p) - u
        A = np.einsum("ai,ak,aj->kij", L, weight, L) + np.eye(2)
        step = np.linalg.solve(A, gradient.T[:, :, None])[:, :, 0].T
        longest = np.abs(step).max(0)
        u = u + step * np.minimum(1.0, 3.0 / np.maximum(longest, 1e-300))
        if longest.max() < 1e-10:
            break
    eta = mu + L @ u
    A = np.einsum("ai,ak,aj->kij", L, d.n * expit(eta) * expit(-eta), L) + np.eye(2)
    inside = np.sum(d.x * eta - d.n * np.logaddexp(0, eta), axis=0) - 0.5 * np.sum(u * u, axis=0)
    return d.constant + inside - 0.5 * np.linalg.slogdet(A)[1]


def _hsroc(mu, G):
    """Harbord et al.'s (2007, Biostatistics 8:239) translation to Rutter and Gatsonis' model."""
    a, b = np.sqrt(np.diag(G))
    if a < 1e-6 or b < 1e-6:
        return None
    root = np.sqrt(b / a)
    return {
        "Theta": float(0.5 * (root * mu[0] - mu[1] / root)),
        "Lambda": float(root * mu[0] + mu[1] / root),
        "beta": float(np.log(b / a)),
        "var_theta": float(0.5 * (a * b - G[0, 1])),
        "var_alpha": float(2 * (a * b + G[0, 1])),
    }


def sroc(fit, specificity):
    """Sensitivity on the summary curve of an `AccuracyFit` at ``specificity``, arrays of one shape.

    The HSROC curve; raises `NotEstimable` where the model has none (a variance of 0).
    """
    if fit.hsroc is None:
        raise NotEstimable("with no variance between studies there is a point, not a curve")
    false = 1 - np.asarray(specificity, float)
    beta = fit.hsroc["beta"]
    logit = np.log(false / (1 - false))
    return expit(fit.hsroc["Lambda"] * np.exp(-beta / 2) + np.exp(-beta) * logit)


def region(fit, *, prediction=False, points=100):
    """Sensitivity and specificity (points, 2) around a confidence region of the summary point.

    ``prediction`` adds the variance between studies: where a new study's true values would lie.
    """
    V = fit.vb + (fit.G if prediction else 0.0)
    angle = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    radius = np.sqrt(chdtri(2, 1 - fit.level))
    return expit(fit.mu + radius * (np.linalg.cholesky(V) @ circle).T)
