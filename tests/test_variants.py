"""The switches of a plan: what they compute, what they leave alone, and a variant that is kept."""

import json

import pytest
from django.urls import reverse

from analysis import runs
from analysis.estimators import METHODS
from analysis.models import Plan
from analysis.pairwise import forest_plot, moderators, reading, variants
from analysis.pairwise.robustness.figures import FIGURES
from analysis.pairwise.switches import SwitchForm
from analysis.stats import regression
from analysis.stats.errors import NotEstimable
from extraction.instruments import loader
from extraction.models import Snapshot
from review.models import Event, IllegalMove

from .factories import join, make_review, make_user
from .model_runs import asked, trials
from .test_runs import RELIEF, SERIES, cell, content, frozen, series, spec

pytestmark = pytest.mark.django_db
DESIGN = {
    "key": "design", "label": "Design", "kind": "choice", "level": "study",
    "options": [{"code": "t", "label": "Trial"}, {"code": "s", "label": "Series"}],
}  # fmt: skip


@pytest.fixture
def data():
    fields = [*SERIES["sections"][0]["fields"], DESIGN]
    told = content(
        [series(i, *row) for i, row in enumerate(RELIEF, 1)],
        {"sections": [{"title": "Results", "fields": fields}]},
    )
    for study, code in zip(told["studies"], "ttss", strict=True):
        study["records"][0]["cells"].append(cell(900, "design", {"code": code}))
    return told


@pytest.fixture
def plan(data):
    review = make_review()
    plan = runs.create_plan(review=review, actor=review.created_by, title="Relief", spec=spec())
    frozen(review, data)
    return plan


def moved(plan, data, **switches):
    usual = {"measure": "MN", "method": "REML", "test": "z", "level": "95"}
    form = SwitchForm(plan, data, usual | switches)
    assert form.is_valid(), form.errors
    return form.spec()


def computed(plan, data, **switches):
    return variants.compute(plan, Snapshot.objects.get(), data, moved(plan, data, **switches))


def test_switches_as_planned_are_the_plan(plan, data):
    assert moved(plan, data) == plan.spec


def test_a_study_that_is_left_out_is_named_with_the_reason(plan, data):
    found = computed(plan, data, without=["2"])
    assert found.run.results["k"] == 3
    assert found.run.inputs["excluded"] == [
        {"study": 2, "label": "Study 2", "reason": "Left out by the plan."}
    ]


def test_each_subgroup_is_the_pooling_of_its_studies(plan, data):
    parts = computed(plan, data, subgroup="field:design").run.results["subgroups"]
    assert [part["level"] for part in parts["groups"]] == ["Series", "Trial"]
    alone = computed(plan, data, without=["1", "2"]).run.results["random"]
    assert parts["groups"][0]["random"]["beta"] == pytest.approx(alone["beta"], rel=1e-12)
    assert parts["test"]["df"] == 1


def test_a_subgroup_of_one_is_shown_and_not_pooled(plan, data):
    parts = computed(plan, data, subgroup="field:design", without=["1"]).run.results["subgroups"]
    assert [part["why_not"] for part in parts["groups"]] == ["", "one study alone is not pooled"]


def test_studies_are_left_out_by_what_they_were_judged(plan, data):
    tool = loader.catalogue()["rob2"]
    data["instruments"] = [{"sha256": "a", "key": "rob2", "definition": json.loads(tool.canonical)}]
    judged = {"sha256": "a", "judgements": {"overall": {"final": tool.scale[-1].code}}}
    data["studies"][0]["appraisals"] = [judged]
    worst = f"{tool.title}|{tool.scale[-1].label}"
    found = computed(plan, data, bias=[worst])
    assert [one["study"] for one in found.run.inputs["excluded"]] == [1]
    by = computed(plan, data, subgroup=f"rob:{tool.title}").run.results["subgroups"]
    assert [part["level"] for part in by["groups"]] == [tool.scale[-1].label, reading.NO_GROUP]


