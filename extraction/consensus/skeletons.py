"""Both skeletons of a study side by side, as the page of the first pass shows them."""

from collections import defaultdict
from dataclasses import dataclass

from .. import schema as forms
from .. import viewing
from ..models import Opinion, UnitKind
from . import building

KINDS = {
    UnitKind.ARM: "Arms",
    UnitKind.OUTCOME: "Outcomes and times",
    UnitKind.COMPARISON: "Comparisons of two arms",
}
FACTS = 3  # numbers shown beside a unit


@dataclass(frozen=True, slots=True)
class Bone:
    """One unit of an entry: its ``facts`` are the first numbers read of it, ``cells`` how many
    cells travel with it, ``row`` the number of the row it stands in."""

    unit: object
    facts: list
    cells: int
    row: int


@dataclass(frozen=True, slots=True)
class Row:
    """Units that stand for one thing: ``sides`` hold the bones of A and of B. ``alike`` says the
    names are the same; ``match`` is the score in per cent, None where nothing was proposed."""

    kind: str
    number: int
    sides: list
    alike: bool
    match: int | None
    reasons: list

    @property
    def alone(self):
        return not all(self.sides)

    @property
    def merged(self):
        return any(len(side) > 1 for side in self.sides)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """``parts`` are (title, rows, numbers to choose from) by kind; ``letters`` (A or B, who)."""

    parts: list
    letters: list


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of the structure: ``same`` as the arrangement shown, ``left`` to the
    third person; ``pk`` is that of the opinion."""

    pk: int
    who: str
    mine: bool
    same: bool
    left: bool
    ruling: bool
    note: str


def lay_out(record, seat, view, groups):
    """Return the ``Skeleton`` of a record's entries in an arrangement of ``groups``."""
    lettered = viewing.lettered(record.pk, seat, view)
    order = [place for _, place, _ in lettered]
    bones = [_bones(entry) for entry in view.entries]
    told = {
        building.canonical([(g["first"], g["second"])])[0]: g
        for g in record.proposal.get("groups", [])
    }
    units = {pk: unit for side in bones for pk, (unit, _, _) in side.items()}
    parts = []
    for kind, title in KINDS.items():
        ours = [g for g in groups if units[(*g[0], *g[1])[0]].kind == kind]
        ours.sort(key=lambda group: _place(group, units, order))
        rows = [_row(n, group, bones, order, told) for n, group in enumerate(ours, start=1)]
        if rows:
            parts.append((title, rows, list(range(1, len(rows) + 1))))
    return Skeleton(parts, [(letter, who) for letter, _, who in lettered])


def spoken(record, seat, view, groups):
    """What was said of the structure, as this person may see it."""
    lines = []
    for opinion in record.structure_opinions.select_related("person"):
        ruling = opinion.role == Opinion.Role.ARBITER
        nameless = "The third person" if ruling else "One of the two"
        who = viewing.name_of(opinion.person, seat, view) or nameless
        lines.append(
            Said(
                opinion.pk, who, opinion.person == seat.user,
                building.canonical(opinion.groups) == groups, opinion.escalated, ruling,
                opinion.note,
            )
        )  # fmt: skip
    return lines


def shown_first(record, seat, asked=None):
    """The arrangement a page opens with: the one of the opinion ``asked`` for, else this
    person's own, else the one the record is built on."""
    opinions = {o.pk: o for o in record.structure_opinions.filter(escalated=False)}
    mine = next((o for o in opinions.values() if o.person_id == seat.user.pk), None)
    chosen = opinions.get(asked) or mine
    return building.canonical(chosen.groups) if chosen else building.standing_groups(record)


def arranged(view, chosen, split=None):
    """The groups that rows stand for: ``chosen`` maps a unit's id to the number of its row of
    its kind, or to None for a row of its own; ``split`` is (kind, number) of a row to part."""
    rows = defaultdict(lambda: ([], []))
    for side, entry in enumerate(view.entries):
        for unit in entry.units.all():
            row = chosen.get(unit.pk)
            own = row is None or split == (unit.kind, row)
            rows[(unit.kind, row) if not own else (unit.kind, unit.pk, side)][side].append(unit.pk)
    return building.canonical(rows.values())


def _bones(entry):
    """``{unit id: (unit, facts, number of cells)}`` of one entry."""
    asked = forms.fields(entry.version.schema)
    facts, counted = defaultdict(list), defaultdict(int)
    for cell in entry.cells.order_by("pk"):
        for pk in (cell.arm_id, cell.outcome_id):
            counted[pk] += 1
        field = asked.get(cell.field)
        plain = field and cell.arm_id and not cell.outcome_id and cell.state == forms.VALUE
        if plain and field["kind"] in forms.NUMERIC and len(facts[cell.arm_id]) < FACTS:
            facts[cell.arm_id].append((field["label"], forms.show(field, cell.value)))
    return {unit.pk: (unit, facts[unit.pk], counted[unit.pk]) for unit in entry.units.all()}


def _place(group, units, order):
    """In the order of side A, then what only B has."""
    side = next(n for n, place in enumerate(order) if group[place])
    return side, min((units[pk].position, pk) for pk in group[order[side]])


def _row(number, group, bones, order, told):
    found = told.get(group)
    sides = [[Bone(*bones[place][pk], number) for pk in group[place]] for place in order]
    alone = not (group[0] and group[1])
    kind = next(bone.unit.kind for side in sides for bone in side)
    return Row(
        kind, number, sides, bool(found and found["alike"]),
        None if found is None or alone else round(100 * float(found["score"])),
        [] if found is None or alone else found["reasons"],
    )  # fmt: skip
