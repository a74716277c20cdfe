"""Models besides inverse variance: what they compute, where they do not fit, how they are shown."""

import copy
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from django.urls import reverse

from analysis.datasets import Row
from analysis.errors import NotAnalysable
from analysis.pairwise import (
    computing,
    forest_plot,
    measures,
    pooled,
    pooling_models,
    printing,
    shown,
)
from analysis.pairwise.robustness import doubts
from analysis.pairwise.robustness.figures import FIGURES
from analysis.pairwise.scripts import r
from analysis.printing import printer
from analysis.roles import suits
from analysis.stats import sparse

from .factories import make_form, make_review
from .model_runs import FORM, SLOW, SPECS, asked, example, run_of, trials
from .test_runs import cell, content, frozen, study


@pytest.fixture(scope="module")
def runs():
    return {name: example(name) for name in SPECS if name not in SLOW}


def test_every_model_is_tried():
    assert {pooling_models.key_of(spec) for spec in SPECS.values()} == set(pooling_models.MODELS)


def test_mantel_and_haenszel_have_their_weights_tests_and_no_tau2(runs):
    run = runs["mh"]
    columns = {"ai": [], "n1i": [], "ci": [], "n2i": []}
    for row in run.inputs["rows"]:
        for name, column in zip(columns, ("x1i", "n1i", "x2i", "n2i"), strict=True):
            columns[name].append(row["values"][column])
    weights = [one["weight_common"] for one in run.results["studies"]]
    assert weights == pytest.approx(
        sparse.percent_weights("OR", {name: np.array(values) for name, values in columns.items()})
    )
    assert sum(weights) == pytest.approx(100)
    assert run.results["random"] is None
    assert run.results["heterogeneity"]["tau2"] is None
    drawn = forest_plot.forest_of(run, links=False)
    assert [one.label for one in drawn.summaries] == ["Mantel-Haenszel"]
    assert [one.label.split()[0] for one in drawn.tests] == [
        "Cochran-Mantel-Haenszel", "Equal", "Equal", "Between",
    ]  # fmt: skip
    assert "one effect is assumed" in printing.sentence(run).heterogeneity


def test_a_model_of_counts_has_a_tau2_without_interval_and_no_weights(runs):
    run = runs["glmm"]
    assert run.results["common"] is None
    assert set(run.results["heterogeneity"]["tau2"]) == {"est"}
    assert {one["weight_random"] for one in run.results["studies"]} == {None}
    assert "no limit" not in printing.sentence(run).heterogeneity
    assert "Random effects (GLMM)" in shown.say(run)


def test_a_model_that_does_not_pool_the_measure_says_which_it_pools():
    with pytest.raises(NotAnalysable, match="Peto pools OR, not RR"):
        run_of(asked("RR", "PETO"))


def test_a_model_has_only_intervals_of_its_own():
    spec = pooling_models.settled(asked("OR", "UM.FS", test="knha"))
    assert (spec["method"], spec["test"]) == ("ML", "t")
    assert pooling_models.settled(asked("OR", "MH", test="knha"))["test"] == "z"
    plain = asked("OR", test="knha")
    assert pooling_models.settled(plain) == plain


def test_what_is_computed_again_and_again_is_no_glmm():
    assert pooling_models.quick(asked("OR", "UM.RS")) == asked("OR")
    assert pooling_models.quick(asked("OR", "MH")) == asked("OR", "MH")


def test_every_result_of_a_study_enters_by_its_name(runs):
    rows = [row for row in runs["levels"].inputs["rows"] if row["study"] == 4]
    assert [row["result"] for row in rows] == [
        "Pain, 3 months, Drug, treatment", "Pain, 3 months, Drug, high dose, treatment",
        "Pain, 6 months, Drug, treatment", "Pain, 6 months, Drug, high dose, treatment",
    ]  # fmt: skip
    assert pooled.counted(runs["levels"].results) == "18 results of 8 studies"
    found = shown.study(runs["levels"], 4)
    assert len(found["sources"]) == 16
    assert found["sources"][0].name.endswith(": Pain, 3 months, Drug, treatment")


