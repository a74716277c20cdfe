"""The patients of a run as rows without identifiers, and the names that scripts give columns."""

import csv
import io
import keyword
import re

from review.writers import safe_cell

from .. import imputing, model, modelling

R_WORDS = {"repeat", "function", "next", "break", "study", "answered", "c", "t"}


def names(run):
    """``{key: name}`` that R and Python both take in a formula."""
    return {
        key: key if _plain(key) else f"v{place}"
        for place, key in enumerate(model.used(run.spec))
    }  # fmt: skip


def _plain(key):
    known = keyword.iskeyword(key) or key in R_WORDS
    return bool(re.fullmatch(r"[a-z][a-z0-9_]*", key)) and not known


def columns(run):
    """``{name: [number, words or None a patient]}`` with their ``study`` by its label."""
    table, labels = modelling.read(run)
    told = {name: table[key] for key, name in names(run).items()}
    return told | {"study": _told_apart(table["study"], labels)}


def _told_apart(studies, labels):
    """The label of each patient's study, with its number where that does not tell the studies
    apart."""
    alike = list(labels.values())
    told = {
        study: label if alike.count(label) == 1 else f"{label} ({study})"
        for study, label in labels.items()
    }
    if len(set(told.values())) < len(told):
        told = {study: f"{label} ({study})" for study, label in labels.items()}
    return [told[one] for one in studies]


def lines(table):
    """Columns as lines of CSV, the header first; a gap is empty."""
    rows = zip(*map(_texts, table.values()), strict=True)
    return [_line(row) for row in (table, *rows)]


def _line(cells):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue().removesuffix("\n")


def _texts(values):
    return ["" if v is None else v if isinstance(v, str) else repr(v) for v in values]


def patients(run):
    """The rows as a CSV file that a spreadsheet takes for data, never for formulas."""
    table = {name: [safe_cell(v) for v in values] for name, values in columns(run).items()}
    return "\n".join(lines(table)) + "\n"


def entering(run):
    """The names of the columns that imputations read, their ``study`` the last."""
    known = names(run)
    return [*(known[key] for key in model.used(run.spec | {"response": ""})), "study"]


def imputed(run):
    """Every completed table under the other, in the long form of mice: ``.imp`` 0 are the patients
    as they were, ``.id`` counts them."""
    table, labels = modelling.read(run)
    known = names(run)
    entered = model.used(run.spec | {"response": ""})
    given = {key: table[key] for key in [*entered, "study"]}
    made = imputing.completed(given, run.spec)
    studies, n = _told_apart(table["study"], labels), len(table["study"])
    told = {".imp": [], ".id": [], "study": []} | {known[key]: [] for key in entered}
    for number, one in enumerate((given, *made.completed)):
        told[".imp"] += [number] * n
        told[".id"] += range(1, n + 1)
        told["study"] += map(safe_cell, studies)
        for key in entered:
            told[known[key]] += map(safe_cell, one[key])
    return "\n".join(lines(told)) + "\n"
