"""The first pass: which units of two entries belong together. The two confirm it, or a third
person rules; values wait until then, and it can be corrected as long as they are compared.

The rule is ``review.consensus``: each of the two has a voice. Where both had named everything
alike, that is what both have said.
"""

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove

from .. import projection
from ..models import Opinion, StructureOpinion, UnitKind
from . import building, harmless
from .cells import extractors
from .locking import check_third, comparing, tell

Role = Opinion.Role


@transaction.atomic
def confirm(*, record, person, groups, note="", key=None):
    """Say which units belong together, as one of the two or as the third person it was left to.

    ``groups``: ``[[unit ids of the first entry], [of the second]]``, every unit once. When it is
    settled the record is built on it; a cell whose readings stay together keeps its opinions.
    Raises ``IllegalMove``.
    """
    record = comparing(record)
    if ledger.already(review=record.study.review, actor=person, key=key):
        return record
    role = _role(record, person)
    groups = building.canonical(groups)
    entries = building.settled_entries(record)
    _check(groups, entries)
    _say(record, person, role, note, groups=groups)
    dropped = _bring_up_to_date(record, entries)
    tell(record, person, "structure.confirm", key=key, groups=groups, note=note,
         structure=record.structure, dropped=dropped)  # fmt: skip
    harmless.apply(record, person)
    return record


@transaction.atomic
def leave(*, record, person, note="", key=None):
    """One of the two leaves it to the third person which units belong together."""
    record = comparing(record)
    if ledger.already(review=record.study.review, actor=person, key=key):
        return record
    if _role(record, person) == Role.ARBITER:
        raise IllegalMove("There is nobody after you to leave this to. Say what belongs together.")
    _say(record, person, Role.EXTRACTOR, note, escalated=True)
    _bring_up_to_date(record, building.settled_entries(record))
    tell(record, person, "structure.leave", key=key, note=note, structure=record.structure)
    return record


def projected(record, people):
    """The ``projection.Structure`` of a record from its proposal and the opinions on it."""
    opinions = list(record.structure_opinions.all())
    said = {o.person_id: building.canonical(o.groups) for o in opinions if not o.escalated}
    ruling = next((o.person_id for o in opinions if o.role == Role.ARBITER), None)
    certain = record.proposal.get("certain", True)
    return projection.project_structure(
        people,
        certain=building.proposed(record) if certain else None,
        said=said,
        left=[o.person_id for o in opinions if o.escalated],
        ruling=ruling and (ruling, said[ruling]),
    )


def _role(record, person):
    """As whom somebody speaks of the structure, or ``IllegalMove``."""
    ruled = record.structure_opinions.filter(role=Role.ARBITER).first()
    if person.pk in extractors(record):
        if ruled:
            raise IllegalMove("The third person has settled this. Only they can change it.")
        return Role.EXTRACTOR
    check_third(record, person)
    if ruled and ruled.person_id != person.pk:
        raise IllegalMove("Another third person has settled this.")
    if not ruled and record.structure != record.Structure.ESCALATED:
        raise IllegalMove("The two extractors have not left this to a third person.")
    return Role.ARBITER


def _say(record, person, role, note, *, groups=(), escalated=False):
    said = {"role": role, "groups": groups, "escalated": escalated, "note": note}
    StructureOpinion.objects.update_or_create(
        record=record, person=person, defaults=said | {"given_at": timezone.now()}
    )


def _bring_up_to_date(record, entries):
    """Project the structure and build the record on it; returns what was dropped of cells that
    are no more."""
    came_to, dropped = projected(record, extractors(record)), {}
    record.structure = came_to.status
    record.save(update_fields=["structure"])
    if came_to.groups is not None and came_to.groups != building.standing_groups(record):
        dropped = building.build(record, entries, came_to.groups).dropped
    return dropped


def _check(groups, entries):
    """Refuse groups that leave a unit out, name one twice, or join what cannot be one thing."""
    kinds = [{unit.pk: unit.kind for unit in entry.units.all()} for entry in entries]
    kinds += [{}] * (2 - len(kinds))
    for side, held in enumerate(kinds):
        named = [pk for group in groups for pk in group[side]]
        if sorted(named) != sorted(held):
            raise IllegalMove("Every arm and outcome belongs in one row. Load the page again.")
    for first, second in groups:
        together = {kinds[0][pk] for pk in first} | {kinds[1][pk] for pk in second}
        if len(together) > 1:
            raise IllegalMove("An arm and an outcome cannot be the same. Put them in two rows.")
        if len(first) > 1 and len(second) > 1:
            raise IllegalMove("Several arms of one stand for one arm of the other, not several.")
        merged = max(len(first), len(second)) > 1
        if merged and together != {UnitKind.ARM}:
            raise IllegalMove("Only arms can be merged. Give each outcome a row of its own.")
        if merged and not (first and second):
            raise IllegalMove(
                "Arms are merged where the other has them as one. Give each of these its own row."
            )
