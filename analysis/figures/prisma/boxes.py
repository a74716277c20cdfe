"""The boxes and arrows of a flow diagram."""

from dataclasses import dataclass

from ..metrics import wrap
from ..svg import join, path, rect, text, titled
from .data import Box, counted

_PAD = 11
_LEADING = 16
_TITLE_SIZE = 13
_LINE_SIZE = 12
_INDENT = 12
_PAINTS = {
    "node": ("f-node", "f-ink"),
    "aside": ("f-aside", "f-ink"),
    "open": ("f-open", "f-open-ink"),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its place, in px."""

    kind: str
    box: Box
    label: str
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self):
        return self.x + self.width

    @property
    def bottom(self):
        return self.y + self.height

    @property
    def centre(self):
        return self.x + self.width / 2

    @property
    def middle(self):
        return self.y + self.height / 2


def box_height(box, label, width):
    """The height that ``box`` needs at ``width``: it grows with its text."""
    return 2 * _PAD - 3 + _LEADING * len(_contents(box, label, width))


def place(kind, box, label, x, y, width, least=0):
    return Placed(kind, box, label, x, y, width, max(least, box_height(box, label, width)))


def _contents(box, label, width):
    """(indent, text, is title) of every line of text."""
    room = width - 2 * _PAD
    found = [(0, line, True) for line in wrap(counted(label, box.n), room, _TITLE_SIZE, bold=True)]
    for part in box.lines:
        indent = _INDENT if part.indent else 0
        content = part.label if part.n is None else counted(part.label, part.n)
        found += [(indent, line, False) for line in wrap(content, room - indent, _LINE_SIZE)]
    return found


def draw_box(placed):
    frame, ink = _PAINTS[placed.kind]
    marks = [rect(frame, placed.x, placed.y, placed.width, placed.height, rx=4)]
    y = placed.y + _PAD + 10
    for indent, content, title in _contents(placed.box, placed.label, placed.width):
        style = (
            {"size": _TITLE_SIZE, "bold": True, "paint": ink}
            if title
            else {"size": _LINE_SIZE, "paint": "f-soft"}
        )
        marks.append(text(placed.x + _PAD + indent, y, content, **style))
        y += _LEADING
    return titled(counted(placed.label, placed.box.n), *marks, href=placed.box.href)


def arrow_down(start, end):
    """From the bottom of one box straight to the top of the next."""
    x = end.centre
    return join([path("f-flow", "M", x, start.bottom, "V", end.y - 6), _tip(x, end.y, 0, -1)])


def arrows_aside(start, boxes):
    """From a box to those beside it: straight to the first, to the others around a corner."""
    marks = []
    leave = min([start.middle, *(box.middle for box in boxes[:1])])
    for number, end in enumerate(boxes):
        if number == 0:
            y, line = leave, path("f-flow", "M", start.right, leave, "H", end.x - 6)
        else:
            y, turn = end.middle, (start.right + end.x) / 2
            line = path("f-flow", "M", turn, leave, "V", y, "H", end.x - 6)
        marks.append(join([line, _tip(end.x, y, -1, 0)]))
    return join(marks)


def arrow_round(start, end, y, *, rail=None):
    """Down and then sideways into ``end`` at height ``y``: from below the middle of ``start``, or
    from its left side along the vertical ``rail``."""
    if rail is None:
        into = end.right if start.centre > end.right else end.x
        back = 6 if into == end.right else -6
        line = path("f-flow", "M", start.centre, start.bottom, "V", y, "H", into + back)
    else:
        into, back = end.x, -6
        line = path("f-flow", "M", start.x, start.middle, "H", rail, "V", y, "H", into + back)
    return join([line, _tip(into, y, 1 if back > 0 else -1, 0)])


def _tip(x, y, dx, dy):
    """The head of an arrow that ends in (x, y), coming from the side (dx, dy)."""
    bx, by = x + 7 * dx, y + 7 * dy
    return path("f-arrow", "M", x, y, "L", bx + 4 * dy, by + 4 * dx, bx - 4 * dy, by - 4 * dx, "Z")
