"""Plain forms in a real browser."""

import pytest

from review.models import Review
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_clicks_make_one_review(open_as):
    page = open_as(make_user())
    page.goto("/reviews/new/")
    page.get_by_role("textbox", name="Title").fill("A review")
    button = page.locator("main button[type=submit]")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(2):
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(30)
    page.wait_for_url("**/protocol/rules/")
    assert Review.objects.count() == 1
