"""Standard errors of lme4's mixed models of counts by Laplace's approximation.

`glmer(nAGQ = 1)` takes the determinant of each evaluation one step of its inner search behind the
mode, and starts that search at one place; its numerical Hessian (steps of 1e-4) sees the lag, and
standard errors come out up to 1 % off those of the likelihood itself. Bates et al. (2015), J Stat
Softw 67(1), describes the search.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.hermite import hermgauss
from scipy.optimize import minimize

from analysis.stats.glmm_levels import contrast_test, own_effects
from analysis.stats.glmm_models import Binomial, Poisson, TwoArms

SETTLED, DELTA = 1e-7, 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """``parts``: the likelihoods of each arm, each of k studies; ``X`` (arms, k, q).

    ``codes`` (effects, arms): what each random effect adds to each arm.
    """

    parts: tuple
    X: np.ndarray
    codes: np.ndarray

    def slopes(self, eta):
        found = [part.slopes(e) for part, e in zip(self.parts, eta, strict=True)]
        return np.array([f[0] for f in found]), -np.array([f[1] for f in found])

    def deviance(self, eta):
        return sum(
            2 * float(np.sum(_saturated(part) - part.loglik(e)))
            for part, e in zip(self.parts, eta, strict=True)
        )


def _saturated(part):
    size = part.x.size
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(part, Poisson):
            return part.loglik(np.where(part.x > 0, np.log(part.x / part.t), -700.0))
        logit = np.log(part.x / (part.n - part.x)) - part.offset
    return part.loglik(np.clip(np.broadcast_to(logit, size), -700, 700))


def rows_of(study, X):
    """`Rows` of one group with an effect a study, or of two with a level and an effect each."""
    if isinstance(study, TwoArms):
        k, p = X.shape
        level = np.ones((k, 1))
        arms = [np.hstack([X, level]), np.hstack([np.zeros((k, p)), level])]
        return Rows((study.first, study.second), np.array(arms), np.array([[1, 1], [0.5, -0.5]]))
    assert isinstance(study, Binomial | Poisson)
    return Rows((study,), X[None], np.ones((1, 1)))


def _step(rows, scale, eta, offset):
    """Deviations u (effects, k) of one step from ``eta``, and the log determinant before it."""
    slope, weight = rows.slopes(eta)
    coded = scale[:, None] * rows.codes
    A = np.einsum("ea,ak,fa->kef", coded, weight, coded) + np.eye(scale.size)
    c = np.einsum("ea,ak->ke", coded, weight * (eta - offset) + slope)
    u = np.linalg.solve(A, c[..., None])[..., 0].T
    return u, float(np.linalg.slogdet(A)[1].sum())


def deviance(rows, scale, beta, start):
    """lme4's criterion at SDs ``scale`` (effects,) and coefficients ``beta``."""
    offset = rows.X @ beta
    eta, before = start, np.inf
    for _ in range(100):
        u, log_det = _step(rows, scale, eta, offset)
        eta = offset + np.einsum("ea,ek->ak", scale[:, None] * rows.codes, u)
        now = rows.deviance(eta) + float(np.sum(u**2))
        if abs((before - now) / now) < SETTLED:
            break
        before = now
    return now + log_det


def loglik_from_saturated(study, fit):
    """What lme4 reports with quadrature and random levels: less the saturated log-likelihood."""
    return fit.ll - sum(float(np.sum(_saturated(part))) for part in (study.first, study.second))


