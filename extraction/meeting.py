"""Where two readings differ, as the page shows it to the two or to a third person."""

from dataclasses import dataclass

from . import compare, viewing
from . import schema as forms
from .models import Opinion, Record, RecordCell
from .provenance import said

Choice, Role = Opinion.Choice, Opinion.Role
KINDS = {
    compare.Difference.SAME: ("agreed", "both the same"),
    compare.Difference.MISSING: ("ask", "only one gives a value"),
    compare.Difference.DIFFERS: ("differs", "they differ"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One side: ``letter`` is A or B, ``words`` the value; ``empty`` when it was left empty."""

    letter: str
    who: str
    words: str
    quote: str
    page: int | None
    note: str
    file: object
    passage: str
    empty: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell in discussion. ``opinions`` are (who, words, note) said since; ``proposal`` is
    the other's value that this person can agree to; ``act`` is the name of the URL that takes
    this person's verdict, "" when they have none to give."""

    cell: object
    name: str
    field: dict
    state: str
    word: str
    sides: list
    opinions: list
    proposal: str
    value: str
    act: str
    typed: str = ""
    problem: str = ""


def differences(record, seat, view, statuses, limit):
    """Return the ``Difference`` of the first ``limit`` cells of a record in one of
    ``statuses``, in the order of the form."""
    order = {key: place for place, key in enumerate(forms.fields(record.version.schema))}
    cells = list(
        record.cells.filter(status__in=statuses)
        .select_related("first__file", "second__file", "arm", "outcome")
        .prefetch_related("opinions__person")
    )
    cells.sort(key=lambda cell: (order[cell.field], cell.outcome_id or 0, cell.arm_id or 0))
    return [difference(cell, record, seat, view) for cell in cells[:limit]]


def difference(cell, record, seat, view, *, typed="", problem=""):
    """Return the ``Difference`` of one cell; call only where ``view.content`` allows it."""
    field = forms.fields(record.version.schema)[cell.field]
    readings = [(s.state, s.value) if s else None for s in (cell.first, cell.second)]
    state, word = KINDS[compare.difference(field, *readings)]
    sides = viewing.sides(cell, seat, view)
    letters = {side.choice: side.letter for side in sides}
    opinions = list(cell.opinions.all())
    proposal = _proposal(opinions, seat)
    closed = cell.status == RecordCell.Status.CLOSED
    return Difference(
        cell=cell,
        name=", ".join(str(part) for part in (field["label"], cell.outcome, cell.arm) if part),
        field=field,
        state=state,
        word=word,
        sides=[_reading(side, field) for side in sides],
        opinions=[_told(opinion, field, letters, seat, view) for opinion in opinions],
        proposal=said(field, proposal) if proposal else "",
        value=said(field, cell) if closed else "",
        act=_act(cell, record, view, opinions, seat),
        typed=typed,
        problem=problem,
    )


def meant(cell, verdict, given, seat, view):
    """The arguments of a door for what somebody pressed: a letter, another value, and so on."""
    if verdict in ("a", "b"):
        chosen = {s.letter.lower(): s.choice for s in viewing.sides(cell, seat, view)}
        return {"choice": chosen.get(verdict, Choice.SECOND)}
    if verdict == "third":
        return {"choice": Choice.ESCALATED}
    if verdict == "proposal" and (other := _proposal(cell.opinions.all(), seat)):
        return {"choice": Choice.REWRITTEN, "state": other.state, "given": other.value}
    if verdict in ("not_reported", "unclear"):
        return {"choice": Choice.REWRITTEN, "state": verdict}
    return {"choice": Choice.REWRITTEN, "given": given}


def _reading(side, field):
    read = side.cell
    return Reading(
        letter=side.letter,
        who=side.who,
        words=said(field, read),
        quote=read.quote if read else "",
        page=read.page if read else None,
        note=read.note if read else "",
        file=read.file if read else None,
        passage=read.passage if read else "",
        empty=read is None,
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
