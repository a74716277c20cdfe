"""Step 7: submitted entries become one approved record, cell by cell.

The rule is ``review.consensus``: each of the two has a voice on every cell, at first their
reading, then their latest opinion; equal voices close it, and otherwise only a third person.
"""

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.consensus import may_settle
from review.models import IllegalMove

from . import compare, projection
from . import schema as forms
from .models import (
    CellState,
    Entry,
    Opinion,
    Record,
    RecordCell,
    RecordUnit,
)
from .projection import Voice

Choice, Role = Opinion.Choice, Opinion.Role
DECIDED = (
    *("status", "origin", "state", "value"),
    *("note", "quote", "page", "file", "anchor", "query", "decided_by", "decided_at"),
)


def extractors(record):
    """The ids of those who extracted, in the order of their entries."""
    entries = Entry.objects.filter(study=record.study_id, form=record.form_id)
    return list(entries.order_by("pk").values_list("extractor_id", flat=True))


def has_settled(person, study):
    """Whether this person ruled or approved anything of the study."""
    rulings = Opinion.objects.filter(cell__record__study=study, role=Role.ARBITER, person=person)
    return rulings.exists() or study.records.filter(approved_by=person).exists()


def may_judge(person, study):
    """Whether this person may be the third one on a study: they extracted nothing of it."""
    return may_settle(person.pk, study.entries.values_list("extractor_id", flat=True))


@transaction.atomic
def open_record(*, study, form, actor):
    """Open the record once the review has the entries it needs; returns it, or None.

    Belongs to the submission of the last entry, which holds the lock on the study. Units are
    aligned by ``compare.align``; cells that both read the same are closed at once.
    """
    entries = list(study.entries.filter(form=form, status=Entry.Status.SUBMITTED).order_by("pk"))
    if len(entries) < study.review.extraction_entries:
        return None
    record = Record.objects.create(study=study, form=form, version=entries[0].version)
    stands_for = _make_units(record, entries)
    cells = _make_cells(record, entries, stands_for)
    left = sum(cell.status != RecordCell.Status.CLOSED for cell in cells)
    _tell(record, actor, "record.open", entries=[e.pk for e in entries], cells=len(cells),
          left=left)  # fmt: skip
    return record


@transaction.atomic
def give_opinion(
    *, cell, person, choice, given="", state=CellState.VALUE, note="", seen=None, key=None
):
    """One of the two says what a cell should hold, or leaves it to the third person.

    ``choice`` is an ``Opinion.Choice``; ``given`` and ``state`` are read for another value
    only. ``seen`` is the status this person's page showed: an answer to an open cell does not
    open again what the other has closed meanwhile. Equal voices close the cell. A cell that is
    closed can be questioned again, unless the third person settled it. Raises ``IllegalMove``
    and ``schema.BadValue``.
    """
    record, cell = _open_cell(cell)
    if ledger.already(review=record.study.review, actor=person, key=key):
        return cell
    if person.pk not in extractors(record):
        raise IllegalMove("Only the two who extracted this study agree on its cells.")
    if cell.opinions.filter(role=Role.ARBITER).exists():
        raise IllegalMove("The third person has settled this cell. Only they can change it.")
    if seen and seen != cell.status:
        raise IllegalMove("The other has spoken meanwhile. Load the page again to see where it is.")
    _give(cell, person, Role.EXTRACTOR, choice, given, state, note)
    _project(record, cell)
    _tell_of(record, cell, person, "cell.opinion", key, choice)
    return cell


