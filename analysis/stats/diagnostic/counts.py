"""The four counts of each study, checked, and the groups that the studies fall into."""

from dataclasses import dataclass

import numpy as np

from ..errors import NotPoolable, rows_named

FEWEST = 3  # studies with diseased, and with healthy


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Right answers ``x`` of ``n`` patients, (2, k): the diseased, then the healthy; ``given`` says
    where there are patients. ``X`` (k, g) marks the group of each study, ``levels`` names them."""

    x: np.ndarray
    n: np.ndarray
    given: np.ndarray
    X: np.ndarray
    levels: tuple

    @property
    def k(self):
        return self.x.shape[1]


def counts(tp, fn, fp, tn, group=None):
    """`Counts` of arrays (k,), NaN where a study has no such patients.

    Studies without any patients are left out. Raises `NotPoolable` for counts below zero, and for
    fewer than three studies with either sort of patients (two in each group).
    """
    right, wrong = np.array([tp, tn], float), np.array([fn, fp], float)
    if right.ndim != 2 or right.shape != wrong.shape:
        raise NotPoolable("each study needs its four counts")
    low = ((right < 0) | (wrong < 0)).any(0)
    if low.any():
        raise NotPoolable(f"counts of patients cannot be below zero: see {rows_named(low)}")
    given = ~(np.isnan(right) | np.isnan(wrong)) & (right + wrong > 0)
    if (given.sum(1) < FEWEST).any():
        raise NotPoolable(
            f"the bivariate model needs three studies with diseased and three with healthy, and"
            f" has {given[0].sum()} and {given[1].sum()}"
        )
    keep = given.any(0)
    x, n = (np.where(given, v, 0.0)[:, keep] for v in (right, right + wrong))
    names = np.zeros(right.shape[1], int) if group is None else np.asarray(group)
    levels = tuple(dict.fromkeys(names[keep].tolist()))
    X = np.stack([names[keep] == level for level in levels], axis=1).astype(float)
    given = given[:, keep]
    short = ((given.astype(float) @ X) < 2).any(0)
    if len(levels) > 1 and short.any():
        few = " and ".join(f"“{level}”" for level, one in zip(levels, short, strict=True) if one)
        raise NotPoolable(
            f"each group needs two studies with diseased and two with healthy, and {few} has fewer"
        )
    return Counts(x, n, given, X, () if group is None else levels)
