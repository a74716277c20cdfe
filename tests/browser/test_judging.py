"""Conflicts and full texts in a real browser: one record, the same keys."""

import re

import pytest
from playwright.sync_api import expect

from review import fulltext, screening
from review.models import ExclusionReason, Report, Screening, Stage
from tests.factories import join, make_reference, make_review, make_user

pytestmark = pytest.mark.django_db(transaction=True)

# The smallest paper a viewer opens: one blank page.
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>endobj
trailer<</Root 1 0 R>>
"""


@pytest.fixture
def review():
    review = make_review()
    for number in (1, 2, 3):
        make_reference(review, title=f"Trial {number}", abstract="METHODS: Adults with pain.")
    screening.open_title_abstract(references=review.references.all())
    return review


@pytest.fixture
def people(review):
    return [join(review, make_user(), "reviewer") for _ in range(2)]


def shows(page, title):
    expect(page.locator(".record:visible h1")).to_have_text(title)


def test_an_arbiter_settles_by_key(open_as, review, people, assert_accessible):
    for record in review.screenings.order_by("pk")[:2]:
        for person, verdict in zip(people, ("include", "exclude"), strict=True):
            screening.cast_vote(screening=record, reviewer=person, verdict=verdict)
    page = open_as(join(review, make_user(), "arbiter"))
    page.goto(f"/reviews/{review.pk}/conflicts/")
    assert_accessible(page)
    shows(page, "Trial 1")
    page.keyboard.press("j")
    shows(page, "Trial 2")
    page.keyboard.press("1")
    shows(page, "Trial 1")
    page.keyboard.press("2")
    expect(page.get_by_text("No conflict here waits for you")).to_be_visible()
    found = Screening.objects.filter(stage=Stage.TITLE_ABSTRACT).exclude(status="waiting")
    assert list(found.order_by("pk").values_list("status", flat=True)) == ["excluded", "included"]


def test_a_full_text_is_judged_beside_its_paper(
    open_as, review, people, tmp_path, assert_accessible
):
    ExclusionReason.objects.create(
        review=review, stage=Stage.FULL_TEXT, text="Wrong design", position=0
    )
    record = review.screenings.order_by("pk").first()
    for person in people:
        screening.cast_vote(screening=record, reviewer=person, verdict="include")
    report = Report.objects.get()
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(PDF)
    page = open_as(people[0])
    page.goto(f"/reviews/{review.pk}/fulltexts/{report.pk}/")
    page.get_by_label("PDF").set_input_files(paper)
    page.get_by_role("button", name="Attach the PDF").click()
    expect(page.get_by_role("link", name="Open the file in a new tab")).to_have_attribute(
        "href", re.compile(r"/files/\d+/$")
    )
    assert_accessible(page)
    page.keyboard.press("2")
    page.keyboard.press("a")
    expect(page.get_by_text("No full text waits for your vote now.")).to_be_visible()
    judged = Screening.objects.get(stage=Stage.FULL_TEXT)
    assert judged.votes.get().reason.text == "Wrong design"
    assert fulltext.current_file(report).file.name == "paper.pdf"
