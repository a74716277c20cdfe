"""What the pages of participants show: where each study stands, rows as texts, findings."""

import hashlib
from dataclasses import dataclass

from django.urls import reverse

from review.access import Can

from .. import lanes
from .. import schema as forms
from ..models import (
    CellState,
    Opinion,
    ParticipantRecord,
    ParticipantTable,
    Record,
    RecordCell,
)
from ..standing import Standing
from . import mapping, published, rows, scrutiny, viewing

Way = ParticipantTable.Way
MAP_ROWS = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One study with one form, and the next step of this person."""

    study: object
    form: object
    standing: Standing
    may_begin: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One input of the grid: ``text`` stands in it, ``problem`` is said at it."""

    name: str
    field: dict
    text: str
    code: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two readings of a difference, as a page shows it."""

    letter: str
    choice: str
    who: str
    text: str


def forms_with_participants(review):
    """Published forms that ask something of single participants, with their columns."""
    found = []
    for form in lanes.published_forms(review):
        if columns := mapping.dictionary(form.published.schema):
            found.append((form, columns))
    return found


def lines(review, form, seat):
    """A ``Line`` for every study that a form is for."""
    tables, records = {}, {}
    for table in ParticipantTable.objects.filter(study__review=review, form=form):
        tables.setdefault(table.study_id, []).append(table)
    found = ParticipantRecord.objects.filter(study__review=review, form=form)
    for record in found.select_related("first", "second"):
        records[record.study_id] = record
    return [
        _line(study, form, seat, tables.get(study.pk, []), records.get(study.pk))
        for study in review.studies.asked_by(form)
    ]


def of_study(study, seat):
    """A ``Line`` for each form with participants that is for a study."""
    return [
        line
        for form, _ in forms_with_participants(seat.review)
        for line in lines(seat.review, form, seat)
        if line.study == study
    ]


def _line(study, form, seat, tables, record):
    standing = _standing(seat, tables, record)
    may_begin = not tables and seat.can(Can.EXTRACT)
    second = tables and tables[0].way == Way.TYPED and len(tables) < seat.review.extraction_entries
    mine = any(table.extractor_id == seat.user.pk for table in tables)
    if second and not record and not mine and seat.can(Can.EXTRACT):
        may_begin = True
    return Line(study, form, standing, may_begin)


def _standing(seat, tables, record):
    def to(name, one):
        return reverse(name, args=[seat.review.pk, one.pk])

    if record is not None:
        view = viewing.of_record(record, seat)
        if record.status == ParticipantRecord.Status.APPROVED:
            return Standing("approved", "Approved", "See the rows", to("participants", record))
        if view.checks:
            word = "Data set, needs a second person's check"
            return Standing("second", word, "Check", to("participants", record))
        return Standing("comparing", "Being compared", "See", to("participants", record))
    mine = next((table for table in tables if table.extractor_id == seat.user.pk), None)
    if mine and mine.status == ParticipantTable.Status.DRAFT:
        return Standing("half", "You are entering them", "Go on", to("participant-table", mine))
    if mine:
        return Standing("waiting", "You have submitted", "See", to("participant-table", mine))
    if not tables:
        return Standing("new", "Nobody has begun")
    if tables[0].way == Way.TYPED and len(tables) < seat.review.extraction_entries:
        return Standing("second", "Needs a second person")
    return Standing("running", "Being entered")


def grid(columns, found, posted=None, problems=()):
    """Rows of the grid as ``(number, row id, key, boxes, problem of the key)``; ``posted`` is
    what was typed where it was refused, in the shape of ``entering.save_rows``."""
    said = {}
    for problem in problems:
        said.setdefault((problem.line, problem.column), problem.text)
    made = []
    for number, (pk, key, values, texts) in enumerate(found, 1):
        boxes = [
            Box(
                name=f"row-{number}-{name}",
                field=asked,
                text=texts[name] if texts else _shown(asked, values.get(name)),
                code=texts[name] if texts else (values.get(name) or {}).get("code", ""),
                problem=said.get((number, name), ""),
            )
            for name, asked in columns.items()
        ]
        made.append((number, pk, key, boxes, said.get((number, ""), "")))
    return made


def shown_rows(columns, found):
    """Rows as ``(key, texts)``; None for a missing value."""
    return [
        (key, [_shown(asked, values.get(name)) or None for name, asked in columns.items()])
        for key, values in found
    ]


def findings(columns, found, group=""):
    """What the page of odd things shows, by name."""
    pages = scrutiny.missing(columns, found)
    group = group if group in columns else _first_choice(columns)
    groups = scrutiny.by_group(columns[group], found, group) if group else {"All": found}
    labels = {name: asked["label"] for name, asked in columns.items()}
    alike, parts = scrutiny.duplicates(columns, found), groups.values()
    return {
        "rows_read": len(found),
        "labels": labels,
        "duplicates": [(one, labels.get(one.field, "")) for one in alike],
        "outside": [(one, labels[one.field]) for one in scrutiny.outside(columns, found)],
        "digits": [(one, labels[one.field]) for one in scrutiny.last_digits(columns, found)],
        "patterns": pages[:MAP_ROWS],
        "more_patterns": len(pages) - MAP_ROWS,
        "absent": [
            (asked["label"], sum(not values.get(name) for _, values in found))
            for name, asked in columns.items()
        ],
        "group": group,
        "choices": [(k, one["label"]) for k, one in columns.items() if one["kind"] == "choice"],
        "groups": [(label, len(part)) for label, part in groups.items()],
        "summaries": [
            (heading(asked), [_told(scrutiny.summary(asked, part)) for part in parts])
            for asked in columns.values()
            if asked["kind"] not in forms.TEXTS
        ],
    }  # fmt: skip


def heading(asked):
    """A column as the head of a table, with its unit."""
    unit = forms.unit(asked)
    return f"{asked['label']} ({unit})" if unit else asked["label"]


def against_print(record, columns, found):
    """What the study's approved record prints beside the same from its rows: pairs of the
    printing form and its ``published.Line`` list."""
    pairs = list(record.form.printed_pairs.select_related("printed_form"))
    made = []
    approved = Record.objects.filter(study=record.study_id, status=Record.Status.APPROVED)
    for other in approved.select_related("form", "version"):
        wanted = [pair_of(pair) for pair in pairs if pair.printed_form_id == other.form_id]
        cells = RecordCell.objects.filter(record=other, arm=None, outcome=None)
        held = {cell.field: (cell.state, cell.value) for cell in cells}
        asked = forms.fields(other.version.schema)
        if wanted:
            made.append((other.form, published.compare(columns, found, asked, held, wanted)))
    return made


def pair_of(row):
    """A ``PrintedPair`` as ``published.Pair``."""
    return published.Pair(row.statistic, row.printed_field, row.column, row.code)


def differences(record, seat, view):
    """Every difference as ``(difference, field, sides, said, stands)``; ``said`` is this person's
    own last word in words, or "". The two see their own side first; for anybody else the order
    is drawn for each difference by a hash, the same at every visit."""
    columns = mapping.dictionary(record.version.schema)
    sides = [("first", record.first), ("second", record.second)]
    made = []
    for one in record.differences.prefetch_related("opinions"):
        turned = _turned(one, record, seat, view)
        asked = rows.asked_of(columns, one.field)
        shown = [
            Side(letter, choice, _who(table, seat, view),
                 _shown(asked, getattr(one, choice)) or "Not reported")
            for letter, (choice, table) in zip("AB", sides[::-1] if turned else sides, strict=True)
        ]  # fmt: skip
        own = next((o for o in one.opinions.all() if o.person_id == seat.user.pk), None)
        made.append((one, asked, shown, _said(asked, own), _stands(asked, one)))
    return made


def _turned(one, record, seat, view):
    """Whether the second reading is shown as A."""
    if view.pair:
        return seat.user.pk == record.second.extractor_id
    return bool(hashlib.sha256(f"sides of difference {one.pk}".encode()).digest()[0] % 2)


def _said(asked, opinion):
    if opinion is None:
        return ""
    if opinion.choice == Opinion.Choice.ESCALATED:
        return "leave it to the third person"
    return _shown(asked, opinion.value) or "not reported"


def _stands(asked, one):
    if one.status != RecordCell.Status.CLOSED:
        return ""
    return _shown(asked, one.value) if one.state == CellState.VALUE else "Not reported"


def _who(table, seat, view):
    if table.extractor_id == seat.user.pk:
        return "You"
    return str(table.extractor) if view.names else ""


def _shown(asked, value):
    return forms.show(asked, value) if value else ""


def _told(found):
    """A ``Summary`` in one cell."""
    if found.counts:
        text = "; ".join(f"{label} {n}" for label, n in found.counts)
    elif found.n and found.mean is not None:
        spread = "" if found.sd is None else f" ± {found.sd:.1f}"
        text = f"{found.mean:.1f}{spread} ({found.low:g} to {found.high:g})".replace("-", "−")
    else:
        text = "—"
    return text, found.missing


def _first_choice(columns):
    return next((key for key, asked in columns.items() if asked["kind"] == "choice"), "")