def test_a_study_without_the_outcome_says_so():
    data = trials()
    data["studies"][0]["records"][0]["units"] = [
        unit | {"label": "Sleep"} if unit["kind"] == "outcome" else unit
        for unit in data["studies"][0]["records"][0]["units"]
    ]
    excluded = run_of(asked("RR", "3L"), data).inputs["excluded"]
    assert [(one["study"], one["reason"]) for one in excluded] == [(1, "It has no outcome “Pain”.")]


def test_studies_of_one_result_each_have_no_third_level():
    with pytest.raises(NotAnalysable, match="no study has two results"):
        run_of(asked("RR", "3L", outcomes=["3 months"], arms={"1": "Drug", "2": "control"}))


def test_robust_intervals_keep_the_estimate_and_have_their_own_df(runs):
    model = run_of(asked("RR", "3L")).results["random"]
    robust = runs["robust"].results["random"]
    assert robust["beta"] == pytest.approx(model["beta"])
    assert robust["se"] != pytest.approx(model["se"])
    assert 1 < robust["ddf"] < 8


def test_each_outcome_has_an_effect_and_they_are_compared(runs):
    results = runs["outcomes"].results
    assert [one["level"] for one in results["subgroups"]["groups"]] == [
        "Pain, 3 months", "Pain, 6 months",
    ]  # fmt: skip
    assert [one["name"] for one in results["tests"]] == ["Outcomes differ"]


def test_a_larger_assumed_correlation_makes_the_results_of_a_study_count_less():
    errors = [run_of(asked("RR", "3L", rho=rho)).results["random"]["se"] for rho in ("0", "0.9")]
    assert errors[1] > errors[0]


@pytest.mark.parametrize("name", ["inverse", "mh", "peto", "glmm", "levels", "outcomes"])
def test_every_model_can_be_doubted(runs, name):
    told = {line.name: line.found for line in doubts.lines(runs[name])}
    assert len(told) == len(doubts.TESTS)
    for figure in ("forest", "funnel", "leave-one-out", "quantiles"):
        assert FIGURES[figure].make(runs[name]).svg(width=700).startswith("<svg")


def test_leaving_one_out_fits_the_model_of_the_run(runs):
    drawn = FIGURES["leave-one-out"].make(runs["mh-rr"]).found
    data = trials()
    data["studies"] = [one for one in data["studies"] if one["id"] != 1]
    alone = run_of(asked("RR", "MH"), data).results["common"]
    assert drawn.groups[0].rows[0].estimate == pytest.approx(printer("RR")(alone["beta"]))


def test_the_profile_has_a_curve_a_variance_and_ends_where_the_interval_does(runs):
    drawn = FIGURES["profile"].make(runs["levels"]).found
    assert [one.label.split(":")[0] for one in drawn.points] == [
        "between studies",
        "within studies",
    ]
    curve, cut = drawn.lines[0], drawn.lines[-1].ys[0]
    assert max(curve.ys) <= 1e-9
    assert curve.ys[-1] < cut or curve.ys[0] < 0


def tables(*counts):
    """Rows of ``(events, patients, events, patients)``."""
    names = ("x1i", "n1i", "x2i", "n2i")
    printed = {"x1": "", "n1": "", "x2": "", "n2": ""}
    return [
        Row(i, f"Trial {i}", dict(zip(names, map(float, one), strict=True)), printed)
        for i, one in enumerate(counts, 1)
    ]


SILENT = [(0, 10, 0, 12), (0, 20, 0, 18), (0, 30, 0, 33)]
FULL = [(10, 10, 12, 12), (20, 20, 18, 18), (30, 30, 33, 33)]


OF_COUNTS = [
    (measure, model) for model in ("MH", "PETO", "UM.FS", "UM.RS", "CM.EL")
    for measure in ("OR", "RR", "RD") if measure in pooling_models.MODELS[model].measures
]  # fmt: skip


