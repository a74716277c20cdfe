"""The spreadsheet of everything, written sheet by sheet so that a large review fits."""

from dataclasses import dataclass, field
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from review.writers import safe_cell

CELL_LIMIT = 32_767
BOLD = Font(bold=True)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``columns`` are ``(heading, explanation)`` pairs, ``rows`` an iterable of
    sequences as long as ``columns``."""

    title: str
    about: str
    columns: tuple[tuple[str, str], ...]
    rows: object = field(default_factory=tuple)


def write(sheets, heading):
    """Return the bytes of an .xlsx with a first sheet that explains every column.

    A text longer than a cell can hold goes on in rows of a sheet *Long texts*, and the cell
    says so; nothing is cut silently.
    """
    book = Workbook(write_only=True)
    _about(book, sheets, heading)
    long_texts = []
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        page.append([_bold(page, name) for name, _ in sheet.columns])
        for number, row in enumerate(sheet.rows, 2):
            page.append([_cell(page, value, sheet.title, number, long_texts) for value in row])
    if long_texts:
        page = book.create_sheet("Long texts")
        page.append([_bold(page, name) for name in ("Sheet", "Row", "Part", "Text")])
        for row in long_texts:
            page.append([_text_cell(page, value) for value in row])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _about(book, sheets, heading):
    page = book.create_sheet("About")
    page.column_dimensions["A"].width = 24
    page.column_dimensions["B"].width = 32
    page.column_dimensions["C"].width = 100
    for line in heading:
        page.append([_text_cell(page, line)])
    page.append([])
    page.append([_bold(page, name) for name in ("Sheet", "Column", "What it holds")])
    for sheet in sheets:
        page.append([_text_cell(page, value) for value in (sheet.title, "", sheet.about)])
        for name, told in sheet.columns:
            page.append([_text_cell(page, value) for value in (sheet.title, name, told)])


def _cell(page, value, title, number, long_texts):
    if isinstance(value, str) and len(value) > CELL_LIMIT:
        parts = range(0, len(value), CELL_LIMIT - 1)
        long_texts += [
            (title, number, place, value[start : start + CELL_LIMIT - 1])
            for place, start in enumerate(parts, 1)
        ]
        value = f"(in sheet Long texts: {title}, row {number})"
    return _text_cell(page, value)


def _text_cell(page, value):
    """A cell whose text is a text, whatever it begins with."""
    cell = WriteOnlyCell(page, safe_cell(value))
    if isinstance(cell.value, str):
        cell.data_type = "s"
    return cell


def _bold(page, text):
    cell = _text_cell(page, text)
    cell.font = BOLD
    return cell
