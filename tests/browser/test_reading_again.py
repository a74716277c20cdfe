"""A new version asks one cell again: it saves by itself beside the cells that stand."""

import pytest
from playwright.sync_api import expect

from extraction import extract
from extraction.models import Cell
from tests.factories import SCHEMA, join, make_form, make_review, make_study, make_user
from tests.test_revisions import changed, enter, moving, next_version

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_cell_that_is_read_again_is_saved(open_as):
    review = make_review()
    form, study, lead = make_form(review, SCHEMA), make_study(review), review.created_by
    ada, ben = (join(review, make_user(), "reviewer") for _ in range(2))
    for person in (ada, ben):
        enter(study, form, person, n="14", male="6", female="8")
    next_version(form, lead, changed(form.published.schema, n={"unit": "eyes"}), again=["n"])
    moving.move(study=study, form=form, actor=lead)
    entry = extract.begin(study=study, form=form, actor=ada)
    page = open_as(ada)
    page.goto(f"/reviews/{review.pk}/entries/{entry.pk}/")
    page.get_by_label("Patients", exact=True).fill("28")
    page.keyboard.press("Tab")
    expect(page.locator("#saved")).to_have_text("All saved")
    assert Cell.objects.get(entry=entry, field="n").value["printed"] == "28"
