"""Mixed models of individual patients: the numbers are the engine's, and each is kept for good."""

import json
import random
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from analysis import integrity, staleness
from analysis.figures import forest
from analysis.models import PatientRun
from analysis.patients import model, modelling, reading, shown
from analysis.patients.plan_form import ModelForm
from analysis.patients.scripts import r
from analysis.stats import confounders, imputation, marginal_means, mixed
from review.models import IllegalMove

from .factories import join, make_review, make_user
from .test_runs import content, frozen

pytestmark = pytest.mark.django_db
GROUPS = [{"code": code, "label": code.upper()} for code in ("g1", "g2", "g3")]
FIELDS = [
    {"key": "group", "label": "Group", "kind": "choice", "level": "participant", "options": GROUPS},
    {"key": "age", "label": "Age", "kind": "decimal", "level": "participant", "unit": "years"},
    {"key": "sex", "label": "Sex", "kind": "text", "level": "participant"},
    {"key": "relief", "label": "Relief", "kind": "decimal", "level": "participant", "unit": "%"},
]
SCHEMA = {"sections": [{"title": "Patients", "fields": FIELDS}]}
SPEC = {
    "form": 1, "outcome": "relief", "factor": "group", "covariates": [], "candidates": [],
    "df": "satterthwaite", "imputations": 0, "seed": 7, "level": 95,
}  # fmt: skip


def patients():
    rng = random.Random(3)
    effect = {"g1": 60, "g2": 52, "g3": 66}
    for study in range(1, 9):
        own, rows = rng.gauss(0, 8), []
        for number in range(1, 10):
            group, age = rng.choice(list(effect)), rng.uniform(30, 80)
            relief = effect[group] + own + 0.2 * (age - 55) + rng.gauss(0, 12)
            values = {
                "group": {"code": group}, "age": {"number": f"{age:.1f}"},
                "sex": {"text": rng.choice(["F", "M"])}, "relief": {"number": f"{relief:.1f}"},
            }  # fmt: skip
            if number == 4:
                del values["age"]
            rows.append({"participant": f"{study}-{number}", "values": values})
        yield study, rows


def told():
    data = content([], SCHEMA)
    for study, rows in patients():
        table = {
            "id": study, "form": 1, "version": 1, "way": "data_set", "sources": [],
            "simulated": True, "columns": [field["key"] for field in FIELDS], "rows": rows,
        }  # fmt: skip
        data["studies"].append({
            "id": study, "label": f"Study {study}", "citation": "", "references": [],
            "in_flow": True, "records": [], "appraisals": [], "participants": [table],
        })  # fmt: skip
    return data


@pytest.fixture(scope="module")
def found():
    return reading.participants(told(), 1)


@pytest.fixture
def review():
    review = make_review()
    frozen(review, told())
    return review


@pytest.fixture
def plan(review):
    return modelling.plan(review=review, actor=review.created_by, title="Relief", spec=SPEC)


@pytest.fixture
def run(review, plan):
    return modelling.run(plan=plan, snapshot=review.snapshots.get(), actor=review.created_by)


def computed(found, **more):
    return model.compute(found, SPEC | more)[2]


def test_means_and_pairs_are_the_engines(found):
    table = model.columns(found, ["relief", "group"])
    fit = mixed.fit_mixed("relief ~ group", table)
    means = marginal_means.marginal_means(fit, "group", table)
    pairs = marginal_means.pairwise(fit, means)
    complete = computed(found)["complete"]
    assert [one["level"] for one in complete["means"]] == ["G1", "G2", "G3"]
    assert [one["est"] for one in complete["means"]] == pytest.approx(means.means.est)
    assert [one["df"] for one in complete["pairs"]] == pytest.approx(pairs.differences.df)
    assert [one["p_tukey"] for one in complete["pairs"]] == pytest.approx(pairs.p_tukey)
    assert complete["n"] == 72


