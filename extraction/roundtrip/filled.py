"""Reads a filled template: what it would change, and what cannot be taken, by sheet and cell. Pure
but for what it is given."""

from dataclasses import dataclass, replace

from openpyxl.utils import get_column_letter

from .. import schema
from . import layout

VERSION = "Version of the form"
HEADER_ROWS = 20
LONGEST = 10_000  # letters of a quote or a note
AGAIN = "Download the template of your entry again and copy your values into it."


class WrongTemplate(ValueError):
    """A workbook that is not the template of this entry; the text says what to do."""


class Refusal(ValueError):
    """Something in one column that cannot be taken; ``column`` is its heading."""

    def __init__(self, column, text):
        super().__init__(text)
        self.column = column


@dataclass(frozen=True, slots=True)
class Refused:
    """One thing that cannot be taken, and where it stands in the workbook."""

    sheet: str
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that would change: in words, and as arguments of ``extract.Typed``."""

    name: str
    was: str
    now: str
    typed: dict


@dataclass(frozen=True, slots=True)
class Filled:
    """What a filled template comes to. ``same`` rows hold what the entry holds; ``empty`` ones
    have no value, and change nothing."""

    changes: list
    refused: list
    same: int
    empty: int


def read(sheets, boxes, facts):
    """Return the ``Filled`` of a workbook, or raise ``WrongTemplate``.

    sheets: ``(title, [(row, texts), ...])``; boxes: the cells of the entry by path; facts: what
    the workbook must say it belongs to.
    """
    _check_facts(dict(sheets), facts)
    changes, refused, seen, counts = [], [], {}, {"same": 0, "empty": 0}
    for title, rows in sheets:
        if title not in layout.LEVELS.values():
            continue
        columns, rows = _header(title, rows)
        for number, texts in rows:
            row = {name: _at(texts, place) for name, place in columns.items()}
            if not any(row.values()):
                continue
            try:
                found = _row(row, boxes, seen, f"{title}, row {number}")
            except Refusal as problem:
                where = f"{get_column_letter(columns[problem.column] + 1)}{number}"
                refused.append(Refused(title, where, str(problem)))
                continue
            if isinstance(found, Change):
                changes.append(found)
            else:
                counts[found] += 1
    return Filled(changes, refused, **counts)


def with_witness(typed, cell):
    """The cell to save with what a workbook cannot hold: the file of a witness that is the same
    as before, and its marked passage."""
    if cell is None:
        return typed
    same = (typed.quote, typed.page) == (cell.quote, cell.page)
    witnessed = typed.quote or typed.page
    return replace(
        typed, file=cell.file if witnessed else None, anchor=cell.anchor if same else None
    )


def _check_facts(sheets, facts):
    """Refuse a workbook of something else, naming what it is of."""
    rows = sheets.get(layout.ABOUT, [])
    found = {texts[0]: texts[1] for _, texts in rows if len(texts) > 1 and texts[0] in facts}
    if missing := [name for name in facts if name not in found]:
        raise WrongTemplate(
            f"This is not a template of an entry: its sheet “{layout.ABOUT}” does not say"
            f" “{missing[0]}”. Download the template of your entry, fill it, and upload that."
        )
    upload = "Upload it on the page of your entry"
    for name, text in (
        ("Review", f"of another review. {upload} there."),
        (
            "Study number",
            f"of the study “{found['Study']}”, and this entry of “{facts['Study']}”. {upload} of"
            " that study.",
        ),
        (
            "Form number",
            f"of the form “{found['Form']}”, and this entry of “{facts['Form']}”. {upload} with"
            " that form.",
        ),
        (
            VERSION,
            f"of version {found[VERSION]} of “{facts['Form']}”; your entry now uses version"
            f" {facts[VERSION]}. {AGAIN}",
        ),
        ("Entry number", f"of another entry of the study. {AGAIN}"),
    ):
        if found[name] != facts[name]:
            raise WrongTemplate(f"This template is {text}")


def _header(title, rows):
    """``({heading: column}, rows below it)``; the columns may stand in any order."""
    heads = [[text.strip() for text in texts] for _, texts in rows[:HEADER_ROWS]]
    place = next((n for n, names in enumerate(heads) if layout.CELL in names), None)
    if place is None:
        raise WrongTemplate(f"The sheet “{title}” has no column “{layout.CELL}” any more. {AGAIN}")
    names = heads[place]
    for name in layout.HEADINGS:
        if names.count(name) != 1:
            how = "twice" if name in names else "no longer"
            raise WrongTemplate(f"The sheet “{title}” has the column “{name}” {how}. {AGAIN}")
    return {name: names.index(name) for name in layout.HEADINGS}, rows[place + 1 :]


def _at(texts, place):
    return texts[place].replace("\r\n", "\n").strip() if place < len(texts) else ""


def _row(row, boxes, seen, here):
    """A ``Change``, or the name of the count the row goes into; raises ``Refusal``."""
    box = boxes.get(row[layout.CELL])
    if box is None:
        raise Refusal(
            layout.CELL,
            f"“{row[layout.CELL]}” is no cell of your entry that can be filled now: its arm or"
            f" outcome was taken away, or the id was changed. {AGAIN}",
        )
    for name, text in ((layout.PLACE, layout.place(box)), (layout.FIELD, box.field["label"])):
        if row[name] != " ".join(text.split()) and row[name] != text.strip():
            raise Refusal(
                name,
                f"this row says “{row[name]}”, and its cell is “{box.name}”. Parts of rows were"
                f" moved or sorted apart. {AGAIN}",
            )
    if box.path in seen:
        raise Refusal(layout.CELL, f"“{box.name}” stands in two rows, also in {seen[box.path]}.")
    seen[box.path] = here
    given, held = {name: row[name] for name in layout.OPEN}, layout.held(box)
    if all(given[name] == held[name].strip() for name in layout.OPEN):
        return "same" if held[layout.VALUE] else "empty"
    if not given[layout.VALUE]:
        if any(given[name] not in ("", held[name].strip()) for name in layout.OPEN):
            raise Refusal(
                layout.VALUE,
                f"type the value that this stands for, or “{layout.NOT_REPORTED}” or"
                f" “{layout.UNCLEAR}”.",
            )
        return "empty"
    return _change(box, given)


def _change(box, given):
    typed = {"note": _text(given, layout.NOTE), "quote": _text(given, layout.QUOTE),
             "page": _page(given[layout.PAGE])}  # fmt: skip
    text, field = given[layout.VALUE], box.field
    if text.startswith("="):
        raise Refusal(layout.VALUE, f"“{text[:40]}” is a formula. Type its result instead.")
    state = layout.state_of(field, text)
    code = None if state else _format(field, given[layout.AS])
    value = {"given": text, "as": code} if code else text
    if state is None:
        try:
            schema.read(field, value)
        except schema.BadValue as problem:
            raise Refusal(layout.VALUE, str(problem)) from None
    key, arm, outcome = schema.split_path(box.path)
    typed |= {"field": key, "arm": arm, "outcome": outcome, "given": "" if state else value,
              "state": state or schema.VALUE}  # fmt: skip
    return Change(box.name, layout.held(box)[layout.VALUE], text, typed)


def _format(field, words):
    """The code of a form of print by its words; None for a value that is printed plainly."""
    if not words:
        return None
    known = layout.formats(field)
    found = {name.casefold(): code for name, code in known.items()}.get(words.casefold())
    if found is None:
        some = "; ".join(known) or "leave it empty, this field has one form only"
        raise Refusal(layout.AS, f"“{words[:40]}” is no form of print of this field: {some}.")
    return found


def _text(given, name):
    if len(given[name]) > LONGEST:
        raise Refusal(name, f"a {name.lower()} may have {LONGEST:,} letters, this one has more.")
    return given[name]


def _page(text):
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:7]) <= 100_000:
        raise Refusal(layout.PAGE, f"“{text[:40]}” is no page. Type its number, like 4.")
    return int(text)
