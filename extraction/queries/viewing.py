"""Who may see which query: whoever may see the readings of its entry, and nobody else.

Until the other extractor has submitted, not even that a query exists is told. A third person who
does not see names reads the question and the answer, and not the letter, which may greet somebody.
"""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from review.access import Can
from review.blinding import Sight, sight
from review.consensus import State, may_settle

from .. import progress, schema
from ..models import AuthorQuery, Cell, Entry, Record


@dataclass(frozen=True, slots=True)
class Told:
    """A query as one person sees it. ``who`` is "" where names are not shown; ``filled`` names
    the cells that rest on the answer."""

    query: AuthorQuery
    mine: bool
    named: bool
    who: str
    filled: list

    @property
    def due(self):
        """Whether its extractor meant to look for an answer by today."""
        day = self.query.remind_on
        return bool(day) and day <= timezone.localdate()

    @property
    def letter(self):
        """The name of the file that may be opened, or ""."""
        return self.query.file_name if self.named else ""

    @property
    def reminders(self):
        return [datetime.date.fromisoformat(day) for day in self.query.reminders]


def shown(seat, **wanted):
    """Every query of the review that ``seat`` may see, newest first, as a list of ``Told``;
    ``wanted`` narrows them."""
    rows = AuthorQuery.objects.filter(entry__study__review=seat.review, **wanted)
    rows = list(
        rows.select_related("entry__study__review", "entry__form", "entry__version",
                            "entry__extractor")
    )  # fmt: skip
    sights = _sights(seat, [row.entry for row in rows])
    seen = [row for row in rows if sights[row.entry_id] > Sight.NOTHING]
    cells = _filled(seen)
    return [_told(row, seat, sights[row.entry_id], cells.get(row.pk, [])) for row in seen]


def _told(query, seat, seen, filled):
    person = query.entry.extractor
    mine, named = person == seat.user, seen is Sight.NAMED
    who = "You" if mine else str(person) if named else ""
    return Told(query, mine, named, who, filled)


def _sights(seat, entries):
    """How much of each entry ``seat`` may see, by its id; four queries, however many."""
    studies = {entry.study_id for entry in entries}
    records = {
        (record.study_id, record.form_id): record.status
        for record in Record.objects.filter(study__in=studies)
    }
    people = {}
    for study, form, person in Entry.objects.filter(study__in=studies).values_list(
        "study", "form", "extractor"
    ):
        people.setdefault(study, set()).add((form, person))
    return {entry.pk: _sight(seat, entry, records, people[entry.study_id]) for entry in entries}


def _sight(seat, entry, records, people):
    third = seat.can(Can.SETTLE) and may_settle(seat.user.pk, {person for _, person in people})
    status = records.get((entry.study_id, entry.form_id))
    state = {None: State.WAITING, Record.Status.APPROVED: State.SETTLED}.get(status, State.CONFLICT)
    return sight(
        own=entry.extractor_id == seat.user.pk,
        state=state,
        third=third,
        pair=(entry.form_id, seat.user.pk) in people,
        names_to_third=seat.review.arbiter_sees_names,
        nameless=seat.nameless,
    )


def _filled(queries):
    """``{query: names of the cells that rest on it}``."""
    found = {}
    cells = Cell.objects.filter(query__in=queries).select_related(
        "entry__version", "arm", "outcome"
    )
    for cell in cells.order_by("saved_at", "pk"):
        field = schema.fields(cell.entry.version.schema)[cell.field]
        name = progress.named(field, cell.arm, cell.outcome)
        found.setdefault(cell.query_id, []).append(name)
    return found
