"""Where two readings differ, as the page shows it to the two or to a third person."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from . import asprinted, viewing
from . import schema as forms
from .comparing.differences import WORDS, Kind, compare
from .consensus import cells as standing
from .consensus import differing
from .models import Opinion, Record, RecordCell
from .provenance import said

Choice, Role = Opinion.Choice, Opinion.Role


@dataclass(frozen=True, slots=True)
class Reading:
    """One side: ``letter`` is A or B, ``words`` the value; ``empty`` when it was left empty,
    ``several`` when its arms were merged and hold different values; ``printed`` says what the
    value was derived from (``asprinted.Printed``, or None)."""

    letter: str
    who: str
    words: str
    quote: str
    page: int | None
    note: str
    file: object
    passage: str
    printed: object
    empty: bool
    several: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell in discussion. ``opinions`` are (who, words, note) said since; ``proposal`` is
    the other's value that this person can agree to; ``act`` is the name of the URL that takes
    this person's verdict, "" when they have none to give. ``kind``, ``mark`` and ``word`` say how
    the readings differ; ``take`` is the letter that a harmless difference leaves standing."""

    cell: object
    name: str
    field: dict
    kind: str
    mark: str
    word: str
    harmless: bool
    take: str
    sides: list
    opinions: list
    proposal: str
    value: str
    act: str
    typed: str = ""
    problem: str = ""

    @property
    def formats(self):
        """The forms in which another value can be typed, as (code, label)."""
        return asprinted.for_field(self.field)


@dataclass(frozen=True, slots=True)
class Meeting:
    """What of a record is left for one person: ``serious`` and ``harmless`` differences, each
    as many as a page shows, in the order of the form; ``types`` are (kind, mark, word, number)
    of the harmless ones; ``left`` counts all, ``equal`` the cells that are closed."""

    serious: list
    harmless: list
    types: list
    left: int
    equal: int


def lay_out(record, seat, view, statuses, limit):
    """Return the ``Meeting`` over a record's cells in one of ``statuses``."""
    order = {key: place for place, key in enumerate(forms.fields(record.version.schema))}
    cells = list(record.cells.select_related("first__file", "second__file", "arm", "outcome"))
    found = differing.of(record, cells)
    left = [cell for cell in cells if cell.status in statuses]
    left.sort(key=lambda c: (order[c.field], c.outcome_id or 0, c.arm_id or 0))
    parts = {
        harmless: [c for c in left if found[c.pk].harmless == harmless]
        for harmless in (False, True)
    }
    shown = [cell for part in parts.values() for cell in part[:limit]]
    prefetch_related_objects(shown, "opinions__person")
    merged = standing.merged(record)
    told = {
        harmless: [
            difference(c, record, seat, view, found=found[c.pk], also=merged.get(c.pk, ()))
            for c in part[:limit]
        ]
        for harmless, part in parts.items()
    }
    counted = Counter(found[cell.pk].kind for cell in parts[True])
    types = [(str(k), differing.MARKS[k], WORDS[k], counted[k]) for k in Kind if k in counted]
    return Meeting(told[False], told[True], types, len(left), len(cells) - len(left))


def difference(cell, record, seat, view, *, found=None, also=(), typed="", problem=""):
    """Return the ``Difference`` of one cell; call only where ``view.content`` allows it.

    ``found`` is how its readings differ (``consensus.differing``), where that is known already.
    """
    field = forms.fields(record.version.schema)[cell.field]
    found = found or compare(field, standing.reading(cell.first), standing.reading(cell.second))
    sides = viewing.sides(cell, seat, view)
    letters = {side.choice: side.letter for side in sides}
    opinions = list(cell.opinions.all())
    proposal = _proposal(opinions, seat)
    closed = cell.status == RecordCell.Status.CLOSED
    take = None if found.take is None else (Choice.FIRST, Choice.SECOND)[found.take]
    return Difference(
        cell=cell,
        name=", ".join(str(part) for part in (field["label"], cell.outcome, cell.arm) if part),
        field=field,
        kind=str(found.kind),
        mark=differing.mark(found),
        word=found.word,
        harmless=found.harmless,
        take=letters.get(take, ""),
        sides=[_reading(side, field, also) for side in sides],
        opinions=[_told(opinion, field, letters, seat, view) for opinion in opinions],
        proposal=said(field, proposal) if proposal else "",
        value=said(field, cell) if closed else "",
        act=_act(cell, record, view, opinions, seat),
        typed=typed,
        problem=problem,
    )


