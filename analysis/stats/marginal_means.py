"""Estimated marginal means of a factor in a mixed model, and all differences between them."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from .errors import NotEstimable
from .formula import model_matrix
from .mixed_tests import Estimates, kenward_roger, satterthwaite
from .responders import wald_z

METHODS = {"satterthwaite": satterthwaite, "kenward-roger": kenward_roger, "z": wald_z}


@dataclass(frozen=True, slots=True, eq=False)
class MarginalMeans:
    """``means`` by level; ``L`` (levels, p) are their weights on the coefficients."""

    levels: tuple
    means: Estimates
    L: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Pairwise:
    """Differences of means with p-values: unadjusted (LSD) and adjusted for all of them.

    ``pairs`` are the compared levels (first minus second); adjusted arrays have their order.
    """

    pairs: tuple
    differences: Estimates
    p_lsd: np.ndarray
    p_bonferroni: np.ndarray
    p_holm: np.ndarray
    p_sidak: np.ndarray
    p_tukey: np.ndarray


def marginal_means(fit, factor, columns, *, method="satterthwaite", level=0.95):
    """`MarginalMeans` of ``factor``: covariates at their means, other factors balanced.

    ``method`` is satterthwaite or kenward-roger, or z for a `responders.LogisticFit` (log odds).
    ``columns`` are the data the model was fitted to. Means of covariates are over the rows used.
    """
    if factor not in fit.levels:
        raise NotEstimable(f"{factor} is no factor of the model; it has {', '.join(fit.levels)}")
    grid = _grid(fit, columns)
    matrix = model_matrix(fit.formula, grid, levels=fit.levels, intercept="(Intercept)")
    names = fit.levels[factor]
    L = np.stack([matrix.X[[v == name for v in grid[factor]]].mean(0) for name in names])
    return MarginalMeans(tuple(names), METHODS[method](fit, L, level=level), L)


def _grid(fit, columns):
    """Every combination of factor levels once, numbers at their mean over the rows used."""
    factors = list(fit.levels)
    shape = np.meshgrid(*[np.arange(len(fit.levels[f])) for f in factors], indexing="ij")
    size = shape[0].size
    grid = {
        f: [fit.levels[f][i] for i in index.ravel()]
        for f, index in zip(factors, shape, strict=True)
    }
    for name, values in columns.items():
        if name not in grid and not any(isinstance(v, str) for v in values):
            used = np.array([np.nan if v is None else v for v in values], float)[fit.rows]
            known = used[~np.isnan(used)]
            grid[name] = np.full(size, known.mean() if known.size else np.nan)
    return grid


def pairwise(fit, means, *, method="satterthwaite", level=0.95):
    """`Pairwise` comparisons of all levels of a `MarginalMeans`."""
    pairs = tuple(combinations(range(len(means.levels)), 2))
    L = np.stack([means.L[i] - means.L[j] for i, j in pairs])
    found = METHODS[method](fit, L, level=level)
    m, p = len(pairs), found.p
    families = len(means.levels)
    tukey = stats.studentized_range.sf(np.abs(found.t) * np.sqrt(2), families, found.df)
    return Pairwise(
        pairs=tuple((means.levels[i], means.levels[j]) for i, j in pairs),
        differences=found,
        p_lsd=p,
        p_bonferroni=np.minimum(1.0, m * p),
        p_holm=holm(p),
        p_sidak=-np.expm1(m * np.log1p(-np.minimum(p, 1.0))),
        p_tukey=np.asarray(tukey) if families > 2 else p,
    )


def holm(p):
    """Holm's (1979) step-down adjusted p-values, in the order given."""
    p = np.asarray(p, float)
    order = np.argsort(p)
    stepped = np.maximum.accumulate((p.size - np.arange(p.size)) * p[order])
    out = np.empty_like(p)
    out[order] = np.minimum(1.0, stepped)
    return out
