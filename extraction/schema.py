"""What an extraction form may ask, and how an answer is read, shown and compared. Pure.

A schema is plain JSON: ``{"sections": [{"title", "fields": [field, ...]}], "checks": [...]}``.
A field is ``{"key", "label", "kind", "level"}`` and, where they apply, ``by_arm``, ``unit``,
``min``, ``max``, ``soft_min``, ``soft_max``, ``decimals``, ``options`` (``{"code", "label"}``),
``required``, ``evidence``, ``help``. ``min`` and ``max`` refuse a value; the soft limits only
warn (``extraction.checks``). Numbers of values and of limits are decimal strings.

The value of a cell by kind; ``printed`` always keeps the text that was typed:
text ``{"text"}``; integer, decimal ``{"number"}``; choice ``{"code"}``; multichoice
``{"codes"}``; date ``{"date": "YYYY-MM-DD"}``; mean_sd ``{"mean", "sd"}``, sd or None.
"""

import datetime
import re
import unicodedata
from decimal import Decimal

from . import printed
from .printed import Unreadable

KINDS = {
    "text": "Text",
    "integer": "Whole number",
    "decimal": "Decimal number",
    "mean_sd": "Mean with SD",
    "choice": "One of several",
    "multichoice": "Any of several",
    "date": "Date",
}
LEVELS = {
    "study": "Once for the study",
    "arm": "For each arm",
    "outcome": "For each outcome and time",
}
NUMERIC = ("integer", "decimal", "mean_sd")
CHOICES = ("choice", "multichoice")
VALUE = "value"
LIMITS = ("min", "max", "soft_min", "soft_max")
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
PATH = re.compile(r"([a-z][a-z0-9_]*)\|([0-9]{0,18})\|([0-9]{0,18})")
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
LONGEST_TEXT = 20_000


class BadValue(ValueError):
    """A value that a field refuses; the text names the field and says what to type."""


def fields(schema):
    """Return ``{key: field}`` in the order of the form."""
    return {
        field["key"]: field
        for section in schema.get("sections", [])
        for field in section.get("fields", [])
    }


def describe(field):
    """A field in words: what it takes, how often it is asked, its unit and its limits."""
    words = [KINDS[field["kind"]], LEVELS[field["level"]].lower()]
    if field.get("by_arm"):
        words.append("and each arm")
    if field.get("unit"):
        words.append(f"in {field['unit']}")
    words += [_range(field, "min", "max", ("{} to {}", "from {}", "up to {}"))]
    soft = ("warns outside {} to {}", "warns below {}", "warns above {}")
    words += [_range(field, "soft_min", "soft_max", soft)]
    return ", ".join(filter(None, words))


def takes_arm(field):
    """Whether the field has a cell for each arm."""
    return field["level"] == "arm" or (field["level"] == "outcome" and bool(field.get("by_arm")))


def takes_outcome(field):
    """Whether the field has a cell for each outcome and time."""
    return field["level"] == "outcome"


def places(field, arms, outcomes):
    """Return the ``(arm, outcome)`` of every cell of the field; None where it takes none."""
    return [
        (arm, outcome)
        for outcome in (outcomes if takes_outcome(field) else [None])
        for arm in (arms if takes_arm(field) else [None])
    ]


def path(key, arm=None, outcome=None):
    """The name of a cell within its entry or record: ``field|arm|outcome``, units by id."""
    return f"{key}|{arm or ''}|{outcome or ''}"


def split_path(name):
    """The field, arm and outcome of a cell's name; raises ``ValueError`` for anything else."""
    found = PATH.fullmatch(name)
    if not found:
        raise ValueError(f"{name!r} names no cell")
    return found[1], int(found[2] or 0) or None, int(found[3] or 0) or None


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
    return problems + [problem for field in asked for problem in field_problems(field)]


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
    if field.get("by_arm") and field.get("level") != "outcome":
        wrong.append("only a field of an outcome can also be asked for each arm.")
    if field.get("kind") in CHOICES:
        wrong += _option_problems(field.get("options") or [])
    return [f"{name}: {problem}" for problem in wrong + _limit_problems(field)]


def _range(field, low, high, words):
    """Two limits in words (both, only low, only high), or "" without any."""
    both, only_low, only_high = words
    low, high = field.get(low, ""), field.get(high, "")
    if low != "" and high != "":
        return both.format(low, high)
    return only_low.format(low) if low != "" else only_high.format(high) if high != "" else ""


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


def read(field, given):
    """Return the value of ``field`` for typed text, a list of codes, or a stored value.

    Raises ``BadValue`` when it is empty, cannot be read, or breaks a hard limit.
    """
    typed = _typed(field, given)
    keep = given.get("printed") if isinstance(given, dict) else None
    try:
        value = READERS[field["kind"]](field, typed)
        _within_limits(field, value)
    except Unreadable as problem:
        raise BadValue(f"{field['label']}: {problem}") from None
    shown = "; ".join(typed) if isinstance(typed, list) else typed.strip()
    return value | {"printed": keep or shown}


def show(field, value):
    """Return the value as a reader sees it, without its unit; numbers with a true minus."""
    kind = field["kind"]
    if kind == "mean_sd":
        text = value["mean"] if value["sd"] is None else f"{value['mean']} ± {value['sd']}"
        return text.replace("-", "−")
    if kind in ("integer", "decimal"):
        return value["number"].replace("-", "−")
    if kind == "date":
        day = datetime.date.fromisoformat(value["date"])
        return f"{day.day} {day:%b %Y}"
    if kind in CHOICES:
        labels = {option["code"]: option["label"] for option in field["options"]}
        codes = [value["code"]] if kind == "choice" else value["codes"]
        return "; ".join(labels.get(code, code) for code in codes)
    return value["text"]


