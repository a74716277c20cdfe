"""The units and cells of a record, made from its entries and from which units belong together.

Groups are ``[[unit ids of the first entry], [unit ids of the second]]`` throughout.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .. import schema as forms
from ..comparing import structure
from ..models import Record, RecordCell, RecordUnit, UnitKind
from . import cells as standing


@dataclass(frozen=True, slots=True)
class Built:
    """``cells`` of the record as they stand; ``dropped`` says what was said of cells that are
    no more, as ``{path: [[person id, choice], ...]}``."""

    cells: list
    dropped: dict


def propose(entries):
    """What the system proposes for the units of one or two entries, as it is kept with the
    record: ``{"certain", "groups": [{"first", "second", "score", "reasons", "alike"}]}``."""
    sides = [_items(entry) for entry in entries] + [[]] * (2 - len(entries))
    found = structure.propose(*sides)
    return {
        "certain": len(entries) == 1 or structure.is_certain(found),
        "groups": [
            {
                "first": list(group.first),
                "second": list(group.second),
                "score": f"{group.score:.2f}",
                "reasons": list(group.reasons),
                "alike": group.alike,
            }
            for group in found
        ],
    }


def canonical(groups):
    """Groups in the one order and shape in which they can be compared and hashed."""
    return tuple(sorted((tuple(sorted(first)), tuple(sorted(second))) for first, second in groups))


def proposed(record):
    """The groups of the proposal, as ``canonical`` has them."""
    return canonical((g["first"], g["second"]) for g in record.proposal.get("groups", []))


def standing_groups(record):
    """The groups that the record is built on now, as ``canonical`` has them."""
    return canonical(group for _, group in _standing(record))


def build(record, entries, groups):
    """Make or remake the units and cells of a record; returns what was ``Built``.

    A cell whose readings stay together stays, with its opinions, whatever its arm is called
    now. Nothing that an entry holds is left out: every cell of a field of the form is in one
    cell of the record.
    """
    stands_for, old = _make_units(record, entries, groups)
    built = _make_cells(record, entries, stands_for)
    for unit in old:
        unit.delete()
    return built


def _standing(record):
    """``(unit of the record, its group)`` of each of its units."""
    rows = RecordUnit.also.through.objects.filter(recordunit__record=record)
    further = defaultdict(list)
    for row in rows.select_related("unit").order_by("unit__pk"):
        further[row.recordunit_id].append(row.unit)
    for unit in record.units.select_related("first"):
        sides = [{unit.first_id} - {None}, {unit.second_id} - {None}]
        for other in further[unit.pk]:
            sides[unit.first.entry_id != other.entry_id].add(other.pk)
        yield unit, canonical([sides])[0]


def _items(entry):
    """The units of an entry as the alignment weighs them, with the whole numbers read of each."""
    schema = forms.fields(entry.version.schema)
    numbers = defaultdict(dict)
    for cell in entry.cells.all():
        counts = cell.arm_id and not cell.outcome_id and cell.state == forms.VALUE
        if counts and schema.get(cell.field, {}).get("kind") == "integer":
            numbers[cell.arm_id][cell.field] = Decimal(cell.value["number"])
    return [
        structure.Item(
            unit.pk, unit.kind, unit.label, unit.detail, numbers[unit.pk],
            (unit.first_arm_id, unit.second_arm_id) if unit.first_arm_id else (),
        )
        for unit in entry.units.all()
    ]  # fmt: skip


def _make_units(record, entries, groups):
    """Make the units of the record; return ``({entry unit id: record unit id}, old units)``.

    A unit that stands for the same units as before stays. They get the name that the first
    entry has for them, or for merged arms that of the one who merged them; comparisons come
    last, because they name their arms.
    """
    units = {unit.pk: unit for entry in entries for unit in entry.units.all()}
    before = {group: unit for unit, group in _standing(record)}
    order = sorted(groups, key=lambda group: _place(group, units))
    stands_for, made = {}, {}
    for of_comparisons in (False, True):
        named = {group: _named(group, units) for group in order}
        these = [g for g in order if (named[g].kind == UnitKind.COMPARISON) == of_comparisons]
        for group in these:
            made[group] = before.pop(group, None) or RecordUnit(record=record)
            _describe(made[group], group, named[group], len(made), stands_for)
        new = RecordUnit.objects.bulk_create(made[g] for g in these if not made[g].pk)
        RecordUnit.objects.bulk_update(
            [made[g] for g in these if made[g] not in new], ["label", "detail", "position"]
        )
        stands_for |= {pk: made[g].pk for g in these for side in g for pk in side}
        for group in (g for g in these if len(g[0]) + len(g[1]) > 2):
            made[group].also.set([*group[0][1:], *group[1][1:]])
    return stands_for, list(before.values())


def _named(group, units):
    """The unit of an entry that gives its name."""
    sides = [side for side in group if len(side) == 1] + [side for side in group if side]
    return units[sides[0][0]]


def _describe(unit, group, named, position, stands_for):
    unit.kind, unit.label, unit.detail = named.kind, named.label, named.detail
    unit.position = position
    unit.first_id, unit.second_id = ((side or [None])[0] for side in group)
    unit.first_arm_id = stands_for.get(named.first_arm_id)
    unit.second_arm_id = stands_for.get(named.second_arm_id)


def _place(group, units):
    """In the order of the first entry, then what only the second has."""
    first, second = group
    side, held = (0, first) if first else (1, second)
    return side, min((units[pk].kind, units[pk].position, pk) for pk in held)


def _make_cells(record, entries, stands_for):
    """Make the cells that the entries ask for; keep those whose readings are still the same."""
    before = _before(record)
    people = [entry.extractor_id for entry in entries]
    stay, made, also = [], [], {}
    for (key, arm, outcome), (first, second) in _readings(record, entries, stands_for).items():
        one, other = (side[0] if side else None for side in (first, second))
        rest = [*first[1:], *second[1:]]
        cell = before.pop(_identity(one, other, rest), None)
        (stay if cell else made).append(cell := cell or RecordCell(record=record, field=key))
        cell.first, cell.second, cell.arm_id, cell.outcome_id = one, other, arm, outcome
        cell.path = forms.path(key, arm, outcome)
        also[cell.path] = rest
        _refresh(record, cell, people, rest)
    dropped = {c.path: [[o.person_id, o.choice] for o in c.opinions.all()] for c in before.values()}
    for cell in before.values():
        cell.delete()
    RecordCell.objects.bulk_update(stay, ["arm", "outcome", "path", *standing.DECIDED])
    RecordCell.objects.bulk_create(made)
    for cell in (c for c in (*stay, *made) if also[c.path]):
        cell.also.set(also[cell.path])
    return Built([*stay, *made], {path: said for path, said in dropped.items() if said})


def _before(record):
    """``{identity: cell}`` of the cells that the record has."""
    further = standing.merged(record)
    cells = record.cells.select_related("first", "second").prefetch_related("opinions")
    return {_identity(c.first, c.second, further[c.pk]): c for c in cells}


def _refresh(record, cell, people, rest):
    """Project a cell that was kept with its opinions, or a new one from its readings alone."""
    if cell.pk and cell.opinions.all():
        standing.settle(record, cell, people, rest)
    else:
        standing.write(cell, standing.projected(record, cell, people, rest), None)


def _readings(record, entries, stands_for):
    """``{(field, record arm, record outcome): ([first's cells], [second's])}`` in the order of
    the form and of the units."""
    order = {key: place for place, key in enumerate(forms.fields(record.version.schema))}
    found = defaultdict(lambda: ([], []))
    for side, entry in enumerate(entries):
        cells = entry.cells.select_related("arm", "outcome").all()
        for cell in sorted(cells, key=lambda c: (c.arm.position if c.arm else 0, c.pk)):
            if cell.field in order:
                place = (stands_for.get(cell.arm_id), stands_for.get(cell.outcome_id))
                found[cell.field, *place][side].append(cell)
    return dict(sorted(found.items(), key=lambda f: (order[f[0][0]], f[0][2] or 0, f[0][1] or 0)))


def _identity(first, second, rest):
    """What makes a cell the same one under another alignment: the readings in it."""
    return first and first.pk, second and second.pk, tuple(sorted(cell.pk for cell in rest))


def settled_entries(record):
    """The submitted entries behind a record, in order."""
    entries = record.study.entries.filter(form=record.form_id).select_related("version")
    return list(entries.order_by("pk"))


def is_open(record):
    """Whether the values of a record have to wait for its arms and outcomes."""
    return record.structure != Record.Structure.CONFIRMED
