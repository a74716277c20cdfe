"""The choices of a plan: on each axis the options that a reasonable person might take. Pure."""

from dataclasses import dataclass
from math import prod

from extraction.instruments import loader

from ... import datasets
from ...estimators import METHODS, TESTS
from ...stats.errors import NotEstimable
from .. import measures
from ..measures import MEASURES
from ..pooling_models import INVERSE, MODELS, key_of
from . import spreads

MOST = 400
USUAL_TESTS = ("z", "knha", "adhoc")
AT_ONCE = ("MH", "PETO")  # the other models take seconds each
SHORT_TESTS = {"z": "Normal", "knha": "Knapp-Hartung", "adhoc": "Knapp-Hartung, ad hoc", "t": "t"}
LEFT_OUT = "out"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Option:
    """``key`` stands in an address, ``label`` in the figure; ``changes`` go into the spec."""

    key: str
    label: str
    changes: dict


@dataclass(frozen=True, slots=True)
class Axis:
    """``own`` is the key of the plan's own option."""

    key: str
    label: str
    options: tuple[Option, ...]
    own: str

    def option(self, key):
        return next(one for one in self.options if one.key == key)


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The axes of a run's plan, in the order of the figure; ``gaps`` and ``changes`` are those of
    ``spreads``, where a study lacks only an SD."""

    axes: tuple[Axis, ...]
    gaps: spreads.Gaps | None
    changes: dict


def choices(data, spec, *, before="", after=""):
    """The ``Choices`` of a spec on a snapshot's content. ``before`` and ``after`` are keys of the
    fields with mean and SD that a change was computed from, where they are known."""
    found = spreads.gaps(data, spec)
    changes = spreads.baselines(data, spec, found, before, after) if found and after else {}
    axes = [
        _measures(spec),
        _estimators(spec),
        _tests(spec),
        _studies(data, spec),
        *([_spreads(found, changes)] if found else []),
    ]
    return Choices(tuple(axes), found, changes)


def usual(axes):
    """``{axis key: option keys}`` that are computed unless somebody chooses: all of them, thinned
    out axis by axis while they make more than ``MOST``. The plan's own stays."""
    chosen = {axis.key: [one.key for one in axis.options] for axis in axes}
    for key, thin in THIN:
        axis = next((one for one in axes if one.key == key), None)
        if count(axes, chosen) <= MOST or axis is None:
            continue
        chosen[key] = [one for one in chosen[key] if one in (*thin, axis.own)]
    return chosen


def count(axes, chosen):
    """How many specifications choices make: a model that has one interval stands once, and only
    with the measures it pools."""
    ways = sum(
        1 if test is None else len(chosen["test"])
        for measure in chosen["measure"]
        for test in _intervals(axes, chosen, measure)
    )
    return ways * prod(
        len(keys) for name, keys in chosen.items() if name not in ("measure", "method", "test")
    )


def _intervals(axes, chosen, measure):
    """One item an estimator that pools the measure: None where it has an interval of its own."""
    options = next(axis for axis in axes if axis.key == "method")
    for key in chosen["method"]:
        model = options.option(key).changes["model"]
        if MODELS[model].measures is None or measure in MODELS[model].measures:
            yield model if model == INVERSE else None


def _measures(spec):
    options = [Option(key, MEASURES[key].name, {"measure": key})
               for key in measures.alike(spec["measure"])]  # fmt: skip
    return Axis("measure", "Measure", tuple(options), spec["measure"])


def _estimators(spec):
    inverse = {"model": INVERSE}
    options = [Option(key, name, inverse | {"method": key}) for key, name in METHODS.items()]
    offered = set(measures.alike(spec["measure"]))
    for key in dict.fromkeys([*AT_ONCE, key_of(spec)]):
        model = MODELS[key]
        if key != INVERSE and offered & set(model.measures or ()):
            options.append(Option(key, model.title, {"model": key}))
    own = spec["method"] if key_of(spec) == INVERSE else key_of(spec)
    return Axis("method", "Estimator", tuple(options), own)


def _tests(spec):
    keys = dict.fromkeys([*USUAL_TESTS, spec["test"]])
    options = tuple(Option(key, SHORT_TESTS.get(key, TESTS[key]), {"test": key}) for key in keys)
    return Axis("test", "Interval", options, spec["test"])


def _studies(data, spec):
    """All studies, then without those that a tool judges worst, the two worst, and so on; only
    what some study was judged, as the switches offer no other."""
    options = [Option(ALL, "All studies", {"bias": []})]
    judged = datasets.risk_of_bias(data)
    found = {pair for levels in judged.values() for pair in levels.items()}
    own = [list(pair) for pair in spec.get("bias", ()) if tuple(pair) in found]
    for source in data["instruments"]:
        tool = loader.parse(loader.canonical(source["definition"]))
        scale = sorted((one for one in tool.scale if one.severity is not None),
                       key=lambda one: -one.severity)  # fmt: skip
        left = []
        for level in scale[:-1]:
            if (tool.title, level.label) in found:
                left = [*left, [tool.title, level.label]]
                words = level.label.lower() + ("" if level is scale[0] else " or worse")
                key = f"{tool.title}|{level.label}"
                name = f" ({tool.title})" if len(data["instruments"]) > 1 else ""
                options.append(Option(key, f"Without {words}{name}", {"bias": left}))
    here = next((one.key for one in options if one.changes["bias"] == own), None)
    if here is None:
        here = "own"
        options.insert(0, Option(here, "As the plan leaves out", {"bias": own}))
    return Axis("bias", "Studies", tuple(options), here)


def _spreads(found, changes):
    options = [Option(LEFT_OUT, "Left out", {})]
    for key, name in spreads.WAYS.items():
        if _can(found, key, changes):
            options.append(Option(key, name, {}))
    if changes:
        options += [Option(f"r{r}", f"Change, r = {r}", {}) for r in spreads.CORRELATIONS]
    return Axis("sd", "Missing SDs", tuple(options), LEFT_OUT)


def _can(found, way, changes):
    try:
        return bool(spreads.assumed(found, way, changes))
    except NotEstimable:
        return False


THIN = (
    ("test", ("z", "knha")),
    ("method", ("REML", "DL", "PM", *AT_ONCE)),
    ("sd", (LEFT_OUT, "pooled", "largest", "r0.5", "r0.7")),
    ("test", ("knha",)),
    ("method", ("REML",)),
)
