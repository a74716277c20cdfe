"""The forest plot: every row in its place, nothing hidden, nothing undefined drawn."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.figures import forest as forest_plot
from analysis.figures import paging
from analysis.figures.forest import (
    Ahead,
    Column,
    Excluded,
    Forest,
    Group,
    Heterogeneity,
    Model,
    Prediction,
    Row,
    Scale,
    Summary,
    Test,
    forest,
)
from analysis.figures.lights import Light, Mark
from analysis.figures.svg import NotDrawable
from tests.drawings import LABELS, SVG, assert_readable, parsed, shapes, texts, words_of

WIDTHS = [300, 360, 519, 520, 640, 820, 1100, 1440]


def study(i, label="", weight=None, lights=(), cells=()):
    at = -4 + 0.7 * i
    return Row(
        label or f"Study {i}", at, at - 1.5, at + 1.5, weight, cells, lights, f"/witness/{i}"
    )


POOLED = Summary(
    "Random effects (REML, HK)", -3.1, -4.2, -2.0, weight=100.0, cells=("24", "11.0 (4.9)", "", "")
)
PLOT = Forest(
    title="Insomnia severity",
    measure="Mean difference, points",
    effect="MD [95% CI]",
    groups=(
        Group(
            tuple(
                study(i, "", w, (Mark(Light.LOW), None, Mark(Light.HIGH, "critical")), cells)
                for i, w, cells in [
                    (1, 10.0, ("8", "11.2 (4.9)", "7", "x")),
                    (2, 40.0, ("16", "9.8 (5.4)", "15", "y")),
                ]
            ),
            "Guided",
            heterogeneity=Heterogeneity(2.4, 1, 0.12, 17.0, 0.0, 90.1, 0.3),
        ),
        Group((study(3, "", 50.0),), "Alone"),
    ),
    summaries=(
        Summary("Common effect", -3.0, -3.9, -2.1, Model.COMMON),
        replace(POOLED, prediction=Prediction(-6.77, 0.9)),
    ),
    heterogeneity=Heterogeneity(22.4, 10, 0.013, 57.1, 14.3, 78.4, 1.35, 0.21, 5.02),
    tests=(Test("Test of the pooled effect", "t", -8.07, 1e-6, 10),),
    reference=0.0,
    favours=("favours CBT-I", "favours control"),
    columns=(
        Column("n", "CBT-I"), Column("mean (SD)", "CBT-I"),
        Column("n"), Column("Where", numeric=False),
    ),
    domains=("randomisation", "missing data", "overall"),
    excluded=(Excluded("Okafor 2013", "no standard deviation is reported", "/witness/9"),),
)  # fmt: skip


def many(k):
    rows = tuple(study(i % 9, f"Author {i} {1900 + i}", 100 / k) for i in range(k))
    return replace(PLOT, groups=(Group(rows),))


def test_a_page_may_carry_the_drawing_under_a_strict_policy():
    svg = forest(PLOT)
    assert "style" not in svg.lower()
    root = parsed(svg)
    named = root.get("aria-labelledby").split()
    assert [root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == named
    assert root.get("role") == "group", "an image would hide its links from screen readers"
    assert len(list(root.iter(f"{SVG}a"))) == 4
    unlinked = replace(PLOT, groups=(Group((replace(study(1), href=""),)),), excluded=())
    assert parsed(forest(unlinked)).get("role") == "img"


def test_a_file_stands_alone():
    svg = forest(PLOT, standalone=True)
    assert svg.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    assert "href" not in svg
    assert shapes(svg, "f-ground")[0].get("fill") == "#ffffff"
    assert words_of(svg) == words_of(forest(PLOT))


def test_equal_input_gives_equal_bytes():
    assert forest(PLOT) == forest(replace(PLOT))
    assert forest(PLOT) != forest(replace(PLOT, reference=1.0))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("k", [3, 23, 120])
def test_forest_is_readable_at_every_size(k, width):
    assert_readable(forest(many(k), width=width))
    assert_readable(forest(PLOT, width=width))


LONG = [
    "Delavallée and the French Cortical Stimulation Study Group 2018",
    "مجموعة دراسة تحفيز القشرة الحركية للألم العصبي المزمن في الوجه",
    "W" * 60,
    "קבוצת המחקר לגירוי קליפת המוח המוטורית בכאב כרוני של הפנים 2019",
]


@pytest.mark.parametrize("width", [340, 820, 900])
@pytest.mark.parametrize("size", [1e-5, 1.0, 1e6])
@pytest.mark.parametrize("ahead", list(Ahead))
def test_long_names_and_every_size_of_number_can_be_read(width, size, ahead):
    rows = tuple(
        Row(name, size * i, size * (i - 2), size * (i + 2.5), 25.0, ("12", f"{name}, {i}"),
            (Mark(Light.LOW), None, Mark(Light.HIGH)), second_weight=25.0)
        for i, name in enumerate(LONG)
    )  # fmt: skip
    pooled = Summary("Random effects", size, -size, 2 * size, weight=100.0)
    plot = replace(
        PLOT, groups=(Group(rows, "Design: cohort", remark="Not pooled: 4 studies."),),
        summaries=(replace(pooled, prediction=Prediction(-3 * size, 5 * size)),), ahead=ahead,
        columns=(Column("patients"), Column("Country", numeric=False)),
        weight_heads=("Random", "Common"),
    )  # fmt: skip
    svg = forest(plot, width=width)
    assert_readable(svg)
    assert "Not pooled: 4 studies." in words_of(svg)
    if width == 340:
        assert not any(content.endswith("…") for *_, content in texts(svg))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(WIDTHS))
def test_forest_stands_any_text_and_any_numbers(data, width):
    def label():
        return data.draw(LABELS)

    def row(cells):
        a, b, c = sorted(data.draw(st.tuples(*[st.floats(-1e5, 1e5)] * 3)))
        return Row(label(), b, a, c, data.draw(st.none() | st.floats(0, 100)), cells)

    rows = tuple(row((label(), label())) for _ in range(data.draw(st.integers(1, 4))))
    plot = Forest(
        title=label(), measure=label(), effect=label(), groups=(Group(rows, label()),),
        summaries=(replace(POOLED, cells=(), label=label()),), heterogeneity=PLOT.heterogeneity,
        reference=0.0, favours=(label(), label()),
        columns=(Column(label(), label()), Column(label(), numeric=False)),
        excluded=(Excluded(label(), label()),), notes=(label(),),
    )  # fmt: skip
    svg = forest(plot, width=width)
    assert_readable(svg)
    assert not re.search(r'"[^"]*\b(nan|inf)\b[^"]*"', re.sub(r"<(title|desc)[^>]*>.*?</", "", svg))


def test_forest_table_says_what_the_drawing_says():
    shown = words_of(forest(PLOT))
    table = forest_plot.table(PLOT)
    lights = {"low", "not judged", "critical"}
    for row in table.rows:
        assert len(row) == len(table.header)
        for cell in set(row) - lights:
            for part in re.split(r" (?=\[)", cell.replace("\u00a0", " ")):
                assert part in shown, part
    cells = {cell for row in table.rows for cell in row}
    assert {"−3.30 [−4.80, −1.80]", "−3.10 [−4.20, −2.00]", "[−6.77, 0.90]", "40.0%"} <= cells
    assert table.rows[-1][0] == "Okafor 2013"
    assert table.rows[-1][-1] == "no standard deviation is reported"


def test_forest_writes_its_heterogeneity_and_tests():
    shown = words_of(forest(PLOT))
    assert (
        "τ² = 1.35 (0.21 to 5.02), I² = 57.1% (14.3% to 78.4%), Q = 22.40 on 10 df, p = 0.013."
        in shown
    )
    assert "Test of the pooled effect: t = −8.07 on 10 df, p < 0.001." in shown
    assert "Not in the plot (1) Okafor 2013: no standard deviation is reported" in shown


def test_squares_stand_on_their_estimates_and_show_weights_by_area():
    svg = forest(PLOT)
    squares = [n for n in shapes(svg, "f-box") if n.tag == f"{SVG}rect"]
    centres = [float(n.get("x")) + float(n.get("width")) / 2 for n in squares]
    ticks = {
        content: (left + right) / 2
        for left, top, right, _, content in texts(svg)
        if content in ("−6", "−4", "−2", "0")
    }
    per_unit = (ticks["0"] - ticks["−4"]) / 4
    assert centres == pytest.approx(
        [ticks["0"] + per_unit * at for at in (-3.3, -2.6, -1.9)], abs=0.1
    )
    areas = [float(n.get("width")) ** 2 for n in squares]
    assert areas == pytest.approx([areas[2] * share for share in (0.2, 0.8, 1)], rel=0.02)


def test_an_interval_that_leaves_the_axis_ends_in_an_arrow():
    rows = (Row("In", 0, -1, 1), Row("Long", 0.5, -90, 90), Row("Also in", 0.2, -1, 1.2))
    plot = Forest("t", "m", "e", (Group(rows),))
    arrows = [n for n in shapes(forest(plot), "f-box") if n.tag == f"{SVG}path"]
    assert len(arrows) == 2
    assert "[−90.00, 90.00]" in words_of(forest(plot))
    away = forest(replace(plot, limits=(-4.0, 0.3)))
    assert sum(n.tag == f"{SVG}rect" for n in shapes(away, "f-box")) == 2


def test_narrow_forest_says_what_it_left_out():
    assert "No room here for" not in words_of(forest(PLOT))
    narrow = words_of(forest(PLOT, width=360))
    assert "No room here for CBT-I n, CBT-I mean (SD), n, Where, weight, risk of bias" in narrow
    assert "−3.30 [−4.80, −1.80]" in narrow


def test_long_forest_is_paged_without_losing_a_study():
    pages = forest_plot.forest_pages(many(120), per_page=50)
    assert len(pages) == 3
    shown = [words_of(page) for page in pages]
    assert sum(len(shapes(page, "f-random")) for page in pages) == 1
    assert "Random effects" not in shown[0] + shown[1]
    for i in range(120):
        assert sum(f"Author {i} {1900 + i}" in page for page in shown) == 1


def test_a_group_that_goes_on_over_pages_has_its_name_on_each():
    rows = many(120).rows()
    groups = (Group(tuple(rows[:70]), "Trials"), Group(tuple(rows[70:]), "Cohorts"))
    pages = forest_plot.forest_pages(replace(PLOT, groups=groups))
    shown = [words_of(page) for page in pages]
    assert len(pages) == forest_plot.count_pages(replace(PLOT, groups=groups)) == 3
    assert ["Trials (continued)" in page for page in shown] == [False, True, False]
    assert ["Cohorts (continued)" in page for page in shown] == [False, False, True]
    assert not any(
        "(continued)" in page for page in map(words_of, forest_plot.forest_pages(many(120)))
    )


@pytest.mark.parametrize("group", [1, 2, 29, 44, 45, 46, 90])
def test_no_page_has_more_lines_than_it_holds_nor_ends_with_a_heading(group):
    found = [line for i in range(180) for line in (["Head"] if i % group == 0 else []) + [i]]
    pages = paging.split(found, lambda line: isinstance(line, str), lambda head: f"{head} again")
    assert max(map(len, pages)) <= paging.PER_PAGE
    assert [line for page in pages for line in page if line != "Head again"] == found
    assert not any(isinstance(page[-1], str) for page in pages)
    assert all(isinstance(page[0], str) for page in pages)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"groups": ()}, "at least one study"),
        ({"groups": (Group((Row("A 1999", math.nan, 0, 1),)),)}, "'A 1999' has no finite"),
        ({"groups": (Group((Row("A 1999", 0, -math.inf, 1),)),)}, "'A 1999' has no finite"),
        ({"groups": (Group((Row("A 1999", 3, 0, 1),)),)}, "outside its interval"),
        ({"groups": (Group((Row("A 1999", 0, 0, 1, 140),)),)}, "not a percentage"),
        ({"groups": (Group((Row("A 1999", 0, 0, 1, cells=("1",)),)),)}, "1 cells for 4 columns"),
        ({"groups": (Group((Row("A 1999", 0, 0, 1, lights=(None,)),)),)}, "1 lights for 3"),
        ({"scale": Scale.LOG}, "ratio must be above zero"),
        ({"limits": (5.0, 9.0)}, "must hold the pooled estimate"),
        ({"heterogeneity": Heterogeneity(1.0, 1, 0.3, i2=math.nan)}, "i2 is nan"),
        ({"tests": (Test("Test", "z", 1.0, math.nan),)}, "p-value lies between"),
    ],
)
def test_forest_refuses_what_is_undefined(change, why):
    with pytest.raises(NotDrawable, match=re.escape(why)):
        forest(replace(PLOT, **change))
