"""Where the boxes of a PRISMA diagram stand: columns side by side, or one under the other."""

from ..metrics import balanced, text_width
from ..svg import join, lines, rect, text
from .boxes import arrow_down, arrow_round, arrows_aside, box_height, draw_box, place
from .data import INCLUDED, PHASES, TOTAL, boxes_of, endings, sections

_BAR = 26  # width of the phase bars
_ROW_GAP = 28
_WIDE_ARROW, _NARROW_ARROW = 34, 22  # between a box and what stands aside of it
_SECTION_GAP = 22
_STACK_GAP = 7
_LEFT = _BAR + 10
_COLUMN = (136, 270)  # narrowest and widest column
_HEAD_SIZE = 12
_HEAD_LEADING = 15
_RAIL = 10


def lay_out(flow, width):
    """``flow`` at most ``width`` px wide. Returns (markup, width, height)."""
    parts = sections(flow)
    gaps = sum(_WIDE_ARROW * (_columns(part) - 1) for part in parts) + _SECTION_GAP * len(parts[1:])
    column = (width - _LEFT - gaps - 1) / sum(_columns(part) for part in parts)
    if column < _COLUMN[0]:
        return _lay_out_narrow(flow, width)
    return _lay_out_wide(flow, min(column, _COLUMN[1]))


def _lay_out_wide(flow, column):
    """Sections side by side on common rows, phase bars at the left."""
    parts, last = sections(flow), endings(flow)
    spans = [_columns(part) * column + _WIDE_ARROW * (_columns(part) - 1) for part in parts]
    head = max(_heading_height(part, span) for part, span in zip(parts, spans, strict=True))
    heights = _row_heights([*(part.stages for part in parts), last], column)
    if flow.other:
        heights[INCLUDED] = max(heights[INCLUDED], _beside(INCLUDED, last[INCLUDED], column) + 26)
    _stretch_for_phases(heights)
    tops, bottom = _tops(heights, head + 12)
    marks, chains, x = [], [], _LEFT
    for part, span in zip(parts, spans, strict=True):
        marks.append(_heading(part, x, 0, span, head))
        chain = _place_all(part.stages, x, tops, column, _WIDE_ARROW)
        if _is_main(part):
            chain |= _place_all(last, x, tops, column, _WIDE_ARROW, heights)
            ends = chain
        chains.append(chain)
        x += span + _SECTION_GAP
    marks += [_draw_chain(chain) for chain in chains]
    marks += [_joined_wide(chain, ends) for chain in chains if chain is not ends]
    marks.append(_phase_bars(tops, heights))
    return join(marks), x - _SECTION_GAP + 1, bottom


def _lay_out_narrow(flow, width):
    """Sections one under the other, joined along rails at the left."""
    parts, last = sections(flow), endings(flow)
    inset = 1 + _RAIL * len(parts[1:])
    column = (width - inset - _NARROW_ARROW - 1) / 2
    marks, chains, y = [], [], 0
    for part in parts:
        head = _heading_height(part, width - inset - 1)
        marks.append(_heading(part, inset, y, width - inset - 1, head))
        tops, bottom = _tops(_row_heights([part.stages], column), y + head + 12)
        chains.append(_place_all(part.stages, inset, tops, column, _NARROW_ARROW))
        y = bottom + _ROW_GAP
    tops, bottom = _tops(_row_heights([last], column), y)
    chains[-1] |= _place_all(last, inset, tops, column, _NARROW_ARROW)
    marks += [_draw_chain(chain) for chain in chains]
    for number, chain in enumerate(chains[:-1]):
        start, end = _last_box(chain), _target(chain, chains[-1])
        marks.append(arrow_round(start, end, end.middle, rail=1 + _RAIL * number))
    return join(marks), width, bottom


def _columns(part):
    return 1 if len(part.stages) == 1 else 2


def _is_main(part):
    return len(part.stages) == 4


