"""What keeps a form from being used. Pure."""

from decimal import Decimal

from .conditions import condition_problems
from .kinds import CHOICES, KEY, KINDS, LEVELS, LIMITS, NUMERIC, PLAIN_NUMBER, SCALES
from .sizes import size_problems


def validate_schema(schema):
    """Return what keeps a form from being used, one sentence each; an empty list is good."""
    sections = schema.get("sections") or []
    asked = [field for section in sections for field in section.get("fields", [])]
    problems = ["The form asks nothing yet. Add a section and a field to it."] if not asked else []
    problems += ["A section has no title." for section in sections if not section.get("title")]
    for name in ("key", "label"):
        used = [field.get(name) for field in asked if field.get(name)]
        for twice in sorted({text for text in used if used.count(text) > 1}):
            problems.append(f"Two fields have the {name} “{twice}”. Give each one of its own.")
    problems += [problem for field in asked for problem in field_problems(field)]
    return problems or condition_problems(schema) or size_problems(schema)


def field_problems(field):
    """Return what is wrong with one field, each sentence beginning with its label."""
    name = field.get("label") or field.get("key") or "A field without a name"
    wrong = []
    if not field.get("label"):
        wrong.append("it has no label.")
    if not KEY.fullmatch(field.get("key") or ""):
        wrong.append("its key may hold small letters, digits and _ only, and begins with a letter.")
    if field.get("kind") not in KINDS:
        wrong.append("choose what kind of answer it takes.")
    if field.get("level") not in LEVELS:
        wrong.append("choose whether it is asked once, for each arm or for each outcome.")
    if field.get("kind") == "table" and field.get("level") == "participant":
        wrong.append("a participant has one value in each column, not a table.")
    if field.get("by_arm") and field.get("level") != "outcome":
        wrong.append("only a field of an outcome can also be asked for each arm.")
    if field.get("scale", "plain") not in SCALES:
        wrong.append("choose whether it is a difference or a ratio.")
    if field.get("kind") in CHOICES:
        wrong += _option_problems(field.get("options") or [])
    if field.get("kind") == "vocabulary":
        wrong += _list_problems(field.get("terms") or [], "term")
    if field.get("kind") == "table":
        wrong += _column_problems(field.get("columns") or [])
    return [f"{name}: {problem}" for problem in wrong + _limit_problems(field)]


def _option_problems(options):
    codes = [option.get("code") for option in options]
    labels = [option.get("label") for option in options]
    if len(options) < 2:
        return ["it needs two answers or more to choose from."]
    if not all(codes) or not all(labels):
        return ["every answer needs a code and a label."]
    if len(set(codes)) < len(codes) or len(set(labels)) < len(labels):
        return ["two answers have the same code or the same label."]
    return []


def _list_problems(words, name):
    if not words:
        return [f"it needs its {name}s, one a line."]
    plain = [" ".join(word.split()).casefold() for word in words]
    return [f"two {name}s are the same."] if len(set(plain)) < len(plain) else []


def _column_problems(columns):
    keys = [column.get("key") or "" for column in columns]
    if not all(column.get("label") for column in columns) or not all(map(KEY.fullmatch, keys)):
        return ["every column needs a label, and a key of small letters, digits and _."]
    return _list_problems([c["label"] for c in columns], "column") or _list_problems(keys, "column")


def _limit_problems(field):
    limits = {name: field[name] for name in LIMITS if field.get(name) not in (None, "")}
    if not limits and field.get("decimals") is None:
        return []
    if field.get("kind") not in NUMERIC:
        return ["only a number can have limits and decimals."]
    if not all(PLAIN_NUMBER.fullmatch(str(limit)) for limit in limits.values()):
        return ["type its limits as plain numbers, like 0 or 12.5."]
    wrong = []
    for low, high in (("min", "max"), ("soft_min", "soft_max")):
        if {low, high} <= set(limits) and Decimal(str(limits[low])) >= Decimal(str(limits[high])):
            wrong.append("its lowest value must be smaller than its highest.")
    if field.get("decimals") is not None and str(field["decimals"]) not in map(str, range(11)):
        wrong.append("the number of decimals lies between 0 and 10.")
    return wrong