def test_a_moderator_is_the_regression_of_the_effects_on_it(plan, data):
    data["studies"][0]["records"][0]["cells"][0]["value"]["number"] = "20"
    found = computed(plan, data, moderators=["n"]).run
    sizes = [row["moderators"]["Patients"] for row in found.inputs["rows"]]
    assert sizes == [20, 7, 7, 9]
    studies = found.results["studies"]
    fit = regression.meta_regression(
        [one["yi"] for one in studies], [one["vi"] for one in studies], "~ n", {"n": sizes},
        method="REML", test="z",
    )  # fmt: skip
    told = found.results["regression"]
    assert [one["term"] for one in told["terms"]] == ["Intercept", "Patients"]
    assert [one["beta"] for one in told["terms"]] == pytest.approx(fit.beta)
    assert moderators.regression_of(found).lines[1][0] == "Patients"
    told = {"plan": plan, "snapshot": frozen(plan.review, data), "actor": plan.created_by}
    kept = variants.keep(spec=found.spec, title="By size", **told)
    assert FIGURES["bubble"].make(kept).found.points[0].x == 20


def test_a_study_without_the_moderator_is_left_out_of_the_regression_only(plan, data):
    data["studies"][0]["records"][0]["cells"].pop()
    found = computed(plan, data, moderators=["design"]).run.results
    assert found["k"] == 4
    assert found["regression"]["left_out"] == ["Study 1"]
    assert found["regression"]["terms"][1]["term"] == "Design: Trial"


def test_a_moderator_that_does_not_vary_says_so(plan, data):
    found = computed(plan, data, moderators=["design"], without=["1", "2"]).run
    assert moderators.regression_of(found).why_not
    with pytest.raises(NotEstimable, match="needs a meta-regression"):
        FIGURES["bubble"].make(found)


def test_what_newer_data_no_longer_have_is_named_and_the_rest_is_pooled(plan, data):
    """The form of a frozen plan's moderator, or subgroup, may be asked for no more."""
    gone = plan.spec | {"moderators": ["gone"], "subgroup": {"field": "gone"}}
    found = variants.compute(plan, Snapshot.objects.get(), data, gone).run
    told = moderators.regression_of(found).why_not
    assert told.startswith("no study of these data has a value of gone. Amend the plan")
    group = forest_plot.forest_of(found, links=False).groups[0]
    assert group.remark == "Not pooled: no study of these data says its group; amend the plan."
    assert len(group.rows) == found.results["k"] == 4


def test_every_estimator_stands_beside_the_others(plan, data):
    lines = variants.beside(plan, Snapshot.objects.get(), data, plan.spec)
    assert len(lines) == 2 * len(METHODS)
    assert [line.query for line in lines if line.current] == [{"method": "REML", "test": "z"}]
    assert all(line.sentence for line in lines)


def test_what_cannot_be_computed_says_why(plan, data):
    found = computed(plan, data, without=["1", "2", "3"])
    assert found.run is None
    assert "only Study 4 can enter" in found.why


class TestPage:
    def url(self, plan, query=""):
        return reverse("plan-try", args=[plan.review_id, plan.pk]) + query

    SWITCHED = "?measure=MN&method=DL&test=knha&level=95"

    def test_a_moved_switch_shows_its_own_result_and_keeps_nothing(self, client, plan):
        client.force_login(plan.created_by)
        events = Event.objects.count()
        page = client.get(self.url(plan, self.SWITCHED)).content.decode()
        assert "As planned:" in page
        assert "Keep as a plan" in page
        assert (Plan.objects.count(), Event.objects.count()) == (1, events)

    def test_htmx_gets_the_part_that_changes(self, client, plan):
        client.force_login(plan.created_by)
        answer = client.get(self.url(plan, self.SWITCHED), headers={"HX-Request": "true"})
        assert answer.content.decode().strip().startswith('<div id="variant"')

    def test_a_kept_variant_is_a_plan_with_a_run(self, client, plan):
        client.force_login(plan.created_by)
        answer = client.post(self.url(plan, self.SWITCHED), {"title": "Relief, DL"})
        kept = Plan.objects.get(title="Relief, DL")
        assert answer.url == reverse("plan", args=[plan.review_id, kept.pk])
        assert kept.spec == plan.spec | {"method": "DL", "test": "knha", "variant_of": plan.pk}
        assert kept.runs.get().results["random"]["method"] == "DL"
        assert kept.spec["variant_of"] == plan.pk

    def test_a_title_that_is_taken_keeps_nothing(self, client, plan):
        client.force_login(plan.created_by)
        answer = client.post(self.url(plan, self.SWITCHED), {"title": "Relief"})
        assert answer.status_code == 422
        assert "There is a plan “Relief” already" in answer.content.decode()
        assert Plan.objects.count() == 1

    def test_a_switch_that_does_not_exist_is_refused(self, client, plan):
        client.force_login(plan.created_by)
        assert client.get(self.url(plan, "?measure=XX")).status_code == 422

    @pytest.mark.parametrize(("role", "status"), [("statistician", 200), ("reviewer", 403)])
    def test_only_who_analyses_may(self, client, plan, role, status):
        client.force_login(join(plan.review, make_user(), role))
        assert client.get(self.url(plan)).status_code == status

    def test_without_a_snapshot_it_says_what_to_do(self, client):
        review = make_review()
        plan = runs.create_plan(review=review, actor=review.created_by, title="P", spec=spec())
        client.force_login(review.created_by)
        answer = client.get(self.url(plan))
        assert answer.status_code == 409
        assert "freeze a snapshot" in answer.content.decode()


