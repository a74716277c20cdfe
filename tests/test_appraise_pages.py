"""The pages of appraisal: what they answer, and to whom."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from extraction import appraisal_lanes as lanes
from extraction import appraisal_settling as settling
from extraction import appraise
from extraction.models import Appraisal, Assessment
from review.access import seat_of

from .appraisals import ASSIGNMENT, LOW, MARKS, Team, because, begun, compared, submitted
from .factories import make_study, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def team():
    return Team()


def as_user(user):
    client = Client()
    client.force_login(user)
    return client


def url(team, name, *args):
    return reverse(name, args=[team.review.pk, *args])


def text(answer):
    return answer.content.decode()


def answer_to(team, appraisal, **data):
    client = as_user(appraisal.appraiser)
    return client.post(url(team, "appraisal-answer", appraisal.pk), data, headers=HTMX)


class TestTools:
    def test_a_lead_chooses_guides_and_plans(self, team):
        client, study = as_user(team.lead), make_study(team.review)
        page = text(client.get(url(team, "instruments")))
        assert "RoB 2, individually randomised" in page and "CC BY-NC-ND" in page
        chosen = client.post(url(team, "instrument-choose"), {"tool": "rob2"})
        tool = team.review.instruments.get()
        assert chosen.url == url(team, "instrument", tool.pk)
        client.post(url(team, "instrument-params", tool.pk), {"effect": "assignment"})
        client.post(url(team, "instrument-guidance", tool.pk), {"3.1": "95% or more."})
        tool.refresh_from_db()
        assert (tool.params["effect"], tool.guidance) == ("assignment", {"3.1": "95% or more."})
        plan = {"studies": [study.pk], "result": "Pain", "effect": "adhering",
                "deviations": ["non_adherence"]}  # fmt: skip
        client.post(url(team, "instrument-plan", tool.pk), plan)
        assessment = Assessment.objects.get()
        assert (assessment.study, assessment.result) == (study, "Pain")
        assert assessment.params["deviations"] == ["non_adherence"]
        client.post(url(team, "assessment-unplan", assessment.pk))
        assert not Assessment.objects.exists()

    def test_what_cannot_be_planned_is_said_on_the_page(self, team):
        tool = team.choose()
        answer = as_user(team.lead).post(url(team, "instrument-plan", tool.pk), {})
        assert answer.status_code == 422
        assert "Choose at least one study" in text(answer)
        twice = as_user(team.lead).post(url(team, "instrument-choose"), {"tool": "rob2"})
        assert twice.status_code == 409

    @pytest.mark.parametrize(
        ("key", "words"),
        [
            ("rob2_crossover", "not verified"),
            ("rob2_cluster", "is a draft"),
            ("nos_cohort", "draft"),
        ],
    )
    def test_a_tool_that_is_not_active_says_so(self, team, key, words):
        tool = team.choose(key, {})
        for name in ("instrument", "instrument-summary"):
            assert words in text(as_user(team.lead).get(url(team, name, tool.pk)))

    def test_those_who_only_look_find_no_form(self, team):
        tool = team.choose()
        page = text(as_user(team.observer).get(url(team, "instrument", tool.pk)))
        assert "Plan these" not in page and "effect of assignment" in page


class TestList:
    def test_it_says_what_is_mine_to_do(self, team):
        _, second, mine, done = (team.plan() for _ in range(4))
        begun(second, team.two)
        begun(mine, team.one)
        submitted(done, team.one, LOW)
        page = text(as_user(team.one).get(url(team, "assessments")))
        for words in ("Needs two appraisers", "Needs a second appraiser", "You are answering it",
                      "You have submitted", "For me to appraise, 3"):  # fmt: skip
            assert words in page
        lane = text(as_user(team.one).get(url(team, "assessments") + "?lane=mine"))
        assert "You have submitted" not in lane

    def test_lanes_count_what_waits_for_whom(self, team):
        def counts(person):
            seat = seat_of(person, team.review)
            return [
                lane(team.review, seat)
                for lane in (lanes.to_appraise, lanes.to_compare, lanes.to_settle)
            ]

        team.plan()
        assert counts(team.one) == counts(team.two) == [1, 0, 0]
        assessment = compared(team, LOW, LOW | {"1.3": "Y", "5.1": "PY"})
        assert (counts(team.one), counts(team.arbiter)) == ([1, 1, 0], [0, 0, 0])
        settling.escalate(assessment=assessment, person=team.one, item="1.3")
        assert (counts(team.one), counts(team.arbiter)) == ([1, 1, 0], [0, 0, 1])
        settling.escalate(assessment=assessment, person=team.one, item="5.1")
        assert (counts(team.one), counts(team.arbiter), counts(team.lead)) == (
            [1, 0, 0], [0, 0, 1], [0, 0, 1],
        )  # fmt: skip
        for item in ("1.3", "5.1"):
            settling.rule(assessment=assessment, item=item, arbiter=team.arbiter, code="Y")
        assert (counts(team.one), counts(team.arbiter)) == ([1, 0, 0], [0, 0, 0])

    @pytest.mark.parametrize("name", ["assessments", "instrument-summary"])
    def test_a_page_of_the_list_asks_the_same_few_queries_however_long(self, team, name):
        def queries():
            args = [team.review.instruments.get().pk] if name == "instrument-summary" else []
            client = as_user(team.one)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert client.get(url(team, name, *args)).status_code == 200
            return len(seen)

        compared(team, MARKS, MARKS, "checklist12")
        few = queries()
        for _ in range(5):
            compared(team, MARKS, MARKS | {"3": "-"}, "checklist12")
            compared(team, MARKS, MARKS, "checklist12")
        assert queries() == few <= 15

    def test_it_sorts_by_every_column(self, team):
        compared(team, LOW, LOW)
        team.plan(result="Pain")
        for sort in ("study", "-study", "result", "instrument"):
            assert (
                as_user(team.one).get(url(team, "assessments") + f"?sort={sort}").status_code == 200
            )


class TestAppraising:
    def test_an_answer_moves_what_follows_from_it(self, team):
        mine = begun(team.plan(), team.one, {"1.1": "Y", "1.2": "Y"})
        page = text(answer_to(team, mine, item="1.3", code="N"))
        assert 'id="verdict-D1"' in page and "Proposed: low risk of bias" in page
        assert "1.2 is Yes/Probably yes and 1.1 is" in page
        assert 'id="line-A2.3"' not in page and 'id="section-D3"' not in page
        page = text(answer_to(team, mine, item="A2.1", code="N"))
        assert 'id="line-A2.3"' not in page
        page = text(answer_to(team, mine, item="A2.2", code="N"))
        assert "Does not apply: asked when 2.1 is" in page and 'id="line-A2.3"' in page

    def test_a_level_that_is_already_fixed_is_provisional(self, team):
        mine = begun(team.plan(), team.one)
        page = text(answer_to(team, mine, item="1.2", code="N"))
        assert "provisional" in page and "2 questions are still open" in page
        page = text(answer_to(team, mine, item="1.1", code="Y"))
        page = text(answer_to(team, mine, item="1.3", code="N"))
        assert "provisional" not in page.split('id="verdict-D1"')[1].split("</div>")[0]

    def test_a_refused_answer_says_why_and_changes_nothing(self, team):
        mine = begun(team.plan(), team.one, LOW)
        answer = answer_to(team, mine, item="judgement:D1", code="High")
        assert (answer.status_code, text(answer)[:7]) == (422, "Say why")
        form = as_user(team.one).post(
            url(team, "appraisal-answer", mine.pk), {"item": "1.1", "code": "?"}
        )
        assert form.status_code == 422 and "Choose one of" in text(form)
        assert mine.answers.get(item="1.1").code == "Y"

    def test_it_works_without_a_script(self, team):
        mine = begun(team.plan(), team.one)
        client = as_user(team.one)
        sent = {"item": "1.1", "code": "PY", "quote": "sealed", "page": "3", "reason": "seen"}
        answer = client.post(url(team, "appraisal-answer", mine.pk), sent)
        assert answer.url == url(team, "appraisal", mine.pk) + "#line-1.1"
        page = text(client.get(url(team, "appraisal", mine.pk)))
        assert "sealed" in page and "Save<span" in page
        client.post(
            url(team, "appraisal-answer", mine.pk), {"item": "1.1", "clear": "1", "code": "PY"}
        )
        assert not mine.answers.exists()

    def test_several_codes_are_one_answer(self, team):
        team.choose("rob2", {})
        mine = begun(team.plan(), team.one, {"param:effect": "adhering"})
        codes = ["implementation", "non_adherence"]
        answer_to(team, mine, item="param:deviations", code=codes)
        assert mine.answers.get(item="param:deviations").code == ",".join(codes)

    def test_guidance_stands_at_its_question(self, team):
        mine = begun(team.plan(), team.one)
        appraise.set_guidance(
            instrument=mine.assessment.instrument, actor=team.lead, guidance={"3.1": "95% or more."}
        )
        assert "95% or more." in text(as_user(team.one).get(url(team, "appraisal", mine.pk)))

    def test_guidance_tools_leave_levels_open(self, team):
        from_tool = team.plan("robins_i")
        mine = begun(from_tool, team.one, {"7.1": "Y", "7.2": "N", "7.3": "N"})
        page = text(as_user(team.one).get(url(team, "appraisal", mine.pk)))
        assert "Suggested: serious" in page and "Confirm serious" in page
        assert 'Critical risk of bias <span class="faint">left open by the tool' in page
        answer_to(team, mine, item="judgement:D7", code="Critical")
        assert appraise.result_of(mine).domain("D7").final == "Critical"

    def test_what_is_missing_is_listed_with_links(self, team):
        mine = begun(team.plan(), team.one, {"1.1": "Y"})
        answer = as_user(team.one).post(url(team, "appraisal-submit", mine.pk))
        assert answer.status_code == 422
        assert '<a href="#line-1.2">1.2 has no answer</a>' in text(answer)

    def test_submission_leads_to_what_is_next(self, team):
        assessment = team.plan()
        first = begun(assessment, team.one, LOW)
        second = begun(assessment, team.two, LOW | {"1.3": "Y"})
        one = as_user(team.one).post(url(team, "appraisal-submit", first.pk))
        assert one.url == url(team, "assessments")
        back = as_user(team.one).post(url(team, "appraisal-take-back", first.pk))
        assert back.url == url(team, "appraisal", first.pk)
        as_user(team.one).post(url(team, "appraisal-submit", first.pk))
        two = as_user(team.two).post(url(team, "appraisal-submit", second.pk))
        assert two.url == url(team, "appraisal-compare", assessment.pk)

    def test_answers_are_copied_from_another_result_with_a_link_to_it(self, team):
        first = team.plan(result="ISI, 8 weeks")
        second = team.plan(result="ISI, 6 months", study=first.study)
        source, mine = begun(first, team.one, LOW), begun(second, team.one)
        page = url(team, "appraisal", mine.pk)
        assert "Copy answers from ISI, 8 weeks" in text(as_user(team.one).get(page))
        as_user(team.one).post(url(team, "appraisal-copy", mine.pk), {"source": source.pk})
        assert mine.answers.count() == len(LOW)
        seen = text(as_user(team.one).get(page))
        assert f'<a href="{url(team, "appraisal", source.pk)}">ISI, 8 weeks</a>' in seen

    def test_an_untouched_appraisal_is_left_to_somebody_else(self, team):
        mine = begun(team.plan(), team.one)
        as_user(team.one).post(url(team, "appraisal-give-back", mine.pk))
        assert not Appraisal.objects.exists()


class TestSettling:
    def test_the_two_see_each_other_and_agree(self, team):
        assessment = compared(team, LOW | {"1.2": because("NI", "Not said.")}, LOW | {"1.2": "PY"})
        page = text(as_user(team.two).get(url(team, "appraisal-compare", assessment.pk)))
        assert "1 left" in page and str(team.one) in page and "Not said." in page
        client = as_user(team.two)
        answer = client.post(
            url(team, "appraisal-concede", assessment.pk), {"item": "1.2"}, headers=HTMX
        )
        assert answer.headers["HX-Redirect"] == url(team, "assessment", assessment.pk)

    def test_a_third_person_settles_what_was_left(self, team):
        assessment = compared(team, LOW, LOW | {"1.2": "PN", "5.1": "N"})
        as_user(team.one).post(url(team, "appraisal-escalate", assessment.pk), {"item": "1.2"})
        client = as_user(team.arbiter)
        page = text(client.get(url(team, "appraisal-settle", assessment.pk)))
        assert "1.2. " in page and "5.1. " not in page
        rule = {"item": "1.2", "code": "PY", "reason": "Central office."}
        client.post(url(team, "appraisal-rule", assessment.pk), rule)
        as_user(team.two).post(url(team, "appraisal-concede", assessment.pk), {"item": "5.1"})
        page = text(as_user(team.observer).get(url(team, "assessment", assessment.pk)))
        assert "Central office." in page and str(team.arbiter) in page
        assert "the two appraisers first disagreed" in page

    def test_an_answer_that_is_needed_now_is_given_on_the_page(self, team):
        deep = LOW | {"A2.1": "Y", "A2.3": "Y", "A2.4": "N"}
        assessment = compared(team, LOW, deep)
        settling.concede(assessment=assessment, item="A2.1", person=team.one)
        page = text(as_user(team.one).get(url(team, "appraisal-compare", assessment.pk)))
        assert "Needs your answer" in page
        given = {"item": "A2.3", "code": "PY", "quote": "q"}
        as_user(team.one).post(url(team, "appraisal-add", assessment.pk), given)
        assert assessment.final_answers.get(item="A2.3").first_disagreed

    def test_a_refused_ruling_says_why(self, team):
        assessment = compared(team, LOW | {"judgement:D1": because("High")}, LOW)
        settling.escalate(assessment=assessment, person=team.one)
        answer = as_user(team.arbiter).post(
            url(team, "appraisal-rule", assessment.pk), {"item": "judgement:D1", "code": "High"}
        )
        assert answer.status_code == 422 and "Say why" in text(answer)

    def test_a_settled_assessment_is_opened_again_with_a_reason(self, team):
        assessment = compared(team, LOW, LOW | {"1.2": "PN"})
        settling.concede(assessment=assessment, item="1.2", person=team.two)
        client, page = as_user(team.arbiter), url(team, "assessment-reopen", assessment.pk)
        assert client.post(page, {"how": "reopen"}).status_code == 422
        client.post(page, {"how": "reopen", "reason": "New registry entry"})
        assessment.refresh_from_db()
        assert assessment.status == "comparing"
        client.post(page, {"how": "send_back", "reason": "Wrong paper"})
        assessment.refresh_from_db()
        assert assessment.status == "open"

    def test_the_summary_holds_settled_judgements(self, team):
        assessment = compared(team, LOW, LOW | {"4.1": "PY"})
        summary = url(team, "instrument-summary", assessment.instrument_id)
        assert "Nothing is settled yet" in text(as_user(team.observer).get(summary))
        settling.concede(assessment=assessment, item="4.1", person=team.one)
        page = text(as_user(team.observer).get(summary))
        assert str(assessment.study) in page and "High risk of bias" in page

    def test_the_summary_of_a_checklist_prints_the_star(self, team):
        assessment = compared(team, MARKS, MARKS | {"3": "-"}, "checklist12")
        settling.concede(assessment=assessment, item="3", person=team.one)
        page = text(
            as_user(team.observer).get(url(team, "instrument-summary", assessment.instrument_id))
        )
        assert '<td>−<abbr title="the appraisers first disagreed">*</abbr></td>' in page
        assert '<td class="numeric">11</td>' in page


class TestRefused:
    """Stranger 404, member without the right 403, wrong state 409."""

    @pytest.fixture
    def mine(self, team):
        return begun(team.plan(), team.one, LOW)

    @pytest.mark.parametrize(
        ("name", "who", "status"),
        [
            ("appraisal-answer", "two", 404),
            ("appraisal-answer", "arbiter", 403),
            ("appraisal-answer", "stranger", 404),
            ("appraisal-submit", "two", 404),
            ("appraisal-submit", "lead", 403),
            ("appraisal-take-back", "one", 409),
            ("appraisal-give-back", "one", 409),
            ("appraisal-begin", "observer", 403),
            ("appraisal-compare", "one", 409),
            ("appraisal-compare", "two", 404),
            ("appraisal-concede", "two", 404),
            ("appraisal-settle", "arbiter", 409),
            ("appraisal-rule", "one", 403),
            ("appraisal-rule", "stranger", 404),
            ("assessment-reopen", "one", 403),
            ("assessment-unplan", "arbiter", 403),
            ("assessment-unplan", "lead", 409),
        ],
    )
    def test_and_nothing_is_written(self, team, mine, name, who, status):
        people = vars(team) | {"stranger": make_user()}
        on_appraisal = name in ("appraisal-answer", "appraisal-submit", "appraisal-take-back",
                                "appraisal-give-back")  # fmt: skip
        key = mine.pk if on_appraisal else mine.assessment_id
        client, events = as_user(people[who]), team.review.events.count()
        call = client.get if name in ("appraisal-compare", "appraisal-settle") else client.post
        data = {"item": "1.1", "code": "N", "how": "reopen", "reason": "x"}
        assert call(url(team, name, key), data).status_code == status
        assert team.review.events.count() == events

    def test_params_of_another_review_are_not_reached(self, team, mine):
        other = Team()
        path = reverse("appraisal", args=[other.review.pk, mine.pk])
        assert as_user(other.one).get(path).status_code == 404
        assert ASSIGNMENT == {"effect": "assignment"}
