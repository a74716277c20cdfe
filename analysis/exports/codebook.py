"""The code book: what every column of the extraction means, as the forms ask for it."""

from extraction import schema, variables

from .wide import number
from .workbook import Sheet

COLUMNS = (
    ("Form", "Extraction form"),
    ("Version", "Version of the form"),
    ("Section", "Section of the form"),
    ("Key", "Key of the field, as in the column Field of the sheet Extraction"),
    ("Label", "What the form calls the field"),
    ("Kind", "Kind of answer"),
    ("Asked", "How often it is asked"),
    ("Unit", "Unit of its numbers"),
    ("Lowest", "Numbers below are refused"),
    ("Highest", "Numbers above are refused"),
    ("Warns below", "Numbers below are doubted"),
    ("Warns above", "Numbers above are doubted"),
    ("Decimals", "Decimals at most"),
    ("Answers", "Codes and labels to choose from, or the terms of its list"),
    ("Required", "yes where it must be answered, or when"),
    ("Shown when", "The answer it is asked with; empty where it is always asked"),
    ("Evidence", "yes where a value needs its quote or page"),
    ("Help", "Advice for extractors"),
)


def sheet(content):
    """The sheet of all fields of the forms in a snapshot's ``content``."""
    about = "One row a field of a form with which an approved study was extracted."
    return Sheet("Code book", about, COLUMNS, list(_rows(content["forms"])))


def _rows(forms):
    for form in forms:
        asked = variables.asked(form["schema"])
        for section in form["schema"]["sections"]:
            for field in section["fields"]:
                yield [form["name"], form["version"], section["title"], *_field(field, asked)]
        for key in variables.defined(form["schema"]):
            yield [form["name"], form["version"], "Computed", *_field(asked[key], asked)]


def _field(field, asked):
    level = schema.LEVELS[field["level"]] + (" and each arm" if field.get("by_arm") else "")
    limits = [number(field.get(name)) for name in (*schema.LIMITS, "decimals")]
    return [
        field["key"],
        field["label"],
        schema.KINDS[field["kind"]],
        level,
        schema.unit(field),
        *limits,
        _answers(field),
        "yes" if field.get("required") else _when(field, "required_when", asked),
        _when(field, "shown_when", asked),
        "yes" if field.get("evidence") else "",
        field.get("help") or "",
    ]


def _when(field, name, asked):
    return schema.in_words(field[name], asked) if field.get(name) else ""


def _answers(field):
    coded = [f"{option['code']} = {option['label']}" for option in field.get("options", [])]
    return "; ".join([*coded, *field.get("terms", [])])
