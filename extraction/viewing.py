"""What a seat in the review sees of a study's comparison; every page of it asks here."""

import hashlib
from dataclasses import dataclass

from review.access import Can
from review.blinding import Sight, sight
from review.consensus import State

from . import adjudication
from .models import Entry, Opinion, Record

Choice = Opinion.Choice


@dataclass(frozen=True, slots=True)
class View:
    """How one person stands to one record. ``sight`` says how much of the two readings, of
    opinions and of who gave them may be shown; ``entries`` are those of the two, in order."""

    sight: Sight
    pair: bool
    third: bool
    entries: list

    @property
    def names(self):
        return self.sight == Sight.NAMED

    @property
    def content(self):
        return self.sight >= Sight.CONTENT


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two readings as it is shown: ``letter`` is how the page calls it, ``choice``
    what taking it means, ``who`` a name or ""."""

    letter: str
    choice: str
    who: str
    cell: object


def of_record(record, seat):
    """Return the ``View`` of a record. The two see each other once both have submitted, which
    is when a record exists; a third person sees what was said; all others wait for approval."""
    entries = list(
        Entry.objects.filter(study=record.study_id, form=record.form_id)
        .select_related("extractor")
        .order_by("pk")
    )
    pair = any(entry.extractor_id == seat.user.pk for entry in entries)
    third = seat.can(Can.SETTLE) and adjudication.may_judge(seat.user, record.study)
    approved = record.status == Record.Status.APPROVED
    seen = sight(
        own=False,
        state=State.SETTLED if approved else State.CONFLICT,
        third=third,
        pair=pair,
        names_to_third=record.study.review.arbiter_sees_names,
        nameless=seat.nameless,
    )
    return View(seen, pair, third, entries)


def sides(cell, seat, view):
    """Return the readings of a cell, A and B, as this seat may see them.

    The two see their own first. For anybody else the order is drawn for each cell by a hash,
    the same at every visit, so that A is not always the same person.
    """
    choices, readings = (Choice.FIRST, Choice.SECOND), (cell.first, cell.second)
    both = list(zip(choices, view.entries, readings, strict=False))
    if view.pair:
        both.sort(key=lambda side: side[1].extractor_id != seat.user.pk)
    elif hashlib.sha256(f"sides of cell {cell.pk}".encode()).digest()[0] % 2:
        both.reverse()
    return [
        Side(letter, choice, name_of(entry.extractor, seat, view), reading)
        for letter, (choice, entry, reading) in zip("AB", both, strict=False)
    ]


def name_of(person, seat, view):
    """How a page calls somebody: *You*, their name where names are shown, or ""."""
    if person == seat.user:
        return "You"
    return str(person) if view.names else ""
