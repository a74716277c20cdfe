"""A table of texts -> participant rows: which column is which field, and what its texts mean.

Pure. A mapping is plain JSON: ``{"key": column or "", "columns": {column: {"field": key,
"times": number or fraction, "codes": {text: code}}}, "missing": [texts], "only": {"column",
"value"} or {}}``. Without a key column the participants are numbered in the order of the rows.
``times`` converts a unit (months to years: 1/12); what the file says is kept as ``printed``.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rapidfuzz import fuzz

from .. import schema as forms
from .. import variables

MISSING = ("", ".", "NA", "N/A", "NaN", "NULL", "NR", "-", "–", "—", "missing", "not reported")
KEY_NAMES = {"patient", "participant", "subject", "id", "patient id", "participant id",
             "subject id", "case", "no", "nr", "pt", "record id", "patient no"}  # fmt: skip
ALIKE = 75  # of 100: below it nothing is proposed
FEW = 40  # different texts of a column that is offered to be coded
LONGEST_KEY = 100
CONVERTIBLE = ("integer", "decimal", "percent")
TIMES = {
    ("day", "week"): "1/7", ("day", "month"): "12/365.25", ("day", "year"): "1/365.25",
    ("week", "day"): "7", ("week", "month"): "84/365.25", ("week", "year"): "7/365.25",
    ("month", "year"): "1/12", ("year", "month"): "12", ("month", "week"): "365.25/84",
    ("hour", "day"): "1/24", ("minute", "hour"): "1/60", ("mm", "cm"): "1/10", ("cm", "mm"): "10",
    ("cm", "m"): "1/100", ("g", "kg"): "1/1000", ("mg", "g"): "1/1000",
}  # fmt: skip
NUMBER = r"[0-9]+(?:\.[0-9]+)?"
FACTOR = re.compile(rf"({NUMBER})(?:\s*/\s*({NUMBER}))?")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a table from being loaded: where in the file, and what to do."""

    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One participant: ``values`` by field key; a missing one has no key there."""

    line: int
    key: str
    values: dict


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a mapping makes of a source: nothing of it may be kept while there are problems."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    left_out: int


def dictionary(schema):
    """``{key: field}`` of the columns of the participant table, in the order of the form."""
    return {key: one for key, one in forms.fields(schema).items() if forms.is_column(one)}


def derived(schema):
    """``{key: definition}`` of the variables that are computed for each participant."""
    return {
        key: one for key, one in variables.defined(schema).items() if one["level"] == "participant"
    }


def propose(columns, source):
    """The mapping a person would most likely make of a source, for them to correct.

    columns: ``{key: field}`` of the participant table. A file's column goes to the field whose
    key or label its name resembles most, each field once.
    """
    named = {name: plain_words(name) for name in source.columns}
    key = next((name for name, words in named.items() if words in KEY_NAMES), "")
    scores = sorted(
        (
            (-_likeness(words, asked), place, name, asked["key"])
            for place, (name, words) in enumerate(named.items())
            for asked in columns.values()
            if name != key
        ),
    )
    chosen = {}
    for score, _, name, field in scores:
        if -score >= ALIKE and name not in chosen and field not in chosen.values():
            chosen[name] = field
    return {
        "key": key,
        "columns": {
            name: {
                "field": field,
                "times": _times(named[name], columns[field]),
                "codes": codes(columns[field], source, name),
            }
            for name, field in chosen.items()
        },
        "missing": list(MISSING[1:]),
        "only": {},
    }


def texts(source, column):
    """The different texts of a column, in order; None when they are too many to be codes."""
    place = source.columns.index(column)
    found = dict.fromkeys(cells[place] for _, cells in source.rows)
    found.pop("", None)
    return sorted(found) if len(found) <= FEW else None


def codes(asked, source, column):
    """``{text: code}`` for the texts of a column that stand for an answer of a choice: its code
    or label, the file's own label of it, or the one answer that begins with it."""
    if asked["kind"] not in forms.CHOICES:
        return {}
    labels, proposed = source.labels.get(column, {}), {}
    for text in texts(source, column) or ():
        if text.casefold() in {one.casefold() for one in MISSING}:
            continue
        meant = _meant(asked["options"], labels.get(text, text)) or _meant(asked["options"], text)
        proposed[text] = meant or ""
    return proposed


def read(columns, source, mapping):
    """Return what a mapping makes of a source, as ``Loaded``.

    Every text that a field refuses, every participant named twice and every line without a key
    is a ``Problem``; texts of ``missing`` and empty cells are missing values.
    """
    reader = _Reader(columns, source, mapping)
    rows, left_out = [], 0
    for line, cells in source.rows:
        if reader.is_left_out(cells):
            left_out += 1
        else:
            rows.append(reader.row(line, cells, len(rows) + 1))
    if not rows:
        reader.refuse(0, mapping.get("only", {}).get("column", ""), "No row has this value.")
    return Loaded(tuple(rows), tuple(reader.problems), left_out)


