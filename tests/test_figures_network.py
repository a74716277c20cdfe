"""The graph of a network and its heat: every name readable, every size as it should be."""

from itertools import pairwise

import pytest

from analysis.figures.matrix import Matrix, matrix
from analysis.figures.matrix import table as matrix_table
from analysis.figures.network import Edge, Network, Node, network, table
from analysis.figures.svg import NotDrawable

from .drawings import assert_readable, parsed, shapes, words_of

NAMES = ["Cognitive behavioural therapy for insomnia", "Usual care", "Zopiclone", "Placebo"]


def graph(n):
    """A star with a ring, names long and short."""
    names = [f"{NAMES[i % 4]} {i}" for i in range(n)]
    nodes = tuple(Node(name, 1 + i, 20 * i * i, i == 0) for i, name in enumerate(names))
    star = [Edge(names[0], name, 1 + i % 5) for i, name in enumerate(names[1:])]
    ring = [Edge(one, other, 1) for one, other in pairwise(names[1:])]
    return Network("A network", nodes, (*star, *ring))


@pytest.mark.parametrize("width", [340, 720])
@pytest.mark.parametrize("n", [2, 3, 4, 7, 12, 25])
def test_names_can_be_read(n, width):
    svg = network(graph(n), width=width)
    assert_readable(svg)
    said = words_of(svg)
    assert all(f" {i}" in said for i in range(n)) and "…" not in said
    assert len(shapes(svg, "f-random")) == n - 1 and len(shapes(svg, "f-common")) == 1


def test_sizes_follow_patients_and_studies():
    svg = network(graph(12))
    radii = sorted(float(c.get("r")) for c in shapes(svg, "f-random"))
    assert radii[-1] > 2 * radii[0]
    assert len({p.get("stroke-width") for p in shapes(svg, "f-link")}) == 5
    titles = [t.text for t in parsed(svg).iter("{http://www.w3.org/2000/svg}title")]
    assert "Usual care 1: 2 studies, 20 patients" in titles


def test_the_table_has_every_treatment_and_pair():
    found = table(graph(4))
    assert len(found.rows) == 4 + 5
    assert ("Usual care 1 with Zopiclone 2", "1", "") in found.rows


def test_what_is_no_network_is_refused():
    with pytest.raises(NotDrawable, match="two treatments"):
        network(Network("One", (Node("A", 1),), ()))
    with pytest.raises(NotDrawable, match="A with X"):
        network(Network("Two", (Node("A", 1), Node("B", 1)), (Edge("A", "X", 1),)))


@pytest.mark.parametrize(("size", "width"), [(1, 340), (6, 340), (30, 340), (30, 720)])
def test_a_matrix_can_be_read(size, width):
    names = tuple(f"Usual care : Treatment {i}" for i in range(size))
    values = tuple(tuple((i - j) * 1.5 + (i == j) for j in range(size)) for i in range(size))
    found = Matrix("Heat", names, values, "Inconsistency of", "when it is detached")
    svg = matrix(found, width=width)
    assert_readable(svg)
    assert len(shapes(svg, "f-random")) == size
    assert matrix_table(found).rows[0][1] == "1.00"
