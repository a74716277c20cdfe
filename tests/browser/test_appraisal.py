"""Appraisal in a real browser: questions by key, a lost connection, comparison, settling."""

import pytest
from playwright.sync_api import expect

from extraction import appraise
from extraction.models import Assessment
from tests.appraisals import LOW, MARKS, Team, because, begun, submitted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team():
    return Team()


def address(team, tail):
    return f"/reviews/{team.review.pk}/appraisal/{tail}"


def saved(page):
    expect(page.locator("#saved")).to_have_text("All saved")


def press(page, keys):
    """Press keys one after the other, capital letters with the shift key."""
    for key in keys:
        shifted = len(key) == 1 and key.isupper()
        page.keyboard.press(f"Shift+{key}" if shifted else key)


def in_hand(page, item):
    expect(page.locator(".ask[aria-current]")).to_have_id(f"line-{item}")


def codes(appraisal):
    return dict(appraisal.answers.exclude(code="").values_list("item", "code"))


def test_an_answer_under_an_old_token_is_sent_with_the_new_one(open_as, team):
    mine = begun(team.plan(), team.one)
    page = open_as(team.one)
    page.goto(address(team, f"mine/{mine.pk}/"))
    in_hand(page, "1.1")
    page.evaluate("document.querySelector('meta[name=csrf-token]').content = 'x'.repeat(64)")
    press(page, "y")
    expect(page.locator("#saved")).to_have_text("Offline, 1 kept")
    expect(page.locator("#saved")).to_have_text("All saved", timeout=9000)
    assert codes(mine) == {"1.1": "Y"}


def test_a_whole_tool_by_key(open_as, team, assert_accessible):
    appraise.set_guidance(instrument=team.choose(), actor=team.lead, guidance={"1.2": "Envelopes."})
    mine = begun(team.plan(), team.one)
    page = open_as(team.one)
    page.goto(address(team, f"mine/{mine.pk}/"))
    in_hand(page, "1.1")
    press(page, "yj")
    expect(page.get_by_text("Envelopes.")).to_be_visible()
    press(page, "YjnjN")
    saved(page)
    assert codes(mine) == {"1.1": "Y", "1.2": "PY", "1.3": "N", "A2.1": "PN"}
    expect(page.locator("#verdict-D1")).to_contain_text("Proposed: low risk of bias")
    expect(page.locator("#verdict-D1")).to_contain_text("Rule: 1.2 is Yes/Probably yes")
    press(page, "jn")
    expect(page.locator("#line-A2\\.3")).to_contain_text("Does not apply")
    press(page, "j")
    in_hand(page, "A2.6")
    press(page, ["y", "Enter"])
    in_hand(page, "3.1")
    press(page, ["y", "Enter", "n", "j", "n", "j", "n", "Enter", "y", "j", "n", "j", "n"])
    saved(page)
    assert codes(mine) == LOW | {"1.2": "PY", "A2.1": "PN"}
    expect(page.locator("#verdict-overall")).to_contain_text("Proposed: low risk of bias")
    assert_accessible(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Your appraisal is submitted")).to_be_visible()
    mine.refresh_from_db()
    assert mine.status == "submitted"


def test_caps_lock_does_not_soften_an_answer(open_as, team):
    mine = begun(team.plan(), team.one)
    page = open_as(team.one)
    page.goto(address(team, f"mine/{mine.pk}/"))
    in_hand(page, "1.1")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'N', bubbles: true}))"
    )
    saved(page)
    assert codes(mine) == {"1.1": "N"}


def test_quote_override_and_a_checklist_by_hand(open_as, team):
    mine = begun(team.plan(), team.one, LOW)
    page = open_as(team.one)
    page.goto(address(team, f"mine/{mine.pk}/"))
    page.locator("#line-1\\.2 summary").click()
    page.locator("#quote-1\\.2").fill("sealed envelopes")
    page.locator("#page-1\\.2").fill("3")
    page.locator("#note-1\\.2").focus()
    saved(page)
    expect(page.locator("#line-1\\.2 summary")).to_contain_text("sealed envelopes")
    verdict = page.locator("#verdict-D1")
    verdict.get_by_text("Override, say why").click()
    verdict.get_by_label("High risk of bias").check()
    verdict.get_by_role("button", name="Save this judgement").click()
    expect(verdict).to_contain_text("Say why the judgement is High")
    verdict.get_by_label("Why").fill("Retracted.")
    verdict.get_by_role("button", name="Save this judgement").click()
    expect(page.locator("#verdict-D1")).to_contain_text("Your judgement: high risk of bias")
    expect(page.locator("#verdict-overall")).to_contain_text("high risk of bias")
    row = mine.answers.get(item="1.2")
    assert (row.quote, row.page, row.code) == ("sealed envelopes", 3, "Y")
    page.get_by_role("button", name="Back to what the rules propose").click()
    expect(page.locator("#verdict-D1")).to_contain_text("Proposed: low")
    listed = begun(team.plan("checklist12"), team.one)
    page.goto(address(team, f"mine/{listed.pk}/"))
    in_hand(page, "1")
    press(page, "+j-")
    saved(page)
    assert codes(listed) == {"1": "+", "2": "-"}


