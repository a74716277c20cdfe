"""Points in a plane with two axes: funnel, radial, Baujat, L'Abbé and their kin."""

import math
from dataclasses import dataclass

from .axis import TICK_SIZE, Scale, make_axis
from .clipping import along, polygon, polyline
from .data_table import DataTable
from .keys import Key, draw_keys
from .metrics import balanced, widest, wrap
from .naming import Spot, names
from .numbers import significant
from .svg import NotDrawable, circle, document, join, lines, number, path, text, titled

__all__ = ["Area", "Key", "Line", "Plane", "Point", "Scale", "plane", "table"]
_TOP, _EDGE = 14, 22
_ASPECT = 0.72
_SQUARE = 560  # widest square, px
_DOT = 4.5
_SMALL, _HEAD, _LEADING = 12, 13, 16


@dataclass(frozen=True, slots=True)
class Point:
    """One mark. ``hollow`` marks what was not observed; ``named`` writes the label beside it
    where there is room. ``paint`` is a class of the theme."""

    label: str
    x: float
    y: float
    hollow: bool = False
    named: bool = False
    href: str = ""
    size: float = 1.0
    paint: str = "f-point"


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
    on top), ``square`` makes both equally long. ``y_keep`` are values that the vertical axis must
    hold besides the points. ``keys`` and ``notes`` stand under it. Areas and lines are cut at the
    axes, points never are; the lines ``over`` are drawn above the points, the points ``front``
    above those. ``right`` are the ticks of a second vertical axis: where on the first, and what
    they say."""

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
    over: tuple[Line, ...] = ()
    front: tuple[Point, ...] = ()
    keys: tuple[Key, ...] = ()
    y_keep: tuple[float, ...] = ()
    square: bool = False
    right: tuple[tuple[float, str], ...] = ()
    right_label: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    x: object
    y: object
    bottom: float
    down: bool
    y_label: tuple[str, ...]

    @property
    def edges(self):
        """Left, top, right and bottom of the plot."""
        return self.x.left, _TOP, self.x.right, self.bottom

    def at(self, x, y):
        """Where a value stands, in px."""
        along = self.y.x(y)
        return self.x.x(x), _TOP + along if self.down else self.bottom - along


def plane(found, *, width=720, standalone=False):
    """``found`` as SVG. Raises ``NotDrawable`` when there is nothing finite to show."""
    _check(found)
    frame = _frame(found, width)
    width = min(width, round(frame.x.right + _right_room(found)))
    axes, y = _axes(found, frame, width)
    legend, height = draw_keys(found.keys, y + 4, width)
    y += height
    notes = [line for note in found.notes for line in wrap(note, width - 4, _SMALL)]
    return document(
        *(polygon(frame, area) for area in found.areas),
        axes,
        *(polyline(frame, line) for line in found.lines),
        *(_mark(frame, point) for point in _by_size(found.points)),
        *(polyline(frame, line) for line in found.over),
        *(_mark(frame, point) for point in found.front),
        *_names(frame, found),
        legend,
        lines(2, y + 18, notes, leading=_LEADING, size=_SMALL, paint="f-soft"),
        width=width,
        height=round(y + 12 + _LEADING * len(notes)),
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
        for point in (*found.points, *found.front)
    )
    return DataTable(found.title, ("Study", found.x_label, found.y_label), rows)


def _check(found):
    if not found.points:
        raise NotDrawable(f"{found.title}: there is no point to draw")
    for point in (*found.points, *found.front):
        if not (math.isfinite(point.x) and math.isfinite(point.y)):
            raise NotDrawable(f"{found.title}: '{point.label}' has no finite place")


def _frame(found, width):
    """The axes. The height follows from the width, the room on the left from the ticks."""
    rough = width - 64 - _right_room(found)
    if found.square:
        rough = min(rough, _SQUARE)
    high = rough if found.square else max(220, round(rough * _ASPECT))
    up = [(point.y,) * 3 for point in found.points]
    y = make_axis(found.y_scale, up, found.y_keep, 0, high, found.y_limits)
    turned = tuple(balanced(found.y_label, high, _HEAD, bold=True))
    ticks = widest([y.label(tick) for tick in y.ticks], TICK_SIZE)
    left = max(52, 20 + _LEADING * len(turned) + ticks)
    right = left + high if found.square else width - _right_room(found)
    across = [(point.x,) * 3 for point in found.points]
    x = make_axis(found.x_scale, across, (), left, right, found.x_limits)
    return _Frame(x, y, _TOP + high, found.down, turned)


def _right_room(found):
    """The px to the right of the plot."""
    if not found.right:
        return _EDGE
    return 38 + widest([label for _, label in found.right], TICK_SIZE)


def _axes(found, frame, width):
    """Both axes, or three, with ticks and labels. Returns (markup, bottom)."""
    left, _, right, bottom = frame.edges
    marks = [
        path("f-axis", "M", left, bottom, "H", right),
        path("f-axis", "M", left, _TOP, "V", bottom),
    ]
    for tick in frame.x.ticks:
        at = frame.x.x(tick)
        marks.append(path("f-axis", "M", at, bottom, "v", 5))
        label = frame.x.label(tick)
        marks.append(text(at, bottom + 19, label, size=TICK_SIZE, anchor="middle"))
    for tick in frame.y.ticks:
        _, at = frame.at(frame.x.lo, tick)
        marks.append(path("f-axis", "M", left, at, "h", -5))
        marks.append(text(left - 8, at + 4, frame.y.label(tick), size=TICK_SIZE, anchor="end"))
    marks += [_turned(line, 13 + _LEADING * i, frame) for i, line in enumerate(frame.y_label)]
    marks.append(_second(found, frame, width))
    room = 2 * min((left + right) / 2, width - (left + right) / 2) - 4
    label = balanced(found.x_label, room, _HEAD, bold=True)
    style = {"paint": "f-soft", "anchor": "middle", "bold": True, "leading": _LEADING}
    marks.append(lines((left + right) / 2, bottom + 38, label, **style))
    return join(marks), bottom + 30 + _LEADING * len(label)


def _turned(content, x, frame):
    """A line of text that reads upwards."""
    middle = number((_TOP + frame.bottom) / 2)
    style = {"paint": "f-soft", "anchor": "middle", "bold": True}
    return text(0, 0, content, transform=f"translate({number(x)} {middle}) rotate(-90)", **style)


def _second(found, frame, width):
    """The axis on the right."""
    if not found.right:
        return ""
    right = frame.x.right
    marks = [path("f-axis", "M", right, _TOP, "V", frame.bottom)]
    last = math.inf
    for value, label in sorted(found.right):
        _, at = frame.at(frame.x.lo, value)
        if _TOP <= at <= frame.bottom and at < last - 14:
            marks.append(path("f-axis", "M", right, at, "h", 5))
            marks.append(text(right + 8, at + 4, label, size=TICK_SIZE))
            last = at
    high = frame.bottom - _TOP
    heading = balanced(found.right_label, high, _HEAD, bold=True)[0]
    return join([*marks, _turned(heading, width - 4, frame)])


def _mark(frame, point):
    x, y = frame.at(point.x, point.y)
    dot = circle("f-common" if point.hollow else point.paint, x, y, _DOT * point.size)
    return titled(point.label, dot, href=point.href)


def _names(frame, found):
    points = (*found.points, *found.front)
    if not any(point.named for point in points):
        return []
    spots = [
        Spot(*frame.at(point.x, point.y), _DOT * point.size, point.label if point.named else "")
        for point in points
    ]
    drawn = [at for line in (*found.lines, *found.over) for at in along(frame, line)]
    return names(spots, frame.edges, drawn)


def _by_size(points):
    """The large ones first, so that they hide no small one."""
    return sorted(points, key=lambda point: -point.size)
