"""Every page in a real browser, on a desk and narrowed to a phone: something to read, nothing
wider than the window, no barrier that axe finds, no breach of the Content-Security-Policy."""

import pytest
from django.urls import reverse

from tests.access_matrix import TABLE, address
from tests.world import MEMBERS, make_world

pytestmark = pytest.mark.django_db(transaction=True)

# What these answer is a file or a part of a page, or they lead on to another one.
NO_PAGE = {
    "health", "screening-cards", "fulltext-next", "file-content", "run-figure", "run-script",
    "run-choices-file", "report-figure", "patient-run-figure", "patient-run-script",
    "extraction-form-file", "entry-template",
    "query-letter", "extraction-agreement-csv", "snapshot-download", "export-xlsx",
    "export-references", "export-job", "export-file",
}  # fmt: skip
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDTHS = (1440, 360)
BEFORE = ("account_login", "account_reset_password", "account_signup")


@pytest.fixture
def pages():
    """``(address, who opens it)`` of every page: first in line is whoever can do most there."""
    world = make_world()
    found = [
        (address(world, name), world.people[letter])
        for name, row in TABLE.items()
        if name not in NO_PAGE
        for letter in [next((one for one in MEMBERS if one in opens(row)), None)]
        if letter
    ]
    assert len(found) > 40
    return [*found, *((reverse(name), None) for name in BEFORE)]


def opens(row):
    return {letter for letter, status in row.answers.get("get", {}).items() if status == 200}


def faults(page, url, check):
    """What is wrong with one page at each width, as a list of sentences."""
    answer = page.goto(url)
    found = [] if answer.status == 200 else [f"answered {answer.status}"]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if not page.locator("h1").first.is_visible():
            found.append(f"at {width} px has no heading to see")
        if (wider := page.evaluate(WIDER)) > 0:
            found.append(f"at {width} px is {wider} px wider than the window")
        try:
            check(page)
        except AssertionError as barrier:
            found.append(f"at {width} px {barrier}")
    return [f"{url} {fault}" for fault in found]


def test_every_page(open_as, pages, assert_accessible):
    browsers, found = {}, []
    for url, person in pages:
        if person not in browsers:
            browsers[person] = open_as(person)
        found += faults(browsers[person], url, assert_accessible)
    assert not found, "\n".join(found)