def factor(text):
    """The number that ``12``, ``0.1`` or ``1/12`` stands for, as a ``Fraction``; raises
    ``ValueError`` for anything else and for 0."""
    found = FACTOR.fullmatch((text or "1").strip())
    if not found:
        raise ValueError(f"“{text}” is not a number like 12, 0.1 or 1/12.")
    top, bottom = Fraction(found[1]), Fraction(found[2] or 1)
    if not top or not bottom:
        raise ValueError("A number cannot be multiplied by or divided by 0.")
    return top / bottom


def plain_key(text):
    """What two people call the same participant: *Patient 07*, *Pt. 7* and *7* are one."""
    words = re.sub(r"[^\w]+", " ", unicodedata.normalize("NFKC", text).casefold()).split()
    kept = [word for word in words if word not in KEY_NAMES] or words
    return " ".join(word.lstrip("0") or "0" if word.isdigit() else word for word in kept)


class _Reader:
    """Reads cells and keeps what it could not read; equal texts of a column are read once."""

    def __init__(self, columns, source, mapping):
        self.columns, self.problems, self.seen = columns, [], {}
        self.names, self.known = source.columns, {}
        self.missing = {text.casefold() for text in ["", *mapping.get("missing", ())]}
        self.key = mapping.get("key") or ""
        only = mapping.get("only") or {}
        self.only = (source.columns.index(only["column"]), only["value"]) if only else None
        self.plan = [
            (place, name, columns[how["field"]], how)
            for place, name in enumerate(source.columns)
            if (how := mapping["columns"].get(name)) and how.get("field") in columns
        ]

    def refuse(self, line, column, text):
        self.problems.append(Problem(line, column, text))

    def is_left_out(self, cells):
        return self.only is not None and cells[self.only[0]] != self.only[1]

    def row(self, line, cells, number):
        values = {}
        for place, name, asked, how in self.plan:
            value = self._value(line, name, asked, how, cells[place])
            if value is not None:
                values[asked["key"]] = value
        return Row(line, self._key(line, cells, number), values)

    def _key(self, line, cells, number):
        key = cells[self.names.index(self.key)] if self.key else str(number)
        if not key or len(key) > LONGEST_KEY:
            self.refuse(line, self.key, f"Name the participant, in up to {LONGEST_KEY} letters.")
        plain = plain_key(key)
        if plain in self.seen:
            self.refuse(line, self.key, f"“{key}” stands in line {self.seen[plain]} already.")
        self.seen.setdefault(plain, line)
        return key

    def _value(self, line, name, asked, how, text):
        if text.casefold() in self.missing:
            return None
        if (name, text) not in self.known:
            try:
                self.known[name, text] = _value(asked, how, text), ""
            except (forms.BadValue, ValueError) as problem:
                self.known[name, text] = None, str(problem)
        value, problem = self.known[name, text]
        if problem:
            self.refuse(line, name, problem)
        return value


def _value(asked, how, text):
    """One cell's value; raises ``BadValue``, or ``ValueError`` of a factor."""
    if asked["kind"] in forms.CHOICES and (code := how.get("codes", {}).get(text)):
        return forms.read(asked, code) | {"printed": text}
    times = factor(how.get("times"))
    if times == 1 or asked["kind"] not in CONVERTIBLE:
        return forms.read(asked, text)
    given = forms.read({"key": "", "label": asked["label"], "kind": "decimal"}, text)
    exact = Fraction(given["number"]) * times
    places = asked.get("decimals")
    decimals = 6 if places in (None, "") else int(places)
    converted = f"{round(Decimal(exact.numerator) / Decimal(exact.denominator), decimals):f}"
    plain = converted.rstrip("0").rstrip(".") if "." in converted else converted
    return forms.read(asked, plain) | {"printed": text}


def _meant(options, text):
    """The code an answer's text stands for, or None when no answer or several do."""
    asked = text.strip().casefold()
    exact = [o["code"] for o in options if asked in (o["code"].casefold(), o["label"].casefold())]
    begins = [o["code"] for o in options if asked and o["label"].casefold().startswith(asked)]
    found = exact or begins
    return found[0] if len(found) == 1 else None


def plain_words(name):
    """A name in small words, so that ``painRelief_pct`` and *Pain relief pct* are one."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^\w%]+|_", " ", spaced).casefold().split())


def _likeness(words, asked):
    """How much a column's name resembles a field, 0 to 100; the bare label counts most."""
    key, label = plain_words(asked["key"]), plain_words(asked["label"])
    if words in (key, label):
        return 100
    full = plain_words(f"{asked['label']} {asked.get('unit', '')}")
    names = (key, label, full)
    return min(99, max(fuzz.token_sort_ratio(words, n) for n in names) * 0.4
               + max(fuzz.token_set_ratio(words, n) for n in names) * 0.6)  # fmt: skip


def _times(words, asked):
    """The factor from a unit in a column's name to the unit of the field; "" without one."""
    wanted = _singular(asked.get("unit", ""))
    named = {_singular(word) for word in words.split()}
    return next((times for (a, b), times in TIMES.items() if b == wanted and a in named), "")


def _singular(word):
    return word.strip().casefold().removesuffix("s")
