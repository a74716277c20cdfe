"""How far two extractors agreed before they talked, and who turned out to be right. Pure.

A *case* is one cell that two people could read. What counts as a harmless difference is the
matter of ``extraction.comparing.differences``.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from review import agreement
from review.agreement import Coefficient

from .. import schema as forms
from ..comparing.differences import WORDS, Kind, compare
from ..comparing.readings import numbers

FIRST, SECOND, NEITHER = "first", "second", "neither"


@dataclass(frozen=True, slots=True)
class Case:
    """``readings`` are the two, each (state, value) or None for empty; ``people`` who gave them,
    ``kind`` how they differ and ``word`` its chip. ``right`` says of each whether it is what was
    approved, but for harmless differences; () while nothing is. ``ruled`` when a third person
    settled it."""

    form: str
    field: dict
    people: tuple
    readings: tuple
    kind: Kind
    word: str
    right: tuple
    ruled: bool


def case(*, form, field, people, readings, found, stands, ruled):
    """Make a ``Case``; ``found`` is the ``Difference`` of its readings, ``stands`` the approved
    reading as (state, value), or None."""
    right = () if stands is None else tuple(_is_right(field, one, stands) for one in readings)
    # The chip of merged arms holds their sum, which makes no type of its own.
    word = WORDS[found.kind] if found.kind == Kind.MERGED else found.word
    return Case(form, field, people, readings, found.kind, word, right, ruled)


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a form. ``same`` is a share with its interval; ``figures`` are (name,
    ``Coefficient``) of codes or numbers; ``apart`` are (name, repeatability in the field's unit).
    ``errors`` is the share of readings of approved studies that were wrong."""

    form: str
    field: dict
    n: int
    same: Coefficient
    figures: list
    apart: list
    differed: int
    ruled: int
    neither: int
    errors: Coefficient
    readings: int


@dataclass(frozen=True, slots=True)
class KindLine:
    """One type of difference, and which way those of approved studies went: one of the two
    readings, or neither."""

    word: str
    n: int
    ruled: int
    one: int
    neither: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One extractor (by key): how many of the readings in approved studies were right."""

    person: object
    readings: int
    wrong: int
    right: Coefficient


def by_field(cases):
    """The ``FieldLine`` of each field, the one that causes most trouble first."""
    held = defaultdict(list)
    for case in cases:
        held[case.form, case.field["key"]].append(case)
    lines = [_field(group) for group in held.values()]
    return sorted(lines, key=lambda line: (-line.differed, -line.ruled, line.field["label"]))


def by_kind(cases):
    """The ``KindLine`` of each type of difference that occurs, the most frequent first."""
    held = defaultdict(list)
    for case in cases:
        if case.kind != Kind.SAME:
            held[case.word].append(case)
    lines = []
    for word, group in held.items():
        settled = [case for case in group if case.right]
        one = sum(any(case.right) for case in settled)
        ruled = sum(case.ruled for case in group)
        lines.append(KindLine(word, len(group), ruled, one, len(settled) - one))
    return sorted(lines, key=lambda line: (-line.n, line.word))


def by_person(cases):
    """The ``PersonLine`` of everybody who extracted an approved study."""
    told = defaultdict(Counter)
    for case in cases:
        for person, right in zip(case.people, case.right, strict=False):
            told[person][right] += 1
    return [
        PersonLine(
            person,
            counted.total(),
            counted[False],
            agreement.share(counted[True], counted.total()),
        )
        for person, counted in told.items()
    ]


def _field(cases):
    field, kinds = cases[0].field, [case.kind for case in cases]
    settled = [case for case in cases if case.right]
    rights = [right for case in settled for right in case.right]
    parts = _parts(cases)
    return FieldLine(
        form=cases[0].form,
        field=field,
        n=len(cases),
        same=agreement.share(kinds.count(Kind.SAME), len(cases)),
        figures=[*_codes(cases), *((name, agreement.icc(rows)) for name, rows in parts)],
        apart=[(name, agreement.repeatability(rows)) for name, rows in parts],
        differed=len(cases) - kinds.count(Kind.SAME),
        ruled=sum(case.ruled for case in cases),
        neither=sum(not any(case.right) for case in settled),
        errors=agreement.share(rights.count(False), len(rights)),
        readings=len(rights),
    )


def _codes(cases):
    """Kappa and AC1 of a field with one of several codes; what gives no value is a code too."""
    if cases[0].field["kind"] != "choice":
        return []
    table = Counter(tuple(_code(one) for one in case.readings) for case in cases)
    found = agreement.agreement(table)
    return [("κ", found.kappa), ("AC1", found.ac1)]


def _code(reading):
    state, value = reading or ("empty", {})
    return value["code"] if state == forms.VALUE else f"({state})"


def _parts(cases):
    """For each number of the field's values: its name and the pairs that both read."""
    pairs = defaultdict(list)
    for case in cases:
        if all(one and one[0] == forms.VALUE for one in case.readings):
            found = [numbers(case.field, value) for _, value in case.readings]
            for name in found[0]:
                both = [side[name] for side in found]
                if None not in both:
                    pairs[name].append(tuple(map(float, both)))
    alone = len(pairs) == 1
    return [("" if alone else name, rows) for name, rows in pairs.items()]


def _is_right(field, reading, stands):
    found = compare(field, reading, stands)
    return found.kind == Kind.SAME or found.harmless
