"""Extraction in a real browser: the sheet by keys, two windows, a lost connection, consensus."""

import re
import time

import pytest
from playwright.sync_api import expect

from extraction import adjudication, extract, formbuilder
from extraction.models import Entry, Record
from tests.factories import SCHEMA, join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db(transaction=True)
CHOICES = [{"code": "a", "label": "Abroad"}, {"code": "h", "label": "At home"}]
PLACE = {"key": "place", "label": "Where", "kind": "multichoice", "level": "study",
         "options": CHOICES}  # fmt: skip


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def study(review):
    return make_study(review)


@pytest.fixture
def form(review):
    (section,) = SCHEMA["sections"]
    fields = [*section["fields"], PLACE]
    return make_form(review, SCHEMA | {"sections": [section | {"fields": fields}]})


@pytest.fixture
def people(review):
    return [join(review, make_user(), "reviewer") for _ in range(2)]


def begin(study, form, person):
    entry = extract.begin(study=study, form=form, actor=person)
    for label in ("CBT", "Sham"):
        extract.add_unit(entry=entry, kind="arm", label=label)
    return entry


def address(entry):
    return f"/reviews/{entry.study.review_id}/entries/{entry.pk}/"


def cell(page, name):
    return page.get_by_label(name, exact=True)


def saved(page):
    expect(page.locator("#saved")).to_have_text("All saved")


def values(entry):
    return {
        c.field + (f" {c.arm}" if c.arm else ""): c.value.get("printed") or c.state
        for c in entry.cells.select_related("arm")
    }


