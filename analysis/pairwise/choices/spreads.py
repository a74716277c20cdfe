"""Studies that cannot enter because an SD is not printed, and SDs assumed in its place. Pure."""

from dataclasses import dataclass, replace

import numpy as np

from extraction import schema

from ...roles import MEAN
from ...stats import missing_sds
from ...stats.errors import NotEstimable
from .. import reading
from ..measures import MEAN_AND_SIZE, MEASURES

WAYS = {
    "pooled": "Pooled SD of the other arms",
    "median": "Median SD of the other arms",
    "largest": "Largest SD of the other arms",
    "other": "SD of the study's other arm",
    "regression": "SD expected from the mean (regression of logs)",
}
CORRELATIONS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
BY_CORRELATION = "r"


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The rows of a plan with those that lack an SD among them, which have 1 in its place.

    ``lacking`` are ids of the cells without one; ``sd`` (NaN in the gaps), ``n``, ``mean`` are
    arrays (rows, groups). ``opened`` is the snapshot's content that gives such rows.
    """

    opened: dict
    rows: tuple
    excluded: tuple
    lacking: frozenset
    groups: tuple
    sd: np.ndarray
    n: np.ndarray
    mean: np.ndarray

    @property
    def incomplete(self):
        """The rows that lack an SD."""
        return [row for row in self.rows if self.lacking & set(row.cells.values())]

    def cell(self, row, group):
        """The cell of an arm's SD when it lacks one, else None."""
        found = row.cells[f"sd{group}i"]
        return found if found in self.lacking else None


def gaps(data, spec):
    """The ``Gaps`` of a spec on a snapshot's content, or None when no study lacks only an SD."""
    if MEASURES[spec["measure"]].roles != MEAN_AND_SIZE:
        return None
    opened, lacking = _opened(data, spec)
    rows, excluded = reading.rows(opened, spec) if lacking else ([], [])
    groups = MEASURES[spec["measure"]].groups
    used = {row.cells[f"sd{group}i"] for row in rows for group in groups} & lacking
    if not used:
        return None

    def column(stem):
        return np.array([[row.values[f"{stem}{group}i"] for group in groups] for row in rows])

    gap = np.array([[row.cells[f"sd{group}i"] in used for group in groups] for row in rows])
    return Gaps(opened, tuple(rows), tuple(excluded), frozenset(used), groups,
                np.where(gap, np.nan, column("sd")), column("n"), column("m"))  # fmt: skip


def _opened(data, spec):
    """The content with SD 1 where a mean of the plan's field has none, and the ids of its cells."""
    key, lacking, studies = spec["fields"].get(MEAN), set(), []
    for study in data["studies"]:
        records = []
        for record in study["records"]:
            cells = [_with_one(cell, key, lacking) for cell in record["cells"]]
            records.append(record | {"cells": cells})
        studies.append(study | {"records": records})
    return data | {"studies": studies}, lacking


def _with_one(cell, key, lacking):
    value = cell["value"]
    if cell["field"] != key or cell["state"] != schema.VALUE or "mean" not in value:
        return cell
    if value["sd"] is not None:
        return cell
    lacking.add(cell["id"])
    return cell | {"value": value | {"sd": "1"}}


def assumed(found, way, changes=None):
    """``{cell id: SD}`` of the gaps that one way can fill: a key of ``WAYS``, or ``r0.5`` for the
    SD of a change by that correlation, from ``changes`` of ``baselines``. Raises ``NotEstimable``
    when it can fill none."""
    if way.startswith(BY_CORRELATION) and way not in WAYS:
        return _by_correlation(changes, float(way.removeprefix(BY_CORRELATION)))
    filled = missing_sds.fill(way, found.sd, found.n, found.mean)
    values = _by_cell(found, filled)
    if not values:
        raise NotEstimable("no study's other arm has a standard deviation")
    return values


def _by_cell(found, filled):
    return {
        found.cell(row, group): float(filled.sd[i, j])
        for i, row in enumerate(found.rows)
        for j, group in enumerate(found.groups)
        if filled.assumed[i, j]
    }


def draws(found, *, m, seed):
    """``m`` times ``{cell id: SD}`` drawn by ``missing_sds.drawn``."""
    return [
        _by_cell(found, one)
        for one in missing_sds.drawn(found.sd, found.n, found.mean, m=m, seed=seed)
    ]


def baselines(data, spec, found, before, after):
    """``{cell id of a gap: (SD before, SD after)}`` where both fields have one."""
    sides = []
    for key in (before, after):
        asked = spec | {"fields": spec["fields"] | {MEAN: key}}
        sides.append({row.study: row for row in reading.rows(data, asked)[0]})
    pairs = {}
    for row in found.incomplete:
        one, other = (side.get(row.study) for side in sides)
        for group in found.groups:
            cell = found.cell(row, group)
            if cell and one and other:
                pairs[cell] = (one.values[f"sd{group}i"], other.values[f"sd{group}i"])
    return pairs


def _by_correlation(changes, r):
    if not changes:
        raise NotEstimable("no study that lacks the SD of its change has both SDs it comes from")
    found = {cell: float(missing_sds.change_sd(*pair, r)) for cell, pair in changes.items()}
    return {cell: value for cell, value in found.items() if np.isfinite(value)}


def fill(rows, lacking, values):
    """Rows with assumed SDs in their place; those whose gap has none stay out."""
    found = []
    for row in rows:
        open_cells = {name: cell for name, cell in row.cells.items()
                      if name.startswith("sd") and cell in lacking}  # fmt: skip
        if all(cell in values for cell in open_cells.values()):
            told = {name: values[cell] for name, cell in open_cells.items()}
            found.append(replace(row, values=row.values | told))
    return found
