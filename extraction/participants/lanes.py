"""What of participants waits for one person: querysets for the lanes of work."""

from django.db.models import Exists, OuterRef, Q

from ..models import (
    ParticipantDifference,
    ParticipantRecord,
    ParticipantTable,
    RecordCell,
)

Status, Way = ParticipantRecord.Status, ParticipantTable.Way


def to_check(review, user):
    """Data sets that this person can hold against their source: somebody else loaded them."""
    return _open(review).filter(first__way=Way.DATA_SET).exclude(first__extractor=user)


def to_agree(review, user):
    """Differing values that this person and the other who typed the rows have to agree on."""
    return _differences(review, RecordCell.Status.OPEN).filter(_entered_by(user, "record__"))


def to_settle(review, user):
    """Differing values that were left to a third person and can be settled by this one."""
    escalated = _differences(review, RecordCell.Status.ESCALATED)
    return escalated.exclude(_entered_by(user, "record__"))


def to_approve(review, user):
    """Typed rows without an open difference that somebody else entered."""
    left = ParticipantDifference.objects.filter(record=OuterRef("pk"))
    left = left.exclude(status=RecordCell.Status.CLOSED)
    typed = _open(review).filter(~Exists(left), first__way=Way.TYPED)
    return typed.exclude(_entered_by(user))


def _open(review):
    return ParticipantRecord.objects.filter(study__review=review, status=Status.COMPARING)


def _differences(review, status):
    return ParticipantDifference.objects.filter(record__in=_open(review), status=status)


def _entered_by(user, prefix=""):
    first, second = f"{prefix}first__extractor", f"{prefix}second__extractor"
    return Q(**{first: user}) | Q(**{second: user})
