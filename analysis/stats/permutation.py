"""Permutation tests: p-values that need no distribution, only that labels could be exchanged."""

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial

import numpy as np

from .errors import NotEstimable
from .many_likelihoods import likeliest_tau2
from .pooling import tested_columns

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
    stats, QM = _statistics(fit, draws, seed)
    QM_p = None if fit.p == 1 else _share(QM, fit.QM)
    return PermutationTest(_two_sided(stats, fit.stat), QM_p, draws is None, len(stats))


def _statistics(fit, draws, seed):
    """Test statistics (m, p) and omnibus statistics (m,) of all rearrangements."""
    signs, orders = _arrangements(fit, draws, seed)
    at_once = fit.user_weights is None and (fit.vi > 0).all() and fit.test in ("z", "t")
    if at_once and (fit.is_common_effect or fit.method in ("DL", "REML", "ML")):
        return _side_by_side(fit, signs, orders)
    refits = [fit.refit(yi=fit.yi * s) for s in signs] if orders is None else [
        fit.refit(X=fit.X[order]) for order in orders
    ]  # fmt: skip
    QM = [np.nan if refit.QM is None else refit.QM for refit in refits]
    return np.array([refit.stat for refit in refits]), np.array(QM)


def _arrangements(fit, draws, seed):
    """Sign changes (m, k) without moderators, else orders (m, k) of the rows; the other None."""
    k, rng = fit.k, np.random.default_rng(seed)
    if fit.p == 1 and draws is None:
        return np.array(list(product((1.0, -1.0), repeat=k))), None
    if fit.p == 1:
        return np.vstack([np.ones(k), rng.choice([1.0, -1.0], size=(draws - 1, k))]), None
    if draws is None:
        return None, np.array(list(permutations(range(k))))
    return None, np.vstack([np.arange(k), *(rng.permutation(k) for _ in range(draws - 1))])


def _side_by_side(fit, signs, orders):
    """All refits of a common-effect, DL, ML or REML model at once.

    Exchanging rows of the model matrix is exchanging effects with their variances.
    """
    if orders is None:
        Y, V = fit.yi * signs, np.broadcast_to(fit.vi, signs.shape)
    else:
        places = np.argsort(orders, axis=1)
        Y, V = fit.yi[places], fit.vi[places]
    tau2 = np.zeros((len(Y), 1))
    if fit.method == "DL":
        _, C, Q, trace = _regress(Y, V, fit.X)
        tau2 = np.maximum(0.0, (Q - (fit.k - fit.p)) / trace)[:, None]
    elif not fit.is_common_effect:
        tau2 = likeliest_tau2(Y, V, fit.X, fit.method)[:, None]
    beta, C, _, _ = _regress(Y, V + tau2, fit.X)
    stats = beta / np.sqrt(np.einsum("mii->mi", C))
    columns = tested_columns(fit.X)
    b, V = beta[:, columns], C[:, columns[:, None], columns]
    QM = np.einsum("mi,mi->m", b, np.linalg.solve(V, b[:, :, None])[:, :, 0])
    return stats, QM / (1 if fit.ddf is None else len(columns))


def _regress(Y, V, X):
    """``(beta, (X'WX)^-1, Q, tr P)`` of m weighted regressions of the rows of ``Y`` on ``X``."""
    k, p = X.shape
    products = (X[:, :, None] * X[:, None, :]).reshape(k, p * p)
    W = 1 / V
    C = np.linalg.inv((W @ products).reshape(-1, p, p))
    beta = np.einsum("mij,mj->mi", C, (W * Y) @ X)
    Q = np.sum(W * (Y - beta @ X.T) ** 2, axis=1)
    squares = ((W * W) @ products).reshape(-1, p, p)
    return beta, C, Q, W.sum(1) - np.einsum("mij,mji->m", C, squares)


def _two_sided(stats, observed):
    return np.array([_share(np.abs(stats[:, j]), abs(z)) for j, z in enumerate(observed)])


def _share(values, observed):
    """Share of refits at least as large; the tolerance lets equal fits count as equal."""
    return float(np.mean(values >= observed - 1e-8 * max(1.0, abs(observed))))
