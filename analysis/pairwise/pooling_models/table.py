"""Rows of ``reading`` as the arrays that every model takes. Pure."""

from dataclasses import dataclass

import numpy as np

from ...stats import effects
from ...stats.errors import NotPoolable
from ..measures import engine_measure, engine_name


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """``k`` rows of a plan: ``columns`` of the engine, and each row's own effect ``yi`` with
    sampling variance ``vi`` (k,) on the scale of analysis. ``level`` lies between 0 and 1."""

    rows: tuple
    spec: dict
    columns: dict
    yi: np.ndarray
    vi: np.ndarray

    @property
    def k(self):
        return self.yi.size

    @property
    def measure(self):
        return self.spec["measure"]

    @property
    def level(self):
        return float(self.spec["level"]) / 100

    def at(self, places):
        """The same of some rows."""
        places = np.asarray(places, int)
        return Table(
            tuple(self.rows[i] for i in places),
            self.spec,
            {name: values[places] for name, values in self.columns.items()},
            self.yi[places],
            self.vi[places],
        )

    def without(self, place):
        return self.at([i for i in range(self.k) if i != place])


def read(rows, spec):
    """The ``Table`` of a spec. Raises ``NotPoolable`` naming a study without an effect."""
    columns = {
        engine_name(spec["measure"], name): np.array([row.values[name] for row in rows])
        for name in rows[0].values
    }
    found = effects.escalc(engine_measure(spec["measure"]), columns)
    if found.problems:
        place, why = next(iter(found.problems.items()))
        raise NotPoolable(f"{rows[place].label}: {why}")
    return Table(tuple(rows), spec, columns, found.yi, found.vi)
