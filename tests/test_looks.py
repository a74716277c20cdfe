"""The look of a plan: sorting, columns, lights, axis. It is kept, and changes no number."""

import io
import json
from dataclasses import replace

import pypdf
import pytest
from django.urls import reverse

from analysis import integrity, runs
from analysis.figures import files, forest
from analysis.figures.forest import Ahead
from analysis.models import Plan, Run
from analysis.pairwise import forest_plot
from analysis.pairwise.looks import dressing, keeping, look
from analysis.pairwise.looks.form import LookForm
from analysis.pairwise.looks.look import Look
from analysis.pairwise.robustness import series
from extraction.instruments import loader
from extraction.models import Snapshot

from .drawings import assert_readable, shapes, words_of
from .factories import make_review
from .test_runs import BCG, TRIAL, cell, content, frozen, risk, trial

DESIGN = {
    "key": "design", "label": "Design", "kind": "choice", "level": "study",
    "options": [{"code": "t", "label": "Trial"}, {"code": "c", "label": "Cohort"}],
}  # fmt: skip
FORM = {"measure": "RR", "sort": "listed", "models": "both", "weights": "random", "ahead": "bar",
        "line": "null", "own": "on"}  # fmt: skip


@pytest.fixture(scope="module")
def data():
    """Four trials with a design but for the third, and RoB 2 of the first."""
    schema = {"sections": [{"title": "A", "fields": [*TRIAL["sections"][0]["fields"], DESIGN]}]}
    told = content([trial(i, groups) for i, groups in enumerate(BCG, 1)], schema)
    for place, code in ((0, "t"), (1, "c"), (3, "c")):
        told["studies"][place]["records"][0]["cells"].append(
            cell(900 + place, "design", {"code": code})
        )
    told["studies"][0]["citation"] = "Heimbeck J. Vaccination. Lancet 1900. 1968."
    told["studies"][2]["citation"] = "Ferguson RG. Trial of 1949."
    tool = loader.catalogue()["rob2"]
    told["instruments"] = [{"sha256": "a", "key": "rob2", "definition": json.loads(tool.canonical)}]
    told["studies"][0]["appraisals"] = [appraisal(tool)]
    return told


def appraisal(tool):
    worst, best = tool.scale[-1].code, tool.scale[0].code
    domains = [{"id": domain.id, "final": best} for domain in tool.domains[:2]]
    judged = {"domains": domains, "overall": {"final": worst}, "scores": []}
    return {"sha256": "a", "result": "", "answers": [], "judgements": judged}


def made(data, **more):
    """A run that is not stored."""
    spec = risk("RR", **more)
    inputs, results = runs.compute(data, spec)
    plan = Plan(title="BCG", spec=spec)
    snapshot = Snapshot(number=1, sha256="0" * 64, content=json.dumps(data))
    return Run(plan=plan, snapshot=snapshot, spec=spec, inputs=inputs, results=results)


def dressed(data, run=None, **wanted):
    return dressing.plot(run or made(data), links=False, wanted=Look(**wanted))


def labels(plot):
    return [row.label for row in plot.rows()]


def test_the_usual_look_is_the_plot_as_it_was(data):
    run = made(data)
    assert dressing.plot(run, links=False) == forest_plot.forest_of(run, links=False)
    assert look.as_json(look.USUAL) == {}


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ({"sort": "listed", "backwards": True}, [4, 3, 2, 1]),
        ({"sort": "weight"}, [4, 2, 1, 3]),
        ({"sort": "se", "backwards": True}, [3, 1, 2, 4]),
        ({"sort": "field:design"}, [2, 4, 1, 3]),
        ({"sort": "field:design", "backwards": True}, [1, 2, 4, 3]),
        ({"sort": "field:gone"}, [1, 2, 3, 4]),
        ({"sort": "year"}, [3, 1, 2, 4]),
    ],
)
def test_studies_are_sorted_and_those_without_an_answer_come_last(data, wanted, order):
    assert labels(dressed(data, **wanted)) == [f"Trial {i}" for i in order]


