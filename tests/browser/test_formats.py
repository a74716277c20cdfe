"""Choosing in a real browser how the paper prints a value, by keys and by pointer."""

import pytest
from playwright.sync_api import expect

from extraction import extract
from tests.factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db(transaction=True)
ARM = {"level": "outcome", "by_arm": True}
ASKED = {
    "sections": [
        {
            "title": "Outcomes",
            "fields": [
                {"key": "analysed", "label": "Analysed", "kind": "integer", **ARM},
                {"key": "score", "label": "Score", "kind": "mean_sd", "unit": "mm", **ARM},
                {"key": "effect", "label": "Effect", "kind": "estimate", "level": "study"},
            ],
        }
    ]
}


@pytest.fixture
def entry():
    review = make_review()
    person = join(review, make_user(), "reviewer")
    study, form = make_study(review), make_form(review, ASKED)
    entry = extract.begin(study=study, form=form, actor=person)
    for label in ("CBT", "Sham"):
        extract.add_unit(entry=entry, kind="arm", label=label)
    extract.add_unit(entry=entry, kind="outcome", label="Pain")
    return entry


def saved(page):
    expect(page.locator("#saved")).to_have_text("All saved")


def test_a_format_is_chosen_by_keys_and_its_number_follows(open_as, entry, assert_accessible):
    page = open_as(entry.extractor)
    page.goto(f"/reviews/{entry.study.review_id}/entries/{entry.pk}/")
    score = page.get_by_label("Score, Pain, CBT", exact=True)
    score.focus()
    page.keyboard.press("Alt+8")
    chooser = page.locator("#formats")
    expect(chooser.get_by_role("button", name="mean ± SD")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(chooser).to_be_hidden()
    expect(score).to_be_focused()
    page.keyboard.type("4.8 (0.28)")
    page.keyboard.press("Tab")
    cell = page.locator(".cell", has=score)
    expect(cell).to_contain_text("waits for the number of patients")
    page.get_by_label("Analysed, Pain, CBT", exact=True).fill("73")
    page.keyboard.press("Tab")
    expect(cell.locator("summary")).to_have_text("4.8 ± 2.392")
    cell.locator("summary").click()
    expect(cell).to_contain_text("SD = SE × √n = 0.28 × √73 = 2.392")
    assert entry.cells.get(field="score").value["as"] == "se"


def test_an_sd_that_looks_like_an_se_is_read_as_one(open_as, entry):
    page = open_as(entry.extractor)
    page.goto(f"/reviews/{entry.study.review_id}/entries/{entry.pk}/")
    for name, text in (
        ("Analysed, Pain, CBT", "73"), ("Analysed, Pain, Sham", "71"),
        ("Score, Pain, CBT", "4.8 ± 2.4"), ("Score, Pain, Sham", "5.1 ± 0.27"),
    ):  # fmt: skip
        page.get_by_label(name, exact=True).fill(text)
        page.keyboard.press("Tab")
    page.get_by_role("link", name="Read it as SE").click()
    sham = page.locator(".cell", has=page.get_by_label("Score, Pain, Sham", exact=True))
    expect(sham.locator("summary")).to_have_text("5.1 ± 2.275")
    saved(page)
    expect(page.get_by_role("link", name="Read it as SE")).to_have_count(0)


def test_ratios_only_are_not_offered_for_a_difference(open_as, entry):
    page = open_as(entry.extractor)
    page.goto(f"/reviews/{entry.study.review_id}/entries/{entry.pk}/")
    page.locator('.cell[data-kind="estimate"] a.format').click()
    chooser = page.locator("#formats")
    expect(chooser.get_by_role("button", name="SE −3.4")).to_be_visible()
    expect(chooser.get_by_role("button", name="log, SE")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(chooser).to_be_hidden()
