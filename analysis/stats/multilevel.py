"""Multilevel and multivariate models: effects that share studies, patients or places."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from . import wald
from .errors import NotEstimable, NotPoolable
from .pooling import moderators_test, tested_columns
from .structures import Intercept

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class MultilevelFit:
    """A fitted model with marginal covariance ``M`` (k, k), in (squared) effect units.

    ``sigma2`` are the variances of the random intercepts, ``G`` the covariance matrices of
    correlated effects, both in the order of ``random``. Coefficients as in `pooling.Fit`.
    ``parameters`` counts fixed effects, variances and correlations.
    """

    method: str
    test: str
    level: float
    terms: tuple
    beta: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    ddf: float | None
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    vb: np.ndarray
    sigma2: tuple
    G: tuple
    QE: float
    QE_df: int
    QEp: float
    QM: float | None
    QM_df: tuple
    QMp: float | None
    ll: float
    parameters: int
    random: tuple
    theta: np.ndarray
    yi: np.ndarray
    V: np.ndarray
    X: np.ndarray
    M: np.ndarray

    @property
    def k(self):
        return self.yi.size

    @property
    def p(self):
        return self.beta.size


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The data cut into blocks of rows that share something; each step works block by block."""

    y: np.ndarray
    X: np.ndarray
    V: np.ndarray
    random: tuple
    blocks: tuple
    reml: bool


def fit_multilevel(
    yi, V, *, X=None, terms=None, random=(), method="REML", test="z", level=0.95, ddf=None,
    starts=(),
):  # fmt: skip
    """Fit ``y = X beta + random effects + e`` with a known sampling covariance ``V``.

    ``V`` is (k, k), or (k,) for independent effects. ``random``: `structures.Intercept`,
    `structures.Correlated` and `structures.Slopes`; none is the common-effect model. ``method``
    REML or ML. ``test`` z or t, with ``ddf`` (k - p unless given). Raises `NotPoolable` for shapes
    that do not fit, a ``V`` that is no covariance matrix, or more coefficients than effects.
    ``starts`` are parameters to search from besides the usual ones.
    """
    problem, terms = _problem(yi, V, X, terms, random, method)
    if test not in ("z", "t"):
        raise NotPoolable("multilevel models are tested with z or t")
    theta = _maximise(problem, starts=starts) if random else np.zeros(0)
    beta, vb = _coefficients([_block(problem, rows, theta) for rows in problem.blocks])
    df = problem.y.size - problem.X.shape[1]
    ddf = None if test == "z" else (df if ddf is None else ddf)
    se = np.sqrt(np.diag(vb))
    stat, margin = wald.ratio(beta, se), wald.critical(level, ddf) * se
    QM, QM_df, QMp = moderators_test(beta, vb, tested_columns(problem.X), ddf)
    parts = split(problem.random, theta)
    QE = _residual_q(problem)
    return MultilevelFit(
        method=method if random else "FE", test=test, level=level, terms=terms, beta=beta, se=se,
        stat=stat, ddf=ddf, pval=wald.two_sided(stat, ddf), ci_lb=beta - margin,
        ci_ub=beta + margin, vb=vb,
        sigma2=tuple(float(G[0, 0]) for r, G in parts if isinstance(r, Intercept)),
        G=tuple(G for r, G in parts if not isinstance(r, Intercept)),
        QE=QE, QE_df=df, QEp=wald.chi2_p(QE, df), QM=QM, QM_df=QM_df, QMp=QMp,
        ll=_log_likelihood(problem, theta),
        parameters=beta.size + theta.size, random=tuple(random), theta=theta, yi=problem.y,
        V=problem.V, X=problem.X, M=marginal(problem.random, problem.V, theta),
    )  # fmt: skip


def _problem(yi, V, X, terms, random, method):
    y = np.array(yi, float)
    V = np.array(V, float)
    V = np.diag(V) if V.ndim == 1 else V
    X = np.ones((y.size, 1)) if X is None else np.array(X, float)
    if V.shape != (y.size, y.size) or X.shape[0] != y.size:
        raise NotPoolable(f"{y.size} effects, V {V.shape} and model matrix {X.shape} do not match")
    if not (np.isfinite(y).all() and np.isfinite(V).all() and np.isfinite(X).all()):
        raise NotPoolable("every effect, (co)variance and moderator must be present and finite")
    if method not in ("REML", "ML"):
        raise NotPoolable(f"multilevel models are fitted by REML or ML, not {method}")
    if y.size <= X.shape[1]:
        raise NotPoolable(f"{y.size} effects cannot support {X.shape[1]} coefficients")
    terms = tuple(terms) if terms else tuple(f"x{j + 1}" for j in range(X.shape[1]))
    blocks = _blocks(V, random)
    _refuse_impossible(V, blocks)
    return _Problem(y, X, V, tuple(random), blocks, method == "REML"), terms


def _refuse_impossible(V, blocks):
    try:
        for rows in blocks:
            np.linalg.cholesky(V[rows[:, :, None], rows[:, None, :]])
    except np.linalg.LinAlgError as problem:
        raise NotPoolable(
            "the sampling covariances contradict each other: V is no covariance"
        ) from problem


