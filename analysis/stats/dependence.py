"""Effects that share patients: sampling covariances from a correlation, and their combination."""

import numpy as np

from .errors import NotPoolable


def sampling_covariance(vi, cluster, rho):
    """``V`` (k, k) with correlation ``rho`` between effects of the same ``cluster``.

    An assumption, not an estimate: show the result for more than one ``rho``. Raises `NotPoolable`
    when it lies outside -1 to 1 or makes no covariance matrix.
    """
    v = np.asarray(vi, float)
    if not -1 <= rho <= 1:
        raise NotPoolable(f"a correlation lies between -1 and 1, not {rho}")
    _, group = np.unique(np.asarray(cluster).astype(str), return_inverse=True)
    same = group[:, None] == group
    V = np.where(same, rho * np.sqrt(np.outer(v, v)), 0.0)
    np.fill_diagonal(V, v)
    if np.linalg.eigvalsh(V).min() < -1e-12 * v.max():
        raise NotPoolable(f"effects of one study cannot all correlate by {rho}")
    return V


def aggregate(yi, V, cluster):
    """``(labels, yi, vi)``: one weighted mean a cluster with its variance, labels as they come.

    Weights are those of best precision given ``V`` (k, k).
    """
    y, V, labels = np.asarray(yi, float), np.asarray(V, float), np.asarray(cluster).astype(str)
    names = list(dict.fromkeys(labels.tolist()))
    effects, variances = [], []
    for name in names:
        rows = np.flatnonzero(labels == name)
        w = np.linalg.solve(V[np.ix_(rows, rows)], np.ones(rows.size))
        effects.append(w @ y[rows] / w.sum())
        variances.append(1 / w.sum())
    return names, np.array(effects), np.array(variances)
