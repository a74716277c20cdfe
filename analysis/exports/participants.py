"""Individual patients as sheets: one row a participant, and the tables that are printed of them."""

from extraction import schema

from ..patients import layout, reading
from .workbook import Sheet

KEYS = (
    ("Form", "Extraction form whose columns these are"),
    ("Study", "Label of the study"),
    ("Participant", "How the paper or the data set names the participant"),
    ("Simulated", "yes where the row is no real patient"),
)
TABLE = (
    ("Table", "Title of the table"),
    ("Simulated", "yes where rows of it are no real patients"),
    ("Line", "Study or group"),
    ("n", "Participants of the line"),
    ("Share", "Their share of all, in per cent"),
    ("Column", "Variable, and what of it is shown"),
    ("Shown", "As the report prints it; * where some participants have no value"),
    ("With a value", "Participants of the line that have one"),
    ("Missing", "Participants of the line that have none"),
    ("p", "Shapiro and Wilk’s test of normality, where the rule asked for it"),
)


def sheets(review, content):
    """The rows of approved participants, then what the tables of patients say, where there are
    any."""
    found = [
        (name, reading.participants(content, form))
        for form, name in reading.forms_with_participants(content)
    ]
    if not found:
        return []
    about = "One row a participant, of studies whose rows are approved. An empty cell is missing."
    columns = {}
    for _, one in found:
        columns |= one.columns
    heads = tuple(
        (key, f"{asked['label']}{_in(schema.unit(asked))}") for key, asked in columns.items()
    )
    told = [Sheet("Participants", about, (*KEYS, *heads), _rows(content, found, columns))]
    about = (
        "The tables of patients that the report prints, one row a cell, from data as they stand."
    )
    return [*told, Sheet("Tables of patients", about, TABLE, _tables(review, content))]


def _rows(content, found, columns):
    simulated = {
        (study["id"], table["form"])
        for study in content["studies"]
        for table in study.get("participants", [])
        if table["simulated"]
    }
    forms = {name: form for form, name in reading.forms_with_participants(content)}
    for name, one in found:
        for row in one.rows:
            marked = "yes" if (row.study, forms[name]) in simulated else ""
            cells = [_cell(asked, row.values.get(key)) for key, asked in columns.items()]
            yield [name, row.label, row.key, marked, *cells]


def _cell(asked, value):
    if not value:
        return None
    if "number" in value:
        number = float(value["number"])
        return int(number) if number.is_integer() else number
    return schema.show(asked, value)


def _tables(review, content):
    for tabulation, table in layout.tables(review, content):
        marked = "yes" if table.simulated else ""
        for line in (*table.lines, table.total):
            for column, cell in zip(table.columns, line.cells, strict=True):
                yield [tabulation.title, marked, line.name, line.n, round(line.share, 1), column,
                       cell.text, cell.n, cell.missing, cell.p]  # fmt: skip


def _in(unit):
    return f", in {unit}" if unit else ""
