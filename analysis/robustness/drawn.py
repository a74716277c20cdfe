"""A figure that can be drawn, and what every figure of a run is asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..figures import forest, plane
from ..stats.scales import scale_of

_FAR = 200.0  # on the scale of analysis


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that can be drawn: ``kind`` is the module that draws ``found``. ``told`` is its
    table where the figure has more marks than a table can hold."""

    kind: object
    found: object
    told: object = None

    def svg(self, **options):
        draw = forest.forest if self.kind is forest else plane.plane
        return draw(self.found, **options)

    def sheets(self, **options):
        """The drawing in pages, as it is printed: only a long forest plot has several."""
        if self.kind is forest:
            return forest.forest_pages(self.found, **options)
        return [self.svg(**options)]

    def pages(self):
        """How many sheets there are."""
        return forest.count_pages(self.found) if self.kind is forest else 1

    def table(self):
        return self.told or self.kind.table(self.found)


@dataclass(frozen=True, slots=True)
class Figure:
    """``title`` names it, ``says`` what a reader looks for; ``make`` takes a run."""

    title: str
    says: str
    make: Callable


@dataclass(frozen=True, slots=True)
class Printed:
    """How effects stand on the axis of a figure: ratios as ratios on a logarithmic axis, all others
    on the scale of analysis."""

    label: str
    scale: plane.Scale
    back: Callable
    null: float | None


def printed(run):
    """The ``Printed`` of a run's measure; ``null`` stays on the scale of analysis."""
    scale = scale_of(run.spec["measure"])
    if scale.log_axis:
        return Printed(scale.axis, plane.Scale.LOG, _ratio, scale.null)
    return Printed(scale.label, plane.Scale.LINEAR, float, scale.null)


def _ratio(log):
    """A ratio from its logarithm; what lies beyond every axis stays a number."""
    return math.exp(min(max(log, -_FAR), _FAR))
