"""How far a run depends on choices: the curve, missing participants and missing SDs."""

import json

import pytest
from django.urls import reverse

from analysis import runs
from analysis.figures.specification import specification_curve, table
from analysis.figures.svg import NotDrawable
from analysis.pairwise.choices import axes, curve, participants, refilled, shown, spreads
from analysis.pairwise.choices.forms import ChoicesForm, RandomisedForm, fields_of
from analysis.pairwise.plan_form import PlanForm
from analysis.stats.errors import NotEstimable
from analysis.stats.missing_binary import Arms, imputed
from analysis.stats.pooling import rma
from extraction import formbuilder
from extraction.instruments import loader

from .drawings import assert_readable
from .factories import join, make_review, make_user
from .test_runs import BCG, RELIEF, TRIAL, cell, content, frozen, risk, series, spec, trial

LOST = [(3, 0), (12, 9), (0, 0), (150, 40)]
TRIAL_WITH = {"sections": [{"title": "Results", "fields": [
    *TRIAL["sections"][0]["fields"],
    {"key": "all", "label": "Randomised", "kind": "integer", "level": "outcome", "by_arm": True},
]}]}  # fmt: skip
CHANGES = {"sections": [{"title": "Results", "fields": [
    {"key": "n", "label": "Patients", "kind": "integer", "level": "study"},
    {"key": "relief", "label": "Change", "kind": "mean_sd", "level": "study"},
    {"key": "before", "label": "Before", "kind": "mean_sd", "level": "study"},
    {"key": "after", "label": "After", "kind": "mean_sd", "level": "study"},
]}]}  # fmt: skip


def trials():
    """Four BCG trials whose numbers randomised are known, judged by a tool."""
    studies = [trial(i, groups) for i, groups in enumerate(BCG, 1)]
    for study, groups, lost in zip(studies, BCG, LOST, strict=True):
        for arm in (1, 2):
            number = {"number": str(groups[arm - 1][1] + lost[arm - 1])}
            place = {"arm": arm, "outcome": 3}
            study["records"][0]["cells"].append(
                cell(9000 + 10 * study["id"] + arm, "all", number, **place)
            )
    data = content(studies, TRIAL_WITH)
    tool = loader.catalogue()["rob2"]
    data["instruments"] = [{"sha256": "a", "key": "rob2", "definition": json.loads(tool.canonical)}]
    worst = max((one for one in tool.scale if one.severity is not None), key=lambda x: x.severity)
    judged = {"sha256": "a", "judgements": {"overall": {"final": worst.code}}}
    data["studies"][0]["appraisals"] = [judged]
    return data


def changed():
    """Six series; the last two lack the SD of the change, and have both SDs it comes from."""
    rows = [*RELIEF, ("70.1", "30.0", 12), ("66.0", "25.0", 20)]
    studies = [series(i, *row) for i, row in enumerate(rows, 1)]
    for study in studies[4:]:
        study["records"][0]["cells"][1]["value"]["sd"] = None
        for key, number in (("before", "20.0"), ("after", "24.0")):
            value = {"mean": "50.0", "sd": number}
            study["records"][0]["cells"].append(cell(800 + study["id"] + len(key), key, value))
    return content(studies, CHANGES)


def computed(data, asked, **chosen):
    choices = axes.choices(data, asked)
    return curve.curve(data, asked, choices, axes.usual(choices.axes) | chosen)


def test_the_curve_holds_every_combination_and_its_own_is_the_run():
    data, asked = trials(), risk("OR")
    found = computed(data, asked)
    # three measures, eight estimators by three intervals, with and without the one judged worst;
    # Mantel and Haenszel for each, Peto for the odds ratio
    assert len(found.ways) == 2 * (3 * (8 * 3 + 1) + 1) and not found.refused
    assert axes.count(found.choices.axes, axes.usual(found.choices.axes)) == len(found.ways)
    own = [way for way in found.ways if way.own]
    stored = runs.compute(data, asked)[1]["random"]
    assert len(own) == 1 and own[0].found.beta == pytest.approx(stored["beta"], rel=1e-12)
    for way in found.ways[::17]:
        beta = curve.pooled.main(runs.compute(data, way.spec)[1])["beta"]
        assert way.found.beta == pytest.approx(beta, rel=1e-9)
        assert way.found.k == (3 if way.keys["bias"] != axes.ALL else 4)
    told = dict(shown.summary(found))
    assert (
        told["Odds ratio"].startswith("52 ways: median ")
        and "below no effect" in told["Risk ratio"]
    )
    assert len(list(shown.lines(found))) == len(found.ways)


