"""The PRISMA diagram: every template readable, every count in drawing and table."""

import math
import re
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.figures import prisma
from analysis.figures.prisma import Box, Line, OtherMethods, PrismaFlow, Stage
from analysis.figures.svg import NotDrawable
from tests.drawings import LABELS, assert_readable, shapes, texts, words_of


def flow(label="in PubMed", n=2460, waiting=165):
    lines = (Line(f"MEDLINE {label}", 3192), Line("Registers", 220, indent=True))
    stages = (
        Stage(Box(3412, lines=lines, href="/records/"), Box(952)),
        Stage(Box(n), Box(2211), Box(waiting)),
        Stage(Box(84), Box(6)),
        Stage(Box(66), Box(48, lines=(Line(label, 48),)), Box(12)),
        Stage(Box(16, lines=(Line("Reports of included studies", 18),)), waiting=Box(2)),
    )
    return PrismaFlow(*stages)


OTHER = OtherMethods(Stage(Box(40)), Stage(Box(40), Box(2)), Stage(Box(38), Box(None)))
FLOWS = {
    "databases": flow(),
    "other methods": replace(flow(), other=OTHER),
    "update": replace(flow(), previous=Box(9), total=Box(25)),
    "everything": replace(flow(), other=OTHER, previous=Box(9), total=Box(25)),
}
NODES = ("f-node", "f-aside", "f-open")


def assert_boxes_hold_their_text(svg):
    boxes = [
        tuple(float(n.get(key)) for key in ("x", "y", "width", "height"))
        for paint in NODES
        for n in shapes(svg, paint)
    ]
    for (x, y, w, h), (x2, y2, w2, h2) in combinations(boxes, 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    for left, top, right, bottom, content in texts(svg):
        for x, y, w, h in boxes:
            if x <= left <= x + w and y <= top <= y + h:
                assert right <= x + w and bottom <= y + h, f"{content!r} leaves its box"


@pytest.mark.parametrize("width", [300, 360, 640, 760, 1100])
@pytest.mark.parametrize("name", FLOWS)
def test_prisma_is_readable_in_every_template(name, width):
    svg = prisma.prisma(FLOWS[name], width=width)
    assert_readable(svg)
    assert_boxes_hold_their_text(svg)
    for word in ("Previous studies", "via other methods"):
        present = {"Previous studies": FLOWS[name].previous, "via other methods": FLOWS[name].other}
        assert (word in words_of(svg)) == bool(present[word])


@settings(max_examples=40, deadline=None)
@given(LABELS, st.integers(0, 10**9), st.sampled_from([300, 700, 1100]))
def test_prisma_boxes_grow_with_any_text(label, n, width):
    svg = prisma.prisma(replace(flow(label, n), other=OTHER), width=width)
    assert_readable(svg)
    assert_boxes_hold_their_text(svg)


@pytest.mark.parametrize("name", FLOWS)
def test_prisma_table_says_what_the_drawing_says(name):
    shown = words_of(prisma.prisma(FLOWS[name]))
    rows = prisma.table(FLOWS[name]).rows
    assert all(f"{label} (n = {n})" in shown for _, label, n in rows)
    assert len(re.findall(r"\(n = ", shown)) == len(rows)


def test_prisma_draws_open_work_until_there_is_none():
    svg = prisma.prisma(flow())
    assert len(shapes(svg, "f-open")) == 3
    assert "Not settled yet (n = 165)" in words_of(svg)
    assert "The diagram is final when there are none." in words_of(svg)
    settled = replace(flow(waiting=0), eligibility=Stage(Box(66), Box(48)), included=Stage(Box(16)))
    svg = prisma.prisma(settled)
    assert not shapes(svg, "f-open")
    assert "open work" not in words_of(svg)


@pytest.mark.parametrize("n", [-1, 2.5, math.nan])
def test_prisma_refuses_what_is_no_count(n):
    with pytest.raises(NotDrawable, match=r"'Records screened': .* is not a count"):
        prisma.prisma(flow(n=n))
    assert "(n = not recorded)" in words_of(prisma.prisma(flow(n=None)))
