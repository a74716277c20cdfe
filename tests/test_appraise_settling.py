"""Step 6, after submission: comparison, concessions, rulings, reopening."""

import pytest

from extraction import appraisal_settling as settling
from extraction import appraise, integrity, judging
from extraction.appraise import Given
from extraction.models import Assessment
from review.consensus import NotIndependent
from review.models import IllegalMove

from .appraisals import LOW, MARKS, Team, because, begun, compared, finals, submitted

pytestmark = pytest.mark.django_db

OPEN, CLOSED, UNUSED = "open", "closed", "unused"


@pytest.fixture
def team():
    return Team()


@pytest.fixture(autouse=True)
def consistent(db):
    """Whatever a test does through the doors, every cached value can be computed again."""
    yield
    for assessment in Assessment.objects.select_related("study__review"):
        assert integrity.problems(assessment.study.review) == []


def last(review):
    return review.events.order_by("seq").last()


class TestComparing:
    def test_the_same_answers_settle_at_once(self, team):
        assessment = compared(team, LOW, LOW)
        assert assessment.status == "settled"
        assert {row.origin for row in assessment.final_answers.all()} == {"same"}
        assert assessment.judgements["overall"] == {"proposed": "Low", "final": "Low", "reason": ""}
        assert [one["id"] for one in assessment.judgements["domains"]] == [
            "D1", "D2A", "D3", "D4", "D5",
        ]  # fmt: skip
        assert assessment.judgements["complete"] is True

    def test_nothing_is_compared_before_both_have_submitted(self, team):
        assessment = team.plan()
        submitted(assessment, team.one, LOW)
        begun(assessment, team.two, LOW)
        assessment.refresh_from_db()
        assert (assessment.status, assessment.final_answers.count()) == ("open", 0)

    def test_one_appraiser_is_enough_where_one_is_asked(self):
        team = Team(appraisal_entries=1)
        assessment = team.plan()
        submitted(assessment, team.one, LOW)
        assessment.refresh_from_db()
        assert assessment.status == "settled"
        assert {row.origin for row in assessment.final_answers.all()} == {"single"}
        with pytest.raises(IllegalMove, match="have been compared"):
            appraise.take_back(appraisal=assessment.appraisals.get())

    def test_what_differs_is_open_and_marked(self, team):
        assessment = compared(team, LOW, LOW | {"1.3": "PN", "5.1": "N"})
        assert assessment.status == "comparing"
        differ = assessment.final_answers.filter(first_disagreed=True)
        assert {row.item for row in differ} == {"1.3", "5.1"}
        assert {row.item for row in assessment.final_answers.filter(status=OPEN)} == {"1.3", "5.1"}
        assert last(team.review).data["differ"] == ["1.3", "5.1"]
        assert assessment.judgements == {}

    def test_a_note_that_differs_is_no_difference(self, team):
        assessment = compared(
            team, LOW | {"1.1": because("Y", "Envelopes")}, LOW | {"1.1": because("Y", "Computer")}
        )
        assert assessment.status == "settled"
        assert assessment.final_answers.get(item="1.1").reason == "Envelopes\nComputer"

    def test_an_override_of_one_differs_from_the_proposal_of_the_other(self, team):
        assessment = compared(team, LOW | {"judgement:D1": because("High")}, LOW)
        assert finals(assessment)["judgement:D1"] == ("", OPEN)
        settling.concede(assessment=assessment, item="judgement:D1", person=team.one)
        assessment.refresh_from_db()
        assert finals(assessment)["judgement:D1"] == (judging.PROPOSED, CLOSED)
        assert assessment.judgements["domains"][0]["final"] == "Low"

    def test_the_same_override_keeps_both_reasons(self, team):
        assessment = compared(
            team,
            LOW | {"judgement:D1": because("High", "Fraud.")},
            LOW | {"judgement:D1": because("High", "Retracted.")},
        )
        assert assessment.judgements["domains"][0] == {
            "id": "D1",
            "number": "1",
            "title": "Randomization process",
            "proposed": "Low",
            "final": "High",
            "reason": "Fraud.\nRetracted.",
        }

    def test_a_statement_ticked_by_one_differs(self, team):
        params = {"effect": "assignment"}
        team.choose("robins_i", params)
        assessment = team.plan("robins_i")
        for person, ticked in ((team.one, {"flag:D1.critical": "yes"}), (team.two, {})):
            robins(assessment, person, ticked)
        assert finals(assessment)["flag:D1.critical"] == ("", OPEN)
        settling.concede(assessment=assessment, item="flag:D1.critical", person=team.one)
        assert finals(assessment)["flag:D1.critical"] == ("no", CLOSED)


