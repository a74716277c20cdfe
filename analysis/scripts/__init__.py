"""A run as files that anybody can run: the data, the call, and the numbers the run stored, with how
far the two differ. Here is what the scripts of all kinds are made of."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from review.writers import safe_cell

TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Script:
    """A kind of file: what a reader calls it, how it is made of a run, and its media type."""

    name: str
    make: Callable
    media: str


def as_csv(header, rows):
    """Lines as CSV, None as an empty cell; no spreadsheet takes a text for a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerows([safe_cell(cell) for cell in line] for line in (header, *rows))
    return written.getvalue()
