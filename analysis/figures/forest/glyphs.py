"""The marks inside the plot: interval with square, diamond, prediction bar, cut by the axis."""

from ..svg import join, path, rect
from .data import Model

_ARROW = 6
_PAINT = {Model.COMMON: "f-common", Model.RANDOM: "f-random"}


def study(axis, row, y, side):
    """The interval as a line, the estimate as a square of ``side`` px; arrows beyond the axis."""
    left, at, right = (axis.x(value) for value in (row.ci_lb, row.estimate, row.ci_ub))
    marks = [_line("f-ci", "f-box", axis, left, right, y)]
    if axis.left - 0.01 <= at <= axis.right + 0.01:
        marks.append(rect("f-box", at - side / 2, y - side / 2, side, side))
        if 3 <= right - left < side:
            marks.append(path("f-ci-on", "M", left, y, "H", right))
    return join(marks)


def prediction(axis, found, y):
    """A bar with an end mark where the interval ends on the axis, an arrow where it goes on."""
    left, right = axis.x(found.pi_lb), axis.x(found.pi_ub)
    ends = [
        path("f-pi", "M", x, y - 5, "V", y + 5)
        for x in (left, right)
        if axis.left <= x <= axis.right
    ]
    return join([_line("f-pi", "f-pi-end", axis, left, right, y), *ends])


def diamond(axis, summary, y, half):
    """A diamond from limit to limit, widest at the estimate, cut off where the axis ends."""
    left, at, right = (axis.x(value) for value in (summary.ci_lb, summary.estimate, summary.ci_ub))
    start, end = max(left, axis.left), min(right, axis.right)
    at_start, at_end = _height(start, left, at, half), _height(end, right, at, half)
    return path(
        _PAINT[summary.model],
        *("M", start, y - at_start, "L", at, y - half, end, y - at_end),
        *(end, y + at_end, at, y + half, start, y + at_start, "Z"),
    )


def _height(x, tip, middle, half):
    """Half the height of a diamond at ``x``, between its ``tip`` and its ``middle``."""
    return 0 if tip == middle else half * (x - tip) / (middle - tip)


def _line(paint, arrow_paint, axis, left, right, y):
    start, end = (min(max(x, axis.left), axis.right) for x in (left, right))
    marks = []
    if end > start:
        marks.append(path(paint, "M", start, y, "H", end))
    if left < axis.left:
        marks.append(_arrow(arrow_paint, axis.left, y, _ARROW))
    if right > axis.right:
        marks.append(_arrow(arrow_paint, axis.right, y, -_ARROW))
    return join(marks)


def _arrow(paint, tip, y, back):
    return path(paint, "M", tip, y, "l", back, -4, "v", 8, "Z")