def same(field, first, second):
    """Whether two values mean the same: 12.30 is 12.3, and lists have no order."""
    return identity(field, VALUE, first) == identity(field, VALUE, second)


def identity(field, state, value):
    """Return what a reading means, as something that can be compared and hashed.

    ``state`` is ``value``, ``not_reported``, ``unclear``, or ``empty`` for a cell without a
    row; the four are never the same, and none of them is the number 0.
    """
    if state != VALUE:
        return (state,)
    kind = field["kind"]
    if kind == "mean_sd":
        sd = value["sd"]
        return (VALUE, Decimal(value["mean"]), None if sd is None else Decimal(sd))
    if kind in ("integer", "decimal"):
        return (VALUE, Decimal(value["number"]))
    if kind == "multichoice":
        return (VALUE, frozenset(value["codes"]))
    if kind == "text":
        return (VALUE, " ".join(unicodedata.normalize("NFC", value["text"]).split()))
    return (VALUE, value["code"] if kind == "choice" else value["date"])


def _typed(field, given):
    """What was typed, as text or as a list of codes."""
    if isinstance(given, dict):
        given = _stored(field, given)
    if isinstance(given, list | tuple):
        given = [str(code).strip() for code in given if str(code).strip()]
    else:
        given = str(given)
    if not given or (isinstance(given, str) and not given.strip()):
        raise BadValue(f"{field['label']}: nothing was typed.")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in "".join(given)):
        raise BadValue(
            f"{field['label']}: the text holds a character that cannot be kept. Type it instead"
            " of pasting it."
        )
    return given


def _stored(field, value):
    """The text or list from which a stored value can be read again."""
    kind = field["kind"]
    if kind == "mean_sd":
        return value["mean"] if value.get("sd") is None else f"{value['mean']} ± {value['sd']}"
    name = {"text": "text", "choice": "code", "multichoice": "codes", "date": "date"}
    return value[name.get(kind, "number")]


def _number_text(field, typed):
    """Typed text without the field's own unit behind a number."""
    unit = field.get("unit", "").strip()
    return re.sub(rf"(?<=[\d.])\s*{re.escape(unit)}(?!\w)", "", typed) if unit else typed


def _read_text(field, typed):
    if len(typed) > LONGEST_TEXT:
        raise Unreadable(f"a text may have {LONGEST_TEXT:,} characters, this one has more.")
    return {"text": typed.replace("\r\n", "\n").strip()}


def _read_integer(field, typed):
    return {"number": printed.number(_number_text(field, typed), whole=True)}


def _read_decimal(field, typed):
    return {"number": printed.number(_number_text(field, typed))}


def _read_mean_sd(field, typed):
    mean, sd = printed.mean_sd(_number_text(field, typed))
    return {"mean": mean, "sd": sd}


def _read_date(field, typed):
    return {"date": printed.date(typed)}


def _read_choice(field, typed):
    codes = typed if isinstance(typed, list) else [typed]
    if len(codes) != 1:
        raise Unreadable("choose one answer.")
    return {"code": _code(field, codes[0])}


def _read_multichoice(field, typed):
    parts = typed if isinstance(typed, list) else re.split(r"[;\n]", typed)
    if len(parts) == 1 and _found(field, parts[0]) is None:
        parts = parts[0].split(",")
    chosen = {_code(field, part) for part in parts if part.strip()}
    return {"codes": [o["code"] for o in field["options"] if o["code"] in chosen]}


def _found(field, text):
    """The code whose code or label is ``text``, or None."""
    asked = text.strip().casefold()
    for name in ("code", "label"):
        for option in field["options"]:
            if option[name].casefold() == asked:
                return option["code"]
    return None


def _code(field, text):
    code = _found(field, text)
    if code is None:
        allowed = ", ".join(option["label"] for option in field["options"][:12])
        raise Unreadable(f"“{text.strip()}” is not one of the answers: {allowed}.")
    return code


READERS = {
    "text": _read_text,
    "integer": _read_integer,
    "decimal": _read_decimal,
    "mean_sd": _read_mean_sd,
    "choice": _read_choice,
    "multichoice": _read_multichoice,
    "date": _read_date,
}


def _within_limits(field, value):
    """Refuse a number outside the hard limits or with more decimals than the field keeps."""
    if field["kind"] not in NUMERIC:
        return
    main = value["mean"] if field["kind"] == "mean_sd" else value["number"]
    unit = f" {field['unit']}" if field.get("unit") else ""
    for name, word, broken in (("min", "below", Decimal.__lt__), ("max", "above", Decimal.__gt__)):
        limit = field.get(name)
        if limit not in (None, "") and broken(Decimal(main), Decimal(str(limit))):
            raise Unreadable(
                f"{main.replace('-', '−')} is {word} {limit}{unit}, the limit of this field."
                " Check the value; if the paper prints it so, ask the lead to widen the limit."
            )
    allowed = field.get("decimals")
    for number in filter(None, (main, value.get("sd"))):
        if allowed is not None and len(number.partition(".")[2]) > int(allowed):
            raise Unreadable(f"{number} has more than {allowed} decimals.")
