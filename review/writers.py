"""References with their decisions -> RIS and CSV that other programs open safely.

A row is a mapping with any of the keys of ``parsers.FIELDS`` and ``decisions``: the sentences
of this review about the reference, already worded for whoever may read them.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from numbers import Number

from .parsers import FIELDS
from .parsers.columns import FORMULA
from .parsers.text import clean, clean_lines

# The two-letter type for each kind that our own reader understands; others go out as GEN + M3.
RIS_TYPES = {
    "journal article": "JOUR",
    "conference paper": "CPAPER",
    "book": "BOOK",
    "book chapter": "CHAP",
    "thesis": "THES",
    "report": "RPRT",
    "web page": "ELEC",
    "patent": "PAT",
    "dataset": "DATA",
    "unpublished work": "UNPB",
    "newspaper article": "NEWS",
    "magazine article": "MGZN",
    "other": "GEN",
}
# (tag, field); several lines for several values.
_RIS_TAGS = (
    ("TI", "title"),
    ("AU", "authors"),
    ("PY", "year"),
    ("JF", "journal"),
    ("VL", "volume"),
    ("IS", "issue"),
    ("DO", "doi"),
    ("UR", "url"),
    ("LA", "language"),
    ("KW", "keywords"),
    ("AB", "abstract"),
    ("N1", "decisions"),
)
_CONTINUED = "\r\n      "  # indented: a line of an abstract may begin like a tag

_NEGATIVE_NUMBER = re.compile(r"-\d+(\.\d+)?([eE][+-]?\d+)?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def to_ris(rows: Iterable[Mapping]) -> str:
    """One RIS record a row; our parser reads every field back as it was."""
    return "".join(_ris_record(row) for row in rows)


def to_csv(rows: Iterable[Mapping], columns: Iterable[str] = (*FIELDS, "decisions")) -> str:
    """A table with a heading row; several values stand in one cell, parted by ``; ``."""
    columns = list(columns)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(_cell(row.get(column))) for column in columns])
    return out.getvalue()


def safe_cell(value):
    """A value no spreadsheet program can take for a formula.

    Numbers pass as they are, also a plain negative number given as text. Text that begins like
    a formula gets a leading quote (so does text that already begins with quotes before one, so
    that the reader can take exactly one away); control characters become U+FFFD.
    """
    if value is None or isinstance(value, Number):
        return value
    text = str(value)
    guarded = FORMULA.match(text) and not _NEGATIVE_NUMBER.fullmatch(text)
    text = printable(text)
    return f"'{text}" if guarded else text


def printable(text: str) -> str:
    """The text with line ends as ``\\n`` and control characters as U+FFFD, which XML can hold."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _ris_record(row):
    lines = [
        *_type_lines(clean(row.get("kind") or ""), row.get("journal")),
        *_page_lines(clean(row.get("pages") or "")),
    ]
    if row.get("pmid"):
        lines.append(f"AN  - PMID: {row['pmid']}")
    for tag, field in _RIS_TAGS:
        lines += [f"{tag}  - {text}" for text in _texts(field, row.get(field))]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def _type_lines(kind, journal):
    """A kind without a code of its own goes out as a journal article or generic, named in M3."""
    if kind in RIS_TYPES or not kind:
        return [f"TY  - {RIS_TYPES.get(kind, 'GEN')}"]
    plain_word = journal and not re.search(r"\d", kind)
    return [f"TY  - {'JOUR' if plain_word else 'GEN'}", f"M3  - {kind}"]


def _page_lines(pages):
    first, dash, last = pages.partition("-")
    if dash and first and last and first != last and "-" not in last:
        return [f"SP  - {first}", f"EP  - {last}"]
    return [f"SP  - {pages}"] if pages else []


def _texts(field, value):
    if value is None or value == "":
        return []
    if isinstance(value, str | Number):
        value = [value]
    tidy = clean_lines if field == "abstract" else clean
    texts = (tidy(str(item)) for item in value)
    return [text.replace("\n", _CONTINUED) for text in texts if text]


def _cell(value):
    if value is None or isinstance(value, str | Number):
        return value
    return "; ".join(map(str, value))
