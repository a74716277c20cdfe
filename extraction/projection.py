"""What the readings, opinions and ruling of one cell of a record come to. Pure."""

from dataclasses import dataclass

from review.consensus import Judgement, outcome

from . import schema as forms

EMPTY, UNCLEAR = "empty", "unclear"
OPEN, ESCALATED, CLOSED = "open", "escalated", "closed"
SAME, SINGLE, FIRST, SECOND, REWRITTEN = "same", "single", "first", "second", "rewritten"


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person says of a cell; state ``EMPTY`` when they left it without a row."""

    person: int
    state: str = EMPTY
    value: dict | None = None

    def meaning(self, field):
        return forms.identity(field, self.state, self.value)


@dataclass(frozen=True, slots=True)
class Projection:
    """How a cell stands. ``origin`` is "" and ``value`` is {} unless it is closed."""

    status: str
    origin: str = ""
    state: str = UNCLEAR
    value: dict | None = None


def project(field, readings, *, opinions=(), ruling=None, escalated=False):
    """Return the ``Projection`` of one cell.

    readings: the ``Voice`` of each extractor, one or two, in the order of the entries.
    opinions: later voices of the same people; each takes the place of that person's reading.
    ruling: the ``Voice`` of a third person, which counts only while the others differ.
    escalated: one of the two left the cell to the third person.
    """
    later = {voice.person: voice for voice in opinions}
    voices = [later.get(voice.person, voice) for voice in readings]
    came_to = outcome(
        [Judgement(voice.person, voice.meaning(field)) for voice in voices],
        required=len(readings),
        ruling=ruling and Judgement(ruling.person, ruling.meaning(field)),
    )
    if not came_to.closed or came_to.value == (EMPTY,):
        return Projection(ESCALATED if escalated else OPEN, value={})
    said = [*voices, *([ruling] if ruling else [])]
    stands = next(voice for voice in said if voice.meaning(field) == came_to.value)
    origin = _origin(came_to.value, [voice.meaning(field) for voice in readings])
    return Projection(CLOSED, origin, stands.state, stands.value or {})


def _origin(stands, read):
    """Whose reading it is that stands."""
    if stands not in read:
        return REWRITTEN
    if len(read) == 1:
        return SINGLE
    if read[0] == read[1]:
        return SAME
    return FIRST if stands == read[0] else SECOND
