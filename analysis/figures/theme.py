"""The paints of every figure: class -> tokens, and the tokens' light values for a file on its own.

``static/css/figures.css`` gives the same classes the live tokens of the page, so that a figure
follows the reader's theme; a test keeps both lists and the token values equal.
"""

from dataclasses import dataclass

TOKENS = {
    "sheet": "#ffffff",
    "well": "#f1efe9",
    "chip": "#efece5",
    "rule": "#e4e0d7",
    "rule-strong": "#c9c3b6",
    "edge": "#857e70",
    "ink": "#1e1d1a",
    "ink-2": "#524e46",
    "ink-3": "#696459",
    "accent": "#234a84",
    "accent-strong": "#18355f",
    "accent-wash": "#e9eff8",
    "accent-line": "#a9bfdf",
    "rob-low": "#27794b",
    "rob-some": "#f0c93b",
    "rob-serious": "#e58a2b",
    "rob-high": "#b5301f",
    "rob-none": "#6f6b62",
    "rob-ink-light": "#ffffff",
    "rob-ink-dark": "#241d00",
}


@dataclass(frozen=True, slots=True)
class Paint:
    """Names of tokens for fill and stroke, and the stroke's width and dashes in px."""

    fill: str = "none"
    stroke: str = "none"
    width: float = 1
    dash: str = ""


PAINTS = {
    "f-ground": Paint(fill="sheet"),
    "f-hit": Paint(),
    "f-ink": Paint(fill="ink"),
    "f-soft": Paint(fill="ink-2"),
    "f-faint": Paint(fill="ink-3"),
    "f-rule": Paint(stroke="rule"),
    "f-rule-dark": Paint(stroke="ink"),
    "f-axis": Paint(stroke="edge"),
    "f-null": Paint(stroke="ink-2"),
    "f-pooled": Paint(stroke="accent", dash="3 3"),
    "f-ci": Paint(stroke="ink", width=1.25),
    "f-ci-on": Paint(stroke="sheet", width=1.25),
    "f-box": Paint(fill="ink"),
    "f-random": Paint(fill="accent", stroke="accent"),
    "f-common": Paint(fill="sheet", stroke="accent", width=1.5),
    "f-pi": Paint(stroke="accent", width=2),
    "f-pi-end": Paint(fill="accent"),
    "f-low": Paint(fill="rob-low"),
    "f-some": Paint(fill="rob-some"),
    "f-serious": Paint(fill="rob-serious"),
    "f-high": Paint(fill="rob-high"),
    "f-none": Paint(fill="rob-none"),
    "f-on-light": Paint(fill="rob-ink-light"),
    "f-on-dark": Paint(fill="rob-ink-dark"),
    "f-missing": Paint(stroke="edge", dash="2 2"),
    "f-phase": Paint(fill="chip"),
    "f-node": Paint(fill="sheet", stroke="edge"),
    "f-aside": Paint(fill="well", stroke="rule-strong"),
    "f-open": Paint(fill="accent-wash", stroke="accent", dash="4 3"),
    "f-open-ink": Paint(fill="accent-strong"),
    "f-flow": Paint(stroke="edge", width=1.25),
    "f-arrow": Paint(fill="edge"),
    "f-track": Paint(fill="rule"),
    "f-band": Paint(fill="accent-wash"),
    "f-deep": Paint(fill="rule-strong"),
    "f-point": Paint(fill="ink", stroke="sheet"),
    "f-bubble": Paint(fill="accent-line", stroke="accent"),
    "f-link": Paint(stroke="accent-line"),
    "f-range": Paint(fill="accent-line"),
    "f-dot": Paint(fill="accent"),
}


def painted(name):
    """The attributes of class ``name``: the class, and its light paint for a file on its own."""
    paint = PAINTS[name]
    attributes = {"class_": name, "fill": TOKENS.get(paint.fill, "none")}
    if paint.stroke != "none":
        attributes |= {"stroke": TOKENS[paint.stroke], "stroke_width": paint.width}
        if paint.dash:
            attributes["stroke_dasharray"] = paint.dash
    return attributes
