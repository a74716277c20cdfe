"""Everything a model of patients may be asked at once: responders, slopes, both stages with
published studies, imputation with a random effect; its figures, scripts and sheets."""

import contextlib
import csv
import io
import re
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analysis.exports import models
from analysis.models import PatientRun
from analysis.patients import figures, modelling, scripts, shown
from analysis.stats.responders import fit_responders
from review.access import Seat

from . import world as worlds
from .factories import make_review
from .test_patient_models import SPEC, told
from .test_runs import frozen

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent
ASKED = SPEC | {
    "covariates": ["age"], "df": "kenward-roger", "imputations": 5, "two_level": True,
    "response": "relief", "responding": {"least": "60"}, "stages": "age", "slopes": ["age"],
}  # fmt: skip


@pytest.fixture(scope="module")
def review(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), worlds.rolled_back():
        review = make_review()
        frozen(review, told())
        yield review


@pytest.fixture(scope="module")
def run(review):
    return ran(review, ASKED)


def ran(review, spec, title="All of it"):
    plan = modelling.plan(review=review, actor=review.created_by, title=title, spec=spec)
    return modelling.run(plan=plan, snapshot=review.snapshots.get(), actor=review.created_by)


def test_every_part_is_there_and_comes_from_the_engine(run):
    table, _ = modelling.read(run)
    answered = [float(value >= 60) for value in table["relief"]]
    columns = {"group": table["group"], "age": table["age"], "study": table["study"]}
    fit = fit_responders("answered ~ group + age", columns | {"answered": answered})
    found = run.results["responders"]
    assert found["responders"] == fit.events and found["n"] == fit.n == 64
    assert found["pairs"][0]["est"] == pytest.approx(-fit.beta[1])
    assert all(one["average_lb"] < one["average"] < one["average_ub"] for one in found["chances"])
    both = run.results["stages"]
    assert both["two"]["k"] + len(both["left_out"]) == 8 and both["together"] is None
    assert both["difference"] == pytest.approx(both["two"]["est"] - both["one"]["est"])
    assert run.results["imputed"]["filled"]["age"] == 8
    assert [one["key"] for one in run.results["complete"]["slopes"]] == ["", "age"]
    captions = [one.caption for one in shown.tables(run)]
    assert "Odds ratios of response" in captions
    assert "In one stage and in two: slope of Age" in captions


def test_studies_without_patients_join_the_second_stage(review, monkeypatch):
    rows = [{"study": 40, "label": "Study 40", "yi": 52.0, "vi": 4.0},
            {"study": 1, "label": "Study 1", "yi": 50.0, "vi": 4.0}]  # fmt: skip
    monkeypatch.setattr(modelling, "published", lambda data, spec: rows)
    run = ran(review, SPEC | {"stages": "mean"}, "Mean")
    both = run.results["stages"]["together"]
    assert both["k"] == 9 and [one["label"] for one in both["studies"]] == ["Study 40"]
    told = next(one for one in shown.tables(run) if one.caption.startswith("In one stage"))
    assert [row[0] for row in told.rows][2:] == [
        "With published studies", "Published less patients",
    ]  # fmt: skip
    drawn = figures.FIGURES["stages"].make(run).svg(width=720)
    assert "Published by" in drawn and "SIMULATED" in drawn
    monkeypatch.setattr(modelling, "published", lambda data, spec: rows[1:])
    alone = ran(review, SPEC | {"stages": "mean"}, title="Alone")
    assert ("Published studies", "Not possible: every study of that analysis enters by its"
            " patients.") in shown.facts(alone)  # fmt: skip


def test_a_part_that_cannot_be_says_why_and_the_rest_stands(review):
    run = ran(review, SPEC | {"response": "relief", "responding": {"least": "900"}}, "Nobody")
    told = dict(shown.facts(run))
    assert told["Responders"].startswith("Not possible: nobody here is a responder by the plan")
    assert len(run.results["complete"]["means"]) == 3


@pytest.mark.parametrize("name", sorted(figures.FIGURES))
def test_every_figure_has_a_drawing_and_numbers(run, name):
    found = figures.FIGURES[name].make(run)
    for width in (340, 820):
        assert "SIMULATED" in found.svg(width=width)
    assert found.table().rows


