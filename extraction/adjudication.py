"""Step 7: submitted entries become one approved record, cell by cell.

The rule is ``review.consensus``: each of the two has a voice on every cell, at first their
reading, then their latest opinion; equal voices close it, and otherwise only a third person.
"""

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove

from . import schema as forms
from .consensus import building, harmless
from .consensus import cells as standing
from .consensus.locking import check_third, locked, tell
from .models import CellState, Entry, Opinion, Record, RecordCell, StructureOpinion
from .projection import SEVERAL
from .revisions import renewing

Choice, Role = Opinion.Choice, Opinion.Role
extractors = standing.extractors


def has_settled(person, study):
    """Whether this person ruled or approved anything of the study."""
    rulings = Opinion.objects.filter(cell__record__study=study, role=Role.ARBITER, person=person)
    aligned = StructureOpinion.objects.filter(record__study=study, role=Role.ARBITER, person=person)
    approved = study.records.filter(approved_by=person)
    return rulings.exists() or aligned.exists() or approved.exists()


@transaction.atomic
def open_record(*, study, form, actor):
    """Open the record once the review has the entries it needs; returns it, or None. A record
    that is there already takes what was read again for a new version of the form.

    Belongs to the submission of the last entry, which holds the lock on the study. Units are
    aligned as ``building.propose`` says; where both named them alike that stands, and otherwise
    values wait until it is confirmed. Cells that both read the same are closed at once.
    """
    entries = list(study.entries.filter(form=form, status=Entry.Status.SUBMITTED).order_by("pk"))
    if len(entries) < study.review.extraction_entries:
        return None
    if record := study.records.filter(form=form).select_related("study__review").first():
        return renewing.renew(record, entries, actor)
    proposal = building.propose(entries)
    certain = proposal["certain"]
    record = Record.objects.create(
        study=study, form=form, version=entries[0].version, proposal=proposal,
        structure=Record.Structure.CONFIRMED if certain else Record.Structure.OPEN,
    )  # fmt: skip
    cells = building.build(record, entries, building.proposed(record)).cells
    left = sum(cell.status != RecordCell.Status.CLOSED for cell in cells)
    tell(record, actor, "record.open", entries=[e.pk for e in entries], cells=len(cells),
         left=left, structure=record.structure)  # fmt: skip
    harmless.apply(record, actor)
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
    check_third(record, arbiter)
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
    record = locked(record)
    check_third(record, actor)
    if building.is_open(record):
        raise IllegalMove("Which arms and outcomes belong together is still to be confirmed.")
    entries = Entry.objects.filter(study=record.study_id, form=record.form_id)
    if entries.filter(status=Entry.Status.DRAFT).exists():
        raise IllegalMove("Parts of this study are being read again for a new version of the form.")
    left = record.cells.exclude(status=RecordCell.Status.CLOSED).count()
    if left:
        cells = "cell is" if left == 1 else "cells are"
        raise IllegalMove(f"{left} {cells} still open. Close them before you approve the study.")
    record.move_to(Record.Status.APPROVED)
    record.approved_by, record.approved_at = actor, timezone.now()
    record.save(update_fields=["status", "approved_by", "approved_at"])
    tell(record, actor, "record.approve", key=key)
    return record


@transaction.atomic
def reopen(*, record, actor, reason, key=None):
    """Open an approved record again; everything in it stays, snapshots stay as they are."""
    record = locked(record)
    check_third(record, actor)
    if not reason.strip():
        raise IllegalMove("Say why the study is opened again; the reason stays in the ledger.")
    record.move_to(Record.Status.COMPARING)
    record.approved_by = record.approved_at = None
    record.save(update_fields=["status", "approved_by", "approved_at"])
    tell(record, actor, "record.reopen", key=key, reason=reason)
    return record


def _project(record, cell):
    also = standing.merged(record)[cell.pk]
    standing.settle(record, cell, extractors(record), also)
    cell.save(update_fields=standing.DECIDED)


def _give(cell, person, role, choice, given, state, note):
    """Write the opinion or ruling of a person, in the place of their last one."""
    state, value = _meant(cell, choice, given, state)
    standing.give(cell, person, role, choice, state, value, note)


def _meant(cell, choice, given, state):
    """The state and value that a choice stands for."""
    if choice == Choice.ESCALATED:
        return CellState.UNCLEAR, {}
    if choice == Choice.REWRITTEN:
        field = forms.fields(cell.record.version.schema)[cell.field]
        return state, forms.read(field, given) if state == CellState.VALUE else {}
    side = standing.sides(cell, standing.merged(cell.record)[cell.pk])[choice == Choice.SECOND]
    if not side:
        raise IllegalMove("This side left the cell empty. Take the other, or type what stands.")
    field = forms.fields(cell.record.version.schema)[cell.field]
    voice = standing.heard(field, None, side)
    if voice.state == SEVERAL:
        raise IllegalMove("This side has several values here, of arms that were merged. Type what"
                          " they come to together.")  # fmt: skip
    return voice.state, voice.value


def _open_cell(cell):
    """The cell and its record, locked, while the values of the record are compared."""
    record = locked(cell.record)
    if record.status != Record.Status.COMPARING:
        raise IllegalMove("This study is approved. Reopen it before you change a value.")
    if building.is_open(record):
        raise IllegalMove("First confirm which arms and outcomes belong together.")
    cell = record.cells.select_related("first", "second").get(pk=cell.pk)
    cell.record = record
    return record, cell


def _tell_of(record, cell, person, action, key, choice):
    """Tell the ledger of an opinion or ruling and of what it brought about."""
    given = cell.opinions.get(person=person)
    tell(
        record, person, action, key=key, cell=cell.pk, path=cell.path, choice=choice,
        state=given.state, value=given.value, note=given.note, status=cell.status,
    )  # fmt: skip
