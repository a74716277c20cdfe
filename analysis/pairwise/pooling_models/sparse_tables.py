"""Mantel and Haenszel, and Peto: one effect for all studies, from the counts themselves."""

from dataclasses import replace
from functools import partial

import numpy as np

from ...stats import effects, sparse
from ...stats.errors import NotEstimable
from .parts import Pooled, point, tested

ONE_EFFECT = "none: one effect"


def mantel_haenszel(table):
    found = sparse.mantel_haenszel(table.measure, table.columns, level=table.level)
    return _pooled(found, "MH", table, table.measure)


def peto(table):
    return _pooled(sparse.peto(table.columns, level=table.level), "PETO", table, "PETO")


def own_peto(table):
    """A table whose single effects are Peto's where they have one: without an event, or with
    nothing but events, a study stays as it is, and counts nothing."""
    found = effects.escalc("PETO", table.columns, add=0.0, to="none", drop00=True)
    known = np.isfinite(found.yi) & np.isfinite(found.vi)
    yi, vi = np.where(known, found.yi, table.yi), np.where(known, found.vi, table.vi)
    return replace(table, yi=yi, vi=vi)


def _pooled(found, method, table, weighted):
    if found.stat is None:
        raise NotEstimable("; ".join(found.notes) or "the tables do not define the effect")
    names = ("beta", "se", "ci_lb", "ci_ub", "stat", "pval")
    weights = sparse.percent_weights(weighted, table.columns)
    return Pooled(
        common={name: getattr(found, name) for name in names} | {"method": method, "test": "z"},
        random=None,
        prediction={"why_not": ONE_EFFECT},
        heterogeneity={
            "QE": found.QE, "df": found.QE_df, "QEp": found.QE_p,
            "tau2": None, "I2": point(found.I2), "H2": point(found.H2), "empty": False,
        },
        weights={"common": weights, "random": None},
        tests=tuple(filter(None, _tests(found))),
    )  # fmt: skip


def _tests(found):
    chi2 = partial(tested, symbol="χ²")
    yield chi2("Cochran-Mantel-Haenszel test of no effect", value=found.MH, df=1, p=found.MH_p)
    alike = "Equal odds ratios, test of"
    yield chi2(f"{alike} Breslow and Day", value=found.BD, df=found.TA_df, p=found.BD_p)
    yield chi2(f"{alike} Tarone", value=found.TA, df=found.TA_df, p=found.TA_p)
