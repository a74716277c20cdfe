"""Moving the entries and the record of a study to a new version of their form.

Answers that the mapping carries go along; those it cannot carry are kept as ``Former``. Cells
that the new version asks again become work for the two, and only these: whoever had submitted
gets the entry back, and an approved record is open again until they have read them.
"""

from django.db import transaction

from review import ledger
from review.models import IllegalMove

from .. import progress
from .. import schema as forms
from ..models import Cell, Entry, FormVersion, Record, RecordCell, Study
from . import keeping
from .changes import becomes, carried


@transaction.atomic
def move(*, study, form, actor, key=None):
    """Move a study to the newest version of a form; returns how many fields are asked again.

    Raises ``IllegalMove`` when nothing of the study stands on an earlier version.
    """
    study = Study.objects.select_for_update(of=("self",)).select_related("review").get(pk=study.pk)
    if ledger.already(review=study.review, actor=actor, key=key):
        return 0
    entries = list(study.entries.filter(form=form).select_related("version", "study"))
    record = study.records.filter(form=form).select_related("version", "study").first()
    newest, earlier = form.published, min((e.version.number for e in entries), default=None)
    if earlier is None or earlier >= newest.number:
        raise IllegalMove(f"{study} has nothing on an earlier version of “{form}”.")
    steps = form.versions.filter(number__gt=earlier, status=FormVersion.Status.PUBLISHED)
    again, before = set(), entries[0].version
    for version in steps.order_by("number"):
        again = {_now(name, version) for name in again} - {None}
        again |= _step(entries, record, version)
    again |= _missing(entries, record)
    _ask(entries, record, again, before)
    asked = sorted({name.partition("|")[0] for name in newest.mapping.get("again", [])})
    ledger.record(
        review=study.review, actor=actor, action="study.move_version",
        subject=f"study:{study.pk}", key=key,
        data={"form": form.pk, "was": earlier, "now": newest.number, "again": asked},
    )  # fmt: skip
    return len(asked)


def behind(form):
    """Studies with an entry on an earlier version than the newest, by label."""
    newest = form.published
    entries = Entry.objects.filter(form=form).exclude(version=newest)
    return form.review.studies.filter(pk__in=entries.values("study")).order_by("label", "pk")


def _step(entries, record, version):
    """Move rows one version on; returns the fields and record places asked again.

    A place is a path with the record's units, or with the entry's own while there is no record.
    """
    old = entries[0].version.schema
    moves = {e.pk: _Moves(old, version, list(e.cells.select_related("arm", "outcome"))) for e in
             entries}  # fmt: skip
    lost = {cell.pk for moved in moves.values() for cell in moved.lost}
    again = set(version.mapping.get("again", []))
    if record:
        again |= _step_record(record, version, lost)
    for entry in entries:
        if not record:
            again |= {_path(cell, moves[entry.pk].now(cell)) for cell in moves[entry.pk].lost
                      if moves[entry.pk].now(cell)}  # fmt: skip
        moves[entry.pk].write(Cell, keeping.of_entry(entry, entry.version))
        entry.version = version
        entry.save(update_fields=["version"])
    return again


def _step_record(record, version, lost):
    """Move a record one version on. A cell goes into history when a reading of it is ``lost``,
    when what was decided of it cannot be carried, or when its field is asked again."""
    moved = _Moves(record.version.schema, version, keeping.cells_of(record), lost)
    again = set(version.mapping.get("again", []))
    paths = {_path(cell, moved.now(cell)) for cell in moved.lost if moved.now(cell)}
    moved.lost += [c for c in moved.kept if moved.now(c)["key"] in again]
    moved.kept = [c for c in moved.kept if moved.now(c)["key"] not in again]
    moved.write(RecordCell, keeping.of_record(record, record.version))
    record.version = version
    record.save(update_fields=["version"])
    return paths


class _Moves:
    """What becomes of cells under a new version: ``kept`` (with their new value) and ``lost``."""

    def __init__(self, old, version, cells, lost=()):
        self.before, self.version, self.all = forms.fields(old), version, cells
        self.values, self.kept, self.lost = {}, [], []
        for cell in cells:
            readings = {side.pk for side in keeping.sides(cell)}
            fits = not (readings & set(lost)) and self._carry(cell)
            (self.kept if fits else self.lost).append(cell)

    def now(self, cell):
        """The field that the field of a cell became, or None."""
        return becomes(cell.field, self.version.schema, self.version.mapping)

    def _carry(self, cell):
        """Whether the value of a cell, and of every opinion on it, can go along."""
        now = self.now(cell)
        if now is None:
            return False
        earlier, mapping = self.before[cell.field], self.version.mapping
        said = [cell, *keeping.opinions(cell)]
        new = {}
        for one in said:
            value = one.value
            if one.state == forms.VALUE and one.value:
                value = carried(earlier, now, mapping, one.value)
            elif forms.unit_kinds(earlier) != forms.unit_kinds(now):
                value = None
            if value is None:
                return False
            new[one] = value
        self.values |= {(type(one), one.pk): value for one, value in new.items()}
        return True

    def write(self, model, keep):
        """Keep what is lost, then write what is carried."""
        keep(self.lost)
        if not self.all:
            return
        model.objects.filter(pk__in=[cell.pk for cell in self.lost]).delete()
        changed = [cell for cell in self.kept if _path(cell, self.now(cell)) != cell.path]
        for cell in changed:  # out of the way first: two fields may have changed names
            cell.path = f"~{cell.pk}"
        model.objects.bulk_update(changed, ["path"])
        for cell in self.kept:
            now = self.now(cell)
            cell.field, cell.path = now["key"], _path(cell, now)
            cell.value = self.values[type(cell), cell.pk]
            for opinion in keeping.opinions(cell):
                opinion.value = self.values[type(opinion), opinion.pk]
                opinion.save(update_fields=["value"])
        model.objects.bulk_update(self.kept, ["field", "path", "value"])


def _path(cell, now):
    return forms.path(now["key"], cell.arm_id, cell.outcome_id)


def _now(name, version):
    """A field or place asked again, under a later version; None when it is no longer asked."""
    key, mark, place = name.partition("|")
    field = becomes(key, version.schema, version.mapping)
    return field and f"{field['key']}{mark}{place}"


def _missing(entries, record):
    """What a submitted entry lacks under the new version, as places or fields."""
    found = set()
    for entry in entries:
        entry = Entry.objects.select_related("version").get(pk=entry.pk)
        if entry.status != Entry.Status.SUBMITTED:
            continue
        units = forms.by_kind(entry.units.all())
        for path, _ in progress.missing(entry):
            found.add(keeping.in_record(path, record) if path else "")
        if "" in found:
            asked = forms.fields(entry.version.schema).values()
            found |= {
                f["key"] for f in asked if not (forms.is_column(f) or forms.places(f, **units))
            }
    return found - {""}


def _ask(entries, record, again, before):
    """Give entries back for what is asked again, and open the record until it is answered."""
    if not again:
        return
    if record:
        keeping.put_by(record, again, before)
        if record.status == Record.Status.APPROVED:
            record.move_to(Record.Status.COMPARING)
            record.approved_by = record.approved_at = None
            record.save(update_fields=["status", "approved_by", "approved_at"])
    for entry in entries:
        entry.again = sorted(keeping.in_entry(again, entry, record)) if record else []
        if entry.status == Entry.Status.SUBMITTED:
            entry.move_to(Entry.Status.DRAFT)
            entry.submitted_at = None
        entry.save(update_fields=["again", "status", "submitted_at"])
