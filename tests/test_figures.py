"""Figures in common: numbers, axes, broken text, safe and equal SVG, one set of paints."""

import io
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from analysis.figures import axis, files, numbers, strip
from analysis.figures.forest import (
    Scale,
)
from analysis.figures.metrics import balanced, ellipsise, text_width, wrap
from analysis.figures.svg import NotDrawable, document, el, titled
from analysis.figures.theme import PAINTS, TOKENS
from tests.drawings import LABELS, SVG, parsed, shapes

CSS = Path(__file__).resolve().parent.parent / "static/css"


def test_numbers_are_set_as_people_print_them():
    assert numbers.fixed(-3.7, 2) == "−3.70"
    assert numbers.fixed(-0.001, 2) == "0.00"
    assert [numbers.fixed(v, 1) for v in (6.25, -6.25, 0.35)] == ["6.3", "−6.3", "0.4"]
    assert numbers.count(3412) == "3,412"
    assert [numbers.p_value(p) for p in (0, 0.0004, 0.0131, 0.0996, 0.2449, 0.999)] == [
        *("< 0.001", "< 0.001", "0.013", "0.10", "0.24", "> 0.99"),
    ]
    assert numbers.p_statement(0.013) == "p = 0.013"
    assert [numbers.significant(v) for v in (1.352, 0.031249, 1234.4, 1.2e-7, 9.996, 0)] == [
        *("1.35", "0.0312", "1,234", "1.20×10⁻⁷", "10.0", "0"),
    ]
    assert [numbers.percent(v, 1) for v in (8.24, 0.04, 0)] == ["8.2%", "< 0.1%", "0.0%"]
    assert [numbers.ratio(v) for v in (0.7449, 0.0041, 12.34, 1234.5)] == [
        *("0.74", "0.004", "12.34", "1,235"),
    ]
    assert [numbers.decimals([w]) for w in (4.6, 40, 400, 0.4, 0.04)] == [2, 1, 0, 2, 3]
    for undefined in (math.nan, math.inf):
        with pytest.raises(ValueError, match="not a number"):
            numbers.fixed(undefined, 2)


@pytest.mark.parametrize(
    ("scale", "interval", "expected"),
    [
        (Scale.LOG, (0.1, 1, 5.1), [0.1, 0.2, 0.5, 1, 2, 5]),
        (Scale.LOG, (0.008, 1, 90), [0.01, 0.1, 1, 10, 100]),
        (Scale.LOG, (0.3, 0.6, 3.2), [0.3, 0.5, 0.7, 1, 1.5, 2, 3]),
        (Scale.LOG, (0.8, 1, 1.25), [0.8, 0.9, 1, 1.1, 1.2]),
        (Scale.LINEAR, (-9.2, -4, 1), [-8, -6, -4, -2, 0]),
        (Scale.PERCENT, (8, 50, 96), [0, 20, 40, 60, 80, 100]),
    ],
)
def test_ticks_are_those_that_people_choose(scale, interval, expected):
    assert list(axis.make_axis(scale, [interval], [], 0, 290).ticks) == expected


@given(
    st.sampled_from([Scale.LINEAR, Scale.LOG, Scale.PERCENT]),
    st.floats(1e-6, 1e6), st.floats(1e-4, 1e4), st.integers(160, 600),
)  # fmt: skip
def test_every_axis_has_ticks_and_holds_its_estimate(scale, estimate, spread, room):
    lower = estimate / (1 + spread) if scale is Scale.LOG else estimate - spread
    upper = estimate * (1 + spread) if scale is Scale.LOG else estimate + spread
    if upper - estimate < 1e-9 * estimate:
        return
    made = axis.make_axis(scale, [(lower, estimate, upper)], [], 0, room)
    assert len(made.ticks) >= 2
    assert made.holds(estimate)
    assert list(made.ticks) == sorted(set(made.ticks))
    assert all(-0.5 <= made.x(tick) <= room + 0.5 for tick in made.ticks)


@given(LABELS, st.floats(30, 300), st.booleans())
def test_text_is_broken_and_cut_to_its_room(content, room, bold):
    assert text_width(ellipsise(content, room, 13, bold), 13, bold) <= room
    for made in (wrap(content, room, 13, bold=bold), balanced(content, room, 13, bold=bold)):
        assert all(text_width(line, 13, bold) <= room for line in made)
        squeezed = "".join(made).replace(" ", "").replace("\u00a0", "")
        assert squeezed == content.replace(" ", "").replace("\u00a0", "")


def test_only_addresses_of_the_site_or_the_web_become_links():
    for href in ("javascript:alert(1)", "//elsewhere.example", "data:text/html,x"):
        with pytest.raises(NotDrawable, match="not an address"):
            titled("x", href=href)


@pytest.mark.parametrize("value", [math.nan, -math.inf, np.float32("nan")])
def test_no_undefined_number_can_be_written(value):
    with pytest.raises(NotDrawable, match="cannot place"):
        el("rect", x=value)


def test_css_and_files_paint_alike():
    css = (CSS / "figures.css").read_text()
    for name, paint in PAINTS.items():
        wanted = {
            f"{key}: var(--cc-{token})"
            for key, token in (("fill", paint.fill), ("stroke", paint.stroke))
            if token != "none"
        }
        rule = re.search(rf"\.cc-fig \.{name} {{ (.*?);? }}", css)
        assert {part.strip() for part in (rule[1] if rule else "").split(";")} - {""} == wanted, (
            name
        )
    tokens = (CSS / "tokens.css").read_text()
    for token, value in TOKENS.items():
        assert re.search(rf"--cc-{token}: (#\w+);", tokens)[1] == value, token


def test_strip_marks_value_and_interval_or_says_why_not():
    drawn = strip.strip(strip.Strip("Screening, κ", 0.78, 0.74, 0.82))
    track, dot = shapes(drawn, "f-track")[0], shapes(drawn, "f-dot")[0]
    share = (float(dot.get("cx")) - float(track.get("x"))) / float(track.get("width"))
    assert share == pytest.approx(0.78, abs=0.001)
    found = strip.Strip("κ", reason="all decisions were alike")
    empty = strip.strip(found)
    assert not shapes(empty, "f-dot")
    assert "Undefined: all decisions were alike." in empty
    assert strip.table(found).rows == (("κ", "all decisions were alike"),)
    for wrong in (strip.Strip("κ"), strip.Strip("κ", math.nan), strip.Strip("κ", 0.2, 0.3, 0.4)):
        with pytest.raises(NotDrawable):
            strip.strip(wrong)


@given(st.text(), st.text())
def test_any_title_is_well_formed_and_kept(title, desc):
    root = parsed(document(width=1, height=1, title=title, desc=desc))
    kept = root.find(f"{SVG}title").text or ""
    assert re.sub("[^!-~]", "", kept) == re.sub("[^!-~]", "", title)


def test_a_pdf_is_called_what_its_drawing_is():
    named = {"title": "Pain (Ärger) \u202e", "desc": "Two"}
    drawn = document(width=200, height=100, **named, standalone=True)
    told = PdfReader(io.BytesIO(files.as_pdf([drawn, drawn]))).metadata
    assert (told.title, told.subject) == (named["title"], named["desc"])
    assert told.author == told.creator == "Concord"
