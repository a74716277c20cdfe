"""A dose-response plan, from the arms of a snapshot to its figures and scripts."""

import json
import shutil
import subprocess
import sys
from functools import cache
from math import exp
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse

from analysis import kinds, runs
from analysis.dose import shown
from analysis.dose.plan_form import PlanForm
from analysis.errors import NotAnalysable
from analysis.models import Plan, Run
from extraction import formbuilder

from .factories import join, make_review, make_user
from .test_runs import cell, frozen

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = json.loads((ROOT / "tests/reference/dose_published.json").read_text())["data"]
ARMED = {"level": "outcome", "by_arm": True}
SCHEMA = {
    "sections": [
        {
            "title": "Results",
            "fields": [
                {"key": "dose", "label": "Alcohol", "kind": "decimal", "level": "arm",
                 "unit": "g/day"},
                {"key": "rr", "label": "Ratio", "kind": "estimate", "scale": "log", **ARMED},
                {"key": "cases", "label": "Cases", "kind": "integer", **ARMED},
                {"key": "persons", "label": "Persons", "kind": "integer", **ARMED},
                {"key": "pressure", "label": "Pressure", "kind": "mean_sd", **ARMED},
            ],
        }
    ]
}  # fmt: skip
SPEC = {
    "kind": "dose", "measure": "ADJ", "form": 1, "outcome": "CVD", "design": "cc",
    "fields": {"dose": "dose", "estimate": "rr", "cases": "cases", "total": "persons"},
    "covariance": "GL", "reference": "", "shape": "quadratic", "knots": [], "stages": 2,
    "method": "REML", "reference_dose": None, "predict_at": [], "per": "10", "level": 95,
}  # fmt: skip


def arm(number, place, row):
    """The unit and the cells of a dose of study ``number``."""
    first = 1000 * number + 10 * place
    cells = [
        cell(first, "dose", {"number": str(row["dose"])}, arm=place),
        cell(first + 1, "cases", {"number": str(row["cases"])}, arm=place, outcome=90),
        cell(first + 2, "persons", {"number": str(row["total"])}, arm=place, outcome=90),
        cell(first + 4, "pressure", {"mean": str(120 + place), "sd": "12"}, arm=place, outcome=90),
    ]
    if row["se"]:
        ratio = exp(row["estimate"])
        value = {"estimate": repr(ratio), "low": "0.1", "high": "9", "level": "95",
                 "se": repr(row["se"]), "printed": f"{ratio:.2f}"}  # fmt: skip
        cells.append(cell(first + 3, "rr", value, arm=place, outcome=90))
    return {"id": place, "kind": "arm", "label": f"Level {place}", "detail": ""}, cells


def content(form=1, rows=None):
    arms = {}
    for row in PUBLISHED["alcohol_cvd"] if rows is None else rows:
        arms.setdefault(row["study"], []).append(row)
    studies = []
    for number, (label, given) in enumerate(arms.items(), 1):
        built = [arm(number, place, row) for place, row in enumerate(given, 1)]
        outcome = {"id": 90, "kind": "outcome", "label": "CVD", "detail": ""}
        total = {"id": 80, "kind": "arm", "label": "All", "detail": ""}
        record = {"id": number, "form": form, "version": 1,
                  "units": [outcome, total, *(unit for unit, _ in built)],
                  "cells": [one for _, cells in built for one in cells]}  # fmt: skip
        studies.append({"id": number, "label": label, "citation": "", "references": [number],
                        "in_flow": True, "records": [record], "appraisals": []})  # fmt: skip
    return {"concord": 1, "review": {"id": 1, "title": "A"}, "number": 1, "instruments": [],
            "forms": [{"id": form, "name": "Form", "version": 1, "schema": SCHEMA}],
            "studies": studies}  # fmt: skip


@cache
def computed(**changes):
    return runs.compute(content(), SPEC | changes)


