"""A run doubted: its figures draw what the engine found, and say why where there is none."""

import html
import re

import numpy as np
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from analysis import runs
from analysis.drawn import UNDRAWABLE
from analysis.figures import plane
from analysis.figures.svg import NotDrawable
from analysis.pairwise.robustness import doubts
from analysis.pairwise.robustness.figures import FIGURES
from analysis.pairwise.robustness.refit import refit
from analysis.stats import asymmetry, sensitivity

from .drawings import SVG, assert_readable, parsed
from .factories import make_review, make_user
from .test_runs import BCG, TRIAL, content, frozen, risk, trial


@pytest.fixture
def run(db):
    review = make_review()
    data = content([trial(i, groups) for i, groups in enumerate(BCG, 1)], TRIAL)
    plan = runs.create_plan(review=review, actor=review.created_by, title="BCG", spec=risk("RR"))
    return runs.run(plan=plan, snapshot=frozen(review, data), actor=review.created_by)


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "bubble"])
def test_every_figure_is_drawn_at_both_widths_and_as_a_table(run, name):
    found = FIGURES[name].make(run)
    assert_readable(found.svg(width=760))
    assert_readable(found.svg(width=340))
    assert found.table().rows


def test_a_refit_is_what_the_run_stored(run):
    assert refit(run).beta[0] == pytest.approx(run.results["random"]["beta"], rel=1e-12)


def test_leave_one_out_prints_what_the_engine_found(run):
    series = sensitivity.leave_one_out(refit(run))
    rows = FIGURES["leave-one-out"].make(run).found.rows()
    assert [row.label for row in rows] == [f"Trial {i}" for i in range(1, 5)]
    assert [row.estimate for row in rows] == pytest.approx(list(np.exp(series.estimate)))


def test_the_funnel_has_every_study_at_its_standard_error(run):
    points = [point for point in FIGURES["funnel"].make(run).found.points if not point.hollow]
    stored = run.results["studies"]
    ratios = [np.exp(one["yi"]) for one in stored]
    assert [point.x for point in points] == pytest.approx(ratios)
    assert [point.y**2 for point in points] == pytest.approx([one["vi"] for one in stored])


def test_the_risks_of_a_labbe_plot_are_those_of_the_arms(run):
    first = FIGURES["labbe"].make(run).found.points[0]
    assert (first.x, first.y) == pytest.approx((1100 / 139, 400 / 123))


def test_a_test_says_its_numbers_or_why_there_are_none(run):
    found = {line.name: line.found for line in doubts.lines(run)}
    p = asymmetry.regtest(refit(run)).pval
    assert f"p = {p:.2f}" in found["Regression test for funnel asymmetry"]
    assert "4 studies" in found["Regression test for funnel asymmetry"]
    run.spec = run.spec | {"measure": "MN"}
    found = {line.name: line.found for line in doubts.lines(run)}
    assert found["Fail-safe N"].startswith("Not possible: this measure has no value")


def test_one_study_gives_a_reason_where_it_gives_no_figure(run):
    run.results["studies"] = run.results["studies"][:1]
    run.inputs["rows"] = run.inputs["rows"][:1]
    with pytest.raises(UNDRAWABLE, match="nothing is left when the only study is left out"):
        FIGURES["leave-one-out"].make(run)


class TestPages:
    def url(self, run, name, *args):
        return reverse(name, args=[run.plan.review_id, run.pk, *args])

    @pytest.mark.parametrize("name", FIGURES)
    def test_each_has_a_page(self, client, run, name):
        client.force_login(run.run_by)
        page = client.get(self.url(run, "run-robustness"), {"figure": name})
        assert page.status_code == 200
        assert FIGURES[name].says in html.unescape(page.content.decode())

    def test_what_is_no_figure_is_not_found(self, client, run):
        client.force_login(run.run_by)
        assert client.get(self.url(run, "run-robustness"), {"figure": "pie"}).status_code == 404
        for args in (("pie", "svg"), ("funnel", "exe")):
            assert client.get(self.url(run, "run-figure", *args)).status_code == 404

    def test_a_stranger_finds_none(self, client, run):
        client.force_login(make_user())
        assert client.get(self.url(run, "run-robustness")).status_code == 404
        assert client.get(self.url(run, "run-figure", "funnel", "svg")).status_code == 404


NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=30), st.text(max_size=30))
def test_any_points_and_lines_are_drawn_within_the_figure(places, name):
    points = tuple(plane.Point(name, x, y, named=True) for x, y in places)
    found = plane.Plane(
        name, "x", "y", points,
        lines=(plane.Line((-2e7, 2e7), (-3e7, 1e7)),),
        areas=(plane.Area((-2e7, 2e7, 0), (-2e7, 0, 2e7)),),
    )  # fmt: skip
    drawn = parsed(plane.plane(found))
    for dot in drawn.iter(f"{SVG}circle"):
        assert 0 <= float(dot.get("cx")) <= 720
    _, _, width, height = map(float, drawn.get("viewBox").split())
    for line in drawn.iter(f"{SVG}path"):
        numbers = [float(n) for n in re.findall(r"-?[0-9.]+", line.get("d"))]
        assert all(-6 <= number <= max(width, height) for number in numbers)


def test_a_point_without_a_place_is_refused_by_name():
    with pytest.raises(NotDrawable, match="Doe 2001"):
        plane.plane(plane.Plane("A", "x", "y", (plane.Point("Doe 2001", float("nan"), 1),)))
