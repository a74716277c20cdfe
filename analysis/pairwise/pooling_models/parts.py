"""What every model gives back, and the plain JSON that results keep of it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...stats.errors import NotPoolable


@dataclass(frozen=True, slots=True)
class Pooled:
    """What a model makes of a table, plain JSON: the estimate of one effect for all, that of
    effects that differ, or both (the other None); ``prediction`` and ``heterogeneity`` as in a
    run's results. ``weights`` are per cents a row, by ``common`` and ``random``, None where the
    method has none. ``tests`` and ``notes`` are the method's own. ``shown`` is what else it tells.
    """

    common: dict | None
    random: dict | None
    prediction: dict
    heterogeneity: dict
    weights: dict
    tests: tuple = ()
    notes: tuple = ()
    shown: dict | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """Coefficients (p,) with intervals, covariance ``vb`` and the test of the moderators; ``ddf``
    is None where the normal distribution is used."""

    terms: tuple
    beta: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    vb: np.ndarray
    ddf: float | None
    QM: float | None
    QM_df: tuple
    QMp: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Regressed:
    """A model with moderators; ``fit`` has what `Inference` has. ``tau2`` is the variance left,
    ``QE`` its test; ``R2`` in per cent or None."""

    fit: object
    tau2: float
    QE: float | None
    QEp: float | None
    R2: float | None = None
    notes: tuple = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A way to pool. ``title`` names it in a list, ``short`` in a plot; ``says`` what it does.

    ``measures`` are those it pools, None for all. ``methods`` and ``tests`` are those it offers,
    the first for a plan that names another. ``fit(table)`` gives ``Pooled``; ``regress(table, X,
    terms)`` gives ``Regressed``, None where there is no such regression. ``of_counts`` says
    that it pools counts, not effects; ``several`` that it takes more than one result of a study.
    """

    title: str
    short: str
    says: str
    measures: tuple | None
    methods: tuple
    tests: tuple
    fit: Callable
    regress: Callable | None = None
    of_counts: bool = True
    several: bool = False


def one(fit, place=0):
    """The coefficient at a place of a fit. Raises ``NotPoolable`` when its interval has no width:
    the variance of Knapp and Hartung is 0 when no effect differs from another."""
    if not np.isfinite(fit.stat[place]):
        raise NotPoolable(
            "their effects are all the same, so the interval of Knapp and Hartung has no width; "
            "make a plan with the normal interval"
        )
    return {
        "beta": float(fit.beta[place]),
        "se": float(fit.se[place]),
        "ci_lb": float(fit.ci_lb[place]),
        "ci_ub": float(fit.ci_ub[place]),
        "stat": float(fit.stat[place]),
        "pval": float(fit.pval[place]),
    }


def interval(bounds):
    """Plain numbers; a bound without limit is None, as JSON has no infinity."""
    found = {"est": bounds.est, "lb": bounds.lb, "ub": bounds.ub}
    return {name: float(x) if np.isfinite(x) else None for name, x in found.items()}


def point(value):
    """An estimate that has no interval."""
    return None if value is None else {"est": float(value)}


def tested(name, symbol, value, df, p):
    """A test as results keep it; None where the data do not define it."""
    if value is None or p is None:
        return None
    return {"name": name, "symbol": symbol, "value": float(value), "df": df, "p": float(p)}
