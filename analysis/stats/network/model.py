"""The network's model: one common variance between studies, and what every pair comes to."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .. import wald
from ..errors import NotPoolable
from ..pooling import COMMON_EFFECT, Fit, rma
from .assembling import Contrasts


@dataclass(frozen=True, slots=True, eq=False)
class NetworkFit:
    """Effects ``d`` (t,) against the reference (0 itself) with covariance ``cov`` (t, t).

    Units are those of the contrasts (log odds ratio, difference). ``tau2`` is one variance for
    all comparisons; ``QE`` with ``QE_df`` its common-effect test of heterogeneity and
    inconsistency together. ``ddf`` is None for normal tests. ``fit`` is the same model on
    contrasts turned so that they are independent: its intervals for tau2 and I2 hold here.
    """

    treatments: tuple
    d: np.ndarray
    cov: np.ndarray
    tau2: float
    QE: float
    QE_df: int
    QEp: float
    ddf: int | None
    contrasts: Contrasts
    fit: Fit


@dataclass(frozen=True, slots=True, eq=False)
class League:
    """Every pair: row less column, arrays (t, t), NaN on the diagonal."""

    treatments: tuple
    est: np.ndarray
    se: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    pval: np.ndarray


@dataclass(frozen=True, slots=True)
class Direct:
    """What the studies of one pair say by themselves, at the network's tau2.

    ``share`` is the part of the network's information on the pair that they are: 1 where all of
    it is direct, and the variance of the network's estimate over that of this one.
    """

    first: str
    second: str
    studies: int
    est: float
    se: float
    share: float


def network(c, *, method="REML", test="z", level=0.95):
    """`NetworkFit` of `Contrasts`; ``method`` and ``test`` as in `pooling.rma` (FE: no tau2).

    Random effects of a study's contrasts have variance tau2 and correlation one half, so that the
    choice of baselines does not matter. DL is the generalised moment estimator that equates Q with
    its expectation; Knapp and Hartung's factor is the residual mean square of all contrasts.
    Sources: Salanti et al. (2008), Stat Methods Med Res 17:279; White et al. (2012), Res Synth
    Methods 3:111; Jackson et al. (2014), Stat Med 33:3639; Jackson & Riley (2014), Stat Med
    33:1665. Raises `NotPoolable` where there are no more contrasts than treatments less one and
    a variance is to be estimated.
    """
    fit = fitted(turned(c), c.X, c.treatments[1:], method, test, level)
    if not (fit.se > 0).all():
        raise NotPoolable(
            "the studies agree exactly, so that Knapp and Hartung's interval has no width; choose"
            " the normal one"
        )
    t = len(c.treatments)
    d, cov = np.zeros(t), np.zeros((t, t))
    d[1:], cov[1:, 1:] = fit.beta, fit.vb
    return NetworkFit(
        treatments=c.treatments, d=d, cov=cov, tau2=fit.tau2, QE=fit.QE, QE_df=fit.QE_df,
        QEp=fit.QEp, ddf=fit.ddf, contrasts=c, fit=fit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """Contrasts made independent: ``T`` (c, c) turns effects ``y`` and model matrices alike.

    ``V + tau2 S`` is then diagonal for every tau2, with variances ``v + tau2``: with ``S = L L'``
    and ``inv(L) V inv(L)' = U diag(v) U'`` the turn is ``U' inv(L)``, study by study. What is left
    is an ordinary regression, so each estimator of tau2 is the one that is used elsewhere.
    """

    T: np.ndarray
    y: np.ndarray
    v: np.ndarray


def turned(c):
    """`Turned` of `Contrasts`. Raises `NotPoolable` for a ``V`` that is no covariance."""
    T, v = np.zeros(c.V.shape), np.zeros(c.yi.size)
    rows_of = defaultdict(list)
    for row, study in enumerate(c.study):
        rows_of[study].append(row)
    roots = {m: _root(m) for m in {len(rows) for rows in rows_of.values()}}
    for rows in rows_of.values():
        at, root = np.ix_(rows, rows), roots[len(rows)]
        v[rows], U = np.linalg.eigh(root @ c.V[at] @ root.T)
        T[at] = U.T @ root
        if v[rows].min() <= 1e-12 * v[rows].max():
            raise NotPoolable("the sampling covariances contradict each other: V is no covariance")
    return Turned(T, T @ c.yi, v)


def _root(m):
    """``inv(L)`` of the random effects' correlations among ``m`` contrasts of a study."""
    return np.linalg.inv(np.linalg.cholesky(0.5 * (np.ones((m, m)) + np.eye(m))))


