"""A run as scripts that anybody can run: R with metafor, and Python with Concord's own engine.

Both carry the data, the call, and the numbers the run stored, and say how far they differ.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from review.writers import safe_cell

from . import python, r

TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Script:
    """A kind of file: what a reader calls it, how it is made of a run, and its media type."""

    name: str
    make: Callable
    media: str


def data(run):
    """The rows of a run as CSV: the study, then the engine's columns."""
    rows = run.inputs["rows"]
    return as_csv(
        ["study", *rows[0]["values"]],
        [[row["label"], *row["values"].values()] for row in rows],
    )


def as_csv(header, rows):
    """Lines as CSV, None as an empty cell; no spreadsheet takes a text for a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerows([safe_cell(cell) for cell in line] for line in (header, *rows))
    return written.getvalue()


SCRIPTS = {
    "R": Script("R script (metafor)", r.script, TEXT),
    "py": Script("Python script", python.script, TEXT),
    "csv": Script("data (CSV)", data, CSV),
}
