"""Step 6: tools chosen and planned by the lead, and one person's answers."""

import pytest

from extraction import appraisal_settling, appraise, judging
from extraction.appraise import Given
from extraction.instruments import catalogue
from extraction.models import Answer, Assessment
from review.models import IllegalMove

from .appraisals import ASSIGNMENT, LOW, MARKS, Team, because, begun, compared, submitted
from .factories import make_review, make_study, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return Team()


def last(review):
    return review.events.order_by("seq").last()


class TestChoosing:
    def test_a_tool_is_pinned_by_its_hash(self, team):
        instrument = team.choose("rob2")
        tool = catalogue()["rob2"]
        assert (instrument.version, instrument.sha256) == (tool.version, tool.sha256)
        assert judging.tool(instrument) == tool
        assert (last(team.review).action, last(team.review).data["sha256"]) == (
            "instrument.choose", tool.sha256,
        )  # fmt: skip

    def test_not_twice(self, team):
        team.choose("rob2")
        with pytest.raises(IllegalMove, match="already"):
            team.choose("rob2")
        assert team.review.instruments.count() == 1

    def test_an_unknown_tool_and_an_unknown_choice_are_refused(self, team):
        with pytest.raises(IllegalMove, match="no such tool"):
            team.choose("rob3")
        for params in ({"effect": "cure"}, {"colour": "red"}):
            with pytest.raises(judging.BadAnswer):
                team.choose("rob2", params)
        assert not team.review.instruments.exists()

    def test_guidance_is_kept_by_question_and_taken_away_when_empty(self, team):
        instrument = team.choose("rob2")
        for text in ("Count people, not visits.", "Count people."):
            instrument = appraise.set_guidance(
                instrument=instrument, actor=team.lead, guidance={"3.1": text}
            )
        assert instrument.guidance == {"3.1": "Count people."}
        assert last(team.review).data["was"] == {"3.1": "Count people, not visits."}
        events = team.review.events.count()
        appraise.set_guidance(
            instrument=instrument, actor=team.lead, guidance={"3.1": "Count people. "}
        )
        assert team.review.events.count() == events
        emptied = appraise.set_guidance(
            instrument=instrument, actor=team.lead, guidance={"3.1": " "}
        )
        assert emptied.guidance == {}
        with pytest.raises(IllegalMove, match=r"no question 9\.9"):
            appraise.set_guidance(instrument=instrument, actor=team.lead, guidance={"9.9": "x"})

    def test_choices_count_for_what_is_planned_afterwards(self, team):
        instrument = team.choose("rob2", {})
        before = team.plan("rob2")
        appraise.set_params(instrument=instrument, actor=team.lead, params=ASSIGNMENT)
        assert (before.params, team.plan("rob2").params) == ({}, ASSIGNMENT)


class TestPlanning:
    def test_each_study_and_result_is_planned_once(self, team):
        instrument = team.choose("rob2")
        studies = [make_study(team.review), make_study(team.review)]
        plan = {"instrument": instrument, "actor": team.lead}
        assert len(appraise.plan(studies=studies[:1], result="Pain", **plan)) == 1
        assert [one.study for one in appraise.plan(studies=studies, result="Pain", **plan)] == [
            studies[1]
        ]
        assert len(appraise.plan(studies=studies, result="Sleep", **plan)) == 2
        assert len(last(team.review).data["assessments"]) == 2
        with pytest.raises(IllegalMove, match="nothing new"):
            appraise.plan(studies=studies, result="Pain", **plan)

    def test_a_study_of_another_review_is_not_planned(self, team):
        with pytest.raises(IllegalMove, match="nothing new"):
            appraise.plan(
                instrument=team.choose(), studies=[make_study(make_review())], actor=team.lead
            )

    def test_what_nobody_has_begun_can_be_taken_off_the_plan(self, team):
        assessment = team.plan()
        appraise.unplan(assessment=assessment, actor=team.lead)
        assert not Assessment.objects.exists()
        assert last(team.review).action == "assessment.unplan"
        assessment = team.plan()
        begun(assessment, team.one)
        with pytest.raises(IllegalMove, match="begun"):
            appraise.unplan(assessment=assessment, actor=team.lead)

    def test_the_number_of_appraisers_stays_as_planned(self, team):
        assessment = team.plan()
        team.review.appraisal_entries = 1
        team.review.save(update_fields=["appraisal_entries"])
        submitted(assessment, team.one, LOW)
        assessment.refresh_from_db()
        assert assessment.status == "open"


