"""Do direct and indirect evidence, and the designs of the studies, tell the same story?"""

from dataclasses import dataclass

import numpy as np

from .. import wald
from .model import fitted, network, turned


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


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of Q: ``design`` (treatments), its ``studies``, and p (None where df is 0)."""

    design: tuple
    studies: int
    Q: float
    df: int
    pval: float | None


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Cochran's Q cut into heterogeneity within designs and inconsistency between them.

    ``designs``: Q within each. ``detached``: Q between designs that is left when a design tells
    its own story; a design without which nothing could disagree differently has the df of all.
    """

    total: Part
    within: Part
    between: Part
    designs: tuple
    detached: tuple


def node_splits(c, *, method="REML", test="z"):
    """A `Split` of each comparison that has direct and indirect evidence, by one more parameter.

    In studies with both treatments the pair differs by ``difference`` from the network, half of
    it in each arm where there are more than two. Sources: Dias et al. (2010), Stat Med 29:932;
    White (2015), Stata J 15:951.
    """
    order, rows, X, found = c.treatments, turned(c), c.X, []
    for j in range(len(order)):
        for i in range(j + 1, len(order)):
            split = _split(c, rows, X, order[i], order[j], method, test)
            if split is not None:
                found.append(split)
    return found


def _split(c, rows, X, one, other, method, test):
    together = [{one, other} <= set(d) for d in c.design]
    if not any(together):
        return None
    half = {one: 0.5, other: -0.5}
    extra = np.array([
        (half.get(t, 0.0) - half.get(b, 0.0)) * both
        for t, b, both in zip(c.treatment, c.baseline, together, strict=True)
    ])  # fmt: skip
    X = np.column_stack([X, extra])
    if np.linalg.matrix_rank(X) < X.shape[1]:
        return None
    method = method if X.shape[0] > X.shape[1] else "FE"
    fit = fitted(rows, X, (*c.treatments[1:], "split"), method, test)
    if not fit.se[-1] > 0:
        return None
    L = np.array([(t == one) * 1.0 - (t == other) * 1.0 for t in (*c.treatments[1:], "split")])
    D = L + np.eye(L.size)[-1]
    direct = {s for s, both in zip(c.study, together, strict=True) if both}
    return Split(
        first=one, second=other, studies=len(direct),
        direct=float(D @ fit.beta), direct_se=float(np.sqrt(D @ fit.vb @ D)),
        indirect=float(L @ fit.beta), indirect_se=float(np.sqrt(L @ fit.vb @ L)),
        difference=float(fit.beta[-1]), se=float(fit.se[-1]), pval=float(fit.pval[-1]),
        tau2=fit.tau2,
    )  # fmt: skip


def design_by_treatment(c, *, method="REML"):
    """`Inconsistency`: does each design (set of treatments) tell the same story?

    Each design gets contrasts of its own; the test is Wald's that they fit the network. Where
    each design has one study the common-effect model is used. With no two designs that could
    disagree df is 0 and p None. Source: Higgins et al. (2012), Res Synth Methods 3:98.
    """
    own, consistent = _own(c)
    df = own.shape[1] - int(np.linalg.matrix_rank(consistent))
    if df == 0:
        enough = len(c.yi) > len(c.treatments) - 1
        return Inconsistency(0.0, 0, None, network(c, method=method if enough else "FE").tau2)
    names = tuple(f"x{j}" for j in range(own.shape[1]))
    fit = fitted(turned(c), own, names, method if own.shape[0] > own.shape[1] else "FE")
    chi2 = _misfit(fit, consistent)
    return Inconsistency(chi2, df, wald.chi2_p(chi2, df), fit.tau2)


def _labels(c):
    return [(design, t, b) for design, t, b in zip(c.design, c.treatment, c.baseline, strict=True)]


def _own(c):
    """A column for each contrast of each design (c, e), and its row in the network (e, t - 1)."""
    labels = _labels(c)
    names = list(dict.fromkeys(labels))
    own = np.array([[label == name for name in names] for label in labels], float)
    return own, np.array([c.X[labels.index(name)] for name in names])


