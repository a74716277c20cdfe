"""Nobody learns of another's appraisal before they may: pages are compared byte by byte."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from extraction import appraisal_settling as settling
from extraction import appraise
from extraction.appraise import Given
from review.models import Review

from .appraisals import LOW, Team, begun, compared, submitted
from .factories import join, make_user

pytestmark = pytest.mark.django_db
CANARY = "canary-quote-4711"
TOLD = LOW | {"1.2": Given("PN", f"{CANARY} note", f"{CANARY} words", 4711)}
CHANGING = re.compile(r'csrf[^>]*>|value="[0-9a-f-]{32,}[^"]*"|nonce="[^"]*"')


@pytest.fixture
def team():
    return Team()


def page(team, person, name, *args):
    """Status and text of a page, without what changes at every visit."""
    client = Client()
    client.force_login(person)
    answer = client.get(reverse(name, args=[team.review.pk, *args]))
    return answer.status_code, CHANGING.sub("", answer.content.decode())


def all_pages(team, person, assessment):
    """Every page of step 6 on one assessment, as one person gets it."""
    tool = assessment.instrument_id
    pages = {name: page(team, person, name) for name in ("assessments", "instruments")}
    for name in ("instrument", "instrument-summary"):
        pages[name] = page(team, person, name, tool)
    for name in ("assessment", "appraisal-compare", "appraisal-settle"):
        pages[name] = page(team, person, name, assessment.pk)
    for appraisal in assessment.appraisals.all():
        mine = "mine" if appraisal.appraiser == person else "other"
        pages[f"appraisal, {mine}"] = page(team, person, "appraisal", appraisal.pk)
    return pages


def test_one_who_answers_cannot_tell_what_the_other_does(team):
    """From the other's first answer to their submission, nothing changes for this one."""
    assessment = team.plan()
    begun(assessment, team.one, {"1.1": "Y"})
    theirs = begun(assessment, team.two)
    before = all_pages(team, team.one, assessment)
    appraise.answer_all(appraisal=theirs, mapping=TOLD)
    assert all_pages(team, team.one, assessment) == before
    appraise.submit(appraisal=theirs)
    assert all_pages(team, team.one, assessment) == before


def test_others_cannot_tell_how_far_anybody_is(team):
    """Whoever does not appraise a study sees no more than that it is being appraised."""
    assessment = team.plan()
    drafts = [begun(assessment, person) for person in (team.one, team.two)]
    third = join(team.review, make_user(), "reviewer")
    people = [third, team.lead, team.arbiter, team.observer, team.statistician]
    before = [all_pages(team, person, assessment) for person in people]
    appraise.answer_all(appraisal=drafts[0], mapping=TOLD)
    appraise.submit(appraisal=drafts[0])
    appraise.answer_all(appraisal=drafts[1], mapping=LOW)
    assert [all_pages(team, person, assessment) for person in people] == before


def test_an_appraisal_is_its_authors_alone(team):
    assessment = team.plan()
    theirs = begun(assessment, team.one, TOLD)
    for person in (team.two, team.lead, team.arbiter, team.observer, team.statistician):
        status, text = page(team, person, "appraisal", theirs.pk)
        assert status in (403, 404) and CANARY not in text


def test_while_they_compare_only_the_two_and_a_third_person_see_what_was_said(team):
    assessment = compared(team, TOLD, LOW)
    assert CANARY in page(team, team.two, "appraisal-compare", assessment.pk)[1]
    outsider = join(team.review, make_user(), "reviewer")
    for person in (outsider, team.observer, team.statistician, team.arbiter, team.lead):
        for name, (_, text) in all_pages(team, person, assessment).items():
            assert CANARY not in text, (person, name)
    settling.escalate(assessment=assessment, person=team.one)
    assert CANARY in page(team, team.arbiter, "appraisal-settle", assessment.pk)[1]
    assert CANARY not in page(team, team.observer, "assessment", assessment.pk)[1]


@pytest.mark.parametrize("names", [False, True])
def test_a_third_person_sees_names_only_when_the_lead_says_so(names):
    team = Team(arbiter_sees_names=names)
    assessment = compared(team, TOLD, LOW)
    settling.escalate(assessment=assessment, person=team.one)
    text = page(team, team.arbiter, "appraisal-settle", assessment.pk)[1]
    assert CANARY in text
    assert (str(team.one) in text, str(team.two) in text) == (names, names)


def test_the_order_of_the_two_is_stable_and_not_the_same_everywhere(team):
    firsts = set()
    for _ in range(8):
        assessment = compared(team, TOLD, LOW)
        settling.escalate(assessment=assessment, person=team.one)
        texts = {page(team, team.arbiter, "appraisal-settle", assessment.pk)[1] for _ in range(2)}
        assert len(texts) == 1
        text = texts.pop()
        firsts.add(text.index("Probably no") < text.index(">Yes<"))
    assert firsts == {True, False}


def test_an_answer_that_was_asked_later_waits_for_the_other_one(team):
    deep = LOW | {"A2.1": "Y", "A2.3": Given("Y", f"{CANARY}"), "A2.4": "N"}
    assessment = compared(team, LOW, deep)
    settling.concede(assessment=assessment, item="A2.1", person=team.one)
    settling.escalate(assessment=assessment, person=team.one)
    for person, name in ((team.one, "appraisal-compare"), (team.arbiter, "appraisal-settle")):
        text = page(team, person, name, assessment.pk)[1]
        assert "2.3. " in text and CANARY not in text
    given = Given("N", "mine")
    settling.add_answer(assessment=assessment, item="A2.3", person=team.one, given=given)
    assert CANARY in page(team, team.one, "appraisal-compare", assessment.pk)[1]


def test_a_statistician_never_reads_names(team):
    assessment = compared(team, TOLD, LOW)
    settling.escalate(assessment=assessment, person=team.one)
    settling.rule(assessment=assessment, item="1.2", arbiter=team.arbiter, code="Y")
    text = page(team, team.statistician, "assessment", assessment.pk)[1]
    assert CANARY in text and "Third person" in text
    for person in (team.one, team.two, team.arbiter):
        assert str(person) not in text
    assert str(team.one) in page(team, team.observer, "assessment", assessment.pk)[1]


def test_settled_judgements_wait_for_the_whole_stage_where_the_protocol_says_so():
    team = Team(reveal=Review.Reveal.STAGE_DONE)
    assessment, open_one = compared(team, TOLD, TOLD), team.plan()
    for name, key in (
        ("assessment", assessment.pk),
        ("instrument-summary", assessment.instrument_id),
    ):
        text = page(team, team.one, name, key)[1]
        assert "when every assessment is settled" in text and "High risk" not in text
    assert "High risk of bias" in page(team, team.lead, "assessment", assessment.pk)[1]
    for person in (team.one, team.two):
        submitted(open_one, person, LOW)
    assert CANARY in page(team, team.one, "assessment", assessment.pk)[1]