class TestBeginning:
    def test_two_people_at_most_each_once(self, team):
        assessment = team.plan()
        mine = begun(assessment, team.one)
        assert begun(assessment, team.one) == mine
        begun(assessment, team.two)
        with pytest.raises(IllegalMove, match="its appraisers already"):
            begun(assessment, make_user())
        assert team.review.events.filter(action="appraisal.begin").count() == 2

    def test_a_study_that_left_the_review_is_not_begun(self, team):
        assessment = team.plan()
        report = assessment.study.reports.get().report
        report.reference.screenings.filter(stage="full_text").update(status="excluded")
        with pytest.raises(IllegalMove, match="included at full text"):
            begun(assessment, team.one)

    def test_what_is_untouched_can_be_given_back(self, team):
        assessment = team.plan()
        appraise.give_back(appraisal=begun(assessment, team.one))
        assert not assessment.appraisals.exists()
        mine = begun(assessment, team.one, {"1.1": "Y"})
        with pytest.raises(IllegalMove, match="stays yours"):
            appraise.give_back(appraisal=mine)

    def test_whoever_ruled_does_not_appraise_it_later(self, team):
        assessment = compared(team, LOW, LOW | {"1.3": "Y"})
        appraisal_settling.escalate(assessment=assessment, person=team.one)
        appraisal_settling.rule(assessment=assessment, item="1.3", arbiter=team.arbiter, code="N")
        assessment.appraisals.get(appraiser=team.two).answers.all().delete()
        assessment.appraisals.get(appraiser=team.two).delete()
        with pytest.raises(IllegalMove, match="third person cannot"):
            begun(assessment, team.arbiter)


class TestAnswering:
    def test_an_answer_with_its_witness_is_kept_and_told(self, team):
        mine = begun(team.plan(), team.one)
        appraise.answer(
            appraisal=mine, item="1.1", code="PY", reason="Envelopes", quote="sealed", page=3
        )
        row = mine.answers.get()
        assert (row.item, appraise.content(row)) == ("1.1", Given("PY", "Envelopes", "sealed", 3))
        event = last(team.review)
        assert (event.action, event.subject, event.actor) == (
            "answer.save", f"appraisal:{mine.pk}", team.one,
        )  # fmt: skip
        assert event.data["answers"]["1.1"]["quote"] == "sealed"

    def test_nothing_given_takes_the_answer_away_but_a_quote_alone_stays(self, team):
        mine = begun(team.plan(), team.one, {"1.1": "Y"})
        appraise.answer(appraisal=mine, item="1.1", code="", quote="sealed")
        assert mine.answers.get().quote == "sealed"
        appraise.answer(appraisal=mine, item="1.1", code="")
        assert not mine.answers.exists()
        assert last(team.review).data["answers"] == {"1.1": None}

    def test_what_is_there_already_writes_no_event(self, team):
        mine = begun(team.plan(), team.one, {"1.1": "Y"})
        events = team.review.events.count()
        appraise.answer(appraisal=mine, item="1.1", code="Y")
        assert appraise.answer_all(appraisal=mine, mapping={"1.1": "Y"}) == 0
        assert team.review.events.count() == events

    def test_a_repeated_request_counts_once(self, team):
        mine = begun(team.plan(), team.one)
        appraise.answer(appraisal=mine, item="1.1", code="Y", key="a")
        appraise.answer(appraisal=mine, item="1.1", code="N", key="b")
        appraise.answer(appraisal=mine, item="1.1", code="Y", key="a")
        assert mine.answers.get().code == "N"
        assert team.review.events.filter(action="answer.save").count() == 2

    @pytest.mark.parametrize(
        ("item", "code", "words"),
        [
            ("9.9", "Y", "no question"),
            ("1.1", "maybe", "Choose one of"),
            ("A2.3", "NA", "follows from the other answers"),
            ("flag:D1.critical", "yes", "nothing to tick"),
            ("param:effect", "adhering", "not left to the appraisers"),
            ("judgement:D9", "Low", "no judgement"),
            ("judgement:D1", "Terrible", "is no judgement"),
            ("judgement:D1", "High", "Say why"),
            ("1.1", "Y" * 300, "too long"),
        ],
    )
    def test_what_the_tool_cannot_use_is_refused(self, team, item, code, words):
        mine = begun(team.plan(), team.one, LOW)
        events = team.review.events.count()
        with pytest.raises(judging.BadAnswer, match=words):
            appraise.answer(appraisal=mine, item=item, code=code)
        assert (mine.answers.count(), team.review.events.count()) == (len(LOW), events)

    def test_a_block_is_saved_whole_or_not_at_all(self, team):
        mine = begun(team.plan(), team.one)
        with pytest.raises(judging.BadAnswer):
            appraise.answer_all(appraisal=mine, mapping={"1.1": "Y", "1.2": "perhaps"})
        assert not mine.answers.exists()
        assert appraise.answer_all(appraisal=mine, mapping=LOW) == len(LOW)
        assert team.review.events.filter(action="answer.save").count() == 1

    def test_nobody_chooses_the_mark_of_a_difference(self, team):
        mine = begun(team.plan("checklist12"), team.one)
        with pytest.raises(judging.BadAnswer, match="two appraisers differ"):
            appraise.answer(appraisal=mine, item="1", code="*")

    def test_an_answer_that_stops_applying_is_kept_and_unused(self, team):
        mine = begun(
            team.plan(), team.one, LOW | {"A2.1": "Y", "A2.3": "Y", "A2.4": "Y", "A2.5": "N"}
        )
        assert appraise.result_of(mine).domain("D2A").final == "High"
        appraise.answer(appraisal=mine, item="A2.1", code="N")
        result = appraise.result_of(mine)
        assert result.domain("D2A").final == "Low"
        assert mine.answers.get(item="A2.4").code == "Y"
        assert any("kept but not used" in problem.text for problem in result.warnings)

    def test_an_open_preliminary_choice_is_the_appraisers(self, team):
        team.choose("rob2", {})
        mine = begun(team.plan(), team.one, {"param:effect": "adhering"})
        appraise.answer(
            appraisal=mine, item="param:deviations", code="implementation,non_adherence"
        )
        result = appraise.result_of(mine)
        assert (result.domain("D2A").active, result.domain("D2H").active) == (False, True)
        with pytest.raises(judging.BadAnswer, match="cannot be chosen"):
            appraise.answer(appraisal=mine, item="param:deviations", code="laziness")


