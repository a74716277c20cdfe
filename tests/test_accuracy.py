"""Diagnostic accuracy on the bench: from cells to counts, from counts to a page, and back."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse

from analysis import kinds, replay, runs
from analysis.accuracy import figures, reading, shown
from analysis.drawn import Drawn
from analysis.errors import NotAnalysable
from analysis.figures import paired
from analysis.figures.svg import NotDrawable
from extraction import formbuilder

from .drawings import words_of
from .factories import join, make_review, make_user
from .test_runs import cell, content, frozen, study

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
DESIGNS = [{"code": code, "label": code.capitalize()} for code in ("cohort", "case-control")]
TABLE = {
    "sections": [
        {
            "title": "Results",
            "fields": [
                {"key": "design", "label": "Design", "kind": "choice", "level": "study",
                 "options": DESIGNS},
                *({"key": key, "label": key.upper(), "kind": "integer", "level": "outcome"}
                  for key in ("tp", "fn", "fp", "tn")),
                {"key": "sens", "label": "Found of the ill", "kind": "events", "level": "study"},
                {"key": "spec", "label": "Cleared of the well", "kind": "events",
                 "level": "study"},
            ],
        }
    ]
}  # fmt: skip
COUNTS = json.loads((ROOT / "tests/reference/accuracy.json").read_text())["made_up"]["data"]
STUDIES = list(zip(*(COUNTS[name] for name in ("tp", "fn", "fp", "tn")), strict=True))


def spec(measure="counts", **more):
    fields = {"tp": "sens", "tn": "spec"} if measure == "fractions" else {
        key: key for key in ("tp", "fn", "fp", "tn")
    }  # fmt: skip
    return {
        "kind": "accuracy", "measure": measure, "form": 1, "fields": fields, "arms": {},
        "outcome": "", "model": "binomial", "group": "", "level": 95,
    } | more  # fmt: skip


def count(number):
    return {"number": str(number), "printed": str(number)}


def of(number, told, design="cohort", thresholds=("≥ 7",)):
    """A study with a table at each threshold; None is a count that was not reported."""
    units = [
        {"id": i, "kind": "outcome", "label": label, "detail": ""}
        for i, label in enumerate(thresholds, 1)
    ]
    cells = [cell(100 * number, "design", {"code": design})]
    for unit in units:
        for key, n in zip(("tp", "fn", "fp", "tn"), told, strict=True):
            value, state = ({}, "not_reported") if n is None else (count(n), "value")
            made = cell(100 * number + len(cells), key, value, state, outcome=unit["id"])
            cells.append(made)
    return study(number, f"Study {number}", cells, units)


def data(**odd):
    designs = ["cohort" if group == "a" else "case-control" for group in COUNTS["group"]]
    rows = [of(i, told, designs[i - 1]) for i, told in enumerate(STUDIES, 1)]
    return content([*rows, *odd.values()], TABLE)


def test_counts_are_read_and_keep_their_cells():
    rows, excluded = reading.read(data(), spec())
    assert excluded == []
    assert rows[0]["values"] == {"tp": 45, "fn": 5, "tn": 60, "fp": 4}
    assert rows[0]["cells"] == {"tp": 101, "fn": 102, "fp": 103, "tn": 104}


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (of(9, (None, 1, None, 2)), "“TP” is not reported. “FP” is not reported."),
        (of(9, (0, 0, 0, 0)), "It has no patients with the condition."),
        (of(9, (1, 2, 3, 4), thresholds=("≥ 7", "≥ 9")), "It has 2 outcomes (≥ 7, ≥ 9)"),
        (of(9, (1, 2, 3, 4), thresholds=()), "It has no outcome, and the fields"),
    ],
    ids=["nothing", "nobody", "two-thresholds", "no-threshold"],
)
def test_a_study_that_cannot_enter_says_why(odd, why):
    _, excluded = reading.read(data(odd=odd), spec())
    assert excluded[0].label == "Study 9"
    assert why in excluded[0].reason


def test_a_group_with_too_few_studies_is_named():
    with pytest.raises(NotAnalysable, match="healthy, and “Case-control” has fewer"):
        studies = [of(i, (9, 1, 1, 9)) for i in (1, 2, 3)]
        lonely = of(4, (8, 1, 2, 9), "case-control")
        runs.compute(content([*studies, lonely], TABLE), spec(group="design"))


def test_a_named_threshold_is_found_and_one_sort_of_patients_is_enough():
    odd = of(9, (None, None, 3, 4), thresholds=("≥ 7", "≥ 9"))
    rows, excluded = reading.read(data(odd=odd), spec(outcome="≥ 7"))
    assert excluded == []
    assert rows[-1]["values"] == {"tn": 4, "fp": 3}
    assert "“TP” is not reported." in rows[-1]["left"]
    _, results = runs.compute(data(odd=odd), spec(outcome="≥ 7"))
    assert results["studies"][-1][0] == [None, None, None]


def test_fractions_are_counts_too():
    def one(number, told):
        pairs = (("sens", told[0], told[0] + told[1]), ("spec", told[3], told[2] + told[3]))
        return study(number, f"Study {number}", [
            cell(10 * number + i, key, {"events": str(x), "total": n and str(n), "printed": f"{x}"})
            for i, (key, x, n) in enumerate(pairs)
        ])  # fmt: skip

    found = content([one(i, told) for i, told in enumerate(STUDIES, 1)], TABLE)
    assert runs.compute(found, spec("fractions"))[1] == runs.compute(data(), spec())[1]
    value = found["studies"][0]["records"][0]["cells"][0]["value"]
    value["total"] = "3"
    rows, _ = reading.read(found, spec("fractions"))
    assert "False negatives would be -42" in rows[0]["left"]


@pytest.mark.parametrize("model", ["binomial", "REML", "ML"])
def test_groups_have_points_of_their_own_and_no_curve(model):
    inputs, results = runs.compute(data(), spec(group="design", model=model))
    assert [group["name"] for group in results["groups"]] == ["Cohort", "Case-control"]
    assert [group["k"] for group in results["groups"]] == [4, 4]
    assert results["differ"]["both"][1] == 2
    assert "no common curve" in results["curve"]["why_not"]
    json.dumps([inputs, results], allow_nan=False)


def test_too_few_studies_say_so():
    with pytest.raises(runs.NotAnalysable, match="three studies with diseased"):
        runs.compute(content([of(1, STUDIES[0]), of(2, (None,) * 4)], TABLE), spec())


def test_a_variance_at_its_edge_is_none():
    told = {"var_alpha": (2.9e-14, None), "var_theta": (0.775, 0.31)}
    run = SimpleNamespace(results={"hsroc": told, "curve": {"why_not": "no"}})
    assert shown.model(run)[:2] == [
        ("Variance of accuracy", "0"), ("Variance of threshold", "0.775 (SE 0.310)"),
    ]  # fmt: skip


def test_a_share_beyond_one_is_not_drawn():
    row = paired.Row("A", (), ((1.2, 0.9, 1.3), None))
    with pytest.raises(NotDrawable, match="no share of 1"):
        paired.paired(paired.Paired("T", (), ("One", "Two"), (paired.Group((row,)),)))


def test_a_long_paired_plot_is_a_file_of_several_pages():
    rows = tuple(paired.Row(f"Study {i}.", ("9",), ((0.5, 0.4, 0.6),) * 2) for i in range(100))
    whole = paired.Row("Summary", (), ((0.5, 0.4, 0.6),) * 2, pooled=True)
    group = paired.Group((*rows, whole), "By culture")
    found = paired.Paired("T", ("TP",), ("One", "Two"), (group,), ("A note.",))
    sheets = Drawn(paired, found).sheets(standalone=True)
    shown = [words_of(sheet) for sheet in sheets]
    assert len(sheets) == Drawn(paired, found).pages() == 3
    assert all(sum(f"Study {i}." in page for page in shown) == 1 for i in range(100))
    assert ["By culture (continued)" in page for page in shown] == [False, True, True]
    for last in ("Summary", "A note."):
        assert [last in page for page in shown] == [False, False, True]
    assert "(continued)" not in words_of(paired.paired(found))


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def review(self):
        review = make_review()
        form = formbuilder.create(
            review=review, actor=review.created_by, name="Tests", schema=TABLE
        )
        formbuilder.publish(version=form.versions.get(), actor=review.created_by)
        return review

    def ran(self, review, odd=(), **more):
        made, form = data(**dict(odd)), review.extraction_forms.get().pk
        made["forms"][0]["id"] = form
        for one in made["studies"]:
            one["records"][0]["form"] = form
        plan = runs.create_plan(
            review=review, actor=review.created_by, title=f"Accuracy {review.plans.count()}",
            spec=spec(form=form, **more),
        )  # fmt: skip
        snapshot = review.snapshots.first() or frozen(review, made)
        return runs.run(plan=plan, snapshot=snapshot, actor=review.created_by)

    def test_a_plan_is_written_run_and_shown(self, client, review):
        client.force_login(review.created_by)
        self.ran(review)
        form = review.extraction_forms.get()
        url = reverse("plan-create", args=[review.pk])
        url = f"{url}?form={form.pk}&measure=accuracy:counts"
        assert '<option value="fp" selected>' in client.get(url).content.decode()
        values = {f"role_{key}": key for key in ("tp", "fn", "fp", "tn")}
        values |= {"title": "Whole", "outcome": "", "arm_": "", "model": "binomial", "group": "",
                   "level": "95"}  # fmt: skip
        again = client.post(url, values | {"role_fn": "tp"})
        assert again.status_code == 422
        assert client.post(url, values).status_code == 302
        plan = review.plans.get(title="Whole")
        assert plan.spec == spec(form=form.pk)
        client.post(reverse("plan-run", args=[review.pk, plan.pk]))
        run = plan.runs.get()
        page = client.get(reverse("plan", args=[review.pk, plan.pk])).content.decode()
        assert "0.84" in page
        assert "Area under the curve" in page
        assert reverse("run-study", args=[review.pk, run.pk, 1]) in page
        assert all(number.agrees for number in replay.replay(run))
        amend = client.get(reverse("plan-amend", args=[review.pk, plan.pk])).content.decode()
        assert '<option value="fp" selected>' in amend

    def test_groups_gaps_and_files(self, client, review):
        run = self.ran(review, {"odd": of(9, (None, None, 3, 4))}, group="design", model="REML")
        client.force_login(join(review, make_user(), "observer"))
        page = client.get(reverse("run", args=[review.pk, run.pk])).content.decode()
        assert "Do the groups differ?" in page
        assert "one sort of patients only" in page
        assert client.get(reverse("report", args=[review.pk])).status_code == 200
        for name in figures.FIGURES:
            url = reverse("run-figure", args=[review.pk, run.pk, name, "svg"])
            assert client.get(url).content.startswith(b"<?xml")
        study = client.get(reverse("run-study", args=[review.pk, run.pk, 9])).content.decode()
        assert "Cleared" not in study
        assert "True negatives" in study
        csv = client.get(reverse("run-script", args=[review.pk, run.pk, "csv"])).content.decode()
        assert csv.splitlines()[-1] == "Study 9,Cohort,,,3,4"

    @pytest.mark.parametrize("more", [{}, {"group": "design", "model": "REML"}],
                             ids=["counts", "logits-in-groups"])  # fmt: skip
    def test_the_scripts_find_the_same_numbers(self, review, tmp_path, more):
        run = self.ran(review, **more)
        scripts = kinds.of(run.spec).scripts
        told = subprocess.run(
            [sys.executable, "-c", scripts["py"].make(run)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        lines = [line for line in told.splitlines() if "relative difference" in line]
        assert len(lines) > 5
        assert all(float(line.rpartition(" ")[2]) < 1e-6 for line in lines)
        if shutil.which("Rscript") is None:
            pytest.skip("R is not installed")
        (tmp_path / "run.R").write_text(scripts["R"].make(run))
        said = subprocess.run(
            ["Rscript", "run.R"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        if "there is no package" in said.stderr:
            pytest.skip("lme4 or metafor is not installed")
        assert float(said.stdout.rpartition(":")[2]) < 2e-3, said.stdout + said.stderr
