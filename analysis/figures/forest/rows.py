"""The lines of a forest plot from top to bottom, each knowing its height and its drawing."""

import math
from dataclasses import dataclass

from ..axis import Axis
from ..lights import draw_light, mark_label
from ..metrics import text_width, widest, wrap
from ..svg import join, lines, rect, text, titled
from . import glyphs, words
from .columns import CELL_LINES, HEAD_SIZE, SIZE, Layout
from .data import Ahead, Forest, Prediction, Row, Summary

_LEADING = 16
_BAND = 20  # px of a stacked row that hold its plot, under its text
_LIGHT_INSET = 24
_BESIDE = 90  # px that a label needs beside its numbers
_LABEL_LINES = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """What every line needs to draw itself."""

    plot: Forest
    layout: Layout
    axis: Axis
    write: object

    def row_height(self, label, tall=1):
        """The height of a row whose label is the lines ``label`` and whose cells have ``tall``."""
        extra = _LEADING * (max(len(label), tall) - 1)
        if self.layout.stacked:
            return extra + _LEADING + _BAND + 6
        return extra + (24 if len(self.plot.rows()) <= 40 else 21)

    def places(self, top, label, tall=1):
        """(baseline of the label, baseline of the numbers, middle of the mark), in px."""
        if self.layout.stacked:
            beside = 0 if label[-1] else _LEADING * (len(label) - 1)
            return top + 15, top + 15 + beside, top + self.row_height(label) - _BAND / 2 - 2
        middle = top + self.row_height(label, tall) / 2
        return middle - _LEADING / 2 * (len(label) - 1) + 4.5, middle + 4.5, middle

    def band(self, top, label):
        """The stretch of a row that the guides may cross on a phone."""
        bottom = top + self.row_height(label)
        return bottom - _BAND, bottom

    def label_lines(self, label, numbers, *, bold=False, inset=0, all_lines=False, full=False):
        """``label`` in the room beside ``numbers``; with ``full`` up to the plot itself.

        A study's name may be cut after four lines, since its title has all of it. On a phone a
        last line "" makes room for numbers that are too long to stand beside the label.
        """
        most = None if all_lines else _LABEL_LINES
        if not self.layout.stacked:
            room = self.layout.plot[0] - 10 if full else self.layout.label
            return wrap(label, room, SIZE, bold=bold, max_lines=most)
        whole = self.layout.label - inset
        room = whole - text_width(numbers, SIZE, bold) - 10
        beside = wrap(label, room, SIZE, bold=bold) if room >= _BESIDE else []
        if 0 < len(beside) <= 2:
            return beside
        return [*wrap(label, whole, SIZE, bold=bold, max_lines=most), ""]

    def side(self, row):
        """The side of a study's square: its area is in proportion to its weight."""
        heaviest = max((r.weight or 0 for r in self.plot.rows()), default=0)
        if row.weight is None or not heaviest:
            return 7
        return max(3.5, 13 * math.sqrt(row.weight / heaviest))


@dataclass(frozen=True, slots=True)
class Estimated:
    """A study or a pooled estimate: label, texts of the columns, a mark in the plot, lights."""

    row: Row | Summary

    @property
    def pooled(self):
        return isinstance(self.row, Summary)

    def height(self, frame):
        return frame.row_height(self._label(frame), self._tall(frame))

    def band(self, frame, top):
        return frame.band(top, self._label(frame))

    def _tall(self, frame):
        """How many lines the deepest cell has."""
        return max((len(content) for _, content in self._cells(frame)), default=1)

    def _cells(self, frame):
        """``(cell, lines)`` of each column."""
        if not self.row.cells:
            return []
        return [(cell, _wrapped(self.row.cells[cell.index], cell)) for cell in frame.layout.cells]

    def _inset(self, frame):
        return _LIGHT_INSET if frame.layout.stacked and frame.layout.lights else 0

    def _label(self, frame):
        return frame.label_lines(
            self.row.label,
            self._numbers(frame),
            bold=self.pooled,
            inset=0 if self.pooled else self._inset(frame),
            all_lines=self.pooled,
            full=self.pooled and not self.row.cells,
        )

    def _numbers(self, frame):
        return f"{frame.write(self.row.estimate)} {words.ci(self.row, frame.write)}"

    def draw(self, frame, top):
        label = self._label(frame)
        first, baseline, middle = frame.places(top, label, self._tall(frame))
        x = 2 if self.pooled else 2 + self._inset(frame)
        height = self.height(frame)
        return titled(
            words.row_title(self.row, frame.plot, frame.write),
            rect("f-hit", 0, top, frame.layout.width, height, pointer_events="all"),
            lines(x, first, label, leading=_LEADING, bold=self.pooled),
            self._texts(frame, baseline),
            self._mark(frame, middle),
            self._lights(frame, first - 4.5 if frame.layout.stacked else middle),
            href=self.row.href,
        )

    def _texts(self, frame, baseline):
        layout, row = frame.layout, self.row
        style = {"anchor": "end", "bold": self.pooled, "size": SIZE}
        if layout.stacked:
            return text(layout.ci, baseline, self._numbers(frame), **style)
        texts = [_cell(frame, cell, content, baseline) for cell, content in self._cells(frame)]
        texts.append(text(layout.estimate, baseline, frame.write(row.estimate), **style))
        texts.append(text(layout.ci, baseline, words.ci(row, frame.write), **style))
        weights = zip(layout.weights, words.weights(row, frame.plot), strict=False)
        style = {"anchor": "end", "paint": "f-soft"}
        texts += [text(x, baseline, weight, **style) for x, weight in weights]
        return join(texts)

    def _mark(self, frame, middle):
        if self.pooled:
            ahead = self.row.prediction if frame.plot.ahead is Ahead.DIAMOND else None
            whiskers = glyphs.prediction(frame.axis, ahead, middle) if ahead else ""
            return join([whiskers, glyphs.diamond(frame.axis, self.row, middle, 8)])
        return glyphs.study(frame.axis, self.row, middle, frame.side(self.row))

    def _lights(self, frame, middle):
        if self.pooled or not self.row.lights:
            return ""
        domains, lights = frame.plot.domains, self.row.lights
        return join(
            titled(
                f"{self.row.label}, {domains[index]}: {mark_label(lights[index])}",
                draw_light(lights[index], x, middle),
            )
            for index, x in frame.layout.lights
        )


