"""Generalised linear mixed models: the counts themselves, without a normal approximation."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from . import wald
from .effects import escalc
from .errors import NotEstimable, NotPoolable
from .glmm_levels import EXTREME, Maximum, random_levels
from .glmm_models import Levelled, TwoArms, study_model
from .pooling import rma
from .studies_search import FLAT, Terms, covariance, highest, inverse_information

NAMES = {"PLO": ("xi", "ni"), "IRLN": ("xi", "ti"), "IRR": ("x1i", "t1i", "x2i", "t2i"),
         "OR": ("ai", "bi", "ci", "di")}  # fmt: skip

UNBOUNDED = 1e300  # finite, so that a middle exists


@dataclass(frozen=True, slots=True, eq=False)
class GlmmFit:
    """Coefficients on the measure's log or logit scale; ``tau2`` is the variance of the effects.

    ``QE_Wld`` and ``QE_LRT`` compare with a model in which each study has its own effect, by Wald
    and likelihood ratio; an infinite own effect enters as the limit, in Wald's with no weight (None
    when too few others are left). ``ll`` includes the constants of the distributions;
    ``parameters`` counts tau2, and the levels of the studies under UM.FS. ``sigma2`` is the
    variance of these levels under UM.RS.
    """

    measure: str
    model: str
    method: str
    test: str
    k: int
    p: int
    terms: tuple
    beta: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    ddf: int | None
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    vb: np.ndarray
    tau2: float
    se_tau2: float | None
    I2: float
    H2: float
    QE_Wld: float | None
    QEp_Wld: float | None
    QE_LRT: float
    QEp_LRT: float | None
    QE_df: int
    ll: float
    ll_saturated: float
    parameters: int
    level: float
    sigma2: float | None = None


def fit_glmm(
    measure, columns, *, model="UM.FS", method="ML", X=None, terms=None, test="z", level=0.95,
    nodes=7,
):  # fmt: skip
    """Fit PLO or IRLN of one group, or OR or IRR of two.

    UM.FS gives each study a level of its own (binomial or Poisson in both groups), UM.RS levels
    that are random and unrelated to the effects (Laplace with random effects); CM.EL
    conditions on each study's margins (exact); CM.AL approximates that by a binomial for rare
    events. ``method`` ML, or EE for a common effect. ``X`` (k, p) with intercept. The integral
    over the effects is adaptive Gauss-Hermite quadrature with ``nodes`` points (1: Laplace).
    Tables of two groups without events, or with nothing but events, count in nothing.
    Source: Stijnen, Hamza & Ozdemir (2010), Stat Med 29:3046.
    """
    columns, X, terms = _complete(measure, columns, X, terms)
    k, p = X.shape
    random = method == "ML"
    if method not in ("ML", "EE") or k < p + random:
        raise NotPoolable(
            "choose ML or EE: ML with more studies than coefficients, EE with as many"
        )
    rule = np.polynomial.hermite.hermgauss(nodes)
    if model == "UM.RS":
        found = random_levels(study_model(measure, "UM.FS", columns), X, random, rule)
        return _result(measure, model, method, columns, X, terms, test, level, found)
    study = study_model(measure, model, columns)

    parameters = p + random + (k if isinstance(study, TwoArms) else 0)
    found = Maximum(*_fitted(study, X, random, rule), parameters, *_against_own_effects(study, X))
    return _result(measure, model, method, columns, X, terms, test, level, found)


def _complete(measure, columns, X, terms):
    if measure not in NAMES:
        raise NotEstimable(f"no such model for {measure}: choose one of {', '.join(NAMES)}")
    raw = {name: np.asarray(columns[name], float) for name in NAMES[measure]}
    X = np.ones((len(next(iter(raw.values()))), 1)) if X is None else np.asarray(X, float)
    keep = ~np.any([np.isnan(v) for v in raw.values()], axis=0) & ~np.isnan(X).any(1)
    keep &= _informative(measure, raw)
    if not keep.any():
        raise NotEstimable("no table has both events and non-events")
    raw = {name: values[keep] for name, values in raw.items()}
    terms = tuple(terms) if terms else (("intrcpt",) if X.shape[1] == 1 else
                                        tuple(f"x{j + 1}" for j in range(X.shape[1])))  # fmt: skip
    return raw, X[keep], terms


def _informative(measure, raw):
    """Whether each table of two groups says anything of the effect, (k,)."""
    if measure == "IRR":
        return raw["x1i"] + raw["x2i"] != 0
    if measure == "OR":
        return (raw["ai"] + raw["ci"] != 0) & (raw["bi"] + raw["di"] != 0)
    return np.ones(raw[NAMES[measure][0]].size, bool)


def _fitted(study, X, random, rule):
    """``(beta, vb, tau2, se_tau2, ll)``; the SD of the effects is searched from two starts."""
    common = _common(study, X)
    eta = X @ common
    if random:
        own = study.alpha(eta) if isinstance(study, TwoArms) else None
        terms = Terms(partial(_term, study, rule), X)
        tops = [highest(terms, common, [tau], own) for tau in (0.5, 0.1)]
        top = max(tops, key=lambda top: top.value)
        tau = abs(float(top.shared[0]))
        if tau >= 1e-4:
            C = covariance(terms, top)
            return top.beta, C[:-1, :-1], tau**2, 2 * tau * float(np.sqrt(C[-1, -1])), top.value
    bend = -study.slopes(eta)[1]
    vb = inverse_information(X.T @ (bend[:, None] * X))
    return common, vb, 0.0, None, float(np.sum(study.loglik(eta)))


def _term(study, rule, eta, tau, level=None):
    held = study if level is None else Levelled(study, level)
    return integrated(held, eta, abs(tau), rule)


def integrated(study, eta, tau, rule):
    """Log-likelihood of each study with effects spread by ``tau`` around ``eta``, (k,)."""
    if tau < 1e-10:
        return study.loglik(eta)
    if isinstance(study, TwoArms):
        study = levelled(study, eta, tau, rule)
    u = modes(study, eta, tau)
    width = 1 / np.sqrt(1 / tau**2 - study.slopes(eta + u)[1])
    x, w = rule
    at = u + np.sqrt(2) * width * x[:, None]
    inside = study.loglik(eta + at) - 0.5 * (at / tau) ** 2 + x[:, None] ** 2
    total = logsumexp(inside + np.log(w)[:, None], axis=0)
    return total + np.log(width / tau) - 0.5 * np.log(np.pi)


def levelled(arms, eta, tau, rule):
    """`TwoArms` with each study's level where its integrated likelihood is greatest."""
    level, h = arms.alpha(eta), 1e-4
    for _ in range(30):
        up, here, down = (
            integrated(Levelled(arms, level + s), eta, tau, rule) for s in (h, 0.0, -h)
        )
        bend = np.minimum((up - 2 * here + down) / h**2, -1e-6)
        step = np.clip((up - down) / (2 * h) / bend, -1, 1)
        level = level - step
        if np.abs(step).max() < 1e-8:
            break
    return Levelled(arms, level)


