"""Who brought the changes between two snapshots about, and why: read from the ledger.

What was said of a record is told only where its readings may be seen now (``viewing``): a record
that is being compared again keeps its discussion to itself.
"""

from collections import defaultdict
from dataclasses import dataclass

from .. import appraisal_viewing, viewing
from ..models import Assessment, Record

SAID = {
    "cell.opinion": "agreed",
    "cell.rule": "ruled",
    "record.approve": "approved",
    "record.reopen": "opened again",
    "assessment.reopen": "opened again",
    "item.concede": "took the other's answer",
    "item.rule": "ruled",
}
OF_CELLS = ("cell.opinion", "cell.rule")


@dataclass(frozen=True, slots=True)
class Said:
    """One event behind a change; ``who`` is "" where names are not shown."""

    what: str
    who: str
    when: object
    why: str


class Whence:
    """The ledger between two snapshots, for one seat."""

    def __init__(self, old, new, seat):
        self.seat = seat
        self.events = defaultdict(list)
        ends = [_frozen(seat.review, snapshot) for snapshot in (old, new)]
        events = seat.review.events.filter(seq__gt=ends[0], seq__lt=ends[1], action__in=SAID)
        for event in events.select_related("actor").order_by("seq"):
            self.events[event.subject].append(event)
        records = list(
            Record.objects.filter(study__review=seat.review, pk__in=self._keys("record"))
        )
        views = viewing.of_records(records, seat) if records else {}
        self.shown = {f"record:{pk}": view.names for pk, view in views.items() if view.content}
        self.shown |= self._assessments()

    def of(self, change):
        """What was ``Said`` that led to a change: of its cell, or else of its record."""
        if change.subject not in self.shown:
            return []
        events = self.events[change.subject]
        if change.cell is not None:
            mine = [e for e in events if e.action in OF_CELLS and e.data["cell"] == change.cell]
            return [self._said(event) for event in mine]
        return [self._said(event) for event in events if event.action not in OF_CELLS]

    def of_study(self, changes):
        """What was ``Said`` of the records and appraisals of one study as a whole."""
        subjects = dict.fromkeys(change.subject for change in changes if change.cell is not None)
        return [
            self._said(event)
            for subject in subjects
            if subject in self.shown
            for event in self.events[subject]
            if event.action not in OF_CELLS
        ]

    def _said(self, event):
        names = self.shown[event.subject] and not self.seat.nameless
        data = event.data
        return Said(
            SAID[event.action],
            str(event.actor) if names and event.actor else "",
            event.at,
            data.get("reason") or data.get("note") or data.get("why") or "",
        )

    def _keys(self, noun):
        subjects = (subject.partition(":") for subject in self.events)
        return [int(key) for name, _, key in subjects if name == noun]

    def _assessments(self):
        rows = Assessment.objects.filter(
            study__review=self.seat.review,
            pk__in=self._keys("assessment"),
            status=Assessment.Status.SETTLED,
        )
        if not appraisal_viewing.protocol_reveals(self.seat.review):
            return {}
        return {f"assessment:{row.pk}": not self.seat.nameless for row in rows}


def _frozen(review, snapshot):
    """The number of the event that froze a snapshot."""
    event = review.events.filter(action="snapshot.freeze", subject=f"snapshot:{snapshot.pk}")
    return event.values_list("seq", flat=True).get()
