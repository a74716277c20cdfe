"""Arms of studies -> differences from a baseline, with everything they share written out."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ..errors import NotPoolable
from .arms import Arms


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Differences from a baseline arm of the same study, ``yi`` (c,), with covariance ``V``.

    Two differences of a study share their baseline. ``treatments`` are sorted, the reference
    first; ``design`` names the set of treatments of each row's study.
    """

    study: tuple
    treatment: tuple
    baseline: tuple
    design: tuple
    yi: np.ndarray
    V: np.ndarray
    treatments: tuple

    @property
    def X(self):
        """Which differences from the reference (t - 1 columns) each row is made of, (c, t - 1)."""
        place = {name: i - 1 for i, name in enumerate(self.treatments)}
        X = np.zeros((self.yi.size, len(self.treatments) - 1))
        for row, (one, other) in enumerate(zip(self.treatment, self.baseline, strict=True)):
            if place[one] >= 0:
                X[row, place[one]] += 1
            if place[other] >= 0:
                X[row, place[other]] -= 1
        return X

    @property
    def S(self):
        """Covariance (c, c) of the random effects at tau2 = 1: one half within a study."""
        same = np.array(self.study)[:, None] == np.array(self.study)
        return 0.5 * (same + np.eye(self.yi.size))


def contrasts(study, treatment, yi, vi, *, reference=None):
    """`Contrasts` of arms: one estimate ``yi`` and variance ``vi`` an arm (log odds, mean, ...).

    Arms of a study with a missing estimate are left out, and studies left with one arm. The
    baseline of a study is the reference, else its last treatment by name. Raises `NotPoolable`
    for a treatment twice in a study, or treatments that no chain of studies connects.
    """
    arms = {}
    for s, t, y, v in zip(map(str, study), map(str, treatment), yi, vi, strict=True):
        if y is None or v is None or np.isnan(y) or np.isnan(v):
            continue
        if t in arms.setdefault(s, {}):
            raise NotPoolable(f"study {s} has two arms of {t}: combine them first")
        if not v > 0:
            raise NotPoolable(f"study {s}, {t}: an arm needs a variance above zero")
        arms[s][t] = (float(y), float(v))
    return assemble(
        [
            Arms(s, tuple(own), np.array([y for y, _ in own.values()]),
                 np.diag([v for _, v in own.values()]))
            for s, own in arms.items()
        ],
        reference=reference,
    )  # fmt: skip


def assemble(studies, *, reference=None):
    """`Contrasts` of a list of `Arms`; studies with one arm are left out.

    Raises `NotPoolable` where no study has the reference, or for treatments that no chain of
    studies connects: `parts` tells which belong together.
    """
    studies = [one for one in studies if len(one.treatments) > 1]
    names = sorted({t for one in studies for t in one.treatments})
    if not names:
        raise NotPoolable("no study has two treatments with an estimate")
    reference = str(reference) if reference is not None else names[0]
    if reference not in names:
        raise NotPoolable(f"no study has the reference {reference}")
    found = parts([one.treatments for one in studies])
    if len(found) > 1:
        own = next(part for part in found if reference in part)
        away = [t for t in names if t not in own]
        raise NotPoolable(
            f"no chain of studies connects {reference} with {', '.join(away)}: analyse them apart"
        )
    return _rows(studies, [reference, *(t for t in names if t != reference)])


def parts(designs):
    """The sets of treatments that chains of studies connect, as sorted tuples, largest first.

    ``designs``: the treatments of each study.
    """
    names = sorted({t for design in designs for t in design})
    place = {t: i for i, t in enumerate(names)}
    pairs = [(place[design[0]], place[t]) for design in designs for t in design]
    i, j = np.array(pairs).T
    links = coo_matrix((np.ones(len(pairs)), (i, j)), shape=(len(names),) * 2)
    count, label = connected_components(links, directed=False)
    found = [tuple(t for t in names if label[place[t]] == part) for part in range(count)]
    return sorted(found, key=lambda part: (-len(part), part))


def _rows(studies, order):
    rows, blocks = [], []
    for one in studies:
        present = sorted(one.treatments, key=lambda t: (t == order[0], t))
        at = [one.treatments.index(t) for t in present]
        # Each arm but the last less the last.
        D = np.column_stack([np.eye(len(at) - 1), -np.ones(len(at) - 1)])
        design = tuple(sorted(present))
        values = D @ one.a[at]
        rows += [
            (one.study, t, present[-1], design, y)
            for t, y in zip(present[:-1], values, strict=True)
        ]
        blocks.append(D @ one.C[np.ix_(at, at)] @ D.T)
    study, treatment, baseline, design, y = zip(*rows, strict=True)
    V = block_diag(*blocks)
    return Contrasts(study, treatment, baseline, design, np.array(y), V, tuple(order))