def test_studies_are_added_by_the_year_of_their_name_or_citation(data):
    def added(studies):
        run = made(studies)
        run.pk, run.plan.review_id = 1, 1
        return series.cumulative(run).found

    order = [2, 0, 1]  # 1949, then 1968, then the year in the name of one without a citation
    some = data | {"studies": [dict(one) for one in data["studies"][:3]]}
    listed = added(some)
    assert "as they are listed" in listed.title
    assert labels(listed) == ["Trial 1", "Trial 2", "Trial 3"]
    some["studies"][1]["label"] = "Hart 1977"
    dated = added(some)
    assert "the earliest first" in dated.title
    assert [row.cells[0] == "–" for row in dated.rows()] == [True, False, False]
    assert labels(dated) == [some["studies"][place]["label"] for place in order]


def test_effects_are_sorted_within_their_subgroup(data):
    plot = dressed(data, made(data, subgroup={"field": "design"}), sort="effect")
    assert [group.label for group in plot.groups] == [
        "Design: Cohort", "Design: Trial", "Design: Not known",
    ]  # fmt: skip
    effects = [row.estimate for row in plot.groups[0].rows]
    assert effects == sorted(effects)


def test_fields_become_columns_once_a_study_or_for_each_arm(data):
    plot = dressed(data, columns=("design", "dead"), own=False)
    heads = [(column.group, column.heading) for column in plot.columns]
    deaths = "Deaths"
    assert heads == [("treatment", deaths), ("no vaccine", deaths), ("", "Design")]
    assert [row.cells for row in plot.rows()][:3] == [
        ("4", "11", "Trial"), ("6", "29", "Cohort"), ("3", "11", ""),
    ]  # fmt: skip
    beside = dressed(data, columns=("dead",))
    assert [column.group for column in beside.columns] == ["treatment"] * 3 + ["no vaccine"] * 3


def test_lights_are_those_of_the_chosen_tool(data):
    title = loader.catalogue()["rob2"].title
    plot = dressed(data, tool=title)
    first, second = plot.rows()[:2]
    assert [mark.light.value for mark in first.lights] == ["low", "low", "high"]
    assert set(second.lights) == {None}
    assert plot.domains[-1] == "Overall"
    assert f"Lights: {title}" in words_of(forest.forest(plot))
    assert dressed(data, tool="Another tool").domains == ()


def test_weights_of_both_models_are_printed(data):
    run = made(data)
    plot = dressed(data, run, weights="both")
    shown = [(row.weight, row.second_weight) for row in plot.rows()]
    assert shown == [(one["weight_random"], one["weight_common"]) for one in run.results["studies"]]
    assert {"Weight, random", "Weight, common"} <= set(forest.table(plot).header)
    assert "Weight" not in forest.table(dressed(data, weights="none")).header


@pytest.mark.parametrize("ahead", list(look.AHEAD))
def test_each_style_of_the_prediction_interval_can_be_read(data, ahead):
    plot = dressed(data, ahead=ahead, models="random", left="favours BCG", right="favours none")
    for width in (340, 820, 900):
        svg = forest.forest(plot, width=width)
        assert_readable(svg)
        assert bool(shapes(svg, "f-band")) == (ahead == "band")
        assert ("prediction interval" in words_of(svg)) == (ahead != "none")
        assert "Common effect" not in words_of(svg)


def test_axis_and_line_are_as_asked_but_hold_what_is_pooled(data):
    plot = dressed(data, low="0.9", high="3", line="value", at="0.5")
    assert plot.reference == 0.5
    assert plot.limits[0] <= plot.summaries[0].estimate < 0.9
    assert_readable(forest.forest(plot))
    assert dressed(data, line="none").reference is None


def test_a_variant_of_another_measure_keeps_no_axis(data):
    run = made(data)
    run.plan.spec = run.spec | {"measure": "RD"}
    assert dressed(data, run, low="-5", high="5").limits is None


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"low": "0.1"}, "high", "both ends"),
        ({"low": "2", "high": "1"}, "high", "end above"),
        ({"low": "-1", "high": "1"}, "low", "A ratio is above 0"),
        ({"low": "3", "high": "4"}, "low", "must hold the pooled estimate"),
        ({"line": "value"}, "at", "where the line stands"),
        ({"at": "NaN"}, "at", "Enter a number"),
        ({"low": "1e-9999", "high": "2"}, "low", "at most 9 digits"),
        ({"low": "0.1", "high": "1e9999"}, "high", "at most 9 digits"),
        ({"low": "0.1", "high": "10000000000"}, "high", "at most 9 digits"),
        ({"columns": ["password"]}, "columns", "not one of the available"),
        ({"left": "x" * 61}, "left", "at most 60"),
    ],
)
def test_the_panel_says_what_it_cannot_draw(data, given, field, words):
    form = LookForm(made(data), data, FORM | given)
    assert not form.is_valid()
    assert words in str(form.errors[field])