def first_stage(rows, scale):
    """``(criterion, linear predictor)`` with the coefficients at the joint mode (nAGQ = 0)."""
    q = rows.X.shape[2]
    eta = np.array([_first_guess(part) for part in rows.parts])
    coded, before = scale[:, None] * rows.codes, np.inf
    for _ in range(100):
        slope, weight = rows.slopes(eta)
        A = np.einsum("ea,ak,fa->kef", coded, weight, coded) + np.eye(scale.size)
        B = np.einsum("ea,ak,akq->keq", coded, weight, rows.X)
        z = weight * eta + slope
        c = np.einsum("ea,ak->ke", coded, z)
        solved = np.linalg.solve(A, np.concatenate([B, c[..., None]], axis=2))
        XX = np.einsum("akq,ak,akr->qr", rows.X, weight, rows.X)
        left = XX - np.einsum("keq,ker->qr", B, solved[..., :q])
        right = np.einsum("akq,ak->q", rows.X, z) - np.einsum("keq,ke->q", B, solved[..., q])
        beta = np.linalg.solve(left, right)
        u = (solved[..., q] - solved[..., :q] @ beta).T
        eta = rows.X @ beta + np.einsum("ea,ek->ak", coded, u)
        now = rows.deviance(eta) + float(np.sum(u**2))
        if abs((before - now) / now) < SETTLED:
            break
        before = now
    return now + float(np.linalg.slogdet(A)[1].sum()), eta


def _first_guess(part):
    """R's starting value of a linear predictor, (k,): the count, a little away from 0 and all."""
    if isinstance(part, Poisson):
        return np.log((part.x + 0.1) / part.t)
    share = (part.x + 0.5) / (part.n + 1)
    return np.log(share / (1 - share)) - part.offset


def covariance(rows, scale, beta):
    """Covariance (q, q) of the coefficients from lme4's Hessian in SDs and coefficients."""
    stage = minimize(lambda s: first_stage(rows, np.abs(s))[0], scale, method="Nelder-Mead",
                     options={"xatol": 1e-7, "fatol": 1e-9})  # fmt: skip
    start = first_stage(rows, np.abs(stage.x))[1]
    effects = scale.size

    def f(x):
        return deviance(rows, x[:effects], x[effects:], start)

    x = np.r_[scale, beta]
    steps, centre = np.eye(x.size) * DELTA, f(x)
    H = np.empty((x.size, x.size))
    for j in range(x.size):
        e = steps[j]
        H[j, j] = (f(x + e) - 2 * centre + f(x - e)) / DELTA**2
        for i in range(j):
            d = steps[i]
            H[i, j] = H[j, i] = (f(x + d + e) - f(x + d - e) - f(x - d + e) + f(x - d - e)) / (
                4 * DELTA**2
            )
    return 2 * np.linalg.inv(H)[effects:, effects:]


def fit_covariance(study, fit, X):
    """The covariance (p, p) lme4 gives for the coefficients of a `GlmmFit` by Laplace."""
    rows, p = rows_of(study, X), X.shape[1]
    if not isinstance(study, TwoArms):
        return covariance(rows, np.array([fit.tau2**0.5]), fit.beta)
    scale = np.sqrt([fit.sigma2, fit.tau2])
    const = _mean_level(rows, scale, fit.beta)
    return covariance(rows, scale, np.r_[fit.beta, const])[:p, :p]


def _mean_level(rows, scale, beta):
    start = first_stage(rows, scale)[1]
    found = minimize(lambda c: deviance(rows, scale, np.r_[beta, c], start), [start[-1].mean()],
                     method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})  # fmt: skip
    return found.x[0]


def heterogeneity(study, fit, X):
    """lme4's Wald test that studies with effects of their own share one model (UM.RS)."""
    effects, const = X @ fit.beta, _mean_level(rows_of(study, X), np.sqrt([fit.sigma2, 0.0]),
                                               fit.beta)  # fmt: skip
    own = own_effects(study, effects, np.array([const, fit.sigma2**0.5]), hermgauss(1))
    k = X.shape[0]
    level = np.ones((k, 1))
    arms = [np.hstack([np.eye(k), level]), np.hstack([np.zeros((k, k)), level])]
    rows = Rows((study.first, study.second), np.array(arms), np.ones((1, 2)))
    V = covariance(rows, np.array([own.sigma]), np.r_[own.effects, own.const])[:k, :k]
    return contrast_test(np.linalg.inv(V), own.effects, X)
