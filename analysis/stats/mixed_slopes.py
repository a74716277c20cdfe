"""Individual patients: a linear mixed model whose intercept and slopes differ between studies."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable
from .likelihood_search import curvature, maximise
from .mixed_data import patients_of, refuse_studies_told
from .mixed_tests import VarianceTheory, restricted

# A factor below the one may be 0, if the log-likelihood is the same but for the other.
SMALL_PIVOT = 0.05
ALIKE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class SlopesFit:
    """Coefficients (p,) with Satterthwaite's ``df``; units of the outcome.

    ``G`` (q, q) is the covariance of the studies' deviations in ``effects`` (intercept first),
    ``blup`` (studies, q) the deviations, ``var_residual`` the variance within studies. ``ll`` is
    the log-likelihood that was maximised: the restricted one when ``reml``. ``singular``: the
    deviations do not fill their space (a variance of 0, or a correlation of 1 or -1).
    ``assign``, ``term_labels``, ``levels``, ``X``, ``y``, ``group`` and ``rows`` are as in
    `mixed.MixedFit`, ``Z`` (n, q) the columns of the deviations.
    """

    formula: str
    reml: bool
    terms: tuple
    effects: tuple
    beta: np.ndarray
    se: np.ndarray
    df: np.ndarray
    t: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    vb: np.ndarray
    G: np.ndarray
    var_residual: float
    ll: float
    singular: bool
    n: int
    studies: tuple
    blup: np.ndarray
    rows: np.ndarray
    assign: tuple
    term_labels: tuple
    levels: dict
    X: np.ndarray
    y: np.ndarray
    group: np.ndarray
    Z: np.ndarray
    satterthwaite: tuple

    @property
    def p(self):
        return self.beta.size

    @property
    def var_study(self):
        """Variance between studies, on average over the patients (Johnson 2014)."""
        return float(np.mean(np.einsum("ni,ij,nj->n", self.Z, self.G, self.Z)))

    @property
    def icc(self):
        """The share of the variance that lies between studies, on average over the patients."""
        return self.var_study / (self.var_study + self.var_residual)

    @property
    def r_squared(self):
        """Shares explained: marginal, conditional. Johnson (2014), Methods Ecol Evol 5:944."""
        fixed = float(np.var(self.X @ self.beta))
        total = fixed + self.var_study + self.var_residual
        return fixed / total, (fixed + self.var_study) / total

    @property
    def residuals(self):
        """Conditional residuals (n,): outcome less fixed part less the study's deviations."""
        return self.y - self.X @ self.beta - np.sum(self.Z * self.blup[self.group], axis=1)

    @property
    def AIC(self):
        """Counting fixed effects, variances and covariances."""
        return -2 * self.ll + 2 * self._parameters

    @property
    def BIC(self):
        return -2 * self.ll + np.log(self.n) * self._parameters

    @property
    def _parameters(self):
        q = self.G.shape[0]
        return self.p + q * (q + 1) // 2 + 1

    def theory(self):
        """What `mixed_tests` needs to know of the variances."""
        covariance, moves = self.satterthwaite
        return VarianceTheory(covariance, moves, *linear_theory(self))


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Crossproducts by study: ``ZZ`` (s, q, q), ``ZX`` (s, q, p), ``Zy`` (s, q); and in all."""

    n: int
    ZZ: np.ndarray
    ZX: np.ndarray
    Zy: np.ndarray
    XX: np.ndarray
    Xy: np.ndarray
    yy: float
    reml: bool


def fit_slopes(formula, columns, *, slopes, study="study", reml=True, levels=None, level=0.95):
    """Fit ``formula`` with a random intercept and random ``slopes`` (names of numeric terms).

    ``y = X beta + Z b + e`` with ``b ~ N(0, G)`` unstructured for each study. Every step is a sum
    over studies. Raises `NotEstimable` for a slope that is no term of the formula, or what
    `mixed_data.patients_of` refuses. Sources: Bates et al. (2015), J Stat Softw 67(1); Kuznetsova
    et al. (2017), J Stat Softw 82(13).
    """
    d = patients_of(formula, columns, study, levels)
    refuse_studies_told(d.X, d.group)
    unknown = [name for name in slopes if name not in d.names]
    if unknown:
        raise NotEstimable(f"{unknown[0]} is no numeric term of the formula: no slope of it")
    Z = np.column_stack([np.ones(d.y.size), *(d.X[:, d.names.index(name)] for name in slopes)])
    q = Z.shape[1]
    scale = np.sqrt(np.mean(Z**2, axis=0))
    sums = _by_study(d, Z / scale, reml)
    free = np.tril_indices(q)
    start = np.zeros((q, q))
    np.fill_diagonal(start, 0.5)
    theta = _likeliest(sums, free, [start[free], 0.3 * start[free]])
    found = _solved(sums, theta, free)
    G = found.s2 * (found.L @ found.L.T) / np.outer(scale, scale)
    constant = found.df * (1 + np.log(2 * np.pi))
    ll = -0.5 * (_deviance(sums, theta, free) + constant)
    vb = found.s2 * found.C
    se = np.sqrt(np.diag(vb))
    covariance, moves = _satterthwaite(sums, theta, found.s2**0.5, free)
    gradient = np.einsum("rjj->jr", moves)
    df = 2 * np.diag(vb) ** 2 / np.einsum("ij,jk,ik->i", gradient, covariance, gradient)
    t, margin = found.beta / se, wald.critical(level, df) * se
    values = np.linalg.eigvalsh(found.L @ found.L.T)
    return SlopesFit(
        formula=formula, reml=reml, terms=d.names, effects=("(Intercept)", *slopes),
        beta=found.beta, se=se, df=df, t=t, pval=wald.two_sided(t, df), ci_lb=found.beta - margin,
        ci_ub=found.beta + margin, vb=vb, G=G, var_residual=found.s2, ll=float(ll),
        singular=bool(values.min() < 1e-8), n=d.y.size, studies=d.studies,
        blup=found.b / scale, rows=d.rows, assign=d.matrix.assign, term_labels=d.matrix.terms,
        levels=d.matrix.levels, X=d.X, y=d.y, group=d.group, Z=Z,
        satterthwaite=(covariance, moves),
    )  # fmt: skip


def _likeliest(sums, free, starts):
    """The factor of the deviations' covariance where the likelihood is greatest.

    Towards a correlation of 1 the slope fades long before the end, so a small pivot is also tried
    as 0, where it stays.
    """

    def loglik(t):
        return -0.5 * _deviance(sums, t, free)

    theta, best = maximise(loglik, starts)
    pivots = np.flatnonzero(free[0] == free[1])[1:]
    for pivot in pivots[np.abs(theta[pivots]) < SMALL_PIVOT]:
        edge = theta.copy()
        edge[pivot] = 0.0
        edge, value = maximise(loglik, [edge])
        if value >= best - ALIKE:
            theta, best = edge, value
    return theta


def _by_study(d, Z, reml):
    ZZ, ZX, Zy = (_by_group(d.group, Z, other) for other in (Z, d.X, d.y[:, None]))
    XX, Xy, yy = d.X.T @ d.X, d.X.T @ d.y, float(d.y @ d.y)
    return _Sums(d.y.size, ZZ, ZX, Zy[:, :, 0], XX, Xy, yy, reml)


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """Everything at one relative factor ``L`` of the deviations' covariance."""

    L: np.ndarray
    beta: np.ndarray
    C: np.ndarray
    rss: float
    s2: float
    df: int
    log_det: float
    log_xx: float
    b: np.ndarray


