"""Two groups with random levels of the studies (UM.RS): the marginal likelihood of the counts."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from .errors import NotEstimable
from .likelihood_search import curvature, maximise

STEP = 1e-3
EXTREME = 25.0  # on the log scale: no count tells this from infinity


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the likelihood of counts is greatest, and the tests against effects of their own.

    ``sigma2`` and ``const``: variance and mean of the studies' levels where these are random.
    """

    beta: np.ndarray
    vb: np.ndarray
    tau2: float
    se_tau2: float | None
    ll: float
    parameters: int
    QE_Wld: float | None
    QE_LRT: float
    ll_saturated: float
    sigma2: float | None = None
    const: float | None = None


def random_levels(arms, X, random, rule):
    """`Maximum` for `TwoArms`: level ``N(const, sigma2)``, effect ``N(X beta, tau2)``, independent.

    With random effects the two integrals of a study are Laplace's approximation, without
    Gauss-Hermite's ``rule``. The effect counts in group 1, its deviations half and half.
    """
    p = X.shape[1]

    def loglik(theta):
        tau = theta[p + 2] if random else 0.0
        return float(np.sum(_marginal(arms, theta[p], X @ theta[:p], theta[p + 1], tau, rule)))

    start = _start(arms, p)
    common, common_ll = maximise(
        lambda t: float(np.sum(_marginal(arms, t[p], X @ t[:p], t[p + 1], 0.0, rule))), [start]
    )
    theta, ll = common, common_ll
    if random:
        theta, ll = maximise(loglik, [np.r_[common, s] for s in (0.5, 0.1)])
        if abs(theta[-1]) < 1e-4:
            theta = np.r_[theta[:-1], 0.0]
    free = theta if random and theta[-1] else theta[: p + 2]
    H = -curvature(lambda x: loglik(np.r_[x, theta[x.size :]]), free)
    if not np.isfinite(H).all() or np.linalg.eigvalsh(H).min() <= 0:
        raise NotEstimable("the likelihood is flat: the counts do not determine this model")
    C = np.linalg.inv(H)
    tau2 = float(theta[-1] ** 2) if random else 0.0
    se_tau2 = float(2 * abs(theta[-1]) * np.sqrt(C[-1, -1])) if tau2 > 0 else None
    rule = np.polynomial.hermite.hermgauss(1) if random else rule
    if random:
        _, common_ll = maximise(
            lambda t: float(np.sum(_marginal(arms, t[p], X @ t[:p], t[p + 1], 0.0, rule))), [common]
        )
    own = own_effects(arms, X @ common[:p], common[p:], rule)
    return Maximum(theta[:p], C[:p, :p], tau2, se_tau2, ll, p + 2 + random,
                   _wald(arms, X, own, rule), 2 * (own.ll - common_ll), own.ll,
                   float(theta[p + 1] ** 2), float(theta[p]))  # fmt: skip


def _start(arms, p):
    """No effect, the mean level of the studies and its spread."""
    level = np.clip(arms.alpha(np.zeros(np.shape(arms.first.x))), -15, 15)
    return np.r_[np.zeros(p), level.mean(), max(float(level.std()), 0.1)]


def _marginal(arms, const, effect, sigma, tau, rule):
    """Log-likelihood of each study, (k,), over level and effect."""
    first, second = const + effect, np.full_like(effect, const)

    def inside(a, b):
        up, down = first + sigma * a + tau * b / 2, second + sigma * a - tau * b / 2
        return arms.first.loglik(up) + arms.second.loglik(down) - 0.5 * (a * a + b * b)

    a = np.zeros_like(effect)
    b = np.zeros_like(effect)
    for _ in range(100):
        up, down = first + sigma * a + tau * b / 2, second + sigma * a - tau * b / 2
        (g1, h1), (g2, h2) = arms.first.slopes(up), arms.second.slopes(down)
        ga, gb = sigma * (g1 + g2) - a, tau * (g1 - g2) / 2 - b
        haa, hbb = sigma**2 * (h1 + h2) - 1, tau**2 * (h1 + h2) / 4 - 1
        hab = sigma * tau * (h1 - h2) / 2
        det = haa * hbb - hab**2
        step_a, step_b = (hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det
        longest = np.maximum(np.maximum(np.abs(step_a), np.abs(step_b)), 1e-300)
        short = np.minimum(1.0, 3.0 / longest)
        a, b = a - short * step_a, b - short * step_b
        if longest.max() < 1e-10:
            break
    if tau == 0.0 and rule[0].size > 1:
        width = 1 / np.sqrt(-haa)
        at = a + np.sqrt(2) * width * rule[0][:, None]
        heights = inside(at, 0.0) + (rule[0] ** 2 + np.log(rule[1]))[:, None]
        return logsumexp(heights, axis=0) + np.log(width) - 0.5 * np.log(np.pi)
    return inside(a, b) - 0.5 * np.log(det)


@dataclass(frozen=True, slots=True, eq=False)
class OwnEffects:
    """An effect for each study, (k,), over random levels ``N(const, sigma^2)``."""

    effects: np.ndarray
    const: float
    sigma: float
    ll: float


def own_effects(arms, start, shared, rule):
    """`OwnEffects` from ``start`` (k,) and ``shared`` = (const, sigma).

    An infinite one stands at the bound, where the likelihood no longer changes. Given
    const and sigma the studies part, so each effect is found by itself.
    """

    def each(d, at):
        return _marginal(arms, at[0], d, at[1], 0.0, rule)

    def settled(at):
        d = start
        for _ in range(60):
            up, here, down = (each(d + s, at) for s in (STEP, 0.0, -STEP))
            bend = np.minimum((up - 2 * here + down) / STEP**2, -1e-9)
            step = np.clip((up - down) / (2 * STEP) / bend, -2, 2)
            moved = np.clip(d - step, -EXTREME, EXTREME)
            step, d = moved - d, moved
            if np.abs(step).max() < 1e-9:
                break
        return d

    shared, ll = maximise(lambda at: float(np.sum(each(settled(at), at))), [shared])
    effects = settled(shared)
    return OwnEffects(effects, float(shared[0]), float(shared[1]), ll)


def _wald(arms, X, own, rule):
    """The test that the own effects are ``X beta``; their Hessian is a diagonal with borders."""
    shared, h = np.array([own.const, own.sigma]), 2e-3

    def each(d, at):
        return _marginal(arms, at[0], own.effects + d, at[1], 0.0, rule)

    dd = (each(h, shared) - 2 * each(0.0, shared) + each(-h, shared)) / h**2
    border = np.array([
        (each(h, shared + e) - each(h, shared - e) - each(-h, shared + e) + each(-h, shared - e))
        / (4 * h * h)
        for e in np.eye(2) * h
    ])  # fmt: skip
    both = curvature(lambda at: float(np.sum(each(0.0, at))), shared)
    return contrast_test(-(np.diag(dd) - border.T @ np.linalg.solve(both, border)), own.effects, X)


def contrast_test(information, effects, X):
    """Chi-square that effects with an ``information`` matrix are ``X beta``."""
    bread = np.linalg.inv(X.T @ information @ X)
    r = effects - X @ (bread @ (X.T @ information @ effects))
    return float(r @ information @ r)
