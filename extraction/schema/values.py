"""The value of a cell: read from typed text, shown, and compared. Pure."""

import datetime
import re
import unicodedata
from decimal import Decimal

from .. import derive, printed
from ..printed import Unreadable
from . import formulas
from .kinds import CHOICES, NUMERIC, SUMMARIES, TEXTS, VALUE
from .kinds import unit as unit_of

LONGEST_TEXT = 20_000


class BadValue(ValueError):
    """A value that a field refuses; the text names the field and says what to type."""


def read(field, given):
    """Return the value of ``field`` for typed text, a list of codes, or a stored value.

    ``{"given": text, "as": code}`` is text in a format of ``extraction.derive``. Raises
    ``BadValue`` when it is empty, cannot be read, or breaks a hard limit.
    """
    held = given if isinstance(given, dict) else {}
    typed = _typed(field, held.get("given", given))
    if field["kind"] in SUMMARIES and (held.get("as") or field["kind"] != "mean_sd"):
        return _read_summary(field, typed, held)
    try:
        plain = (
            formulas.resolved(typed, field.get("decimals")) if field["kind"] in NUMERIC else typed
        )
        value = READERS[field["kind"]](field, plain)
        _within_limits(field, value)
    except Unreadable as problem:
        raise BadValue(f"{field['label']}: {problem}") from None
    shown = "; ".join(typed) if isinstance(typed, list) else typed.strip()
    formula = held.get("formula") or (shown if plain != typed else "")
    kept = {"printed": held.get("printed") or shown} | ({"formula": formula} if formula else {})
    return value | kept


def _read_summary(field, typed, held):
    """A value in one of the formats of its kind; what it took from other cells is kept."""
    try:
        text = _number_text(field, typed) if field["kind"] != "events" else typed
        value = derive.read(field, held.get("as", ""), text)
        value = derive.fill(field, value, held.get("with", {}))
        _within_limits(field, value)
    except Unreadable as problem:
        raise BadValue(f"{field['label']}: {problem}") from None
    return value | {"printed": held.get("printed") or typed.strip()}


def show(field, value):
    """Return the value as a reader sees it, without its unit; numbers with a true minus."""
    kind = field["kind"]
    if kind in SUMMARIES and (value.get("as") or kind != "mean_sd"):
        return derive.show(field, value)
    if kind == "mean_sd":
        text = value["mean"] if value["sd"] is None else f"{value['mean']} ± {value['sd']}"
        return text.replace("-", "−")
    if kind in ("integer", "decimal", "percent"):
        return value["number"].replace("-", "−")
    if kind == "table":
        return "\n".join(" | ".join(row) for row in value["rows"])
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
    if value.get("how", {}).get("waits"):
        return (VALUE, value.get("as", ""), tuple(sorted(value["parts"].items())))
    if kind in SUMMARIES:
        told = [value[name] for name in derive.EMPTY[kind] if name != "se"] + [value.get("level")]
        return (VALUE, *(one if one is None else Decimal(one) for one in told))
    if kind in ("integer", "decimal", "percent"):
        return (VALUE, Decimal(value["number"]))
    if kind == "multichoice":
        return (VALUE, frozenset(value["codes"]))
    if kind in TEXTS:
        return (VALUE, _plain(value["text"]))
    if kind == "table":
        return (VALUE, tuple(tuple(map(_plain, row)) for row in value["rows"]))
    return (VALUE, value["code"] if kind == "choice" else value["date"])


def _plain(text):
    """Text as it is compared: composed, every run of spaces one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


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
    if kind in SUMMARIES and (value.get("as") or kind != "mean_sd"):
        return value["printed"]
    if kind == "mean_sd":
        return value["mean"] if value.get("sd") is None else f"{value['mean']} ± {value['sd']}"
    if kind == "table":
        return show(field, value)
    name = {"text": "text", "vocabulary": "text", "choice": "code", "multichoice": "codes"}
    return value["date" if kind == "date" else name.get(kind, "number")]


def _number_text(field, typed):
    """Typed text without the field's own unit behind a number."""
    unit = unit_of(field).strip()
    return re.sub(rf"(?<=[\d.])\s*{re.escape(unit)}(?!\w)", "", typed) if unit else typed


def _read_text(field, typed):
    if len(typed) > LONGEST_TEXT:
        raise Unreadable(f"a text may have {LONGEST_TEXT:,} characters, this one has more.")
    return {"text": typed.replace("\r\n", "\n").strip()}


def _read_vocabulary(field, typed):
    """A term of the list as the list writes it; an open list takes other terms too."""
    term = _plain(_read_text(field, typed)["text"])
    known = {_plain(one).casefold(): one for one in field["terms"]}
    if term.casefold() in known:
        return {"text": known[term.casefold()]}
    if field.get("open"):
        return {"text": term}
    some = ", ".join(field["terms"][:12]) + (" …" if len(field["terms"]) > 12 else "")
    raise Unreadable(f"“{term}” is not a term of its list: {some}")


def _read_table(field, typed):
    """Rows of text, one a line; cells parted by tabs (as pasted) or by ``|``."""
    text, width = _read_text(field, typed)["text"], len(field["columns"])
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        cells = [part.strip() for part in line.split("\t" if "\t" in line else "|")]
        if not any(cells):
            continue
        if len(cells) > width:
            raise Unreadable(f"row {number} has {len(cells)} cells, the table has {width} columns.")
        if any("|" in cell for cell in cells):
            raise Unreadable(f"row {number} has a | within a cell. Type another sign there.")
        rows.append(cells + [""] * (width - len(cells)))
    if not rows:
        raise Unreadable("the table has no row with a word in it.")
    return {"rows": rows}


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
    "percent": _read_decimal,
    "mean_sd": _read_mean_sd,
    "choice": _read_choice,
    "multichoice": _read_multichoice,
    "vocabulary": _read_vocabulary,
    "date": _read_date,
    "table": _read_table,
}


def _within_limits(field, value):
    """Refuse a number outside the hard limits or with more decimals than the field keeps."""
    if field["kind"] not in NUMERIC:
        return
    main = value["mean"] if field["kind"] == "mean_sd" else value["number"]
    if main is None:
        return
    unit = f" {unit_of(field)}" if unit_of(field) else ""
    for name, word, broken in (("min", "below", Decimal.__lt__), ("max", "above", Decimal.__gt__)):
        limit = field.get(name)
        if limit not in (None, "") and broken(Decimal(main), Decimal(str(limit))):
            raise Unreadable(
                f"{main.replace('-', '−')} is {word} {limit}{unit}, the limit of this field."
                " Check the value; if the paper prints it so, ask the lead to widen the limit."
            )
    allowed = None if "as" in value else field.get("decimals")
    for number in filter(None, (main, value.get("sd"))):
        if allowed is not None and len(number.partition(".")[2]) > int(allowed):
            raise Unreadable(f"{number} has more than {allowed} decimals.")