@transaction.atomic
def rule(*, cell, arbiter, choice, given="", state=CellState.VALUE, note="", key=None):
    """A third person settles a cell that was left to them, or changes their own ruling."""
    record, cell = _open_cell(cell)
    if ledger.already(review=record.study.review, actor=arbiter, key=key):
        return cell
    _check_third(record, arbiter)
    ruled = cell.opinions.filter(role=Role.ARBITER).first()
    if ruled and ruled.person_id != arbiter.pk:
        raise IllegalMove("Another third person has settled this cell.")
    if not ruled and cell.status != RecordCell.Status.ESCALATED:
        raise IllegalMove("The two extractors have not left this cell to a third person.")
    if choice == Choice.ESCALATED:
        raise IllegalMove("There is nobody after you to leave this cell to. Choose a value.")
    _give(cell, arbiter, Role.ARBITER, choice, given, state, note)
    _project(record, cell)
    _tell_of(record, cell, arbiter, "cell.rule", key, choice)
    return cell


@transaction.atomic
def approve(*, record, actor, key=None):
    """Approve a record without open cells; only then can it enter a snapshot."""
    record = _locked(record)
    _check_third(record, actor)
    left = record.cells.exclude(status=RecordCell.Status.CLOSED).count()
    if left:
        cells = "cell is" if left == 1 else "cells are"
        raise IllegalMove(f"{left} {cells} still open. Close them before you approve the study.")
    record.move_to(Record.Status.APPROVED)
    record.approved_by, record.approved_at = actor, timezone.now()
    record.save(update_fields=["status", "approved_by", "approved_at"])
    _tell(record, actor, "record.approve", key=key)
    return record


@transaction.atomic
def reopen(*, record, actor, reason, key=None):
    """Open an approved record again; everything in it stays, snapshots stay as they are."""
    record = _locked(record)
    _check_third(record, actor)
    if not reason.strip():
        raise IllegalMove("Say why the study is opened again; the reason stays in the ledger.")
    record.move_to(Record.Status.COMPARING)
    record.approved_by = record.approved_at = None
    record.save(update_fields=["status", "approved_by", "approved_at"])
    _tell(record, actor, "record.reopen", key=key, reason=reason)
    return record


def projected(record, cell, people):
    """The ``Projection`` of a cell from its rows; ``people`` are the extractors' ids."""
    field = forms.fields(record.version.schema)[cell.field]
    readings = [_voice(*pair) for pair in zip(people, (cell.first, cell.second), strict=False)]
    opinions = list(cell.opinions.all())
    later = [o for o in opinions if o.role == Role.EXTRACTOR]
    ruling = next((_voice(o.person_id, o) for o in opinions if o.role == Role.ARBITER), None)
    return projection.project(
        field,
        readings,
        opinions=[_voice(o.person_id, o) for o in later if o.choice != Choice.ESCALATED],
        ruling=ruling,
        escalated=any(o.choice == Choice.ESCALATED for o in later),
    )


def _make_units(record, entries):
    """Make the units of the record; return ``{entry unit id: record unit id}``."""
    units = [list(entry.units.all()) for entry in entries]
    made = []
    pairs = compare.align(units[0], units[1] if len(units) > 1 else [])
    for position, (first, second) in enumerate(pairs, start=1):
        named = first or second
        made.append(
            RecordUnit(
                record=record, kind=named.kind, label=named.label, detail=named.detail,
                position=position, first=first, second=second,
            )
        )  # fmt: skip
    RecordUnit.objects.bulk_create(made)
    return {side.pk: unit.pk for unit in made for side in (unit.first, unit.second) if side}


def _make_cells(record, entries, stands_for):
    """Make a cell of the record wherever an entry has one, and close what is the same."""
    people, sides = [entry.extractor_id for entry in entries], []
    for entry in entries:
        held = {}
        for cell in entry.cells.all():
            place = (stands_for.get(cell.arm_id), stands_for.get(cell.outcome_id))
            held[forms.path(cell.field, *place)] = cell
        sides.append(held)
    units, made = forms.ids_by_kind(record.units.all()), []
    for key, field in forms.fields(record.version.schema).items():
        for arm, outcome in forms.places(field, **units):
            path = forms.path(key, arm, outcome)
            found = [held.get(path) for held in sides]
            if any(found):
                cell = RecordCell(
                    record=record, field=key, arm_id=arm, outcome_id=outcome, path=path,
                    first=found[0], second=found[1] if len(found) > 1 else None,
                )  # fmt: skip
                readings = [_voice(*pair) for pair in zip(people, found, strict=True)]
                _write(cell, projection.project(field, readings), None)
                made.append(cell)
    return RecordCell.objects.bulk_create(made)