def robins(assessment, person, extra):
    """Answer ROBINS-I through, confirm every suggestion, and submit."""
    mine = begun(assessment, person)
    said = dict(extra)
    tool = judging.tool(assessment.instrument)
    while True:
        spoken = {item: judging.Said(code) for item, code in said.items()}
        result = judging.judge(tool, assessment.params, spoken)
        left = judging.missing(tool, result)
        if not left:
            break
        item = left[0][0]
        kind, name = judging.parts(item)
        if kind:
            said[item] = result.domain(name).proposal
        else:
            said[item] = "N" if tool.questions[name].concern == "yes" else "Y"
    appraise.answer_all(appraisal=mine, mapping=said)
    appraise.submit(appraisal=mine)
    assessment.refresh_from_db()


class TestRouting:
    """What is asked follows the answers that stand, not those of one person."""

    DEEP = LOW | {"A2.1": "Y", "A2.3": "Y", "A2.4": "PY", "A2.5": "N"}

    def test_what_only_one_was_asked_counts_only_when_it_applies(self, team):
        assessment = compared(team, LOW, self.DEEP)
        assert finals(assessment)["A2.1"] == ("", OPEN)
        assert finals(assessment)["A2.3"] == ("", UNUSED)
        settling.concede(assessment=assessment, item="A2.1", person=team.two)
        assessment.refresh_from_db()
        assert assessment.status == "settled"
        assert finals(assessment)["A2.3"] == ("", UNUSED)
        assert not assessment.final_answers.get(item="A2.3").first_disagreed

    def test_what_applies_now_is_asked_of_whoever_was_not_asked(self, team):
        assessment = compared(team, LOW, self.DEEP)
        settling.concede(assessment=assessment, item="A2.1", person=team.one)
        assert finals(assessment)["A2.3"] == ("", OPEN)
        with pytest.raises(IllegalMove, match="no answer here yet"):
            settling.concede(assessment=assessment, item="A2.3", person=team.one)
        with pytest.raises(IllegalMove, match="in already"):
            settling.add_answer(
                assessment=assessment, item="A2.3", person=team.two, given=Given("N")
            )
        settling.add_answer(assessment=assessment, item="A2.3", person=team.one, given=Given("N"))
        row = assessment.final_answers.get(item="A2.3")
        assert (row.status, row.first_disagreed) == (OPEN, True)
        settling.concede(assessment=assessment, item="A2.3", person=team.two)
        assessment.refresh_from_db()
        assert assessment.status == "settled"

    def test_the_same_later_answer_closes_without_a_mark(self, team):
        assessment = compared(team, LOW, self.DEEP)
        settling.concede(assessment=assessment, item="A2.1", person=team.one)
        settling.add_answer(assessment=assessment, item="A2.3", person=team.one, given=Given("Y"))
        row = assessment.final_answers.get(item="A2.3")
        assert (row.status, row.origin, row.first_disagreed) == (CLOSED, "same", False)

    def test_the_third_person_answers_what_came_up_through_their_ruling(self, team):
        assessment = compared(team, LOW, self.DEEP)
        with pytest.raises(IllegalMove, match="have not left it"):
            settling.rule(assessment=assessment, item="A2.1", arbiter=team.arbiter, code="Y")
        settling.escalate(assessment=assessment, item="A2.1", person=team.two)
        for item, code in (("A2.1", "Y"), ("A2.3", "Y"), ("A2.4", "Y"), ("A2.5", "PN")):
            settling.rule(assessment=assessment, item=item, arbiter=team.arbiter, code=code)
        assessment.refresh_from_db()
        assert assessment.status == "settled"
        assert finals(assessment)["A2.3"] == ("Y", CLOSED)
        assert assessment.judgements["domains"][1]["final"] == "High"

    def test_nobody_was_asked_and_the_third_person_answers(self, team):
        nobody = LOW | {"A2.6": "Y"}
        assessment = compared(team, nobody, nobody | {"A2.6": "PY", "3.1": "N", "3.2": "Y"})
        settling.escalate(assessment=assessment, person=team.one)
        settling.rule(assessment=assessment, item="A2.6", arbiter=team.arbiter, code="N")
        assert finals(assessment)["A2.7"] == ("", OPEN)
        settling.rule(assessment=assessment, item="A2.7", arbiter=team.arbiter, code="N")
        assert finals(assessment)["A2.7"] == ("N", CLOSED)

    def test_a_confirmed_level_the_rules_no_longer_give_is_said_again(self, team):
        team.choose("robins_i")
        assessment = team.plan("robins_i")
        robins(assessment, team.one, {"7.1": "N"})
        robins(assessment, team.two, {"7.1": "Y"})
        assert finals(assessment)["7.1"] == ("", OPEN)
        assert finals(assessment)["judgement:D7"] == ("", UNUSED)
        settling.escalate(assessment=assessment, person=team.one)
        rule = {"assessment": assessment, "arbiter": team.arbiter}
        settling.rule(item="7.1", code="Y", **rule)
        row = assessment.final_answers.get(item="judgement:D7")
        assert (row.status, row.escalated, row.first_disagreed) == (OPEN, True, False)
        with pytest.raises(judging.BadAnswer, match="Choose an answer"):
            settling.rule(item="judgement:D7", code="", **rule)
        settling.rule(item="judgement:D7", code="Serious", **rule)
        assessment.refresh_from_db()
        assert assessment.status == "settled"

    def test_two_confirmations_the_rules_no_longer_bear_out_are_given_again(self, team):
        team.choose("robins_i")
        assessment = team.plan("robins_i")
        mild = {"7.1": "N", "7.2": "N", "7.3": "N"}
        robins(assessment, team.one, mild | {"7.1": "Y"})
        robins(assessment, team.two, mild | {"7.2": "Y"})
        for item in ("7.1", "7.2"):
            person = team.one if item == "7.1" else team.two
            settling.concede(assessment=assessment, item=item, person=person)
        assert finals(assessment)["judgement:D7"] == ("", OPEN)
        for person in (team.one, team.two):
            settling.add_answer(
                assessment=assessment, item="judgement:D7", person=person, given=Given("Moderate")
            )
        assessment.refresh_from_db()
        assert assessment.status == "settled"
        assert assessment.judgements["domains"][-1]["final"] == "Moderate"


