"""A refusal says what is the matter, leads back to where the person was, and costs one line."""

import logging

import pytest
from django.test import Client
from django.urls import reverse

from analysis.wording import in_words
from review import setup
from review.logs import OneLine

from .factories import make_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def client(review):
    client = Client()
    client.force_login(review.created_by)
    return client


class TestBack:
    def refused(self, client, review, **headers):
        url = reverse("snapshot-freeze", args=[review.pk])
        answer = client.post(url, headers=headers)
        assert answer.status_code == 409
        return answer.content.decode()

    def test_to_the_page_it_was_sent_from(self, client, review):
        here = reverse("snapshots", args=[review.pk]) + "?page=2"
        page = self.refused(client, review, referer=f"http://testserver{here}")
        assert f'href="{here}">Back to where you were' in page
        assert "To the review" in page

    def test_for_a_part_of_a_page_to_that_page(self, client, review):
        here = reverse("snapshots", args=[review.pk])
        page = self.refused(client, review, hx_current_url=f"http://testserver{here}")
        assert f'href="{here}">Back' in page

    @pytest.mark.parametrize("came", ["", "http://evil.example/x", "javascript:alert(1)"])
    def test_never_to_another_site(self, client, review, came):
        page = self.refused(client, review, referer=came)
        assert "Back to where you were" not in page
        assert "To the review" in page


def test_a_refusal_costs_one_line_of_the_log_and_a_failure_keeps_its_traceback():
    for status, kept in ((403, False), (404, False), (500, True)):
        record = logging.LogRecord("django.request", 30, "", 1, "no", (), (ValueError, None, None))
        record.status_code = status
        assert OneLine().filter(record)
        assert bool(record.exc_info) == kept


def test_the_log_of_the_server_is_filtered_so(settings):
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["one_line"]


def test_the_ledger_prints_lists_as_a_reader_would():
    told = {"include": ["adults", "pain"], "sure": True, "why": None, "n": 3}
    assert in_words(told) == "include: adults\npain; sure: yes; n: 3"


def test_criteria_stand_on_the_ledger_page_line_by_line(client, review):
    setup.set_criteria(
        review=review, actor=review.created_by, include=["adults", "pain"], exclude=["mice"]
    )
    page = client.get(reverse("ledger", args=[review.pk])).content.decode()
    assert "include: adults<br>include: pain<br>exclude: mice" in page
    assert "[&#x27;" not in page


def test_the_page_of_duplicates_says_that_it_shows_what_is_hidden_elsewhere(client, review):
    url, words = reverse("duplicates", args=[review.pk]), "but not on this page"
    assert words not in client.get(url).content.decode()
    setup.amend_protocol(review=review, actor=review.created_by, changes={"hide_citation": True})
    assert words in client.get(url).content.decode()