def test_a_covariate_costs_the_patients_who_miss_it(found):
    complete = computed(found, covariates=["age"])["complete"]
    assert complete["n"] == 64
    assert [test["term"] for test in complete["tests"]] == ["group", "age"]
    assert complete["coefficients"][-1]["term"] == ["age", ""]


def test_imputations_are_pooled_by_rubins_rules(found):
    imputed = computed(found, covariates=["age"], imputations=5)["imputed"]
    table = model.columns(found, ["relief", "group", "age"])
    made = imputation.impute(table, m=5, seed=7, within="study")
    fits = [mixed.fit_mixed("relief ~ group + age", one) for one in made.completed]
    means = [
        marginal_means.marginal_means(fit, "group", one).means.est
        for fit, one in zip(fits, made.completed, strict=True)
    ]
    for place, one in enumerate(imputed["means"]):
        assert one["est"] == pytest.approx(sum(m[place] for m in means) / 5, rel=1e-9)
    assert imputed["filled"]["age"] == 8
    assert imputed["n"] == 72


def test_candidates_go_through_the_procedure(found):
    asked = ["age", "sex"]
    table = model.columns(found, ["relief", "group", *asked])
    engine = confounders.confounder_table("relief", "group", asked, table)
    results = computed(found, candidates=asked)["confounders"]
    assert [one["p_alone"] for one in results["candidates"]] == pytest.approx(
        [one.p_alone for one in engine.candidates]
    )
    assert [one["key"] for one in results["candidates"] if one["kept"]] == ["age"]


def test_kenward_and_roger_give_other_degrees_of_freedom(found):
    one, other = computed(found), computed(found, df="kenward-roger")
    assert one["complete"]["means"][0]["se"] < other["complete"]["means"][0]["se"]


def test_what_cannot_be_fitted_says_why_in_the_words_of_the_form(found):
    with pytest.raises(model.NotModelled, match="The form has no “gone” any more"):
        computed(found, candidates=["gone"])
    alike = [row for row in found.rows if row.values["group"]["code"] == "g1"]
    with pytest.raises(model.NotModelled, match="Group"):
        computed(replace(found, rows=tuple(alike)))


def _with(found, key, of):
    """The patients with one more column of words, ``of`` a row; None is missing."""
    said = [(row, of(place, row)) for place, row in enumerate(found.rows)]
    rows = tuple(
        replace(row, values=row.values | ({key: {"text": text}} if text else {}))
        for row, text in said
    )
    field = {"key": key, "label": key.title(), "kind": "text", "level": "participant"}
    return replace(found, rows=rows, columns=found.columns | {key: field})


def test_a_factor_that_names_the_study_leaves_nothing_between_studies(found):
    centres = _with(found, "centre", lambda place, row: f"Centre {row.study}")
    with pytest.raises(model.NotModelled, match="tell every study from every other"):
        computed(centres, factor="centre")
    with pytest.raises(model.NotModelled, match=r"^[^:]*: Centre as a possible confounder: "):
        computed(centres, candidates=["centre", "age"])


def test_a_candidate_that_cannot_be_fitted_is_named(found):
    never = _with(found, "cause", lambda place, row: "tumour" if place == 0 else None)
    with pytest.raises(model.NotModelled, match="Cause as a possible confounder: Cause is tumour"):
        computed(never, candidates=["age", "cause"])


def test_a_level_is_told_from_its_factor(found):
    twice = _with(found, "arm", lambda place, row: row.values["group"]["code"])
    with pytest.raises(model.NotModelled, match="Arm: g2 is a combination"):
        computed(twice, covariates=["arm"])


def test_the_first_group_is_the_first_as_people_sort_and_as_the_engine_does(found):
    options = [{"code": f"g{n}", "label": label} for n, label in enumerate("aBA", 1)]
    columns = found.columns | {"group": found.columns["group"] | {"options": options}}
    sorted_alike = replace(found, columns=columns)
    offered = ModelForm(sorted_alike, 1).fields["stages"].choices
    assert ("Group", [("group=A", "A − a"), ("group=B", "B − a")]) in offered
    results = computed(sorted_alike, stages="group=B")
    assert [one["level"] for one in results["complete"]["means"]] == ["a", "A", "B"]
    assert results["stages"]["two"]["k"] > 1
    assert r._levels(["B", "A", None, "a"]) == 'c("a", "A", "B")'


