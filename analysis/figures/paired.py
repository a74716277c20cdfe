"""Two estimates a study side by side: sensitivity and specificity, with the counts they are of."""

from dataclasses import dataclass

from .axis import TICK_SIZE
from .data_table import DataTable
from .metrics import ellipsise, widest, wrap
from .numbers import fixed
from .paging import PER_PAGE, split
from .svg import NotDrawable, document, join, lines, path, rect, text, titled

_SIZE, _SMALL = 13, 12
_LINE, _TALL = 22, 50
_GAP, _BOX = 14, 7
_NARROW = 640  # px: below it the panels stand under the name of each study
_TICKS = {False: (0, 0.2, 0.4, 0.6, 0.8, 1), True: (0, 0.5, 1)}


@dataclass(frozen=True, slots=True)
class Row:
    """One study, or with ``pooled`` a summary: ``cells`` are its counts, ``pair`` the two
    (estimate, lower, upper) between 0 and 1, None where there is none."""

    label: str
    cells: tuple[str, ...]
    pair: tuple[tuple[float, float, float] | None, ...]
    href: str = ""
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading; "" for none."""

    rows: tuple[Row, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Paired:
    """``columns`` head the counts, ``panels`` the two estimates."""

    title: str
    columns: tuple[str, ...]
    panels: tuple[str, str]
    groups: tuple[Group, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the columns end and the panels lie, in px."""

    width: float
    narrow: bool
    label: float
    cells: tuple[float, ...]
    texts: tuple[float, ...]
    panels: tuple[tuple[float, float], ...]


def paired(found, *, width=900, standalone=False):
    """``found`` as one SVG. Raises ``NotDrawable`` for numbers that are no shares of 1."""
    return paired_pages(found, per_page=None, width=width, standalone=standalone)[0]


def paired_pages(found, *, per_page=PER_PAGE, width=900, standalone=False):
    """``found`` as a list of SVGs of about ``per_page`` lines in the same columns, of equal length;
    the notes are on the last. A group that goes on has its name again."""
    _check(found)
    frame = _frame(found, width)
    pages = split(_lines(found), _is_heading, _again, per_page) if per_page else [_lines(found)]
    return [
        _page(found, frame, page, (number, len(pages)), standalone)
        for number, page in enumerate(pages, 1)
    ]


def count_pages(found):
    """How many pages ``paired_pages`` makes of ``found``."""
    return len(split(_lines(found), _is_heading, _again))


def _lines(found):
    """From top to bottom: each ``Row``, and the name of a group as text."""
    return [
        line
        for group in found.groups
        for line in (*([group.label] if group.label else []), *group.rows)
    ]


def _is_heading(line):
    return isinstance(line, str)


def _again(heading):
    return f"{heading} (continued)"


def _page(found, frame, page, place, standalone):
    """One drawing of the lines ``page``; ``place`` is (number, of how many)."""
    head, y = _header(found, frame)
    top, marks = y, []
    for line in page:
        if _is_heading(line):
            marks.append(text(2, y + 18, line, size=_SIZE, bold=True))
            y += _LINE + 4
        else:
            marks.append(_row(frame, found, line, y))
            y += _TALL if frame.narrow else _LINE
    axes = [_axis(frame, panel, top, y + 4) for panel in frame.panels]
    told = found.notes if place[0] == place[1] else ()
    notes = [line for note in told for line in wrap(note, frame.width - 4, _SMALL)]
    part = f", page {place[0]} of {place[1]}" if place[1] > 1 else ""
    return document(
        head, *axes, *marks,
        lines(2, y + 50, notes, leading=16, size=_SMALL, paint="f-soft"),
        width=frame.width, height=round(y + 42 + 16 * len(notes)), title=found.title + part,
        desc=f"{found.panels[0]} and {found.panels[1]} of"
             f" {sum(not row.pooled for row in _rows(found))} studies."
             " The same numbers are in the table.",
        standalone=standalone,
    )  # fmt: skip


def table(found):
    """Every row with its counts and both estimates."""
    _check(found)
    rows = tuple(
        (f"{group.label}: {row.label}" if group.label else row.label,
         *(row.cells or ("",) * len(found.columns)), *map(_written, row.pair))
        for group in found.groups for row in group.rows
    )  # fmt: skip
    return DataTable(found.title, ("Study", *found.columns, *found.panels), rows)


def _rows(found):
    return [row for group in found.groups for row in group.rows]


