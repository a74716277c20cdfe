"""A plan of several treatments, from the arms of a snapshot to its scripts."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse

from analysis import datasets, kinds, runs
from analysis.errors import NotAnalysable
from analysis.exports import networks
from analysis.models import Plan, Run
from analysis.network import printing, reading, shown
from extraction import formbuilder

from .factories import join, make_review, make_user
from .test_runs import cell, frozen

ROOT = Path(__file__).resolve().parent.parent
ARMED = {"level": "outcome", "by_arm": True}
SCHEMA = {
    "sections": [
        {
            "title": "Results",
            "fields": [
                {"key": "n", "label": "Analysed", "kind": "integer", **ARMED},
                {"key": "better", "label": "Responders", "kind": "integer", **ARMED},
                {"key": "pain", "label": "Pain", "kind": "mean_sd", **ARMED},
                {"key": "hr", "label": "Hazard ratio", "kind": "estimate", "scale": "log",
                 "level": "result"},
            ],
        }
    ]
}  # fmt: skip
# arms of each study: (label, responders, patients)
STUDIES = {
    "Ash 2001": [("Placebo", 8, 40), ("Drug A", 15, 41)],
    "Birch 2003": [("placebo", 9, 52), ("Drug B", 21, 50)],
    "Cedar 2005": [("Drug A", 18, 60), ("Drug B", 24, 58)],
    "Elm 2010": [("Sham", 5, 30), ("Drug A", 12, 33), ("Drug B", 13, 29)],
    "Fir 2012": [("Placebo", 20, 80), ("Drug A, high", 10, 41), ("drug a", 14, 40)],
    "Gum 2014": [("Placebo", 0, 25), ("Drug B", 4, 26)],
    "Hazel 2015": [("Placebo", 0, 20), ("Drug A", 0, 22)],
    "Ivy 2016": [("Surgery", 9, 30), ("Radiation", 12, 31)],
    "Jute 2017": [("Waiting list", 3, 20), ("Placebo", 4, 22)],
    "Kapok 2018": [("Placebo", 10, None), ("Drug B", 20, 44)],
}
NODES = {
    "placebo": "Placebo", "sham": "Placebo", "drug a": "Drug A", "drug a, high": "Drug A",
    "drug b": "Drug B", "surgery": "Surgery", "radiation": "Radiation", "waiting list": "",
}  # fmt: skip
SPEC = {
    "kind": "network", "measure": "OR", "form": 1, "fields": {"x": "better", "n": "n"},
    "outcome": "Pain", "nodes": NODES, "reference": "Placebo", "good": "large",
    "method": "REML", "test": "z", "level": 95,
}  # fmt: skip


def study(number, label, arms):
    end = 90
    units = [{"id": end, "kind": "outcome", "label": "Pain", "detail": ""}]
    cells = []
    for place, (name, events, size) in enumerate(arms, 1):
        units.append({"id": place, "kind": "arm", "label": name, "detail": ""})
        for key, value in (("better", events), ("n", size)):
            told = ({}, "not_reported") if value is None else ({"number": str(value)}, "value")
            at = {"arm": place, "outcome": end}
            cells.append(cell(100 * number + 10 * place + len(cells), key, *told, **at))
    record = {"id": number, "form": 1, "version": 1, "units": units, "cells": cells}
    return {"id": number, "label": label, "citation": "", "references": [number],
            "in_flow": True, "records": [record], "appraisals": []}  # fmt: skip


def content(form=1):
    studies = [study(n, label, arms) for n, (label, arms) in enumerate(STUDIES.items(), 1)]
    for one in studies:
        one["records"][0]["form"] = form
    return {
        "concord": 1, "review": {"id": 1, "title": ""}, "number": 1, "instruments": [],
        "forms": [{"id": form, "name": "Form", "version": 1, "schema": SCHEMA}],
        "studies": studies,
    }  # fmt: skip


def unsaved(**changes):
    spec = SPEC | changes
    inputs, results = kinds.of(spec).compute(content(), spec)
    snapshot = SimpleNamespace(pk=1, number=1, sha256="a" * 64)
    plan = SimpleNamespace(pk=1, title="Which drug?", review_id=1)
    return SimpleNamespace(pk=1, plan=plan, snapshot=snapshot, spec=spec, inputs=inputs,
                           results=json.loads(json.dumps(results, allow_nan=False)),
                           inputs_sha256="b" * 64)  # fmt: skip


def test_labels_are_counted_without_case():
    found = dict(reading.labels(content(), 1))
    assert found["Placebo"] == 7 and found["Drug A"] == 5 and found["Sham"] == 1


def test_every_study_enters_or_says_why():
    run = unsaved()
    assert [row["label"] for row in run.inputs["rows"]] == list(STUDIES)[:6]
    why = {one["label"]: one["reason"] for one in run.inputs["excluded"]}
    assert "no arm has an event" in why["Hazel 2015"].lower()
    assert "No chain of studies connects Surgery and Radiation" in why["Ivy 2016"]
    assert "Waiting list: left out by the plan" in why["Jute 2017"]
    assert "“Analysed” is not reported" in why["Kapok 2018"]
    assert run.results["k"] == 6 and run.results["adjusted"] == ["Gum 2014"]
    # Two arms of one treatment are one: 10 + 14 of 41 + 40.
    drug_a = next(one for one in run.results["treatments"] if one["name"] == "Drug A")
    assert (drug_a["studies"], drug_a["patients"]) == (4, 41 + 60 + 33 + 81)


def test_studies_are_left_out_by_hand_and_by_what_they_were_judged(monkeypatch):
    judged = {1: {"RoB 2": "High"}, 2: {"RoB 2": "Low"}}
    monkeypatch.setattr(datasets, "risk_of_bias", lambda data: judged)
    run = unsaved(bias=[["RoB 2", "High"]], without=[3])
    why = {one["label"]: one["reason"] for one in run.inputs["excluded"]}
    assert why["Ash 2001"] == "Left out by the plan: RoB 2 judges it “High”."
    assert why["Cedar 2005"] == "Left out by the plan." and run.results["k"] == 4


def test_a_reference_that_newer_data_lack_is_named_with_what_to_do():
    with pytest.raises(NotAnalysable) as refused:
        unsaved(reference="Sugar pill")
    assert "has the reference, Sugar pill. There are: Drug A" in str(refused.value)
    assert "Amend the plan: name another reference" in str(refused.value)


def test_the_ranking_turns_with_what_is_better():
    best, worst = printing.ranked(unsaved()), printing.ranked(unsaved(good="small"))
    assert [one["name"] for one in best] == [one["name"] for one in worst[::-1]]
    assert best[-1]["name"] == "Placebo"


def test_the_spreadsheet_has_each_pair_as_the_league_table_does():
    run = unsaved()
    names, rows = shown.league(run)
    pairs = [dict(zip([name for name, _ in networks.LEAGUE], row, strict=True))
             for row in networks.pairs(run)]  # fmt: skip
    assert len(pairs) == len(names) * (len(names) - 1) / 2
    for one in pairs:
        first, second = names.index(one["Treatment"]), names.index(one["Against"])
        below, above = rows[second][1][first], rows[first][1][second]
        assert first < second and (one["Studies"] == 0) == (above.estimate == shown.NOTHING)
        assert (one["Direct"] is None) == (one["Studies"] == 0)
        estimate, interval = one["As printed"].rstrip(")").split(" (")
        low, high = interval.split(" to ")
        assert float(estimate) == pytest.approx(1 / float(below.estimate), rel=0.02)
        assert low < estimate < high and one["p"] < 1
    assert any(one["Direct"] for one in pairs)


def test_the_league_reads_row_against_column():
    run = unsaved()
    names, rows = shown.league(run)
    b, placebo = names.index("Drug B"), names.index("Placebo")
    found = dict(rows)["Placebo"][b]
    one = next(t for t in run.results["treatments"] if t["name"] == "Drug B")
    printed, write = printing.of_run(run)
    assert placebo > b and found.estimate == write(printed(-one["est"]))
    assert dict(rows)["Drug B"][placebo].direct


def test_a_label_that_comes_later_is_a_treatment_of_its_own():
    nodes = {label: name for label, name in NODES.items() if label != "drug b"}
    names = [one["name"] for one in unsaved(nodes=nodes).results["treatments"]]
    assert names == ["Placebo", "Drug A", "Drug B"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"reference": "Acupuncture"}, "No study with numbers has the reference, Acupuncture"),
     ({"outcome": "Sleep"}, "no study can enter"),
     ({"reference": "Surgery"}, "two studies or more, and only Ivy 2016 can enter")],
)  # fmt: skip
def test_what_is_no_network_says_why(changes, why):
    with pytest.raises(NotAnalysable, match=why):
        unsaved(**changes)


def test_printed_hazard_ratios_make_a_network():
    data = content()
    for number, one in enumerate(data["studies"], 1):
        record = one["records"][0]
        arms = [unit for unit in record["units"] if unit["kind"] == "arm"]
        record["units"].append({"id": 50, "kind": "comparison", "label": "the two", "detail": "",
                                "arms": [arms[0]["id"], arms[1]["id"]]})  # fmt: skip
        value = {"estimate": "0.8", "low": "0.5", "high": "1.28", "level": "95",
                 "se": "0.24", "printed": "0.80 (0.50 to 1.28)"}  # fmt: skip
        record["cells"].append(cell(5000 + number, "hr", value, arm=50, outcome=90))
    spec = SPEC | {"measure": "HR", "fields": {"ratio": "hr"}, "method": "FE"}
    inputs, results = kinds.of(spec).compute(data, spec)
    assert results["treatments"][0]["patients"] is None
    assert inputs["rows"][0]["pairs"][0]["cells"]["yi"] == 5001
    assert results["heterogeneity"]["tau2"] is None


@pytest.mark.parametrize("name", ["network", "forest", "splits", "net-heat"])
def test_every_figure_draws(name, monkeypatch):
    run = unsaved()
    found = kinds.of(SPEC).figures[name].make(run)
    assert found.svg(standalone=True).startswith("<?xml") and found.svg(width=340)
    assert found.table().rows


def _off(text):
    return [float(line.split()[-1]) for line in text.splitlines() if "difference" in line]


@pytest.mark.parametrize("changes", [{}, {"method": "DL", "test": "knha", "good": "small"}])
def test_both_scripts_find_the_stored_numbers(changes, tmp_path):
    run = unsaved(**changes)
    scripts = kinds.of(SPEC).scripts
    path = tmp_path / "run.py"
    path.write_text(scripts["py"].make(run))
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=ROOT,
                          env={"PYTHONPATH": str(ROOT)}, check=True)  # fmt: skip
    assert len(_off(done.stdout)) == 2 * 2 + 3 + 2 and max(_off(done.stdout)) < 1e-9
    if shutil.which("Rscript") is None:
        pytest.skip("R is not on this machine")
    path = tmp_path / "run.R"
    path.write_text(scripts["R"].make(run))
    done = subprocess.run(["Rscript", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert max(_off(done.stdout)) < 1e-4


def test_data_and_league_leave_as_csv():
    run, scripts = unsaved(), kinds.of(SPEC).scripts
    lines = scripts["csv"].make(run).splitlines()
    assert lines[:2] == ["study,arm,treatment,xi,ni", "Ash 2001,Placebo,Placebo,8.0,40.0"]
    assert len(scripts["league.csv"].make(run).splitlines()) == 4


@pytest.mark.django_db
def test_a_network_is_planned_run_and_traced_on_its_pages(client):
    lead = make_user("lead")
    review = make_review(owner=lead)
    join(review, lead, "statistician")
    form = formbuilder.create(review=review, actor=lead, name="Form", schema=SCHEMA)
    formbuilder.publish(version=form.versions.get(), actor=lead)
    data = content(form.pk)
    frozen(review, data)
    client.force_login(lead)
    where = reverse("plan-create", args=[review.pk]) + f"?form={form.pk}&measure=network:OR"
    page = client.get(where).content.decode()
    assert "Arm as extracted" in page and 'name="nodes-Sham" value="Sham"' in page
    posted = {f"nodes-{label}": NODES[label.casefold()] for label, _ in
              reading.labels(data, form.pk)}  # fmt: skip
    posted |= {"title": "Which drug?", "role_x": "better", "role_n": "n", "outcome": "Pain",
               "good": "large", "method": "REML", "test": "z", "level": "95"}  # fmt: skip
    refused = client.post(where, posted | {"reference": "Aspirin"})
    assert refused.status_code == 422 and "none of the treatments" in refused.content.decode()
    assert client.post(where, posted | {"reference": "placebo"}).status_code == 302
    plan = Plan.objects.get()
    assert plan.spec == SPEC | {"form": form.pk, "nodes": NODES}
    fewer = {"title": "Fewer", "reference": "placebo", "without": ["6", "2"]}
    assert client.post(where, posted | fewer).status_code == 302
    fewer = Plan.objects.get(title="Fewer")
    assert fewer.spec == plan.spec | {"without": [6, 2]}
    page = client.get(reverse("plan", args=[review.pk, fewer.pk])).content.decode()
    assert "2 studies by hand" in page
    client.post(reverse("plan-run", args=[review.pk, plan.pk]))
    run = Run.objects.get()
    page = client.get(reverse("plan", args=[review.pk, plan.pk])).content.decode()
    assert "League table" in page and "Hazel 2015" in page and "Net heat" in page
    traced = client.get(reverse("run-study", args=[review.pk, run.pk, 4])).content.decode()
    assert "Events, Sham" in traced and "record-cell" not in traced
    for name in ("R", "py", "csv", "league.csv"):
        assert client.get(reverse("run-script", args=[review.pk, run.pk, name])).status_code == 200
    again, _ = runs.compute(data, run.spec)
    assert again == run.inputs
