"""Points in a plane with two axes: funnel, radial, Baujat, L'Abbé and their kin."""

import math
from dataclasses import dataclass

from .axis import TICK_SIZE, Scale, make_axis
from .data_table import DataTable
from .metrics import text_width, wrap
from .numbers import significant
from .svg import NotDrawable, circle, document, join, lines, number, path, text, titled

_LEFT, _TOP, _FOOT = 64, 14, 46
_ASPECT = 0.72
_DOT = 4.5
_SMALL = 12


@dataclass(frozen=True, slots=True)
class Point:
    """One mark. ``hollow`` marks what was not observed; ``named`` writes the label beside it
    where there is room."""

    label: str
    x: float
    y: float
    hollow: bool = False
    named: bool = False
    href: str = ""
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline; ``paint`` is a class of the theme. Its ends may lie outside the axes."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    paint: str = "f-null"


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon under the points."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    paint: str = "f-phase"


@dataclass(frozen=True, slots=True)
class Plane:
    """A figure with two axes. ``down`` turns the vertical one upside down (a standard error of 0
    on top). ``notes`` stand under it. Areas and lines are cut at the axes, points never are."""

    title: str
    x_label: str
    y_label: str
    points: tuple[Point, ...]
    lines: tuple[Line, ...] = ()
    areas: tuple[Area, ...] = ()
    x_scale: Scale = Scale.LINEAR
    y_scale: Scale = Scale.LINEAR
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    down: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Frame:
    x: object
    y: object
    bottom: float
    down: bool

    def at(self, x, y):
        """Where a value stands, in px."""
        along = self.y.x(y)
        return self.x.x(x), _TOP + along if self.down else self.bottom - along


def plane(found, *, width=720, standalone=False):
    """``found`` as SVG. Raises ``NotDrawable`` when there is nothing finite to show."""
    _check(found)
    frame, right = _frame(found, width)
    notes = [line for note in found.notes for line in wrap(note, width - 4, _SMALL)]
    below = frame.bottom + _FOOT
    return document(
        *(_polygon(frame, area) for area in found.areas),
        _axes(found, frame, right),
        *(_polyline(frame, line) for line in found.lines),
        *(_mark(frame, point) for point in _by_size(found.points)),
        *_names(frame, found.points, right),
        lines(2, below + 14, notes, leading=16, size=_SMALL, paint="f-soft"),
        width=width,
        height=round(below + 6 + 16 * len(notes)),
        title=found.title,
        desc=f"{len(found.points)} points: {found.x_label} across, {found.y_label} up. "
        + " ".join((*found.notes, "The same numbers are in the table.")),
        standalone=standalone,
    )


def table(found):
    """Every point with both its values."""
    _check(found)
    rows = tuple(
        (
            f"{point.label} (filled in)" if point.hollow else point.label,
            significant(point.x, 4),
            significant(point.y, 4),
        )
        for point in found.points
    )
    return DataTable(found.title, ("Study", found.x_label, found.y_label), rows)


def _check(found):
    if not found.points:
        raise NotDrawable(f"{found.title}: there is no point to draw")
    for point in found.points:
        if not (math.isfinite(point.x) and math.isfinite(point.y)):
            raise NotDrawable(f"{found.title}: '{point.label}' has no finite place")


def _frame(found, width):
    right = width - 16
    high = max(220, round((right - _LEFT) * _ASPECT))
    across = [(point.x,) * 3 for point in found.points]
    up = [(point.y,) * 3 for point in found.points]
    x = make_axis(found.x_scale, across, (), _LEFT, right, found.x_limits)
    y = make_axis(found.y_scale, up, (), 0, high, found.y_limits)
    return _Frame(x, y, _TOP + high, found.down), right


