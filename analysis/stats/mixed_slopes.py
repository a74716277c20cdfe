"""Individual patients: a linear mixed model whose intercept and slopes differ between studies."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable
from .likelihood_search import curvature, maximise, slope
from .mixed_data import patients_of

STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class SlopesFit:
    """Coefficients (p,) with Satterthwaite's ``df``; units of the outcome.

    ``G`` (q, q) is the covariance of the studies' deviations in ``effects`` (intercept first),
    ``blup`` (studies, q) the deviations, ``var_residual`` the variance within studies. ``ll`` is
    the log-likelihood that was maximised: the restricted one when ``reml``. ``singular``: the
    deviations do not fill their space (a variance of 0, or a correlation of 1 or -1).
    """

    formula: str
    reml: bool
    terms: tuple
    effects: tuple
    beta: np.ndarray
    se: np.ndarray
    df: np.ndarray
    t: np.ndarray
    p: np.ndarray
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
    theta, _ = maximise(lambda t: -0.5 * _deviance(sums, t, free), [start[free], 0.3 * start[free]])
    found = _solved(sums, theta, free)
    G = found.s2 * (found.L @ found.L.T) / np.outer(scale, scale)
    constant = found.df * (1 + np.log(2 * np.pi))
    ll = -0.5 * (_deviance(sums, theta, free) + constant)
    vb = found.s2 * found.C
    se = np.sqrt(np.diag(vb))
    df = _satterthwaite(sums, theta, found.s2**0.5, free, vb)
    t, margin = found.beta / se, wald.critical(level, df) * se
    values = np.linalg.eigvalsh(found.L @ found.L.T)
    return SlopesFit(
        formula=formula, reml=reml, terms=d.names, effects=("(Intercept)", *slopes),
        beta=found.beta, se=se, df=df, t=t, p=wald.two_sided(t, df), ci_lb=found.beta - margin,
        ci_ub=found.beta + margin, vb=vb, G=G, var_residual=found.s2, ll=float(ll),
        singular=bool(values.min() < 1e-8), n=d.y.size, studies=d.studies,
        blup=found.b / scale, rows=d.rows,
    )  # fmt: skip


def _by_study(d, Z, reml):
    size, q, p = len(d.studies), Z.shape[1], d.X.shape[1]

    def total(left, right):
        out = np.zeros((size, left.shape[1], right.shape[1]))
        np.add.at(out, d.group, left[:, :, None] * right[:, None, :])
        return out

    y = d.y[:, None]
    ZZ, ZX, Zy = total(Z, Z), total(Z, d.X), total(Z, y)
    return _Sums(d.y.size, ZZ.reshape(size, q, q), ZX.reshape(size, q, p), Zy[:, :, 0],
                 d.X.T @ d.X, d.X.T @ d.y, float(d.y @ d.y), reml)  # fmt: skip


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


def _satterthwaite(s, theta, sigma, free, vb):
    """Degrees of freedom (p,): the variances' covariance from the likelihood in (factor, sigma)."""
    at = np.r_[theta, sigma]

    def loglik(x):
        f = _solved(s, x[:-1], free)
        value = 2 * f.df * np.log(x[-1]) + f.rss / x[-1] ** 2 + f.log_det
        return -0.5 * (value + (f.log_xx if s.reml else 0.0))

    def variances(x):
        return x[-1] ** 2 * np.diag(_solved(s, x[:-1], free).C)

    values, vectors = np.linalg.eigh(-curvature(loglik, at))
    # A direction the data say nothing about (a variance of 0) does not count as estimated.
    seen = values > 1e-8 * values.max()
    A = (vectors[:, seen] / values[seen]) @ vectors[:, seen].T
    gradient = np.array([slope(lambda x, j=j: variances(x)[j], at) for j in range(vb.shape[0])])
    return 2 * np.diag(vb) ** 2 / np.einsum("ij,jk,ik->i", gradient, A, gradient)
