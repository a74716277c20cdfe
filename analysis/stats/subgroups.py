"""Subgroups: each pooled by itself, and the test of whether they differ."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotPoolable
from .formula import model_matrix
from .ordering import in_order
from .pooling import Fit, rma


@dataclass(frozen=True, slots=True, eq=False)
class Subgroups:
    """``fits`` by level; ``Q`` with ``df`` and ``pval`` tests whether the pooled effects differ.

    With ``shared_tau2`` the fits come from one model: ``means`` has a coefficient a level,
    ``contrasts`` the differences from the first level, and its QM is the test. Without it tau2 is
    estimated in each group, and Q is that of the pooled effects around their common mean.
    """

    fits: dict
    Q: float
    df: int
    pval: float
    means: Fit | None = None
    contrasts: Fit | None = None


def subgroups(yi, vi, groups, *, levels=None, **options):
    """Pool within each level of ``groups`` (k,), tau2 estimated in each; see `pooling.rma`.

    Raises `NotPoolable` when fewer than two groups have studies. Studies without a group are left
    out.
    """
    y, v = np.asarray(yi, float), np.asarray(vi, float)
    levels = in_order({g for g in groups if g is not None}) if levels is None else list(levels)
    inside = {level: np.array([g == level for g in groups]) for level in levels}
    _refuse_single(level for level in levels if inside[level].any())
    fits = {x: rma(y[inside[x]], v[inside[x]], **options) for x in levels if inside[x].any()}
    pairs = [(f.beta[0], f.se[0] ** 2) for f in fits.values()]
    Q, df = between(*map(np.array, zip(*pairs, strict=True)))
    return Subgroups(fits, Q, df, wald.chi2_p(Q, df))


def between(effects, variances):
    """``(Q, df)`` of pooled effects (m,) around their common mean: whether they differ."""
    w = 1 / variances
    Q = float(np.sum(w * (effects - np.sum(w * effects) / w.sum()) ** 2))
    return Q, effects.size - 1


def subgroups_shared(yi, vi, groups, *, levels=None, **options):
    """The same in one model with a single tau2: a regression on the groups."""
    columns, order = {"group": list(groups)}, None if levels is None else {"group": list(levels)}
    _refuse_single({g for g in groups if g is not None})
    parts = []
    for text in ("~ group - 1", "~ group"):
        matrix = model_matrix(text, columns, levels=order)
        names = [name.removeprefix("group") if name != "intrcpt" else name for name in matrix.names]
        parts.append(rma(yi, vi, X=matrix.X, terms=names, **options))
    means, contrasts = parts
    return Subgroups({}, contrasts.QM, contrasts.p - 1, contrasts.QMp, means, contrasts)


def _refuse_single(levels):
    if len(list(levels)) < 2:
        raise NotPoolable("subgroups need studies in two groups or more")
