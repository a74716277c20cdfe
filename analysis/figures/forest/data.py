"""What a forest plot shows, in plain numbers on the printed scale: ratios as ratios, not logs."""

import enum
import math
from dataclasses import dataclass, fields
from numbers import Real

from ..axis import Scale
from ..lights import Mark
from ..svg import NotDrawable


@dataclass(frozen=True, slots=True)
class Column:
    """A text column left of the plot; neighbours with the same ``group`` share its heading."""

    heading: str
    group: str = ""
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One study: its estimate with limits, its weight in per cent, and texts for the columns.

    ``second_weight`` is that of another model. ``href`` leads to the witness of the row's numbers.
    """

    label: str
    estimate: float
    ci_lb: float
    ci_ub: float
    weight: float | None = None
    cells: tuple[str, ...] = ()
    lights: tuple[Mark | None, ...] = ()
    href: str = ""
    second_weight: float | None = None


class Model(enum.Enum):
    COMMON = "common"  # an open diamond
    RANDOM = "random"  # a filled one


class Ahead(enum.Enum):
    """How a prediction interval is drawn."""

    BAR = "bar"  # on a line of its own
    DIAMOND = "diamond"  # as whiskers of its diamond
    BAND = "band"  # as a shaded band behind all studies


@dataclass(frozen=True, slots=True)
class Prediction:
    """Where the effect of a new study is expected; ``label`` says with which probability."""

    pi_lb: float
    pi_ub: float
    label: str = "95% prediction interval"


@dataclass(frozen=True, slots=True)
class Summary:
    """A pooled estimate, drawn as a diamond; ``cells`` are totals."""

    label: str
    estimate: float
    ci_lb: float
    ci_ub: float
    model: Model = Model.RANDOM
    weight: float | None = None
    cells: tuple[str, ...] = ()
    prediction: Prediction | None = None
    href: str = ""
    second_weight: float | None = None


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Cochran's Q with its df and p, I2 in per cent and tau2, each with limits where known.

    What is None is not printed; ``tau2_unit`` names the scale when it is not the printed one.
    """

    q: float | None
    df: int
    p: float | None
    i2: float | None = None
    i2_lb: float | None = None
    i2_ub: float | None = None
    tau2: float | None = None
    tau2_lb: float | None = None
    tau2_ub: float | None = None
    tau2_unit: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """A test in words: ``label``, then ``symbol`` = ``value`` on ``df`` and p."""

    __test__ = False  # the name is the field's; pytest must not collect it

    label: str
    symbol: str
    value: float
    p: float
    df: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Studies under one heading, with their own pooled estimates, or the ``remark`` why none."""

    rows: tuple[Row, ...]
    label: str = ""
    summaries: tuple[Summary, ...] = ()
    heterogeneity: Heterogeneity | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A study that could not enter the analysis, and why."""

    label: str
    reason: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Forest:
    """A whole forest plot.

    ``measure`` heads the plot, ``effect`` the printed estimates. ``domains`` name the lights, the
    last being the overall judgement. ``limits`` fixes the ends of the axis; ``names`` heads what
    the rows are. ``weight_heads`` name the weights that are printed: none, one or both.
    """

    title: str
    measure: str
    effect: str
    groups: tuple[Group, ...]
    summaries: tuple[Summary, ...] = ()
    heterogeneity: Heterogeneity | None = None
    tests: tuple[Test, ...] = ()
    scale: Scale = Scale.LINEAR
    reference: float | None = None
    favours: tuple[str, str] = ("", "")
    columns: tuple[Column, ...] = ()
    domains: tuple[str, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    notes: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    names: str = "Study"
    weight_heads: tuple[str, ...] = ("Weight",)
    ahead: Ahead = Ahead.BAR

    def rows(self):
        return [row for group in self.groups for row in group.rows]

    def all_summaries(self):
        return [s for group in self.groups for s in group.summaries] + list(self.summaries)

    def predictions(self):
        return [s.prediction for s in self.all_summaries() if s.prediction]

    def intervals(self):
        """(lower, estimate, upper) of everything that is drawn with an estimate."""
        return [(r.ci_lb, r.estimate, r.ci_ub) for r in [*self.rows(), *self.all_summaries()]]


_REACH = {Scale.LINEAR: (-1e9, 1e9), Scale.PERCENT: (-1e9, 1e9), Scale.LOG: (1e-100, 1e100)}


def check(plot):
    """Raise ``NotDrawable``, naming the row, when a number or a cell of ``plot`` is not right."""
    if not plot.rows():
        raise NotDrawable("a forest plot needs at least one study with an estimate")
    for row in [*plot.rows(), *plot.all_summaries()]:
        _check_interval(row.label, row.ci_lb, row.estimate, row.ci_ub, plot.scale)
        _check_weight(row)
        if row.cells and len(row.cells) != len(plot.columns):
            raise NotDrawable(
                f"'{row.label}' has {len(row.cells)} cells for {len(plot.columns)} columns"
            )
    for row in plot.rows():
        if row.lights and len(row.lights) != len(plot.domains):
            raise NotDrawable(
                f"'{row.label}' has {len(row.lights)} lights for {len(plot.domains)} domains"
            )
    for summary in plot.all_summaries():
        if found := summary.prediction:
            _check_interval(found.label, found.pi_lb, summary.estimate, found.pi_ub, plot.scale)
    for kind in [plot.heterogeneity, *(g.heterogeneity for g in plot.groups), *plot.tests]:
        _check_statistics(kind)


def _check_interval(label, lower, estimate, upper, scale):
    if not all(math.isfinite(value) for value in (lower, estimate, upper)):
        raise NotDrawable(
            f"'{label}' has no finite estimate and interval: list it as excluded, with the reason"
        )
    if not lower <= estimate <= upper:
        raise NotDrawable(f"'{label}': {estimate} lies outside its interval {lower} to {upper}")
    if scale is Scale.LOG and lower <= 0:
        raise NotDrawable(f"'{label}': a ratio must be above zero, its interval begins at {lower}")
    least, most = _REACH[scale]
    if lower < least or upper > most:
        raise NotDrawable(f"'{label}': {lower} to {upper} is out of reach")


def _check_weight(row):
    for weight in (row.weight, row.second_weight):
        if weight is not None and not 0 <= weight <= 100.000001:
            raise NotDrawable(f"'{row.label}': a weight of {weight} is not a percentage")


def _check_statistics(block):
    if block is None:
        return
    if block.p is not None and not 0 <= block.p <= 1:
        raise NotDrawable(f"a p-value lies between 0 and 1, not {block.p}")
    for field in fields(block):
        value = getattr(block, field.name)
        if isinstance(value, Real) and not abs(value) < 1e15:
            raise NotDrawable(f"{field.name} is {value}: leave it out where it is undefined")