def _blocks(V, random):
    """Index arrays (b, size), one for each size of a set of rows that share something."""
    linked = V != 0
    for effect in random:
        _, group = effect.shape
        linked = linked | (group[:, None] == group)
    count, label = connected_components(csr_matrix(linked), directed=False)
    rows = [np.flatnonzero(label == i) for i in range(count)]
    sizes = sorted({r.size for r in rows})
    return tuple(np.array([r for r in rows if r.size == size]) for size in sizes)


def split(random, theta):
    """Pairs of random effect and its covariance matrix at ``theta``."""
    out, start = [], 0
    for effect in random:
        out.append((effect, effect.covariance(theta[start : start + effect.size])[0]))
        start += effect.size
    return out


def marginal(random, V, theta):
    """The covariance (k, k) of the effects."""
    M = V.copy()
    for effect, G in split(random, theta):
        M += effect.laid(G, np.arange(V.shape[0]))
    return M


def log_likelihood(y, X, M, reml):
    """The log-likelihood profiled over the coefficients; restricted with ``log|X'X| / 2``."""
    W = np.linalg.inv(M)
    XWX = X.T @ W @ X
    r = y - X @ np.linalg.solve(XWX, X.T @ (W @ y))
    value = np.linalg.slogdet(M)[1] + r @ W @ r
    df = y.size
    if reml:
        df -= X.shape[1]
        value += np.linalg.slogdet(XWX)[1] - np.linalg.slogdet(X.T @ X)[1]
    return float(-0.5 * (df * LOG_2PI + value))


def _log_likelihood(problem, theta):
    """`log_likelihood` from the blocks, without a matrix of all effects."""
    k, p = problem.X.shape
    constant = (k - p if problem.reml else k) * LOG_2PI
    if problem.reml:
        constant -= np.linalg.slogdet(problem.X.T @ problem.X)[1]
    return float(-negative_log_likelihood(problem, theta)[0] - 0.5 * constant)


def _coefficients(pieces):
    """Coefficients (p,) and their covariance (p, p) from the sums of all blocks."""
    vb = np.linalg.inv(sum(piece["XWX"] for piece in pieces))
    return vb @ sum(piece["XWy"] for piece in pieces), vb


def _residual_q(problem):
    common = replace(problem, random=())
    pieces = [_block(common, rows, np.zeros(0)) for rows in problem.blocks]
    beta, _ = _coefficients(pieces)
    parts = [(piece["y"] - piece["X"] @ beta, piece["W"]) for piece in pieces]
    return float(sum(np.einsum("bi,bij,bj->", r, W, r) for r, W in parts))


def _maximise(problem, free=None, theta0=None, starts=()):
    """The parameters of greatest likelihood: several starts, then Newton steps to the last bits.

    ``free`` marks the parameters that may move from ``theta0``. A standard deviation of 0 has no
    slope and would stay there, so that search also starts away from ``theta0``.
    """
    sd = np.sqrt(max(np.var(problem.y), 1e-12) / max(len(problem.random), 1))
    own = [
        np.concatenate([e.start(s * sd, rho) for e in problem.random])
        for s, rho in ((1.0, 0.3), (0.4, 0.6), (1.0, -0.2))
    ]
    free = np.ones(own[0].size, bool) if free is None else free
    if theta0 is None:
        starts = [*own, *starts]
    else:
        starts = [theta0, np.where(free, own[0], theta0)]

    def objective(x, base):
        theta = base.copy()
        theta[free] = x
        value, slope = negative_log_likelihood(problem, theta)
        return value, slope[free]

    best = None
    for start in starts:
        found = minimize(objective, start[free], args=(start,), jac=True, method="BFGS",
                         options={"gtol": 1e-9, "maxiter": 500})  # fmt: skip
        if best is None or found.fun < best[1] - 1e-10:
            best = (found.x, found.fun, start)
    x = _polish(lambda z: objective(z, best[2])[1], best[0])
    theta = best[2].copy()
    theta[free] = x
    return theta


def _polish(slope, x):
    """Newton steps on the slope, its own slope by differences; kept while they help."""
    for _ in range(12):
        g = slope(x)
        h = 1e-5 * np.maximum(np.abs(x), 1e-3)
        H = np.array([(slope(x + d) - slope(x - d)) / (2 * d.sum()) for d in np.diag(h)])
        H = (H + H.T) / 2
        values, vectors = np.linalg.eigh(H)
        if values.min() <= 1e-10 * values.max():
            return x
        step = vectors @ ((vectors.T @ g) / values)
        if np.abs(slope(x - step)).max() >= np.abs(g).max():
            return x
        x = x - step
    return x