class TestOverriding:
    def test_a_level_the_rules_do_not_give_needs_its_reason(self, team):
        mine = begun(team.plan(), team.one, LOW)
        appraise.answer(appraisal=mine, item="judgement:D1", code="High", reason="Fraud.")
        domain = appraise.result_of(mine).domain("D1")
        assert (domain.proposal, domain.final, domain.reason) == ("Low", "High", "Fraud.")

    def test_the_overall_is_never_milder_than_the_worst_domain(self, team):
        mine = begun(team.plan(), team.one, LOW | {"4.1": "Y"})
        with pytest.raises(judging.BadAnswer, match="nothing milder"):
            appraise.answer(
                appraisal=mine, item="judgement:overall", code="Low", reason="Otherwise fine."
            )

    def test_several_concerns_may_add_up_but_never_by_themselves(self, team):
        worried = LOW | {"1.2": "NI", "4.1": "NI", "5.1": "N"}
        mine = begun(team.plan(), team.one, worried)
        overall = appraise.result_of(mine).overall
        assert (overall.final, [one.to for one in overall.escalations]) == (
            "Some concerns",
            ["High"],
        )
        appraise.answer(
            appraisal=mine, item="judgement:overall", code="High", reason="Together too much."
        )
        assert appraise.result_of(mine).overall.final == "High"

    def test_a_band_is_arithmetic(self, team):
        mine = begun(team.plan("checklist12"), team.one, MARKS)
        with pytest.raises(judging.BadAnswer, match="cannot be replaced"):
            appraise.answer(appraisal=mine, item="judgement:overall", code="Low", reason="No.")


