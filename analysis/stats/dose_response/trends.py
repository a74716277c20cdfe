"""The trend of several studies: pooled in two stages, or in one model of all contrasts."""

from dataclasses import dataclass

import numpy as np

from .. import wald
from ..errors import NotEstimable, NotPoolable
from ..multilevel import fit_multilevel
from ..structures import correlated, slopes
from .moments import moments

METHODS = ("REML", "ML", "DL", "FE")


@dataclass(frozen=True, slots=True, eq=False)
class First:
    """Each study's own trend: ``beta`` (k, p) with covariances ``V`` (k, p, p).

    ``left_out`` names the studies with fewer doses than coefficients.
    """

    labels: tuple
    beta: np.ndarray
    V: np.ndarray
    left_out: dict


@dataclass(frozen=True, slots=True, eq=False)
class Fitness:
    """How well the mean curve fits the contrasts: deviance ``D`` (chi-square with ``df``), R2.

    ``R2`` and ``R2_adj`` are shares of the weighted squares from no effect, not per cent.
    """

    D: float
    df: int
    p: float
    R2: float
    R2_adj: float


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A pooled trend: coefficients of ``curve.terms`` on the effects' scale by unit of dose.

    ``G`` (p, p) is the covariance of the coefficients between studies. ``QM`` (``p`` df) tests
    every coefficient, ``nonlinear`` (chi2, df, p) those beyond the line, None for a line. ``QE``
    with ``QE_df`` and ``I2`` (per cent): heterogeneity of the studies' own coefficients in two
    stages, of the contrasts around a common curve (misfit included) in one. ``k`` studies with
    ``contrasts``; ``ll`` the log-likelihood, None for DL. ``first`` are the studies' own trends.
    """

    curve: object
    stages: int
    method: str
    level: float
    beta: np.ndarray
    se: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    pval: np.ndarray
    vb: np.ndarray
    G: np.ndarray
    QM: float
    QMp: float
    nonlinear: tuple | None
    QE: float
    QE_df: int
    QEp: float
    I2: float | None
    fitness: Fitness
    ll: float | None
    k: int
    contrasts: int
    first: First

    @property
    def tau(self):
        """Standard deviations of the coefficients between studies, (p,)."""
        return np.sqrt(np.diag(self.G))


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Effects of ``dose`` (m,) against ``reference``, with the interval of the mean and that of a
    new study (``pi_lb``, ``pi_ub``; it is the wider one)."""

    dose: np.ndarray
    reference: float
    pred: np.ndarray
    se: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    pi_lb: np.ndarray
    pi_ub: np.ndarray


def fit_trend(studies, curve, *, stages=2, method="REML", level=0.95):
    """`Trend` of ``studies``, a dict of label -> `covariance.Contrasts`.

    Two stages: a regression in each study by generalised least squares, their coefficients pooled
    in a multivariate random-effects model (studies with fewer doses than coefficients are left
    out). One: all contrasts in one model whose coefficients vary between studies. ``method`` REML,
    ML, DL (method of moments, two stages) or FE. Raises `NotPoolable` when too few studies are
    left. Sources: Orsini et al. (2006), Stata J 6:40; Liu et al. (2009), Comput Stat Data Anal
    53:4157; Gasparrini et al. (2012), Stat Med 31:3821; Crippa et al. (2019), Stat Methods Med Res
    28:1579.
    """
    if stages not in (1, 2) or method not in METHODS or (stages == 1 and method == "DL"):
        raise NotPoolable(f"no model of {stages} stages by {method}")
    if len(studies) < 2:
        raise NotPoolable("a pooled trend needs two studies or more")
    p = len(curve.terms)
    first = _first_stage(studies, curve)
    entered = {label: studies[label] for label in first.labels} if stages == 2 else studies
    blocks = [_design(curve, one) for one in entered.values()]
    count = sum(X.shape[0] for X in blocks)
    if len(entered) < 2 or count <= p:
        raise NotPoolable(_too_few(first, p))
    T = np.eye(p) if method == "DL" else _unit(entered, blocks)
    found = _two(first, T, method) if stages == 2 else _one(entered, blocks, T, method)
    beta, vb, G = T @ found.beta, T @ found.vb @ T.T, T @ found.G @ T.T
    fit = fitness(entered, blocks, beta)
    return _trend(curve, stages, method, level, beta, vb, G, found, fit, len(entered), first)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    beta: np.ndarray
    vb: np.ndarray
    G: np.ndarray
    QE: float
    QE_df: int
    ll: float | None


