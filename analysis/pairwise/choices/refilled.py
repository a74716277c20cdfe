"""A run with the studies that lack only an SD let in, their SDs assumed. Pure."""

from dataclasses import dataclass

import numpy as np

from ...stats import pooling
from ...stats.errors import NotEstimable, NotPoolable
from ...stats.imputation import pool_rubin
from .. import reading
from ..pooling_models import INVERSE, key_of, table
from . import spreads

DRAWS, SEED = 20, 20260101


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A pooled estimate as ``assumptions.plot`` prints it: arrays of one, as a ``Fit`` has."""

    k: int
    beta: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    pval: np.ndarray
    tau2: float


@dataclass(frozen=True, slots=True, eq=False)
class Refilled:
    """One way to fill: ``values`` are ``{(study, group): SD}`` that were assumed."""

    name: str
    result: pooling.Fit | Result | None
    why: str
    values: dict


def refusal(spec):
    """Why no SD can be assumed with this plan, or ""."""
    if key_of(spec) != INVERSE:
        return "Its model takes no standard deviations."
    return ""


def reruns(data, spec, found, changes):
    """Every ``Refilled`` of ``spreads.Gaps``, after the run as it is."""
    rows, _ = reading.rows(data, spec)
    made = [_one("As planned: left out", spec, rows, {}, found)]
    ways = dict(spreads.WAYS)
    if changes:
        ways |= {f"r{r}": f"SD of the change, r = {r}" for r in spreads.CORRELATIONS}
    for key, name in ways.items():
        try:
            values = spreads.assumed(found, key, changes)
        except NotEstimable as refused:
            made.append(Refilled(name, None, str(refused), {}))
            continue
        rows = spreads.fill(found.rows, found.lacking, values)
        made.append(_one(name, spec, rows, values, found))
    made.append(_imputed(spec, found))
    return made


def _one(name, spec, rows, values, found):
    told = {
        (row.label, group): values[found.cell(row, group)]
        for row in found.incomplete
        for group in found.groups
        if found.cell(row, group) in values
    }
    try:
        return Refilled(name, _fit(rows, spec), "", told)
    except (NotPoolable, NotEstimable) as refused:
        return Refilled(name, None, str(refused), told)


def _fit(rows, spec):
    if len(rows) < 2:
        raise NotEstimable("fewer than two studies can enter")
    whole = table.read(rows, spec)
    fit = pooling.rma(whole.yi, whole.vi, method=spec["method"], test=spec["test"],
                      level=whole.level)  # fmt: skip
    if not np.isfinite(fit.stat[0]):
        raise NotEstimable("the effects are all the same, so the interval has no width")
    return fit


def _imputed(spec, found):
    """Rubin's rules over `DRAWS` sets of drawn SDs."""
    name = f"Drawn {DRAWS} times and pooled by Rubin's rules"
    try:
        fits = [
            _fit(spreads.fill(found.rows, found.lacking, values), spec)
            for values in spreads.draws(found, m=DRAWS, seed=SEED)
        ]
        complete = np.inf if fits[0].ddf is None else float(fits[0].ddf)
        pooled = pool_rubin([fit.beta for fit in fits], [fit.se**2 for fit in fits],
                            dfcom=complete, level=float(spec["level"]) / 100)  # fmt: skip
    except (NotPoolable, NotEstimable) as refused:
        return Refilled(name, None, str(refused), {})
    tau2 = float(np.mean([fit.tau2 for fit in fits]))
    told = Result(fits[0].k, pooled.qbar, pooled.ci_lb, pooled.ci_ub, pooled.pval, tau2)
    return Refilled(name, told, "", {})
