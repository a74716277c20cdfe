"""A small writer of SVG: escaped, deterministic, and unable to write a number that is none."""

import hashlib
import math
import re
from numbers import Real

from .metrics import FONT_FAMILY
from .theme import painted

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HREF = re.compile(r"(https?://|/(?!/)|[#?])")
_MARGIN = 16  # px around a file of its own
_LINK_TAG = re.compile(r"</?a\b[^>]*>")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


class NotDrawable(ValueError):
    """The figure cannot be drawn from these values; the message says which and why."""


class Markup(str):
    """SVG that needs no more escaping."""

    __slots__ = ()


def escape(text):
    """``text`` as XML character data on one line; what XML cannot hold becomes U+FFFD."""
    legal = _ILLEGAL.sub("\ufffd", str(text))
    return Markup(re.sub(r"[\t\n\r]+", " ", legal).translate(_ESCAPES))


def number(value):
    """A coordinate with at most two decimals; ``NotDrawable`` for NaN and infinities."""
    if not math.isfinite(value):
        raise NotDrawable(f"a figure cannot place the value {value}")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def el(name, /, *children, **attributes):
    """One element. ``stroke_width`` becomes ``stroke-width``, ``class_`` becomes ``class``;
    attributes that are None are left out, children that are not ``Markup`` are escaped."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = join(children)
    return Markup(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")


def _value(value):
    return number(value) if isinstance(value, Real) else escape(value)


def join(children):
    """Several pieces as one."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escape(child) for child in children)
    )


def text(x, y, content, *, size=13, paint="f-ink", anchor="start", bold=False, **attributes):
    """One line of real text; ``y`` is its baseline. Nothing at all for an empty text."""
    if not content:
        return Markup()
    return el(
        "text",
        content,
        x=x,
        y=y,
        font_size=size,
        font_weight=700 if bold else None,
        text_anchor=None if anchor == "start" else anchor,
        **painted(paint),
        **attributes,
    )


def lines(x, y, contents, *, leading=16, **style):
    """Several lines of text, the first on baseline ``y``."""
    return join(text(x, y + i * leading, line, **style) for i, line in enumerate(contents))


def path(paint, *steps, **attributes):
    """A path from letters and numbers, as in ``path("f-ci", "M", 1, 2, "H", 9)``."""
    d = " ".join(step if isinstance(step, str) else number(step) for step in steps)
    return el("path", d=d, **painted(paint), **attributes)


def rect(paint, x, y, width, height, **attributes):
    return el("rect", x=x, y=y, width=width, height=height, **painted(paint), **attributes)


def circle(paint, cx, cy, r):
    return el("circle", cx=cx, cy=cy, r=r, **painted(paint))


def titled(title, *children, href=""):
    """A group whose title shows on hover; a link to ``href`` where there is one."""
    inner = (el("title", title), *children)
    if not href:
        return el("g", *inner)
    if not _HREF.match(href):
        raise NotDrawable(f"'{href}' is not an address inside this site or on the web")
    return el("a", *inner, href=href)


def document(*body, width, height, title, desc, standalone=False):
    """The whole figure as a string.

    In a page it is an image with a name and a description, or a group when it holds links, which
    an image would hide from screen readers. It carries no style of its own, so that a strict
    Content-Security-Policy lets it pass. With ``standalone`` it is a file: XML declaration, white
    ground with a margin, and no links, since their addresses mean nothing outside the site.
    """
    content = join(body)
    if standalone:
        content = Markup(_LINK_TAG.sub("", content))
    margin = _MARGIN if standalone else 0
    across, down = width + 2 * margin, height + 2 * margin
    key = hashlib.sha256(f"{title}\n{desc}\n{content}".encode()).hexdigest()[:10]
    svg = el(
        "svg",
        el("title", title, id=f"t{key}"),
        el("desc", desc, id=f"d{key}"),
        rect("f-ground", -margin, -margin, across, down) if standalone else "",
        content,
        xmlns="http://www.w3.org/2000/svg",
        class_="cc-fig",
        viewBox=" ".join(map(number, (-margin, -margin, across, down))),
        width=across,
        height=down,
        role="group" if "<a " in content else "img",
        aria_labelledby=f"t{key} d{key}",
        font_family=FONT_FAMILY,
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}\n' if standalone else str(svg)
