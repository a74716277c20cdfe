"""Network meta-analysis: several treatments compared directly and through one another."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr

from . import wald
from .errors import NotPoolable
from .glmm_levels import contrast_test
from .multilevel import MultilevelFit, fit_multilevel
from .structures import correlated


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Differences from a baseline arm of the same study, ``yi`` (c,), with covariance ``V``.

    Two differences of a study share the variance of their baseline. ``treatments`` are sorted,
    the reference first; ``design`` names the set of treatments of each row's study.
    """

    study: tuple
    treatment: tuple
    baseline: tuple
    design: tuple
    yi: np.ndarray
    V: np.ndarray
    treatments: tuple

    @property
    def X(self):
        """Which differences from the reference (t - 1 columns) each row is made of, (c, t - 1)."""
        place = {name: i - 1 for i, name in enumerate(self.treatments)}
        X = np.zeros((self.yi.size, len(self.treatments) - 1))
        for row, (one, other) in enumerate(zip(self.treatment, self.baseline, strict=True)):
            if place[one] >= 0:
                X[row, place[one]] += 1
            if place[other] >= 0:
                X[row, place[other]] -= 1
        return X


@dataclass(frozen=True, slots=True, eq=False)
class NetworkFit:
    """Effects ``d`` (t,) against the reference (0 itself) with covariance ``cov`` (t, t).

    Units are those of the arms' estimates (log odds, mean). ``tau2`` is one variance for all
    comparisons; ``QE`` with ``QE_df`` its common-effect test of heterogeneity and inconsistency.
    """

    treatments: tuple
    d: np.ndarray
    cov: np.ndarray
    tau2: float
    QE: float
    QE_df: int
    QEp: float
    contrasts: Contrasts
    fit: MultilevelFit


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
class Split:
    """One comparison's direct and indirect evidence; ``difference`` is direct less indirect."""

    first: str
    second: str
    studies: int
    direct: float
    direct_se: float
    indirect: float
    indirect_se: float
    difference: float
    se: float
    pval: float
    tau2: float


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """Design-by-treatment interaction: chi-square that all designs agree, at its own ``tau2``."""

    chi2: float
    df: int
    pval: float | None
    tau2: float


def contrasts(study, treatment, yi, vi, *, reference=None):
    """`Contrasts` of arms: one estimate ``yi`` and variance ``vi`` an arm (log odds, mean, ...).

    Arms of a study with a missing estimate are left out, and studies left with one arm. The
    baseline of a study is the reference, else its last treatment by name. Raises `NotPoolable`
    for a treatment twice in a study, or treatments that no chain of studies connects.
    """
    arms = {}
    for s, t, y, v in zip(map(str, study), map(str, treatment), yi, vi, strict=True):
        if y is None or v is None or np.isnan(y) or np.isnan(v):
            continue
        if t in arms.setdefault(s, {}):
            raise NotPoolable(f"study {s} has two arms of {t}: combine them first")
        if not v > 0:
            raise NotPoolable(f"study {s}, {t}: an arm needs a variance above zero")
        arms[s][t] = (float(y), float(v))
    arms = {s: own for s, own in arms.items() if len(own) > 1}
    names = sorted({t for own in arms.values() for t in own})
    if not names:
        raise NotPoolable("no study has two treatments with an estimate")
    reference = str(reference) if reference is not None else names[0]
    if reference not in names:
        raise NotPoolable(f"no study has the reference {reference}")
    order = [reference, *(t for t in names if t != reference)]
    _refuse_islands(arms, order)
    return _rows(arms, order)