def modes(study, eta, tau):
    """The likeliest deviation of each study from ``eta`` when deviations have SD ``tau``, (k,).

    Newton's steps, halving where one would leave what earlier ones have bracketed.
    """
    u = np.zeros_like(eta)
    low, high = u - UNBOUNDED, u + UNBOUNDED
    for _ in range(60):
        first, second = study.slopes(eta + u)
        slope = first - u / tau**2
        low, high = np.where(slope > 0, u, low), np.where(slope < 0, u, high)
        step = slope / (second - 1 / tau**2)
        moved = u - np.clip(step, -3, 3)
        fits = (np.abs(step) < 1e-11) | (moved > low) & (moved < high)
        u = np.where(fits, moved, 0.5 * (low + high))
        if np.abs(step).max() < 1e-11:
            break
    return u


def _common(study, X):
    """Coefficients (p,) of the common-effect model."""

    def objective(b):
        eta = X @ b
        return -float(np.sum(study.loglik(eta))), -X.T @ study.slopes(eta)[0]

    b = minimize(objective, np.zeros(X.shape[1]), jac=True, method="BFGS").x
    for _ in range(50):
        first, second = study.slopes(X @ b)
        try:
            step = np.linalg.solve(X.T @ (second[:, None] * X), X.T @ first)
        except np.linalg.LinAlgError as singular:
            raise NotEstimable(FLAT) from singular
        if not np.isfinite(step).all():
            raise NotEstimable(FLAT)
        b = b - step
        if np.abs(step).max() < 1e-12:
            break
    return b


def _own_effects(study, k):
    """Each study's own effect and its variance, (k,); the variance is infinite where the counts
    are extreme, and the effect stands where the likelihood no longer changes."""
    eta = np.zeros(k)
    for _ in range(200):
        first, second = study.slopes(eta)
        step = np.clip(first / np.minimum(second, -1e-12), -2, 2)
        moved = np.clip(eta - step, -EXTREME, EXTREME)
        step, eta = moved - eta, moved
        if np.abs(step).max() < 1e-12:
            break
    second = study.slopes(eta)[1]
    extreme = (np.abs(eta) >= EXTREME) | (second > -1e-10)
    return eta, np.where(extreme, np.inf, -1 / np.where(extreme, -1.0, second))


def _against_own_effects(study, X):
    """``(QE_Wld, QE_LRT, ll_saturated)``. A study whose own effect is infinite takes part in the
    likelihood, as its limit, and not in Wald's test, where its variance is infinite; that test is
    None when too few others are left."""
    effects, variances = _own_effects(study, X.shape[0])
    saturated = float(np.sum(study.loglik(effects)))
    common = float(np.sum(study.loglik(X @ _common(study, X))))
    known = np.isfinite(variances)
    few = known.sum() < X.shape[1] or np.linalg.matrix_rank(X[known]) < X.shape[1]
    wald_test = None if few else rma(effects[known], variances[known], X=X[known], method="FE").QE
    return wald_test, 2 * (saturated - common), saturated


def _result(measure, model, method, columns, X, terms, test, level, found):
    k, p = X.shape
    ddf = k - p if test == "t" else None
    beta, tau2, se = found.beta, found.tau2, np.sqrt(np.diag(found.vb))
    stat, margin = beta / se, wald.critical(level, ddf) * se
    effects = escalc(measure, columns)
    s2 = rma(effects.yi, effects.vi, X=X, terms=terms, method="FE").s2
    return GlmmFit(
        measure=measure, model=model, method=method, test=test, k=k, p=p, terms=terms, beta=beta,
        se=se, stat=stat, ddf=ddf, pval=wald.two_sided(stat, ddf), ci_lb=beta - margin,
        ci_ub=beta + margin, vb=found.vb, tau2=tau2, se_tau2=found.se_tau2,
        I2=100 * tau2 / (tau2 + s2) if k > p else 0.0, H2=tau2 / s2 + 1 if k > p else 1.0,
        QE_Wld=found.QE_Wld, QEp_Wld=_p(found.QE_Wld, k - p), QE_df=k - p,
        QE_LRT=found.QE_LRT, QEp_LRT=_p(found.QE_LRT, k - p), ll=found.ll,
        ll_saturated=found.ll_saturated, parameters=found.parameters, level=level,
        sigma2=found.sigma2,
    )  # fmt: skip


def _p(q, df):
    return None if q is None else wald.chi2_p(q, df)
