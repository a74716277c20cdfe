"""Harmless differences: the rule of a review that agrees them, and one person who accepts all."""

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove

from .. import schema as forms
from ..comparing.differences import CAN_BE_HARMLESS, compare
from ..models import HarmlessRule, Opinion, Record, RecordCell
from . import cells as standing
from .locking import check_third, comparing, tell

Status, Role = RecordCell.Status, Opinion.Role
SIDES = (Opinion.Choice.FIRST, Opinion.Choice.SECOND)


def kinds_of(review):
    """The kinds of harmless difference that the review's rule agrees; none until it is set."""
    rule = HarmlessRule.objects.filter(review=review).first()
    return tuple(rule.kinds) if rule else ()


@transaction.atomic
def set_rule(*, review, actor, kinds, key=None):
    """Say which kinds are agreed without asking the two, and agree those that are open now.

    What was agreed under an earlier rule stays agreed. Raises ``IllegalMove`` for a kind that
    is never harmless.
    """
    if ledger.already(review=review, actor=actor, key=key):
        return HarmlessRule.objects.get(review=review)
    wanted = [str(kind) for kind in CAN_BE_HARMLESS if kind in kinds]
    if len(wanted) != len(set(kinds)):
        raise IllegalMove("Only a rounding, a conversion, a wording or two words for no value can"
                          " be harmless.")  # fmt: skip
    rule, _ = HarmlessRule.objects.update_or_create(
        review=review, defaults={"kinds": wanted, "set_by": actor, "set_at": timezone.now()}
    )
    records = Record.objects.filter(
        study__review=review,
        status=Record.Status.COMPARING,
        structure=Record.Structure.CONFIRMED,
    )
    agreed = sum(apply(comparing(record), actor) for record in records.order_by("pk"))
    ledger.record(
        review=review, actor=actor, action="harmless.rule", subject=f"review:{review.pk}",
        data={"kinds": wanted, "agreed": agreed}, key=key,
    )  # fmt: skip
    return rule


def apply(record, actor):
    """Close the open cells of a record that the rule agrees and nobody has spoken of; returns
    how many. Belongs to a door that holds the lock on the record."""
    kinds = kinds_of(record.study.review)
    if not kinds or record.structure != Record.Structure.CONFIRMED:
        return 0
    people, agreed = standing.extractors(record), []
    for cell, found in _harmless(record, Status.OPEN, opinions=None):
        if found.kind in kinds:
            cell.by_rule = str(found.kind)
            standing.write(cell, standing.projected(record, cell, people), None)
            agreed.append(cell)
    RecordCell.objects.bulk_update(agreed, standing.DECIDED)
    if agreed:
        tell(record, actor, "cell.agree_by_rule",
             cells={cell.path: cell.by_rule for cell in agreed})  # fmt: skip
    return len(agreed)


@transaction.atomic
def accept(*, record, person, kind, key=None):
    """Take what a harmless difference leaves standing, in all open cells of one kind at once.

    For one of the two this closes the cells in which they give way; where their own reading is
    the one to stand, the other has to accept too. A third person settles what was left to them.
    Returns ``(closed, spoken of)``.
    """
    record = comparing(record)
    if ledger.already(review=record.study.review, actor=person, key=key):
        return 0, 0
    if record.structure != Record.Structure.CONFIRMED:
        raise IllegalMove("First confirm which arms and outcomes belong together.")
    people = standing.extractors(record)
    pair = person.pk in people
    if not pair:
        check_third(record, person)
    given = []
    for cell, found in _harmless(record, Status.OPEN if pair else Status.ESCALATED):
        if found.kind != kind:
            continue
        said = (cell.first, cell.second)[found.take]
        role = Role.EXTRACTOR if pair else Role.ARBITER
        standing.give(cell, person, role, SIDES[found.take], said.state, said.value, "")
        standing.settle(record, cell, people)
        given.append(cell)
    RecordCell.objects.bulk_update(given, standing.DECIDED)
    closed = sum(cell.status == Status.CLOSED for cell in given)
    tell(record, person, "cell.accept_kind", key=key, kind=str(kind), closed=closed,
         cells=[cell.path for cell in given])  # fmt: skip
    return closed, len(given)


def _harmless(record, status, **only):
    """``(cell, Difference)`` of the cells in one status whose difference is harmless."""
    asked = forms.fields(record.version.schema)
    cells = record.cells.filter(status=status, **only).select_related("first", "second")
    merged = standing.merged(record)
    for cell in cells:
        if cell.pk not in merged:
            readings = standing.reading(cell.first), standing.reading(cell.second)
            found = compare(asked[cell.field], *readings)
            if found.harmless:
                yield cell, found
