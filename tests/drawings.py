"""Reading a drawing back: its texts with their boxes, its shapes, and whether it can be read."""

import re
from itertools import combinations
from xml.etree import ElementTree

from hypothesis import strategies as st

from analysis.figures.metrics import text_width

SVG = "{http://www.w3.org/2000/svg}"
LABELS = st.text(max_size=60) | st.text("abcdefg WMil.,−", min_size=1, max_size=120)


def parsed(svg):
    return ElementTree.fromstring(svg)


def texts(svg):
    """(left, top, right, bottom, content) of every text, by our own metrics."""
    found = []
    for node in parsed(svg).iter(f"{SVG}text"):
        size = float(node.get("font-size"))
        width = text_width(node.text, size, node.get("font-weight") == "700")
        shift = {"end": 1, "middle": 0.5}.get(node.get("text-anchor"), 0)
        left, top = float(node.get("x")) - shift * width, float(node.get("y")) - 0.75 * size
        box = (left, top, left + width, top + 0.9 * size)
        if turned := re.match(r"translate\((\S+) (\S+)\)", node.get("transform", "")):
            x, y = map(float, turned.groups())
            box = (x + box[1], y - box[2], x + box[3], y - box[0])
        found.append((*box, node.text))
    return found


def assert_readable(svg):
    """No text upon another, none outside the drawing."""
    x, y, width, height = map(float, parsed(svg).get("viewBox").split())
    boxes = texts(svg)
    for left, top, right, bottom, content in boxes:
        assert x - 1 <= left and right <= x + width + 1, f"{content!r} leaves the drawing"
        assert y - 1 <= top and bottom <= y + height + 1, f"{content!r} leaves the drawing"
    for a, b in combinations(boxes, 2):
        apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5
        assert apart, f"{a[4]!r} lies on {b[4]!r}"


def words_of(svg):
    return " ".join(content for *_, content in texts(svg)).replace("\u00a0", " ")


def shapes(svg, paint):
    return [node for node in parsed(svg).iter() if node.get("class") == paint]