def _misfit(fit, X):
    """Chi-square that the coefficients of a fit are ``X`` times something."""
    information = np.linalg.inv(fit.vb)
    r = fit.beta - X @ np.linalg.lstsq(
        X.T @ information @ X, X.T @ information @ fit.beta, rcond=None
    )[0]  # fmt: skip
    return float(r @ information @ r)


def decompose(c):
    """`Decomposition` of the common-effect Q.

    Source: Krahn, Binder & König (2013), BMC Med Res Methodol 13:35.
    """
    own, _ = _own(c)
    rows = turned(c)
    designs = list(dict.fromkeys(c.design))
    studies = {d: len({s for s, e in zip(c.study, c.design, strict=True) if e == d})
               for d in designs}  # fmt: skip
    apart = _residuals(rows, own)
    within = [_within(c, own, apart, d, studies[d]) for d in designs]
    Q, df = sum(part.Q for part in within), sum(part.df for part in within)
    total_Q, total_df = _q(rows, c.X)
    every = sum(studies.values())
    return Decomposition(
        total=_part((), every, total_Q, total_df), within=_part((), every, Q, df),
        between=_part((), every, total_Q - Q, total_df - df), designs=tuple(within),
        detached=tuple(
            _part(d, studies[d], left - Q, left_df - df)
            for d in designs
            for left, left_df in [_q(rows, _detached(c, own, d))]
        ),
    )  # fmt: skip


def net_heat(c):
    """``(designs, heat)``: how much of each design's inconsistency goes when another is detached.

    ``heat`` (e, e): row = the design whose part of Q between designs is watched, column = the
    design that is detached; the diagonal is that part itself. Positive off the diagonal: the two
    contradict each other; negative: the column holds the row in place. Source: as `decompose`.
    """
    designs = list(dict.fromkeys(c.design))
    own, _ = _own(c)
    rows = turned(c)
    apart = _residuals(rows, own)
    whole = _per_design(c, _residuals(rows, c.X) - apart, designs)
    left = [_residuals(rows, _detached(c, own, d)) - apart for d in designs]
    heat = np.array([whole - _per_design(c, r, designs) for r in left]).T
    np.fill_diagonal(heat, whole)
    return designs, heat


def _residuals(rows, X):
    """Standardised residuals (c,) of the common-effect model ``X``, turned as ``rows`` are."""
    root = 1 / np.sqrt(rows.v)
    y, X = root * rows.y, root[:, None] * (rows.T @ X)
    # Detaching repeats columns: the least squares of shortest length, whose fit is the same.
    return y - X @ np.linalg.lstsq(X, y, rcond=None)[0]


def _per_design(c, r, designs):
    """Sums of squares of ``r`` (c,) by design; a turn mixes rows of one study only."""
    square = dict.fromkeys(designs, 0.0)
    for design, value in zip(c.design, r, strict=True):
        square[design] += value**2
    return np.array([square[design] for design in designs])


def _within(c, own, apart, design, studies):
    rows = [i for i, d in enumerate(c.design) if d == design]
    df = len(rows) - int(own[rows].any(axis=0).sum())
    return _part(design, studies, float(np.sum(apart[rows] ** 2)), df)


def _detached(c, own, design):
    """The network's model matrix with contrasts of its own for one design."""
    columns = own[[i for i, d in enumerate(c.design) if d == design]].any(axis=0)
    return np.column_stack([c.X, own[:, columns]])


def _q(rows, X):
    """Residual Q and its df."""
    return float(np.sum(_residuals(rows, X) ** 2)), len(rows.y) - int(np.linalg.matrix_rank(X))


def _part(design, studies, Q, df):
    Q = max(Q, 0.0) if df else 0.0
    return Part(design, studies, Q, df, wald.chi2_p(Q, df) if df else None)
