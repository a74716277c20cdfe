"""One cell of a record: what its readings, opinions, ruling and rule come to."""

from collections import defaultdict

from django.utils import timezone

from .. import projection
from .. import schema as forms
from ..comparing.differences import WORDS, Kind, compare
from ..models import Entry, Opinion, RecordCell
from ..projection import SEVERAL, Voice

Choice, Role = Opinion.Choice, Opinion.Role
DECIDED = (
    *("status", "origin", "state", "value", "by_rule", "note", "quote", "page"),
    *("file", "anchor", "query", "decided_by", "decided_at"),
)


def extractors(record):
    """The ids of those who extracted, in the order of their entries."""
    entries = Entry.objects.filter(study=record.study_id, form=record.form_id)
    return list(entries.order_by("pk").values_list("extractor_id", flat=True))


def merged(record):
    """``{record cell id: [Cell, ...]}``: the further readings of merged arms."""
    rows = RecordCell.also.through.objects.filter(recordcell__record=record)
    found = defaultdict(list)
    for row in rows.select_related("cell").order_by("cell__pk"):
        found[row.recordcell_id].append(row.cell)
    return found


def sides(cell, also=()):
    """The readings of the first and of the second entry, each a list of cells; ``also`` are the
    further ones of this cell."""
    both = [[cell.first] if cell.first else [], [cell.second] if cell.second else []]
    for further in also:
        theirs = cell.first is None or further.entry_id != cell.first.entry_id
        both[theirs].append(further)
    return both


def heard(field, person, said):
    """The ``Voice`` of one person's readings of a cell; merged arms speak when they agree."""
    if not said:
        return Voice(person)
    if len({forms.identity(field, one.state, one.value) for one in said}) > 1:
        return Voice(person, SEVERAL, {})
    return Voice(person, said[0].state, said[0].value)


def projected(record, cell, people, also=()):
    """The ``Projection`` of a cell from its rows; ``people`` are the extractors' ids."""
    field = forms.fields(record.version.schema)[cell.field]
    readings = [heard(field, *pair) for pair in zip(people, sides(cell, also), strict=False)]
    opinions = list(cell.opinions.all()) if cell.pk else []
    later = [o for o in opinions if o.role == Role.EXTRACTOR]
    ruling = next((_voice(o) for o in opinions if o.role == Role.ARBITER), None)
    return projection.project(
        field,
        readings,
        opinions=[_voice(o) for o in later if o.choice != Choice.ESCALATED],
        ruling=ruling,
        escalated=any(o.choice == Choice.ESCALATED for o in later),
        agreed=None if opinions else _agreed(field, cell),
    )


def write(cell, came_to, decisive):
    """Put a projection into a cell, with the witness of the reading that stands.

    ``decisive`` is the opinion that closed it, or None when the readings or the rule did.
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
    ruled = by_rule_words(cell) if decisive is None and cell.by_rule else ""
    cell.note = (closed_by and closed_by.note) or ruled or (witness.note if witness else "")
    cell.quote = witness.quote if witness else ""
    cell.page = witness.page if witness else None
    cell.file_id = witness.file_id if witness else None
    cell.anchor = witness.anchor if witness else {}
    cell.query_id = witness.query_id if witness else None


def by_rule_words(cell):
    """Why the cell was closed without asking: the note that stands with its value."""
    kind = WORDS[Kind(cell.by_rule)]
    return f"Agreed by the rule of this review for harmless differences: {kind}."


def settle(record, cell, people, also=()):
    """Bring a cell up to date with its opinions; does not save."""
    opinions = list(cell.opinions.select_related("person"))
    opinions.sort(key=lambda opinion: opinion.given_at)
    rulings = [opinion for opinion in opinions if opinion.role == Role.ARBITER]
    decisive = (rulings or opinions or [None])[-1]
    write(cell, projected(record, cell, people, also), decisive)


def give(cell, person, role, choice, state, value, note):
    """Write the opinion or ruling of a person, in the place of their last one."""
    said = {"role": role, "choice": choice, "state": state, "value": value, "note": note}
    Opinion.objects.update_or_create(
        cell=cell, person=person, defaults=said | {"given_at": timezone.now()}
    )


def reading(said):
    """A cell of an entry as ``comparing`` takes it; None for one left empty."""
    return (said.state, said.value) if said else None


def _agreed(field, cell):
    """The side that the review's rule lets stand, or None where the rule did not speak."""
    if not cell.by_rule:
        return None
    found = compare(field, reading(cell.first), reading(cell.second))
    return found.take if found.kind == cell.by_rule else None


def _voice(opinion):
    return Voice(opinion.person_id, opinion.state, opinion.value)