def _wrapped(content, cell):
    return wrap(content, cell.right - cell.left + 0.1, SIZE, max_lines=CELL_LINES)


def _cell(frame, cell, content, baseline):
    numeric = frame.plot.columns[cell.index].numeric
    return lines(
        cell.right if numeric else cell.left,
        baseline - _LEADING / 2 * (len(content) - 1),
        content,
        leading=_LEADING,
        anchor="end" if numeric else "start",
        paint="f-soft",
    )


@dataclass(frozen=True, slots=True)
class Predicted:
    """The prediction interval under a diamond."""

    found: Prediction

    def height(self, frame):
        return frame.row_height(self._label(frame))

    def band(self, frame, top):
        return frame.band(top, self._label(frame))

    def _label(self, frame):
        numbers = words.pi(self.found, frame.write)
        return frame.label_lines(self.found.label, numbers, all_lines=True, full=True)

    def draw(self, frame, top):
        label = self._label(frame)
        first, baseline, middle = frame.places(top, label)
        printed = words.pi(self.found, frame.write)
        return titled(
            f"{self.found.label}: {printed}",
            lines(2, first, label, leading=_LEADING),
            text(frame.layout.ci, baseline, printed, anchor="end"),
            self._mark(frame, middle),
        )

    def _mark(self, frame, middle):
        """Its bar; drawn at the diamond or behind everything in the other styles."""
        if frame.plot.ahead is not Ahead.BAR:
            return ""
        return glyphs.prediction(frame.axis, self.found, middle)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text of a group; the guides stop for it where it reaches into the plot."""

    content: str
    heading: bool  # the group's name, or a remark under it

    def height(self, frame):
        return (12 if self.heading else 8) + _LEADING * len(self._lines(frame))

    def band(self, frame, top):
        reach = widest(self._lines(frame), self._size, self.heading)
        if frame.layout.stacked or reach > frame.layout.plot[0] - 10:
            return None
        return top, top + self.height(frame)

    @property
    def _size(self):
        return SIZE if self.heading else HEAD_SIZE

    def _lines(self, frame):
        return wrap(self.content, frame.layout.width - 4, self._size, bold=self.heading)

    def draw(self, frame, top):
        if self.heading:
            return lines(2, top + 21, self._lines(frame), leading=_LEADING, bold=True)
        style = {"leading": _LEADING, "size": HEAD_SIZE, "paint": "f-faint"}
        return lines(2, top + 14, self._lines(frame), **style)


def sequence(plot):
    """The lines of the groups of ``plot``, and those of its overall estimates."""
    found = []
    for group in plot.groups:
        found += [Sentence(group.label, heading=True)] if group.label else []
        found += [Estimated(row) for row in group.rows]
        found += _pooled(group.summaries)
        if group.remark:
            found.append(Sentence(group.remark, heading=False))
        if group.heterogeneity:
            found.append(Sentence(words.heterogeneity(group.heterogeneity), heading=False))
    return found, _pooled(plot.summaries)


def _pooled(summaries):
    found = []
    for summary in summaries:
        found.append(Estimated(summary))
        if summary.prediction:
            found.append(Predicted(summary.prediction))
    return found
