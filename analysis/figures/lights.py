"""Risk-of-bias lights: colour, symbol and word, never colour alone."""

import enum
from dataclasses import dataclass

from .svg import circle, join, text

LIGHT_PITCH = 22
_RADIUS = 8


class Light(enum.Enum):
    """The five levels that tools share; a tool's own word goes into ``Mark.word``."""

    LOW = "low"
    SOME = "some concerns"
    SERIOUS = "serious"
    HIGH = "high"
    NONE = "no information"


SYMBOLS = {
    Light.LOW: "+",
    Light.SOME: "−",
    Light.SERIOUS: "!",
    Light.HIGH: "×",
    Light.NONE: "?",
}
_PAINTS = {
    Light.LOW: ("f-low", "f-on-light"),
    Light.SOME: ("f-some", "f-on-dark"),
    Light.SERIOUS: ("f-serious", "f-on-dark"),
    Light.HIGH: ("f-high", "f-on-light"),
    Light.NONE: ("f-none", "f-on-light"),
}
NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Mark:
    """One judgement; ``word`` is the tool's own ("moderate", "critical"), else the level's."""

    light: Light
    word: str = ""

    @property
    def label(self):
        return self.word or self.light.value


def mark_label(mark):
    """The word of ``mark``; None has not been judged."""
    return mark.label if mark else NOT_JUDGED


def light_paint(light):
    """Class of the light and class of the symbol upon it."""
    return _PAINTS[light]


def draw_light(mark, cx, cy, radius=_RADIUS):
    """The light of ``mark`` about a centre; an empty dashed ring when nothing was judged."""
    if mark is None:
        return circle("f-missing", cx, cy, radius - 0.5)
    fill, ink = _PAINTS[mark.light]
    size = round(radius * 1.4)
    symbol = text(
        cx, cy + size * 0.36, SYMBOLS[mark.light], size=size, paint=ink, anchor="middle", bold=True
    )
    return join([circle(fill, cx, cy, radius), symbol])


def light_words(marks):
    """Light -> the words in use for it, in order of severity: {LOW: "low", HIGH: "critical"}."""
    words = {light: {} for light in Light}
    for mark in marks:
        if mark is not None:
            words[mark.light][mark.label] = None
    return {light: " or ".join(found) for light, found in words.items() if found}


def legend(marks):
    """One sentence for the symbols in use: "+ low, − some concerns"."""
    parts = [f"{SYMBOLS[light]} {words}" for light, words in light_words(marks).items()]
    if any(mark is None for mark in marks):
        parts.append(f"dashed {NOT_JUDGED}")
    return ", ".join(parts)
