"""The PRISMA 2020 flow diagram, in the statement's layout, with open work drawn as such.

Layout and wording follow the templates of Page MJ et al. BMJ 2021;372:n71 (CC BY 4.0).
"""

from ..data_table import DataTable
from ..metrics import wrap
from ..svg import document, lines
from .data import (
    Box,
    Line,
    OtherMethods,
    PrismaFlow,
    Stage,
    boxes_of,
    check,
    endings,
    printed,
    sections,
)
from .layout import lay_out

__all__ = ["Box", "Line", "OtherMethods", "PrismaFlow", "Stage", "prisma", "table"]

_OPEN_NOTE = "Boxes with a dashed edge are open work. The diagram is final when there are none."


def prisma(flow, *, width=1100, standalone=False):
    """``flow`` as an SVG of at most ``width`` px; on a phone its columns stand under each other.

    Which template it is follows from the data. Raises ``NotDrawable`` for a count that is none;
    whether the counts add up is for the caller to know.
    """
    check(flow)
    drawing, used, height = lay_out(flow, width)
    note = wrap(_OPEN_NOTE, used - 4, 12) if _open_work(flow) else []
    return document(
        drawing,
        lines(1, height + 22, note, size=12, paint="f-faint"),
        width=used,
        height=height + (14 + 16 * len(note) if note else 2),
        title=flow.title,
        desc=_description(flow),
        standalone=standalone,
    )


def table(flow):
    """Every count of ``flow`` in reading order: where it stands, what it counts, n."""
    check(flow)
    rows = []
    for where, _, box, label in _all_boxes(flow):
        rows.append((where, label, printed(box.n).replace("\u00a0", " ")))
        for line in box.lines:
            rows.append((where, line.label, "" if line.n is None else printed(line.n)))
    return DataTable(flow.title, ("Part", "Counted", "n"), tuple(rows))


def _all_boxes(flow):
    for section in sections(flow):
        for row, stage in section.stages.items():
            for kind, box, label in boxes_of(row, stage):
                yield section.heading, kind, box, label
    for row, stage in endings(flow).items():
        for kind, box, label in boxes_of(row, stage):
            yield "Included", kind, box, label


def _open_work(flow):
    return any(kind == "open" for _, kind, _, _ in _all_boxes(flow))


def _description(flow):
    found = [f"{label}: {printed(box.n)}" for _, _, box, label in _all_boxes(flow)]
    return ". ".join([*found, "The same numbers are in the table."])
