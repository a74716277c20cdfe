"""Risk of bias by study and domain as lights, and by domain as bars of shares."""

import math
from dataclasses import dataclass
from itertools import accumulate

from .data_table import DataTable
from .lights import NOT_JUDGED, Mark, draw_light, legend, light_words, mark_label
from .metrics import ellipsise, text_width, widest, wrap
from .svg import NotDrawable, document, join, lines, path, rect, text, titled

_SIZE = 13
_HEAD = 12
_LEADING = 16
_ROW = 26
_PITCHES = (32, 28, 25, 22)  # px from light to light, as there is room
_LABEL_LEAST, _LABEL_MOST, _LABEL_SHARE = 96, 320, 0.45
_GAP = 12


@dataclass(frozen=True, slots=True)
class Domain:
    """A column: ``short`` heads it ("D1", "Overall"), ``name`` says what it is."""

    short: str
    name: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgements of one study, one a domain; None has not been judged. ``weight`` in per cent
    of the analysis, where there is one."""

    label: str
    marks: tuple[Mark | None, ...]
    weight: float | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Studies by domains. ``rows`` have as many marks as there are ``domains``."""

    title: str
    domains: tuple[Domain, ...]
    rows: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class _Grid:
    width: float
    label: float  # room for the study's name
    columns: tuple[tuple[float, float], ...]  # (centre, width) of each domain
    stacked: bool  # the name stands above its lights


def traffic(found, *, width=1100, standalone=False):
    """The table of lights; where the names have no room beside them they stand above."""
    check(found)
    grid = _grid(found, width)
    head, y = _heads(found, grid)
    marks = [head]
    for row in found.rows:
        drawn, height = _judged_row(found, row, grid, y)
        marks.append(drawn)
        y += height
    foot, height = _foot(found, y + 6, grid.width)
    return document(
        *marks,
        foot,
        width=grid.width,
        height=round(y + 12 + height),
        title=found.title,
        desc=_description(found),
        standalone=standalone,
    )


def table(found):
    """Study by domain, in words."""
    check(found)
    header = ("Study", *(domain.name for domain in found.domains))
    rows = tuple((row.label, *(mark_label(mark) for mark in row.marks)) for row in found.rows)
    return DataTable(found.title, header, rows)


def check(found):
    """Raise ``NotDrawable`` when there is nothing to show or a judgement too few."""
    if not found.domains or not found.rows:
        raise NotDrawable("risk of bias needs at least one study and one domain")
    for row in found.rows:
        if len(row.marks) != len(found.domains):
            raise NotDrawable(
                f"'{row.label}' has {len(row.marks)} judgements for {len(found.domains)} domains"
            )
        if row.weight is not None and not (math.isfinite(row.weight) and row.weight >= 0):
            raise NotDrawable(f"'{row.label}': {row.weight} is not a weight")


def all_marks(found):
    return [mark for row in found.rows for mark in row.marks]


def _grid(found, width):
    names = widest([row.label for row in found.rows], _SIZE) + 4
    label = min(max(names, _LABEL_LEAST), _LABEL_MOST, width * _LABEL_SHARE)
    heads = [text_width(domain.short, _HEAD, bold=True) + 8 for domain in found.domains]
    for left, room in ((label + _GAP, width - label - _GAP), (0, width)):
        for pitch in _PITCHES:
            columns = [max(head, pitch) for head in heads]
            if sum(columns) <= room:
                return _placed(columns, left, label, width, stacked=left == 0)
    return _placed([width / len(heads)] * len(heads), 0, label, width, stacked=True)


def _placed(columns, left, label, width, stacked):
    ends = list(accumulate(columns, initial=left))
    centres = tuple(
        (end - column / 2, column) for end, column in zip(ends[1:], columns, strict=True)
    )
    used = width if stacked else min(width, max(ends[-1] + 2, 380))
    return _Grid(used, used - 4 if stacked else label, centres, stacked)


def _heads(found, grid):
    style = {"size": _HEAD, "bold": True, "paint": "f-soft", "anchor": "middle"}
    marks = [] if grid.stacked else [text(2, 16, "Study", **style | {"anchor": "start"})]
    for domain, (x, column) in zip(found.domains, grid.columns, strict=True):
        head = ellipsise(domain.short, column - 1, _HEAD, bold=True)
        marks.append(titled(domain.name, text(x, 16, head, **style)))
    return join([*marks, path("f-rule-dark", "M", 0, 24, "H", grid.width)]), 25


def _judged_row(found, row, grid, top):
    """One study: its name and its lights. Returns (markup, height)."""
    label = wrap(row.label, grid.label, _SIZE, max_lines=2)
    extra = _LEADING * (len(label) - 1)
    height = _ROW + extra + (_LEADING + 4 if grid.stacked else 0)
    middle = top + height - _ROW / 2 if grid.stacked else top + height / 2
    first = top + 17 if grid.stacked else middle - extra / 2 + 4.5
    lights = [
        titled(f"{row.label}, {domain.name}: {mark_label(mark)}", draw_light(mark, x, middle))
        for domain, mark, (x, _) in zip(found.domains, row.marks, grid.columns, strict=True)
    ]
    drawn = titled(
        row.label,
        rect("f-hit", 0, top, grid.width, height, pointer_events="all"),
        lines(2, first, label, leading=_LEADING, size=_SIZE),
        *lights,
        path("f-rule", "M", 0, top + height, "H", grid.width),
        href=row.href,
    )
    return drawn, height


def _foot(found, y, width):
    """What the short names and the symbols mean. Returns (markup, height)."""
    named = [f"{d.short}\u00a0{d.name}" for d in found.domains if d.short != d.name]
    sentences = [", ".join(named), legend(all_marks(found))]
    return paragraphs(sentences, y, width)


def paragraphs(sentences, y, width):
    """Small print, wrapped. Returns (markup, height)."""
    marks, top = [], y
    for sentence in filter(None, sentences):
        content = wrap(f"{sentence}.", width - 4, _HEAD)
        style = {"leading": _LEADING, "size": _HEAD, "paint": "f-faint"}
        marks.append(lines(2, y + 14, content, **style))
        y += _LEADING * len(content) + 4
    return join(marks), y - top


def _description(found):
    parts = []
    for i, domain in enumerate(found.domains):
        marks = [row.marks[i] for row in found.rows]
        counts = [
            f"{sum(mark is not None and mark.light is light for mark in marks)} {words}"
            for light, words in light_words(marks).items()
        ]
        if missing := sum(mark is None for mark in marks):
            counts.append(f"{missing} {NOT_JUDGED}")
        parts.append(f"{domain.name}: {', '.join(counts)}")
    return f"{len(found.rows)} studies. {'. '.join(parts)}. The judgements are in the table."
