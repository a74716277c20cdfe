"""What a seat in the review sees of a study's comparison; every page of it asks here."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from review.access import Can
from review.blinding import Sight, sight
from review.consensus import State, may_settle

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
    return of_records([record], seat)[record.pk]


def of_records(records, seat):
    """Return ``{record id: View}``, with one query for many records of the seat's review."""
    studies = defaultdict(list)
    entries = Entry.objects.filter(study__review=seat.review)
    if len(records) == 1:
        entries = entries.filter(study=records[0].study_id)
    for entry in entries.select_related("extractor").order_by("pk"):
        studies[entry.study_id].append(entry)
    return {record.pk: _view(record, seat, studies[record.study_id]) for record in records}


def _view(record, seat, entries):
    """``entries`` are those of the study, with any form: their authors are never a third one."""
    ours = [entry for entry in entries if entry.form_id == record.form_id]
    pair = any(entry.extractor_id == seat.user.pk for entry in ours)
    judges = {entry.extractor_id for entry in entries}
    third = seat.can(Can.SETTLE) and may_settle(seat.user.pk, judges)
    approved = record.status == Record.Status.APPROVED
    seen = sight(
        own=False,
        state=State.SETTLED if approved else State.CONFLICT,
        third=third,
        pair=pair,
        names_to_third=seat.review.arbiter_sees_names,
        nameless=seat.nameless,
    )
    return View(seen, pair, third, ours)


def lettered(record_id, seat, view):
    """Which entry is A and which is B on this person's pages: ``[(letter, place, who)]``, the
    place being 0 for the first entry.

    The two see their own first. For anybody else the order is drawn for each record and
    person, the same at every visit, so that A is not always the one who began first.
    """
    places = list(range(len(view.entries)))
    if view.pair:
        places.sort(key=lambda place: view.entries[place].extractor_id != seat.user.pk)
    elif drawn(record_id, seat.user):
        places.reverse()
    return [
        (letter, place, name_of(view.entries[place].extractor, seat, view))
        for letter, place in zip("AB", places, strict=False)
    ]


def sides(cell, seat, view):
    """Return the readings of a cell, A and B, as this seat may see them."""
    choices, readings = (Choice.FIRST, Choice.SECOND), (cell.first, cell.second)
    return [
        Side(letter, choices[place], who, readings[place])
        for letter, place, who in lettered(cell.record_id, seat, view)
    ]


def drawn(record_id, user):
    """Whether this person's pages letter the second entry of a record A."""
    lot = salted_hmac("sides of a record", f"{record_id} {user.pk}", algorithm="sha256")
    return bool(lot.digest()[0] % 2)


def turned(cell):
    """Whether the lot of this cell puts its second reading before its first."""
    return bool(hashlib.sha256(f"sides of cell {cell.pk}".encode()).digest()[0] % 2)


def name_of(person, seat, view):
    """How a page calls somebody: *You*, their name where names are shown, or ""."""
    if person == seat.user:
        return "You"
    return str(person) if view.names else ""
