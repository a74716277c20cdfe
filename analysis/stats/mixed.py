"""Individual patients: a linear mixed model with a random intercept for each study.

``y = X beta + u_study + e``; everything needed is a sum over studies, so ten thousand patients
cost little more than a hundred.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from .errors import NotEstimable
from .mixed_data import patients_of, refuse_studies_told
from .mixed_tests import variance_theory


@dataclass(frozen=True, slots=True, eq=False)
class MixedFit:
    """A fitted model, in units of the outcome (variances in their square).

    ``beta`` (p,) with ``vb`` (p, p); ``var_study`` and ``var_residual`` with ``icc``;
    ``blup`` one deviation a study, in the order of ``studies``. ``ll`` is the log-likelihood that
    was maximised: the restricted one when ``reml``. ``singular``: the variance between studies is
    estimated as 0. ``rows`` are the n rows used among those given.
    """

    formula: str
    reml: bool
    terms: tuple
    assign: tuple
    term_labels: tuple
    levels: dict
    beta: np.ndarray
    se: np.ndarray
    vb: np.ndarray
    var_study: float
    var_residual: float
    ll: float
    n: int
    studies: tuple
    blup: np.ndarray
    X: np.ndarray
    y: np.ndarray
    group: np.ndarray
    rows: np.ndarray

    @property
    def p(self):
        return self.beta.size

    @property
    def singular(self):
        return self.var_study == 0.0

    @property
    def icc(self):
        """The share of the variance that lies between studies."""
        return self.var_study / (self.var_study + self.var_residual)

    @property
    def r_squared(self):
        """Shares of the variance explained: marginal (fixed effects), conditional (with studies).

        Nakagawa & Schielzeth (2013), Methods Ecol Evol 4:133.
        """
        fixed = float(np.var(self.X @ self.beta))
        total = fixed + self.var_study + self.var_residual
        return fixed / total, (fixed + self.var_study) / total

    @property
    def residuals(self):
        """Conditional residuals (n,): outcome less fixed part less the study's deviation."""
        return self.y - self.X @ self.beta - self.blup[self.group]

    def theory(self):
        """What `mixed_tests` needs to know of the variances."""
        return variance_theory(self)

    @property
    def AIC(self):
        """Counting fixed effects and both variances."""
        return -2 * self.ll + 2 * (self.p + 2)

    @property
    def BIC(self):
        return -2 * self.ll + np.log(self.n) * (self.p + 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Crossproducts over all rows and totals by study; X in an orthonormal basis, y as residual."""

    n: int
    sizes: np.ndarray
    Q: np.ndarray
    S: np.ndarray
    t: np.ndarray
    yy: float
    p: int
    offset: np.ndarray
    R: np.ndarray


def fit_mixed(formula, columns, *, study="study", reml=True, levels=None):
    """Fit ``formula`` (``relief ~ group + age``) with a random intercept for column ``study``.

    ``columns`` maps names to equally long lists; rows with a missing value in the model are left
    out. ``levels`` gives the order of factor levels. Raises `NotEstimable` with fewer than two
    studies, or none with two patients, or terms that tell the studies apart, or coefficients that
    the data cannot tell apart.
    """
    d = patients_of(formula, columns, study, levels)
    X, y, group, studies, matrix = d.X, d.y, d.group, d.studies, d.matrix
    refuse_studies_told(X, group)
    sums = _totals(X, y, group, len(studies))
    ratio = _best_ratio(sums, reml)
    beta, var_residual, ll, bread = _at(sums, ratio, reml)
    vb = var_residual * bread
    shrink = ratio / (1 + sums.sizes * ratio)
    totals = np.bincount(group, y - X @ beta, minlength=len(studies))
    return MixedFit(
        formula=formula, reml=reml, terms=matrix.names, assign=matrix.assign,
        term_labels=matrix.terms, levels=matrix.levels, beta=beta, se=np.sqrt(np.diag(vb)), vb=vb,
        var_study=ratio * var_residual, var_residual=var_residual, ll=ll, n=y.size,
        studies=studies, blup=shrink * totals, X=X, y=y, group=group, rows=d.rows,
    )  # fmt: skip


def _totals(X, y, group, count):
    Q, R = np.linalg.qr(X)
    offset = Q.T @ y
    y = y - Q @ offset
    S = np.zeros((count, X.shape[1]))
    np.add.at(S, group, Q)
    t = np.bincount(group, y, minlength=count)
    sizes = np.bincount(group, minlength=count).astype(float)
    return _Sums(y.size, sizes, Q, S, t, float(y @ y), X.shape[1], offset, R)


def _pieces(s, ratio):
    """``(M, M^-1, g, RSS)`` with M = Q'V0^-1 Q at a ratio of variances."""
    w = ratio / (1 + s.sizes * ratio)
    M = np.eye(s.p) - s.S.T @ (w[:, None] * s.S)
    m = -s.S.T @ (w * s.t)
    C = np.linalg.inv(M)
    g = C @ m
    return M, C, g, s.yy - float(np.sum(w * s.t**2)) - float(m @ g)


def _criterion(s, ratio, reml):
    """Minus twice the profiled log-likelihood, constants left out."""
    M, _, _, rss = _pieces(s, ratio)
    df = s.n - s.p if reml else s.n
    value = df * np.log(rss) + np.sum(np.log1p(s.sizes * ratio))
    return value + (np.linalg.slogdet(M)[1] if reml else 0.0)


def _slope(s, ratio, reml):
    _, C, g, rss = _pieces(s, ratio)
    dw = 1 / (1 + s.sizes * ratio) ** 2
    df = s.n - s.p if reml else s.n
    slope = -df * np.sum(dw * (s.t - s.S @ g) ** 2) / rss
    slope += np.sum(s.sizes / (1 + s.sizes * ratio))
    return slope - (np.sum(C * (s.S.T @ (dw[:, None] * s.S))) if reml else 0.0)


def _best_ratio(s, reml):
    """The ratio of variances (study to residual) where the likelihood is greatest; 0 included."""
    if s.yy <= 1e-24:
        raise NotEstimable("the model fits every patient exactly: there is no residual variance")
    grid = np.r_[0.0, np.geomspace(1e-6, 1e6, 49)]
    slopes = np.array([_slope(s, x, reml) for x in grid])
    found = [0.0] if slopes[0] >= 0 else []
    for i in np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0)):
        root = brentq(lambda x: _slope(s, x, reml), grid[i], grid[i + 1], xtol=1e-300, rtol=1e-14)
        found.append(root)
    if not found:
        raise NotEstimable("patients of a study do not differ: there is no residual variance")
    return min(found, key=lambda x: _criterion(s, x, reml))


