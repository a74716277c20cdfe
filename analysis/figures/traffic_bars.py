"""Risk of bias by domain: what share of the studies, or of their weight, each judgement has."""

from itertools import accumulate

from .data_table import DataTable
from .lights import NOT_JUDGED, SYMBOLS, Light, legend, light_paint, light_words
from .metrics import text_width, widest, wrap
from .numbers import percent
from .svg import NotDrawable, document, join, lines, path, rect, text, titled
from .traffic import all_marks, check, paragraphs

_SIZE = 13
_SMALL = 12
_LEADING = 16
_BAR = 20
_GAP = 12
_STACKED_BELOW = 520
_LABEL = 300  # widest label beside its bar, px
_BAR_WIDTH = 560  # widest bar, px


def traffic_bars(found, *, weighted=False, width=1100, standalone=False):
    """A bar a domain, in order of severity. With ``weighted`` every study counts by its weight
    in the analysis; ``NotDrawable`` when one has none."""
    shares = _shares(found, weighted)
    stacked = width < _STACKED_BELOW
    names = [domain.name for domain in found.domains]
    label = width - 4 if stacked else min(widest(names, _SIZE) + 4, _LABEL)
    left = 2 if stacked else label + _GAP
    right = min(width - 18, left + _BAR_WIDTH)
    marks, y = [], 4
    for name, parts in zip(names, shares, strict=True):
        content = wrap(name, label, _SIZE)
        high = _LEADING * len(content)
        top = y + high + 4 if stacked else y + max(0, (high - _BAR) / 2)
        first = y + 13 if stacked else top + _BAR / 2 - (high - _LEADING) / 2 + 4.5
        marks.append(lines(2, first, content, leading=_LEADING, size=_SIZE))
        marks.append(_bar(name, parts, left, right, top))
        y = max(top + _BAR, y + high) + 10
    marks.append(_scale(left, right, y))
    unit = "Share of the studies' weight in the analysis" if weighted else "Share of studies"
    foot, height = paragraphs([unit, legend(all_marks(found))], y + 24, right + 18)
    return document(
        *marks,
        foot,
        width=right + 18,
        height=round(y + 30 + height),
        title=_title(found, weighted),
        desc="The same shares are in the table.",
        standalone=standalone,
    )


def bars_table(found, *, weighted=False):
    """Domain by judgement, shares in per cent."""
    shares = _shares(found, weighted)
    words = light_words(all_marks(found))
    levels = [*words, *([None] if None in all_marks(found) else [])]
    header = ("Domain", *(words.get(level, NOT_JUDGED) for level in levels))
    rows = tuple(
        (domain.name, *(percent(parts.get(level, 0)) for level in levels))
        for domain, parts in zip(found.domains, shares, strict=True)
    )
    return DataTable(_title(found, weighted), header, rows)


def _title(found, weighted):
    return f"{found.title}: shares by {'weight' if weighted else 'study'}"


def _shares(found, weighted):
    """For every domain: level -> per cent, in order of severity; None is not judged."""
    check(found)
    weights = [_weight(row) if weighted else 1 for row in found.rows]
    total = sum(weights)
    if not total:
        raise NotDrawable("the weights of the studies add up to zero")
    shares = []
    for i in range(len(found.domains)):
        parts = dict.fromkeys([*Light, None], 0)
        for row, weight in zip(found.rows, weights, strict=True):
            mark = row.marks[i]
            parts[mark and mark.light] += 100 * weight / total
        shares.append({level: share for level, share in parts.items() if share})
    return shares


def _weight(row):
    if row.weight is None:
        raise NotDrawable(f"'{row.label}' has no weight: draw the bars by study instead")
    return row.weight


def _bar(name, parts, left, right, top):
    edges = accumulate(parts.values(), initial=0)
    marks, scale = [], (right - left) / 100
    for (level, share), start in zip(parts.items(), edges, strict=False):
        x, wide = left + start * scale, share * scale
        marks.append(_segment(name, level, share, x, wide, top))
    return join(marks)


def _segment(name, level, share, x, wide, top):
    if level is None:
        fill, ink, sign, word = "f-missing", "f-soft", NOT_JUDGED, NOT_JUDGED
    else:
        (fill, ink), sign, word = light_paint(level), SYMBOLS[level], level.value
    printed = percent(share)
    inside = next(
        (
            c
            for c in (f"{sign} {printed}", printed, sign)
            if text_width(c, _SMALL, True) <= wide - 4
        ),
        "",
    )
    style = {"size": _SMALL, "paint": ink, "anchor": "middle", "bold": True}
    gap = min(1, wide / 4)  # a sliver of ground parts neighbours of like brightness
    return titled(
        f"{name}: {word} {printed}",
        rect(fill, x, top, wide - gap, _BAR),
        text(x + wide / 2, top + 14.5, inside, **style),
    )


def _scale(left, right, y):
    marks = [path("f-axis", "M", left, y, "H", right)]
    for tick in (0, 25, 50, 75, 100):
        x = left + (right - left) * tick / 100
        marks.append(path("f-axis", "M", x, y, "v", 5))
        anchor = "start" if tick == 0 and left < 10 else "middle"
        style = {"size": _SMALL, "paint": "f-faint", "anchor": anchor}
        marks.append(text(x, y + 18, f"{tick}%", **style))
    return join(marks)
