"""A file or a pasted block -> a table of texts: CSV, tab-separated, Excel (.xlsx), SPSS (.sav).

Pure: bytes in, ``Source`` out. Nothing is interpreted here but the layout: a column of numbers
stays the text that stands in the file, so that a problem can name the line and what it says.
"""

import csv
import datetime
import io
from dataclasses import dataclass, field

import pyreadstat

from review.parsers import xlsx
from review.parsers.records import UnreadableFile
from review.parsers.text import decode

DELIMITERS = "\t;,|"
MOST_ROWS, MOST_COLUMNS = 200_000, 500
SAV_MAGIC = (b"$FL2", b"$FL3")


@dataclass(frozen=True, slots=True)
class Source:
    """``rows`` are ``(line of the file, texts)``, as many texts as ``columns``. ``labels`` are
    the value labels of a column where the file has them, ``{column: {text: label}}``; ``notes``
    say what of the file was not read."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    labels: dict = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read(data, name=""):
    """Return the ``Source`` of a file's bytes; the format is told by its content.

    Raises ``UnreadableFile`` with what to do for a file that is damaged, has no row beneath the
    names of its columns, names two columns alike, or is too large.
    """
    if data.startswith(SAV_MAGIC):
        source = _sav(data)
    elif xlsx.sniff(data):
        source = _xlsx(data)
    elif name.lower().endswith((".xls", ".sas7bdat", ".dta", ".por")):
        raise UnreadableFile(f"“{name}” cannot be read. Save it as CSV, .xlsx or .sav first.")
    else:
        source = _delimited(decode(data).text)
    if not source.rows:
        raise UnreadableFile("There is no row beneath the names of the columns.")
    return source


def _delimited(text):
    lines = text.strip("\n").split("\n")
    first = lines[0]
    delimiter = max(DELIMITERS, key=first.count) if any(map(first.count, DELIMITERS)) else ","
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, strict=True)
    found, line = [], 1
    try:
        for cells in reader:
            found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as broken:
        raise UnreadableFile(
            f"The quotation marks of the row that begins in line {line} do not match. Mend it in"
            " the file, or save it again as CSV."
        ) from broken
    return _source(found)


def _xlsx(data):
    sheets = [(title, rows) for title, rows in xlsx.sheets(data) if rows]
    if not sheets:
        raise UnreadableFile("No sheet of this Excel file holds anything.")
    (title, rows), others = sheets[0], sheets[1:]
    notes = ()
    if others:
        named = ", ".join(f"“{other}”" for other, _ in others)
        notes = (f"Only the sheet “{title}” was read; not read: {named}.",)
    return _source(rows, notes=notes)


def _sav(data):
    try:
        columns, meta = pyreadstat.read_sav(io.BytesIO(data), output_format="dict")
    except pyreadstat.ReadstatError as damage:
        raise UnreadableFile(
            "This SPSS file cannot be read: it is damaged or of an unknown version. Save it again"
            " as .sav, or as CSV."
        ) from damage
    names = list(columns)
    cells = zip(*(map(_text, columns[name]) for name in names), strict=True)
    # A .sav has no lines: rows count from 1 as in the data view.
    found = [(0, names), *enumerate(map(list, cells), start=1)]
    labels = {
        name: {_text(code): label for code, label in values.items()}
        for name, values in meta.variable_value_labels.items()
    }
    told = dict(zip(meta.column_names, meta.column_labels, strict=True))
    notes = tuple(f"{name}: {label}" for name, label in told.items() if label)
    return _source(found, labels, notes)


def _text(value):
    """One value of a .sav; its missing values are NaN or None."""
    if value is None or value != value:
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(float(value))
    return str(value)


def _source(found, labels=None, notes=()):
    """Names of columns and rows beneath them; lines without any text are passed over."""
    full = [(line, list(cells)) for line, cells in found if any(map(str.strip, cells))]
    if not full:
        raise UnreadableFile("The file holds no text.")
    (_, head), rows = full[0], full[1:]
    names = [name.strip() or f"Column {place}" for place, name in enumerate(head, 1)]
    if len(rows) > MOST_ROWS or len(names) > MOST_COLUMNS:
        raise UnreadableFile(
            f"A table of at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns can be loaded."
        )
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UnreadableFile(f"Two columns are called “{twice}”. Give each a name of its own.")
    return Source(
        columns=tuple(names),
        rows=tuple((line, _fitted(line, cells, len(names))) for line, cells in rows),
        labels=labels or {},
        notes=tuple(notes),
    )


def _fitted(line, cells, width):
    """The cells of a row, as many as there are columns."""
    if any(cell.strip() for cell in cells[width:]):
        raise UnreadableFile(
            f"Line {line} has {len(cells)} cells, but there are {width} columns. Check the commas"
            " and quotation marks of this line."
        )
    return tuple(cell.strip() for cell in [*cells, *[""] * width][:width])
