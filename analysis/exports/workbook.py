"""Sheets -> an .xlsx file, row by row, so that a large review fits in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from review.writers import printable, safe_cell

CELL_LIMIT = 32_767  # a longer text would be cut without a word
LONG_TEXTS = "Long texts"
BOLD = Font(bold=True)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``columns`` are ``(heading, explanation)`` pairs, ``rows`` sequences as long
    as ``columns`` of text, numbers, moments and None. The rows of a sheet are read after
    those of the sheet before it, once."""

    title: str
    about: str
    columns: tuple[tuple[str, str], ...]
    rows: Iterable = ()


def write(target, sheets, heading):
    """Write the sheets to ``target`` (a path or a binary file), after one called *About* that
    explains every column beneath the lines of ``heading``.

    No cell is a formula. A text longer than a cell can hold goes on in a last sheet, part by
    part, and its cell says so.
    """
    book = Workbook(write_only=True)
    try:
        _about(book.create_sheet("About"), sheets, heading)
        _fill(book, sheets)
    finally:
        book.save(target)  # closes the temporary file of each sheet, also of one broken off


def _fill(book, sheets):
    long_texts = []
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        page.append([_cell(page, name, bold=True) for name, _ in sheet.columns])
        for place, row in enumerate(sheet.rows, 2):
            page.append([_fitted(page, value, place, long_texts) for value in row])
    if long_texts:
        page = book.create_sheet(LONG_TEXTS)
        for row in [("Sheet", "Row", "Part", "Text"), *long_texts]:
            page.append([_cell(page, value) for value in row])


def _about(page, sheets, heading):
    for column, width in zip("ABC", (24, 34, 100), strict=True):
        page.column_dimensions[column].width = width
    for line in heading:
        page.append([_cell(page, line)])
    page.append([])
    page.append([_cell(page, name, bold=True) for name in ("Sheet", "Column", "What it holds")])
    for sheet in sheets:
        page.append([_cell(page, value) for value in (sheet.title, "", sheet.about)])
        for name, told in sheet.columns:
            page.append([_cell(page, value) for value in (sheet.title, name, told)])


def _fitted(page, value, place, long_texts):
    if isinstance(value, str) and len(value) >= CELL_LIMIT:  # a guard may add a character
        size = CELL_LIMIT - 1
        parts = [value[start : start + size] for start in range(0, len(value), size)]
        long_texts += [(page.title, place, n, part) for n, part in enumerate(parts, 1)]
        value = f"(too long for a cell: sheet “{LONG_TEXTS}”, {page.title}, row {place})"
    return _cell(page, value)


def _cell(page, value, *, bold=False):
    """A cell whose text stays text, whatever it begins with."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        value = timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    # One sign alone, as a mark of a checklist, is no formula anywhere: it needs no guard.
    sign = isinstance(value, str) and len(value) == 1
    cell = WriteOnlyCell(page, printable(value) if sign else safe_cell(value))
    if isinstance(cell.value, str):
        cell.data_type = "s"
    if bold:
        cell.font = BOLD
    return cell