def _solved(s, theta, free):
    q = s.ZZ.shape[1]
    L = np.zeros((q, q))
    L[free] = theta
    A = L.T @ s.ZZ @ L + np.eye(q)
    LX, Ly = L.T @ s.ZX, s.Zy @ L
    solved = np.linalg.solve(A, np.concatenate([LX, Ly[:, :, None]], axis=2))
    AX, Ay = solved[:, :, :-1], solved[:, :, -1]
    XVX = s.XX - np.einsum("sqi,sqj->ij", LX, AX)
    XVy = s.Xy - np.einsum("sqi,sq->i", LX, Ay)
    C = np.linalg.inv(XVX)
    beta = C @ XVy
    rss = s.yy - float(np.sum(Ly * Ay)) - float(beta @ XVy)
    df = s.n - beta.size if s.reml else s.n
    b = (Ay - np.einsum("sqi,i->sq", AX, beta)) @ L.T
    return _Solved(L, beta, C, rss, rss / df, df, float(np.linalg.slogdet(A)[1].sum()),
                   float(np.linalg.slogdet(XVX)[1]), b)  # fmt: skip


def _deviance(s, theta, free):
    """Minus twice the profiled log-likelihood, but for ``df (1 + log 2 pi)``."""
    f = _solved(s, theta, free)
    if not f.rss > 0:
        return np.inf
    return f.df * np.log(f.s2) + f.log_det + (f.log_xx if s.reml else 0.0)


