"""A form as an Excel workbook: a row a field, check or computed variable; read back by cell."""

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from review.parsers import UnreadableFile, xlsx
from review.writers import printable

from .. import checks
from .. import schema as forms
from . import shape
from .exchange import Read

ABOUT, FIELDS, CHECKS, COMPUTED = "About", "Fields", "Checks", "Computed"
FIELD_COLUMNS = {
    "Section": None,
    "Key": "key",
    "Label": "label",
    "Kind": "kind",
    "Level": "level",
    "Each arm": "by_arm",
    "Unit": "unit",
    "Lowest": "min",
    "Highest": "max",
    "Warn below": "soft_min",
    "Warn above": "soft_max",
    "Decimals": "decimals",
    "Scale": "scale",
    "Patients": "n",
    "Answers": "options",
    "Terms": "terms",
    "Other terms": "open",
    "Columns": "columns",
    "Shown when": "shown_when",
    "Required": "required",
    "Required when": "required_when",
    "Evidence": "evidence",
    "Advice": "help",
    "Manual": "manual",
}
COMPUTED_COLUMNS = {
    "Key": "key",
    "Label": "label",
    "Kind": "kind",
    "Level": "level",
    "Each arm": "by_arm",
    "Made from": "field",
    "Two of": "of",
    "Table": "map",
    "Otherwise": "otherwise",
    "Bands": "bands",
    "Highest": "to",
    "Counts when": "op",
    "Threshold": "than",
    "Then": "yes",
    "Else": "no",
}
YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
LIST_HELP = "In a cell with several things, one stands on each line: code = label."


def write(target, name, purpose, schema):
    """Write a form to a path or file. Every cell is text, so that nothing in it can run."""
    book = Workbook()
    about = book.active
    about.title = ABOUT
    for row in (("Name", name), ("Purpose", purpose), ("How it is written", LIST_HELP)):
        _append(about, row)
    rows = [
        {"Section": section["title"]} | _row(field, FIELD_COLUMNS)
        for section in schema.get("sections", [])
        for field in section["fields"]
    ]
    _sheet(book, FIELDS, FIELD_COLUMNS, rows)
    named = [_check_row(check) for check in schema.get("checks", [])]
    _sheet(book, CHECKS, {"Rule": None, "With": None}, named)
    derived = [_row(one, COMPUTED_COLUMNS) for one in schema.get("derived", [])]
    _sheet(book, COMPUTED, COMPUTED_COLUMNS, derived)
    book.save(target)


def to_xlsx(name, purpose, schema):
    """The bytes of a workbook that holds one form."""
    target = io.BytesIO()
    write(target, name, purpose, schema)
    return target.getvalue()


def from_xlsx(data):
    """Return what the bytes of a workbook hold, as ``Read``; problems name sheet, row, column."""
    try:
        sheets = dict(xlsx.sheets(data))
    except UnreadableFile as refusal:
        return Read(problems=[str(refusal)])
    if FIELDS not in sheets:
        return Read(problems=[f"The workbook has no sheet “{FIELDS}”. Export a form to see one."])
    wrong, sections = [], {}
    for where, row in _rows(sheets, FIELDS, FIELD_COLUMNS, wrong):
        field = _parts(row, FIELD_COLUMNS, shape.FIELD, where, wrong)
        sections.setdefault(row.get("Section", ""), []).append((where, field))
    derived = [
        _parts(row, COMPUTED_COLUMNS, shape.VARIABLE, where, wrong)
        for where, row in _rows(sheets, COMPUTED, COMPUTED_COLUMNS, wrong)
    ]
    named = [
        _check(row, where, wrong)
        for where, row in _rows(sheets, CHECKS, {"Rule": None, "With": None}, wrong)
    ]
    about = {row[0].strip(): row[1] for _, row in sheets.get(ABOUT, []) if len(row) > 1}
    schema = {
        "sections": [
            {"title": title, "fields": [field for _, field in fields]}
            for title, fields in sections.items()
        ],
        "checks": named,
    } | ({"derived": derived} if derived else {})
    wrong = wrong or _misfits(sections, schema)
    return Read(about.get("Name", ""), about.get("Purpose", ""), schema, wrong)


def _misfits(sections, schema):
    """What is wrong with the fields, by row; else with the shape of the whole."""
    found = []
    for fields in sections.values():
        for where, field in fields:
            found += shape.of_parts(field, shape.FIELD, where) or [
                f"{where}: {problem}" for problem in forms.field_problems(field)
            ]
    return found or shape.problems(schema)


def _sheet(book, title, columns, rows):
    sheet = book.create_sheet(title)
    _append(sheet, list(columns), bold=True)
    for row in rows:
        _append(sheet, [row.get(column, "") for column in columns])
    sheet.freeze_panes = "A2"