def test_only_what_some_study_was_judged_is_left_out_so_that_the_switches_can_be_moved_there():
    data, tool = trials(), loader.catalogue()["rob2"]
    worst, second, *_ = sorted(
        (one for one in tool.scale if one.severity is not None), key=lambda one: -one.severity
    )
    data["studies"][0]["appraisals"][0]["judgements"]["overall"]["final"] = second.code
    both = [[tool.title, worst.label], [tool.title, second.label]]
    for asked, own in ((risk("OR"), axes.ALL), (risk("OR") | {"bias": both}, f"{tool.title}|")):
        axis = next(one for one in axes.choices(data, asked).axes if one.key == "bias")
        assert axis.own.startswith(own)
        assert [one.changes["bias"] for one in axis.options] == [[], both[1:]]
        assert axis.options[1].label == f"Without {second.label.lower()} or worse"


def test_the_curve_is_drawn_and_tested():
    found = computed(trials(), risk("OR"), method=["REML", "DL", "MH"])

    class Run:
        class plan:
            title = "BCG"

    drawing = shown.figure(Run, found, lambda way: "/somewhere/")
    for width in (340, 900):
        assert_readable(specification_curve(drawing, width=width))
    assert len(table(drawing).rows) == len(found.ways)
    assert sum(row[-1] == "yes" for row in table(drawing).rows) == 1
    lines = list(shown.joint(found))
    assert "all 16 ways to exchange the arms" in lines[-1]
    # Every trial is on the same side: of 16 ways only one other is as extreme, 2/16
    assert lines[0].endswith("p = 0.13.")
    with pytest.raises(NotDrawable):
        specification_curve(type(drawing)("Nothing", (), ()))


def test_proportions_have_a_curve_and_no_test():
    found = computed(changed(), spec("MN"))
    with pytest.raises(NotEstimable, match="no value that means no effect"):
        curve.tested(found)


def test_too_many_ways_are_thinned_and_refused_when_asked_for():
    choices = axes.choices(changed(), spec("MN"), before="before", after="after")
    every = {axis.key: [one.key for one in axis.options] for axis in choices.axes}
    assert axes.count(choices.axes, every) == 288 and axes.usual(choices.axes) == every
    assert ChoicesForm(choices, every).is_valid()
    more = axes.Axis("more", "More", choices.axes[2].options, "z")
    wide = axes.Choices((*choices.axes, more), choices.gaps, choices.changes)
    thinned = axes.usual(wide.axes)
    assert axes.count(wide.axes, thinned) <= axes.MOST and thinned["more"] == every["test"]
    form = ChoicesForm(wide, {**every, "more": every["test"]})
    assert "864 ways" in str(form.errors)


def test_missing_sds_are_assumed_and_marked_and_never_enter_the_data():
    data, asked = changed(), spec("MN")
    before = json.dumps(data)
    found = spreads.gaps(data, asked)
    assert [row.label for row in found.incomplete] == ["Study 5", "Study 6"]
    changes = spreads.baselines(data, asked, found, "before", "after")
    told = {one.name: one for one in refilled.reruns(data, asked, found, changes)}
    assert json.dumps(data) == before
    planned = runs.compute(data, asked)[1]
    assert planned["k"] == 4
    assert told["As planned: left out"].result.beta[0] == pytest.approx(planned["random"]["beta"])
    by_r = told["SD of the change, r = 0.5"]
    assert [*by_r.values.values()] == pytest.approx(2 * [(20**2 + 24**2 - 20 * 24) ** 0.5])
    # the same by hand: the SDs written into the data
    for study in data["studies"][4:]:
        study["records"][0]["cells"][1]["value"]["sd"] = repr((20**2 + 24**2 - 20 * 24) ** 0.5)
    assert by_r.result.beta[0] == pytest.approx(runs.compute(data, asked)[1]["random"]["beta"])
    assert told["SD of the study's other arm"].result is None
    drawn = told["Drawn 20 times and pooled by Rubin's rules"].result
    assert drawn.k == 6 and drawn.ci_lb[0] < drawn.beta[0] < drawn.ci_ub[0]
    assert spreads.gaps(trials(), risk("RR")) is None


