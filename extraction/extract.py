"""Step 5: one person reads one study: units, cells with their witness, then submission.

An entry belongs to its extractor, who is the actor of every door here.
"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from review import ledger
from review.models import IllegalMove

from . import adjudication, doubts, filling, progress
from . import schema as forms
from .filling import CONTENT, Typed, stamp
from .models import Cell, Entry, Study, Unit, UnitKind

Status = Entry.Status
UNIT_FIELDS = {UnitKind.ARM: "arm", UnitKind.OUTCOME: "outcome", UnitKind.COMPARISON: "arm"}


class Incomplete(IllegalMove):
    """A submission with cells left to do; ``missing`` lists them as (path, words)."""

    def __init__(self, missing):
        super().__init__("Before you can submit: " + "; ".join(words for _, words in missing) + ".")
        self.missing = missing


class Stale(Exception):
    """Another window changed the cell since this one showed it; ``cell`` is what it holds now,
    or None when it was emptied."""

    def __init__(self, cell):
        super().__init__("This cell was changed in another window.")
        self.cell = cell


@transaction.atomic
def begin(*, study, form, actor, key=None):
    """Begin an extraction, or return the one this person has already.

    Raises ``IllegalMove`` when the form is not published, the study has its extractors, or
    this person has settled or approved something of the study as the third person.
    """
    study = Study.objects.select_for_update(of=("self",)).select_related("review").get(pk=study.pk)
    entries = list(study.entries.filter(form=form).select_related("version"))
    if mine := next((entry for entry in entries if entry.extractor_id == actor.pk), None):
        return mine
    version = entries[0].version if entries else form.published
    if version is None:
        raise IllegalMove("The form is still a draft. The lead publishes it before extraction.")
    if not Study.objects.asked_by(form).filter(pk=study.pk).exists():
        raise IllegalMove(
            f"“{form}” is not for this study, or no report of the study is included any more."
        )
    if len(entries) >= study.review.extraction_entries:
        raise IllegalMove("This study has its extractors already. Choose another one.")
    if adjudication.has_settled(actor, study):
        raise IllegalMove("Whoever settles a study as the third person cannot extract it.")
    entry = Entry.objects.create(study=study, form=form, version=version, extractor=actor)
    _tell(entry, "entry.begin", key=key, study=study.pk, version=version.pk)
    return entry


@transaction.atomic
def give_back(*, entry, key=None):
    """Leave a study to somebody else; only while no cell has been filled."""
    entry = _open(entry)
    if entry.cells.exists():
        raise IllegalMove("You have filled cells of this study, so it stays yours.")
    if entry.queries.exists():
        raise IllegalMove("You have asked the authors of this study, so it stays yours.")
    _tell(entry, "entry.give_back", key=key, study=entry.study_id)
    entry.delete()


@transaction.atomic
def add_unit(*, entry, kind, label="", detail="", first_arm=None, second_arm=None, key=None):
    """Add an arm, an outcome with its time, or a comparison of two arms (by id), after the
    others; returns the ``Unit``. A comparison without a label is named by its arms."""
    entry = _open(entry)
    units = list(entry.units.filter(kind=kind))
    arms = {}
    if kind == UnitKind.COMPARISON:
        arms = {"first_arm": first_arm, "second_arm": second_arm}
        label = label or _compared(entry, units, first_arm, second_arm)
    _check_name(units, label, detail)
    position = max((unit.position for unit in units), default=0) + 1
    unit = Unit.objects.create(
        entry=entry, kind=kind, label=label, detail=detail, position=position,
        **{f"{name}_id": arm for name, arm in arms.items()},
    )  # fmt: skip
    said = {"unit": unit.pk, "kind": kind, "label": label, "detail": detail}
    _tell(entry, "unit.add", key=key, **said | arms)
    return unit


@transaction.atomic
def rename_unit(*, unit, label, detail="", key=None):
    """Name a unit otherwise; its cells stay with it."""
    entry = _open(unit.entry)
    _check_uncompared(entry)
    unit = entry.units.get(pk=unit.pk)
    _check_name(entry.units.filter(kind=unit.kind).exclude(pk=unit.pk), label, detail)
    was = str(unit)
    unit.label, unit.detail = label, detail
    unit.save(update_fields=["label", "detail"])
    _tell(entry, "unit.rename", key=key, unit=unit.pk, label=label, detail=detail, was=was)
    return unit


@transaction.atomic
def move_unit(*, unit, by, key=None):
    """Move a unit one place up (``by=-1``) or down (``by=1``); at the edge it stays."""
    entry = _open(unit.entry)
    if ledger.already(review=entry.study.review, actor=entry.extractor, key=key):
        return
    order = list(entry.units.filter(kind=unit.kind))
    place = next(i for i, other in enumerate(order) if other.pk == unit.pk)
    order.insert(min(max(place + by, 0), len(order) - 1), order.pop(place))
    for position, other in enumerate(order, start=1):
        other.position = position
    Unit.objects.bulk_update(order, ["position"])
    _tell(entry, "unit.move", key=key, unit=unit.pk, by=by)


@transaction.atomic
def remove_unit(*, unit, key=None):
    """Take a unit away with its cells; the ledger keeps what they held. An arm that is compared
    stays until its comparisons are gone."""
    entry = _open(unit.entry)
    _check_uncompared(entry)
    if compared := entry.units.filter(Q(first_arm=unit) | Q(second_arm=unit)).first():
        raise IllegalMove(f"“{compared}” compares this arm. Remove the comparison first.")
    lost = Cell.objects.filter(entry=entry, **{UNIT_FIELDS[unit.kind]: unit})
    held = {cell.path: filling.said(cell) for cell in lost}
    entry.units.filter(pk=unit.pk).delete()
    told = {"cells": held}
    if derived := filling.refill(entry, set(forms.fields(entry.version.schema))):
        told["derived"] = derived
    _tell(entry, "unit.remove", key=key, unit=unit.pk, label=str(unit), **told)


@transaction.atomic
def save_cell(*, entry, seen=None, key=None, **typed):
    """Save one cell; ``typed`` are the parts of ``Typed``. Returns the ``Cell``, None if cleared.

    ``seen`` is the ``stamp`` of what the window showed; with it, ``Stale`` is raised when
    another window has saved something else since. Raises ``schema.BadValue`` for a value the
    field refuses. Saving what is there already changes nothing and writes no event.
    """
    entry, typed = _open(entry), Typed(**typed)
    now = entry.cells.filter(path=typed.path).first()
    if ledger.already(review=entry.study.review, actor=entry.extractor, key=key):
        return now
    _check_units(entry, [typed])
    new = filling.make(entry, typed, now)
    if filling.content(new) == filling.content(now):
        return now
    if seen is not None and seen != stamp(now):
        raise Stale(now)
    said = {"path": typed.path, "now": filling.said(new), "was": filling.said(now)}
    if now is None:
        new.save(force_insert=True)
    elif new is None:
        now.delete()
    else:
        new.pk, new.confirmed = now.pk, now.confirmed
        new.save(update_fields=[*CONTENT, "saved_at"])
    if derived := filling.refill(entry, {typed.field}):
        said["derived"] = derived
    _tell(entry, "cell.save", key=key, **said)
    return new


@transaction.atomic
def save_cells(*, entry, cells, key=None):
    """Save a block of ``Typed`` cells, all or none, with one ledger event; returns how many
    changed. Raises ``schema.BadValue`` with one line for each value that is refused."""
    entry, cells = _open(entry), list(cells)
    if ledger.already(review=entry.study.review, actor=entry.extractor, key=key):
        return 0
    _check_units(entry, cells)
    held = {cell.path: cell for cell in entry.cells.all()}
    new = _read_all(entry, cells, held)
    changed = {p: c for p, c in new.items() if filling.content(c) != filling.content(held.get(p))}
    said = {
        p: {"now": filling.said(c), "was": filling.said(held.get(p))} for p, c in changed.items()
    }
    gone = [held[p].pk for p, c in changed.items() if c is None]
    entry.cells.filter(pk__in=gone).delete()
    Cell.objects.bulk_create([c for p, c in changed.items() if c and p not in held])
    kept = [c for p, c in changed.items() if c and p in held]
    for cell in kept:
        cell.pk = held[cell.path].pk
    Cell.objects.bulk_update(kept, [*CONTENT, "saved_at"])
    if changed:
        derived = filling.refill(entry, {typed.field for typed in cells})
        told = {"cells": said} | ({"derived": derived} if derived else {})
        _tell(entry, "cell.save_block", key=key, **told)
    return len(changed)


@transaction.atomic
def confirm(*, entry, path, text, key=None):
    """Answer a warning: the paper does print it so. The words confirmed are kept."""
    entry = _open(entry)
    found = next((d for d in doubts.of_entry(entry).get(path, []) if d.text == text), None)
    if found is None:
        raise IllegalMove("The values have changed and the warning with them. Read it again.")
    cell = entry.cells.get(path=path)
    if text not in cell.confirmed:
        cell.confirmed = [*cell.confirmed, text]
        cell.save(update_fields=["confirmed"])
        _tell(entry, "cell.confirm", key=key, path=path, rule=found.rule, text=text)
    return cell


@transaction.atomic
def submit(*, entry, key=None):
    """Submit; with the last entry that the review needs, the record opens for comparison.

    Raises ``Incomplete`` with every required cell that is empty or lacks its witness.
    """
    study = Study.objects.select_for_update().get(pk=entry.study_id)
    entry = _open(entry)
    if missing := progress.missing(entry):
        raise Incomplete(missing)
    entry.move_to(Status.SUBMITTED)
    entry.submitted_at, entry.again = timezone.now(), []
    entry.save(update_fields=["status", "submitted_at", "again"])
    _tell(entry, "entry.submit", key=key)
    adjudication.open_record(study=study, form=entry.form, actor=entry.extractor)
    return entry


@transaction.atomic
def withdraw(*, entry, key=None):
    """Take a submission back to change it, while the comparison has not begun."""
    study = Study.objects.select_for_update().get(pk=entry.study_id)
    entry = _locked(entry)
    if study.records.filter(form=entry.form).exists():
        raise IllegalMove(
            "The comparison of this study has begun, so the entries stay as they were submitted."
            " Correct the value there."
        )
    entry.move_to(Status.DRAFT)
    entry.submitted_at = None
    entry.save(update_fields=["status", "submitted_at"])
    _tell(entry, "entry.withdraw", key=key)
    return entry


def _locked(entry):
    return (
        Entry.objects.select_for_update(of=("self",))
        .select_related("study__review", "version", "form", "extractor")
        .get(pk=entry.pk)
    )


def _open(entry):
    """The entry, locked, while it can be changed."""
    entry = _locked(entry)
    if entry.status != Status.DRAFT:
        raise IllegalMove("You have submitted this entry. Withdraw the submission to change it.")
    return entry


def _check_name(others, label, detail):
    if any((unit.label, unit.detail) == (label, detail) for unit in others):
        name = ", ".join(filter(None, (label, detail)))
        raise IllegalMove(f"You have “{name}” already. Give this one another name.")


def is_open(entry, path):
    """Whether a cell can be changed in an entry that can: all can, unless a new version of the
    form asks some of them again."""
    return not entry.again or path in entry.again or path.partition("|")[0] in entry.again


def _check_uncompared(entry):
    """Refuse to change units that the record has taken over."""
    if entry.again:
        raise IllegalMove(
            "The comparison of this study has begun, so its arms and outcomes stay as they are."
            " You can add one."
        )


def _compared(entry, units, first_arm, second_arm):
    """The name of a comparison, or ``IllegalMove`` unless it is a new one of two arms."""
    arms = {arm.pk: arm for arm in entry.units.filter(kind=UnitKind.ARM)}
    if first_arm == second_arm or not {first_arm, second_arm} <= set(arms):
        raise IllegalMove("Choose two different arms of your entry to compare.")
    if any((u.first_arm_id, u.second_arm_id) == (first_arm, second_arm) for u in units):
        raise IllegalMove("You compare these two arms already.")
    return f"{arms[first_arm].label} vs {arms[second_arm].label}"[:200]


def _check_units(entry, cells):
    """Refuse cells that the form or the units of the entry do not have, or that are not open."""
    asked = forms.fields(entry.version.schema)
    kinds = dict(entry.units.values_list("pk", "kind")) if any(
        cell.arm or cell.outcome for cell in cells
    ) else {}  # fmt: skip
    for cell in cells:
        field = asked.get(cell.field)
        if field is None:
            raise IllegalMove(f"The form has no field “{cell.field}”.")
        at = tuple(kinds.get(unit, "gone") if unit else None for unit in (cell.arm, cell.outcome))
        if at != forms.unit_kinds(field) or forms.is_column(field):
            raise IllegalMove(
                f"“{field['label']}” has no such cell in your entry any more. Load the page again."
            )
        if not is_open(entry, cell.path):
            raise IllegalMove(
                f"“{field['label']}” is compared already. Only what the new version of the form"
                " asks again can be changed here."
            )


def _read_all(entry, cells, held):
    """``{path: Cell or None}`` of typed cells, or ``BadValue`` with a line for each refusal;
    ``held`` are the cells that are there, by path."""
    new, refused = {}, []
    for typed in cells:
        try:
            new[typed.path] = filling.make(entry, typed, held.get(typed.path))
        except forms.BadValue as problem:
            refused.append(str(problem))
    if refused:
        raise forms.BadValue("\n".join(refused))
    return new


def _tell(entry, action, *, key, **data):
    ledger.record(
        review=entry.study.review, actor=entry.extractor, action=action,
        subject=f"entry:{entry.pk}", data=data, key=key,
    )  # fmt: skip