def negative_log_likelihood(problem, theta):
    """Minus the (restricted) log-likelihood, constants left out, and its slope in ``theta``."""
    pieces = [_block(problem, rows, theta) for rows in problem.blocks]
    XWX = sum(p["XWX"] for p in pieces)
    C = np.linalg.inv(XWX)
    beta = C @ sum(p["XWy"] for p in pieces)
    value, slope = 0.0, np.zeros(theta.size)
    for piece in pieces:
        r = piece["y"] - piece["X"] @ beta
        Wr = (piece["W"] @ r[:, :, None])[:, :, 0]
        value += 0.5 * (piece["logdet"] + np.sum(r * Wr))
        S = Wr[:, :, None] * Wr[:, None, :] - piece["W"]
        if problem.reml:
            S += piece["WX"] @ C @ piece["WX"].transpose(0, 2, 1)
        slope -= 0.5 * np.array([np.sum(S * D) for D in piece["slopes"]])
    if problem.reml:
        value += 0.5 * np.linalg.slogdet(XWX)[1]
    return float(value), slope


def _block(problem, rows, theta):
    """Sums of all blocks of one size: arrays (b, size, ...)."""
    V = problem.V[rows[:, :, None], rows[:, None, :]]
    M, slopes, start = V.copy(), [], 0
    for effect in problem.random:
        G, dG = effect.covariance(theta[start : start + effect.size])
        M += effect.laid(G, rows)
        slopes += [effect.laid(D, rows) for D in dG]
        start += effect.size
    W = np.linalg.inv(M)
    X, y = problem.X[rows], problem.y[rows]
    WX = W @ X
    return {
        "W": W, "X": X, "y": y, "WX": WX, "slopes": slopes,
        "logdet": np.sum(np.linalg.slogdet(M)[1]),
        "XWX": np.einsum("bsi,bsj->ij", X, WX), "XWy": np.einsum("bsi,bs->i", WX, y),
    }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """Predicted deviations of the groups of one random intercept, with standard errors."""

    name: str
    groups: np.ndarray
    value: np.ndarray
    se: np.ndarray


def deviations(fit):
    """`Deviations` of each random intercept of a fit (best linear unbiased predictions)."""
    W = np.linalg.inv(fit.M)
    P = W - W @ fit.X @ fit.vb @ fit.X.T @ W
    out, variances = [], iter(fit.sigma2)
    for effect in fit.random:
        if not isinstance(effect, Intercept):
            continue
        s2, groups = next(variances), np.unique(effect.group)
        Z = (effect.group[:, None] == groups).astype(float)
        spread = s2 - s2**2 * np.einsum("ij,ik,kj->j", Z, P, Z)
        out.append(Deviations(effect.name, groups, s2 * Z.T @ P @ fit.yi, np.sqrt(spread)))
    return out


def without(fit, rows):
    """The same model fitted without the rows where ``rows`` is true."""
    keep = ~np.asarray(rows, bool)
    random = [effect.subset(keep) for effect in fit.random]
    V = fit.V[np.ix_(keep, keep)]
    return fit_multilevel(fit.yi[keep], V, X=fit.X[keep], terms=fit.terms, random=random,
                          method=fit.method, test=fit.test, level=fit.level)  # fmt: skip


def cooks_distances(fit, cluster):
    """How far the coefficients move without each cluster, in their own covariance; and labels."""
    labels = np.asarray(cluster)
    names = list(dict.fromkeys(labels.tolist()))
    inverse = np.linalg.inv(fit.vb)
    moves = [fit.beta - without(fit, labels == name).beta for name in names]
    return names, np.array([move @ inverse @ move for move in moves])


def profile_interval(fit, which, *, level=None):
    """``(est, lb, ub)`` of the variance of the random intercept number ``which`` (from 0).

    Profile likelihood: the others are fitted again at each trial value. A lower bound of 0 means
    that 0 agrees with the data. Raises `NotEstimable` for correlated effects.
    """
    level = fit.level if level is None else level
    below = profile(fit, which)
    drop = 0.5 * wald.critical(level) ** 2
    est = float(fit.theta[which] ** 2)
    bounds = _bounds(lambda v: below(v) - drop, est, float(np.median(np.diag(fit.V))))
    return est, *bounds


def profile(fit, which):
    """How far the log-likelihood falls below its peak, as a function of the variance of the random
    intercept number ``which``; the others are fitted again. Raises as `profile_interval`."""
    if not all(isinstance(effect, Intercept) for effect in fit.random):
        raise NotEstimable("profile intervals are offered for random intercepts")
    problem, _ = _problem(fit.yi, fit.V, fit.X, fit.terms, fit.random, fit.method)
    free = np.arange(fit.theta.size) != which
    top = negative_log_likelihood(problem, fit.theta)[0]

    def below(variance):
        theta = fit.theta.copy()
        theta[which] = np.sqrt(variance)
        theta = _maximise(problem, free, theta) if free.any() else theta
        return negative_log_likelihood(problem, theta)[0] - top

    return below


def _bounds(excess, est, unit):
    lower = 0.0 if excess(0.0) <= 0 else brentq(excess, 0.0, est, xtol=1e-13, rtol=1e-12)
    outside = 2 * est + unit
    while excess(outside) < 0:
        outside *= 2
    return float(lower), float(brentq(excess, est, outside, xtol=1e-13, rtol=1e-12))
