"""Permutation tests: p-values that need no distribution, only that labels could be exchanged."""

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial

import numpy as np

from .errors import NotEstimable

MOST_EXACT = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class PermutationTest:
    """Two-sided p of each coefficient (p,), and of all moderators together (None without any).

    ``draws`` refits were made; ``exact`` says they were all there are.
    """

    pval: np.ndarray
    QM_p: float | None
    exact: bool
    draws: int


def permutation_test(fit, *, draws=None, seed=None):
    """Permutation test of a `pooling.Fit` (Follmann & Proschan 1999; Higgins & Thompson 2004).

    Without moderators the signs of the effects are flipped, with moderators the rows of the model
    matrix are exchanged. All ways are tried unless ``draws`` asks for random ones (the data as
    they are count as one). Raises `NotEstimable` when there are more than 10,000 ways and no
    ``draws``, or a model that one of them cannot carry.
    """
    ways = 2**fit.k if fit.p == 1 else factorial(fit.k)
    if draws is None and ways > MOST_EXACT:
        raise NotEstimable(f"{ways} permutations are too many: ask for a number of draws")
    stats, QMs = [], []
    for refit in _refits(fit, draws, seed):
        stats.append(refit.stat)
        QMs.append(np.nan if refit.QM is None else refit.QM)
    stats = np.array(stats)
    QM_p = None if fit.p == 1 else _share(np.array(QMs), fit.QM)
    return PermutationTest(_two_sided(stats, fit.stat), QM_p, draws is None, len(stats))


def _refits(fit, draws, seed):
    if fit.p == 1:
        for signs in _signs(fit.k, draws, seed):
            yield fit.refit(yi=fit.yi * signs)
        return
    rng = np.random.default_rng(seed)
    if draws is None:
        orders = permutations(range(fit.k))
    else:
        orders = [np.arange(fit.k), *(rng.permutation(fit.k) for _ in range(draws - 1))]
    for order in orders:
        yield fit.refit(X=fit.X[list(order)])


def _signs(k, draws, seed):
    if draws is None:
        return (np.array(signs) for signs in product((1.0, -1.0), repeat=k))
    rng = np.random.default_rng(seed)
    return [np.ones(k), *rng.choice([1.0, -1.0], size=(draws - 1, k))]


def _two_sided(stats, observed):
    return np.array([_share(np.abs(stats[:, j]), abs(z)) for j, z in enumerate(observed)])


def _share(values, observed):
    """Share of refits at least as large; the tolerance lets equal fits count as equal."""
    return float(np.mean(values >= observed - 1e-8 * max(1.0, abs(observed))))