def test_words_of_three_values_are_imputed(found):
    gaps = _with(found, "site", lambda place, row: (None, "left", "right", "both")[place % 4])
    assert computed(gaps, covariates=["site"], imputations=5)["imputed"]["filled"]["site"] == 18


def test_a_seed_makes_the_same_numbers_again(found):
    more = {"covariates": ["age"], "imputations": 5}
    assert computed(found, **more) == computed(found, **more)
    assert computed(found, **more) != computed(found, seed=8, **more)


def test_a_run_is_kept_told_and_verified(review, run):
    event = review.events.get(action="patient_plan.run")
    assert event.data["inputs"] == run.inputs_sha256
    assert integrity.problems(review) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        PatientRun.objects.filter(pk=run.pk).update(results={})


def test_a_run_is_held_against_newer_data(client, review, run):
    client.force_login(review.created_by)
    here = reverse("patient-run", args=[review.pk, run.pk])
    assert "frozen again" not in client.get(here).content.decode()
    data = json.loads(review.snapshots.get().content) | {"number": 2}
    frozen(review, data)
    assert "the numbers that enter it are the same" in client.get(here).content.decode()
    data["studies"][0]["participants"][0]["rows"][0]["values"]["relief"]["number"] = "-400.5"
    frozen(review, data)
    told = staleness.of_patients(run, review.snapshots.first())
    page = client.get(here).content.decode()
    assert told.old.startswith("G1 62.3 (") and told.new.count(" to ") == 3 and told.old != told.new
    assert told.old in page and told.new in page and "it read snapshot 1" in page
    frozen(review, data | {"studies": []})
    assert "it cannot be run. No participants of this form" in client.get(here).content.decode()


def test_a_run_that_was_changed_is_found(review, run, monkeypatch):
    monkeypatch.setattr(modelling, "compute", lambda snapshot, spec: ({}, "0", {}))
    assert "its results are not what its inputs come to" in integrity.problems(review)[0]


def test_a_title_is_taken_once(review, plan):
    with pytest.raises(IllegalMove, match="There is a model “Relief” already"):
        modelling.plan(review=review, actor=review.created_by, title="Relief", spec=SPEC)


def test_tables_print_every_mean_and_pair(run):
    printed = {table.caption: table.rows for table in shown.tables(run)}
    assert [row[0] for row in printed["All pairwise differences"]] == [
        "G1 − G2", "G1 − G3", "G2 − G3",
    ]  # fmt: skip
    assert len(printed["Estimated means"]) == 3
    assert shown.figure(run).rows()[0].estimate == run.results["complete"]["means"][0]["est"]


def test_the_groups_are_not_called_studies(run):
    drawn = forest.forest(shown.figure(run))
    assert ">Group<" in drawn
    assert ">Study<" not in drawn
    assert "3 groups." in drawn


def test_the_patients_behind_the_change_are_counted(review):
    spec = SPEC | {"candidates": ["age", "sex"]}
    plan = modelling.plan(review=review, actor=review.created_by, title="Age", spec=spec)
    run = modelling.run(plan=plan, snapshot=review.snapshots.get(), actor=review.created_by)
    captions = [table.caption for table in shown.tables(run)]
    assert "Effect of the groups without and with those kept, 64 patients" in captions


