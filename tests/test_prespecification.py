"""Plans frozen with the protocol: what they said then stays, and every later change is told."""

import copy

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from analysis import integrity, runs
from analysis.exports import results
from analysis.models import Freezing, Plan, PlanChange
from analysis.patients import modelling
from analysis.prespecification import doors, standing
from extraction import formbuilder
from review import ledger
from review.models import IllegalMove

from .conftest import append_only_lifted
from .factories import join, make_review, make_user
from .test_patient_models import SPEC
from .test_runs import RELIEF, SERIES, content, frozen, series, spec

pytestmark = pytest.mark.django_db
WHY = "The registry asked for a per-protocol interval."


PLACE = {"key": "place", "label": "Place", "kind": "text", "level": "study"}


@pytest.fixture
def review():
    review, schema = make_review(), copy.deepcopy(SERIES)
    schema["sections"][0]["fields"].append(PLACE)
    form = formbuilder.create(review=review, actor=review.created_by, name="Series", schema=schema)
    formbuilder.publish(version=form.versions.get(), actor=review.created_by)
    return review


@pytest.fixture
def plan(review):
    return planned(review, "Relief")


def planned(review, title, **more):
    form = review.extraction_forms.get().pk
    return runs.create_plan(
        review=review, actor=review.created_by, title=title, spec=spec(form=form, **more)
    )


def see_data(review):
    data = content([series(i, *row) for i, row in enumerate(RELIEF, 1)])
    form = review.extraction_forms.get().pk
    data["forms"][0]["id"] = form
    for one in data["studies"]:
        one["records"][0]["form"] = form
    return frozen(review, data)


def freeze(review):
    return doors.freeze(review=review, actor=review.created_by, registration="CRD42026")


def amend(plan, reason=WHY, **moved):
    plan = Plan.objects.get(pk=plan.pk)
    return doors.change(plan=plan, actor=plan.created_by, spec=plan.spec | moved, reason=reason)


def words(plan):
    plan = Plan.objects.get(pk=plan.pk)
    return standing.of_plan(plan, standing.data_seen(plan.review)).words


def sound(review):
    return [*integrity.problems(review), *ledger.verify(review)]


def test_every_open_plan_is_frozen_with_what_the_protocol_said(review, plan):
    model = modelling.plan(review=review, actor=review.created_by, title="Model", spec=SPEC)
    away = planned(review, "Given up")
    runs.retire_plan(plan=away, actor=review.created_by, why="no data")
    made = freeze(review)
    assert made.protocol["title"] == review.title
    for row in (plan, model, away):
        row.refresh_from_db()
    assert (plan.freezing, model.freezing, away.freezing) == (made, made, None)
    assert review.events.last().data["plans"] == {
        f"plan:{plan.pk}": doors.sha256_of(plan.spec),
        f"patient_plan:{model.pk}": doors.sha256_of(model.spec),
    }
    assert (words(plan), words(away)) == ("pre-specified", "not frozen with the protocol")
    assert sound(review) == []


def test_plans_are_frozen_once(review, plan):
    freeze(review)
    with pytest.raises(IllegalMove, match="No plan is left"):
        freeze(review)
    assert review.events.filter(action="plans.freeze").count() == 1


def test_an_amendment_says_why_and_changes_something(review, plan):
    freeze(review)
    with pytest.raises(IllegalMove, match="say why"):
        amend(plan, reason="", level=90)
    with pytest.raises(IllegalMove, match="Nothing differs"):
        amend(plan)
    made = amend(plan, level=90)
    assert (made.before["level"], made.after["level"], made.amends) == (95, 90, True)
    event = review.events.last()
    assert (event.action, event.data["why"]) == ("plan.amend", WHY)
    assert words(plan).startswith("pre-specified, amended on ")
    assert sound(review) == []


def test_a_number_that_is_not_whole_goes_through_the_ledger(review):
    plan = planned(review, "Correlated", rho=0.5)
    amend(plan, reason="", rho=0.25)
    assert review.events.last().data["after"]["rho"] == "0.25"
    freeze(review)
    assert sound(review) == []