def _axes(found, frame, right):
    marks = [
        path("f-axis", "M", _LEFT, frame.bottom, "H", right),
        path("f-axis", "M", _LEFT, _TOP, "V", frame.bottom),
    ]
    for tick in frame.x.ticks:
        at = frame.x.x(tick)
        marks.append(path("f-axis", "M", at, frame.bottom, "v", 5))
        label = frame.x.label(tick)
        marks.append(text(at, frame.bottom + 19, label, size=TICK_SIZE, anchor="middle"))
    for tick in frame.y.ticks:
        _, at = frame.at(frame.x.lo, tick)
        marks.append(path("f-axis", "M", _LEFT, at, "h", -5))
        marks.append(text(_LEFT - 8, at + 4, frame.y.label(tick), size=TICK_SIZE, anchor="end"))
    middle = (_LEFT + right) / 2
    marks.append(
        text(middle, frame.bottom + 38, found.x_label, paint="f-soft", anchor="middle", bold=True)
    )
    turned = f"translate(13 {number((_TOP + frame.bottom) / 2)}) rotate(-90)"
    style = {"paint": "f-soft", "anchor": "middle", "bold": True}
    marks.append(text(0, 0, found.y_label, transform=turned, **style))
    return join(marks)


def _mark(frame, point):
    x, y = frame.at(point.x, point.y)
    dot = circle("f-common" if point.hollow else "f-box", x, y, _DOT * point.size)
    return titled(point.label, dot, href=point.href)


def _names(frame, points, right):
    """The names of those to be named, the outermost first; one that would lie on another is
    left to the table."""
    places = [(frame.at(point.x, point.y), point) for point in points if point.named]
    places.sort(key=lambda found: found[0][0] - found[0][1], reverse=True)
    taken, marks = [], []
    for (x, y), point in places:
        wide = text_width(point.label, _SMALL)
        beyond = x + 8 + wide > right
        start = x - 8 - wide if beyond else x + 8
        box = (start, y - 8, start + wide, y + 8)
        if not any(_overlap(box, other) for other in taken):
            taken.append(box)
            marks.append(text(start, y + 4, point.label, size=_SMALL))
    return marks


def _overlap(one, two):
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _by_size(points):
    """The large ones first, so that they hide no small one."""
    return sorted(points, key=lambda point: -point.size)


def _polyline(frame, line):
    steps = []
    for one, two in zip(
        zip(line.xs, line.ys, strict=True), zip(line.xs[1:], line.ys[1:], strict=True), strict=False
    ):
        if cut := _cut(frame, frame.at(*one), frame.at(*two)):
            (x1, y1), (x2, y2) = cut
            steps += ["M", x1, y1, "L", x2, y2]
    return path(line.paint, *steps) if steps else ""


def _polygon(frame, area):
    """The part of an area inside the axes."""
    corners = [frame.at(x, y) for x, y in zip(area.xs, area.ys, strict=True)]
    for inside, meet in _edges(frame):
        kept = []
        for one, two in zip(corners, corners[1:] + corners[:1], strict=True):
            if inside(one):
                kept.append(one)
            if inside(one) != inside(two):
                kept.append(meet(one, two))
        corners = kept
    if not corners:
        return ""
    steps = [step for x, y in corners for step in ("L", x, y)]
    return path(area.paint, "M", *steps[1:], "Z")


def _cut(frame, one, two):
    """The part of a segment inside the axes, or None."""
    for inside, meet in _edges(frame):
        if not (inside(one) or inside(two)):
            return None
        if not inside(one):
            one = meet(one, two)
        elif not inside(two):
            two = meet(one, two)
    return one, two


def _edges(frame):
    """For each side of the axes: whether a place is within it, and where a segment meets it."""
    sides = (
        (0, frame.x.left, 1), (0, frame.x.right, -1), (1, _TOP, 1), (1, frame.bottom, -1)
    )  # fmt: skip
    return [_edge(*side) for side in sides]


def _edge(axis, limit, sign):
    def inside(place):
        return sign * (place[axis] - limit) >= -1e-9

    def meet(one, two):
        share = (limit - one[axis]) / (two[axis] - one[axis])
        other = 1 - axis
        found = [0.0, 0.0]
        found[axis] = limit
        found[other] = one[other] + share * (two[other] - one[other])
        return tuple(found)

    return inside, meet
