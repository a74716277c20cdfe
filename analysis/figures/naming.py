"""Names beside points, placed so that none lies upon another name, a point or an edge."""

from dataclasses import dataclass
from itertools import chain

from .metrics import ellipsise, text_width
from .svg import text

SIZE = 12
MOST = 12  # names in one figure; who wants more reads the table
_WIDEST = 190  # px of a name
_GAP = 4
_UP, _DOWN = 9, 4  # px that a name reaches above and below its baseline


@dataclass(frozen=True, slots=True)
class Spot:
    """A drawn point: centre and radius in px; ``label`` is empty where it is not to be named."""

    x: float
    y: float
    radius: float
    label: str = ""


def names(spots, edges, lines=()):
    """The texts of the names of ``spots`` within ``edges`` (left, top, right, bottom).

    The points furthest from the middle of them all are named first. Each name is tried to the
    right, left, above, below and on the diagonals; one that finds no free place is left out.
    ``lines`` are places (x, y) that a name lies on only where it must.
    """
    if not any(spot.label for spot in spots):
        return []
    taken = [_box_of(spot) for spot in spots]
    crossed = [(x - 2, y - 2, x + 2, y + 2) for x, y in lines]
    marks = []
    for spot in _outermost(spots):
        place = next(chain(_free(spot, edges, taken + crossed), _free(spot, edges, taken)), None)
        if place and len(marks) < MOST:
            box, label = place
            taken.append(box)
            marks.append(text(box[0], box[3] - _DOWN, label, size=SIZE))
    return marks


def _outermost(spots):
    middle = [_median([getattr(spot, axis) for spot in spots]) for axis in ("x", "y")]
    named = [spot for spot in spots if spot.label]
    return sorted(named, key=lambda spot: -((spot.x - middle[0]) ** 2 + (spot.y - middle[1]) ** 2))


def _median(values):
    return sorted(values)[len(values) // 2]


def _free(spot, edges, taken):
    """The ``(box, label)`` around a spot that nothing lies on, the best first."""
    label = ellipsise(spot.label, _WIDEST, SIZE)
    wide, high = text_width(label, SIZE), _UP + _DOWN
    near, slant = spot.radius + _GAP, 0.7 * spot.radius + _GAP
    right, left, middle = spot.x + near, spot.x - near - wide, spot.y - high / 2
    for x, y in (
        (right, middle),
        (left, middle),
        (spot.x - wide / 2, spot.y - near - high),
        (spot.x - wide / 2, spot.y + near),
        (spot.x + slant, spot.y - slant - high),
        (spot.x + slant, spot.y + slant),
        (spot.x - slant - wide, spot.y - slant - high),
        (spot.x - slant - wide, spot.y + slant),
    ):
        box = (x, y, x + wide, y + high)
        inside = edges[0] <= x and edges[1] <= y and box[2] <= edges[2] and box[3] <= edges[3]
        if inside and not any(_overlap(box, other) for other in taken):
            yield box, label


def _box_of(spot):
    r = spot.radius
    return spot.x - r, spot.y - r, spot.x + r, spot.y + r


def _overlap(one, two):
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
