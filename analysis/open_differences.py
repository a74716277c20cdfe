"""The open differences of a review that one person may see, ordered by what matters."""

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from extraction import meeting, viewing, working
from extraction.consensus import differing
from extraction.models import Opinion, Record, RecordCell

from . import impact, kinds

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

    def compared(self):
        """Those that stand on this person's page of a comparison: all open ones for the two, those
        left to a third person for anybody else."""
        left = RecordCell.Status.ESCALATED
        kept = [one for one in self.differences if one.seen.view.pair or one.cell.status == left]
        return Ranking(kept, self.outlooks)


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
        if _compared(one.record) and record in (None, one.record.pk)
        for cell in one.record.cells.all()
        if cell.status != RecordCell.Status.CLOSED
    }
    moves, outlooks = impact.of(
        [plan for plan in review.plans.filter(retired_at=None) if kinds.is_pairwise(plan.spec)],
        working.content(seen),
        {cell: _readings(cell, seat, one) for cell, one in held.items()},
    )
    ranked = [Ranked(cell, one, moves[cell.pk]) for cell, one in held.items()]
    ranked.sort(key=lambda one: (not one.matters, impact.weight(one.moves), one.cell.pk))
    return Ranking(ranked, outlooks)


def lines(ranked, seat):
    """The first ``Ranked`` as ``Line``, as many as a page shows."""
    ranked = ranked[:SHOWN]
    prefetch_related_objects([one.cell for one in ranked], "opinions__person")
    kinds = {}
    for seen in {one.seen.record.pk: one.seen for one in ranked}.values():
        cells = list(seen.record.cells.all())
        chosen = [one.cell for one in ranked if one.seen is seen]
        kinds |= differing.among(seen.record, cells, chosen, seen.merged)
    return [_line(one, seat, kinds[one.cell.pk]) for one in ranked]


def _line(one, seat, found):
    record, view, cell = one.seen.record, one.seen.view, one.cell
    also = one.seen.merged.get(cell.pk, ())
    diff = meeting.difference(cell, record, seat, view, found=found, also=also)
    return Line(one, diff, _page(cell, view))


def _compared(record):
    """Whether it is the values that are compared now: arms and outcomes come before them."""
    confirmed = record.structure == Record.Structure.CONFIRMED
    return record.status == Record.Status.COMPARING and confirmed


def _readings(cell, seat, seen):
    """Readings A and B as this seat's pages letter them."""
    first, second = seen.readings(cell)
    held = {Opinion.Choice.FIRST: first, Opinion.Choice.SECOND: second}
    sides = viewing.sides(cell, seat, seen.view)
    return held[sides[0].choice], held[sides[-1].choice]


def _page(cell, view):
    """The name of the URL where this person can say something to a cell."""
    if view.pair:
        return "record-compare"
    left_to_them = view.third and cell.status == RecordCell.Status.ESCALATED
    return "record-settle" if left_to_them else "record"