def test_ways_with_assumed_sds_say_so():
    found = computed(changed(), spec("MN"), sd=["out", "pooled", "largest"])
    assert {way.found.k for way in found.ways if way.assumed} == {6}
    assert {way.found.k for way in found.ways if not way.assumed} == {4}
    assert not any(way.own for way in found.ways if way.assumed)


def test_missing_participants_are_those_randomised_and_not_analysed():
    data, asked = trials(), risk("RR")
    assert fields_of(data, asked, ("integer",), by_arm=True)[-1] == ("all", "Randomised")
    found = participants.read(data, asked, "all")
    assert found.missing.tolist() == [[*map(float, lost)] for lost in LOST]
    told = {one.name: one.fit for one in participants.scenarios(found, asked)}
    planned = runs.compute(data, asked)[1]["random"]
    assert told["Those observed (missing at random)"].beta[0] == pytest.approx(planned["beta"])
    events = [[a[0], b[0]] for a, b in BCG]
    others = [[a[1] - a[0], b[1] - b[0]] for a, b in BCG]
    worst = imputed("RR", Arms(events, others, LOST), "ICA-b")
    assert told["Events in treatment, none in no vaccine"].beta[0] == pytest.approx(
        rma(worst.yi, worst.vi).beta[0]
    )
    turned = participants.turning(found, asked)
    assert [*turned][1] == "in treatment only" and len(turned) == len(participants.DIRECTIONS)


def test_participants_say_whom_they_cannot_count():
    data = trials()
    data["studies"][0]["records"][0]["cells"][-1]["value"]["number"] = (
        "5"  # fewer than the 11 events
    )
    data["studies"][1]["records"][0]["cells"][-1]["state"] = "not_reported"
    found = participants.read(data, risk("RR"), "all")
    assert (found.wrong, found.unknown) == (("Trial 1",), ("Trial 2",))
    assert not found.missing[:2].any()
    for one in data["studies"][2:]:
        one["records"][0]["cells"][-1]["value"]["number"] = "0"
    with pytest.raises(NotEstimable, match="fewer were randomised than analysed in every study"):
        participants.read(data, risk("RR"), "all")
    with pytest.raises(NotEstimable, match="no study"):
        participants.read(data, risk("RR"), "nothing")
    assert participants.refusal(spec("PLO")) and participants.refusal(risk("OR", model="MH"))


@pytest.mark.once
def test_a_plan_names_the_number_randomised(db):
    review = make_review()
    form = formbuilder.create(
        review=review, actor=review.created_by, name="Trial", schema=TRIAL_WITH
    )
    formbuilder.publish(version=form.versions.get(), actor=review.created_by)
    given = {"title": "P", "role_x": "dead", "role_n": "n", "outcome": "Death", "method": "REML",
             "test": "z", "level": "95", "arm_1": "a", "arm_2": "b"}  # fmt: skip
    named = PlanForm(form, "RR", None, given | {"randomised": "all"})
    assert named.is_valid() and named.spec()["randomised"] == "all"
    cleared = PlanForm(form, "RR", None, given, spec=named.spec())
    assert cleared.is_valid() and "randomised" not in cleared.spec()
    assert PlanForm(form, "RR", None, spec=named.spec()).initial["randomised"] == "all"
    assert "randomised" not in PlanForm(form, "PLO", None).fields
    assert RandomisedForm(trials(), named.spec(), {}).data["randomised"] == "all"


@pytest.fixture
def world(db):
    review = make_review()
    made = {}
    few = trials()
    for study in few["studies"][1:3]:
        study["appraisals"] = few["studies"][0]["appraisals"]
    for title, data, asked in (
        ("BCG", trials(), risk("OR")), ("Change", changed(), spec("MN")), ("Few", few, risk("OR")),
    ):  # fmt: skip
        plan = runs.create_plan(review=review, actor=review.created_by, title=title, spec=asked)
        made[title] = runs.run(plan=plan, snapshot=frozen(review, data), actor=review.created_by)
    return review, made


class Ask:
    """Pages of the runs of a world, as somebody who is signed in sees them."""

    def __init__(self, world, client):
        (self.review, self.made), self.client = world, client
        client.force_login(self.review.created_by)

    def __call__(self, name, run, *more, **query):
        here = reverse(name, args=[self.review.pk, self.made[run].pk, *more])
        return self.client.get(here, query)

    def text(self, *args, **query):
        return self(*args, **query).content.decode()


