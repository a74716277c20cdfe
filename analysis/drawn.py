"""A figure that can be drawn, and what every figure of a run is asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.safestring import mark_safe

from ..figures import forest, matrix, missingness, network, paired, plane
from ..figures.svg import NotDrawable
from ..stats.errors import NotEstimable, NotPoolable
from ..stats.scales import scale_of

UNDRAWABLE = (NotEstimable, NotPoolable, NotDrawable)
NARROW = 340
_FAR = 200.0  # on the scale of analysis
_DRAW = {
    forest: forest.forest,
    matrix: matrix.matrix,
    missingness: missingness.missingness,
    network: network.network,
    paired: paired.paired,
    plane: plane.plane,
}
# Those that are printed in pages when they are long, and how many pages they make.
_PAGED = {
    forest: (forest.forest_pages, forest.count_pages),
    paired: (paired.paired_pages, paired.count_pages),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that can be drawn: ``kind`` is the module that draws ``found``. ``told`` is its
    table where the figure has more marks than a table can hold."""

    kind: object
    found: object
    told: object = None

    def svg(self, **options):
        return _DRAW[self.kind](self.found, **options)

    def sheets(self, **options):
        """The drawing in pages, as it is printed: only a long forest plot has several."""
        if self.kind in _PAGED:
            return _PAGED[self.kind][0](self.found, **options)
        return [self.svg(**options)]

    def pages(self):
        """How many sheets there are."""
        return _PAGED[self.kind][1](self.found) if self.kind in _PAGED else 1

    def table(self):
        return self.told or self.kind.table(self.found)


@dataclass(frozen=True, slots=True)
class Figure:
    """``title`` names it, ``says`` what a reader looks for; ``make`` takes a run."""

    title: str
    says: str
    make: Callable

    def on_page(self, name, run, wide):
        """What ``_drawing.html`` shows, ``wide`` pixels and narrow, or why there is nothing to
        show. Figures escape every text they are given."""
        told = {"name": name, "title": self.title, "says": self.says}
        try:
            found = self.make(run)
            return told | {
                "wide": mark_safe(found.svg(width=wide)),
                "narrow": mark_safe(found.svg(width=NARROW)),
                "table": found.table(),
            }
        except UNDRAWABLE as refusal:
            return told | {"why": str(refusal)}


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
