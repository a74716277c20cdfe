"""A run anybody can do again: by command, in Python and in R, with the numbers it stored."""

import csv
import io
import re
import shutil
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.urls import reverse

from analysis import runs
from analysis.models import Run
from analysis.pairwise.scripts import SCRIPTS
from analysis.scripts import as_csv

from .conftest import ROOT
from .factories import make_review, make_user
from .model_runs import SLOW, SPECS, example
from .test_runs import BCG, RELIEF, TRIAL, content, frozen, risk, series, spec, trial

pytestmark = pytest.mark.django_db
PACKAGES = ["Rscript", "-e", "library(metafor)"]
HOSTILE = 'Trial 1"); system("true"); c("'


def made(data, asked):
    review = make_review()
    plan = runs.create_plan(review=review, actor=review.created_by, title="A\nplan", spec=asked)
    return runs.run(plan=plan, snapshot=frozen(review, data), actor=review.created_by)


def ratio():
    data = content([trial(i, groups) for i, groups in enumerate(BCG, 1)], TRIAL)
    data["studies"][0]["label"] = HOSTILE
    return made(data, risk("RR", test="knha"))


def mean():
    return made(content([series(i, *row) for i, row in enumerate(RELIEF, 1)]), spec(method="DL"))


def proportion():
    return made(
        content([trial(i, groups) for i, groups in enumerate(BCG, 1)], TRIAL),
        risk("PLO") | {"arms": {"": "treatment"}},
    )


RUNS = {"ratio": ratio, "mean": mean, "proportion": proportion}
# Adaptive quadrature, optimisers and package versions differ; the rest is arithmetic.
LOOSE = {"um.fs": 2e-3, "um.rs": 2e-2, "cm.al": 2e-3, "cm.el-irr": 2e-3,
         "glmm": 2e-3, "rates": 2e-3, "levels": 1e-3, "robust": 1e-3, "outcomes": 1e-3}  # fmt: skip


def every():
    return {name: make() for name, make in RUNS.items()} | {name: example(name) for name in SPECS}


@pytest.mark.once
def test_r_finds_the_numbers_that_the_runs_stored(tmp_path):
    if not shutil.which("Rscript") or subprocess.run(PACKAGES, capture_output=True).returncode:
        pytest.skip("R with metafor is not on this machine")
    runs_of = every()
    del runs_of["cm.el"]  # seconds in R, and its Wald statistic there is off by a hundredth
    for name, run in runs_of.items():
        (tmp_path / f"{name}.R").write_text(SCRIPTS["R"].make(run))
    driver = "; ".join(f'cat("run: {n}\\n"); source("{n}.R", local = new.env())' for n in runs_of)
    told = subprocess.run(["Rscript", "-e", driver], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    found = re.findall(
        r"run: (\S+)(?:.*?)compared: (\d+) of (\d+) \nlargest relative difference: (\S+)",
        told.stdout,
        re.DOTALL,
    )
    assert [name for name, *_ in found] == list(runs_of)
    for name, compared, of, off in found:
        assert float(off) < LOOSE.get(name, 1e-4), name
        assert compared == of or name == "robust", name


@pytest.mark.once
def test_python_finds_the_numbers_that_the_runs_stored(capsys):
    quick = {name: run for name, run in every().items() if name not in SLOW}
    for name, run in quick.items():
        exec(SCRIPTS["py"].make(run), {})
        differences = re.findall(r"relative difference (\S+)", capsys.readouterr().out)
        assert len(differences) >= 9, name
        assert all(float(number) < 1e-9 for number in differences), name


@pytest.mark.once
def test_the_python_script_runs_from_the_folder_of_concord():
    command = [sys.executable, "-c", SCRIPTS["py"].make(ratio())]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "relative difference 0" in told.stdout


def test_the_data_are_the_numbers_of_the_rows():
    run = ratio()
    rows = list(csv.DictReader(io.StringIO(SCRIPTS["csv"].make(run))))
    assert [float(row["x1i"]) for row in rows] == [4, 6, 3, 62]
    assert rows[0]["study"] == HOSTILE


def test_a_replay_agrees_with_what_was_stored(capsys):
    run = mean()
    call_command("replay", run.pk)
    told = capsys.readouterr().out
    assert run.snapshot.sha256 in told
    assert re.search(r"[1-9]\d+ values agree, 0 differ", told)


def test_a_number_that_was_changed_is_named(capsys, monkeypatch):
    run = mean()
    found = run.results | {"random": run.results["random"] | {"beta": 1.0}}
    changed = Run(pk=run.pk, plan=run.plan, snapshot=run.snapshot, spec=run.spec,
                  inputs=run.inputs, versions=run.versions, results=found)  # fmt: skip
    monkeypatch.setattr("django.db.models.query.QuerySet.first", lambda self: changed)
    with pytest.raises(SystemExit):
        call_command("replay", run.pk)
    assert "results.random.beta: stored 1.0, now" in capsys.readouterr().out


def test_scripts_are_for_members_and_of_known_kinds(client):
    run = mean()
    url = reverse("run-script", args=[run.plan.review_id, run.pk, "R"])
    client.force_login(make_user())
    assert client.get(url).status_code == 404
    client.force_login(run.run_by)
    assert "library(metafor)" in client.get(url).content.decode()
    assert client.get(url.removesuffix("R") + "exe").status_code == 404


def test_no_cell_of_a_csv_is_a_formula():
    told = as_csv(["study", "=arm"], [["+A", "=1+1"], ["B", -0.5], ["C", None]])
    assert told == "study,'=arm\n'+A,'=1+1\nB,-0.5\nC,\n"
