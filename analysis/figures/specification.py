"""A specification curve: every way to compute a result sorted by estimate, its choices below."""

from dataclasses import dataclass

from .axis import TICK_SIZE, Scale, make_axis
from .data_table import DataTable
from .metrics import wrap
from .numbers import alike
from .svg import NotDrawable, document, join, lines, path, rect, text, titled

WIDE_FROM = 560
_HEIGHT, _ROW, _HEAD, _GAP, _SMALL, _LEADING = 170, 15, 20, 30, 11.5, 12
_CROWDED = 4  # px a column, below which dark intervals would hide the estimates
_TICKS = 46  # px for the labels of the axis, at the right of those of the choices


@dataclass(frozen=True, slots=True)
class Column:
    """One specification, on the printed scale. ``chosen`` are keys of the rows it has a mark in;
    ``told`` says it in words; ``clear`` when its interval leaves out no effect."""

    estimate: float
    ci_lb: float
    ci_ub: float
    chosen: frozenset
    told: str
    clear: bool = False
    own: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """Specifications that share a scale, in the order of the figure."""

    title: str
    columns: tuple[Column, ...]
    scale: Scale = Scale.LINEAR
    reference: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A block of rows: ``options`` are pairs of key and label."""

    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SpecificationCurve:
    title: str
    panels: tuple[Panel, ...]
    choices: tuple[Choice, ...]
    notes: tuple[str, ...] = ()


def specification_curve(found, *, width=900, standalone=False, links=True):
    """``found`` as SVG. Raises ``NotDrawable`` when there is no specification."""
    _check(found)
    top, body = 4, []
    for panel in found.panels:
        drawn, top = _panel(found, panel, width, top, links)
        body.append(drawn)
    notes = [line for note in found.notes for line in wrap(note, width - 4, 12)]
    return document(
        *body,
        lines(2, top + 8, notes, leading=16, size=12, paint="f-soft"),
        width=width,
        height=round(top + 4 + 16 * len(notes)),
        title=found.title,
        desc=_desc(found),
        standalone=standalone,
    )


def table(found):
    """Every specification in words, with its estimate and interval."""
    _check(found)
    rows = tuple(_line(panel, one) for panel in found.panels for one in panel.columns)
    header = ("Measure", "Choices", "Estimate", "Interval", "As planned")
    return DataTable(found.title, header, rows)


def _line(panel, one):
    write = alike(min(column.ci_ub - column.ci_lb for column in panel.columns) or 1.0)
    interval = f"{write(one.ci_lb)} to {write(one.ci_ub)}"
    return (panel.title, one.told, write(one.estimate), interval, "yes" if one.own else "")


def _check(found):
    if not any(panel.columns for panel in found.panels):
        raise NotDrawable(f"{found.title}: nothing could be computed")


def _desc(found):
    many = sum(len(panel.columns) for panel in found.panels)
    return (
        f"{many} specifications in {len(found.panels)} panels, sorted by estimate, with their"
        f" choices below. {' '.join(found.notes)} The same numbers are in the table."
    )


def _panel(found, panel, width, top, links):
    """The drawing of a panel and where the next may begin."""
    labels = 0.3 * width if width >= WIDE_FROM else 112
    left, right = labels + _TICKS, width - 6
    pitch = (right - left) / len(panel.columns)
    xs = [left + (i + 0.5) * pitch for i in range(len(panel.columns))]
    upper = top + 26
    bottom = upper + _HEIGHT
    rows, end = _rows(found.choices, panel, bottom + 14, left - 18)
    drawn = join((
        text(2, top + 14, panel.title, bold=True),
        _own_band(panel, xs, pitch, upper - 8, end),
        _scale(panel, left, right, upper, bottom),
        _estimates(panel, xs, pitch, upper, bottom),
        _matrix(panel, rows, xs, pitch, left, right),
        *(_targets(panel, xs, pitch, upper, end) if links else ()),
    ))  # fmt: skip
    return drawn, end + _GAP


def _rows(choices, panel, top, room):
    """``[(key or None for a heading, lines of the label, y)]`` of the rows that some column has a
    mark in, and where they end."""
    used = frozenset().union(*(one.chosen for one in panel.columns))
    rows, y = [], top
    for choice in choices:
        options = [(key, label) for key, label in choice.options if key in used]
        if not options:
            continue
        rows.append((None, [choice.label], y + 12))
        y += _HEAD
        for key, label in options:
            told = wrap(label, room, _SMALL, max_lines=2)
            rows.append((key, told, y + 8))
            y += _ROW + (len(told) - 1) * _LEADING
        y += 4
    return rows, y


def _axis_of(panel, height):
    intervals = [(one.ci_lb, one.estimate, one.ci_ub) for one in panel.columns]
    keep = () if panel.reference is None else (panel.reference,)
    return make_axis(panel.scale, intervals, keep, 0, height)


def _scale(panel, left, right, upper, bottom):
    axis = _axis_of(panel, bottom - upper)
    drawn = [path("f-axis", "M", left, upper, "V", bottom)]
    for tick in axis.ticks:
        y = bottom - axis.x(tick)
        drawn.append(path("f-rule", "M", left, y, "H", right))
        drawn.append(text(left - 6, y + 4, axis.label(tick), size=TICK_SIZE, anchor="end",
                          paint="f-soft"))  # fmt: skip
    if panel.reference is not None and axis.holds(panel.reference):
        drawn.append(path("f-null", "M", left, bottom - axis.x(panel.reference), "H", right))
    return join(drawn)


def _estimates(panel, xs, pitch, upper, bottom):
    """Intervals and estimates: all of one paint in one path, as there may be hundreds."""
    axis = _axis_of(panel, bottom - upper)
    side = min(max(0.7 * pitch, 2.6), 6)
    dark, light = ("f-ci", "f-axis") if pitch >= _CROWDED else ("f-axis", "f-rule")
    pieces = []
    for clear, line, dot in ((False, light, "f-faint"), (True, dark, "f-dot")):
        shown = [(x, one) for x, one in zip(xs, panel.columns, strict=True) if one.clear == clear]
        if not shown:
            continue
        spans, dots = [], []
        for x, one in shown:
            low, high = (
                min(max(bottom - axis.x(v), upper), bottom) for v in (one.ci_lb, one.ci_ub)
            )
            spans += ["M", x, low, "V", high]
            dots += _box(x, bottom - axis.x(one.estimate), side, side)
        pieces += [path(line, *spans), path(dot, *dots)]
    return join(pieces)


def _box(x, y, width, height):
    return ["M", x - width / 2, y - height / 2, "h", width, "v", height, "h", -width, "z"]


def _own_band(panel, xs, pitch, upper, end):
    """A band behind the plan's own specification, and a word above it."""
    drawn = []
    for x, one in zip(xs, panel.columns, strict=True):
        if one.own:
            wide = min(max(pitch, 6), 24)
            drawn.append(rect("f-range", x - wide / 2, upper, wide, end - upper))
            anchor = "end" if x > xs[0] + 0.7 * (xs[-1] - xs[0]) else "start"
            drawn.append(text(x, upper - 4, "as planned", size=12, anchor=anchor,
                              paint="f-open-ink"))  # fmt: skip
    return join(drawn)


def _matrix(panel, rows, xs, pitch, left, right):
    drawn, wide = [], min(max(0.72 * pitch, 0.9), 12)
    for key, told, y in rows:
        if key is None:
            drawn.append(text(2, y, told[0], size=12, bold=True, paint="f-soft"))
            continue
        drawn.append(lines(10, y + 4, told, leading=_LEADING, size=_SMALL))
        drawn.append(path("f-rule", "M", left, y, "H", right))
        marks = [step for x, one in zip(xs, panel.columns, strict=True) if key in one.chosen
                 for step in _box(x, y, wide, 7)]  # fmt: skip
        drawn.append(path("f-ink", *marks))
    return join(drawn)


def _targets(panel, xs, pitch, upper, end):
    """What a column says on hover, and where it leads."""
    for x, one in zip(xs, panel.columns, strict=True):
        area = rect("f-hit", x - pitch / 2, upper, pitch, end - upper, pointer_events="all")
        yield titled(one.told, area, href=one.href)
