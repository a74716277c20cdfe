"""The passage of a paper that a value was taken from: page, boxes and words. Pure.

An anchor is ``{"page": int, "boxes": [[x0, y0, x1, y1], ...], "quote": text}``. Boxes are fractions
of the page as it is shown, from its upper left corner, so that they hold at every zoom. The file
is the reading's own, and a file is its sha256.
"""

import json
import math
from urllib.parse import quote as escaped

PLACES = 4
MOST_BOXES = 400
LONGEST_QUOTE = 10_000
LAST_PAGE = 100_000
LOOKED_FOR = 200  # characters of a quote


class BadAnchor(ValueError):
    """Something that marks no passage."""


def read(given):
    """Return the anchor in JSON text or a plain object, rounded; {} for nothing.

    Raises ``BadAnchor`` for anything that is not a passage on one page.
    """
    if not given:
        return {}
    try:
        told = json.loads(given) if isinstance(given, str) else given
        if not told:
            return {}
        page, quote = told["page"], " ".join(str(told["quote"]).split())
        boxes = [_box(box) for box in told["boxes"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadAnchor("This marks no passage of a page. Select it in the paper again.") from None
    whole = isinstance(page, int) and not isinstance(page, bool) and 1 <= page <= LAST_PAGE
    if not whole or not 1 <= len(boxes) <= MOST_BOXES or not 1 <= len(quote) <= LONGEST_QUOTE:
        raise BadAnchor("This marks no passage of a page. Select it in the paper again.")
    return {"page": page, "boxes": boxes, "quote": quote}


def fragment(page, anchor, quote=""):
    """The end of an address that opens the paper there: ``#page=3&boxes=0.1,0.2,0.5,0.25``.

    Without boxes the first words of the quote stand in it, for the page to look for them.
    """
    if anchor:
        boxes = ";".join(",".join(f"{edge:g}" for edge in box) for box in anchor["boxes"])
        return f"#page={anchor['page']}&boxes={boxes}"
    words = " ".join(quote.split())[:LOOKED_FOR]
    return f"#page={page}" + (f"&quote={escaped(words)}" if words else "") if page else ""


def _box(box):
    x0, y0, x1, y1 = (round(float(edge), PLACES) for edge in box)
    if not all(map(math.isfinite, (x0, y0, x1, y1))) or not (
        0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1
    ):
        raise ValueError(box)
    return [x0, y0, x1, y1]