def test_a_plan_that_is_not_frozen_is_changed_and_the_ledger_knows(review, plan):
    made = amend(plan, reason="", level=90)
    assert (made.amends, review.events.last().action) == (False, "plan.change")
    freeze(review)
    amend(plan, level=99)
    plan.refresh_from_db()
    told = standing.versions(plan, None)
    assert [(one.name, one.spec["level"]) for one in told] == [
        ("original", 95), ("change 1", 90), ("amendment 1", 99)
    ]  # fmt: skip
    assert sound(review) == []


@pytest.mark.once
def test_what_was_done_after_data_were_seen_is_no_prespecification(review, plan):
    open_still = planned(review, "Open")
    doors.freeze(review=review, actor=review.created_by)
    Plan.objects.filter(pk=open_still.pk).update(freezing=None)
    see_data(review)
    late = planned(review, "Late")
    variant = planned(review, "Variant", variant_of=plan.pk)
    amend(plan, level=90)
    assert words(plan).endswith("after data were seen")
    assert words(open_still) == "not frozen with the protocol"
    amend(open_still, reason="", level=90)
    assert words(open_still) == "changed after data were seen"
    assert words(late) == "made after data were seen"
    freeze(review)
    assert words(late) == "frozen after data were seen"
    assert words(variant) == "variant, made after data were seen"


def test_a_run_tells_the_version_it_executed(review, plan):
    freeze(review)
    snapshot = see_data(review)
    first = runs.run(plan=plan, snapshot=snapshot, actor=review.created_by)
    amend(plan, level=90)
    plan.refresh_from_db()
    second = runs.run(plan=plan, snapshot=snapshot, actor=review.created_by)
    seen = standing.data_seen(review)
    was, now = (standing.of_run(plan.runs.get(pk=run.pk), seen) for run in (first, second))
    assert (was.version, was.words, was.current) == ("original", "pre-specified", False)
    assert (now.version, now.current, now.prespecified) == ("amendment 1", True, False)


@pytest.mark.once
def test_a_run_from_before_the_freezing_was_not_prespecified(review, plan):
    run = runs.run(plan=plan, snapshot=see_data(review), actor=review.created_by)
    freeze(review)
    found = standing.of_run(plan.runs.get(pk=run.pk), standing.data_seen(review))
    assert found.words == "not frozen with the protocol"


def test_the_database_refuses_to_change_what_was_frozen(review, plan):
    freeze(review)
    amend(plan, level=90)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Freezing.objects.update(registration="")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        PlanChange.objects.all().delete()


@pytest.mark.parametrize(
    ("alter", "problem"),
    [
        (lambda p: Plan.objects.update(freezing=None), "the ledger says that it is frozen"),
        (lambda p: Plan.objects.update(spec=p.spec), "differs from what the ledger wrote down"),
        (lambda p: Freezing.objects.update(protocol={}), "does not have its sha256"),
        (lambda p: Freezing.objects.update(registration="X"), "differs from what the ledger"),
        (lambda p: PlanChange.objects.update(reason="X"), "its changes are not those"),
        (lambda p: PlanChange.objects.update(before={}), "what was frozen is not what"),
    ],
)  # fmt: skip
def test_what_is_altered_behind_the_ledger_is_found(review, plan, alter, problem):
    freeze(review)
    amend(plan, level=90)
    with append_only_lifted():
        alter(plan)
    assert any(problem in line for line in integrity.problems(review))


