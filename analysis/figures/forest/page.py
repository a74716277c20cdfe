"""One page of a forest plot: header, rows, axis, and on the last page the texts below."""

from .. import paging
from ..axis import make_axis
from ..svg import NotDrawable, join, path
from . import words
from .columns import lay_out
from .footer import footer
from .furniture import axis_marks, behind, favours, guides, header
from .rows import Frame, Sentence

_AXIS_ABOVE_FROM = 30  # lines: a plot longer than a screen has its axis at both ends


def make_frame(plot, width):
    """Layout, axis and number format of ``plot``, shared by its pages."""
    write = words.formatter(plot)
    layout = lay_out(plot, width, write)
    intervals = plot.intervals() + [
        (s.prediction.pi_lb, s.estimate, s.prediction.pi_ub)
        for s in plot.all_summaries()
        if s.prediction
    ]
    keep = [] if plot.reference is None else [plot.reference]
    axis = make_axis(plot.scale, intervals, keep, *layout.plot, limits=plot.limits)
    for summary in plot.all_summaries():
        if not axis.holds(summary.estimate):
            raise NotDrawable(f"the axis must hold the pooled estimate '{summary.label}'")
    return Frame(plot, layout, axis, write)


def draw_page(frame, body, pooled, last):
    """``body`` and then the overall estimates ``pooled``. Returns (markup, width, height)."""
    head, y = header(frame)
    marks = [head]
    if len(body) > _AXIS_ABOVE_FROM:
        y += 28
        marks.append(axis_marks(frame.axis, y, up=True))
    top = y
    rows, y = _stack(frame, body, y + 4)
    if pooled:
        marks.append(path("f-rule", "M", 0, y + 5, "H", frame.layout.width))
        y += 8
    sums, end = _stack(frame, pooled, y)
    bottom = end + 6
    placed = [*rows, *sums]
    dashes_end = sums[0][1] + sums[0][0].height(frame) if sums else bottom
    bands = _bands(frame, placed, top, bottom)
    marks += [behind(frame, bands), guides(frame, bands, dashes_end)]
    marks += [line.draw(frame, at) for line, at in placed]
    marks.append(axis_marks(frame.axis, bottom))
    captions, height = favours(frame, bottom + 20)
    marks.append(captions)
    end = bottom + 24 + height
    if last:
        texts, height = footer(frame, end + 6)
        marks.append(texts)
        end += 6 + height
    return join(marks), frame.layout.width, round(end + 6)


def _stack(frame, lines, y):
    """The lines with the px of their top, one under the other, and where they end."""
    placed = []
    for line in lines:
        placed.append((line, y))
        y += line.height(frame)
    return placed, y


def _bands(frame, placed, top, bottom):
    """The stretches that the guides may cross: everything but long texts, or on a phone the plots
    alone."""
    bands = [line.band(frame, at) for line, at in placed]
    if frame.layout.stacked:
        return [band for band in bands if band]
    found, start = [], top
    for (line, at), band in zip(placed, bands, strict=True):
        if band is None:
            found.append((start, at + 2))
            start = at + line.height(frame)
    return [*found, (start, bottom)]


def split(body, per_page):
    """The lines of each page; a group that goes on has its name again."""
    return paging.split(body, _is_heading, _again, per_page)


def _is_heading(line):
    return isinstance(line, Sentence) and line.heading


def _again(heading):
    return Sentence(f"{heading.content} (continued)", heading=True)