class TestPages:
    POSTED = {"title": "By group", "outcome": "relief", "factor": "group", "covariates": ["age"],
              "df": "satterthwaite", "imputations": "5", "seed": "7", "level": "95"}  # fmt: skip

    def test_a_model_is_planned_and_run(self, client, review, django_capture_on_commit_callbacks):
        client.force_login(review.created_by)
        answer = client.post(reverse("patient-plan-new", args=[review.pk]), self.POSTED)
        plan = review.patient_plans.get()
        assert answer.url == reverse("patient-plan", args=[review.pk, plan.pk])
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("patient-plan-run", args=[review.pk, plan.pk]))
        page = client.get(answer.url).content.decode()
        assert "Simulated." in page
        assert "5 imputations" in page
        assert "G1 − G2" in page

    def test_what_is_in_the_model_is_no_candidate(self, client, review):
        client.force_login(review.created_by)
        asked = self.POSTED | {"candidates": ["age", "relief"]}
        answer = client.post(reverse("patient-plan-new", args=[review.pk]), asked)
        assert answer.status_code == 422
        assert "in the model already" in answer.content.decode()

    def test_without_participants_it_says_what_to_do(self, client):
        review = make_review()
        client.force_login(review.created_by)
        page = client.get(reverse("patient-plans", args=[review.pk])).content.decode()
        assert "No patients are frozen yet" in page

    @pytest.mark.parametrize("role", ["statistician", "observer", "reviewer"])
    def test_members_see_a_run_and_a_statistician_no_name(self, client, run, role):
        review = run.plan.review
        client.force_login(join(review, make_user(), role))
        page = client.get(reverse("patient-run", args=[review.pk, run.pk]))
        assert page.status_code == 200
        assert (str(run.run_by) in page.content.decode()) == (role != "statistician")

    @pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
    def test_the_means_are_a_file(self, client, run, kind):
        client.force_login(run.run_by)
        url = reverse("patient-run-figure", args=[run.plan.review_id, run.pk, "means", kind])
        assert client.get(url).status_code == 200

    def test_only_who_analyses_may_run(self, client, review, plan):
        client.force_login(join(review, make_user(), "reviewer"))
        url = reverse("patient-plan-run", args=[review.pk, plan.pk])
        assert client.post(url).status_code == 403
        assert not plan.runs.exists()


def test_one_study_alone_has_no_interval_in_two_stages(found):
    kept = [row for row in found.rows if row.study in (1, 2)]
    alone = [row for row in kept if row.study == 1 or row.values["group"]["code"] == "g3"]
    results = computed(replace(found, rows=tuple(alone)), stages="group=G2")
    two = results["stages"]["two"]
    assert two["k"] == 1 and two["se"] > 0 and two["ci_lb"] is None
    spec = SPEC | {"stages": "group=G2"}
    run = SimpleNamespace(
        plan=SimpleNamespace(title="One study"), results=results, spec=spec,
        inputs={"labels": {"relief": "Relief", "group": "Group"}, "simulated": True},
    )  # fmt: skip
    drawn = shown.stages_figure(run)
    assert len(drawn.rows()) == 1
    assert [one.label for one in drawn.all_summaries()] == ["One model of all patients"]


def test_no_name_of_a_column_begins_another():
    names = model.engine_names([f"k{place}" for place in range(12)]).values()
    assert not any(one != two and two.startswith(one) for one in names for two in names)


@pytest.mark.parametrize(
    ("part", "asked", "says"),
    [
        ("stages", {"stages": "group=G9"},
         "the plan compares “G9” of Group, and no patient without a gap is in it. There are: G1,"),
        ("stages", {"stages": "group=G2", "against": "G0"}, "the plan compares “G0” of Group"),
        ("stages", {"stages": "group=G1"}, "compare every group with “G1”, their first one"),
        ("stages", {"stages": "group=G3", "against": "G2"}, "compare every group with “G1”"),
        ("responders", {"response": "group", "responding": {"is": "G9"}},
         "a responder has “G9” in Group, says the plan, and nobody here has it. There are: G1,"),
        ("responders", {"response": "relief", "responding": {"least": "-900"}},
         "everybody here is a responder by the plan"),
    ],
)  # fmt: skip
def test_a_group_that_these_data_lack_is_named_with_what_to_do(found, part, asked, says):
    why = computed(found, **asked)[part]["why_not"]
    assert says in why
    assert "Amend the plan" in why or "nothing to compare" in why
