"""A fitted bivariate model, and what follows from its parameters by the delta method."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from .. import wald
from ..errors import NotEstimable
from ..likelihood_search import slope

FLAT = 1e-7  # of the steepest curvature: below it a parameter of G is not determined


@dataclass(frozen=True, slots=True)
class Point:
    """A summary point, each number as (estimate, lower, upper).

    ``LRpos`` and ``LRneg`` are the likelihood ratios of a positive and a negative result.
    """

    sens: tuple
    spec: tuple
    LRpos: tuple
    LRneg: tuple
    DOR: tuple


@dataclass(frozen=True, slots=True, eq=False)
class AccuracyFit:
    """The bivariate model on the logit scale: ``mu`` (sensitivity, specificity), ``vb`` (2, 2).

    ``G`` (2, 2) is the covariance between studies. ``point`` is the summary point, ``points`` those
    of each group in the order of ``levels``; with groups ``mu``, ``vb`` and ``point`` are the first
    one's. ``hsroc`` are Rutter and Gatsonis' parameters of the same model (Theta, Lambda, beta and
    the variances of threshold and accuracy) and ``hsroc_se`` their errors; None where a variance is
    0, with groups, and (errors) at a correlation of 1. ``theta`` (2 g + 3) are means and Cholesky
    factor, ``cov`` their covariance. ``k`` studies.
    """

    method: str
    mu: np.ndarray
    se: np.ndarray
    vb: np.ndarray
    G: np.ndarray
    ll: float
    k: int
    point: Point
    points: tuple
    levels: tuple
    hsroc: dict | None
    hsroc_se: dict | None
    theta: np.ndarray
    cov: np.ndarray
    level: float

    @property
    def correlation(self):
        """Between the logits of sensitivity and specificity; None where a variance is 0."""
        a, b = np.sqrt(np.diag(self.G))
        return None if min(a, b) < 1e-6 else float(np.clip(self.G[0, 1] / (a * b), -1, 1))


def assembled(method, theta, cov, ll, d, level):
    """The `AccuracyFit` of ``theta``: sensitivities, specificities, then the factor of G."""
    g = d.X.shape[1]
    L = factor(theta)
    mus = [theta[[j, g + j]] for j in range(g)]
    vbs = [cov[np.ix_([j, g + j], [j, g + j])] for j in range(g)]
    points = tuple(_point(mu, vb, level) for mu, vb in zip(mus, vbs, strict=True))
    G = L @ L.T
    found = hsroc(theta) if g == 1 else None
    errors = None
    if found is not None and abs(G[0, 1]) < 0.999 * np.sqrt(G[0, 0] * G[1, 1]):
        se = delta(theta, cov, lambda at: np.array(list((hsroc(at) or found).values())))
        errors = dict(zip(found, map(float, se), strict=True))
    return AccuracyFit(
        method=method, mu=mus[0], se=np.sqrt(np.diag(vbs[0])), vb=vbs[0], G=G, ll=ll, k=d.k,
        point=points[0], points=points, levels=d.levels, hsroc=found, hsroc_se=errors,
        theta=theta, cov=cov, level=level,
    )  # fmt: skip


def factor(theta):
    """The Cholesky factor of G. Not by logs, so that its diagonal can reach 0."""
    return np.array([[theta[-3], 0.0], [theta[-2], theta[-1]]])


def inverse(H, means):
    """The covariance of parameters from an information matrix whose first ``means`` are means.

    A direction of G in which the likelihood is flat (a variance of 0) is left out. Raises
    `NotEstimable` when the means themselves are not determined.
    """
    if not np.isfinite(H).all():
        raise NotEstimable("the likelihood is flat: the counts do not determine this model")
    # Means and factor on the scale of their own curvature.
    size = np.sqrt(np.abs(np.diag(H)).clip(1e-12))
    values, vectors = np.linalg.eigh(H / np.outer(size, size))
    kept = values > FLAT
    loose = np.abs(vectors[:means][:, ~kept]).max(initial=0.0)
    if loose > 1e-2:
        raise NotEstimable("the likelihood is flat: the counts do not determine this model")
    inner = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    return inner / np.outer(size, size)


def delta(theta, cov, f):
    """Standard errors, (m,), of ``f(theta)`` (m,) by the delta method."""
    m = np.size(f(theta))
    J = np.array([slope(lambda at, i=i: float(np.ravel(f(at))[i]), theta) for i in range(m)])
    return np.sqrt(np.einsum("ij,jk,ik->i", J, cov, J).clip(0))


def hsroc(theta):
    """Harbord et al.'s (2007, Biostatistics 8:239) translation to Rutter and Gatsonis' model."""
    mu, L = theta[:2], factor(theta)
    G = L @ L.T
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


def differ(fit):
    """Wald tests that the groups of a fit do not differ: ``{"both", "sens", "spec"}``, each
    (chi-square, df, p). Raises `NotEstimable` for a fit without groups."""
    g = len(fit.levels)
    if g < 2:
        raise NotEstimable("there are no groups to compare")
    C = np.hstack([-np.ones((g - 1, 1)), np.eye(g - 1)])
    nothing = np.zeros_like(C)
    return {
        "both": _wald(fit, np.block([[C, nothing], [nothing, C]])),
        "sens": _wald(fit, np.hstack([C, nothing])),
        "spec": _wald(fit, np.hstack([nothing, C])),
    }


def _wald(fit, C):
    means = C.shape[1]
    found, V = C @ fit.theta[:means], C @ fit.cov[:means, :means] @ C.T
    q = float(found @ np.linalg.solve(V, found))
    return q, C.shape[0], wald.chi2_p(q, C.shape[0])


def _point(mu, vb, level):
    z = wald.critical(level)
    sens, spec = expit(mu)
    margin = z * np.sqrt(np.diag(vb))
    low, high = expit(mu - margin), expit(mu + margin)

    def ratio(log, gradient):
        wide = z * np.sqrt(gradient @ vb @ gradient)
        return tuple(float(v) for v in np.exp([log, log - wide, log + wide]))

    # log sens and log(1 - sens) from the logit, so that neither is log 0.
    yes, no = -np.logaddexp(0, -mu), -np.logaddexp(0, mu)
    return Point(
        sens=(float(sens), float(low[0]), float(high[0])),
        spec=(float(spec), float(low[1]), float(high[1])),
        LRpos=ratio(yes[0] - no[1], np.array([1 - sens, spec])),
        LRneg=ratio(no[0] - yes[1], np.array([-sens, spec - 1])),
        DOR=ratio(mu.sum(), np.ones(2)),
    )
