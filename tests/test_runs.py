"""Step 9: a plan on a snapshot. Numbers agree with metafor's; what cannot run says why."""

import json
from math import log

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analysis import datasets, runs
from analysis.figures import files, forest
from analysis.pairwise import forest_plot
from analysis.pairwise.plan_form import PlanForm
from extraction import formbuilder
from extraction.models import Snapshot
from review import ledger
from review.models import IllegalMove

from .factories import join, make_review, make_user

pytestmark = pytest.mark.django_db

SERIES = {
    "sections": [
        {
            "title": "Results",
            "fields": [
                {"key": "n", "label": "Patients", "kind": "integer", "level": "study"},
                {"key": "relief", "label": "Relief", "kind": "mean_sd", "level": "study"},
                {"key": "better", "label": "Responders", "kind": "integer", "level": "study"},
            ],
        }
    ]
}
TRIAL = {
    "sections": [
        {
            "title": "Results",
            "fields": [
                {
                    "key": "n",
                    "label": "Analysed",
                    "kind": "integer",
                    "level": "outcome",
                    "by_arm": True,
                },
                {
                    "key": "dead",
                    "label": "Deaths",
                    "kind": "integer",
                    "level": "outcome",
                    "by_arm": True,
                },
            ],
        }
    ]
}
# Means of the model review's Table 2: (mean, SD, n) as printed.
RELIEF = [("85.6", "8.8", 9), ("69.2", "38.0", 7), ("77.5", "38.6", 7), ("63.3", "28.4", 9)]
# Tuberculosis and dead in the first four of the 13 BCG trials: (treated, control).
BCG = [
    ((4, 123), (11, 139)),
    ((6, 306), (29, 303)),
    ((3, 231), (11, 220)),
    ((62, 13598), (248, 12867)),
]


def cell(number, field, value, state="value", arm=None, outcome=None):
    return {
        "id": number,
        "field": field,
        "arm": arm,
        "outcome": outcome,
        "state": state,
        "value": value,
        "note": "",
        "origin": "same",
        "warnings": [],
    }


def study(number, label, cells, units=()):
    record = {"id": number, "form": 1, "version": 1, "units": list(units), "cells": cells}
    return {
        "id": number,
        "label": label,
        "citation": "",
        "references": [number],
        "in_flow": True,
        "records": [record],
        "appraisals": [],
    }


def series(number, mean, sd, n, state="value"):
    value = {"mean": mean, "sd": sd, "printed": f"{mean} ± {sd}"} if state == "value" else {}
    cells = [
        cell(10 * number, "n", {"number": str(n), "printed": str(n)}),
        cell(10 * number + 1, "relief", value, state),
    ]
    return study(number, f"Study {number}", cells)


def trial(number, groups):
    units = [
        {"id": 1, "kind": "arm", "label": "BCG", "detail": "treatment"},
        {"id": 2, "kind": "arm", "label": "No vaccine", "detail": "control"},
        {"id": 3, "kind": "outcome", "label": "Tuberculosis", "detail": "end"},
    ]
    cells = []
    for arm, (events, n) in enumerate(groups, 1):
        for key, count in (("dead", events), ("n", n)):
            number_of = 100 * number + 10 * arm + len(cells)
            cells.append(cell(number_of, key, {"number": str(count)}, arm=arm, outcome=3))
    return study(number, f"Trial {number}", cells, units)


def content(studies, schema=SERIES):
    form = {"id": 1, "name": "Form", "version": 1, "schema": schema}
    return {
        "concord": 1,
        "review": {"id": 1, "title": "A"},
        "number": 1,
        "forms": [form],
        "instruments": [],
        "studies": studies,
    }


def spec(measure="MN", fields=None, **more):
    return {
        "measure": measure,
        "form": 1,
        "fields": fields or {"m": "relief", "n": "n"},
        "arms": {},
        "outcome": "",
        "method": "REML",
        "test": "z",
        "level": 95,
    } | more


def risk(measure, **more):
    return spec(
        measure,
        {"x": "dead", "n": "n"},
        arms={"1": "treatment", "2": "no vaccine"},
        outcome="Tuberculosis, end",
        **more,
    )


@pytest.fixture
def four():
    return content([series(i, *row) for i, row in enumerate(RELIEF, 1)])


@pytest.fixture
def review():
    return make_review()


def frozen(review, data):
    return Snapshot.objects.create(
        review=review,
        number=review.snapshots.count() + 1,
        content=json.dumps(data),
        sha256="0" * 64,
        studies=len(data["studies"]),
        frozen_by=review.created_by,
    )


