"""A run as scripts that anybody can run: R with metafor, and Python with Concord's own engine.

Both carry the data, the call, and the numbers the run stored, and say how far they differ.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from . import python, r


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
        [[row["label"], *(repr(value) for value in row["values"].values())] for row in rows],
    )


def as_csv(header, rows):
    """Lines of texts as CSV; a first cell that a spreadsheet would compute is kept a text."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    for first, *rest in rows:
        writer.writerow([f"'{first}" if first[:1] in "=+-@\t" else first, *rest])
    return written.getvalue()


SCRIPTS = {
    "R": Script("R script (metafor)", r.script, "text/plain; charset=utf-8"),
    "py": Script("Python script", python.script, "text/plain; charset=utf-8"),
    "csv": Script("data (CSV)", data, "text/csv; charset=utf-8"),
}
