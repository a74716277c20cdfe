"""Tables of patients from their rows: one line a study, or one line a group. Pure.

A definition is plain JSON: ``{"form": id, "lines": ["study"] or one or two column keys,
"variables": [{"column", "show"}], "alpha": "0.05", "share": bool, "overrides": {line: show}}``.

``show`` of numbers: ``mean`` (mean ± SD), ``median`` (median and range), ``each`` (missing,
mean ± SD, median and range, a column each) or ``rule``: mean ± SD unless Shapiro and Wilk's test
(Biometrika 1965;52:591) of the line's values has p < alpha, then median and range. Fewer than
``LEAST`` values cannot be tested, more than ``MOST`` always fail or pass by their number: both
are shown as mean ± SD. ``overrides`` decides for a line what the rule would. Of an answer:
``counts`` (3/6) or ``shares`` (3, 33%).
"""

import warnings
from dataclasses import dataclass

from scipy.stats import shapiro

from extraction import schema as forms
from extraction.participants import scrutiny

from ..figures import numbers

STUDY = "study"
NUMBERS = {
    "rule": "Mean ± SD, or median (range) where not normal",
    "mean": "Mean ± SD",
    "median": "Median (range)",
    "each": "Missing, mean ± SD, median and range",
}
ANSWERS = {"counts": "Numbers, as in 3/6", "shares": "Numbers and per cent"}
EACH = ("missing", "mean ± SD", "median", "range")
LEAST, MOST = 3, 5_000
UNKNOWN = "Not reported"
STAR, DASH = "*", "—"


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell. ``starred``: some participants of the line have no value; ``n`` have one.
    ``p`` is that of the test of normality, where it was asked and could be made."""

    text: str
    n: int
    missing: int
    starred: bool = False
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its names (one for each key of ``lines``), how many participants, their share
    of all in per cent, and the cells."""

    names: tuple[str, ...]
    n: int
    share: float
    cells: tuple[Shown, ...]

    @property
    def name(self):
        return " / ".join(self.names)


@dataclass(frozen=True, slots=True)
class PatientTable:
    """``heads`` name the lines' columns, ``columns`` the variables'. ``simulated``: some of the
    rows are no real patients."""

    heads: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    total: Line
    share: bool
    simulated: bool
    tested: bool
    alpha: str

    @property
    def starred(self):
        return any(cell.starred for line in (*self.lines, self.total) for cell in line.cells)


def make(found, spec):
    """Return the ``PatientTable`` of ``reading.Participants`` by a definition. A key that the
    form does not have (any more) is passed over."""
    asked = [one for one in spec["variables"] if one["column"] in found.columns]
    keys = [key for key in spec["lines"] if key == STUDY or key in found.columns]
    groups = _groups(found, keys)
    n = len(found.rows)
    return PatientTable(
        heads=tuple("Study" if key == STUDY else found.columns[key]["label"] for key in keys),
        columns=tuple(name for one in asked for name in _heads(found.columns, one)),
        lines=tuple(_line(found, names, rows, asked, spec, n) for names, rows in groups),
        total=_line(found, ("All",), found.rows, asked, spec, n),
        share=bool(spec.get("share")),
        simulated=found.simulated,
        tested=any(one["show"] == "rule" for one in asked),
        alpha=spec.get("alpha", "0.05"),
    )


def shows(asked):
    """The ways a column can be shown, ``{code: words}``; {} for one that cannot."""
    if asked["kind"] in ("integer", "decimal", "percent"):
        return NUMBERS
    return ANSWERS if asked["kind"] in ("choice", "text", "vocabulary") else {}


def normal(numbers):
    """The p value of Shapiro and Wilk's test, or None where it cannot be made: fewer than
    ``LEAST`` or more than ``MOST`` numbers, or all the same."""
    if not LEAST <= len(numbers) <= MOST or len(set(numbers)) == 1:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return float(shapiro(numbers).pvalue)


