"""How two readings of one cell differ, and whether that can be harmless. Pure.

Harmless means that no effect size computed from the one moves away from the other by more than
the rounding of what was printed, nor any number by more than a twentieth. What only context can
explain (arms swapped, an SE typed as SD, a slipped row) is told, and is never harmless.
"""

import enum
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from .. import schema as forms
from . import names, slips
from .exactly import agree, decimals, is_rounding, is_shift, is_slight, is_telling, is_transposed
from .readings import form, is_printed, leeway, numbers, printed

EMPTY = ("empty", {})
FIRST, SECOND = 0, 1


class Kind(enum.StrEnum):
    """The kinds of difference, from none to real."""

    SAME = "same"
    ROUNDING = "rounding"
    CONVERSION = "conversion"
    WORDING = "wording"
    SILENCE = "silence"
    SIGN = "sign"
    SWAPPED = "swapped"
    SHIFT = "shift"
    TRANSPOSED = "transposed"
    NEIGHBOUR = "neighbour"
    MERGED = "merged"
    MISSING = "missing"
    REAL = "real"


WORDS = {
    Kind.SAME: "both the same",
    Kind.ROUNDING: "rounding",
    Kind.CONVERSION: "conversion",
    Kind.WORDING: "wording",
    Kind.SILENCE: "no value, in other words",
    Kind.SIGN: "sign",
    Kind.SWAPPED: "swapped arms",
    Kind.SHIFT: "decimal shift",
    Kind.TRANSPOSED: "digits transposed",
    Kind.NEIGHBOUR: "neighbouring cell",
    Kind.MERGED: "merged arms",
    Kind.MISSING: "only one gives a value",
    Kind.REAL: "they differ",
}
CAN_BE_HARMLESS = (Kind.ROUNDING, Kind.CONVERSION, Kind.WORDING, Kind.SILENCE)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands near a cell: ``counts`` of its group (``Decimal``), and the two readings, as
    (state, value) or None, of the same field in the other ``arms`` and of ``neighbours``."""

    counts: tuple = ()
    arms: tuple = ()
    neighbours: tuple = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """``word`` is the chip. ``take`` is the side (0 or 1) that a harmless difference leaves
    standing: the longer number, or the one that needed no conversion."""

    kind: Kind
    word: str
    harmless: bool = False
    take: int | None = None


def compare(field, first, second, around=Around()):
    """Return the ``Difference`` of two readings, each (state, value), or None for empty."""
    left, right = first or EMPTY, second or EMPTY
    if forms.identity(field, *left) == forms.identity(field, *right):
        return told(Kind.SAME)
    given = [state == forms.VALUE for state, _ in (left, right)]
    if not any(given):
        return _silence(left, right)
    if not all(given):
        return told(Kind.MISSING)
    one, other = left[1], right[1]
    if field["kind"] in forms.TEXTS:
        alike = names.key(one["text"]) == names.key(other["text"])
        return told(Kind.WORDING, take=FIRST) if alike else told(Kind.REAL)
    if not numbers(field, one):
        return told(Kind.REAL)
    return _numbers(field, one, other, around)


def told(kind, word="", take=None):
    """A ``Difference``; one side to take makes it harmless."""
    return Difference(kind, word or WORDS[kind], take is not None, take)


def _silence(left, right):
    """Two ways to give no value; the more careful word stands."""
    order = ["unclear", "not_reported", "empty"]
    states = [state for state, _ in (left, right)]
    if not set(states) <= set(order):
        return told(Kind.MERGED)
    return told(Kind.SILENCE, take=states.index(min(states, key=order.index)))


def _numbers(field, one, other, around):
    """Two values made of numbers: what every part of them says together."""
    found = _declared(field, one, other)
    if found.kind != Kind.REAL:
        return found
    here = (forms.VALUE, one), (forms.VALUE, other)
    if any(_is_swap(field, here, there) for there in around.arms):
        return told(Kind.SWAPPED)
    by_part = _slip(field, one, other, around)
    if by_part.kind != Kind.REAL:
        return by_part
    if any(_is_neighbour(field, here, there) for there in (*around.arms, *around.neighbours)):
        return told(Kind.NEIGHBOUR)
    return told(Kind.REAL)


@dataclass(frozen=True, slots=True)
class _Part:
    """How one number of a value differs: by ``kind``; ``takes`` are the sides that can stand."""

    kind: Kind
    takes: frozenset = dataclass_field(default=frozenset({FIRST, SECOND}))
    harmless: bool = True


def _declared(field, one, other):
    """What the readings themselves explain: rounding, or another form of printing."""
    parts = [_declared_part(field, one, other, name) for name in numbers(field, one)]
    kinds = {part.kind for part in parts} - {Kind.SAME}
    if Kind.REAL in kinds or kinds >= {Kind.MISSING, Kind.CONVERSION}:
        return told(Kind.REAL)
    if Kind.MISSING in kinds:
        return told(Kind.MISSING)
    kind = Kind.CONVERSION if Kind.CONVERSION in kinds else Kind.ROUNDING
    takes = frozenset.intersection(*(part.takes for part in parts))
    harmless = all(part.harmless for part in parts) and takes
    return told(kind, take=min(takes) if harmless else None)


def _declared_part(field, one, other, name):
    a, b = numbers(field, one)[name], numbers(field, other)[name]
    if a == b:
        return _Part(Kind.SAME)
    if a is None or b is None:
        return _Part(Kind.MISSING)
    if is_printed(one, name) and is_printed(other, name):
        if not is_rounding(a, b):
            return _Part(Kind.REAL)
        return _Part(Kind.ROUNDING, frozenset({_longer(a, b)}), _is_slight(field, a, b))
    return _converted(field, one, other, name)


def _converted(field, one, other, name):
    """At least one of the two was derived: equal within what the printed numbers leave open."""
    a, b = numbers(field, one)[name], numbers(field, other)[name]
    if form(one) == form(other):
        return _same_form(field, one, other, is_slight(a, b))
    leeways = leeway(field, one, name), leeway(field, other, name)
    if None in leeways or abs(a - b) > sum(leeways):
        return _Part(Kind.REAL)
    plain = [side for side, value in enumerate((one, other)) if is_printed(value, name)]
    best = plain[0] if plain else leeways.index(min(leeways))
    slight = abs(a - b) <= leeways[best] and _is_slight(field, a, b)
    return _Part(Kind.CONVERSION, frozenset({best}), slight)


def _same_form(field, one, other, slight):
    """Derived alike from printed numbers of which one is the other rounded, or not."""
    mine, theirs = printed(one), printed(other)
    if set(mine) != set(theirs) or one.get("with") != other.get("with"):
        return _Part(Kind.REAL)
    pairs = [(mine[part], theirs[part]) for part in mine if mine[part] != theirs[part]]
    if not all(is_rounding(*pair) for pair in pairs):
        return _Part(Kind.REAL)
    takes = frozenset.intersection(*(frozenset({_longer(*pair)}) for pair in pairs))
    return _Part(Kind.ROUNDING, takes, slight and all(_is_slight(field, *p) for p in pairs))


def _longer(a, b):
    """The side with more decimals."""
    return FIRST if decimals(a) > decimals(b) else SECOND


def _is_slight(field, one, other):
    """A ratio must also stay on its side of 1."""
    ratio = field["kind"] == "estimate" and field.get("scale") == "log"
    return is_slight(one, other) and (not ratio or (one - 1) * (other - 1) > 0)


def _slip(field, one, other, around):
    """A slip of the hand in the numbers that differ, when it explains all of them."""
    if _is_turned(field, one, other):
        return told(Kind.SIGN)
    kinds = {}
    mine, theirs = numbers(field, one), numbers(field, other)
    for name, a in mine.items():
        b = theirs[name]
        if a is None or b is None:
            if a is not b:
                return told(Kind.REAL)
        elif _declared_part(field, one, other, name).kind == Kind.REAL:
            kind, word = _slip_of(field, name, a, b, around, (one, other))
            kinds[kind] = word
    if len(kinds) != 1:
        return told(Kind.REAL)
    return told(*kinds.popitem())


def _is_turned(field, one, other):
    """An estimate with its interval on the other side of 0."""
    if field["kind"] != "estimate":
        return False
    a, b = numbers(field, one), numbers(field, other)
    pairs = ((a["estimate"], b["estimate"]), (a["low"], b["high"]), (a["high"], b["low"]))
    if any((left is None) != (right is None) for left, right in pairs) or not a["estimate"]:
        return False
    return all(left is None or agree(left, -right) for left, right in pairs)


def _slip_of(field, name, a, b, around, values):
    """``(kind, chip)`` of one number against the other."""
    if a and agree(a, -b):
        return Kind.SIGN, ""
    typed = [str(value.get("printed", "")) for value in values]
    words = (
        (name == "sd" and slips.spread(a, b, around.counts))
        or (name in ("number", "events") and slips.share(field, a, b, around.counts))
        or (name == "number" and slips.unit(field, a, b, typed))
        or (field["kind"] == "estimate" and slips.logarithm(a, b))
    )
    if words:
        return Kind.CONVERSION, words
    for is_so, kind in ((is_shift, Kind.SHIFT), (is_transposed, Kind.TRANSPOSED)):
        if is_so(a, b):
            return kind, ""
    return Kind.REAL, ""


def _is_swap(field, here, there):
    """Whether the two arms carry each other's readings."""
    return (
        _matches(field, here[0], there[1])
        and _matches(field, here[1], there[0])
        and not _matches(field, *there)
    )


def _is_neighbour(field, here, there):
    """Whether one of the two typed here what the other reads in a cell nearby."""
    return any(
        _matches(field, here[side], there[1 - side]) and _tells(field, here[side])
        for side in (FIRST, SECOND)
    )


def _matches(field, reading, other):
    """Whether two readings hold the same numbers but for rounding."""
    if not reading or not other or {reading[0], other[0]} != {forms.VALUE}:
        return False
    mine, theirs = numbers(field, reading[1]), numbers(field, other[1])
    return all(
        (a is None and b is None) or (a is not None and b is not None and agree(a, b))
        for a, b in ((mine[name], theirs[name]) for name in mine)
    )


def _tells(field, reading):
    return any(n is not None and is_telling(n) for n in numbers(field, reading[1]).values())