def _design(curve, one):
    return curve.columns(one.dose) - curve.columns(one.reference)


def _first_stage(studies, curve):
    labels, betas, covariances, left_out, p = [], [], [], {}, len(curve.terms)
    for label, one in studies.items():
        X = _design(curve, one)
        size = np.abs(X).max(0)
        scaled = X / np.where(size > 0, size, 1)
        # A spline beyond its knots is a line but for the rounding of cubes.
        if X.shape[0] < p or np.linalg.matrix_rank(scaled, tol=1e-9) < p:
            left_out[label] = (
                f"its {X.shape[0]} dose{'s' if X.shape[0] > 1 else ''} besides the reference do not"
                f" determine the {p} coefficients of the curve; one stage can use it"
            )
            continue
        A, y = _whitened(label, one, X)
        found, *_ = np.linalg.lstsq(A / size, y, rcond=None)
        inverse = np.linalg.inv((A / size).T @ (A / size))
        labels.append(label)
        betas.append(found / size)
        covariances.append(inverse / np.outer(size, size))
    return First(tuple(labels), np.array(betas).reshape(-1, p),
                 np.array(covariances).reshape(-1, p, p), left_out)  # fmt: skip


def _whitened(label, one, X):
    """Columns and effects of a study made independent, of variance 1."""
    try:
        L = np.linalg.cholesky(one.V)
    except np.linalg.LinAlgError as problem:
        raise NotPoolable(
            f"{label}: the covariances rebuilt from its cases and persons contradict its intervals;"
            " check both, or take the arms as independent"
        ) from problem
    return np.linalg.solve(L, X), np.linalg.solve(L, one.yi)


def _too_few(first, p):
    told = "; ".join(f"{label}: {why}" for label, why in first.left_out.items())
    return f"a curve of {p} coefficients needs two studies that determine it. {told}".strip()


def _unit(studies, blocks):
    """A basis (p, p) of the coefficients in which a typical study estimates them independently
    with variance 1: powers of a dose differ by orders of magnitude and are all but collinear."""
    A = [
        _whitened(label, one, X)[0] for (label, one), X in zip(studies.items(), blocks, strict=True)
    ]
    A = np.concatenate(A)
    size = np.abs(A).max(0)
    R = np.linalg.qr(A / np.where(size > 0, size, 1.0))[1]
    if np.abs(np.diag(R)).min() < 1e-10 * np.abs(np.diag(R)).max():
        raise NotPoolable("the doses of these studies do not determine every coefficient")
    return np.sqrt(len(blocks)) * np.linalg.inv(R) / size[:, None]


def _two(first, T, method):
    k, p = first.beta.shape
    inverse = np.linalg.inv(T)
    y, S = first.beta @ inverse.T, inverse @ first.V @ inverse.T
    if method == "DL":
        return _Found(*moments(y, S), None)
    V = np.zeros((k * p, k * p))
    for i in range(k):
        V[i * p : i * p + p, i * p : i * p + p] = S[i]
    random = [correlated(list(range(p)) * k, np.repeat(np.arange(k), p), "UN")]
    fit = _fitted(y.ravel(), V, np.tile(np.eye(p), (k, 1)), random, method)
    # The likelihood of the coefficients by unit of dose, not in the basis.
    many = k - 1 if method == "REML" else k
    return _found(fit, p, fit.ll - many * float(np.linalg.slogdet(T)[1]))


def _one(studies, blocks, T, method):
    X = np.concatenate(blocks) @ T
    y = np.concatenate([one.yi for one in studies.values()])
    V, at = np.zeros((y.size, y.size)), 0
    for one in studies.values():
        size = one.yi.size
        V[at : at + size, at : at + size] = one.V
        at += size
    outer = np.repeat(np.arange(len(studies)), [len(block) for block in blocks])
    fit = _fitted(y, V, X, [slopes(X, outer)], method)
    return _found(fit, X.shape[1], fit.ll)