def test_the_common_effect_is_the_inverse_variance_mean(four):
    _, results = runs.compute(four, spec())
    weights = [n / float(sd) ** 2 for _, sd, n in RELIEF]
    mean = sum(w * float(m) for w, (m, _, _) in zip(weights, RELIEF, strict=True)) / sum(weights)
    assert results["common"]["beta"] == pytest.approx(mean, rel=1e-12)
    assert results["common"]["se"] == pytest.approx(sum(weights) ** -0.5, rel=1e-12)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_two_by_two_effects_by_hand(measure):
    data = content([trial(i, groups) for i, groups in enumerate(BCG, 1)], TRIAL)
    _, results = runs.compute(data, risk(measure))
    for found, ((a, n1), (c, n2)) in zip(results["studies"], BCG, strict=True):
        effect = {
            "RR": log(a / n1) - log(c / n2),
            "OR": log(a / (n1 - a)) - log(c / (n2 - c)),
            "RD": a / n1 - c / n2,
        }[measure]
        assert found["yi"] == pytest.approx(effect, rel=1e-12)


def test_every_number_keeps_the_cell_it_came_from(four):
    inputs, _ = runs.compute(four, spec())
    assert inputs["rows"][0]["cells"] == {"mi": 11, "sdi": 11, "ni": 10}
    assert inputs["rows"][0]["printed"] == {"m": "85.6 ± 8.8", "n": "9"}


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (series(9, "55.0", None, 3), "has a mean (55.0) but no SD"),
        (series(9, "100", "0.0", 11), "SD is 0"),
        (series(9, "", "", 10, "not_reported"), "is not reported"),
        (series(9, "30", "5", 1), "One patient alone"),
        (study(9, "Study 9", [cell(90, "n", {"number": "4"})]), "was not extracted"),
    ],
)
def test_a_row_that_cannot_enter_says_why_and_is_kept(four, odd, why):
    four["studies"].append(odd)
    inputs, results = runs.compute(four, spec())
    assert results["k"] == 4
    assert [one["label"] for one in inputs["excluded"]] == ["Study 9"]
    assert why in inputs["excluded"][0]["reason"]


def test_an_arm_that_is_not_there_or_not_one_is_said():
    data = content([trial(i, groups) for i, groups in enumerate(BCG, 1)], TRIAL)
    data["studies"][0]["records"][0]["units"][1]["detail"] = "treatment"
    data["studies"][1]["records"][0]["units"][0]["detail"] = ""
    inputs, _ = runs.compute(data, risk("OR"))
    reasons = [one["reason"] for one in inputs["excluded"]]
    assert "2 arms that answer to “treatment”" in reasons[0]
    assert "no arm “treatment”" in reasons[1]


def test_one_study_is_not_pooled_and_nothing_is_written(client, review):
    snapshot = frozen(review, content([series(1, *RELIEF[0]), series(2, "1", None, 5)]))
    plan = runs.create_plan(review=review, actor=review.created_by, title="P", spec=spec())
    with pytest.raises(runs.NotAnalysable, match=r"only Study 1 can enter.*no SD"):
        runs.run(plan=plan, snapshot=snapshot, actor=review.created_by)
    client.force_login(review.created_by)
    answer = client.post(reverse("plan-run", args=[review.pk, plan.pk]))
    assert answer.status_code == 422
    assert "Pooling needs two studies or more" in answer.content.decode()
    assert not plan.runs.exists()


def test_effects_all_the_same_have_no_knapp_hartung_interval():
    data = content([trial(number, ((0, 50), (0, 50))) for number in (1, 2)], TRIAL)
    with pytest.raises(runs.NotAnalysable, match="the normal interval"):
        runs.compute(data, risk("RD", test="knha"))
    _, results = runs.compute(data, risk("RD"))
    assert results["random"]["ci_lb"] < 0 < results["random"]["ci_ub"]


def test_a_run_keeps_what_it_was_made_of(review, four):
    plan = runs.create_plan(review=review, actor=review.created_by, title="P", spec=spec())
    run = runs.run(plan=plan, snapshot=frozen(review, four), actor=review.created_by)
    run.refresh_from_db()
    assert run.inputs_sha256 == runs.digest(run.spec, run.inputs)
    assert {"numpy", "scipy", "python", "concord"} <= run.versions.keys()
    assert runs.compute(datasets.content(run.snapshot), run.spec)[1] == run.results
    assert review.events.last().data["inputs"] == run.inputs_sha256
    assert ledger.verify(review) == []


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_run(review, four, change):
    plan = runs.create_plan(review=review, actor=review.created_by, title="P", spec=spec())
    runs.run(plan=plan, snapshot=frozen(review, four), actor=review.created_by)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        plan.runs.update(results={}) if change == "update" else plan.runs.all().delete()


def test_a_plan_is_named_once_and_put_away_once(review):
    who = {"actor": review.created_by}
    plan = runs.create_plan(review=review, title="P", spec=spec(), **who)
    with pytest.raises(IllegalMove, match="already"):
        runs.create_plan(review=review, title="P", spec=spec(), **who)
    runs.retire_plan(plan=plan, why="superseded", **who)
    with pytest.raises(IllegalMove):
        runs.retire_plan(plan=plan, why="again", **who)