def test_the_sheet_by_keys(open_as, study, form, people, assert_accessible):
    entry = begin(study, form, people[0])
    page = open_as(people[0])
    page.goto(address(entry))
    cell(page, "Patients").focus()
    page.keyboard.type("14")
    page.keyboard.press("Enter")
    page.keyboard.type("6")
    page.keyboard.press("Tab")
    page.keyboard.type("9")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Alt+Digit0")
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Alt+Digit9")
    page.get_by_label("At home").check()
    expect(page.locator("#counts")).to_have_text("7 of 7 cells")
    saved(page)
    assert values(entry) == {
        "n": "14", "male": "6", "female": "9", "vas": "not_reported",
        "treated CBT": "7", "treated Sham": "unclear", "place": "h",
    }  # fmt: skip
    expect(page.get_by_text("6 + 9 = 15, but 14 is given as their sum.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Confirm as printed").click()
    expect(page.locator("#checks")).to_be_hidden()
    cell(page, "Women").fill("8")
    page.keyboard.press("Tab")
    expect(page.get_by_text("given as their sum")).to_have_count(0)


def test_quote_and_page_go_with_the_cell(open_as, study, form, people):
    entry = begin(study, form, people[0])
    page = open_as(people[0])
    page.goto(address(entry))
    cell(page, "Patients").fill("14")
    page.keyboard.press("Alt+KeyQ")
    page.keyboard.type("Fourteen patients were operated on.")
    page.keyboard.press("Tab")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    saved(page)
    expect(page.locator(".cell[data-path='n||'] .anchor")).to_contain_text("p. 3")
    held = entry.cells.get()
    assert (held.quote, held.page) == ("Fourteen patients were operated on.", 3)
    cell(page, "Men").focus()
    expect(page.locator("[data-part=quote]")).to_have_value("")


def test_a_refused_value_stays_in_the_cell_with_its_reason(open_as, study, form, people):
    entry = begin(study, form, people[0])
    page = open_as(people[0])
    page.goto(address(entry))
    cell(page, "Patients").fill("fourteen")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("“fourteen” is not a number")
    expect(cell(page, "Patients")).to_have_value("fourteen")
    cell(page, "Patients").fill("14")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_have_count(0)
    saved(page)
    assert values(entry) == {"n": "14"}


def test_two_windows_of_one_entry(open_as, study, form, people):
    entry = begin(study, form, people[0])
    first, second = open_as(people[0]), open_as(people[0])
    for page in (first, second):
        page.goto(address(entry))
    cell(first, "Patients").fill("14")
    first.keyboard.press("Tab")
    saved(first)
    cell(second, "Patients").fill("15")
    second.keyboard.press("Tab")
    expect(second.get_by_role("alert")).to_contain_text("There: 14. Here: 15.")
    assert values(entry) == {"n": "14"}
    second.get_by_role("button", name="Save “15”").click()
    saved(second)
    expect(second.get_by_role("alert")).to_have_count(0)
    assert values(entry) == {"n": "15"}


def test_nothing_typed_without_a_connection_is_lost(open_as, study, form, people):
    entry = begin(study, form, people[0])
    page = open_as(people[0])
    page.goto(address(entry))
    page.context.set_offline(True)
    cell(page, "Patients").fill("14")
    page.keyboard.press("Enter")
    page.keyboard.type("6")
    page.keyboard.press("Tab")
    expect(page.locator("#saved")).to_have_text("Offline, 2 kept")
    page.context.set_offline(False)
    page.goto(address(entry))
    expect(page.locator("#counts")).to_have_text("2 of 7 cells")
    # The page that was left may have sent them itself, once it was online: then there is no word.
    expect(page.locator("#saved")).to_have_text(re.compile("^(All saved)?$"))
    assert values(entry) == {"n": "14", "male": "6"}


def test_what_arrives_while_the_next_page_is_made_is_shown_on_it(open_as, study, form, people):
    entry = begin(study, form, people[0])
    page = open_as(people[0])
    page.goto(address(entry))
    cell(page, "Patients").fill("14")

    def made_before(route):
        made = route.fetch()
        while not values(entry):
            time.sleep(0.05)
        time.sleep(0.3)  # so that the page that is left hears of it too
        route.fulfill(response=made)

    page.route("**" + address(entry), made_before)
    page.evaluate("setTimeout(() => document.activeElement.blur(), 1000); location.reload()")
    expect(page.locator("#counts")).to_have_text("1 of 7 cells")
    expect(cell(page, "Patients")).to_have_value("14")
    assert values(entry) == {"n": "14"}
    assert entry.study.review.events.filter(action="cell.save").count() == 1


def test_what_was_typed_under_an_old_token_is_sent_with_the_new_one(open_as, study, form, people):
    entry = begin(study, form, people[0])
    page = open_as(people[0])
    page.goto(address(entry))
    page.evaluate("document.querySelector('meta[name=csrf-token]').content = 'x'.repeat(64)")
    cell(page, "Patients").fill("14")
    page.keyboard.press("Tab")
    expect(page.locator("#saved")).to_have_text("Offline, 1 kept")
    expect(page.locator("#saved")).to_have_text("All saved", timeout=9000)
    assert values(entry) == {"n": "14"}


def test_two_people_a_third_and_an_approved_study(
    open_as, review, study, form, people, assert_accessible
):
    arbiter = join(review, make_user(), "arbiter")
    for person, male, vas in zip(people, "65", ("8.1 (0.6)", "8.1 (1.6)"), strict=True):
        entry = begin(study, form, person)
        for field, given in (("n", "14"), ("male", male), ("vas", vas)):
            extract.save_cell(entry=entry, field=field, given=given, quote=f"{field}: {given}")
        page = open_as(person)
        page.goto(address(entry))
        page.get_by_role("button", name="Submit").click()
    page.get_by_role("link", name="Compare").click()
    expect(page.locator("#left")).to_have_text("2")
    assert_accessible(page)
    page.keyboard.press("2")
    expect(page.locator("#left")).to_have_text("1")
    page.keyboard.press("0")
    expect(page.get_by_text("left it to the third person")).to_be_visible()
    third = open_as(arbiter)
    third.goto(f"/reviews/{review.pk}/consensus/")
    assert_accessible(third)
    third.get_by_role("link", name="Settle").click()
    third.wait_for_url("**/settle/*")
    third.keyboard.press("=")
    third.keyboard.type("8.1 ± 0.6")
    third.keyboard.press("Enter")
    expect(third.locator("#left")).to_have_text("0")
    third.get_by_role("link", name="The whole record").click()
    assert_accessible(third)
    third.get_by_role("button", name="Approve the study").click()
    expect(third.get_by_text("Approved", exact=True)).to_be_visible()
    record = Record.objects.get()
    told = {c.field: (c.origin, c.value["printed"]) for c in record.cells.all()}
    assert told["male"] == ("first", "6")
    assert told["vas"][0] == "first"
    third.get_by_role("link", name="8.1 ± 0.6").click()
    expect(third.get_by_text("Ruling of the third person")).to_be_visible()
    assert_accessible(third)
    assert Entry.objects.count() == 2


def test_a_form_is_built(open_as, review, assert_accessible):
    page = open_as(review.created_by)
    page.goto(f"/reviews/{review.pk}/forms/new/")
    page.get_by_label("Name").fill("Series")
    page.get_by_label("Single-arm series").check()
    page.get_by_role("button", name="Save").click()
    assert_accessible(page)
    page.get_by_role("link", name="Add a field to Harms").click()
    expect(page.get_by_label("Unit")).to_be_hidden()
    page.get_by_label("Kind of answer").select_option("integer")
    expect(page.get_by_label("Unit")).to_be_visible()
    page.get_by_label("Label").fill("Deaths")
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Move Deaths up").click()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("is published")).to_be_visible()
    form = review.extraction_forms.get()
    keys = [field["key"] for field in form.published.schema["sections"][-1]["fields"]]
    assert keys == ["complications_pct", "deaths", "complications"]


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_no_page_is_wider_than_its_window(open_as, review, study, form, people, width):
    entry = begin(study, form, people[0])
    for one in (entry, begin(study, form, people[1])):
        extract.save_cell(entry=one, field="n", given="14" if one == entry else "15")
        extract.submit(entry=one)
    record = Record.objects.get()
    adjudication.give_opinion(cell=record.cells.get(), person=people[0], choice="second")
    draft = formbuilder.new_version(form=form, actor=review.created_by)
    home = f"/reviews/{review.pk}"
    mine, lead = open_as(people[0], width=width), open_as(review.created_by, width=width)
    for page, path in (
        (mine, "/studies/"), (mine, f"/entries/{entry.pk}/"), (mine, "/consensus/"),
        (mine, f"/consensus/{record.pk}/"), (mine, f"/consensus/{record.pk}/structure/"),
        (mine, f"/consensus/{record.pk}/compare/"),
        (mine, f"/consensus/cells/{record.cells.get().pk}/"),
        (lead, f"/forms/versions/{draft.pk}/draft/"), (lead, "/snapshots/"),
    ):  # fmt: skip
        page.goto(home + path)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, (path, wide)


def test_rows_that_nobody_has_confirmed_are_not_left_unasked(open_as, review, study, form, people):
    for person in people:
        entry = begin(study, form, person)
        extract.save_cell(entry=entry, field="n", given="14")
        extract.submit(entry=entry)
    page = open_as(people[0])
    page.goto(f"/reviews/{review.pk}/consensus/{Record.objects.get().pk}/structure/")
    asks = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert not page.evaluate(asks)
    page.get_by_label("Note").fill("The sham is the same")
    assert page.evaluate(asks)
    page.get_by_role("button", name="Arrange").click()
    expect(page.locator("#skeleton")).to_have_attribute("data-unsaved", "yes")
    assert page.evaluate(asks)
    page.get_by_role("button", name="Confirm these rows").click()
    expect(page.locator("#skeleton")).to_have_count(0)