def unsaved(**changes):
    inputs, results = computed(**changes)
    return SimpleNamespace(
        pk=7, spec=SPEC | changes, inputs=inputs, results=results, inputs_sha256="0" * 64,
        snapshot=SimpleNamespace(sha256="1" * 64),
        plan=SimpleNamespace(title="Alcohol and CVD", review_id=1),
    )  # fmt: skip


def test_results_are_plain_json_and_every_number_keeps_its_cell():
    inputs, results = computed()
    assert json.loads(json.dumps([inputs, results], allow_nan=False)) == [inputs, results]
    first = inputs["rows"][0]
    assert (first["reference"], len(first["arms"])) == (0, 5)
    assert first["cells"]["estimate, Level 2"] == 1023
    assert results["dose"] == "Alcohol (g/day)" and results["reference"] == 0.0
    assert [one["dose"] for one in results["predictions"]] == [10, 20, 30, 40, 50, 60, 70]
    assert (results["k"], results["contrasts"], inputs["excluded"]) == (6, 19, [])


def test_a_line_tells_its_effect_by_the_unit_of_the_plan():
    run = unsaved(shape="linear")
    slope = run.results["terms"][0]["beta"]
    assert shown.main(run)["what"] == "per 10"
    assert float(shown.main(run)["estimate"]) == pytest.approx(exp(10 * slope), abs=5e-4)
    assert run.results["line"]["beta"] == slope


def without(field, number, place, state="not_reported"):
    data = content()
    cells = data["studies"][number - 1]["records"][0]["cells"]
    for one in cells:
        if (one["field"], one["arm"]) == (field, place):
            one |= {"state": state, "value": {}}
    return data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (without("dose", 2, 3), "“Alcohol” is not reported for its arm “Level 3”."),
        (without("cases", 2, 1, "unclear"), "“Cases” is unclear for its arm “Level 1”."),
        (without("rr", 2, 4), "Only the reference may lack an interval, and “Level 1” and “Level"),
        (content(rows=[row | {"dose": 5} if row["study"] == "Bobak" and row["dose"] > 40 else row
                       for row in PUBLISHED["alcohol_cvd"]]),
         "Rows 3 and 4: two arms have the same dose; combine them first (1 is “Level 1”"),
        (content(rows=[row for row in PUBLISHED["alcohol_cvd"]
                       if row["study"] != "Bobak" or row["dose"] < 20]),
         "Its 1 dose besides the reference do not determine the 2 coefficients"),
    ],
    ids=["dose", "cases", "two-references", "same-dose", "one-dose"],
)  # fmt: skip
def test_a_study_that_cannot_enter_says_why(data, why):
    inputs, results = runs.compute(data, SPEC)
    assert results["k"] == 5 and len(results["studies"]) == 5
    (left,) = inputs["excluded"]
    assert left["label"] == "Bobak" and left["reason"].startswith(why)


def test_one_stage_uses_a_study_with_one_dose():
    rows = [r for r in PUBLISHED["alcohol_cvd"] if r["study"] != "Bobak" or r["dose"] < 20]
    inputs, results = runs.compute(content(rows=rows), SPEC | {"stages": 1})
    assert (results["k"], inputs["excluded"]) == (6, [])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outcome": "Stroke"}, "no study can enter. Bianchi: It has no outcome “Stroke”."),
        ({"shape": "spline7"}, "7 knots at these doses (0, 0, "),
        ({"reference_dose": "90"}, "the reference dose is above every studied dose"),
        ({"shape": "spline3", "knots": ["-30", "-20", "-10"]}, "do not determine the 2 coeff"),
    ],
)
def test_what_makes_no_trend_says_why(changes, says):
    with pytest.raises(NotAnalysable) as refusal:
        runs.compute(content(), SPEC | changes)
    assert says in str(refusal.value)