def test_the_plot_and_its_table_hold_the_run(review, four):
    plan = runs.create_plan(review=review, actor=review.created_by, title="P", spec=spec())
    run = runs.run(plan=plan, snapshot=frozen(review, four), actor=review.created_by)
    plot = forest_plot.forest_of(run, links=False)
    assert [row.estimate for row in plot.rows()] == [float(mean) for mean, _, _ in RELIEF]
    table = forest.table(plot)
    assert "Study 1" in str(table.rows)
    assert "<svg" in forest.forest(plot)


class TestPages:
    @pytest.fixture
    def run(self, review, four):
        form = formbuilder.create(
            review=review, actor=review.created_by, name="Series", schema=SERIES
        )
        formbuilder.publish(version=form.versions.get(), actor=review.created_by)
        four["forms"][0]["id"] = form.pk
        for one in four["studies"]:
            one["records"][0]["form"] = form.pk
        plan = runs.create_plan(
            review=review, actor=review.created_by, title="P", spec=spec(form=form.pk)
        )
        return runs.run(plan=plan, snapshot=frozen(review, four), actor=review.created_by)

    @pytest.mark.parametrize("role", ["reviewer", "statistician", "observer", "arbiter"])
    def test_every_member_sees_results(self, client, review, run, role):
        client.force_login(join(review, make_user(), role))
        for name, pk in (("plan", run.plan_id), ("run", run.pk)):
            answer = client.get(reverse(name, args=[review.pk, pk]))
            assert answer.status_code == 200
            assert run.snapshot.sha256 in answer.content.decode()

    def test_lists_read_the_content_of_no_snapshot_but_the_newest(self, client, review, run):
        client.force_login(review.created_by)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("analysis", args=[review.pk])).content.decode()
        assert reverse("run", args=[review.pk, run.pk]) in page
        told = [one["sql"] for one in asked if '"extraction_snapshot"."content"' in one["sql"]]
        assert len(told) == 1 and "LIMIT 1" in told[0]

    def test_a_statistician_sees_no_name(self, client, review, run):
        review.created_by.first_name = "Ingeborg"
        review.created_by.last_name = "Canary"
        review.created_by.save()
        client.force_login(join(review, make_user(), "statistician"))
        page = client.get(reverse("plan", args=[review.pk, run.plan_id])).content.decode()
        assert "Canary" not in page

    @pytest.mark.parametrize("role", ["reviewer", "observer", "arbiter"])
    def test_who_may_not_run(self, client, review, run, role):
        client.force_login(join(review, make_user(), role))
        answer = client.post(reverse("plan-run", args=[review.pk, run.plan_id]))
        assert answer.status_code == 403

    def test_without_a_snapshot_it_says_what_to_do(self, client, review):
        plan = runs.create_plan(review=review, actor=review.created_by, title="Q", spec=spec())
        client.force_login(review.created_by)
        answer = client.post(reverse("plan-run", args=[review.pk, plan.pk]))
        assert answer.status_code == 409
        assert "freeze a snapshot" in answer.content.decode()

    def test_a_row_of_another_study_is_not_found(self, client, review, run):
        client.force_login(review.created_by)
        assert client.get(reverse("run-study", args=[review.pk, run.pk, 99])).status_code == 404

    def test_the_plot_is_a_file(self, client, review, run):
        client.force_login(review.created_by)
        begins = {"svg": b"<?xml", "pdf": b"%PDF-", "png": b"\x89PNG"}
        for kind, first in begins.items():
            answer = client.get(reverse("run-figure", args=[review.pk, run.pk, "forest", kind]))
            assert answer["Content-Type"] == files.KINDS[kind]
            assert answer.content.startswith(first)


class TestPlanForm:
    @pytest.fixture
    def ask(self, review):
        source = formbuilder.create(
            review=review, actor=review.created_by, name="Trial", schema=TRIAL
        )
        formbuilder.publish(version=source.versions.get(), actor=review.created_by)

        def asked(measure, **given):
            usual = {"title": "P", "role_x": "dead", "role_n": "n", "outcome": "Tuberculosis"}
            choices = {"method": "REML", "test": "z", "level": "95"}
            return PlanForm(source, measure, None, usual | choices | given)

        return asked

    def test_one_group_is_read_from_the_arm_that_is_named(self, ask):
        form = ask("PLO", arm_="treatment", outcome="Tuberculosis, end")
        assert form.is_valid()
        data = content([trial(n, counts) for n, counts in enumerate(BCG, 1)], TRIAL)
        inputs, _ = runs.compute(data, form.spec() | {"form": 1})
        assert [row["values"]["xi"] for row in inputs["rows"]] == [4, 6, 3, 62]

    @pytest.mark.parametrize(
        ("measure", "given", "why"),
        [
            ("PLO", {}, "Name the arm"),
            ("RR", {"arm_1": "BCG", "arm_2": "bcg"}, "the first arm again"),
            ("RR", {"arm_1": "BCG", "arm_2": "control", "role_x": "n"}, "two different fields"),
        ],
    )
    def test_a_plan_that_cannot_mean_anything_is_not_written(self, ask, measure, given, why):
        assert why in str(ask(measure, **given).errors)
