"""Two groups with random levels of the studies (UM.RS): the marginal likelihood of the counts."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.special import logsumexp

from .likelihood_search import curvature
from .studies_search import Terms, covariance, highest

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
    terms = Terms(partial(_term, arms, rule), X)
    common = top = highest(terms, np.zeros(p), _start(arms))
    tau2, se_tau2 = 0.0, None
    if random:
        tops = [highest(terms, common.beta, [*common.shared, tau]) for tau in (0.5, 0.1)]
        top = max(tops, key=lambda one: one.value)
    const, sigma, *tau = top.shared
    if random and abs(tau[0]) >= 1e-4:
        C = covariance(terms, top)
        tau2, se_tau2 = float(tau[0] ** 2), float(2 * abs(tau[0]) * np.sqrt(C[-1, -1]))
    else:
        C = covariance(terms, replace(top, shared=top.shared[:2]))
    if random:
        rule = np.polynomial.hermite.hermgauss(1)
        terms = Terms(partial(_term, arms, rule), X)
        common = highest(terms, common.beta, common.shared)
    own = own_effects(arms, X @ common.beta, common.shared, rule)
    return Maximum(top.beta, C[:p, :p], tau2, se_tau2, top.value, p + 2 + random,
                   _wald(arms, X, own, rule), 2 * (own.ll - common.value), own.ll,
                   float(sigma**2), float(const))  # fmt: skip


def _term(arms, rule, eta, const, sigma, tau=0.0):
    return _marginal(arms, const, eta, sigma, tau, rule)


def _start(arms):
    """The mean level of the studies without an effect, and its spread."""
    level = np.clip(arms.alpha(np.zeros(np.shape(arms.first.x))), -15, 15)
    return [level.mean(), max(float(level.std()), 0.1)]


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

    An infinite one stands at the bound, where the likelihood no longer changes.
    """

    def each(_, const, sigma, own):
        return _marginal(arms, const, np.clip(own, -EXTREME, EXTREME), sigma, 0.0, rule)

    falls = arms.first.slopes(np.full_like(start, -EXTREME))[0] <= 0
    rises = arms.first.slopes(np.full_like(start, EXTREME))[0] >= 0
    start = np.where(falls, -EXTREME, np.where(rises, EXTREME, start))
    top = highest(Terms(each, np.empty((start.size, 0))), np.empty(0), shared, start)
    return OwnEffects(np.clip(top.own, -EXTREME, EXTREME), *top.shared.tolist(), top.value)


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
    """Chi-square that effects with an ``information`` matrix are ``X beta``; None where too few are
    finite to tell."""
    try:
        bread = np.linalg.inv(X.T @ information @ X)
    except np.linalg.LinAlgError:
        return None
    r = effects - X @ (bread @ (X.T @ information @ effects))
    return float(r @ information @ r)
