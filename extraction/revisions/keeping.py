"""What is kept of answers that do not move on, and how places of a record and its entries meet."""

import itertools
from collections import defaultdict

from .. import progress
from .. import schema as forms
from ..models import Former, RecordCell, RecordUnit
from ..provenance import said

HELD = ("state", "value", "note", "quote", "page", "file_id", "anchor")
DECIDED = ("status", "origin", "by_rule", "decided_by_id")


def cells_of(record):
    """The cells of a record with their readings and opinions."""
    cells = record.cells.select_related("first", "second", "arm", "outcome")
    return list(cells.prefetch_related("opinions", "also"))


def sides(cell):
    """The readings in a cell of a record; none for a cell of an entry."""
    if not isinstance(cell, RecordCell):
        return []
    return [side for side in (cell.first, cell.second, *cell.also.all()) if side]


def opinions(cell):
    """The opinions on a cell of a record; none for a cell of an entry."""
    return list(cell.opinions.all()) if isinstance(cell, RecordCell) else []


def of_entry(entry, version):
    """Return ``keep(cells)``: put cells of an entry into its history under ``version``."""
    return lambda cells: _keep(cells, version, entry=entry)


def of_record(record, version):
    """Return ``keep(cells)``: put cells of a record into its history under ``version``."""
    return lambda cells: _keep(cells, version, record=record)


def put_by(record, again, version):
    """Put cells of a record that are asked again into its history, and out of the record."""
    cells = [cell for cell in cells_of(record) if cell.path in again or cell.field in again]
    _keep(cells, version, record=record)
    record.cells.filter(pk__in=[cell.pk for cell in cells]).delete()


def in_record(path, record):
    """A place of an entry as the record's path; the same path while there is no record."""
    if record is None:
        return path
    stands_for = {pk: unit for unit, held in _units(record).items() for pk in held}
    key, arm, outcome = forms.split_path(path)
    return forms.path(key, stands_for.get(arm), stands_for.get(outcome))


def in_entry(names, entry, record):
    """Fields and places of a record as those of one entry; a merged arm gives several."""
    own = set(entry.units.values_list("pk", flat=True))
    mine = {unit: sorted(held & own) for unit, held in _units(record).items()}
    found = set()
    for name in names:
        if "|" not in name:
            found.add(name)
            continue
        key, arm, outcome = forms.split_path(name)
        sides = ([None] if unit is None else mine.get(unit, []) for unit in (arm, outcome))
        found |= {forms.path(key, *place) for place in itertools.product(*sides)}
    return found


def _units(record):
    """``{id of a unit of the record: ids of the units of entries it stands for}``."""
    held = defaultdict(set)
    for unit in record.units.all():
        held[unit.pk] = {unit.first_id, unit.second_id} - {None}
    for row in RecordUnit.also.through.objects.filter(recordunit__record=record):
        held[row.recordunit_id].add(row.unit_id)
    return held


def _keep(cells, version, **owner):
    asked = forms.fields(version.schema)
    Former.objects.bulk_create(
        Former(
            version=version,
            field=cell.field,
            path=cell.path,
            name=_named(asked, cell),
            shown=_shown(asked, cell),
            content=_content(cell),
            **owner,
        )
        for cell in cells
    )


def _named(asked, cell):
    field = asked.get(cell.field, {"label": cell.field})
    return progress.named(field, cell.arm, cell.outcome)


def _shown(asked, cell):
    if isinstance(cell, RecordCell) and cell.status != RecordCell.Status.CLOSED:
        return cell.get_status_display()
    if cell.field not in asked:
        return cell.value.get("printed") or cell.get_state_display()
    return said(asked[cell.field], cell)


def _content(cell):
    """All that a row holds, as JSON."""
    held = {name: getattr(cell, name) for name in HELD}
    if not isinstance(cell, RecordCell):
        return held | {"confirmed": cell.confirmed}
    held |= {name: getattr(cell, name) for name in DECIDED}
    held["readings"] = [{name: getattr(side, name) for name in HELD} for side in sides(cell)]
    told = ("person_id", "role", "choice", "state", "value", "note")
    held["opinions"] = [{name: getattr(o, name) for name in told} for o in opinions(cell)]
    return held
