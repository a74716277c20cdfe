"""A run computed in every way that its choices allow. Pure: the spec and the approved data only."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from ...stats import specifications
from ...stats.errors import NotEstimable, NotPoolable
from ...stats.scales import scale_of
from ...stats.specifications import Estimate
from .. import pooled, reading
from ..pooling_models import INVERSE, MODELS, table
from . import axes as axes_
from . import spreads

DRAWS, SEED = 500, 20260101
REFUSED = (NotPoolable, NotEstimable)


@dataclass(frozen=True, slots=True)
class Way:
    """One specification: ``keys`` of its options by axis, the ``spec`` they make, its result or
    why there is none, and whether it is the ``own`` of the plan. ``assumed`` says that SDs were
    filled in."""

    keys: dict
    spec: dict
    found: Estimate | None
    why: str
    own: bool
    assumed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Every ``Way``, those of one measure sorted by estimate; ``groups`` are the data sets that
    the joint test flips, by the options that make them."""

    choices: axes_.Choices
    ways: tuple[Way, ...]
    groups: dict

    def panel(self, measure):
        """The computed ways of a measure, in the order of the figure."""
        found = [way for way in self.ways if way.found and way.spec["measure"] == measure]
        return sorted(found, key=lambda way: way.found.beta)

    @property
    def measures(self):
        return list(dict.fromkeys(way.spec["measure"] for way in self.ways if way.found))

    @property
    def refused(self):
        return [way for way in self.ways if not way.found]


def curve(data, spec, choices, chosen):
    """The ``Curve`` of a spec: ``chosen`` are option keys by axis. The rows of each data set are
    read once for all estimators and intervals."""
    found, groups = [], {}
    places = {study["id"]: i for i, study in enumerate(data["studies"])}
    axes = {axis.key: axis for axis in choices.axes}
    of_data = [axes[key] for key in ("measure", "bias", "sd") if key in axes]
    for options in product(*([axis.option(key) for key in chosen[axis.key]] for axis in of_data)):
        keys = {axis.key: one.key for axis, one in zip(of_data, options, strict=True)}
        base = _moved(spec, options)
        rows = _rows(data, base, choices, keys.get("sd"))
        data_set = _DataSet(rows, base, places)
        if data_set.group is not None:
            groups[tuple(keys.values())] = data_set.group
        for method, test in _models(axes, chosen, base["measure"]):
            both = keys | {"method": method.key} | ({"test": test.key} if test else {})
            asked = _moved(base, [method, *([test] if test else [])])
            result, why = data_set.pooled(asked)
            own = all(axes[name].own == key for name, key in both.items())
            filled = keys.get("sd", axes_.LEFT_OUT) != axes_.LEFT_OUT
            found.append(Way(both, asked, result, why, own, filled))
    return Curve(choices, tuple(found), groups)


def _models(axes, chosen, measure):
    """Estimators with every interval; a model that has one interval stands once."""
    for key in chosen["method"]:
        option = axes["method"].option(key)
        model = MODELS[option.changes["model"]]
        if model.measures is not None and measure not in model.measures:
            continue
        if option.changes["model"] == INVERSE:
            for test in chosen["test"]:
                yield option, axes["test"].option(test)
        else:
            yield option, None


def _moved(spec, options):
    moved = dict(spec)
    for option in options:
        moved |= option.changes
    if moved.get("model") == INVERSE:
        del moved["model"]
    for name in ("bias", "subgroup", "moderators"):
        if name != "bias" or not moved.get(name):
            moved.pop(name, None)
    return moved


def _rows(data, spec, choices, way):
    if way in (None, axes_.LEFT_OUT):
        return reading.rows(data, spec)[0]
    rows, _ = reading.rows(choices.gaps.opened, spec)
    values = spreads.assumed(choices.gaps, way, choices.changes)
    return spreads.fill(rows, choices.gaps.lacking, values)


class _DataSet:
    """Rows of one measure, and what each estimator makes of them."""

    def __init__(self, rows, spec, places):
        self.rows, self.group, self.why = rows, None, ""
        if len(rows) < 2:
            self.why = f"{len(rows) or 'no'} study can enter" if len(rows) < 2 else ""
            return
        try:
            whole = table.read(rows, spec)
        except REFUSED as refusal:
            self.why = str(refusal)
            return
        flipped = tuple(places[row.study] for row in rows)
        self.group = specifications.Group(spec["measure"], whole.yi, whole.vi, flipped)

    def pooled(self, spec):
        """``(Estimate or None, why there is none)``."""
        if self.why:
            return None, self.why
        try:
            if "model" in spec:
                return _by_model(self.rows, spec), ""
            level = float(spec["level"]) / 100
            return specifications.estimate(
                self.group, spec["method"], spec["test"], level=level
            ), ""
        except REFUSED as refusal:
            return None, str(refusal)


def _by_model(rows, spec):
    results = pooled.pool(rows, spec)
    one = pooled.main(results)
    spread = results["heterogeneity"]["tau2"]
    return Estimate(one["beta"], one["se"], one["ci_lb"], one["ci_ub"], one["stat"], one["pval"],
                    spread["est"] if spread else 0.0, results["k"])  # fmt: skip


def spreads_of(found):
    """``{measure: Spread}`` of a curve."""
    return {
        measure: specifications.spread([way.found for way in found.panel(measure)])
        for measure in found.measures
    }


def tested(found):
    """The ``CurveTest`` of a curve's inverse-variance specifications. Raises ``NotEstimable`` for
    measures of which no value means no effect, with the reason."""
    without = [m for m in found.measures if scale_of(m).null != 0]
    if without:
        raise NotEstimable("these measures have no value that means no effect")
    ways = [way for way in found.ways if way.found and "model" not in way.spec]
    sets = tuple(
        (key, group.panel, tuple(group.yi.tolist()), tuple(group.vi.tolist()), group.rows)
        for key, group in found.groups.items()
    )
    triples = tuple(
        (tuple(way.keys[name] for name in ("measure", "bias", "sd") if name in way.keys),
         way.spec["method"], way.spec["test"])
        for way in ways
    )  # fmt: skip
    return _tested(sets, triples)


@lru_cache(maxsize=32)
def _tested(sets, triples):
    """The same data and choices give the same test: it is kept in memory and nowhere else."""
    groups = {
        key: specifications.Group(panel, np.array(yi), np.array(vi), _dense(rows, sets))
        for key, panel, yi, vi, rows in sets
    }
    return specifications.curve_test(groups, triples, draws=DRAWS, seed=SEED)


def _dense(rows, sets):
    """Places of studies among those that enter somewhere, so that each flip is one of those."""
    every = sorted({row for one in sets for row in one[4]})
    return tuple(every.index(row) for row in rows)