def fitted(rows, X, terms, method, test="z", level=0.95):
    """`pooling.Fit` of `Turned` contrasts with model matrix ``X`` of the contrasts as they were.

    Raises `NotPoolable` where no comparison is left from which to estimate a variance.
    """
    many, columns = X.shape
    if method in COMMON_EFFECT:
        test = "z"
    elif many <= columns:
        raise NotPoolable(
            f"{many} comparisons in studies are as many as the network has unknowns: no variance"
            " between studies can be estimated; choose the common-effect model"
        )
    return rma(rows.y, rows.v, X=rows.T @ X, terms=terms, method=method, test=test, level=level)


def league(fit, *, level=0.95):
    """The `League` table of a `NetworkFit`."""
    var = np.diag(fit.cov)[:, None] + np.diag(fit.cov) - 2 * fit.cov
    np.fill_diagonal(var, np.nan)
    est, se = fit.d[:, None] - fit.d, np.sqrt(var)
    np.fill_diagonal(est, np.nan)
    margin = wald.critical(level, fit.ddf) * se
    pval = wald.two_sided(wald.ratio(est, se), fit.ddf)
    return League(fit.treatments, est, se, est - margin, est + margin, pval)


def p_scores(fit, *, higher_better=True):
    """The mean certainty (t,) that each treatment beats another (Rücker & Schwarzer 2015)."""
    table = league(fit)
    one_sided = table.pval / 2
    better = np.where(table.est > 0, 1 - one_sided, one_sided)
    return np.nanmean(np.where(np.isnan(table.est), np.nan,
                               better if higher_better else 1 - better), axis=1)  # fmt: skip


def direct_evidence(fit):
    """A `Direct` of each pair of treatments that a study compares, in the order of the network.

    The studies' differences of the pair are pooled by inverse variance with the network's tau2.
    """
    order, scale, found = fit.treatments, _scale(fit), []
    pairs = _by_pair(fit.contrasts)
    for i, j in sorted(pairs, key=lambda pair: pair[::-1]):
        y, v = np.array(pairs[i, j]).T
        w = 1 / (v + fit.tau2)
        var = fit.cov[i, i] + fit.cov[j, j] - 2 * fit.cov[i, j]
        own = scale / w.sum()
        found.append(Direct(order[i], order[j], y.size, float(w @ y / w.sum()),
                            float(np.sqrt(own)), min(1.0, float(var / own))))  # fmt: skip
    return found


def _scale(fit):
    """Knapp and Hartung's factor, by which the network's covariance was multiplied."""
    if fit.ddf is None:
        return 1.0
    plain = network(fit.contrasts, method=fit.fit.method, level=fit.fit.level)
    return fit.cov[-1, -1] / plain.cov[-1, -1]


def _by_pair(c):
    """``{(i, j): [(difference, variance), ...]}``: what each study says of a pair of treatments,
    by their places in the network, the second nearer to the reference."""
    place = {name: i for i, name in enumerate(c.treatments)}
    rows_of, found = defaultdict(list), defaultdict(list)
    for row, study in enumerate(c.study):
        rows_of[study].append(row)
    for rows in rows_of.values():
        y, V = c.yi[rows], c.V[np.ix_(rows, rows)]
        # The baseline is no row: against it a row's difference is taken alone.
        own = {c.treatment[row]: unit for row, unit in zip(rows, np.eye(len(rows)), strict=True)}
        own[c.baseline[rows[0]]] = np.zeros(len(rows))
        for one, other in combinations(sorted(own, key=place.get, reverse=True), 2):
            L = own[one] - own[other]
            found[place[one], place[other]].append((L @ y, L @ V @ L))
    return found
