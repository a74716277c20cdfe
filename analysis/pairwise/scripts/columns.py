"""The numbers of a run as the columns of a table. Pure."""

from ..measures import engine_name


def columns(run):
    """``{column: [number a study]}`` by the names that metafor gives them."""
    rows = run.inputs["rows"]
    return {
        engine_name(run.spec["measure"], name): [row["values"][name] for row in rows]
        for name in rows[0]["values"]
    }
