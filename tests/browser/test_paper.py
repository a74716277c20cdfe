"""The paper beside the work: searched, selected from, and opened at a marked passage."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from analysis.demo.pages import pdf
from extraction import extract
from extraction.models import Record
from review import fulltext
from tests.factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db(transaction=True)
LINES = [
    "All 14 patients (8 women) took part.",
    "Treated: 7 in the active arm, 6 in the sham arm.",
    "Pain was 5.7 (1.8) points at 8 weeks.",
]


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def study(review):
    study = make_study(review)
    report = study.reports.get().report
    upload = SimpleUploadedFile("trial.pdf", pdf("A trial", LINES))
    fulltext.attach(report=report, actor=review.created_by, upload=upload)
    return study


@pytest.fixture
def form(review):
    return make_form(review)


@pytest.fixture
def people(review):
    return [join(review, make_user(), "reviewer") for _ in range(2)]


def begin(study, form, person):
    entry = extract.begin(study=study, form=form, actor=person)
    for label in ("CBT", "Sham"):
        extract.add_unit(entry=entry, kind="arm", label=label)
    return entry


def open_sheet(open_as, entry, **options):
    page = open_as(entry.extractor, **options)
    page.goto(f"/reviews/{entry.study.review_id}/entries/{entry.pk}/")
    return page


def cell(page, name):
    return page.get_by_label(name, exact=True)


def saved(page):
    expect(page.locator("#saved")).to_have_text("All saved")


def words(page, text):
    """The middle of printed words on the screen, and their left and right edge."""
    expect(page.locator(".textLayer span").first).to_be_attached()
    box = page.evaluate(
        """(text) => {
          for (const span of document.querySelectorAll(".textLayer span")) {
            const at = span.firstChild ? span.firstChild.data.indexOf(text) : -1;
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(span.firstChild, at);
            range.setEnd(span.firstChild, at + text.length);
            const { x, y, width, height } = range.getBoundingClientRect();
            return { x, y, width, height };
          }
        }""",
        text,
    )
    middle = box["y"] + box["height"] / 2
    return box["x"] + box["width"] / 2, middle, box["x"] + 1, box["x"] + box["width"] - 1


def drag_over(page, text):
    _, y, left, right = words(page, text)
    page.mouse.move(left, y)
    page.mouse.down()
    page.mouse.move(right, y, steps=4)
    page.mouse.up()


def study_file(study):
    return study.reports.get().report.files.get().file


def test_what_is_selected_goes_into_the_cell_with_its_passage(
    open_as, study, form, people, assert_accessible
):
    entry = begin(study, form, people[0])
    page = open_sheet(open_as, entry)
    cell(page, "Pain").focus()
    drag_over(page, "5.7 (1.8) points at 8 weeks")
    page.get_by_role("button", name="Into “Pain”").click()
    expect(cell(page, "Pain")).to_have_value("5.7 (1.8)")
    saved(page)
    cell(page, "Patients").focus()
    drag_over(page, "All 14 patients")
    page.keyboard.press("Alt+KeyN")
    expect(cell(page, "Men")).to_be_focused()
    x, y, *_ = words(page, "7")
    page.keyboard.down("Alt")
    page.mouse.click(x, y)
    page.keyboard.up("Alt")
    expect(cell(page, "Women")).to_be_focused()
    saved(page)
    held = {one.field: one for one in entry.cells.all()}
    assert {name: one.value["printed"] for name, one in held.items()} == {
        "vas": "5.7 (1.8)", "n": "14", "male": "7",
    }  # fmt: skip
    assert held["male"].quote == LINES[1]
    pain = held["vas"]
    assert (pain.quote, pain.page, pain.file) == (
        "5.7 (1.8) points at 8 weeks",
        1,
        study_file(study),
    )
    ((x0, y0, x1, y1),) = pain.anchor["boxes"]
    assert 0.05 < x0 < x1 < 0.6
    assert 0.1 < y0 < y1 < 0.3


def test_the_anchor_of_a_cell_opens_the_paper_there(
    open_as, study, form, people, assert_accessible
):
    entry = begin(study, form, people[0])
    file = study_file(study)
    anchor = {"page": 1, "boxes": [[0.1, 0.15, 0.3, 0.17]], "quote": "5.7 (1.8) points"}
    witness = {"quote": "5.7 (1.8) points", "page": 1, "file": file, "anchor": anchor}
    extract.save_cell(entry=entry, field="vas", given="5.7 (1.8)", **witness)
    extract.save_cell(entry=entry, field="female", given="8", quote="14 patients (8 women)", page=1)
    page = open_sheet(open_as, entry)
    expect(page.locator(".textLayer span").first).to_be_attached()
    for path in ("vas||", "female||"):
        page.locator(".paper-pages").evaluate("box => box.scrollTo(0, 9999)")
        page.locator(f".cell[data-path='{path}'] .anchor").click()
        expect(page.locator(".paper-mark")).to_be_in_viewport()
    assert_accessible(page)
    cell(page, "Pain").fill("5.9 (1.8)")
    page.keyboard.press("Tab")
    expect(page.get_by_text("5.9 is not in the quote.")).to_be_visible()


def test_the_passage_is_found_again_from_the_comparison(open_as, review, study, form, people):
    file = study_file(study)
    anchor = {"page": 1, "boxes": [[0.1, 0.15, 0.3, 0.17]], "quote": "All 14 patients"}
    for person, given in zip(people, ("14", "8"), strict=True):
        entry = begin(study, form, person)
        witness = {"quote": "All 14 patients", "page": 1, "file": file, "anchor": anchor}
        extract.save_cell(entry=entry, field="n", given=given, **witness)
        extract.submit(entry=entry)
    page = open_as(people[0])
    page.goto(f"/reviews/{review.pk}/consensus/{Record.objects.get().pk}/compare/")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Show in the paper").first.click()
    paper = opened.value
    expect(paper.locator(".paper-mark")).to_be_in_viewport()
    box = paper.locator(".paper-mark").bounding_box()
    leaf = paper.locator(".paper-page").bounding_box()
    assert (box["x"] - leaf["x"]) / leaf["width"] == pytest.approx(0.1, abs=0.01)
    paper.get_by_label("Find in the paper").fill("sham arm")
    paper.keyboard.press("Enter")
    expect(paper.locator("[data-found]")).to_have_text("1 of 1")
    *_, left, right = words(paper, "sham arm")
    mark = paper.locator(".paper-mark").bounding_box()
    assert mark["x"] == pytest.approx(left, abs=5)
    assert mark["x"] + mark["width"] == pytest.approx(right, abs=5)
    wide = leaf["width"]
    paper.get_by_role("button", name="Larger").click()
    expect(paper.locator(".paper-page canvas")).to_be_attached()
    assert paper.locator(".paper-page").bounding_box()["width"] > wide


def paste(page, text):
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const how = { clipboardData: data, bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        text,
    )


def test_a_block_a_copy_and_a_formula(open_as, study, form, people, assert_accessible):
    entry = begin(study, form, people[0])
    page = open_sheet(open_as, entry)
    cell(page, "Patients").focus()
    paste(page, "14\nsix\nNR\n=11.4/2 ± 1.8\n7\t9\t11\n")
    landed = page.locator("[data-lands]")
    expect(landed.get_by_role("row")).to_have_count(8)
    expect(landed.get_by_text("“six” is not a number")).to_be_visible()
    expect(landed.get_by_text("The sheet has no cell here.")).to_be_visible()
    assert_accessible(page)
    assert not entry.cells.exists()
    page.get_by_role("button", name="Put in 5 values").click()
    expect(page.locator("#counts")).to_have_text("5 of 6 cells")
    expect(page.locator(".cell[data-path='vas||'] .derived")).to_have_text("5.7 ± 1.8")
    cell(page, "Men").focus()
    with page.expect_response("**/save/"):
        page.keyboard.press("Control+KeyD")
    expect(page.locator("#counts")).to_have_text("6 of 6 cells")
    sham = entry.units.filter(label="Sham").get()
    page.locator(f".cell[data-path='treated|{sham.pk}|'] input").focus()
    with page.expect_response("**/save/"):
        page.keyboard.press("Control+KeyR")
    told = {c.field + (f" {c.arm.label}" if c.arm else ""): c for c in entry.cells.all()}
    assert {name: c.value.get("printed", c.state) for name, c in told.items()} == {
        "n": "14", "male": "14", "female": "not_reported", "vas": "=11.4/2 ± 1.8",
        "treated CBT": "7", "treated Sham": "7",
    }  # fmt: skip
    assert (told["vas"].value["mean"], told["vas"].value["formula"]) == ("5.7", "=11.4/2 ± 1.8")
