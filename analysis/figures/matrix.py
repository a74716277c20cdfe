"""A square of numbers, shaded by their size: who moves whom."""

import math
from dataclasses import dataclass

from .data_table import DataTable
from .metrics import ellipsise, text_width, wrap
from .numbers import significant
from .svg import NotDrawable, document, lines, path, rect, text, titled

FONT, SMALL = 12, 10
LARGEST, ROW, LEAST = 46, 13, 11  # px of a cell: the most, for a line of text, for names at all
NUMBER = 24  # px that a number of a row takes


@dataclass(frozen=True, slots=True)
class Matrix:
    """``values[row][column]`` for the same names in rows and columns; ``rows`` and ``columns``
    say what they are. ``notes`` stand under it."""

    title: str
    names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    rows: str
    columns: str
    notes: tuple[str, ...] = ()


def matrix(found, *, width=720, standalone=False):
    """``found`` as SVG: an area for the size of a number, filled where it is above zero and open
    where it is below. Columns carry the number of their row, which alone is left of the names
    where there is no room."""
    check(found)
    size = len(found.names)
    names = [f"{name}  {i}" for i, name in enumerate(found.names, 1)]
    room = min(max(text_width(name, FONT) for name in names), width * 0.46) + 8
    if (width - room - 2) / size < LEAST:
        names, room = [str(i + 1) for i in range(size)], NUMBER
    cell = min(LARGEST, (width - room - 2) / size)
    step = 1 if cell >= ROW else 2
    top = 38
    largest = max(abs(value) for row in found.values for value in row) or 1.0
    body = [
        text(0, 14, f"{found.rows} …, {found.columns}", size=FONT, paint="f-soft"),
        *(text(room + cell * (j + 0.5), top - 6, str(j + 1), size=SMALL, anchor="middle",
               paint="f-soft") for j in range(0, size, step)),
        *(text(room - 8, top + cell * (i + 0.5) + 4, ellipsise(names[i], room - 8, FONT),
               size=FONT if cell >= ROW else SMALL, anchor="end")
          for i in range(0, size, 1 if room > NUMBER else step)),
        _grid(room, top, cell, size),
        *(_square(found, i, j, room + cell * j, top + cell * i, cell, largest)
          for i in range(size) for j in range(size)),
    ]  # fmt: skip
    notes = [line for note in found.notes for line in wrap(note, width - 4, FONT)]
    below = top + cell * size
    return document(
        *body,
        lines(2, below + 22, notes, leading=16, size=FONT, paint="f-soft"),
        width=width,
        height=round(below + 14 + 16 * len(notes)),
        title=found.title,
        desc=f"{size} rows and columns. The same numbers are in the table.",
        standalone=standalone,
    )


def table(found):
    """Every number."""
    check(found)
    rows = tuple(
        (f"{i}  {name}", *(significant(value, 3) for value in row))
        for i, (name, row) in enumerate(zip(found.names, found.values, strict=True), 1)
    )
    return DataTable(found.title, (found.rows, *map(str, range(1, len(found.names) + 1))), rows)


def check(found):
    """Raise ``NotDrawable`` where ``found`` is no square of finite numbers."""
    if not found.names or any(len(row) != len(found.names) for row in found.values):
        raise NotDrawable(f"{found.title}: there is no square of numbers to draw")
    if not all(math.isfinite(value) for row in found.values for value in row):
        raise NotDrawable(f"{found.title}: a number in it is not finite")


def _square(found, i, j, x, y, cell, largest):
    """One number; what would be smaller than a px is not drawn."""
    value = found.values[i][j]
    side = (cell - 2) * math.sqrt(abs(value) / largest)
    if side < 1:
        return ""
    paint = "f-random" if i == j else "f-range" if value > 0 else "f-aside"
    title = f"{found.names[i]}, {found.names[j]} detached: {significant(value, 3)}"
    drawn = rect(paint, x + (cell - side) / 2, y + (cell - side) / 2, side, side)
    return titled(title, drawn)


def _grid(left, top, cell, size):
    """Lines between the cells, as one path."""
    steps = []
    for n in range(size + 1):
        at = n * cell
        steps += ["M", left, top + at, "H", left + size * cell]
        steps += ["M", left + at, top, "V", top + size * cell]
    return path("f-rule", *steps)