@pytest.mark.parametrize("counts", [SILENT, FULL], ids=["silent", "full"])
@pytest.mark.parametrize(("measure", "model"), OF_COUNTS)
def test_studies_without_information_are_refused_with_a_reason(measure, model, counts):
    with pytest.raises(NotAnalysable, match=r"cannot be pooled: .*(no |flat)"):
        computing.pool(tables(*counts), [], asked(measure, model))


@pytest.mark.parametrize(
    ("measure", "model", "says", "never"),
    [
        ("OR", "UM.FS", "The counts do not determine it", "unit"),
        ("PLO", "GLMM", "choose another model", "unit"),
        ("MD", None, "Enter the values in another unit", "counts"),
        ("IRLN", "GLMM", "Enter the values in another unit", "counts"),
        ("SMD", None, "It has no unit that could be changed", "counts"),
    ],
)
def test_a_result_that_cannot_be_drawn_is_told_what_may_help(measure, model, says, never):
    run = copy.deepcopy(example("um.fs"))
    run.spec = asked(measure, model)
    run.results["random"]["ci_ub"] = float("inf")
    with pytest.raises(NotAnalysable, match=says) as refused:
        shown.check(run)
    assert never not in str(refused.value)


@pytest.mark.parametrize("model", ["MH", "PETO", "IV"])
def test_the_same_table_again_and_again_is_a_result_that_can_be_kept(model):
    found = computing.pool(tables(*[(6, 34, 9, 41)] * 5), [], asked("OR", model))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_script_tests_between_the_subgroups_that_the_plan_pools():
    rows = [
        replace(row, group=group, grouped_by="Dose")
        for row, group in zip(tables(*[(6, 34, 9, 41)] * 9), "aaaabbbcc", strict=True)
    ]
    run = run_of(asked("OR", subgroup={"field": "country"}, least=3))
    run.inputs = {"rows": [asdict(row) for row in rows], "excluded": []}
    run.results = computing.pool(rows, [], run.spec)
    assert run.results["subgroups"]["test"]["df"] == 1
    between = next(line for line in r.script(run).splitlines() if line.startswith("between"))
    assert between.count("group") == 4
    assert "dat$yi" not in between


def test_peto_adds_only_to_studies_that_tell_nothing():
    rows = tables((0, 50, 5, 50), (0, 40, 0, 40), (4, 60, 9, 60))
    assert computing.pool(rows, [], asked("OR", "PETO"))["adjusted"] == ["Trial 2"]
    assert computing.pool(rows, [], asked("OR", "MH"))["adjusted"] == ["Trial 1", "Trial 2"]


@pytest.mark.parametrize("counts", [
    [(6, 34, 9, 41)] * 4, [(600000, 3400000, 400000, 3400000), (6, 34, 9, 41), (9, 40, 8, 44)],
])  # fmt: skip
def test_effects_without_scatter_and_of_unlike_precision_can_be_doubted(counts):
    run = run_of(asked("OR"))
    rows = tables(*counts)
    run.inputs = {"rows": [asdict(row) for row in rows], "excluded": []}
    run.results = computing.pool(rows, [], asked("OR"))
    assert len(doubts.lines(run)) == len(doubts.TESTS)


RATIO = {"key": "hr", "label": "Hazard ratio", "kind": "estimate", "level": "study",
         "scale": "log"}  # fmt: skip
ONE_GROUP = [
    ("ZCOR", {"r": "r", "n": "n"}, 0.5493, "Correlation", 0.5),
    ("COR", {"r": "r", "n": "n"}, 0.5, "Correlation", 0.5),
    ("MC", {"m1": "after", "m2": "before", "n": "n", "r": "r"}, -3.0, "Mean change", -3.0),
    ("HR", {"oe": "oe", "voe": "v"}, -0.5, "Hazard ratio", 0.6065),
    ("GEN.HR", {"ratio": "hr"}, -0.5108, "Hazard ratio", 0.6),
]


