"""One case as it was read: its columns, its effects, and the fits its blocks share."""

from dataclasses import dataclass, field

import numpy as np

from analysis.stats.effects import Effects, escalc
from analysis.stats.formula import model_matrix
from analysis.stats.pooling import rma


@dataclass(slots=True)
class Case:
    """``data`` are the columns as they stand, ``spec`` the model in words a machine reads."""

    name: str
    spec: dict
    call: list
    data: dict
    expected: dict
    rel: float
    abs: float
    edition: int
    fits: dict = field(default_factory=dict)

    @classmethod
    def read(cls, document):
        """Build a case from its document; tolerances that are not given are 1e-6 and 1e-8."""
        tolerance = document.get("tolerance") or {}
        version = str((document.get("engine") or {}).get("metafor") or "5")
        return cls(
            name=document["case"],
            spec=document.get("spec") or {},
            call=document.get("call") or [],
            data=document["data"],
            expected=document["expected"],
            rel=tolerance.get("rel") or 1e-6,
            abs=tolerance.get("abs") or 1e-8,
            # Measures whose formulas have changed are computed as in the version of the case.
            edition=3 if version.split(".")[0] < "4" else 5,
        )

    def numbers(self, name):
        """A column as floats, missing ones NaN."""
        return np.array([np.nan if x is None else x for x in self.data[name]], float)

    def columns(self, prefix=""):
        """The columns of the spec under metafor's names."""
        mapping = self.spec.get("columns") or {}
        return {key: self.numbers(name) for key, name in mapping.items()}

    def options(self):
        """What the spec asks of escalc, by the names the engine uses."""
        asked = self.spec.get("options") or {}
        return {"edition": self.edition, **{k: v for k, v in dict(asked).items()}}

    def effects(self, measure=None, **options):
        """`Effects` of every row of the data."""
        measure = measure or self.spec.get("measure")
        if measure:
            return escalc(measure, self.columns(), **(self.options() | options))
        names = {key: self.spec.get(key, key) for key in ("yi", "vi")}
        given = {key: self.numbers(name) for key, name in names.items()}
        return Effects("GEN", given["yi"], given["vi"], None, {})

    def complete(self):
        """``(yi, vi, ni or None, rows)`` of the rows that have an effect and a variance."""
        effects = self.effects()
        keep = ~(np.isnan(effects.yi) | np.isnan(effects.vi))
        ni = None if effects.ni is None else effects.ni[keep]
        return effects.yi[keep], effects.vi[keep], ni, np.flatnonzero(keep)

    def matrix(self, formula=None):
        """The model matrix of the moderators, or None."""
        formula = self.spec.get("mods") if formula is None else formula
        if not formula:
            return None
        return model_matrix(formula, self.data)

    def fit(self, method, test="z", *, formula=None, **options):
        """The case's model by one method, fitted once."""
        key = (method, test, formula, *sorted(options.items()))
        if key not in self.fits:
            effects, matrix = self.effects(), self.matrix(formula)
            design = {} if matrix is None else {"X": matrix.X, "terms": matrix.names}
            self.fits[key] = rma(
                effects.yi, effects.vi, method=method, test=test, **design, **options
            )
        return self.fits[key]
