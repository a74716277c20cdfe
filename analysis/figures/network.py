"""The graph of a network: treatments on a circle, lines where studies compare them."""

import math
from dataclasses import dataclass

from .data_table import DataTable
from .metrics import text_width, wrap
from .svg import NotDrawable, circle, document, el, join, lines, number, path, text, titled
from .theme import painted

FONT, LEADING = 12, 14
NAMES_IN_LINES = 5  # a name takes no more of them
NODES = (5.0, 17.0)  # radius, px
EDGES = (1.0, 8.0)  # width, px
NAME = 95.0  # px that a long name takes on a narrow page
GAP = 9  # from a node to its name
COUNTED = 12  # so many lines carry their number of studies


@dataclass(frozen=True, slots=True)
class Node:
    """A treatment with its studies and patients (None where they are not known)."""

    name: str
    studies: int
    patients: int | None = None
    reference: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """Two treatments, by name, and how many studies compare them."""

    first: str
    second: str
    studies: int


@dataclass(frozen=True, slots=True)
class Network:
    """The whole graph. ``notes`` stand under it."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands, its radius, and the lines of its name with the middle of their box."""

    node: Node
    x: float
    y: float
    r: float
    lines: tuple
    right: bool
    label_x: float
    label_y: float


def network(graph, *, width=720, standalone=False):
    """``graph`` as SVG. Raises ``NotDrawable`` for fewer than two treatments or unknown ends."""
    check(graph)
    places, height = _places(graph, width)
    at = {place.node.name: place for place in places}
    notes = [line for note in graph.notes for line in wrap(note, width - 4, FONT)]
    return document(
        *(_edge(edge, at, graph) for edge in sorted(graph.edges, key=lambda e: -e.studies)),
        *(_node(place) for place in places),
        *_counts(graph, at),
        lines(2, height + 14, notes, leading=16, size=FONT, paint="f-soft"),
        width=width,
        height=round(height + 6 + 16 * len(notes)),
        title=graph.title,
        desc=f"{len(graph.nodes)} treatments and {len(graph.edges)} pairs of them that studies"
        " compare. The same numbers are in the table.",
        standalone=standalone,
    )


def table(graph):
    """Treatments, then pairs, each with studies and patients."""
    check(graph)
    nodes = [
        (n.name, str(n.studies), "" if n.patients is None else f"{n.patients:,}")
        for n in graph.nodes
    ]
    edges = [(f"{e.first} with {e.second}", str(e.studies), "") for e in graph.edges]
    header = ("Treatment, or pair of treatments", "Studies", "Patients")
    return DataTable(graph.title, header, (*nodes, *edges))


def check(graph):
    """Raise ``NotDrawable`` where ``graph`` is none."""
    names = {node.name for node in graph.nodes}
    if len(names) < 2 or len(names) < len(graph.nodes):
        raise NotDrawable("a network needs two treatments or more, each once")
    for edge in graph.edges:
        if not {edge.first, edge.second} <= names or edge.first == edge.second:
            raise NotDrawable(f"{edge.first} with {edge.second} are not two treatments of it")


def _ordered(graph):
    """Nodes around the circle so that lines are short: swaps are kept while they help."""
    order = list(range(len(graph.nodes)))
    index = {node.name: i for i, node in enumerate(graph.nodes)}
    ends = [(index[e.first], index[e.second]) for e in graph.edges]
    chord = [math.sin(math.pi * step / len(order)) for step in range(len(order))]

    def length(seats):
        return sum(chord[abs(seats[i] - seats[j])] for i, j in ends)

    best, improved = length(order), True
    while improved:
        improved = False
        for i in range(len(order)):
            for j in range(i):
                order[i], order[j] = order[j], order[i]
                now = length(order)
                if now < best - 1e-9:
                    best, improved = now, True
                else:
                    order[i], order[j] = order[j], order[i]
    return [node for _, node in sorted(zip(order, graph.nodes, strict=True), key=lambda p: p[0])]


