"""Excel workbooks (.xlsx), read cell by cell as text; a formula is the text of the formula.

openpyxl believes what a workbook says about itself, so its sizes are checked before it is
opened and its stated dimensions are forgotten. openpyxl parses through defusedxml when that is
installed (it is pinned), which refuses entities and external references.
"""

import datetime
import io
import zipfile
import zlib
from itertools import islice
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from .assemble import Collector
from .columns import add_row, find_header, warn_repeated
from .records import UnreadableFile

KEY = "xlsx"
LABEL = "Excel workbook (.xlsx)"

MAX_UNPACKED = 300_000_000  # bytes of all parts together
MAX_PARTS = 5_000
MAX_CELLS = 30_000_000
_BANNER_ROWS = 50
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    DefusedXmlException,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
)


def sniff(data):
    return data.startswith(b"PK")


def parse(data):
    return _opened(data, _read)


def sheets(data):
    """Every sheet as ``(title, [(number of the row, texts)])``, whatever it holds."""
    return _opened(
        data, lambda book: [(s.title, list(enumerate(_rows(s), 1))) for s in book.worksheets]
    )


def _opened(data, read):
    """What ``read`` makes of the workbook; raises ``UnreadableFile``."""
    try:
        _check_size(data)
        # openpyxl meets damage with whatever its line of code raises.
        return read(load_workbook(io.BytesIO(data), read_only=True, keep_links=False))
    except UnreadableFile:
        raise
    except _DAMAGE as damage:
        raise UnreadableFile(
            "This Excel file cannot be read: it is damaged or not a real workbook. Open it in "
            "Excel, save it as .xlsx or CSV, and upload that."
        ) from damage


def _check_size(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise UnreadableFile(
            f"This Excel file unpacks to {unpacked / 1e6:,.0f} MB in {len(parts):,} parts, more "
            "than is safe to open. Export fewer records at a time, or use CSV or RIS."
        )


def _read(book):
    """The first sheet that has column names; the others are named in a warning."""
    sheets = [(sheet, header) for sheet in book.worksheets if (header := _header(sheet))]
    if not sheets:
        raise UnreadableFile(
            "No sheet of this Excel file has a row of column names such as Title, Authors, "
            "Year, DOI. Add one above the first record."
        )
    sheet, header = sheets[0]
    collector = Collector()
    warn_repeated(collector, header, header.index + 1)
    if len(sheets) > 1:
        others = ", ".join(f"“{other.title}”" for other, _ in sheets[1:])
        collector.warn(1, f"Only the sheet “{sheet.title}” was read; not read: {others}.")
    for number, cells in enumerate(_rows(sheet), start=1):
        if number > header.index + 1 and any(map(str.strip, cells)):
            padding = [""] * (len(header.names) - len(cells))
            add_row(collector, header, number, cells + padding)
    return collector.parsed(KEY, LABEL)


def _header(sheet):
    return find_header(list(islice(_rows(sheet), _BANNER_ROWS)))


def _rows(sheet):
    """The cells of each row as text, without the empty ones at its end."""
    sheet.reset_dimensions()
    seen = 0
    for row in sheet.iter_rows(values_only=True):
        seen += len(row)
        if seen > MAX_CELLS:
            raise UnreadableFile(
                f"The sheet “{sheet.title}” claims more than {MAX_CELLS:,} cells. Copy the "
                "columns you need into a new sheet and upload that."
            )
        last = len(row)
        while last and row[last - 1] is None:
            last -= 1
        yield [_text(value) for value in row[:last]]


def _text(value):
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, ArrayFormula | DataTableFormula):
        return str(getattr(value, "text", "") or "")
    return str(value).replace("_x000D_", "")