def test_a_reference_may_stand_amid_the_doses():
    counts = {"measure": "N", "fields": {"dose": "dose", "cases": "cases", "total": "persons"}}
    _, results = runs.compute(content(), SPEC | counts | {"reference": "Level 3"})
    assert results["reference"] == 7.43
    assert (results["curve"][0]["dose"], results["curve"][-1]["dose"]) == (0.0, 77.16)
    assert [one["dose"] for one in results["predictions"]][:2] == [0.0, 10.0]
    _, results = runs.compute(content(), SPEC | {"reference_dose": "40"})
    assert [one["dose"] for one in results["predictions"]] == [0, 10, 20, 30, 50, 60, 70]


def test_the_result_is_never_the_reference_against_itself():
    spec = SPEC | {"predict_at": ["0", "30"]}
    _, results = runs.compute(content(), spec)
    assert kinds.of(spec).shown.tell(spec, [results])[0].startswith("Odds ratio at 30 against 0: ")
    _, results = runs.compute(content(), SPEC | {"predict_at": ["0"]})
    assert len(results["predictions"]) == 7


def test_a_ratio_beyond_reading_is_refused_instead_of_cut():
    run = unsaved(shape="linear", per="1000000")
    with pytest.raises(NotAnalysable, match="Print slopes per fewer units"):
        shown.check(run)


def test_lines_are_pooled_of_the_studies_that_entered():
    rows = [r for r in PUBLISHED["alcohol_cvd"] if r["study"] != "Bobak" or r["dose"] < 20]
    _, results = runs.compute(content(rows=rows), SPEC)
    assert results["line"]["k"] == len(results["studies"]) == 5


def test_labels_that_look_like_numbered_ones_stay_apart():
    data = content()
    for study, label in zip(data["studies"], ("X", "X", "X (1)"), strict=False):
        study["label"] = label
    inputs, results = runs.compute(data, SPEC)
    assert results["k"] == 6 and inputs["rows"][2]["label"] == "X (1)"


@pytest.mark.parametrize(
    "changes",
    [
        {"measure": "N", "fields": {"dose": "dose", "cases": "cases", "total": "persons"}},
        {"measure": "MD", "fields": {"dose": "dose", "mean": "pressure", "n": "persons"}},
        {"covariance": "NONE", "fields": {"dose": "dose", "estimate": "rr"}},
        {"reference": "Level 1", "covariance": "HAMLING"},
    ],
    ids=["counts", "means", "independent", "hamling"],
)
def test_other_measures_make_a_line(changes):
    _, results = runs.compute(content(), SPEC | changes | {"shape": "linear"})
    assert results["k"] == 6
    if changes.get("measure") == "MD":  # each arm has a mean of one more than the arm before
        assert results["studies"][0]["yi"] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["curve", "lines"])
def test_every_figure_draws(name):
    found = kinds.of(SPEC).figures[name].make(unsaved(shape="spline3"))
    assert found.svg(standalone=True).startswith("<?xml") and found.svg(width=340)
    assert len(found.table().rows) == {"curve": 19, "lines": 8}[name]


def _off(text):
    return [float(line.split()[-1]) for line in text.splitlines() if "difference" in line]