def meant(cell, verdict, given, seat, view, code=""):
    """The arguments of a door for what somebody pressed: a letter, another value (in the format
    ``code``), and so on."""
    if verdict in ("a", "b"):
        chosen = {s.letter.lower(): s.choice for s in viewing.sides(cell, seat, view)}
        return {"choice": chosen.get(verdict, Choice.SECOND)}
    if verdict == "third":
        return {"choice": Choice.ESCALATED}
    if verdict == "proposal" and (other := _proposal(cell.opinions.all(), seat)):
        return {"choice": Choice.REWRITTEN, "state": other.state, "given": other.value}
    if verdict in ("not_reported", "unclear"):
        return {"choice": Choice.REWRITTEN, "state": verdict}
    return {"choice": Choice.REWRITTEN, "given": _in_format(cell, given, code)}


def _in_format(cell, text, code):
    """Typed text with its format, and the number of patients a reading was derived with."""
    field = forms.fields(cell.record.version.schema)[cell.field]
    if field["kind"] not in forms.SUMMARIES or not text.strip():
        return text
    values = [side.value for side in (cell.first, cell.second) if side]
    around = next((value["with"] for value in values if value.get("with")), {})
    return {"given": text, "as": code, "with": around}


def _reading(side, field, also):
    """One side; what merged arms hold stands in a row, each with the name of its arm."""
    read = side.cell
    further = [c for c in also if read and c.entry_id == read.entry_id]
    words = said(field, read)
    if further:
        words = "; ".join(f"{one.arm}: {said(field, one)}" for one in (read, *further))
    meant = {forms.identity(field, one.state, one.value) for one in (read, *further) if one}
    quotes = [one.quote for one in (read, *further) if one and one.quote]
    return Reading(
        letter=side.letter,
        who=side.who,
        words=words,
        quote=" / ".join(quotes),
        page=read.page if read else None,
        note=read.note if read else "",
        file=read.file if read else None,
        passage=read.passage if read else "",
        printed=asprinted.of(field, read.state, read.value) if read else None,
        empty=read is None,
        several=len(meant) > 1,
    )


def _proposal(opinions, seat):
    """The value that the other of the two proposes, or None."""
    for opinion in opinions:
        if (
            opinion.person_id != seat.user.pk
            and opinion.role == Role.EXTRACTOR
            and opinion.choice == Choice.REWRITTEN
        ):
            return opinion
    return None


def _told(opinion, field, letters, seat, view):
    """An opinion as (who, words, note)."""
    who = viewing.name_of(opinion.person, seat, view) or "One of the two"
    if opinion.role == Role.ARBITER:
        who = viewing.name_of(opinion.person, seat, view) or "The third person"
    if opinion.choice == Choice.ESCALATED:
        return who, "left it to the third person", opinion.note
    if opinion.choice in letters:
        return who, f"took {letters[opinion.choice]}", opinion.note
    return who, f"said {said(field, opinion)}", opinion.note


def _act(cell, record, view, opinions, seat):
    """Where this person's verdict goes; "" when they have none to give now."""
    if record.status != Record.Status.COMPARING:
        return ""
    ruling = next((o for o in opinions if o.role == Role.ARBITER), None)
    if view.pair:
        return "" if ruling else "record-opinion"
    mine = ruling is not None and ruling.person_id == seat.user.pk
    open_to_third = cell.status == RecordCell.Status.ESCALATED
    return "record-rule" if view.third and (mine or open_to_third) else ""
