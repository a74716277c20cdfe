"""Working weights for robust variance estimation with dependent effects in a study."""

from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable
from .robust import RobustFit, robust


@dataclass(frozen=True, slots=True, eq=False)
class WorkingFit:
    """A regression with approximate weights, its errors robust to what they miss (CR2).

    ``tau2`` is the variance between studies, ``omega2`` (hierarchical weights) that between
    effects of a study, in squared effect units; ``I2`` in percent (correlated weights). ``robust``
    holds the coefficients. ``n`` studies with ``m`` effects.
    """

    weights: str
    tau2: float
    omega2: float | None
    I2: float | None
    n: int
    m: int
    robust: RobustFit


def working_fit(yi, vi, cluster, *, X=None, terms=("intrcpt",), weights="CORR", rho=0.8,
                level=0.95):  # fmt: skip
    """Pool dependent effects ``yi`` (m,) with variances ``vi`` by study (``cluster``, labels).

    CORR: several outcomes of the same patients, correlated by ``rho``; HIER: several independent
    samples of a study or laboratory. ``X`` (m, p) has the intercept. Source: Hedges, Tipton &
    Johnson (2010), Res Synth Methods 1:39; small-sample errors: Tipton (2015), Psychol Methods
    20:375. Raises `NotEstimable` for other weights, a correlation beyond 0 to 1, or a variance
    of zero or less.
    """
    y, v = np.asarray(yi, float), np.asarray(vi, float)
    X = np.ones((y.size, 1)) if X is None else np.asarray(X, float)
    if weights not in ("CORR", "HIER"):
        raise NotEstimable(f"no working weights {weights!r}; choose CORR or HIER")
    if not 0 <= rho <= 1:
        raise NotEstimable("a correlation of effects of a study lies between 0 and 1")
    if not (v > 0).all():
        raise NotEstimable("every sampling variance must be above zero")
    _, study = np.unique(np.asarray(cluster).astype(str), return_inverse=True)
    size = np.bincount(study)
    if weights == "CORR":
        spread = (np.bincount(study, v) / size)[study]
        tau2, I2 = _correlated(y, X, study, size, spread, rho)
        omega2, working = None, size[study] * (spread + tau2)
    else:
        tau2, omega2 = _hierarchical(y, X, v, study, size)
        I2, working = None, v + tau2 + omega2
    found = robust(y, X, working, cluster, terms=terms, kind="CR2", level=level)
    return WorkingFit(weights, tau2, omega2, I2, size.size, y.size, found)


def _by_study(study, values):
    return np.stack([np.bincount(study, column) for column in values.T], axis=1)


def _residual_q(y, X, w):
    bread = np.linalg.inv(X.T @ (w[:, None] * X))
    r = y - X @ (bread @ (X.T @ (w * y)))
    return bread, r, float(w @ (r * r))


def _correlated(y, X, study, size, spread, rho):
    w = 1 / (size[study] * spread)
    bread, _, Q = _residual_q(y, X, w)
    sums = _by_study(study, w[:, None] * X)
    scale = w.sum() - np.trace(bread @ sums.T @ sums)
    within = X.T @ ((w / size[study])[:, None] * X)
    totals = _by_study(study, X)
    share = np.bincount(study, w / size[study]) / size
    between = totals.T @ (share[:, None] * totals) - within
    df = size.size - np.trace(bread @ within) - rho * np.trace(bread @ between)
    return max(0.0, float((Q - df) / scale)), max(0.0, float(100 * (Q - df) / Q)) if Q > 0 else 0.0


def _hierarchical(y, X, v, study, size):
    w = 1 / v
    bread, r, Q = _residual_q(y, X, w)
    k = size[study]
    totals, weighted = _by_study(study, X), _by_study(study, w[:, None] * X)
    crossed = weighted.T @ weighted
    joint, sums = totals.T @ totals, weighted.T @ totals
    sized = weighted.T @ (size[:, None] * totals)
    square = X.T @ ((w * w)[:, None] * X)
    A1 = k.sum() - 2 * np.trace(bread @ sized) + np.trace(bread @ joint @ bread @ crossed)
    B1 = y.size - 2 * np.trace(bread @ sums) + np.trace(bread @ joint @ bread @ square)
    C1 = v.sum() - np.trace(bread @ joint)
    A2, B2 = w.sum() - np.trace(bread @ crossed), w.sum() - np.trace(bread @ square)
    C2 = y.size - X.shape[1]
    Qa = float(np.sum(np.bincount(study, r) ** 2))
    omega2 = max(0.0, ((Qa - C1) * A2 - (Q - C2) * A1) / (B1 * A2 - B2 * A1))
    return max(0.0, float((Q - C2) / A2 - omega2 * B2 / A2)), float(omega2)