def test_both_scripts_find_the_stored_numbers(tmp_path):
    run, scripts = unsaved(shape="spline3", stages=1), kinds.of(SPEC).scripts
    path = tmp_path / "run.py"
    path.write_text(scripts["py"].make(run))
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=ROOT,
                          env={"PYTHONPATH": str(ROOT)}, check=True)  # fmt: skip
    assert len(_off(done.stdout)) == 6 and max(_off(done.stdout)) < 1e-9
    lines = scripts["csv"].make(run).splitlines()
    assert lines[0] == "study,arm,reference,dose,log_ratio,se,cases,total"
    assert lines[1] == "Bianchi,Level 1,yes,0.0,,,126.0,414.0"
    if shutil.which("Rscript") is None:
        pytest.skip("R is not on this machine")
    path = tmp_path / "run.R"
    path.write_text(scripts["R"].make(run))
    done = subprocess.run(["Rscript", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert max(_off(done.stdout)) < 1e-4


POSTED = {
    "title": "How much?", "role_dose": "dose", "role_estimate": "rr", "role_cases": "cases",
    "role_total": "persons", "outcome": "CVD", "design": "cc", "covariance": "GL",
    "shape": "spline3", "stages": "2", "method": "REML", "per": "10", "level": "95",
}  # fmt: skip
CHOSEN = {"knots": "2; 15; 50", "predict_at": "10 25.5 40", "reference_dose": "5"}


@pytest.fixture
def form(client):
    """A published form of a review with a snapshot; the lead is signed in."""
    lead = make_user("lead")
    review = make_review(owner=lead)
    join(review, lead, "statistician")
    form = formbuilder.create(review=review, actor=lead, name="Form", schema=SCHEMA)
    formbuilder.publish(version=form.versions.get(), actor=lead)
    frozen(review, content(form.pk))
    client.force_login(lead)
    return form


def where(form):
    address = reverse("plan-create", args=[form.review_id])
    return f"{address}?form={form.pk}&measure=dose:ADJ"


@pytest.mark.django_db
def test_a_plan_asks_for_what_a_trend_needs(client, form):
    first = client.get(where(form).partition("?")[0]).content.decode()
    assert all(kind.title in first and kind.purpose in first for kind in kinds.KINDS.values())
    page = client.get(where(form)).content.decode()
    assert '<option value="cases" selected>' in page
    assert "Shape of the trend" in page and "Greenland and Longnecker" in page
    odd = {"knots": "30, 10", "predict_at": "a few", "role_cases": "", "outcome": ""}
    refused = client.post(where(form), POSTED | odd)
    page = refused.content.decode()
    assert refused.status_code == 422 and "The doses must rise" in page
    assert "with a point for decimals" in page and "Rebuilding covariances needs it" in page
    assert "Name the outcome" in page
    endless = {"knots": "1e999999999", "per": "1e999999999", "reference_dose": "1e-999999999"}
    page = client.post(where(form), POSTED | endless).content.decode()
    assert page.count("no more than") == 6  # beside each and in the summary
    twice = client.post(where(form), POSTED | {"role_total": "cases"})
    assert twice.status_code == 422 and "one feeds both questions" in twice.content.decode()
    assert client.post(where(form), POSTED | CHOSEN).status_code == 302
    spec = Plan.objects.get().spec
    assert spec == SPEC | {
        "form": form.pk, "shape": "spline3", "knots": ["2", "15", "50"],
        "predict_at": ["10", "25.5", "40"], "reference_dose": "5",
    }  # fmt: skip
    assert PlanForm(form, "ADJ", None, spec=spec).initial["knots"] == "2, 15, 50"


@pytest.mark.django_db
def test_a_trend_is_run_and_traced_on_its_pages(client, form):
    client.post(where(form), POSTED | CHOSEN)
    review, plan = form.review_id, Plan.objects.get()
    client.post(reverse("plan-run", args=[review, plan.pk]))
    run = Run.objects.get()
    page = client.get(reverse("plan", args=[review, plan.pk])).content.decode()
    assert "Predicted, odds ratio against 5" in page and "Beyond a line" in page
    assert "Line of each study" in page and "Vliegenthart-beer" in page
    traced = client.get(reverse("run-study", args=[review, run.pk, 2])).content.decode()
    assert "Log ratio, Level 3" in traced and "At 46.425 against 0" in traced
    report = client.get(reverse("report", args=[review])).content.decode()
    assert "How much?" in report and shown.main(run)["interval"] in report
    sheet = client.get(reverse("export-xlsx", args=[review]))
    assert sheet.status_code == 200 and sheet["Content-Type"].endswith("spreadsheetml.sheet")
    assert client.get(reverse("run-robustness", args=[review, run.pk])).status_code == 404
    for name in ("R", "py", "csv"):
        assert client.get(reverse("run-script", args=[review, run.pk, name])).status_code == 200
    for name in ("curve", "lines"):
        figure = reverse("run-figure", args=[review, run.pk, name, "svg"])
        assert client.get(figure).status_code == 200
    assert runs.compute(content(form.pk), run.spec) == (run.inputs, run.results)