def _groups(found, keys):
    """``(names, rows)`` of each line: studies by name, answers in the order of the form."""
    groups = {}
    for row in found.rows:
        names = tuple(_name(found.columns, row, key) for key in keys)
        groups.setdefault(names, []).append(row)
    return sorted(groups.items(), key=lambda one: _order(found.columns, keys, one[0]))


def _name(columns, row, key):
    if key == STUDY:
        return row.label
    value = row.values.get(key)
    return forms.show(columns[key], value) if value else UNKNOWN


def _order(columns, keys, names):
    placed = []
    for key, name in zip(keys, names, strict=True):
        options = [] if key == STUDY else columns[key].get("options", [])
        labels = [option["label"] for option in options]
        place = labels.index(name) if name in labels else len(labels)
        placed.append((name == UNKNOWN, place, name.casefold()))
    return placed


def _heads(columns, one):
    asked = columns[one["column"]]
    unit = forms.unit(asked)
    name = f"{asked['label']} ({unit})" if unit else asked["label"]
    if one["show"] == "each":
        return [f"{name}: {part}" for part in EACH]
    if one["show"] == "counts" and asked.get("options"):
        return [f"{name} ({'/'.join(option['label'] for option in asked['options'])})"]
    return [name]


def _line(found, names, rows, asked, spec, n):
    pairs = [(row.key, row.values) for row in rows]
    override = spec.get("overrides", {}).get(" / ".join(names))
    cells = []
    for one in asked:
        show = one["show"]
        if show == "rule" and override in ("mean", "median"):
            show = override
        cells += _cells(found.columns[one["column"]], pairs, show, float(spec.get("alpha", "0.05")))
    share = 100 * len(rows) / n if n else 0.0
    return Line(tuple(names), len(rows), share, tuple(cells))


def _cells(asked, pairs, show, alpha):
    told = scrutiny.summary(asked, pairs)
    starred = bool(told.missing and told.n)

    def shown(text, p=None, mark=True):
        marked = mark and starred
        return Shown(text + STAR * marked, told.n, told.missing, marked, p)

    if show == "each":
        missing = Shown(str(told.missing), told.n, told.missing)
        parts = (_mean(told), _middle(told), _range(told))
        return [missing, *(shown(part, mark=False) for part in parts)]
    if not told.n:
        return [Shown(DASH, 0, told.missing)]
    if show in ANSWERS:
        return [shown(_answers(asked, told, show))]
    p = None
    if show == "rule":
        p = normal([float(values[asked["key"]]["number"]) for _, values in pairs
                    if values.get(asked["key"])])  # fmt: skip
        show = "median" if p is not None and p < alpha else "mean"
    if show == "median":
        return [shown(f"{_middle(told)} ({_range(told)})", p)]
    return [shown(_mean(told), p)]


def _answers(asked, told, show):
    counts = dict(told.counts)
    labels = [option["label"] for option in asked.get("options", [])] or list(counts)
    if show == "counts" and asked.get("options"):
        return "/".join(str(counts.get(label, 0)) for label in labels)
    if show == "counts":
        return "; ".join(f"{label} {n}" for label, n in counts.items())
    return "; ".join(f"{label} {n} ({100 * n / told.n:.0f}%)" for label, n in counts.items())


def _mean(told):
    if told.mean is None:
        return DASH
    return _number(told.mean) if told.sd is None else f"{_number(told.mean)} ± {_number(told.sd)}"


def _middle(told):
    return DASH if told.median is None else _number(told.median)


def _range(told):
    if told.low is None or told.n < 2:
        return DASH
    return f"{_plain(told.low)} to {_plain(told.high)}"


def _number(number):
    # Sums of decimals end in …4999: what is 13.35 on paper is rounded as 13.35.
    return numbers.fixed(round(number, 9), 1)


def _plain(number):
    return f"{number:g}".replace("-", "−")
