"""The references of a review and what was decided about them, as sheets, CSV and RIS."""

from itertools import islice

from review.models import Stage
from review.parsers import FIELDS
from review.writers import to_csv, to_ris

from . import references
from .workbook import Sheet

CHUNK = 500
MARK = "\ufeff"  # tells a spreadsheet program that the letters are Unicode
FOUND = (
    ("number", "The reference's number in this review"),
    ("source", "Name of the search that found it"),
    ("file", "The imported file"),
    ("line", "Line of that file where the record begins"),
    (
        "duplicate_of",
        "Number of the reference it is a duplicate of; empty if screened",
    ),
)
CITED = tuple((name, f"{name.capitalize()}, as imported") for name in FIELDS)
DECIDED = (
    (Stage.TITLE_ABSTRACT.value, "Title and abstract: where the record stands"),
    (f"{Stage.TITLE_ABSTRACT}_reason", "Title and abstract: why it was excluded"),
    ("retrieval", "Full text: sought, requested, obtained or not retrievable"),
    (Stage.FULL_TEXT.value, "Full text: where the report stands"),
    (f"{Stage.FULL_TEXT}_reason", "Full text: the reason it was excluded for"),
    ("study", "The study its report belongs to"),
)
COLUMNS = FOUND + CITED + DECIDED
NAMES = tuple(name for name, _ in COLUMNS)
DECISIONS = (
    ("number", "The reference's number, as in the sheet References"),
    ("stage", "Title and abstract, or full text"),
    ("who", "Who said it; not named where the review hides names from you"),
    ("kind", "A vote, or the ruling of a third person on a conflict"),
    ("verdict", "Include, exclude or maybe"),
    ("reason", "The reason given for an exclusion"),
    ("note", "The note beside it"),
    ("when", "When it was said; empty where names are hidden"),
)


def sheets(seat, tick):
    """The sheets *References* and *Decisions*; ``tick`` is told how many references are done.
    Both are read from the database in one pass:
    the rows of the second gather while those of the first are written."""
    decisions = []
    return [
        Sheet(
            "References",
            "One row a reference of an accepted file, duplicates included.",
            COLUMNS,
            _rows(seat, decisions, tick),
        ),
        Sheet(
            "Decisions",
            "One row a vote or ruling that you may see. Decisions on records that are still open"
            " to you are left out until they are settled.",
            DECISIONS,
            decisions,
        ),
    ]


def csv_parts(seat):
    """The references as CSV, in parts that a response can send one after the other."""
    heading = True
    for chunk in _chunks(references.rows(seat)):
        text = to_csv(map(_with_sentences, chunk), (*NAMES, "decisions"))
        yield MARK + text if heading else text.partition("\r\n")[2]
        heading = False
    if heading:
        yield MARK + to_csv([], (*NAMES, "decisions"))


def ris_parts(seat):
    """The references as RIS, in parts."""
    for chunk in _chunks(references.rows(seat)):
        yield to_ris(map(_with_sentences, chunk))


def _rows(seat, decisions, tick):
    for row in references.rows(seat, tick):
        decisions += [
            (
                row["number"],
                one.stage,
                one.who,
                "ruling" if one.ruling else "vote",
                one.verdict,
                one.reason,
                one.note,
                one.at,
            )
            for one in row["said"]
        ]
        yield [_plain(row[name]) for name in NAMES]


def _plain(value):
    return "; ".join(value) if isinstance(value, list) else value


def _with_sentences(row):
    return row | {"decisions": references.sentences(row)}


def _chunks(rows):
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