@pytest.fixture
def ask(world, client):
    return Ask(world, client)


@pytest.mark.once  # these pages read a run as every other page of runs does
def test_the_page_of_the_curve(ask):
    whole = ask.text("run-choices", "BCG")
    assert "Mantel and Haenszel" in whole
    assert f"/plans/{ask.made['BCG'].plan_id}/try/?measure=" in whole
    few = {"measure": "OR", "method": "REML", "test": "z", "bias": "all"}
    one = ask.text("run-choices", "BCG", **few)
    assert "1 way: median" in one
    assert ask("run-choices", "BCG", measure="OR").status_code == 422
    assert "significant in one direction" in ask.text("run-choices", "BCG", joint=1, **few)
    assert "Not possible" in ask.text("run-choices", "Change", joint=1)
    assert ask("run-choices", "BCG", sort="-p").status_code == 200
    for sort in ("p", "-estimate", "k"):
        told = ask.text("run-choices", "Few", sort=sort)
        assert "; 76 cannot be computed" in told
    assert "Not possible: 1 study can enter" in ask.text("run-choices", "Few", sort="k")
    text = ask.text("run-choices-file", "BCG", "csv", **few)
    assert text.splitlines()[0].startswith("measure,estimator") and len(text.splitlines()) == 2
    for kind in ("svg", "pdf", "png"):
        assert ask("run-choices-file", "BCG", kind, **few).status_code == 200


@pytest.mark.once
def test_the_pages_of_what_is_missing(ask):
    asked = ask.text("run-participants", "BCG")
    assert "Choose the field" in asked and "verdict" not in asked
    told = ask.text("run-participants", "BCG", randomised="all")
    assert "verdict" in told and "IMOR" in told and "Trial 2" in told
    assert "Missing, treatment" in told and "Missing, no vaccine" in told
    assert ">Assumption<" in told
    assert ask("run-participants", "BCG", randomised="x").status_code == 422
    assert "Assumptions about missing participants" in ask.text("run-participants", "Change")
    assert "kept out of this run" in ask.text("run-sds", "BCG")
    sds = ask.text("run-sds", "Change", before="before", after="after")
    assert "r = 0.7" in sds and "Study 6" in sds and "Drawn 20 times" in sds
    for kind in ("svg", "pdf", "png"):
        assert f"missing-sds.{kind}?before=before&amp;after=after" in sds
    arms = {"randomised": "all", "first": "3", "second": "0.2"}
    saved = ask("run-assumed-file", "BCG", "participants", "svg", **arms)
    assert saved["Content-Type"] == "image/svg+xml" and b"IMOR 3 in" in saved.content
    assert (
        ask("run-assumed-file", "BCG", "participants", "pdf", randomised="all").status_code == 200
    )
    assert ask("run-assumed-file", "BCG", "sds", "svg").status_code == 409
    assert ask("run-assumed-file", "BCG", "others", "svg").status_code == 404


@pytest.mark.once
def test_an_assumption_of_ones_own_may_differ_between_the_arms(ask):
    data, asked = trials(), risk("OR")
    found = participants.read(data, asked, "all")
    own = participants.scenarios(found, asked, (2.0, 0.5))[-1]
    told = {one.name: one.fit for one in participants.scenarios(found, asked)}
    assert own.name == "As asked: IMOR 2 in treatment, 0.5 in no vaccine"
    same = told["Odds doubled in treatment, halved in no vaccine"]
    assert own.fit.beta[0] == pytest.approx(same.beta[0], rel=1e-12)
    form = RandomisedForm(data, asked, {"randomised": "all", "first": "3"})
    assert form.is_valid() and form.own() == (3.0, 1.0)
    form = RandomisedForm(data, asked | {"measure": "MD"}, {"randomised": "all", "second": "-4"})
    assert form.is_valid() and form.own() == (0.0, -4.0)
    for wrong in ("0", "-1", "x", "nan", "1e9"):
        page = ask("run-participants", "BCG", randomised="all", first=wrong)
        assert page.status_code == 422 and b"IMOR, treatment" in page.content


@pytest.mark.once
def test_strangers_see_nothing_and_observers_no_switches(ask):
    ask.client.force_login(join(ask.review, make_user("watcher"), "observer"))
    assert "/try/?" not in ask.text("run-choices", "BCG")
    ask.client.force_login(make_user("stranger"))
    assert ask("run-sds", "Change").status_code == 404