class TestCopying:
    def test_answers_come_from_another_result_and_levels_do_not(self, team):
        first = team.plan(result="ISI, 8 weeks")
        second = team.plan(result="ISI, 6 months", study=first.study)
        mine = begun(first, team.one, LOW | {"judgement:D1": because("High")})
        other = begun(second, team.one, {"1.1": "N"})
        assert appraise.copy_answers(appraisal=other, source=mine) == len(LOW) - 1
        other.refresh_from_db()
        assert other.copied_from == mine
        assert other.answers.get(item="1.1").code == "N"
        assert not other.answers.filter(item__startswith="judgement").exists()
        assert last(team.review).data["source"] == mine.pk
        with pytest.raises(IllegalMove, match="nothing to copy"):
            appraise.copy_answers(appraisal=other, source=mine)

    def test_not_from_another_person_study_or_tool(self, team):
        first = team.plan(result="ISI, 8 weeks")
        second = team.plan(result="ISI, 6 months", study=first.study)
        mine = begun(second, team.one)
        sources = [
            begun(first, team.two, LOW),
            begun(team.plan(), team.one, LOW),
            begun(team.plan("checklist12", study=first.study), team.one, MARKS),
            mine,
        ]
        for source in sources:
            with pytest.raises(IllegalMove, match="your own appraisal"):
                appraise.copy_answers(appraisal=mine, source=source)
        assert not mine.answers.exists()


class TestSubmitting:
    def test_what_is_missing_is_listed_by_number(self, team):
        left = {item: code for item, code in LOW.items() if item not in ("1.2", "4.3")}
        mine = begun(team.plan(), team.one, left)
        with pytest.raises(judging.Incomplete, match=r"1\.2, 4\.3 have no answer") as refusal:
            appraise.submit(appraisal=mine)
        assert [item for item, _ in refusal.value.missing] == ["1.2", "4.3"]
        mine.refresh_from_db()
        assert mine.status == "draft"

    def test_guidance_that_nobody_confirmed_is_not_submitted(self, team):
        mine = begun(team.plan("robins_i"), team.one, robins_answers())
        with pytest.raises(judging.Incomplete, match="domain 1 waits for your judgement"):
            appraise.submit(appraisal=mine)
        result = appraise.result_of(mine)
        levels = {f"judgement:{one.id}": one.proposal for one in result.domains if one.active}
        appraise.answer_all(appraisal=mine, mapping=levels)
        assert appraise.submit(appraisal=mine).status == "submitted"

    def test_submitted_answers_stand_until_they_are_taken_back(self, team):
        mine = submitted(team.plan(), team.one, LOW)
        with pytest.raises(IllegalMove, match="Take it back"):
            appraise.answer(appraisal=mine, item="1.1", code="N")
        with pytest.raises(IllegalMove):
            appraise.submit(appraisal=mine)
        appraise.take_back(appraisal=mine)
        appraise.answer(appraisal=mine, item="1.1", code="N")
        assert [event.action for event in team.review.events.order_by("seq")][-3:] == [
            "appraisal.submit", "appraisal.take_back", "answer.save",
        ]  # fmt: skip

    def test_nothing_is_taken_back_once_all_have_submitted(self, team):
        assessment = compared(team, LOW, LOW)
        with pytest.raises(IllegalMove, match="have been compared"):
            appraise.take_back(appraisal=assessment.appraisals.first())

    def test_a_repeated_submission_counts_once(self, team):
        mine = begun(team.plan(), team.one, LOW)
        appraise.submit(appraisal=mine, key="k")
        appraise.submit(appraisal=mine, key="k")
        assert team.review.events.filter(action="appraisal.submit").count() == 1


def robins_answers():
    """Answers to all of ROBINS-I under which nothing is missing but confirmation."""
    tool = catalogue()["robins_i"]
    said = {}
    for _ in range(100):
        result = judging.judge(tool, ASSIGNMENT, {i: judging.Said(c) for i, c in said.items()})
        if not result.missing:
            return said
        name = result.missing[0]
        codes = [option.code for option in tool.questions[name].options]
        said[name] = "N" if tool.questions[name].concern == "yes" else codes[0]
    raise AssertionError("the form has no end")


def test_answers_are_rows_of_their_own_appraisal(team):
    assessment = team.plan()
    begun(assessment, team.one, {"1.1": "Y"})
    begun(assessment, team.two, {"1.1": "N"})
    codes = Answer.objects.values_list("appraisal__appraiser", "code")
    assert dict(codes) == {team.one.pk: "Y", team.two.pk: "N"}
