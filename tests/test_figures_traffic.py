"""Risk-of-bias lights and bars: colour, symbol and word; shares that are true."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.figures import traffic, traffic_bars
from analysis.figures.lights import Light, Mark
from analysis.figures.svg import NotDrawable
from tests.drawings import LABELS, SVG, assert_readable, parsed, shapes, words_of

MARKS = (Mark(Light.LOW), Mark(Light.SOME, "moderate"), Mark(Light.HIGH, "critical"), None)
JUDGED = traffic.Traffic(
    "Risk of bias",
    (
        *(traffic.Domain(f"D{i}", f"Domain {i}") for i in (1, 2, 3)),
        traffic.Domain("All", "Overall"),
    ),
    (
        traffic.Judged("Halvorsen 2014", MARKS, 75.0, "/witness/1"),
        traffic.Judged("Okonjo 2015", (Mark(Light.LOW),) * 4, 25.0),
    ),
)


def test_every_light_has_colour_symbol_and_word():
    svg = traffic.traffic(JUDGED)
    titles = [node.text for node in parsed(svg).iter(f"{SVG}title")]
    for domain, mark in zip(JUDGED.domains, MARKS, strict=True):
        word = mark.label if mark else "not judged"
        assert f"Halvorsen 2014, {domain.name}: {word}" in titles
    counts = [len(shapes(svg, paint)) for paint in ("f-low", "f-some", "f-high", "f-missing")]
    assert counts == [5, 1, 1, 1]
    assert "+ low, − moderate, × critical, dashed not judged." in words_of(svg)
    assert traffic.table(JUDGED).rows[0] == (
        "Halvorsen 2014",
        "low",
        "moderate",
        "critical",
        "not judged",
    )


@settings(max_examples=40, deadline=None)
@given(LABELS, LABELS, st.integers(1, 14), st.sampled_from([300, 360, 700, 1100]))
def test_traffic_stands_any_text(name, domain, n, width):
    domains = tuple(traffic.Domain(f"{i}{domain[:9]}", domain) for i in range(n))
    rows = (traffic.Judged(name, (MARKS * 4)[:n]), traffic.Judged("B", (MARKS[0],) * n))
    found = traffic.Traffic(name, domains, rows)
    assert_readable(traffic.traffic(found, width=width))
    assert_readable(traffic_bars.traffic_bars(found, width=width))


@pytest.mark.parametrize(("weighted", "shares"), [(False, (50, 50)), (True, (25, 75))])
def test_bars_show_the_shares_of_their_table(weighted, shares):
    svg = traffic_bars.traffic_bars(JUDGED, weighted=weighted)
    bars = [float(n.get("width")) + 1 for n in shapes(svg, "f-low")]
    assert bars[1] / bars[0] == pytest.approx(shares[0] / 100, abs=0.01)
    table = traffic_bars.bars_table(JUDGED, weighted=weighted)
    assert table.header == ("Domain", "low", "moderate", "critical", "not judged")
    assert table.rows[1] == ("Domain 2", f"{shares[0]}%", f"{shares[1]}%", "0%", "0%")
    for row in table.rows:
        assert all(share in words_of(svg) for share in set(row[1:]) - {"0%"})


def test_bars_by_weight_need_every_weight():
    without = replace(JUDGED, rows=(*JUDGED.rows, traffic.Judged("Late 2024", (None,) * 4)))
    with pytest.raises(NotDrawable, match="'Late 2024' has no weight"):
        traffic_bars.traffic_bars(without, weighted=True)
