"""The missingness map: patients down, variables across, dark where a value is missing."""

from dataclasses import dataclass
from itertools import groupby

from .data_table import DataTable
from .metrics import ellipsise, text_width, widest, wrap
from .numbers import count, percent
from .svg import NotDrawable, document, lines, number, path, rect, text, titled

_SIZE, _TALL, _ROW = 12, 560, 12
_LABEL, _LEAST = 130, 11


@dataclass(frozen=True, slots=True)
class Block:
    """The patients of one study: for each, whether each variable is missing."""

    label: str
    rows: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class MissingMap:
    """``variables`` are the names of the columns; ``notes`` stand under the map."""

    title: str
    variables: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()


def missingness(found, *, width=720, standalone=False):
    """``found`` as SVG of a height that does not grow with the patients. Raises ``NotDrawable``
    when there is nobody to show."""
    n = _count(found)
    head = 12 + max(text_width(name, _SIZE) for name in found.variables)
    left = min(max(_LABEL, 8 + widest([b.label for b in found.blocks], _SIZE)), width // 3)
    high = min(_ROW, _TALL / n)
    wide = (width - left - 2) / len(found.variables)
    marks, top = [*_heads(found, left, wide, head)], head
    for block in found.blocks:
        marks += _block(found, block, left, wide, top, high)
        top += high * len(block.rows)
    marks.append(path("f-rule", "M", 0, top, "H", width))
    told = (f"{count(n)} patients, a line each. Dark: missing.", *found.notes)
    notes = [line for note in told for line in wrap(note, width - 4, _SIZE)]
    marks.append(lines(2, top + 20, notes, leading=16, size=_SIZE, paint="f-soft"))
    return document(
        *marks, width=width, height=round(top + 12 + 16 * len(notes)), title=found.title,
        desc=f"{count(n)} patients of {len(found.blocks)} studies by {len(found.variables)}"
        " variables. The shares that are missing are in the table.",
        standalone=standalone,
    )  # fmt: skip


def table(found):
    """How many patients of each study miss each variable."""
    _count(found)
    rows = [_shares(block.label, block.rows) for block in found.blocks]
    everybody = tuple(row for block in found.blocks for row in block.rows)
    rows.append(_shares("All", everybody))
    return DataTable(found.title, ("Study", "Patients", *found.variables), tuple(rows))


def _count(found):
    n = sum(len(block.rows) for block in found.blocks)
    if not n or not found.variables:
        raise NotDrawable(f"{found.title}: there is nobody to show")
    return n


def _heads(found, left, wide, head):
    for place, name in enumerate(found.variables):
        x = left + (place + 0.5) * wide + 4
        turned = f"translate({number(x)} {number(head - 6)}) rotate(-90)"
        yield text(0, 0, name, size=_SIZE, transform=turned)


def _block(found, block, left, wide, top, high):
    tall = high * len(block.rows)
    marks = [path("f-rule", "M", 0, top, "H", left + wide * len(found.variables))]
    if tall >= _LEAST:
        name = ellipsise(block.label, left - 8, _SIZE)
        marks.append(text(0, top + min(tall, 14) - 2, name, size=_SIZE, paint="f-soft"))
    for place, variable in enumerate(found.variables):
        x = left + place * wide
        missing = sum(row[place] for row in block.rows)
        dark = [
            rect("f-box", x + 1, top + start * high, wide - 2, length * high)
            for start, length in _runs([row[place] for row in block.rows])
        ]
        told = f"{block.label}, {variable}: {missing} of {len(block.rows)} missing"
        marks.append(titled(told, rect("f-phase", x + 1, top, wide - 2, tall), *dark))
    return marks


def _runs(flags):
    """``(start, length)`` of every run of patients in a row who miss the value."""
    start = 0
    for flag, run in groupby(flags):
        length = len(list(run))
        if flag:
            yield start, length
        start += length


def _shares(label, rows):
    cells = []
    for place in range(len(rows[0])):
        missing = sum(row[place] for row in rows)
        cells.append(f"{count(missing)} ({percent(100 * missing / len(rows))})" if missing else "0")
    return (label, count(len(rows)), *cells)