def test_the_panel_reads_the_look_it_shows(data):
    run = made(data)
    wanted = Look(columns=("design",), low="0.1", high="10", sort="field:design", left="BCG")
    run.plan.look = look.as_json(wanted)
    shown = LookForm(run, data).initial
    form = LookForm(run, data, {name: value for name, value in shown.items() if value})
    assert form.is_valid(), form.errors
    assert form.look() == wanted == look.of(run.plan)


def test_a_subgroup_below_the_minimum_is_shown_and_not_pooled(data):
    whole = made(data, subgroup={"field": "design"})
    least = made(data, subgroup={"field": "design"}, least=3)
    assert [bool(one["random"]) for one in whole.results["subgroups"]["groups"]] == [
        True, False, False,
    ]  # fmt: skip
    group = forest_plot.forest_of(least, links=False).groups[0]
    assert len(group.rows) == 2
    assert group.summaries == ()
    assert group.remark == "Not pooled: 2 studies, and the plan pools 3 or more."
    assert "two groups" in least.results["subgroups"]["test"]["why_not"]
    assert least.results["random"] == whole.results["random"]


def test_a_long_plot_is_a_pdf_of_several_pages(data):
    plot = dressed(data, ahead="band", weights="both", columns=("design",))
    rows = tuple(replace(plot.rows()[0], label=f"Study {i}") for i in range(100))
    long = replace(plot, groups=(forest.Group(rows),), ahead=Ahead.BAND)
    sheets = forest.forest_pages(long, standalone=True)
    assert len(sheets) == forest.count_pages(long) == 3
    read = pypdf.PdfReader(io.BytesIO(files.as_pdf(sheets)))
    texts = [page.extract_text() for page in read.pages]
    assert ["Random effects" in text for text in texts] == [False, False, True]
    assert all("Study" in text and "Design" in text for text in texts)


@pytest.fixture
def run(db, data):
    review = make_review()
    lead = review.created_by
    plan = runs.create_plan(review=review, actor=lead, title="BCG", spec=risk("RR"))
    return runs.run(plan=plan, snapshot=frozen(review, data), actor=lead)


def address(run, name, *args, query=""):
    return reverse(name, args=[run.plan.review_id, *args]) + query


def test_a_look_is_tried_then_kept_and_drawn_everywhere(client, run):
    client.force_login(run.run_by)
    here = address(run, "plan-look", run.plan_id)
    asked = FORM | {"sort": "se", "columns": ["design"], "left": "favours BCG"}
    tried = client.get(here, asked, headers={"HX-Request": "true"}).content.decode()
    assert "favours BCG" in tried
    assert "<html" not in tried
    assert Plan.objects.get().look == {}
    assert client.post(here, asked | {"low": "9"}).status_code == 422
    assert client.post(here, asked).status_code == 302
    figure = address(run, "run-figure", run.pk, "forest", "svg")
    pages = (
        figure,
        address(run, "report"),
        address(run, "run-robustness", run.pk, query="?figure=forest"),
    )
    for page in pages:
        assert "favours BCG" in client.get(page).content.decode(), page
    for page in ("2", "x", "9" * 5000):
        assert client.get(f"{figure}?page={page}").status_code == 404


def test_a_plan_without_a_run_has_no_plot_to_dress(client, run):
    client.force_login(run.run_by)
    bare = runs.create_plan(
        review=run.plan.review, actor=run.run_by, title="Not run", spec=risk("OR")
    )
    assert client.get(address(run, "plan-look", bare.pk)).status_code == 409


def test_a_look_is_told_once_and_held_against_the_ledger(run):
    review, wanted = run.plan.review, Look(sort="se", columns=("design",))
    for _ in range(2):
        keeping.keep(plan=run.plan, actor=run.run_by, wanted=wanted)
    events = review.events.filter(action="plan.look")
    assert [one.data["look"] for one in events] == [{"sort": "se", "columns": ["design"]}]
    assert not list(integrity.problems(review))
    Plan.objects.update(look={"left": "favours none"})
    assert any("does not look" in problem for problem in integrity.problems(review))
