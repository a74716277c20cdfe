"""Participant rows of two people against each other, and the rows that stand. Pure.

Rows are ``(key, values)`` pairs; ``values`` maps a field's key to its value and has no key for
a missing one. That a participant is in one table only is a difference of the field ``""``.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass

from .. import projection
from .. import schema as forms
from ..projection import Voice
from .mapping import plain_key

NOT_REPORTED = "not_reported"
IN, OUT = "in", "out"
PRESENCE = {
    "key": "",
    "label": "The whole row",
    "kind": "choice",
    "level": "participant",
    "options": [
        {"code": IN, "label": "Stands in the table"},
        {"code": OUT, "label": "Does not"},
    ],
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell, or whole row, that two people entered differently; None is a missing value."""

    key: str
    field: str
    first: dict | None
    second: dict | None


def compare(columns, first, second):
    """The ``Difference`` list of two tables, in the order of the first, then rows that only the
    second has. Participants are matched by ``plain_key``."""
    others = {plain_key(key): values for key, values in second}
    found = []
    for key, values in first:
        other = others.pop(plain_key(key), None)
        if other is None:
            found.append(Difference(key, "", _presence(IN), _presence(OUT)))
            continue
        for name, asked in columns.items():
            sides = values.get(name), other.get(name)
            if meaning(asked, sides[0]) != meaning(asked, sides[1]):
                found.append(Difference(key, name, *sides))
    alone = [key for key, _ in second if plain_key(key) in others]
    return found + [Difference(key, "", _presence(OUT), _presence(IN)) for key in alone]


def standing(first, second, settled):
    """The rows that stand: those of ``first``, with ``settled`` (``{(key, field): value}``, a
    missing one None) put in; rows of ``second`` alone come last when they were settled so."""
    changed = defaultdict(dict)
    for (key, field), value in settled.items():
        changed[key][field] = value
    kept = []
    for key, values in first:
        said = changed.get(key, {})
        if said.get("", _presence(IN)) == _presence(IN):
            merged = values | said
            kept.append((key, {name: value for name, value in merged.items() if name and value}))
    known = {key for key, _ in first}
    return kept + [
        (key, values)
        for key, values in second
        if key not in known and settled.get((key, "")) == _presence(IN)
    ]


def project(asked, people, sides, *, opinions=(), ruling=None, escalated=False):
    """The ``extraction.projection.Projection`` of one difference: each of ``people`` (ids) says
    at first what stands in their table (``sides``), then their opinion."""
    return projection.project(
        asked,
        [voice(person, side) for person, side in zip(people, sides, strict=True)],
        opinions=opinions,
        ruling=ruling,
        escalated=escalated,
    )


def voice(person, value):
    """What a value says; a missing one says that it is not reported."""
    return Voice(person, forms.VALUE, value) if value else Voice(person, NOT_REPORTED, {})


def meaning(asked, value):
    """Something equal for two values that mean the same."""
    return forms.identity(asked, forms.VALUE, value) if value else (NOT_REPORTED,)


def asked_of(columns, field):
    """The field of a difference; ``PRESENCE`` for a whole row."""
    return columns[field] if field else PRESENCE


def digest(found):
    """The sha256 of rows, in hexadecimal: the same rows in the same order give the same."""
    text = json.dumps([list(row) for row in found], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _presence(code):
    return {"code": code}