def _row_heights(chains, column):
    """The height of every row: that of its tallest box or stack of boxes."""
    heights = {}
    for chain in chains:
        for row, stage in chain.items():
            _, own, label = boxes_of(row, stage)[0]
            tallest = max(box_height(own, label, column), _beside(row, stage, column))
            heights[row] = max(heights.get(row, 0), tallest)
    return heights


def _beside(row, stage, column):
    """The height of the boxes beside the main one; 0 without any."""
    stack = [box_height(box, name, column) for _, box, name in boxes_of(row, stage)[1:]]
    return sum(stack) + _STACK_GAP * (len(stack) - 1) if stack else 0


def _stretch_for_phases(heights):
    """Let the last row of a phase grow until the name of the phase fits beside it."""
    for name, first, last in PHASES:
        rows = [row for row in heights if first <= row <= last]
        span = sum(heights[row] for row in rows) + _ROW_GAP * (len(rows) - 1)
        needed = text_width(name, _HEAD_SIZE, bold=True) + 12
        heights[rows[-1]] += max(0, needed - span)


def _tops(heights, y):
    """The top of every row, and where the last one ends."""
    tops = {}
    for row in sorted(heights):
        tops[row] = y
        y += heights[row] + _ROW_GAP
    return tops, y - _ROW_GAP


def _place_all(stages, x, tops, column, gap, heights=None):
    """row -> its boxes: the main one, then those aside of it from the top."""
    chain = {}
    for row, stage in stages.items():
        (kind, box, label), *beside = boxes_of(row, stage)
        least = heights[row] if heights else 0
        placed = [place(kind, box, label, x, tops[row], column, least)]
        y = tops[row]
        for kind, box, label in beside:
            placed.append(place(kind, box, label, x + column + gap, y, column))
            y = placed[-1].bottom + _STACK_GAP
        chain[row] = placed
    return chain


def _draw_chain(chain):
    rows = [chain[row] for row in sorted(chain)]
    marks = [draw_box(placed) for boxes in rows for placed in boxes]
    marks += [arrows_aside(own, beside) for own, *beside in rows]
    marks += [arrow_down(rows[i][0], rows[i + 1][0]) for i in range(len(rows) - 1)]
    return join(marks)


def _last_box(chain):
    return chain[max(chain)][0]


def _target(chain, ends):
    """Where a column ends: a previous version in the total, other methods with the included."""
    row = TOTAL if len(chain) == 1 and TOTAL in ends else INCLUDED
    return ends[row][0]


def _joined_wide(chain, ends):
    start, end = _last_box(chain), _target(chain, ends)
    passes_open_work = start.x > end.x and len(ends[INCLUDED]) > 1
    return arrow_round(start, end, end.bottom - 12 if passes_open_work else end.middle)


def _heading_height(part, width):
    return 10 + _HEAD_LEADING * len(_heading_lines(part, width))


def _heading_lines(part, width):
    return balanced(part.heading, width - 12, _HEAD_SIZE, bold=True)


def _heading(part, x, y, width, height):
    content = _heading_lines(part, width)
    first = y + height / 2 + 4.5 - _HEAD_LEADING / 2 * (len(content) - 1)
    style = {"leading": _HEAD_LEADING, "size": _HEAD_SIZE, "anchor": "middle", "paint": "f-soft"}
    label = lines(x + width / 2, first, content, bold=True, **style)
    return join([rect("f-phase", x, y, width, height, rx=4), label])


def _phase_bars(tops, heights):
    marks = []
    for name, first, last in PHASES:
        rows = [row for row in tops if first <= row <= last]
        top, bottom = tops[min(rows)], tops[max(rows)] + heights[max(rows)]
        x, y = _BAR / 2 + 4, (top + bottom) / 2
        marks.append(rect("f-phase", 0, top, _BAR, bottom - top, rx=4))
        style = {"size": _HEAD_SIZE, "anchor": "middle", "paint": "f-soft", "bold": True}
        marks.append(text(0, 0, name, transform=f"translate({x:g} {y:g}) rotate(-90)", **style))
    return join(marks)