class TestRuling:
    @pytest.fixture
    def conflict(self, team):
        assessment = compared(team, LOW, LOW | {"1.3": "Y"})
        settling.escalate(assessment=assessment, item="1.3", person=team.one)
        return assessment

    def test_a_ruling_settles_and_freezes(self, team, conflict):
        settling.rule(
            assessment=conflict, item="1.3", arbiter=team.arbiter, code="PY", reason="Ages differ."
        )
        conflict.refresh_from_db()
        row = conflict.final_answers.get(item="1.3")
        assert (row.code, row.reason, row.origin, row.decided_by, row.first_disagreed) == (
            "PY", "Ages differ.", "ruled", team.arbiter, True,
        )  # fmt: skip
        assert conflict.status == "settled"
        assert conflict.judgements["domains"][0]["final"] == "Some concerns"
        event = last(team.review)
        assert (event.action, event.subject) == ("item.rule", f"assessment:{conflict.pk}")

    def test_never_by_one_of_the_two(self, team, conflict):
        for person in (team.one, team.two):
            with pytest.raises(NotIndependent):
                settling.rule(assessment=conflict, item="1.3", arbiter=person, code="Y")
        assert finals(conflict)["1.3"] == ("", OPEN)

    def test_not_twice_and_not_what_agreed(self, team, conflict):
        rule = {"assessment": conflict, "arbiter": team.arbiter}
        with pytest.raises(IllegalMove, match="is settled, or"):
            settling.rule(item="1.1", code="N", **rule)
        settling.rule(item="1.3", code="Y", key="k", **rule)
        settling.rule(item="1.3", code="Y", key="k", **rule)
        with pytest.raises(IllegalMove, match="settled"):
            settling.rule(item="1.3", code="N", **rule)
        assert team.review.events.filter(action="item.rule").count() == 1

    def test_what_the_tool_cannot_use_is_refused(self, team, conflict):
        for code in ("", "NA", "certainly", judging.PROPOSED):
            with pytest.raises(judging.BadAnswer):
                settling.rule(assessment=conflict, item="1.3", arbiter=team.arbiter, code=code)

    def test_the_two_may_still_agree_until_it_is_ruled(self, team, conflict):
        settling.concede(assessment=conflict, item="1.3", person=team.two)
        row = conflict.final_answers.get(item="1.3")
        assert (row.code, row.origin, row.decided_by) == ("N", "conceded", team.two)
        conflict.refresh_from_db()
        assert conflict.status == "settled"

    def test_strangers_to_the_assessment_neither_concede_nor_escalate(self, team, conflict):
        for act in (settling.concede, settling.escalate):
            with pytest.raises(IllegalMove, match="who appraised"):
                act(assessment=conflict, item="1.3", person=team.arbiter)

    def test_nothing_is_left_twice(self, team, conflict):
        with pytest.raises(IllegalMove, match="nothing open"):
            settling.escalate(assessment=conflict, item="1.3", person=team.two)

    def test_an_override_ruled_on_needs_its_reason(self, team):
        assessment = compared(team, LOW | {"judgement:D1": because("High")}, LOW)
        settling.escalate(assessment=assessment, person=team.two)
        rule = {"assessment": assessment, "item": "judgement:D1", "arbiter": team.arbiter}
        with pytest.raises(judging.BadAnswer, match="Say why"):
            settling.rule(code="High", **rule)
        settling.rule(code=judging.PROPOSED, **rule)
        assessment.refresh_from_db()
        assert assessment.judgements["domains"][0]["final"] == "Low"