def test_the_map_counts_who_misses_what(run):
    table = figures.FIGURES["missing"].make(run).table()
    assert table.header == ("Study", "Patients", "Relief", "Group", "Age")
    assert table.rows[0] == ("Study 1", "9", "0", "0", "1 (11%)")
    assert table.rows[-1] == ("All", "72", "0", "0", "8 (11%)")


def test_patients_leave_without_identifiers(run):
    known = scripts.of(run)
    rows = list(csv.reader(io.StringIO(known["csv"].make(run))))
    assert rows[0] == ["relief", "group", "age", "study"] and len(rows) == 73
    assert not any("1-1" in row for row in rows)
    long = list(csv.DictReader(io.StringIO(known["imputed.csv"].make(run))))
    assert len(long) == 6 * 72 and [row["age"] for row in long[:4]].count("") == 1
    assert all(row["age"] for row in long[72:])


def test_the_python_script_gives_the_same_numbers(run, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(scripts.of(run)["py"].make(run))
    done = subprocess.run(
        [ROOT / ".venv/bin/python" if (ROOT / ".venv").exists() else "python", script],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    off = [float(line.split()[-1]) for line in done.stdout.splitlines()]
    assert len(off) == 27 and max(off) < 1e-6


def off_in_r(run, folder):
    """The largest relative difference of each part by the run's R script."""
    if not shutil.which("Rscript"):
        pytest.skip("no Rscript here")
    known = scripts.of(run)
    (folder / "script.R").write_text(known["R"].make(run))
    (folder / f"patients-run-{run.pk}.imputed.csv").write_text(known["imputed.csv"].make(run))
    done = subprocess.run(
        ["Rscript", "--vanilla", "script.R"], cwd=folder, capture_output=True, text=True
    )  # fmt: skip
    if "there is no package called" in done.stderr:
        pytest.skip("R has no lme4, lmerTest or emmeans here")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "largest relative difference" in line]
    return {line.split(" - ")[0]: float(line.split()[-1]) for line in lines}


@pytest.mark.once
def test_the_r_script_gives_the_same_numbers(run, tmp_path):
    off = off_in_r(run, tmp_path)
    assert off.keys() >= {"pooled means", "two stages", "chance of response", "means, df"}
    assert {name: one for name, one in off.items() if one > 5e-3} == {}


@pytest.mark.once
def test_r_reads_words_as_they_are_written(tmp_path):
    data, words = deepcopy(told()), {"F": "=x", "M": "T"}
    fields = data["forms"][0]["schema"]["sections"][0]["fields"]
    for option, label in zip(fields[0]["options"], ["F", "01", 'two\n"lines" \\'], strict=True):
        option["label"] = label
    for study in data["studies"]:
        for row in study["participants"][0]["rows"]:
            row["values"]["sex"]["text"] = words[row["values"]["sex"]["text"]]
    named = [
        "Smith",
        "Smith",
        "Smith (2)",
        "\u202eright to left",
        "NA",
        "two\u2028lines",
        "7",
        "07",
    ]
    for study, label in zip(data["studies"], named, strict=True):
        study["label"] = label
    review = make_review()
    frozen(review, data)
    asked = SPEC | {"covariates": ["sex", "age"], "imputations": 5}
    run = ran(review, asked, "=A “title”\n\u202e")
    off = off_in_r(run, tmp_path)
    assert off.keys() >= {"means, df", "pooled means", "pooled SE"}
    assert {name: one for name, one in off.items() if one > 5e-3} == {}


def test_a_number_that_could_not_be_told_breaks_no_script(run):
    found = run.results["stages"]
    told = run.results | {"stages": found | {"two": found["two"] | {"se": None}}}
    pairs = [one | {"df": None} for one in run.results["complete"]["pairs"]]
    told["complete"] = run.results["complete"] | {"pairs": pairs}
    changed = PatientRun(pk=run.pk, plan=run.plan, snapshot=run.snapshot, spec=run.spec,
                         inputs=run.inputs, results=told)  # fmt: skip
    assert "None" not in scripts.of(changed)["R"].make(changed)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(scripts.of(changed)["py"].make(changed), {})
    assert "could not be told, now" in printed.getvalue()


def test_a_replay_agrees_with_what_was_stored(run, capsys, monkeypatch):
    call_command("replay", run.pk, patients=True)
    told = capsys.readouterr().out
    assert run.snapshot.sha256 in told
    assert re.search(r"[1-9]\d+ values agree, 0 differ", told)
    real = modelling.compute
    monkeypatch.setattr(modelling, "compute", lambda *given: (*real(*given)[:2], {"unit": "mm"}))
    with pytest.raises(SystemExit):
        call_command("replay", run.pk, patients=True)
    assert "results.unit: stored '%', now 'mm'" in capsys.readouterr().out


def test_models_are_in_the_spreadsheet(run):
    seat = Seat(run.run_by, run.plan.review, frozenset())
    overview, estimates = models.sheets(seat)
    assert overview.rows[0][:2] == ["All of it", run.pk]
    kinds = {row[2] for row in estimates.rows}
    assert kinds == {"Mean", "Difference", "Coefficient", "Imputed mean", "Imputed difference",
                     "Log odds ratio", "One stage", "Two stages"}  # fmt: skip
    assert all(len(row) == len(sheet.columns) for sheet in (overview, estimates)
               for row in sheet.rows)  # fmt: skip


class TestPages:
    POSTED = {"title": "All", "outcome": "relief", "factor": "group", "covariates": ["age"],
              "slopes": ["age"], "df": "kenward-roger", "imputations": "0", "seed": "7",
              "level": "95", "response": "relief", "responding": "60",
              "stages": "group=G2"}  # fmt: skip

    def test_it_is_planned_run_and_doubted(self, client, review):
        client.force_login(review.created_by)
        answer = client.post(reverse("patient-plan-new", args=[review.pk]), self.POSTED)
        plan = review.patient_plans.get(title="All")
        assert plan.spec["responding"] == {"least": "60"} and plan.spec["stages"] == "group=G2"
        assert plan.spec["against"] == "G1"
        client.post(reverse("patient-plan-run", args=[review.pk, plan.pk]))
        page = client.get(answer.url).content.decode()
        assert "Chance of response" in page and "G2 − G1" in page and "R script" in page
        run = plan.runs.get()
        checks = reverse("patient-run-checks", args=[review.pk, run.pk])
        assert "Brown and Forsythe" in client.get(checks).content.decode()
        none = client.get(checks, {"figure": "chains"}).content.decode()
        assert "This run has no such figure: no number was imputed." in none
        assert client.get(checks, {"figure": "nothing"}).status_code == 404
        gone = reverse("patient-run-script", args=[review.pk, run.pk, "imputed.csv"])
        assert client.get(gone).status_code == 404

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"covariates": []}, "Only what is also in the model can have a slope."),
            ({"responding": "many"}, "Give the least number that a responder has."),
            ({"response": "sex", "responding": "X"}, "Give one of its answers: F, M."),
            ({"stages": "sex=M"}, "These are not the groups that the model compares."),
        ],
    )
    def test_what_cannot_be_asked_is_answered(self, client, review, given, sentence):
        client.force_login(review.created_by)
        answer = client.post(reverse("patient-plan-new", args=[review.pk]), self.POSTED | given)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()


def test_the_list_of_models_reads_the_content_of_no_snapshot_but_the_newest(client, run):
    review = run.plan.review
    client.force_login(review.created_by)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("patient-plans", args=[review.pk])).status_code == 200
    told = [one["sql"] for one in asked if '"extraction_snapshot"."content"' in one["sql"]]
    assert len(told) == 1 and "LIMIT 1" in told[0]

    def test_a_table_whose_name_is_taken_keeps_what_was_typed(self, client, review):
        client.force_login(review.created_by)
        url = reverse("tabulation-new", args=[review.pk])
        asked = {"title": "By group", "first": "group", "alpha": "0.05", "show-age": "mean"}
        assert client.post(url, asked).status_code == 302
        again = client.post(url, asked)
        assert again.status_code == 422
        assert "There is a table called “By group” already." in again.content.decode()
        assert review.tabulations.count() == 1
