"""Which columns a forest plot of a given width has, and where they stand."""

from dataclasses import dataclass
from itertools import accumulate, product

from ..axis import OVERHANG
from ..lights import LIGHT_PITCH
from ..metrics import text_width, widest
from . import words

SIZE = 13
HEAD_SIZE = 12
STACKED_BELOW = 520
_GAP = 18
_EDGE = 2
_PLOT = (190, 460)  # narrowest and widest plot, px
# The share of the width that names may take, and the px of a column: texts are broken into more
# lines before a column is left out.
_ROOMS = ((0.3, 170), (0.22, 120), (0.17, 90))
CELL_LINES = 3
_LEAST_LABEL, _TOTAL_LABEL = 110, 210
_LIGHTS_HEADING = 84
_HEADING = 90  # px up to which a heading widens its column instead of breaking


@dataclass(frozen=True, slots=True)
class Cell:
    """A text column: its number in the input and its px."""

    index: int
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands, in px. ``weights`` and ``lights`` are empty where not drawn.

    ``stacked`` puts each study's text above its line: the drawing for a phone. ``dropped`` names
    what there was no room for; ``roomy`` says that no column had to be narrowed either.
    """

    width: float
    label: float
    cells: tuple[Cell, ...]
    plot: tuple[float, float]
    estimate: float
    ci: float
    weights: tuple[float, ...]
    lights: tuple[tuple[int, float], ...]
    stacked: bool
    dropped: tuple[str, ...]
    roomy: bool = False


def lay_out(plot, width, write):
    """The fullest layout that leaves the plot its room; stacked when none does."""
    if width >= STACKED_BELOW:
        for chosen, room in product(_variants(plot), _ROOMS):
            layout = _side_by_side(plot, width, write, chosen, room)
            if layout:
                return layout
    return _stacked(plot, width)


def _variants(plot):
    """(columns, lights, weight) to try: the domains go first, then grouped columns, which only
    make sense together, then the others from the right."""
    cells = list(range(len(plot.columns)))
    domains = list(range(len(plot.domains)))
    weighted = _weighted(plot)
    yield cells, domains, weighted
    domains = domains[-1:]
    yield cells, domains, weighted
    cells = [i for i in cells if not plot.columns[i].group]
    for kept in range(len(cells), -1, -1):
        yield cells[:kept], domains, weighted
    yield [], domains, False
    yield [], [], False


def _side_by_side(plot, width, write, chosen, tight):
    (cells, lights, weighted), (share, cell_most) = chosen, tight
    label = min(_label_width(plot), share * width)
    widths = _cell_widths(plot, cells, cell_most)
    effect = _effect_widths(plot, write)
    weights = _weight_widths(plot) if weighted else []
    pitch = _light_pitch(lights)
    right = effect[0] + sum(_GAP + w for w in weights)
    right += _GAP + pitch * len(lights) if lights else 0
    left = label + sum(_GAP + w for w in widths)
    room = width - 2 * _EDGE - left - right - 2 * _GAP
    if room < _PLOT[0]:
        return None
    room = min(room, _PLOT[1])
    x = _EDGE + label
    placed = []
    for index, cell_width in zip(cells, widths, strict=True):
        placed.append(Cell(index, x + _GAP, x + _GAP + cell_width))
        x += _GAP + cell_width
    start = x + _GAP
    end = start + room
    ci = end + _GAP + effect[0]
    ends = tuple(accumulate((_GAP + w for w in weights), initial=ci))
    first = ends[-1] + _GAP + pitch / 2
    return Layout(
        width=left + room + right + 2 * _GAP + 2 * _EDGE,
        label=label,
        cells=tuple(placed),
        plot=(start, end),
        estimate=ci - effect[1] - 6,
        ci=ci,
        weights=ends[1:],
        lights=tuple((index, first + i * pitch) for i, index in enumerate(lights)),
        stacked=False,
        dropped=_dropped(plot, cells, lights, weighted),
        roomy=tight == _ROOMS[0],
    )


def _stacked(plot, width):
    overall = len(plot.domains) - 1
    return Layout(
        width=width,
        label=width - 2 * _EDGE,
        cells=(),
        plot=(_EDGE + OVERHANG, width - _EDGE - OVERHANG),
        estimate=width - _EDGE,
        ci=width - _EDGE,
        weights=(),
        lights=((overall, _EDGE + 9),) if plot.domains else (),
        stacked=True,
        dropped=_dropped(plot, [], [overall] if plot.domains else [], False),
    )


def _label_width(plot):
    names = widest([row.label for row in plot.rows()], SIZE)
    totals = [s.label for s in plot.all_summaries()] + [p.label for p in plot.predictions()]
    return max(names, min(widest(totals, SIZE, bold=True), _TOTAL_LABEL), _LEAST_LABEL) + 1


def _cell_widths(plot, cells, most):
    """Widths of the columns; the last of a group takes what the group's heading lacks."""
    rows = [*plot.rows(), *plot.all_summaries()]
    widths = [
        max(
            _heading_width(plot.columns[i].heading),
            min(most, widest([row.cells[i] for row in rows if row.cells], SIZE)),
        )
        for i in cells
    ]
    for members in column_groups(plot, cells):
        together = sum(widths[n] for n in members) + _GAP * (len(members) - 1)
        heading = text_width(plot.columns[cells[members[0]]].group, HEAD_SIZE, bold=True)
        widths[members[-1]] += max(0, heading - together)
    return widths


def _heading_width(heading):
    whole = text_width(heading, HEAD_SIZE, bold=True)
    return whole if whole <= _HEADING else widest(heading.split(" "), HEAD_SIZE, bold=True)


def column_groups(plot, cells):
    """Positions within ``cells`` of neighbours under one heading, a list each."""
    groups = []
    for position, index in enumerate(cells):
        name = plot.columns[index].group
        if groups and name and plot.columns[cells[position - 1]].group == name:
            groups[-1].append(position)
        elif name:
            groups.append([position])
    return groups


def _effect_widths(plot, write):
    """(both parts together, the interval alone)."""
    rows = [*plot.rows(), *plot.all_summaries()]
    estimates = widest([write(row.estimate) for row in rows], SIZE, bold=True)
    limits = [words.ci(row, write) for row in rows]
    limits += [words.pi(prediction, write) for prediction in plot.predictions()]
    interval = widest(limits, SIZE, bold=True)
    heading = widest(plot.effect.split(" "), HEAD_SIZE, bold=True)
    return max(estimates + 6 + interval, heading), interval


def _weighted(plot):
    return bool(plot.weight_heads) and any(row.weight is not None for row in plot.rows())


def _weight_widths(plot):
    rows = [words.weights(row, plot) for row in [*plot.rows(), *plot.all_summaries()]]
    return [
        max(text_width(head, HEAD_SIZE, True), widest([row[i] for row in rows], SIZE, True))
        for i, head in enumerate(plot.weight_heads)
    ]


def _light_pitch(lights):
    """Few lights stand further apart, so that their heading has room."""
    return max(LIGHT_PITCH, _LIGHTS_HEADING / max(1, len(lights)) if len(lights) > 1 else 46)


def _dropped(plot, cells, lights, weighted):
    names = [
        f"{column.group} {column.heading}".strip()
        for i, column in enumerate(plot.columns)
        if i not in cells
    ]
    if not weighted and _weighted(plot):
        names.append("weight")
    if len(lights) < len(plot.domains):
        names.append("risk of bias by domain" if lights else "risk of bias")
    return tuple(names)
