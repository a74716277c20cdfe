"""CSV and tab-separated exports of every tool that has one.

Python's ``csv`` reads the rows, strictly. It cannot recover by itself: one quotation mark that
is never closed swallows the rest of the file as one cell, or joins two records into one. So a
row that breaks the rules is read again on its own, and the file goes on with the next line.
"""

import csv

from .assemble import Collector
from .columns import add_row, find_header, warn_repeated
from .records import UnreadableFile
from .text import decode, head

KEY = "csv"
LABEL = "CSV or tab-separated"

_DELIMITERS = ",;\t|"
_NO_DELIMITER = "\x1f"  # a control character that no text holds
_HEADER_LINES = 100  # the column names are looked for in these

_BROKEN = "the quotation marks of this row do not match; check what was read."

# One limit for the whole process; uploads are bounded before they come here.
csv.field_size_limit(2**31 - 1)


def sniff(data):
    return _layout(head(data).split("\n")) is not None


def parse(data):
    source = decode(data)
    lines = source.text.split("\n")
    layout = _layout(lines)
    if layout is None:
        raise UnreadableFile(
            "No row of column names was found. The table needs names such as Title, Authors, "
            "Year, DOI above its first record."
        )
    delimiter, header, header_line = layout
    collector = Collector(source.problems)
    warn_repeated(collector, header, header_line)
    for line, cells, broken in _rows(lines, delimiter, len(header.names)):
        if line > header_line and any(map(str.strip, cells)):
            notes = [(line, f"Line {line}: {_BROKEN}")] if broken else ()
            add_row(collector, header, line, cells, notes)
    return collector.parsed(KEY, LABEL)


def _layout(lines):
    """(delimiter, header, line of the header), or None when no column name is known."""
    best = None
    for delimiter in _DELIMITERS:
        rows = list(_rows(lines[:_HEADER_LINES], delimiter, 0))
        header = find_header([cells for _, cells, _ in rows])
        if header and (best is None or header.score > best[1].score):
            # In a table of one column a comma is part of the title.
            lone = len(header.names) == 1
            best = _NO_DELIMITER if lone else delimiter, header, rows[header.index][0]
    return best


def _rows(lines, delimiter, width):
    """(line where it starts, cells, whether its quotes are broken) of each row, in linear time.

    ``width`` is the number of columns: a row with broken quotes may span lines only if that
    makes it exactly so wide.
    """
    start = 0
    patience = 10 * len(lines) + 1000  # lines that may be read in vain
    while start < len(lines):
        reader = _reader(lines, start, delimiter, strict=patience > 0)
        first = start
        try:
            for cells in reader:
                yield first + 1, cells, False
                first = start + reader.line_num
            return
        except csv.Error:
            patience -= 2 * (start + reader.line_num - first)
        cells, end = _mend(lines, first, delimiter, width)
        yield first + 1, cells, True
        start = end


def _reader(lines, start, delimiter, *, strict):
    source = (lines[index] + "\n" for index in range(start, len(lines)))
    return csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=strict)


def _mend(lines, start, delimiter, width):
    """Cells and end of a row that breaks the rules: its first line alone, or a few lines."""
    alone = _alone(lines[start], delimiter, strict=False)
    if len(alone) < width:
        reader = _reader(lines, start, delimiter, strict=False)
        cells = next(reader)
        end = start + reader.line_num
        if len(cells) == width and not any(
            len(_alone(line, delimiter, strict=True)) == width for line in lines[start + 1 : end]
        ):
            return cells, end
    return alone, start + 1


def _alone(line, delimiter, *, strict):
    """The cells of one line by itself; none when it breaks the rules."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=strict))
    except (csv.Error, StopIteration):
        return []
