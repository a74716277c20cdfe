"""Who may see which participant rows; every page and the ledger ask here.

Typed rows are blind like cells: the two see each other once both have submitted, a third person
what they left, everybody else what was approved. A data set is no judgement of the person who
loaded it: whoever may check it sees it as soon as it waits for the check.
"""

from dataclasses import dataclass

from review.access import Can
from review.blinding import Sight, sight
from review.consensus import State, may_settle

from ..models import ParticipantRecord, ParticipantTable
from . import settling


@dataclass(frozen=True, slots=True)
class View:
    """How one person stands to the rows of a study. ``pair``: one of those who entered them;
    ``third``: may settle and approve them; ``checks``: may confirm them as a data set."""

    sight: Sight
    pair: bool
    third: bool
    checks: bool

    @property
    def content(self):
        return self.sight >= Sight.CONTENT

    @property
    def names(self):
        return self.sight == Sight.NAMED


def of_record(record, seat):
    """Return the ``View`` of a ``ParticipantRecord`` whose tables are loaded."""
    people = settling.extractors(record)
    outside = may_settle(seat.user.pk, people)
    data_set = record.first.way == ParticipantTable.Way.DATA_SET
    pair = seat.can(Can.EXTRACT) and not outside
    third = outside and seat.can(Can.SETTLE)
    checks = outside and data_set and seat.can(Can.EXTRACT)
    approved = record.status == ParticipantRecord.Status.APPROVED
    seen = sight(
        own=False,
        state=State.SETTLED if approved else State.CONFLICT,
        third=third or checks,
        pair=pair,
        names_to_third=seat.review.arbiter_sees_names,
        nameless=seat.nameless,
    )
    return View(seen, pair, third, checks)