def _append(sheet, values, bold=False):
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value is not None else 1
    for column, value in enumerate(values, start=1):
        cell = sheet.cell(row, column)
        cell.value, cell.data_type = printable(str(value)), "s"
        cell.number_format, cell.alignment = "@", Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=bold)


def _row(found, columns):
    """A field or variable as the texts of its row."""
    return {
        column: TEXTS[_known(name)](found[name])
        for column, name in columns.items()
        if name in found
    }


def _known(name):
    return shape.FIELD.get(name) or shape.VARIABLE[name]


def _check_row(check):
    parts = [
        f"{name} = {'; '.join(given) if isinstance(given, list) else given}"
        for name, given in check.items()
        if name != "rule"
    ]
    return {"Rule": check["rule"], "With": "\n".join(parts)}


def _rows(sheets, title, columns, wrong):
    """``(where, {column: text})`` of each row of a sheet that holds anything."""
    rows = list(sheets.get(title, []))
    heads = [text.strip() for text in rows[0][1]] if rows else []
    for unknown in sorted({head for head in heads if head} - set(columns)):
        wrong.append(f"{title}, row 1: there is no column “{unknown}”.")
    for number, texts in rows[1:]:
        held = {h: t.strip() for h, t in zip(heads, texts, strict=False) if h and t.strip()}
        if held:
            yield f"{title}, row {number}", held


def _parts(row, columns, known, where, wrong):
    """A field or variable from the texts of its row."""
    found = {}
    for column, name in columns.items():
        if name is None or column not in row:
            continue
        try:
            found[name] = PARTS[known[name]](row[column])
        except ValueError as problem:
            wrong.append(f"{where}, {column}: {problem}")
    return found


def _check(row, where, wrong):
    rule = checks.RULES.get(row.get("Rule"))
    if rule is None:
        wrong.append(f"{where}, Rule: there is no rule called “{row.get('Rule', '')}”.")
        return {}
    found = {"rule": row["Rule"]}
    for line in row.get("With", "").splitlines():
        name, _, given = (part.strip() for part in line.partition("="))
        if name not in rule.params:
            wrong.append(f"{where}, With: the rule has no part “{name}”.")
        found[name] = _words(given) if name in rule.several else given
    return found


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text):
    return [word.strip() for word in text.split(";") if word.strip()]


def _flag(text):
    if text.casefold() not in YES:
        raise ValueError(f"“{text}” is neither yes nor no.")
    return YES[text.casefold()]


def _count(text):
    if not text.isdecimal():
        raise ValueError(f"“{text}” is not a whole number.")
    return int(text)


def _paired(name):
    """Lines “code = label” as objects; a line without = is refused."""

    def read(text):
        pairs = []
        for line in _lines(text):
            code, sign, label = (part.strip() for part in line.partition("="))
            if not sign:
                raise ValueError(f"“{line}” is not written “{name} = label”.")
            pairs.append({name: "" if code == "below" and name == "from" else code, "label": label})
        return pairs

    return read


def _condition(text):
    key, sign, codes = (part.strip() for part in text.partition("="))
    if not sign:
        raise ValueError(f"“{text}” is not written “key = code; code”.")
    return {"field": key, "is": _words(codes)}


def _groups(text):
    rows = []
    for line in _lines(text):
        answers, sign, group = (part.strip() for part in line.rpartition("="))
        if not sign:
            raise ValueError(f"“{line}” is not written “answer; answer = group”.")
        rows.append({"from": _words(answers), "to": group})
    return rows


def _joined(first, last):
    return lambda found: "\n".join(f"{one[first]} = {one[last]}" for one in found)


PARTS = {
    shape.WORDS: str,
    shape.FLAG: _flag,
    shape.NUMBER: str,
    shape.COUNT: _count,
    shape.TEXTS: lambda text: _lines(text) if "\n" in text else _words(text),
    shape.CODED: _paired("code"),
    shape.KEYED: _paired("key"),
    shape.CONDITION: _condition,
    shape.VARIABLE["map"]: _groups,
    shape.VARIABLE["bands"]: _paired("from"),
}
TEXTS = {
    shape.WORDS: str,
    shape.FLAG: lambda found: "yes" if found else "no",
    shape.NUMBER: str,
    shape.COUNT: str,
    shape.TEXTS: "\n".join,
    shape.CODED: _joined("code", "label"),
    shape.KEYED: _joined("key", "label"),
    shape.CONDITION: lambda found: f"{found['field']} = {'; '.join(found['is'])}",
    shape.VARIABLE["map"]: lambda found: "\n".join(
        f"{'; '.join(one['from'])} = {one['to']}" for one in found
    ),
    shape.VARIABLE["bands"]: lambda found: "\n".join(
        f"{one['from'] or 'below'} = {one['label']}" for one in found
    ),
}
