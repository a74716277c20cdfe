"""The numbers of a run by the names that metafor gives their columns. Pure."""

from ..measures import engine_name


def columns(run):
    """``{column: [number a study]}``."""
    rows = run.inputs["rows"]
    return {
        engine_name(run.spec["measure"], name): [row["values"][name] for row in rows]
        for name in rows[0]["values"]
    }


def one_line(text):
    return " ".join(text.split())


def quoted(text):
    """A text as a string literal that R and Python both read."""
    plain = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