def answered_offline(open_as, team):
    """An appraisal with two answers that the server has not got, and their page."""
    mine = begun(team.plan(), team.one)
    page = open_as(team.one)
    page.goto(address(team, f"mine/{mine.pk}/"))
    in_hand(page, "1.1")
    page.context.set_offline(True)
    press(page, "yjn")
    expect(page.locator("#saved")).to_have_text("Offline, 2 kept")
    assert codes(mine) == {}
    return mine, page


def test_what_could_not_be_sent_is_kept_and_sent_once(open_as, team, problems):
    mine, page = answered_offline(open_as, team)
    page.context.set_offline(False)
    saved(page)
    assert codes(mine) == {"1.1": "Y", "1.2": "N"}
    assert team.review.events.filter(action="answer.save").count() == 2
    problems.clear()


def test_what_could_not_be_sent_outlives_its_page(open_as, team, problems):
    mine, page = answered_offline(open_as, team)
    context = page.context
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(address(team, f"mine/{mine.pk}/"))
    expect(page.locator("#line-1\\.2 input[value=N]")).to_be_checked()
    assert codes(mine) == {"1.1": "Y", "1.2": "N"}
    assert team.review.events.filter(action="answer.save").count() == 2
    problems.clear()


def test_compare_leave_and_settle_by_key(open_as, team, assert_accessible):
    assessment = team.plan()
    submitted(assessment, team.one, LOW | {"1.2": because("NI", "Not said."), "1.3": "PN"})
    submitted(assessment, team.two, LOW | {"3.1": "PY"})
    page = open_as(team.two)
    page.goto(address(team, f"{assessment.pk}/compare/"))
    expect(page.locator("#left")).to_have_text("3 left")
    assert_accessible(page)
    press(page, "1")
    expect(page.locator("[aria-current].diff")).to_have_id("item-1.3")
    press(page, "2")
    expect(page.locator("#left")).to_have_text("2 left")
    expect(page.locator("[aria-current].diff")).to_have_id("item-3.1")
    press(page, "2")
    expect(page.locator("#left")).to_have_text("1 left")
    press(page, "0")
    expect(page.get_by_text("With the third person").first).to_be_visible()
    third = open_as(team.arbiter)
    third.goto(address(team, f"{assessment.pk}/settle/"))
    assert_accessible(third)
    first = third.locator(".diff-side .value").first.inner_text()
    press(third, "1")
    expect(third.get_by_role("heading", name="Overall")).to_be_visible()
    assert_accessible(third)
    row = Assessment.objects.get().final_answers.get(item="1.2")
    assert {"NI": "No information", "Y": "Yes"}[row.code] == first


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_every_page_reads_well(open_as, team, assert_accessible, width):
    assessment = team.plan()
    for person in (team.one, team.two):
        submitted(assessment, person, LOW)
    listed = begun(team.plan("checklist12"), team.one, MARKS)
    robins = begun(team.plan("robins_i"), team.one, {"7.1": "Y", "7.2": "N", "7.3": "N"})
    tool = assessment.instrument_id
    mine, lead = open_as(team.one, width=width), open_as(team.lead, width=width)
    tails = ["", f"{assessment.pk}/", f"mine/{listed.pk}/", f"mine/{robins.pk}/"]
    for page, places in (
        (mine, tails),
        (lead, ["tools/", f"tools/{tool}/", f"tools/{tool}/summary/"]),
    ):
        for tail in places:
            page.goto(address(team, tail))
            assert_accessible(page)
            overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(overflow) <= 0, tail
