"""Submitted participant tables become the rows that stand.

Two typed tables are compared row by row, and each difference is settled by the rule that cells
have (``extraction.adjudication``). A data set has nothing to be compared with: a second person
holds it against its source and confirms it, or sends it back.
"""

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.consensus import may_settle
from review.models import IllegalMove

from .. import schema as forms
from ..models import (
    CellState,
    Opinion,
    ParticipantDifference,
    ParticipantOpinion,
    ParticipantRecord,
    ParticipantTable,
    RecordCell,
)
from ..projection import Voice
from . import mapping, rows

Choice, Role, Status = Opinion.Choice, Opinion.Role, ParticipantRecord.Status
DECIDED = ("status", "origin", "state", "value")


def tables_of(record):
    """The tables a record was made of, one or two, in their order."""
    return [table for table in (record.first, record.second) if table]


def extractors(record):
    """The ids of those who entered the rows, in the order of their tables."""
    return [table.extractor_id for table in tables_of(record)]


def has_settled(person, study, form):
    """Whether this person ruled on or approved the rows of the study."""
    records = study.participant_records.filter(form=form)
    return (
        records.filter(approved_by=person).exists()
        or ParticipantOpinion.objects.filter(
            difference__record__in=records, person=person, role=Role.ARBITER
        ).exists()
    )


def standing_rows(record):
    """The ``(key, values)`` that stand, as far as differences are settled: an open one leaves
    what the first of the two entered."""
    sides = [_pairs(table) for table in tables_of(record)]
    closed = record.differences.filter(status=RecordCell.Status.CLOSED)
    settled = {
        (one.key, one.field): one.value if one.state == CellState.VALUE else None for one in closed
    }
    return rows.standing(sides[0], sides[1] if len(sides) > 1 else [], settled)


@transaction.atomic
def open_record(*, study, form, actor):
    """Open the record once the tables it needs are submitted; returns it, or None.

    Belongs to the submission of the last table, which holds the lock on the study.
    """
    found = study.participant_tables.filter(form=form, status=ParticipantTable.Status.SUBMITTED)
    found = list(found.order_by("pk").select_related("version"))
    data_set = found and found[0].way == ParticipantTable.Way.DATA_SET
    if not found or (not data_set and len(found) < study.review.extraction_entries):
        return None
    record = ParticipantRecord.objects.create(
        study=study, form=form, version=found[0].version, first=found[0],
        second=found[1] if len(found) > 1 else None,
    )  # fmt: skip
    made = _compared(record) if record.second else []
    ParticipantDifference.objects.bulk_create(made, batch_size=500)
    _tell(record, actor, "participant_record.open", tables=[table.pk for table in found],
          differences=len(made), sha256=[table.rows_sha256 for table in found])  # fmt: skip
    return record


@transaction.atomic
def give_opinion(*, difference, person, choice, given="", note="", key=None):
    """One of the two says what stands, or leaves it to the third person. ``given`` is read for
    another value; empty, it says that the value is not reported. Equal voices close it."""
    record, difference = _open_difference(difference)
    if ledger.already(review=record.study.review, actor=person, key=key):
        return difference
    if person.pk not in extractors(record):
        raise IllegalMove("Only the two who entered these rows agree on them.")
    if difference.opinions.filter(role=Role.ARBITER).exists():
        raise IllegalMove("The third person has settled this. Only they can change it.")
    _give(difference, person, Role.EXTRACTOR, choice, given, note)
    _tell_of(record, difference, person, "participant.opinion", key)
    return difference


@transaction.atomic
def rule(*, difference, arbiter, choice, given="", note="", key=None):
    """A third person settles what was left to them, or changes their own ruling."""
    record, difference = _open_difference(difference)
    if ledger.already(review=record.study.review, actor=arbiter, key=key):
        return difference
    _check_third(record, arbiter)
    ruled = difference.opinions.filter(role=Role.ARBITER).first()
    if ruled and ruled.person_id != arbiter.pk:
        raise IllegalMove("Another third person has settled this.")
    if not ruled and difference.status != RecordCell.Status.ESCALATED:
        raise IllegalMove("The two who entered these rows have not left this to a third person.")
    if choice == Choice.ESCALATED:
        raise IllegalMove("There is nobody after you to leave this to. Choose what stands.")
    _give(difference, arbiter, Role.ARBITER, choice, given, note)
    _tell_of(record, difference, arbiter, "participant.rule", key)
    return difference


@transaction.atomic
def approve(*, record, actor, key=None):
    """Approve rows without an open difference, as somebody who entered none of them; for a data
    set this is its check by a second person. Only approved rows enter a snapshot."""
    record = _locked(record)
    _check_third(record, actor)
    left = record.differences.exclude(status=RecordCell.Status.CLOSED).count()
    if left:
        raise IllegalMove(f"{left} differences are still open. Close them first.")
    record.move_to(Status.APPROVED)
    record.approved_by, record.approved_at = actor, timezone.now()
    record.save(update_fields=["status", "approved_by", "approved_at"])
    stands = standing_rows(record)
    _tell(record, actor, "participant_record.approve", key=key, rows=len(stands),
          sha256=rows.digest(stands))  # fmt: skip
    return record