def given():
    """Two studies that print the same."""
    fields = [
        {"key": "n", "label": "Patients", "kind": "integer", "level": "study"},
        *({"key": key, "label": key, "kind": "decimal", "level": "study"}
          for key in ("r", "oe", "v")),
        *({"key": key, "label": key, "kind": "mean_sd", "level": "study"}
          for key in ("before", "after")),
        RATIO,
    ]  # fmt: skip
    values = {
        "n": {"number": "40"}, "r": {"number": "0.5"}, "oe": {"number": "-4"},
        "v": {"number": "8"}, "before": {"mean": "9", "sd": "2"},
        "after": {"mean": "6", "sd": "3"},
        "hr": {"estimate": "0.6", "low": "0.4", "high": "0.9", "level": "95", "se": "0.2069"},
    }  # fmt: skip
    studies = [
        study(i, f"Study {i}", [
            cell(100 * i + n, key, value | {"printed": "as printed"})
            for n, (key, value) in enumerate(values.items())
        ])
        for i in (1, 2)
    ]  # fmt: skip
    return content(studies, {"sections": [{"title": "Results", "fields": fields}]})


@pytest.mark.parametrize(("measure", "fields", "effect", "axis", "shown_as"), ONE_GROUP)
def test_measures_of_one_number_or_group(measure, fields, effect, axis, shown_as):
    spec = asked(measure, fields=fields, arms={}, outcome="")
    run = run_of(spec, given())
    assert run.results["random"]["beta"] == pytest.approx(effect, abs=1e-4)
    drawn = forest_plot.forest_of(run, links=False)
    assert drawn.measure == axis
    assert drawn.summaries[0].estimate == pytest.approx(shown_as, abs=1e-4)
    assert len(shown.sources_of(run, run.inputs["rows"][0])) >= len(fields)


def test_a_ratio_asks_for_a_field_on_the_log_scale():
    assert suits("ratio", RATIO)
    assert not suits("ratio", RATIO | {"scale": "plain"})
    assert suits("difference", RATIO | {"scale": "plain"})
    assert measures.alike("GEN.HR") == ["GEN.HR"]


@pytest.mark.django_db
@pytest.mark.once
def test_a_plan_of_several_results_is_written_run_and_moved(client):
    review = make_review()
    form = make_form(review, FORM, "Trials")
    data = trials()
    data["forms"][0]["id"] = form.pk
    for one in data["studies"]:
        one["records"][0]["form"] = form.pk
    frozen(review, data)
    client.force_login(review.created_by)
    posted = {
        "title": "All", "role_x": "dead", "role_n": "n", "arm_1": "treatment", "arm_2": "control",
        "outcome": "3 months", "outcomes": "6 months", "method": "REML", "test": "t",
        "level": "95", "rho": "0.6",
    }  # fmt: skip
    url = f"{reverse('plan-create', args=[review.pk])}?form={form.pk}&measure=pairwise:RR"
    refused = client.post(url, posted)
    assert refused.status_code == 422
    assert "Several results of a study need one of those two models." in refused.content.decode()
    assert client.post(url, posted | {"model": "3L"}).status_code == 302
    plan = review.plans.get()
    assert plan.spec["outcomes"] == ["3 months", "6 months"]
    assert client.post(reverse("plan-run", args=[review.pk, plan.pk])).status_code == 302
    page = client.get(reverse("plan", args=[review.pk, plan.pk])).content.decode()
    assert "of 8 studies" in page
    moved = {"measure": "RR", "model": "MV", "method": "REML", "test": "z", "level": "95",
             "rho": "0.3", "robust": "on", "least": "2"}  # fmt: skip
    tried = client.get(reverse("plan-try", args=[review.pk, plan.pk]), moved).content.decode()
    assert "18 results of 8 studies" in tried
    assert "assumed to correlate by 0.3" in tried
