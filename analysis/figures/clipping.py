"""Lines and areas cut where the axes end.

A frame places values (``at``) and knows its ``edges`` (left, top, right, bottom), both in px.
"""

from itertools import pairwise
from math import ceil, dist

from .svg import path

_STEP = 6  # px between the places along a line


def polyline(frame, line):
    """The parts of a line inside the axes, joined where they meet."""
    steps, last = [], None
    for one, two in _parts(frame, line):
        steps += ["L", *two] if one == last else ["M", *one, "L", *two]
        last = two
    return path(line.paint, *steps) if steps else ""


def along(frame, line):
    """Places every few px on the parts of a line inside the axes."""
    for one, two in _parts(frame, line):
        many = ceil(dist(one, two) / _STEP)
        for n in range(many + 1):
            share = n / max(many, 1)
            yield tuple(a + share * (b - a) for a, b in zip(one, two, strict=True))


def _parts(frame, line):
    for one, two in pairwise(zip(line.xs, line.ys, strict=True)):
        if cut := _cut(frame, frame.at(*one), frame.at(*two)):
            yield cut


def polygon(frame, area):
    """The part of an area inside the axes."""
    corners = [frame.at(x, y) for x, y in zip(area.xs, area.ys, strict=True)]
    for inside, meet in _edges(frame):
        kept = []
        for one, two in zip(corners, corners[1:] + corners[:1], strict=True):
            if inside(one):
                kept.append(one)
            if inside(one) != inside(two):
                kept.append(meet(one, two))
        corners = kept
    if not corners:
        return ""
    steps = [step for x, y in corners for step in ("L", x, y)]
    return path(area.paint, "M", *steps[1:], "Z")


def _cut(frame, one, two):
    """The part of a segment inside the axes, or None."""
    for inside, meet in _edges(frame):
        if not (inside(one) or inside(two)):
            return None
        if not inside(one):
            one = meet(one, two)
        elif not inside(two):
            two = meet(one, two)
    return one, two


def _edges(frame):
    """For each side of the axes: whether a place is within it, and where a segment meets it."""
    left, top, right, bottom = frame.edges
    sides = ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1))
    return [_edge(*side) for side in sides]


def _edge(axis, limit, sign):
    def inside(place):
        return sign * (place[axis] - limit) >= -1e-9

    def meet(one, two):
        share = (limit - one[axis]) / (two[axis] - one[axis])
        other = 1 - axis
        found = [0.0, 0.0]
        found[axis] = limit
        found[other] = one[other] + share * (two[other] - one[other])
        return tuple(found)

    return inside, meet
