"""Writes the workbook of an entry: a sheet a level, a row a cell, and what is there already.

What may be typed in lies open, the rest is locked (without a password: it keeps fingers off, not
people). Every cell is text, so that no spreadsheet turns 3-4 into a day or runs a formula.
"""

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from review.writers import printable

from . import layout

TEXT = "@"
BOLD = Font(bold=True)
GREY = PatternFill("solid", start_color="FFEDEFF1")
WRAP = Alignment(wrap_text=True, vertical="top")
OPEN = Protection(locked=False)
WIDTHS = {
    "About": 30,
    "Field": 34,
    "Takes": 34,
    "Value": 28,
    "Printed as": 22,
    "Quote": 48,
    "Page": 8,
    "Note": 34,
}
ADVICE = (
    "Fill the white columns: Value, Printed as, Quote, Page, Note. The grey ones say which cell is"
    " meant.",
    "Printed as is for a value that the paper prints in another form, a mean with SE for example;"
    " left empty, it is printed plainly.",
    f"Where the paper does not say, type “{layout.NOT_REPORTED}”; where it is unclear,"
    f" “{layout.UNCLEAR}”.",
    "A value left empty changes nothing: what your entry holds there stays.",
    "Upload the file on the page of your entry. You see what would change before it is saved.",
    "Do not paste formulas. Rows may be sorted as long as each stays whole.",
)


def write(target, boxes, facts):
    """Write the template to a path or file. boxes: the cells by path; facts: what it is of."""
    book = Workbook()
    _about(book.active, facts)
    lists = _choices(book.create_sheet(layout.CHOICES), boxes)
    for level, title in layout.LEVELS.items():
        of_level = {path: box for path, box in boxes.items() if box.field["level"] == level}
        if of_level:
            _sheet(book.create_sheet(title, index=len(book.sheetnames) - 1), of_level, lists)
    book.active = 1 if len(book.sheetnames) > 2 else 0
    book.save(target)


def _about(sheet, facts):
    sheet.title = layout.ABOUT
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 80
    for line in ADVICE:
        sheet.append([""])
        _put(sheet, sheet.max_row, 1, line)
    for name, value in facts.items():
        row = sheet.max_row + 1
        _put(sheet, row, 1, name, bold=True)
        _put(sheet, row, 2, value)
    sheet.protection.enable()


def _choices(sheet, boxes):
    """A column for each list of answers or forms of print; returns ``{(field, column): range}``."""
    found = {}
    for field in {box.field["key"]: box.field for box in boxes.values()}.values():
        words = [layout.word_for(field, state) for state in layout.WORDS.values()]
        answers, forms = layout.choices(field), list(layout.formats(field))
        for name, listed in ((layout.VALUE, answers and answers + words), (layout.AS, forms)):
            if not listed:
                continue
            column = len(found) + 1
            _put(sheet, 1, column, field["label"], bold=True)
            for row, answer in enumerate(listed, 2):
                _put(sheet, row, column, answer)
            letter = get_column_letter(column)
            place = f"{layout.CHOICES}!${letter}$2:${letter}${len(listed) + 1}"
            found[field["key"], name] = place
    sheet.protection.enable()
    sheet.sheet_state = "visible" if found else "hidden"
    return found


def _sheet(sheet, boxes, lists):
    for column, name in enumerate(layout.HEADINGS, 1):
        _put(sheet, 1, column, name, bold=True)
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = WIDTHS.get(name, 12)
    sheet.freeze_panes = "A2"
    validations = {}
    for row, (path, box) in enumerate(boxes.items(), 2):
        known = (path, layout.place(box), box.field["label"], layout.takes(box.field))
        for column, text in enumerate(known, 1):
            _put(sheet, row, column, text, fill=GREY)
        for column, text in enumerate(layout.held(box).values(), len(known) + 1):
            _put(sheet, row, column, text, free=True)
        for column, name in enumerate(layout.HEADINGS, 1):
            if source := lists.get((box.field["key"], name)):
                rule = validations.setdefault(source, _list(source, box.field))
                rule.add(f"{get_column_letter(column)}{row}")
    for rule in validations.values():
        sheet.add_data_validation(rule)
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # may be done
    sheet.protection.enable()


def _list(source, field):
    rule = DataValidation(type="list", formula1=f"={source}", allow_blank=True)
    rule.showErrorMessage = not field.get("open")
    rule.errorTitle, rule.error = "Not in the list", "Choose one of the answers of the list."
    return rule


def _put(sheet, row, column, text, *, bold=False, fill=None, free=False):
    """Write a text that stays a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.alignment = WRAP
    if free:
        cell.protection, cell.number_format = OPEN, TEXT
    if fill:
        cell.fill = fill
    if bold:
        cell.font = BOLD
    if text:
        cell.value = printable(text)
        cell.data_type = "s"
        cell.quotePrefix = True