def _check(found):
    if not _rows(found):
        raise NotDrawable("a paired forest plot needs at least one study")
    for row in _rows(found):
        for one in filter(None, row.pair):
            at, low, high = one
            if not 0 <= low <= at <= high <= 1:
                raise NotDrawable(f"'{row.label}': {at} with {low} to {high} is no share of 1")
        if row.cells and len(row.cells) != len(found.columns):
            raise NotDrawable(f"'{row.label}' has {len(row.cells)} cells")


def _written(one):
    return "–" if one is None else f"{fixed(one[0], 2)} ({fixed(one[1], 2)} to {fixed(one[2], 2)})"


def _frame(found, width):
    if width < _NARROW:
        half = (width - 3 * _GAP) / 2
        panels = ((_GAP, _GAP + half), (2 * _GAP + half, width - _GAP))
        return _Frame(width, True, 0.5 * width, (), (), panels)
    rows = _rows(found)
    label = min(widest([row.label for row in rows], _SIZE, bold=True), 0.26 * width) + 2
    x, cells = label, []
    for place, head in enumerate(found.columns):
        x += _GAP + widest([head, *(r.cells[place] for r in rows if r.cells)], _SIZE, bold=True)
        cells.append(x)
    wide = widest(["0.00 (0.00 to 0.00)", *found.panels], _SIZE)
    texts = (x + _GAP + wide, x + 2 * _GAP + 2 * wide)
    start = texts[1] + 2 * _GAP
    half = (width - _GAP - start - 2 * _GAP) / 2
    panels = ((start, start + half), (width - _GAP - half, width - _GAP))
    return _Frame(width, False, label, tuple(cells), texts, panels)


def _header(found, frame):
    """What stands over the columns. Returns (markup, bottom)."""
    style = {"size": _SMALL, "paint": "f-soft", "bold": True}
    marks = [
        text((left + right) / 2, 14, name, anchor="middle", **style)
        for name, (left, right) in zip(found.panels, frame.panels, strict=True)
    ]
    if not frame.narrow:
        marks.append(text(2, 14, "Study", **style))
        ends = zip((*found.columns, *found.panels), (*frame.cells, *frame.texts), strict=True)
        marks += [text(x, 14, name, anchor="end", **style) for name, x in ends]
    return join([*marks, path("f-rule-dark", "M", 0, 22, "H", frame.width)]), 26


def _row(frame, found, row, y):
    middle = y + (_TALL - 10 if frame.narrow else _LINE / 2)
    style = {"size": _SIZE, "bold": row.pooled}
    name = ellipsise(row.label, frame.label, _SIZE, bold=row.pooled)
    marks = [text(2, y + 15, name, **style)]
    if frame.narrow:
        marks += _under(frame, found, row, y)
    else:
        shown = zip(row.cells, frame.cells, strict=False)
        marks += [text(x, y + 15, cell, anchor="end", **style) for cell, x in shown]
        estimates = zip(map(_written, row.pair), frame.texts, strict=True)
        marks += [text(x, y + 15, told, anchor="end", **style) for told, x in estimates]
    marks += [
        _mark(one, panel, middle, row.pooled)
        for one, panel in zip(row.pair, frame.panels, strict=True)
    ]
    return titled(row.label, *marks, href=row.href)


def _under(frame, found, row, y):
    """The counts beside a name, and each estimate over its panel."""
    counts = ", ".join(map(" ".join, zip(found.columns, row.cells, strict=False)))
    style = {"size": _SMALL, "paint": "f-soft"}
    yield text(frame.width - 2, y + 15, counts, anchor="end", **style)
    for one, (left, _) in zip(row.pair, frame.panels, strict=True):
        yield text(left, y + 31, _written(one), size=_SMALL)


def _mark(one, panel, y, pooled):
    """A box on its interval, or the diamond of a summary."""
    if one is None:
        return ""
    left, right = panel
    at, low, high = (left + share * (right - left) for share in one)
    if pooled:
        return path("f-random", "M", low, y, "L", at, y - 6, "L", high, y, "L", at, y + 6, "Z")
    return join([
        path("f-ci", "M", low, y, "H", high),
        rect("f-box", at - _BOX / 2, y - _BOX / 2, _BOX, _BOX),
    ])  # fmt: skip


def _axis(frame, panel, top, bottom):
    left, right = panel
    marks = [path("f-axis", "M", left, bottom, "H", right)]
    for tick in _TICKS[right - left < 180]:
        x = left + tick * (right - left)
        marks.append(path("f-rule", "M", x, top, "V", bottom))
        marks.append(path("f-axis", "M", x, bottom, "v", 5))
        marks.append(text(x, bottom + 19, f"{tick:g}", size=TICK_SIZE, anchor="middle"))
    return join(marks)
