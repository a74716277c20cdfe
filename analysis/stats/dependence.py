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


def shared_covariance(vi, cluster, outcome, groups, sizes, rho):
    """``V`` (k, k) of effects that may share a cluster's patients, as metafor's ``vcalc`` has it.

    ``outcome`` (k,) says what each effect is about, ``groups`` (k, 2) which two groups it compares
    (equal ones for an effect of one group), ``sizes`` (k, 2) their patients. Within a cluster two
    effects correlate by ``rho``, by 1 when they are about the same outcome, times what their groups
    share: 1 for the same two groups, about a half for one of them in common, less than 0 when it is
    the first group of one and the second of the other, 0 for none. Raises `NotPoolable` like
    `sampling_covariance`.
    """
    v, label = np.asarray(vi, float), np.asarray(cluster).astype(str)
    if not -1 <= rho <= 1:
        raise NotPoolable(f"a correlation lies between -1 and 1, not {rho}")
    about = np.asarray(outcome).astype(str)
    shared = _shared(np.asarray(groups).astype(str), 1 / np.asarray(sizes, float))
    alike = (about[:, None] == about) & (np.abs(shared) < 1 - 1e-9)
    R = np.where(alike, 1.0, rho) * shared * (label[:, None] == label)
    np.fill_diagonal(R, 1.0)
    if np.linalg.eigvalsh(R).min() < 1e-10:
        raise NotPoolable(f"effects of one study cannot all correlate by {rho}; assume less")
    return R * np.sqrt(np.outer(v, v))


def _shared(groups, inverse):
    """How effects correlate by the groups they compare: (k, k)."""
    single = groups[:, 0] == groups[:, 1]
    signs, total = (1.0, -1.0), np.zeros((len(groups), len(groups)))
    for i in range(2):
        for j in range(2):
            same = groups[:, i][:, None] == groups[:, j]
            total += signs[i] * signs[j] * same * np.sqrt(np.outer(inverse[:, i], inverse[:, j]))
    spread = np.sqrt(np.where(single, 1.0, inverse.sum(1)))
    total = total / np.outer(spread, spread)
    same_one = groups[:, 0][:, None] == groups[:, 0]
    return np.where(single[:, None] & single, same_one.astype(float), total)
