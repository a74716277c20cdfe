"""A figure that can be drawn, what every figure of a run is asked for, and how a page gets it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.safestring import mark_safe

from .figures import forest, matrix, missingness, network, paired, plane
from .figures.svg import NotDrawable
from .stats.errors import NotEstimable, NotPoolable

UNDRAWABLE = (NotEstimable, NotPoolable, NotDrawable)
NARROW = 340
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


def for_page(draw, wide=None):
    """``wide`` and ``narrow``, what ``draw(width=pixels)`` makes of a figure for two screens;
    without ``wide`` the figure has its own width. Figures escape every text they are given."""
    return {
        "wide": mark_safe(draw(width=wide) if wide else draw()),
        "narrow": mark_safe(draw(width=NARROW)),
    }


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that can be drawn: ``kind`` is the module that draws ``found``. ``told``
    makes its table where that is not one line a mark."""

    kind: object
    found: object
    told: Callable | None = None

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
        return self.told() if self.told else self.kind.table(self.found)


@dataclass(frozen=True, slots=True)
class Figure:
    """``title`` names it, ``says`` what a reader looks for; ``make`` gives the ``Drawn`` of a run,
    or raises one of ``UNDRAWABLE`` with the reason when its studies have none."""

    title: str
    says: str
    make: Callable

    def on_page(self, name, run, wide):
        """What ``_drawn.html`` shows, ``wide`` pixels and narrow, or why there is nothing to
        show."""
        told = {"name": name, "title": self.title, "says": self.says}
        try:
            found = self.make(run)
            return (
                told | for_page(found.svg, wide) | {"table": found.table(), "pages": found.pages()}
            )
        except UNDRAWABLE as refusal:
            return told | {"why": str(refusal)}
