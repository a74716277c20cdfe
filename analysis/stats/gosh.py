"""GOSH: the pooled effect of every subset of the studies."""

from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable

MOST_STUDIES = 20


@dataclass(frozen=True, slots=True, eq=False)
class Gosh:
    """One row a subset, arrays (m,): size, DL or common effect, Q, I2 (percent) and tau2.

    ``subsets`` (m, k) says which studies are in.
    """

    k: np.ndarray
    estimate: np.ndarray
    QE: np.ndarray
    I2: np.ndarray
    tau2: np.ndarray
    subsets: np.ndarray


def gosh(yi, vi, *, method="DL", draws=None, seed=None):
    """All ``2^k - 1`` subsets (Olkin, Dahabreh & Trikalinos 2012), or ``draws`` random ones.

    ``method``: DL or FE, which have closed forms. With more than 20 studies ``draws`` and
    ``seed`` must be given. Raises `NotEstimable` otherwise.
    """
    y, v = np.asarray(yi, float), np.asarray(vi, float)
    if method not in ("DL", "FE"):
        raise NotEstimable("every-subset fits are offered for DL and FE")
    if not (v > 0).all():
        raise NotEstimable("a sampling variance of zero would take all the weight")
    if draws is None and y.size > MOST_STUDIES:
        raise NotEstimable(f"{y.size} studies have too many subsets: ask for a number of draws")
    if draws is None:
        codes = np.arange(1, 2**y.size)
        inside = (codes[:, None] >> np.arange(y.size)) & 1 == 1
    else:
        inside = np.random.default_rng(seed).random((draws, y.size)) < 0.5
        inside = inside[inside.any(1)]
    return _fit_subsets(y, v, inside, method)


def _fit_subsets(y, v, inside, method):
    w = inside / v
    W1, W2, k = w.sum(1), (w**2).sum(1), inside.sum(1)
    mean = w @ y / W1
    QE = np.where(k > 1, np.sum(w * (y - mean[:, None]) ** 2, axis=1), 0.0)
    scale = np.where(k > 1, W1 - W2 / W1, 1.0)
    tau2 = np.where(k > 1, np.maximum(0.0, (QE - (k - 1)) / scale), 0.0)
    if method == "FE":
        I2 = np.where(QE > 0, np.maximum(0.0, 100 * (QE - (k - 1)) / np.maximum(QE, 1e-300)), 0.0)
        return Gosh(k, mean, QE, I2, np.zeros_like(QE), inside)
    s2 = (k - 1) / scale
    I2 = np.where(k > 1, 100 * tau2 / np.where(k > 1, s2 + tau2, 1.0), 0.0)
    a = inside / (v + tau2[:, None])
    return Gosh(k, a @ y / a.sum(1), QE, I2, tau2, inside)