def _at(s, ratio, reml):
    _, C, g, rss = _pieces(s, ratio)
    df = s.n - s.p if reml else s.n
    sigma2 = rss / df
    inverse = np.linalg.inv(s.R)
    beta = inverse @ (s.offset + g)
    # R'R = X'X enters the restricted likelihood as lme4 has it: log|X'V^-1 X|, not log|Q'V^-1 Q|.
    scale = 2 * np.sum(np.log(np.abs(np.diag(s.R)))) if reml else 0.0
    constant = df * (1 + np.log(2 * np.pi) - np.log(df))
    ll = -0.5 * (_criterion(s, ratio, reml) + constant + scale)
    return beta, sigma2, float(ll), inverse @ C @ inverse.T


def icc_interval(fit, *, level=0.95):
    """``(lower, upper)`` of ``fit.icc`` by the profile of the likelihood that was maximised.

    The upper end is 1 where the likelihood never falls far enough.
    """
    sums = _totals(fit.X, fit.y, fit.group, len(fit.studies))
    least = _criterion(sums, fit.var_study / fit.var_residual, fit.reml)

    def beyond(share):
        return _criterion(sums, share / (1 - share), fit.reml) - least - chi2.ppf(level, 1)

    low = brentq(beyond, 0.0, fit.icc) if not fit.singular and beyond(0.0) > 0 else 0.0
    last = 1 - 1e-9
    return low, brentq(beyond, fit.icc, last) if beyond(last) > 0 else 1.0


def containment_df(fit):
    """Degrees of freedom (p,) by nlme's rule of inner and outer terms.

    A column that varies within a study has ``n - studies - inner columns``, one that does not
    ``studies - outer columns`` (the intercept counts as outer, but gets the greater of both).
    """
    means = np.zeros((len(fit.studies), fit.p))
    np.add.at(means, fit.group, fit.X)
    means /= np.bincount(fit.group)[:, None]
    inner = ~np.isclose(fit.X, means[fit.group]).all(0)
    constant = np.all(fit.X == 1, axis=0)
    within = fit.n - len(fit.studies) - int(inner.sum())
    between = len(fit.studies) - int((~inner).sum())
    return np.where(constant, max(within, between), np.where(inner, within, between))
