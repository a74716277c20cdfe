"""A square of numbers, shaded by their size: who moves whom."""

import math
from dataclasses import dataclass

from .data_table import DataTable
from .metrics import ellipsise, text_width, wrap
from .numbers import significant
from .svg import NotDrawable, document, join, lines, rect, text, titled

FONT, SMALL = 12, 10
LARGEST, LEAST = 46, 11  # px of a cell


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
    where it is below. Columns carry the number of their row."""
    check(found)
    size = len(found.names)
    room = min(max(text_width(_numbered(found, i), FONT) for i in range(size)), width * 0.46) + 8
    cell = max(LEAST, min(LARGEST, (width - room - 2) / size))
    top = 38
    largest = max(abs(value) for row in found.values for value in row) or 1.0
    body = [
        text(0, 14, f"{found.rows} …, {found.columns}", size=FONT, paint="f-soft"),
        *(text(room + cell * (j + 0.5), top - 6, str(j + 1), size=SMALL, anchor="middle",
               paint="f-soft") for j in range(size)),
        *(text(room - 8, top + cell * (i + 0.5) + 4, ellipsise(_numbered(found, i), room - 8, FONT),
               size=FONT if cell >= 13 else SMALL, anchor="end") for i in range(size)),
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
        (name, *(significant(value, 3) for value in row))
        for name, row in zip(found.names, found.values, strict=True)
    )
    return DataTable(found.title, (found.rows, *found.names), rows)


def check(found):
    """Raise ``NotDrawable`` where ``found`` is no square of finite numbers."""
    if not found.names or any(len(row) != len(found.names) for row in found.values):
        raise NotDrawable(f"{found.title}: there is no square of numbers to draw")
    if not all(math.isfinite(value) for row in found.values for value in row):
        raise NotDrawable(f"{found.title}: a number in it is not finite")


def _numbered(found, i):
    return f"{found.names[i]}  {i + 1}"


def _square(found, i, j, x, y, cell, largest):
    value = found.values[i][j]
    side = (cell - 2) * math.sqrt(abs(value) / largest)
    middle = x + (cell - side) / 2, y + (cell - side) / 2
    paint = "f-random" if i == j else "f-range" if value > 0 else "f-aside"
    title = f"{found.names[i]}, {found.names[j]} detached: {significant(value, 3)}"
    drawn = rect(paint, *middle, side, side) if side >= 1 else ""
    return titled(title, join([rect("f-rule", x, y, cell, cell), drawn]))
