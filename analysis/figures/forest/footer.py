"""The texts under the axis of a forest plot: heterogeneity, tests, legend, notes, the left out."""

from ..lights import legend
from ..metrics import wrap
from ..svg import join, lines, titled
from . import words
from .columns import HEAD_SIZE

_LEADING = 16
_SIZE = 13


def footer(frame, y):
    """Everything from ``y`` downwards. Returns (markup, height)."""
    plot, width = frame.plot, frame.layout.width
    top, marks = y, []
    blocks = [(sentence, _SIZE, "f-soft") for sentence in words.footer(plot)]
    blocks += [(sentence, HEAD_SIZE, "f-faint") for sentence in _remarks(frame)]
    for sentence, size, paint in blocks:
        content = wrap(sentence, width - 4, size)
        marks.append(lines(2, y + 14, content, leading=_LEADING, size=size, paint=paint))
        y += _LEADING * len(content) + 4
    left_out, height = _left_out(plot, width, y)
    return join([*marks, left_out]), y + height - top


def _remarks(frame):
    plot, layout = frame.plot, frame.layout
    remarks = list(plot.notes)
    if layout.lights:
        shown = [
            row.lights[index] for row in plot.rows() if row.lights for index, _ in layout.lights
        ]
        domains = ""
        if len(layout.lights) > 1:
            numbered = [f"{n}\u00a0{name}" for n, name in enumerate(plot.domains[:-1], 1)]
            domains = f"{', '.join([*numbered, f'All {plot.domains[-1]}'])}. "
        remarks.append(f"Risk of bias: {domains}{legend(shown)}.")
    if layout.dropped:
        remarks.append(f"No room here for {', '.join(layout.dropped)}: see the table.")
    return remarks


def _left_out(plot, width, y):
    """The studies that could not enter, each with its reason. Returns (markup, height)."""
    if not plot.excluded:
        return "", 0
    top = y
    marks = [lines(2, y + 22, [f"Not in the plot ({len(plot.excluded)})"], size=_SIZE, bold=True)]
    y += 28
    for study in plot.excluded:
        sentence = f"{study.label}: {study.reason}"
        content = wrap(sentence, width - 4, _SIZE)
        style = {"leading": _LEADING, "size": _SIZE, "paint": "f-soft"}
        marks.append(titled(sentence, lines(2, y + 14, content, **style), href=study.href))
        y += _LEADING * len(content) + 3
    return join(marks), y - top