class TestChecklist:
    def test_the_star_stays_beside_the_final_mark(self, team):
        assessment = compared(team, MARKS, MARKS | {"3": "-", "4": "-"}, "checklist12")
        settling.escalate(assessment=assessment, person=team.one)
        settling.rule(assessment=assessment, item="3", arbiter=team.arbiter, code="+")
        settling.rule(assessment=assessment, item="4", arbiter=team.arbiter, code="-")
        assessment.refresh_from_db()
        marks = {
            row.item: (row.code, row.first_disagreed) for row in assessment.final_answers.all()
        }
        assert (marks["3"], marks["4"], marks["5"]) == (("+", True), ("-", True), ("+", False))
        assert assessment.judgements["scores"] == [{"id": "total", "low": 11, "high": 11}]
        assert assessment.judgements["overall"]["final"] == "High"
        assert assessment.judgements["domains"] == []


class TestReopening:
    @pytest.fixture
    def settled(self, team):
        assessment = compared(team, LOW, LOW | {"1.3": "Y"})
        settling.escalate(assessment=assessment, person=team.one)
        settling.rule(assessment=assessment, item="1.3", arbiter=team.arbiter, code="Y")
        return assessment

    def test_decisions_are_taken_back_and_answers_stay(self, team, settled):
        settling.reopen(assessment=settled, actor=team.lead, reason="New registry entry")
        settled.refresh_from_db()
        row = settled.final_answers.get(item="1.3")
        assert (settled.status, settled.judgements, settled.settled_at) == ("comparing", {}, None)
        assert (row.status, row.decided_by, row.first_disagreed) == (OPEN, None, True)
        assert last(team.review).data["taken_back"]["1.3"][1] == "Y"
        settling.rule(assessment=settled, item="1.3", arbiter=team.arbiter, code="N")
        settled.refresh_from_db()
        assert settled.judgements["overall"]["final"] == "Low"

    def test_sent_back_appraisals_are_drafts_and_the_mark_stays(self, team, settled):
        settling.send_back(assessment=settled, actor=team.lead, reason="Wrong paper")
        settled.refresh_from_db()
        assert settled.status == "open"
        assert {one.status for one in settled.appraisals.all()} == {"draft"}
        assert [row.item for row in settled.final_answers.all()] == ["1.3"]
        for person in (team.one, team.two):
            mine = settled.appraisals.get(appraiser=person)
            appraise.answer(appraisal=mine, item="1.3", code="N")
            appraise.submit(appraisal=mine)
        settled.refresh_from_db()
        assert settled.status == "settled"
        row = settled.final_answers.get(item="1.3")
        assert (row.code, row.origin, row.first_disagreed) == ("N", "same", True)

    def test_a_reason_is_needed_and_a_state_to_open(self, team, settled):
        with pytest.raises(IllegalMove, match="Say why"):
            settling.reopen(assessment=settled, actor=team.lead, reason=" ")
        settling.reopen(assessment=settled, actor=team.lead, reason="Why not")
        with pytest.raises(IllegalMove, match="Only a settled"):
            settling.reopen(assessment=settled, actor=team.lead, reason="Again")
        with pytest.raises(IllegalMove, match="nothing to send back"):
            settling.send_back(assessment=team.plan(), actor=team.lead, reason="Early")

    def test_what_never_differed_has_no_decision_to_take_back(self, team):
        assessment = compared(team, LOW, LOW)
        with pytest.raises(IllegalMove, match="did not differ"):
            settling.reopen(assessment=assessment, actor=team.lead, reason="Look again")
