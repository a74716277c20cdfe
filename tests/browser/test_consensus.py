"""Two people name the arms otherwise and one types an SE as SD: both passes to the approved study,
by hand in a browser, and from its value back to the page of the paper."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect
from pypdf import PdfWriter

from analysis.demo.pages import pdf
from extraction import integrity
from extraction.models import Record
from review import fulltext
from tests.browser.test_paper import drag_over
from tests.factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMA = {
    "sections": [{"title": "Arms", "fields": [
        {"key": "n", "label": "Randomised", "kind": "integer", "level": "arm"},
        {"key": "age", "label": "Age", "kind": "decimal", "level": "arm", "unit": "years"},
        {"key": "isi", "label": "ISI", "kind": "mean_sd", "level": "arm"},
    ]}],
}  # fmt: skip
READ = {
    "ada": {"CBT-I": ("48", "51.3", "11.3 (4.9)"), "Usual care": ("47", "50.2", "13.2 (5.2)")},
    "ben": {
        "TAU": ("47", "50.2", "13.2 (2.5)"),
        "Cognitive behavioural therapy for insomnia": ("48", "51", "11.3 (0.71)"),
    },
}


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def people(review):
    roles = {"ada": "reviewer", "ben": "reviewer", "cleo": "arbiter"}
    return {name: join(review, make_user(name), role) for name, role in roles.items()}


@pytest.fixture
def study(review):
    """A study whose paper has its numbers on the second of two pages."""
    study = make_study(review)
    make_form(review, SCHEMA)
    book, paper = PdfWriter(), io.BytesIO()
    numbers = [
        "Insomnia severity (mean, standard error): 11.3 (0.71).",
        "SD 4.9 in the CBT-I group.",
    ]
    for page in (pdf("A trial", ["Methods."]), pdf("Results", numbers)):
        book.append(io.BytesIO(page))
    book.write(paper)
    upload = SimpleUploadedFile("trial.pdf", paper.getvalue())
    report = study.reports.get().report
    fulltext.attach(report=report, actor=review.created_by, upload=upload)
    return study


def press(page, name, role="button"):
    page.get_by_role(role, name=name).first.click()


def read_the_paper(page, home, arms):
    """Arms named, cells filled, one of them with the words selected in the paper; sent in."""
    page.goto(f"{home}/studies/?lane=mine")
    press(page, "Extract")
    for label in arms:
        units = page.locator("details.units", has=page.locator("#add-arm"))
        if units.get_attribute("open") is None:
            units.locator("summary").click()
        page.locator("#add-arm").fill(label)
        units.get_by_role("button", name="Add").click()
        expect(units.locator("summary")).to_contain_text(label)
    for label, values in arms.items():
        for name, given in zip(("Randomised", "Age", "ISI"), values, strict=True):
            page.get_by_label(f"{name}, {label}", exact=True).fill(given)
            page.keyboard.press("Tab")
    point_at(page, next(label for label, values in arms.items() if "11.3" in values[2]))
    expect(page.locator("#saved")).to_have_text("All saved")
    press(page, "Submit")
    expect(page.get_by_role("button", name="Submit")).to_have_count(0)


def point_at(page, arm):
    """Words selected on the second page become the passage of the SD."""
    page.get_by_role("textbox", name="Page", exact=True).first.fill("2")
    page.keyboard.press("Enter")
    cell = page.get_by_label(f"ISI, {arm}", exact=True)
    given = cell.input_value()
    cell.focus()
    drag_over(page, "11.3 (0.71)")
    press(page, "Into “ISI")
    expect(cell).to_have_value("11.3 (0.71)")
    cell.fill(given)
    page.keyboard.press("Tab")


def test_from_two_skeletons_to_the_page_of_the_paper(
    open_as, review, study, people, assert_accessible
):
    home = f"/reviews/{review.pk}"
    pages = {name: open_as(person) for name, person in people.items()}
    ada, ben, cleo = pages.values()
    for name in ("ada", "ben"):
        read_the_paper(pages[name], home, READ[name])
    match_the_arms(ada, ben, home, assert_accessible)
    agree_on_values(ada, ben, home, assert_accessible)
    rule_and_approve(cleo, home, assert_accessible)
    assert integrity.problems(review) == []
    walk_back(cleo)


def match_the_arms(ada, ben, home, assert_accessible):
    for page in (ada, ben):
        page.goto(f"{home}/consensus/")
        press(page, "Match", "link")
        expect(page.get_by_text("both read 48")).to_be_visible()
        assert_accessible(page)
        press(page, "Confirm these rows")
    expect(ben.get_by_text("put beside each other")).to_be_visible()


def agree_on_values(ada, ben, home, assert_accessible):
    """Both differences of the SD are found and named; one is conceded, one goes to the third."""
    ben.goto(f"{home}/consensus/")
    press(ben, "Compare", "link")
    expect(ben.get_by_text("SE for SD")).to_be_visible()
    expect(ben.get_by_text("digits transposed")).to_be_visible()
    expect(ben.locator("#left")).to_have_text("3")
    assert_accessible(ben)
    ben.keyboard.press("Shift+Enter")
    expect(ben.get_by_text("1 of 1 closed as rounding")).to_be_visible()
    turned = ben.locator(".diff", has_text="digits transposed")
    turned.get_by_role("button", name="Take B").click()
    expect(ben.locator("#left")).to_have_text("1")
    ben.locator(".diff", has_text="SE for SD").get_by_role("button", name="Leave to").click()
    expect(ben.locator(".diff", has_text="With the third person")).to_be_visible()


def rule_and_approve(cleo, home, assert_accessible):
    """The third person sees both quotes without a click and no name, and takes the SD."""
    cleo.goto(f"{home}/consensus/")
    press(cleo, "Settle", "link")
    difference = cleo.locator(".diff")
    expect(difference).to_contain_text("SE for SD")
    expect(difference).not_to_contain_text("ben")
    side = difference.locator(".diff-side", has_text="4.9")
    expect(side.locator(".quote")).to_be_visible()
    assert_accessible(cleo)
    side.get_by_role("button", name=re.compile("Take")).click()
    expect(difference).to_contain_text("stands as 11.3 ± 4.9")
    press(cleo, "The whole record", "link")
    press(cleo, "Approve the study")
    expect(cleo.get_by_text("Approved").first).to_be_visible()
    assert Record.objects.get().status == Record.Status.APPROVED


def walk_back(cleo):
    """From the approved value to the passage on the second page."""
    press(cleo, "11.3 ± 4.9", "link")
    with cleo.context.expect_page() as opened:
        cleo.get_by_role("link", name=re.compile("trial.pdf, page 2")).first.click()
    paper = opened.value
    expect(paper.get_by_role("group", name="Page 2")).to_be_in_viewport()
    mark = paper.get_by_role("group", name="Page 2").locator(".paper-mark")
    expect(mark.first).to_be_in_viewport()