def _rows(arms, order):
    rows, blocks = [], []
    for s, own in arms.items():
        present = sorted(own, key=lambda t: (t == order[0], t))
        base, others = present[-1], present[:-1]
        design = tuple(sorted(present))
        rows += [(s, t, base, design, own[t][0] - own[base][0]) for t in others]
        blocks.append(np.diag([own[t][1] for t in others]) + own[base][1])
    size = sum(len(b) for b in blocks)
    V, at = np.zeros((size, size)), 0
    for block in blocks:
        V[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    study, treatment, baseline, design, y = zip(*rows, strict=True)
    return Contrasts(study, treatment, baseline, design, np.array(y), V, tuple(order))


def _refuse_islands(arms, order):
    place = {t: i for i, t in enumerate(order)}
    pairs = [(place[min(own)], place[t]) for own in arms.values() for t in own]
    i, j = np.array(pairs).T
    links = coo_matrix((np.ones(len(pairs)), (i, j)), shape=(len(order),) * 2)
    count, island = connected_components(links, directed=False)
    if count > 1:
        away = [t for t in order if island[place[t]] != island[0]]
        raise NotPoolable(
            f"no chain of studies connects {order[0]} with {', '.join(away)}: analyse them apart"
        )


def network(c, *, method="REML"):
    """`NetworkFit` of `Contrasts` by REML, ML, or FE for a common effect of each comparison.

    Random effects of a study's contrasts have variance tau2 and correlation one half, so that the
    choice of baselines does not matter. Sources: Salanti et al. (2008), Stat Methods Med Res
    17:279; White et al. (2012), Res Synth Methods 3:111. Raises `NotPoolable` where there are no
    more contrasts than treatments less one and a variance is to be estimated.
    """
    fit = _fit(c, c.X, c.treatments[1:], method)
    t = len(c.treatments)
    d, cov = np.zeros(t), np.zeros((t, t))
    d[1:], cov[1:, 1:] = fit.beta, fit.vb
    return NetworkFit(
        treatments=c.treatments, d=d, cov=cov, tau2=_tau2(fit), QE=fit.QE, QE_df=fit.QE_df,
        QEp=fit.QEp, contrasts=c, fit=fit,
    )  # fmt: skip


def _fit(c, X, terms, method):
    if method == "FE":
        return fit_multilevel(c.yi, c.V, X=X, terms=terms)
    labels = [f"{t}/{b}" for t, b in zip(c.treatment, c.baseline, strict=True)]
    random = [correlated(labels, c.study, "CS", rho=0.5)]
    return fit_multilevel(c.yi, c.V, X=X, terms=terms, random=random, method=method)


def _tau2(fit):
    return float(fit.G[0][0, 0]) if fit.G else 0.0


def league(fit, *, level=0.95):
    """The `League` table of a `NetworkFit`."""
    var = np.diag(fit.cov)[:, None] + np.diag(fit.cov) - 2 * fit.cov
    np.fill_diagonal(var, np.nan)
    est, se = fit.d[:, None] - fit.d, np.sqrt(var)
    np.fill_diagonal(est, np.nan)
    margin = wald.critical(level) * se
    return League(fit.treatments, est, se, est - margin, est + margin, wald.two_sided(est / se))


def p_scores(fit, *, higher_better=True):
    """The mean certainty (t,) that each treatment beats another (Rücker & Schwarzer 2015)."""
    table = league(fit)
    z = table.est / table.se
    return np.nanmean(ndtr(z if higher_better else -z), axis=1)


def node_splits(c, *, method="REML"):
    """A `Split` of each comparison that has direct and indirect evidence, by one more parameter.

    In studies with both treatments the pair differs by ``difference`` from the network, half of
    it in each arm where there are more than two. Sources: Dias et al. (2010), Stat Med 29:932;
    White (2015), Stata J 15:951.
    """
    found = []
    names = sorted(c.treatments)
    for i, one in enumerate(names):
        for other in names[:i]:
            split = _split(c, one, other, method)
            if split is not None:
                found.append(split)
    return found


def _split(c, one, other, method):
    together = [{one, other} <= set(d) for d in c.design]
    if not any(together):
        return None
    half = {one: 0.5, other: -0.5}
    extra = np.array([
        (half.get(t, 0.0) - half.get(b, 0.0)) * both
        for t, b, both in zip(c.treatment, c.baseline, together, strict=True)
    ])  # fmt: skip
    X = np.column_stack([c.X, extra])
    if np.linalg.matrix_rank(X) < X.shape[1] or X.shape[0] <= X.shape[1]:
        return None
    fit = _fit(c, X, (*c.treatments[1:], "split"), method)
    L = np.array([(t == one) * 1.0 - (t == other) * 1.0 for t in (*c.treatments[1:], "split")])
    D = L + np.eye(L.size)[-1]
    z = fit.beta[-1] / fit.se[-1]
    direct = {s for s, both in zip(c.study, together, strict=True) if both}
    return Split(
        first=one, second=other, studies=len(direct),
        direct=float(D @ fit.beta), direct_se=float(np.sqrt(D @ fit.vb @ D)),
        indirect=float(L @ fit.beta), indirect_se=float(np.sqrt(L @ fit.vb @ L)),
        difference=float(fit.beta[-1]), se=float(fit.se[-1]), pval=float(wald.two_sided(z)),
        tau2=_tau2(fit),
    )  # fmt: skip


def design_by_treatment(c, *, method="REML"):
    """`Inconsistency`: does each design (set of treatments) tell the same story?

    Each design gets contrasts of its own; the test is Wald's that they fit the network. With no
    two designs that could disagree df is 0 and p None. Source: Higgins et al. (2012), Res Synth
    Methods 3:98.
    """
    labels = [
        f"{'-'.join(d)}: {t}/{b}" for d, t, b in zip(c.design, c.treatment, c.baseline, strict=True)
    ]
    names = tuple(dict.fromkeys(labels))
    own = np.array([[label == name for name in names] for label in labels], float)
    consistent = np.array([c.X[labels.index(name)] for name in names])
    df = len(names) - np.linalg.matrix_rank(consistent)
    if df == 0:
        return Inconsistency(0.0, 0, None, network(c, method=method).tau2)
    fit = _fit(c, own, names, method if own.shape[0] > own.shape[1] else "FE")
    chi2 = contrast_test(np.linalg.inv(fit.vb), fit.beta, consistent)
    return Inconsistency(chi2, int(df), float(wald.chi2_p(chi2, df)), _tau2(fit))
