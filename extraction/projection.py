"""What the readings, opinions and ruling of one cell of a record come to. Pure."""

from dataclasses import dataclass

from review.consensus import Judgement, outcome

from . import schema as forms

EMPTY, UNCLEAR, SEVERAL = "empty", "unclear", "several"
OPEN, ESCALATED, CLOSED, CONFIRMED = "open", "escalated", "closed", "confirmed"
SAME, SINGLE, FIRST, SECOND, REWRITTEN = "same", "single", "first", "second", "rewritten"


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person says of a cell; state ``EMPTY`` when they left it without a row,
    ``SEVERAL`` when the arms of theirs that were merged hold different values."""

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


def project(field, readings, *, opinions=(), ruling=None, escalated=False, agreed=None):
    """Return the ``Projection`` of one cell.

    readings: the ``Voice`` of each extractor, one or two, in the order of the entries.
    opinions: later voices of the same people; each takes the place of that person's reading.
    ruling: the ``Voice`` of a third person, which counts only while the others differ.
    escalated: one of the two left the cell to the third person.
    agreed: the side (0 or 1) that the review's rule for harmless differences lets stand.
    """
    later = {voice.person: voice for voice in opinions}
    voices = [later.get(voice.person, voice) for voice in readings]
    came_to = outcome(
        [Judgement(voice.person, voice.meaning(field)) for voice in voices],
        required=len(readings),
        ruling=ruling and Judgement(ruling.person, ruling.meaning(field)),
    )
    if not came_to.closed and agreed is not None:
        stands, origin = readings[agreed], (FIRST, SECOND)[agreed]
        return Projection(CLOSED, origin, stands.state, stands.value or {})
    if not came_to.closed or came_to.value in ((EMPTY,), (SEVERAL,)):
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


@dataclass(frozen=True, slots=True)
class Structure:
    """How the alignment of a record stands; ``groups`` are the ones settled on, else None."""

    status: str
    groups: tuple | None = None


def project_structure(people, *, certain=None, said=None, left=(), ruling=None):
    """Return the ``Structure`` of a record.

    people: who extracted, one or two. certain: the proposed groups when both had named
    everything alike, which is then what each of them has said at first. said: ``{person:
    groups}``. left: who left it to the third person. ruling: ``(person, groups)``, which counts
    only while the others differ.
    """
    said = said or {}
    voices = [
        Judgement(person, ("left", person) if person in left else said.get(person, certain))
        for person in people
    ]
    # Who has said nothing differs from everybody, so that one voice alone confirms nothing.
    voices = [
        v if v.value is not None else Judgement(v.person, ("silent", v.person)) for v in voices
    ]
    came_to = outcome(voices, required=len(people), ruling=ruling and Judgement(*ruling))
    if came_to.closed:
        return Structure(CONFIRMED, came_to.value)
    return Structure(ESCALATED if left else OPEN)
