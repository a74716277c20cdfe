"""A run as a script of R with metafor, and of Python with Concord's own engine."""

from ...scripts import CSV, TEXT, Script, as_csv
from . import python, r


def data(run):
    """The rows of a run as CSV: the study, then the engine's columns."""
    rows = run.inputs["rows"]
    return as_csv(
        ["study", *rows[0]["values"]],
        [[row["label"], *row["values"].values()] for row in rows],
    )


SCRIPTS = {
    "R": Script("R script (metafor)", r.script, TEXT),
    "py": Script("Python script", python.script, TEXT),
    "csv": Script("data (CSV)", data, CSV),
}