@transaction.atomic
def confirm(*, record, actor, key=None):
    """``approve`` a data set as the second person who held it against its source."""
    if _locked(record).first.way != ParticipantTable.Way.DATA_SET:
        raise IllegalMove("Typed rows are approved by the person who settles, once compared.")
    return approve(record=record, actor=actor, key=key)


@transaction.atomic
def send_back(*, record, actor, reason, key=None):
    """Send a data set back to the person who loaded it, with the reason."""
    record = _locked(record)
    _check_third(record, actor)
    if record.first.way != ParticipantTable.Way.DATA_SET or record.status != Status.COMPARING:
        raise IllegalMove("Only a data set that waits for its check can be sent back.")
    table = record.first
    table.move_to(ParticipantTable.Status.DRAFT)
    table.submitted_at = None
    table.save(update_fields=["status", "submitted_at"])
    _tell(record, actor, "participant_record.send_back", key=key, table=table.pk, reason=reason)
    record.delete()
    return table


@transaction.atomic
def reopen(*, record, actor, reason, key=None):
    """Open approved rows again; everything in them stays, snapshots stay as they are."""
    record = _locked(record)
    _check_third(record, actor)
    record.move_to(Status.COMPARING)
    record.approved_by = record.approved_at = None
    record.save(update_fields=["status", "approved_by", "approved_at"])
    _tell(record, actor, "participant_record.reopen", key=key, reason=reason)
    return record


def projected(record, difference):
    """What the voices on a difference come to, as ``extraction.projection.Projection``."""
    asked = rows.asked_of(mapping.dictionary(record.version.schema), difference.field)
    opinions = list(difference.opinions.order_by("given_at"))
    later = [one for one in opinions if one.role == Role.EXTRACTOR]
    return rows.project(
        asked,
        extractors(record),
        (difference.first, difference.second),
        opinions=[_voice(one) for one in later if one.choice != Choice.ESCALATED],
        ruling=next((_voice(one) for one in opinions if one.role == Role.ARBITER), None),
        escalated=any(one.choice == Choice.ESCALATED for one in later),
    )


def _compared(record):
    columns = mapping.dictionary(record.version.schema)
    found = rows.compare(columns, *map(_pairs, tables_of(record)))
    return [
        ParticipantDifference(
            record=record, key=one.key, field=one.field, first=one.first, second=one.second,
            status=RecordCell.Status.OPEN,
        )
        for one in found
    ]  # fmt: skip


def _pairs(table):
    return list(table.rows.order_by("position").values_list("key", "values"))


def _voice(opinion):
    return Voice(opinion.person_id, opinion.state, opinion.value)


def _give(difference, person, role, choice, given, note):
    """Write what a person says, in the place of their last word, and what it comes to."""
    state, value = _meant(difference, choice, given)
    said = {"role": role, "choice": choice, "state": state, "value": value, "note": note}
    ParticipantOpinion.objects.update_or_create(
        difference=difference, person=person, defaults=said | {"given_at": timezone.now()}
    )
    came_to = projected(difference.record, difference)
    for name in DECIDED:
        setattr(difference, name, getattr(came_to, name))
    difference.value = difference.value or {}
    difference.save(update_fields=DECIDED)


def _meant(difference, choice, given):
    """The state and value that a choice stands for."""
    if choice == Choice.ESCALATED:
        return CellState.UNCLEAR, {}
    if choice == Choice.REWRITTEN:
        columns = mapping.dictionary(difference.record.version.schema)
        asked = rows.asked_of(columns, difference.field)
        if not given.strip():
            return CellState.NOT_REPORTED, {}
        return CellState.VALUE, forms.read(asked, given)
    value = difference.first if choice == Choice.FIRST else difference.second
    return (CellState.VALUE, value) if value else (CellState.NOT_REPORTED, {})


def _locked(record):
    return (
        ParticipantRecord.objects.select_for_update(of=("self",))
        .select_related("study__review", "version", "first", "second")
        .get(pk=record.pk)
    )


def _open_difference(difference):
    """The difference and its record, locked, while the rows are being compared."""
    record = _locked(difference.record)
    if record.status != Status.COMPARING:
        raise IllegalMove("These rows are approved. Reopen them before you change one.")
    difference = record.differences.get(pk=difference.pk)
    difference.record = record
    return record, difference


def _check_third(record, person):
    if not may_settle(person.pk, extractors(record)):
        raise IllegalMove("Whoever entered these rows cannot settle, confirm or approve them.")


def _tell_of(record, difference, person, action, key):
    said = difference.opinions.get(person=person)
    _tell(
        record, person, action, key=key, participant=difference.key, field=difference.field,
        choice=said.choice, state=said.state, value=said.value, note=said.note,
        status=difference.status,
    )  # fmt: skip


def _tell(record, actor, action, *, key=None, **data):
    ledger.record(
        review=record.study.review, actor=actor, action=action,
        subject=f"participant_record:{record.pk}", data=data, key=key,
    )  # fmt: skip
