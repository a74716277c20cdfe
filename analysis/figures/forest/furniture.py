"""What stands around the rows of a forest plot: headings, reference line, axis and its captions."""

from ..axis import TICK_SIZE
from ..metrics import balanced, text_width, widest, wrap
from ..svg import join, lines, path, rect, text
from .columns import HEAD_SIZE, column_groups
from .data import Ahead

_LEADING = 15
_TICK = 5


def header(frame):
    """The headings over the columns. Returns (markup, height)."""
    entries = _stacked_headings(frame) if frame.layout.stacked else _headings(frame)
    groups, raised = _group_headings(frame)
    deepest = max(len(entry[2]) for entry in entries)
    bottom = raised + 6 + _LEADING * deepest + 6
    marks = [
        lines(
            x,
            bottom - 8 - _LEADING * (len(content) - 1),
            content,
            leading=_LEADING,
            anchor=anchor,
            size=HEAD_SIZE,
            paint="f-soft",
            bold=True,
        )
        for x, anchor, content in entries
    ]
    rule = path("f-rule-dark", "M", 0, bottom, "H", frame.layout.width)
    return join([*groups, *marks, rule]), bottom


def _stacked_headings(frame):
    plot, width = frame.plot, frame.layout.width
    effect = wrap(plot.effect, width / 2 - 10, HEAD_SIZE, bold=True)
    room = width - widest(effect, HEAD_SIZE, True) - 20
    return [
        (2, "start", wrap(plot.measure, room, HEAD_SIZE, bold=True)),
        (frame.layout.ci, "end", effect),
    ]


def _headings(frame):
    """(x, anchor, lines) of every column heading."""
    plot, layout = frame.plot, frame.layout
    left, right = layout.plot
    found = [(2, "start", [plot.names])]
    for cell in layout.cells:
        column = plot.columns[cell.index]
        content = balanced(column.heading, cell.right - cell.left + 0.1, HEAD_SIZE, bold=True)
        side = (cell.right, "end") if column.numeric else (cell.left, "start")
        found.append((*side, content))
    measure = balanced(plot.measure, right - left, HEAD_SIZE, bold=True)
    found.append(((left + right) / 2, "middle", measure))
    found.append((layout.ci, "end", wrap(plot.effect, layout.ci - right, HEAD_SIZE, bold=True)))
    heads = zip(layout.weights, plot.weight_heads, strict=False)
    found += [(x, "end", [head]) for x, head in heads]
    if len(layout.lights) == 1:
        found.append((layout.lights[0][1], "middle", ["Risk", "of bias"]))
    else:
        found += [(x, "middle", [light_heading(plot, index)]) for index, x in layout.lights]
    return found


def light_heading(plot, index):
    """The short name of a domain over its lights: its number, "All" for the last."""
    return "All" if index == len(plot.domains) - 1 else str(index + 1)


def _group_headings(frame):
    """Headings shared by several columns, with a rule under each. Returns (marks, height)."""
    layout, plot = frame.layout, frame.plot
    spans = [
        (
            layout.cells[members[0]].left,
            layout.cells[members[-1]].right,
            plot.columns[layout.cells[members[0]].index].group,
        )
        for members in column_groups(plot, [cell.index for cell in layout.cells])
    ]
    if len(layout.weights) > 1:
        left = layout.ci + (layout.weights[0] - layout.ci) / 3
        spans.append((left, layout.weights[-1], "Weight"))
    if len(layout.lights) > 1:
        spans.append((layout.lights[0][1] - 9, layout.lights[-1][1] + 9, "Risk of bias"))
    marks = []
    for left, right, name in spans:
        middle = (left + right) / 2
        style = {"anchor": "middle", "size": HEAD_SIZE, "paint": "f-soft", "bold": True}
        marks.append(text(middle, 14, name, **style))
        marks.append(path("f-rule", "M", left, 20, "H", right))
    return marks, 20 if marks else 0


def behind(frame, bands):
    """The prediction interval as a shaded band through ``bands``, where that is its style."""
    found = [one for one in frame.plot.predictions() if frame.plot.ahead is Ahead.BAND]
    if not found:
        return ""
    axis = frame.axis
    left, right = max(axis.x(found[-1].pi_lb), axis.left), min(axis.x(found[-1].pi_ub), axis.right)
    return join(rect("f-band", left, top, right - left, end - top) for top, end in bands)


def guides(frame, bands, pooled_until):
    """Reference line and dashed line of the pooled estimate through ``bands`` of (top, bottom)."""
    plot, axis = frame.plot, frame.axis
    marks = []
    for top, bottom in bands:
        if plot.reference is not None and axis.holds(plot.reference):
            marks.append(path("f-null", "M", axis.x(plot.reference), top, "V", bottom))
        end = min(bottom, pooled_until)
        if plot.summaries and end > top:
            pooled = plot.summaries[-1].estimate
            marks.append(path("f-pooled", "M", axis.x(pooled), top, "V", end))
    return join(marks)


def axis_marks(axis, y, up=False):
    """The axis line with ticks and labels, below it or, with ``up``, above."""
    sign = -1 if up else 1
    marks = [path("f-axis", "M", axis.left, y, "H", axis.right)]
    for tick in axis.ticks:
        x = axis.x(tick)
        marks.append(path("f-axis", "M", x, y, "v", sign * _TICK))
        baseline = y - _TICK - 4 if up else y + _TICK + 12
        style = {"size": TICK_SIZE, "paint": "f-faint", "anchor": "middle"}
        marks.append(text(x, baseline, axis.label(tick), **style))
    return join(marks)


def favours(frame, y):
    """Which side favours what, either side of the reference line. Returns (markup, height)."""
    left, right = frame.plot.favours
    reference = frame.plot.reference
    if reference is None or not frame.axis.holds(reference) or not (left or right):
        return "", 0
    at, width = frame.axis.x(reference), frame.layout.width
    left, right = left and f"← {left}", right and f"{right} →"
    style = {"size": HEAD_SIZE, "paint": "f-soft"}
    widths = [text_width(side, HEAD_SIZE) for side in (left, right)]
    if widths[0] <= at - 10 and widths[1] <= width - at - 10:
        pair = (
            text(at - 8, y + 14, left, anchor="end", **style),
            text(at + 8, y + 14, right, **style),
        )
        return join(pair), 20
    if sum(widths) <= width - 20:
        pair = (
            text(2, y + 14, left, **style),
            text(width - 2, y + 14, right, anchor="end", **style),
        )
        return join(pair), 20
    content = [line for side in (left, right) if side for line in wrap(side, width - 4, HEAD_SIZE)]
    return lines(2, y + 14, content, leading=16, **style), 4 + 16 * len(content)