def test_two_variants_of_one_title_are_refused(plan):
    told = {"plan": plan, "snapshot": Snapshot.objects.get(), "actor": plan.created_by}
    variants.keep(spec=plan.spec, title="Again", **told)
    with pytest.raises(IllegalMove, match="There is a plan “Again” already"):
        variants.keep(spec=plan.spec, title="Again", **told)


class TestIdleSwitches:
    """Only switches that do something for the model are offered."""

    def form(self, spec, **sent):
        plan = Plan(spec=spec)
        told = {"measure": spec["measure"], "level": "95"} | sent
        return SwitchForm(plan, trials(), told if sent else None)

    @pytest.mark.parametrize(
        ("measure", "model", "there"),
        [
            ("RR", None, {"method", "test", "moderators"}),
            ("RR", "MH", set()),
            ("OR", "PETO", set()),
            ("OR", "CM.EL", {"test", "moderators"}),
            ("RR", "3L", {"method", "test", "moderators", "rho", "robust"}),
        ],
    )
    def test_a_model_has_its_own(self, measure, model, there):
        offered = set(self.form(asked(measure, model)).fields)
        assert offered & {"method", "test", "moderators", "rho", "robust"} == there

    def test_an_interval_is_offered_where_the_model_has_it(self):
        form = self.form(asked("OR", "UM.FS", test="knha"))
        assert [key for key, _ in form.fields["test"].choices] == ["z", "t"]
        assert form["test"].value() == "t"

    def test_robust_intervals_leave_no_other(self):
        assert "test" not in self.form(asked("RR", "3L"), robust="on").fields
        assert "test" in self.form(asked("RR", "3L"), rho="0.5").fields

    def test_the_least_of_a_subgroup_is_asked_with_subgroups_only(self):
        assert "least" not in self.form(asked("RR")).fields
        assert "least" in self.form(asked("RR"), subgroup="field:country").fields

    def test_what_is_not_offered_stays_as_planned(self):
        plan = asked("RR", method="DL", test="knha", moderators=["year"])
        form = self.form(plan, model="MH")
        assert form.is_valid(), form.errors
        assert form.spec() == plan | {"model": "MH"}

    def test_an_estimator_of_another_model_gives_way_to_one_on_offer(self):
        form = self.form(asked("OR"), model="CM.EL", test="adhoc")
        assert form.is_valid(), form.errors
        assert form.spec()["test"] == "t"
        assert not self.form(asked("OR"), model="CM.EL", test="none").is_valid()

    def test_the_page_changes_its_switches_when_the_model_has_others(self, client):
        review = make_review()
        frozen(review, trials())
        plan = runs.create_plan(
            review=review, actor=review.created_by, title="Deaths", spec=asked("RR")
        )
        client.force_login(review.created_by)
        url = reverse("plan-try", args=[review.pk, plan.pk])
        sent = {"measure": "RR", "model": "IV", "method": "DL", "test": "z", "level": "95"}
        htmx = {"headers": {"HX-Request": "true"}}
        assert "hx-swap-oob" not in client.get(url, sent, **htmx).content.decode()
        moved = client.get(url, sent | {"model": "MH"}, **htmx).content.decode()
        assert 'id="switches" class="stack" hx-swap-oob="true"' in moved
        assert "Between-study variance by" not in moved