def _fitted(y, V, X, random, method):
    if method == "FE":
        return fit_multilevel(y, V, X=X, method="ML")
    lower = np.tril_indices(X.shape[1])
    starts = [np.linalg.cholesky(G)[lower] for G in _guesses(X.shape[1])]
    return fit_multilevel(y, V, X=X, random=random, method=method, starts=starts)


def _guesses(p):
    """Covariances to search from: the likelihood of several coefficients has more than one top."""
    signs = [np.ones(p), (-1.0) ** np.arange(p)]
    for scale in (0.1, 1.0, 10.0):
        yield scale * np.eye(p)
        for sign in signs if p > 1 else ():
            yield scale * (0.2 * np.eye(p) + 0.8 * np.outer(sign, sign))


def _found(fit, p, ll):
    G = fit.G[0] if fit.G else np.zeros((p, p))
    return _Found(fit.beta, fit.vb, G, fit.QE, fit.QE_df, ll)


def fitness(studies, blocks, beta):
    """`Fitness` of ``beta`` in ``studies`` with the designs ``blocks``.

    Source: Discacciati, Crippa & Orsini (2017), Res Synth Methods 8:149.
    """
    left, total, count = 0.0, 0.0, 0
    for (label, one), X in zip(studies.items(), blocks, strict=True):
        A, y = _whitened(label, one, X)
        left += float(np.sum((y - A @ beta) ** 2))
        total += float(y @ y)
        count += y.size
    if total == 0:
        raise NotEstimable("every effect is 0: there is nothing to explain")
    df, R2 = count - beta.size, 1 - left / total
    return Fitness(left, df, wald.chi2_p(left, df), R2, 1 - count / df * (1 - R2))


def _trend(curve, stages, method, level, beta, vb, G, found, fit, k, first):
    se = np.sqrt(np.diag(vb))
    stat, margin = beta / se, wald.critical(level) * se
    QM = _wald(beta, vb)
    beyond = None
    if beta.size > 1:
        chi2 = _wald(beta[1:], vb[1:, 1:])
        beyond = (chi2, beta.size - 1, wald.chi2_p(chi2, beta.size - 1))
    I2 = max(0.0, 100 * (found.QE - found.QE_df) / found.QE) if found.QE > 0 else None
    return Trend(
        curve=curve, stages=stages, method=method, level=level, beta=beta, se=se,
        ci_lb=beta - margin, ci_ub=beta + margin, pval=wald.two_sided(stat), vb=vb, G=G,
        QM=QM, QMp=wald.chi2_p(QM, beta.size), nonlinear=beyond, QE=found.QE, QE_df=found.QE_df,
        QEp=wald.chi2_p(found.QE, found.QE_df), I2=I2, fitness=fit, ll=found.ll, k=k,
        contrasts=fit.df + beta.size, first=first,
    )  # fmt: skip


def _wald(beta, vb):
    unit = np.sqrt(np.diag(vb))
    return float(beta / unit @ np.linalg.solve(vb / np.outer(unit, unit), beta / unit))


def predict(trend, dose, reference=0.0, *, level=None):
    """`Predicted` effects of a `Trend` at doses (m,) against any other dose, studied or not."""
    level = trend.level if level is None else level
    x = trend.curve.columns(dose) - trend.curve.columns(reference)
    pred = x @ trend.beta
    variance = np.einsum("mi,ij,mj->m", x, trend.vb, x)
    spread = variance + np.einsum("mi,ij,mj->m", x, trend.G, x)
    z = wald.critical(level)
    se, wide = np.sqrt(np.maximum(variance, 0.0)), np.sqrt(np.maximum(spread, 0.0))
    return Predicted(
        dose=np.atleast_1d(np.asarray(dose, float)), reference=float(reference), pred=pred, se=se,
        ci_lb=pred - z * se, ci_ub=pred + z * se, pi_lb=pred - z * wide, pi_ub=pred + z * wide,
    )  # fmt: skip
