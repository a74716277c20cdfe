"""Rows of ``reading`` -> the results of a bivariate model, plain JSON."""

import math
from dataclasses import asdict

import numpy as np

from ..errors import NotAnalysable
from ..stats import diagnostic
from ..stats.errors import NotEstimable, NotPoolable
from . import reading
from .measures import COUNTS

CURVE_POINTS, REGION_POINTS = 60, 72


def compute(data, spec):
    """Return ``(inputs, results)`` of a spec on a snapshot's content; plain JSON both.

    Raises ``NotAnalysable`` when the studies that can enter do not make the model.
    """
    rows, excluded = reading.read(data, spec)
    try:
        results = results_of(rows, spec)
    except (NotPoolable, NotEstimable) as refusal:
        told = " ".join(f"{one.label}: {one.reason}" for one in excluded)
        raise NotAnalysable(f"No summary can be computed: {refusal}. {told}".strip()) from refusal
    return {"rows": rows, "excluded": [asdict(one) for one in excluded]}, results


def columns(rows):
    """The four counts as lists, in the order of ``measures.COUNTS``; NaN for what is missing."""
    return [[row["values"].get(name, math.nan) for row in rows] for name in COUNTS]


def fit(rows, spec):
    """The engine's fit of a spec."""
    group = [row["group"] for row in rows] if spec["group"] else None
    told = {"group": group, "level": spec["level"] / 100}
    if spec["model"] == "binomial":
        return diagnostic.bivariate(*columns(rows), **told)
    return diagnostic.reitsma(*columns(rows), method=spec["model"], **told)


def results_of(rows, spec):
    """Everything a run stores. Raises ``NotPoolable`` or ``NotEstimable``."""
    found, counted = fit(rows, spec), columns(rows)
    own = diagnostic.studies(*counted, level=spec["level"] / 100)
    names = found.levels or ("",)
    groups = [
        {"name": name, "k": sum(row["group"] == name for row in rows)} | asdict(found.points[i])
        | {"regions": _regions(found, i)}
        for i, name in enumerate(names)
    ]  # fmt: skip
    return {
        "k": found.k,
        "level": spec["level"],
        "model": found.method,
        "patients": [_total(counted[:2]), _total(counted[2:])],
        "studies": [_plain(one) for one in own],
        "groups": _plain(groups),
        "differ": _plain(diagnostic.differ(found)) if found.levels else None,
        "mu": found.mu.tolist(),
        "se": found.se.tolist(),
        "G": found.G.tolist(),
        "correlation": found.correlation,
        "ll": found.ll,
        "hsroc": _hsroc(found),
        "threshold": _plain(diagnostic.threshold(*counted)),
        "curve": _curve(found, own),
    }


def _hsroc(found):
    """Each parameter with its standard error, where it has one."""
    if found.hsroc is None:
        return None
    errors = found.hsroc_se or {}
    return {name: [value, errors.get(name)] for name, value in found.hsroc.items()}


def _curve(found, own):
    """The summary curve over the false positive rates that were observed, and the areas under it;
    or ``why_not``."""
    rates = 1 - own[:, 1, 0]
    rates = rates[np.isfinite(rates)]
    low, high = float(rates.min()), float(rates.max())
    try:
        whole = diagnostic.auc(found)
        if low == high:
            raise NotEstimable("all studies have the same false positive rate")
        part = diagnostic.auc(found, between=(low, high))
        # Even steps of the square root: the curve bends most near 0.
        at = np.linspace(math.sqrt(low), math.sqrt(high), CURVE_POINTS) ** 2
        at = at.clip(1e-6, 1 - 1e-6)
        sens = diagnostic.sroc(found, 1 - at)
    except NotEstimable as refusal:
        return {"why_not": str(refusal)}
    return {
        "auc": _plain(whole), "between": [low, high], "part": _plain(part),
        "rates": at.tolist(), "sens": sens.tolist(),
    }  # fmt: skip


def _regions(found, place):
    """Around the summary point: sensitivity and specificity of each corner."""
    return {
        name: diagnostic.region(found, prediction=ahead, points=REGION_POINTS, place=place).tolist()
        for name, ahead in (("confidence", False), ("prediction", True))
    }


def _total(columns):
    return float(np.nansum(columns))


def _plain(value):
    """Arrays and tuples as lists, what does not exist as None."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
