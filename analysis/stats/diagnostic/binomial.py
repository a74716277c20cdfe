"""The bivariate model of counts: binomial within studies, normal logits between them."""

import numpy as np
from scipy.special import expit, gammaln, logsumexp

from ..likelihood_search import curvature, maximise
from .counts import counts
from .fit import assembled, factor, inverse

# Factors of G to search from: its parts independent, and going against each other.
STARTS = ([0.7, 0.0, 0.7], [0.5, -0.7, 0.3])


def bivariate(tp, fn, fp, tn, *, group=None, points=1, level=0.95):
    """Fit counts of each study, arrays (k,): ``tp`` of ``tp + fn`` diseased test positive.

    Binomial in both sorts of patients, logits jointly normal between studies, by ML: Laplace's
    approximation, or adaptive Gauss-Hermite quadrature with ``points`` a dimension. ``group`` (k,)
    gives each of its values means of its own; G is shared. A study with one sort of patients (the
    other missing) adds what it has. Raises `NotPoolable` as `counts.counts` does, `NotEstimable`
    where the likelihood is flat. Source: Reitsma et al. (2005), J Clin Epidemiol 58:982; Chu &
    Cole (2006), J Clin Epidemiol 59:1331.
    """
    d = counts(tp, fn, fp, tn, group)
    g = d.X.shape[1]
    rule = _rule(points)
    constant = (gammaln(d.n + 1) - gammaln(d.x + 1) - gammaln(d.n - d.x + 1)).sum()

    def loglik(theta):
        return float(_marginal(d, theta, rule).sum() + constant)

    shares = (d.x @ d.X + 0.5) / (d.n @ d.X + 1)
    means = np.log(shares / (1 - shares)).ravel()
    theta, ll = maximise(loglik, [np.r_[means, part] for part in STARTS])
    cov = inverse(-curvature(loglik, theta), 2 * g)
    return assembled("binomial", theta, cov, ll, d, level)


def _rule(points):
    """Nodes (m, 2) and log weights (m,) of a product rule against ``exp(-|z|^2)``."""
    nodes, weights = np.polynomial.hermite.hermgauss(points)
    a, b = np.meshgrid(nodes, nodes)
    return np.c_[a.ravel(), b.ravel()], np.add.outer(np.log(weights), np.log(weights)).ravel()


def _marginal(d, theta, rule):
    """Log-likelihood of each study, (k,), but for its binomial coefficients."""
    L = factor(theta)
    mu = theta[:-3].reshape(2, -1) @ d.X.T
    u, A = _mode(d, mu, L)
    nodes, weights = rule
    C = np.linalg.cholesky(np.linalg.inv(A))
    at = u[:, None, :] + np.sqrt(2) * np.einsum("kij,mj->imk", C, nodes)
    eta = mu[:, None, :] + np.einsum("ij,jmk->imk", L, at)
    heights = np.sum(d.x[:, None] * eta - d.n[:, None] * np.logaddexp(0, eta), axis=0)
    heights += (nodes**2).sum(1)[:, None] + weights[:, None] - 0.5 * np.sum(at * at, axis=0)
    # The two factors of 2 pi: sqrt(2) twice of the nodes, and the normal density.
    return logsumexp(heights, axis=0) - np.log(np.pi) - 0.5 * np.linalg.slogdet(A)[1]


def _mode(d, mu, L):
    """The likeliest standard normal deviations of each study, (2, k), and their information.

    Newton's method; a step that would lead a study downhill is halved, else it may go in circles.
    """
    u = np.zeros((2, d.k))
    height = _height(d, mu, L, u)
    for _ in range(100):
        p = expit(mu + L @ u)
        slope = L.T @ (d.x - d.n * p) - u
        step = np.linalg.solve(_information(d, p, L), slope.T[:, :, None])[:, :, 0].T
        for _ in range(30):
            there = _height(d, mu, L, u + step)
            lower = there < height - 1e-12
            if not lower.any():
                break
            step = np.where(lower, step / 2, step)
        u, height = u + step, there
        if np.abs(step).max() < 1e-10:
            break
    return u, _information(d, expit(mu + L @ u), L)


def _height(d, mu, L, u):
    eta = mu + L @ u
    return np.sum(d.x * eta - d.n * np.logaddexp(0, eta) - 0.5 * u * u, axis=0)


def _information(d, p, L):
    return np.einsum("ai,ak,aj->kij", L, d.n * p * (1 - p), L) + np.eye(2)
