"""The open differences of a review that one person may see, ordered by what matters."""

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from extraction import meeting, viewing, working
from extraction.models import Record, RecordCell

from . import impact

SHOWN = 200  # differences on one page


@dataclass(frozen=True, slots=True)
class Ranked:
    """An open difference and what it does, as a list of ``impact.Move``."""

    cell: RecordCell
    seen: working.Seen
    moves: list

    @property
    def matters(self):
        """Whether a reader of the results would see which reading was taken."""
        return any(move.turns or move.visible or not move.known for move in self.moves)


@dataclass(frozen=True, slots=True)
class Ranking:
    """``differences`` with those that matter first; ``outlooks`` an ``impact.Outlook`` a plan."""

    differences: list
    outlooks: list

    @property
    def moving(self):
        """How many can move a result."""
        return sum(one.matters for one in self.differences)


@dataclass(frozen=True, slots=True)
class Line:
    """One difference as a page shows it; ``page`` is the name of the URL where this person can
    say something to it."""

    ranked: Ranked
    diff: meeting.Difference
    page: str


def ranking(review, seat, record=None):
    """The ``Ranking`` of what a seat may see, of one record (by id) or of the review: nothing of
    records whose readings they may not see, not even a count."""
    seen = working.seen_by(review, seat)
    held = {
        cell: one
        for one in seen
        if one.record.status == Record.Status.COMPARING and record in (None, one.record.pk)
        for cell in one.record.cells.all()
        if cell.status != RecordCell.Status.CLOSED
    }
    moves, outlooks = impact.of(
        review.plans.filter(retired_at=None),
        [one.record for one in seen],
        {cell: _readings(cell, seat, one.view) for cell, one in held.items()},
    )
    ranked = [Ranked(cell, one, moves[cell.pk]) for cell, one in held.items()]
    ranked.sort(key=lambda one: (not one.matters, impact.weight(one.moves), one.cell.pk))
    return Ranking(ranked, outlooks)


def lines(ranked, seat):
    """The first ``Ranked`` as ``Line``, as many as a page shows."""
    ranked = ranked[:SHOWN]
    prefetch_related_objects([one.cell for one in ranked], "opinions__person")
    return [_line(one, seat) for one in ranked]


def _line(one, seat):
    record, view = one.seen.record, one.seen.view
    return Line(one, meeting.difference(one.cell, record, seat, view), _page(one.cell, view))


def _readings(cell, seat, view):
    """Readings A and B as this seat's pages letter them."""
    sides = [working.reading(side.cell) for side in viewing.sides(cell, seat, view)]
    return sides[0], sides[-1]


def _page(cell, view):
    if view.pair:
        return "record-compare"
    left_to_them = view.third and cell.status == RecordCell.Status.ESCALATED
    return "record-settle" if left_to_them else "record"