def _satterthwaite(s, theta, sigma, free):
    """Covariance (r, r) of the factor and of sigma relative to ``sigma``, so that no unit of the
    outcome matters, from the likelihood's curvature; and the derivatives (r, p, p) of the
    coefficients' covariance."""
    at = np.r_[theta, 1.0]

    def loglik(x):
        f = _solved(s, x[:-1], free)
        value = 2 * f.df * np.log(x[-1]) + f.rss / (sigma * x[-1]) ** 2 + f.log_det
        return -0.5 * (value + (f.log_xx if s.reml else 0.0))

    def covariance(x):
        return (sigma * x[-1]) ** 2 * _solved(s, x[:-1], free).C

    values, vectors = np.linalg.eigh(-curvature(loglik, at))
    # A direction the data say nothing about (a variance of 0) does not count as estimated.
    seen = values > 1e-8 * values.max()
    A = (vectors[:, seen] / values[seen]) @ vectors[:, seen].T
    steps = np.diag(1e-5 * np.maximum(np.abs(at), 1e-2))
    moves = [(covariance(at + h) - covariance(at - h)) / (2 * h.sum()) for h in steps]
    return A, np.stack(moves)


def linear_theory(fit):
    """``(expected, P, Q)`` of `mixed_tests.VarianceTheory` in the entries of G and the residual
    variance: Kenward and Roger's pieces.

    They exist where a variance is 0 too, and then count it as estimated, as pbkrtest does.
    """
    scale = np.sqrt(np.mean(fit.Z**2, axis=0))
    Z = fit.Z / scale
    ZZ, ZX, XX = (_by_group(fit.group, a, b) for a, b in ((Z, Z), (Z, fit.X), (fit.X, fit.X)))
    q, s2 = Z.shape[1], fit.var_residual
    G = fit.G * np.outer(scale, scale)
    # V^-1 = (1 - Z M Z') / s2 in each study
    M = np.linalg.solve(np.eye(q) + G @ ZZ / s2, np.broadcast_to(G / s2, ZZ.shape))
    units = [_unit(q, i, j) for i in range(q) for j in range(i + 1)]
    K = np.eye(q) - ZZ @ M
    XZ = ZX.transpose(0, 2, 1)
    A, B = K @ ZZ / s2, K @ ZX / s2  # Z'V^-1 Z, Z'V^-1 X
    A2, B2 = K @ K @ ZZ / s2**2, K @ K @ ZX / s2**2  # with V^-2
    MZ = M @ ZZ
    X2 = (XX - XZ @ (2 * M - MZ @ M) @ ZX).sum(0) / s2**2
    X3 = (XX - XZ @ (3 * M - 3 * MZ @ M + MZ @ MZ @ M) @ ZX).sum(0) / s2**3
    BT = B.transpose(0, 2, 1)
    P = np.stack([*(-(BT @ E @ B).sum(0) for E in units), -X2])
    r = len(units) + 1
    Q, traces = np.empty((r, r, *X2.shape)), np.empty((r, r))
    for i, one in enumerate(units):
        for j, two in enumerate(units):
            Q[i, j] = (BT @ one @ A @ two @ B).sum(0)
            traces[i, j] = np.einsum("sij,sji->", A @ one, A @ two)
        Q[i, -1] = (BT @ one @ B2).sum(0)
        Q[-1, i] = Q[i, -1].T
        traces[i, -1] = traces[-1, i] = np.einsum("sij,ji->", A2, one)
    Q[-1, -1] = X3
    traces[-1, -1] = (fit.n - np.einsum("sii->", 2 * MZ - MZ @ MZ)) / s2**2
    return np.linalg.pinv(restricted(traces, fit.vb, P, Q) / 2), P, Q


def _unit(q, i, j):
    """The derivative of a symmetric matrix in its entry (i, j)."""
    out = np.zeros((q, q))
    out[i, j] = out[j, i] = 1.0
    return out


def _by_group(group, left, right):
    """``left' right`` of each group, (s, q, p)."""
    out = np.zeros((group.max() + 1, left.shape[1], right.shape[1]))
    np.add.at(out, group, left[:, :, None] * right[:, None, :])
    return out
