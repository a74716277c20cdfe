"""Responders among individual patients: a logistic model with a random intercept for studies."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logsumexp

from . import wald
from .errors import NotEstimable
from .likelihood_search import curvature, maximise
from .mixed_data import patients_of, refuse_studies_told
from .mixed_tests import estimates


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """Log odds ratios ``beta`` (p,) at a study's own level, with standard errors and z tests.

    ``var_study`` is the variance between studies on the logit scale, ``icc`` its share beside the
    logistic distribution's own (pi^2 / 3); ``blup`` one deviation a study in the order of
    ``studies``. ``ll`` includes every constant. ``rows`` are the n rows used, ``levels`` those of
    the factors.
    """

    formula: str
    terms: tuple
    beta: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    vb: np.ndarray
    var_study: float
    ll: float
    n: int
    events: int
    studies: tuple
    blup: np.ndarray
    rows: np.ndarray
    levels: dict

    @property
    def icc(self):
        return self.var_study / (self.var_study + np.pi**2 / 3)

    @property
    def AIC(self):
        return -2 * self.ll + 2 * (self.beta.size + 1)


def fit_responders(formula, columns, *, study="study", nodes=7, levels=None, level=0.95):
    """Fit ``response ~ group + age`` to responses of 0 and 1 by maximum likelihood.

    The random intercept is integrated out by adaptive Gauss-Hermite quadrature with ``nodes``
    points (1 is Laplace's approximation). Raises `NotEstimable` for other responses, fewer than
    two studies, coefficients that the data cannot tell apart or that run to infinity.
    Source: Pinheiro & Chao (2006), J Comput Graph Stat 15:58.
    """
    d = patients_of(formula, columns, study, levels)
    if not np.isin(d.y, (0, 1)).all() or d.y.min() == d.y.max():
        raise NotEstimable("responses are 0 and 1, and both must occur")
    share = np.bincount(d.group, d.y) / np.bincount(d.group)
    if np.isin(share, (0, 1)).all():
        raise NotEstimable("in every study all respond or none: the studies differ without bound")
    refuse_studies_told(d.X, d.group)
    rule = np.polynomial.hermite.hermgauss(nodes)

    def loglik(theta):
        return float(_integrated(d, d.X @ theta[:-1], abs(theta[-1]), rule)[0].sum())

    start = _fixed(d)
    theta, ll = maximise(loglik, [np.r_[start, 0.6]])
    flat = loglik(np.r_[start, 0.0])
    if flat >= ll - 1e-9:
        theta, ll = np.r_[start, 0.0], flat
    free = theta if theta[-1] else theta[:-1]
    H = -curvature(lambda x: loglik(np.r_[x, theta[x.size :]]), free)
    if not np.isfinite(H).all() or np.linalg.eigvalsh(H).min() <= 0:
        raise NotEstimable("the likelihood is flat: the responses do not determine this model")
    p = d.X.shape[1]
    beta, vb = theta[:p], np.linalg.inv(H)[:p, :p]
    se = np.sqrt(np.diag(vb))
    margin = wald.critical(level) * se
    return LogisticFit(
        formula=formula, terms=d.names, beta=beta, se=se, stat=beta / se,
        pval=wald.two_sided(beta / se), ci_lb=beta - margin, ci_ub=beta + margin, vb=vb,
        var_study=float(theta[-1] ** 2), ll=ll, n=d.y.size, events=int(d.y.sum()),
        studies=d.studies, blup=_integrated(d, d.X @ beta, abs(theta[-1]), rule)[1], rows=d.rows,
        levels=d.matrix.levels,
    )  # fmt: skip


def wald_z(fit, L, *, level=0.95):
    """`mixed_tests.Estimates` of the combinations ``L`` (m, p): log odds, or their ratios."""
    L = np.atleast_2d(np.asarray(L, float))
    return estimates(L, fit.beta, fit.vb, np.full(len(L), np.inf), level)


def averaged(eta, var_study):
    """Chances of response (m,) on average over studies, of log odds ``eta`` (m,) in a study at the
    middle: the deviations N(0, ``var_study``) are integrated out."""
    x, w = np.polynomial.hermite.hermgauss(60)
    at = np.asarray(eta, float)[:, None] + np.sqrt(2 * var_study) * x
    return expit(at) @ w / np.sqrt(np.pi)


def _fixed(d):
    """Coefficients without random intercepts, by Newton's method."""
    beta = np.zeros(d.X.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-d.X @ beta))
        information = d.X.T @ (d.X * (p * (1 - p))[:, None])
        step = np.linalg.solve(information, d.X.T @ (d.y - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            return beta
        if np.abs(d.X @ beta).max() > 30:
            break
    raise NotEstimable(
        "a group or covariate tells responders from others without fail: its odds ratio is infinite"
    )


def _integrated(d, eta, sigma, rule):
    """Log-likelihood of each study and the likeliest deviation of each, arrays (s,)."""
    size = len(d.studies)
    u = np.zeros(size)

    def total(values):
        return np.bincount(d.group, values, minlength=size)

    def inside(at):
        z = eta + at[d.group]
        return total(d.y * z - np.logaddexp(0, z))

    if sigma < 1e-8:
        return inside(u), u
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(eta + u[d.group], -500, 500)))
        bend = total(p * (1 - p)) + sigma**-2
        step = (total(d.y - p) - u / sigma**2) / bend
        u = u + np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-11:
            break
    width = 1 / np.sqrt(bend)
    x, w = rule
    heights = []
    for node, weight in zip(x, w, strict=True):
        at = u + np.sqrt(2) * width * node
        heights.append(inside(at) - 0.5 * (at / sigma) ** 2 + node**2 + np.log(weight))
    return logsumexp(heights, axis=0) + np.log(width / sigma) - 0.5 * np.log(np.pi), u