def _places(graph, width):
    """Every node's ``_Place`` and the height that they need."""
    nodes = _ordered(graph)
    room = _room(nodes, width)
    named = [wrap(node.name, room, FONT, bold=node.reference, max_lines=NAMES_IN_LINES)
             for node in nodes]  # fmt: skip
    angles = [2 * math.pi * (i + 0.5) / len(nodes) - math.pi / 2 for i in range(len(nodes))]
    sides = [math.cos(angle) > -1e-9 for angle in angles]
    across = min(230.0, width / 2 - room - NODES[1] - GAP)
    # Many names on a narrow page make the circle a tall ellipse.
    tall = min(1.6 if across < 120 else 1.0, 0.5 + len(nodes) / 12)
    down = max(across * tall, _tallest(named, sides) / 2)
    middle = down + NODES[1] + LEADING
    level = [middle + down * math.sin(angle) for angle in angles]
    spread = _spread(level, [LEADING * len(name) for name in named], sides, 2 * middle)
    radii = _radii(nodes, min(across, down))
    xs = [across * math.cos(angle) for angle in angles]
    found = []
    for i, node in enumerate(nodes):
        away = min(abs(spread[i] - middle) / (down + NODES[1]), 1.0)
        beside = [
            abs(xs[j]) + radii[j]
            for j in range(len(nodes))
            if sides[j] == sides[i] and abs(level[j] - spread[i])
            < radii[j] + LEADING * len(named[i]) / 2
        ]  # fmt: skip
        out = max([(across + NODES[1]) * math.sqrt(1 - away**2), abs(xs[i]) + radii[i], *beside])
        label = width / 2 + (1 if sides[i] else -1) * (out + GAP / 2)
        found.append(_Place(node, width / 2 + xs[i], level[i], radii[i], tuple(named[i]),
                            sides[i], label, spread[i]))  # fmt: skip
    return found, 2 * middle


def _radii(nodes, circle_radius):
    """Areas grow with the patients; neighbours do not touch."""
    most = max((node.patients or 0) for node in nodes) or 1
    largest = max(NODES[0], min(NODES[1], 0.42 * 2 * math.pi * circle_radius / len(nodes)))
    least = min(NODES[0], 0.6 * largest)
    return [least + (largest - least) * math.sqrt((n.patients or 0) / most) for n in nodes]


def _room(nodes, width):
    """Px that a name may take on either side."""
    longest = max(text_width(node.name, FONT, node.reference) for node in nodes)
    return min(longest + 2, max(NAME, width * 0.2))


def _tallest(named, sides):
    """Px that the names of the fuller side take."""
    return max(
        sum(LEADING * len(name) + 2 for name, right in zip(named, sides, strict=True)
            if right == side)
        for side in (True, False)
    )  # fmt: skip


def _spread(level, heights, sides, bottom):
    """Middles of the names: as near to their nodes as they can be without touching."""
    found = list(level)
    for side in (True, False):
        order = sorted((i for i, s in enumerate(sides) if s == side), key=lambda i: level[i])
        top = 0.0
        for i in order:
            found[i] = max(found[i], top + heights[i] / 2 + 1)
            top = found[i] + heights[i] / 2 + 1
        floor = bottom
        for i in reversed(order):
            found[i] = min(found[i], floor - heights[i] / 2 - 1)
            floor = found[i] - heights[i] / 2 - 1
    return found


def _edge(edge, at, graph):
    one, other = at[edge.first], at[edge.second]
    most = max(e.studies for e in graph.edges)
    share = edge.studies / most if most > 1 else 0.0
    wide = EDGES[0] + (EDGES[1] - EDGES[0]) * share
    line = " ".join(["M", *map(number, (one.x, one.y)), "L", *map(number, (other.x, other.y))])
    drawn = el("path", d=line, **(painted("f-link") | {"stroke_width": wide}))
    return titled(f"{edge.first} with {edge.second}: {_studies(edge.studies)}", drawn)


def _node(place):
    node = place.node
    patients = "" if node.patients is None else f", {node.patients:,} patients"
    top = place.label_y - LEADING * len(place.lines) / 2 + 0.78 * LEADING
    anchor = "start" if place.right else "end"
    away = math.hypot(place.label_x - place.x, place.label_y - place.y) > place.r + 2 * GAP
    edge = place.label_x + (-3 if place.right else 3)
    leader = path("f-axis", "M", place.x, place.y, "L", edge, place.label_y) if away else ""
    return titled(
        f"{node.name}: {_studies(node.studies)}{patients}",
        leader,
        circle("f-random" if not node.reference else "f-common", place.x, place.y, place.r),
        lines(place.label_x, top, place.lines, leading=LEADING, size=FONT, anchor=anchor,
              bold=node.reference),
    )  # fmt: skip


def _counts(graph, at):
    """How many studies, on the lines of a small network; nearer to one end where lines cross."""
    if len(graph.edges) > COUNTED:
        return
    taken = []
    for edge in graph.edges:
        one, other = at[edge.first], at[edge.second]
        for share in (0.5, 0.4, 0.6, 0.3, 0.7):
            x, y = one.x + share * (other.x - one.x), one.y + share * (other.y - one.y)
            if all(math.hypot(x - a, y - b) > 20 for a, b in taken):
                break
        else:
            continue
        taken.append((x, y))
        yield join([
            circle("f-ground", x, y, 8),
            text(x, y + 4, str(edge.studies), size=FONT, anchor="middle", paint="f-soft"),
        ])  # fmt: skip


def _studies(number):
    return f"{number} stud{'y' if number == 1 else 'ies'}"