@pytest.mark.once
class TestPages:
    def values(self, plan, **more):
        return {
            "role_m": "relief", "role_n": "n", "outcome": "", "arm_": "", "method": "REML",
            "test": "z", "level": "95", "seen": plan.changes.count(),
        } | more  # fmt: skip

    def amend_url(self, plan):
        return reverse("plan-amend", args=[plan.review_id, plan.pk])

    def test_a_statistician_freezes_and_amends_without_seeing_names(self, client, review, plan):
        owner = review.created_by
        owner.first_name, owner.last_name = "Ingeborg", "Canary"
        owner.save()
        url = reverse("plans-freeze", args=[review.pk])
        client.force_login(join(review, make_user(), "statistician"))
        assert "Freeze the plans" in client.get(url).content.decode()
        sent = {"registration": "CRD42026", "seen": doors.seen(review)}
        answer = client.post(url, sent, follow=True)
        assert "CRD42026" in answer.content.decode()
        frozen_page = reverse("freezing", args=[review.pk, review.freezings.get().pk])
        assert frozen_page in client.get(reverse("analysis", args=[review.pk])).content.decode()
        page = client.get(self.amend_url(plan)).content.decode()
        assert '<option value="relief" selected>' in page
        assert client.post(self.amend_url(plan), self.values(plan)).status_code == 422
        sent = self.values(plan, level="90", reason=WHY)
        page = client.post(self.amend_url(plan), sent, follow=True).content.decode()
        assert "Amendment 1" in page
        assert "<mark>90%" in page
        for name, args in (("analysis", ()), ("report", ()), ("plan", (plan.pk,))):
            page = client.get(reverse(name, args=[review.pk, *args])).content.decode()
            assert "pre-specified, amended on" in page.lower()
            assert "Canary" not in page
        again = client.post(self.amend_url(plan), sent | {"level": "99"})
        assert again.status_code == 422
        assert "changed since you opened this page" in again.content.decode()
        again = client.post(self.amend_url(plan), sent | {"seen": 1})
        assert "Nothing differs" in again.content.decode()
        assert PlanChange.objects.count() == 1

    def test_only_what_the_page_showed_is_frozen(self, client, review, plan):
        client.force_login(review.created_by)
        url = reverse("plans-freeze", args=[review.pk])
        away = runs.create_plan(
            review=review, actor=review.created_by, title="Put away", spec=plan.spec
        )
        runs.retire_plan(plan=away, actor=review.created_by, why="Not needed")
        page = client.get(url).context
        assert [one.plan for one in page["plans"]] == [plan]
        sent = {"registration": "", "seen": page["form"]["seen"].value()}
        late = runs.create_plan(
            review=review, actor=review.created_by, title="Late", spec=plan.spec
        )
        refused = client.post(url, sent)
        assert refused.status_code == 422
        assert "changed since you opened this page" in refused.content.decode()
        assert [one.plan for one in refused.context["plans"]] == [plan, late]
        assert not review.freezings.exists()
        sent["seen"] = refused.context["form"]["seen"].value()
        review.population = "Somebody else"
        review.save(update_fields=["population"])
        assert client.post(url, sent).status_code == 422
        sent["seen"] = doors.seen(review)
        assert client.post(url, sent).status_code == 302
        assert review.freezings.get().plans.count() == 2

    def test_subgroups_and_moderators_are_planned_before_any_data(self, client, review, plan):
        client.force_login(review.created_by)
        sent = self.values(plan, subgroup="field:place", moderators=["n"])
        assert client.post(self.amend_url(plan), sent).status_code == 302
        plan.refresh_from_db()
        assert plan.spec["subgroup"] == {"field": "place"}
        assert plan.spec["moderators"] == ["n"]
        page = client.get(self.amend_url(plan)).content.decode()
        assert '<option value="field:place" selected>' in page
        assert client.post(self.amend_url(plan), self.values(plan)).status_code == 302
        plan.refresh_from_db()
        assert not {"subgroup", "moderators"} & plan.spec.keys()

    def test_another_measure_keeps_what_it_can(self, client, review, plan):
        client.force_login(review.created_by)
        page = client.get(self.amend_url(plan), {"measure": "MD"}).content.decode()
        assert '<option value="relief" selected>' in page
        assert client.get(self.amend_url(plan), {"measure": "no"}).status_code == 404

    @pytest.mark.parametrize("role", ["reviewer", "observer", "arbiter"])
    def test_who_may_not(self, client, review, plan, role):
        client.force_login(join(review, make_user(), role))
        assert client.post(self.amend_url(plan), self.values(plan)).status_code == 403
        assert client.post(reverse("plans-freeze", args=[review.pk])).status_code == 403
        client.force_login(make_user())
        assert client.post(self.amend_url(plan), self.values(plan)).status_code == 404

    def test_the_spreadsheet_lists_plans_and_amendments(self, review, plan):
        freeze(review)
        made = amend(plan, level=90)
        row = next(iter(results.plan_sheet(review).rows))
        assert (row[0], row[4]) == ("Relief", "CRD42026")
        assert row[5] == f"{made.changed_at:%Y-%m-%d}: {WHY}"