def _voice(person, said):
    """What a cell of an entry or an opinion says; None is a cell left without a row."""
    return Voice(person, said.state, said.value) if said else Voice(person)


def _write(cell, came_to, decisive):
    """Put a projection into a cell, with the witness of the reading that stands.

    ``decisive`` is the opinion that closed it, or None when the readings did.
    """
    cell.status, cell.origin = came_to.status, came_to.origin
    cell.state, cell.value = came_to.state, came_to.value
    second = cell.second if came_to.origin == RecordCell.Origin.SECOND else None
    witness = second or cell.first or cell.second
    if came_to.origin in ("", RecordCell.Origin.REWRITTEN):
        witness = None
    closed_by = decisive if came_to.status == RecordCell.Status.CLOSED else None
    cell.decided_by = closed_by and closed_by.person
    cell.decided_at = closed_by and closed_by.given_at
    cell.note = (closed_by and closed_by.note) or (witness.note if witness else "")
    cell.quote = witness.quote if witness else ""
    cell.page = witness.page if witness else None
    cell.file_id = witness.file_id if witness else None
    cell.anchor = witness.anchor if witness else {}
    cell.query_id = witness.query_id if witness else None


def _project(record, cell):
    opinions = sorted(cell.opinions.select_related("person"), key=lambda o: o.given_at)
    rulings = [opinion for opinion in opinions if opinion.role == Role.ARBITER]
    decisive = (rulings or opinions or [None])[-1]
    _write(cell, projected(record, cell, extractors(record)), decisive)
    cell.save(update_fields=DECIDED)


def _give(cell, person, role, choice, given, state, note):
    """Write the opinion or ruling of a person, in the place of their last one."""
    state, value = _meant(cell, choice, given, state)
    said = {"role": role, "choice": choice, "state": state, "value": value, "note": note}
    Opinion.objects.update_or_create(
        cell=cell, person=person, defaults=said | {"given_at": timezone.now()}
    )


def _meant(cell, choice, given, state):
    """The state and value that a choice stands for."""
    if choice == Choice.ESCALATED:
        return CellState.UNCLEAR, {}
    if choice == Choice.REWRITTEN:
        field = forms.fields(cell.record.version.schema)[cell.field]
        return state, forms.read(field, given) if state == CellState.VALUE else {}
    side = cell.first if choice == Choice.FIRST else cell.second
    if side is None:
        raise IllegalMove("This side left the cell empty. Take the other, or type what stands.")
    return side.state, side.value


def _locked(record):
    return (
        Record.objects.select_for_update(of=("self",))
        .select_related("study__review", "version")
        .get(pk=record.pk)
    )


def _open_cell(cell):
    """The cell and its record, locked, while the record is being compared."""
    record = _locked(cell.record)
    if record.status != Record.Status.COMPARING:
        raise IllegalMove("This study is approved. Reopen it before you change a value.")
    cell = record.cells.select_related("first", "second").get(pk=cell.pk)
    cell.record = record
    return record, cell


def _check_third(record, person):
    if not may_judge(person, record.study):
        raise IllegalMove("Whoever extracted a study cannot settle or approve it.")


def _tell_of(record, cell, person, action, key, choice):
    """Tell the ledger of an opinion or ruling and of what it brought about."""
    given = cell.opinions.get(person=person)
    _tell(
        record, person, action, key=key, cell=cell.pk, path=cell.path, choice=choice,
        state=given.state, value=given.value, note=given.note, status=cell.status,
    )  # fmt: skip


def _tell(record, actor, action, *, key=None, **data):
    ledger.record(
        review=record.study.review, actor=actor, action=action, subject=f"record:{record.pk}",
        data=data, key=key,
    )  # fmt: skip
