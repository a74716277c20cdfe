"""The forest plot: studies with intervals and weights, diamonds, prediction, heterogeneity."""

from ..axis import Scale
from ..data_table import DataTable
from ..lights import mark_label
from ..paging import PER_PAGE
from ..svg import document
from . import words
from .data import (
    Ahead,
    Column,
    Excluded,
    Forest,
    Group,
    Heterogeneity,
    Model,
    Prediction,
    Row,
    Summary,
    Test,
    check,
)
from .page import draw_page, make_frame, split
from .rows import sequence

__all__ = [
    "Ahead", "Column", "Excluded", "Forest", "Group", "Heterogeneity", "Model", "Prediction", "Row",
    "Scale", "Summary", "Test", "count_pages", "forest", "forest_pages",
    "table",
]  # fmt: skip
_WIDTHS = (1100, 1300, 1500, 1800)  # px of a file: the first with room for every column


def forest(plot, *, width=None, standalone=False):
    """``plot`` as one SVG, at most ``width`` px wide and as tall as it needs.

    Columns that have no room are left out and named under the plot; below 520 px each study's
    text stands above its line. Without a width a file is as wide as all columns need, a drawing
    in a page 1100 px. Raises ``NotDrawable`` for what is undefined or out of order.
    """
    return forest_pages(plot, per_page=None, width=width, standalone=standalone)[0]


def forest_pages(plot, *, per_page=PER_PAGE, width=None, standalone=False):
    """``plot`` as a list of SVGs of about ``per_page`` lines with a common axis, of equal length;
    the pooled estimates and the texts are on the last."""
    check(plot)
    frame = _fitting_frame(plot) if standalone and not width else make_frame(plot, width or 1100)
    body, pooled = sequence(plot)
    pages = split(body, per_page) if per_page else [body]
    drawn = []
    for number, page in enumerate(pages, 1):
        last = number == len(pages)
        content, page_width, height = draw_page(frame, page, pooled if last else [], last)
        part = f", page {number} of {len(pages)}" if len(pages) > 1 else ""
        drawn.append(
            document(
                content,
                width=page_width,
                height=height,
                title=plot.title + part,
                desc=words.description(plot, frame.write),
                standalone=standalone,
            )
        )
    return drawn


def count_pages(plot):
    """How many pages ``forest_pages`` makes of ``plot``."""
    return len(split(sequence(plot)[0], PER_PAGE))


def _fitting_frame(plot):
    for width in _WIDTHS:
        frame = make_frame(plot, width)
        if frame.layout.roomy and not frame.layout.dropped:
            break
    return frame


def table(plot):
    """The numbers of ``plot``: studies and pooled estimates in order, then what was left out."""
    check(plot)
    write = words.formatter(plot)
    columns = [f"{c.group} {c.heading}".strip() for c in plot.columns]
    left_out = ("Why not in the plot",) if plot.excluded else ()
    weights = words.weight_names(plot)
    header_row = (plot.names, *columns, plot.effect, *weights, *plot.domains, *left_out)
    rows = []
    for group in plot.groups:
        rows += [(group.label,)] if group.label else []
        rows += [_table_row(plot, row, write) for row in group.rows]
        rows += _table_sums(plot, group.summaries, write)
        rows += [(words.heterogeneity(group.heterogeneity),)] if group.heterogeneity else []
        rows += [(group.remark,)] if group.remark else []
    rows += _table_sums(plot, plot.summaries, write)
    rows += [(sentence,) for sentence in words.footer(plot)]
    filled = [row + ("",) * (len(header_row) - len(row)) for row in rows]
    for study in plot.excluded:
        filled.append((study.label, *("",) * (len(header_row) - 2), study.reason))
    return DataTable(plot.title, header_row, tuple(filled))


def _table_row(plot, row, write):
    cells = row.cells or ("",) * len(plot.columns)
    lights = tuple(mark_label(mark) for mark in getattr(row, "lights", ()))
    return (
        row.label,
        *cells,
        f"{write(row.estimate)} {words.ci(row, write)}",
        *words.weights(row, plot),
        *lights,
    )


def _table_sums(plot, summaries, write):
    rows = []
    for summary in summaries:
        rows.append(_table_row(plot, summary, write))
        if summary.prediction:
            blanks = ("",) * len(plot.columns)
            printed = words.pi(summary.prediction, write)
            rows.append((summary.prediction.label, *blanks, printed))
    return rows
