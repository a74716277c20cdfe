"""The key under a figure: what its lines, dots and shades mean."""

from dataclasses import dataclass

from .metrics import text_width
from .svg import circle, join, path, rect, text
from .theme import PAINTS

_SIZE, _LEADING = 12, 20
_SWATCH, _GAP, _APART = 22, 6, 18


@dataclass(frozen=True, slots=True)
class Key:
    """A class of the theme and what it stands for; a ``dot`` instead of a line or a shade."""

    paint: str
    words: str
    dot: bool = False


def draw_keys(keys, y, width):
    """The keys in lines of at most ``width`` px from ``y`` downwards. Returns (markup, height)."""
    marks, x, line = [], 2, 0
    for key in keys:
        wide = _SWATCH + _GAP + text_width(key.words, _SIZE)
        if x > 2 and x + wide > width - 2:
            x, line = 2, line + 1
        middle = y + _LEADING * (line + 0.5)
        marks += [_swatch(key, x, middle)]
        style = {"size": _SIZE, "paint": "f-soft"}
        marks.append(text(x + _SWATCH + _GAP, middle + 4, key.words, **style))
        x += wide + _APART
    return join(marks), _LEADING * (line + 1) if keys else 0


def _swatch(key, x, middle):
    if key.dot:
        return circle(key.paint, x + _SWATCH / 2, middle, 4.5)
    if PAINTS[key.paint].fill == "none":
        return path(key.paint, "M", x, middle, "h", _SWATCH)
    return rect(key.paint, x, middle - 6, _SWATCH, 12)
