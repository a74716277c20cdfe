"""Comparing, settling, approving, and asking where a number came from."""

import pytest

from extraction import adjudication, extract
from extraction.models import Opinion, Record, RecordCell

from ..factories import make_study
from .room import HTMX, as_user, differing, fill, member, url

pytestmark = pytest.mark.django_db


def test_the_two_see_only_what_differs_with_both_quotes(review, ada, record):
    page = as_user(ada).get(url(review, "record-compare", record.pk)).content.decode()
    assert '<span id="left">1</span> left' in page
    assert "Benjamin Franklin" in page and "You" in page
    assert page.index("Take A") < page.index("Take B")


def test_conceding_by_one_key_closes_the_cell(review, ada, ben, record):
    address = url(review, "record-opinion", differing(record).pk)
    answer = as_user(ben).post(address, {"choice": "b"}, headers=HTMX)
    assert "stands as <b>6</b>" in answer.content.decode()
    assert 'id="left" hx-swap-oob="true">0<' in answer.content.decode()
    assert differing(record).origin == "first"


def test_my_own_side_is_always_a(review, ada, record):
    as_user(ada).post(url(review, "record-opinion", differing(record).pk), {"choice": "a"})
    assert Opinion.objects.get().choice == "first"


def test_a_proposal_is_agreed_to_with_one_button(review, ada, ben, record):
    address = url(review, "record-opinion", differing(record).pk)
    as_user(ada).post(address, {"choice": "other", "given": "7", "note": "recount"})
    page = as_user(ben).get(url(review, "record-compare", record.pk)).content.decode()
    assert "Agree to 7" in page and "recount" in page
    as_user(ben).post(address, {"choice": "proposal"})
    assert (differing(record).origin, differing(record).value["number"]) == ("rewritten", "7")


def test_what_the_other_closed_meanwhile_stays_closed(review, ada, ben, record):
    address = url(review, "record-opinion", differing(record).pk)
    as_user(ada).post(address, {"choice": "b", "seen": "open"}, headers=HTMX)
    answer = as_user(ben).post(address, {"choice": "b", "seen": "open"}, headers=HTMX)
    assert answer.status_code == 409
    assert "spoken meanwhile" in answer.content.decode()
    assert differing(record).origin == "second"


def test_a_bad_value_is_said_at_the_cell(review, ada, record):
    address = url(review, "record-opinion", differing(record).pk)
    answer = as_user(ada).post(address, {"choice": "other", "given": "few"}, headers=HTMX)
    assert answer.status_code == 422
    assert "is not a number" in answer.content.decode() and 'value="few"' in answer.content.decode()


def test_a_third_person_settles_without_names(review, ada, cleo, record):
    cell = differing(record)
    as_user(ada).post(url(review, "record-opinion", cell.pk), {"choice": "third"})
    client = as_user(cleo)
    page = client.get(url(review, "record-settle", record.pk)).content.decode()
    for name in ("Augusta", "Lovelace", "Benjamin", "Franklin"):
        assert name not in page
    first = page.split('class="value')[1].split(">")[1].split("<")[0]
    client.post(url(review, "record-rule", cell.pk), {"choice": "a"})
    cell.refresh_from_db()
    assert cell.value["number"] == first, "A is what the page called A"
    assert cell.decided_by == cleo


def test_sides_have_no_ones_order(review, ada, ben, cleo, form):
    """For a third person A is now one of the two, now the other; always the same at a cell."""
    for _ in range(8):
        study = make_study(review)
        for person, male in ((ada, "6"), (ben, "5")):
            fill(extract.begin(study=study, form=form, actor=person), male=male)
    orders = []
    for cell in RecordCell.objects.filter(path="male||"):
        adjudication.give_opinion(cell=cell, person=ada, choice="escalated")
        pages = [
            as_user(cleo).get(url(review, "record-settle", cell.record_id)).content.decode()
            for _ in range(2)
        ]
        seen = [page.index(">6<") < page.index(">5<") for page in pages]
        assert seen[0] == seen[1]
        orders.append(seen[0])
    assert len(set(orders)) == 2


def test_approved_reopened_and_told_why(review, ada, ben, cleo, lead, record):
    adjudication.give_opinion(cell=differing(record), person=ben, choice="first")
    assert as_user(ada).post(url(review, "record-approve", record.pk)).status_code == 403
    client = as_user(cleo)
    assert "Approve the study" in client.get(url(review, "record", record.pk)).content.decode()
    client.post(url(review, "record-approve", record.pk))
    assert Record.objects.get().approved_by == cleo
    assert client.post(url(review, "record-reopen", record.pk)).status_code == 422
    client.post(url(review, "record-reopen", record.pk), {"reason": "erratum"})
    assert Record.objects.get().status == "comparing"


def test_wrong_state_is_409_in_words(review, cleo, record):
    answer = as_user(cleo).post(url(review, "record-approve", record.pk))
    assert answer.status_code == 409
    assert "1 cell is still open" in answer.content.decode()


def test_where_a_number_came_from(review, ada, ben, cleo, record):
    adjudication.give_opinion(cell=differing(record), person=ada, choice="escalated")
    adjudication.rule(cell=differing(record), arbiter=cleo, choice="second", note="Table 2")
    adjudication.approve(record=record, actor=cleo)
    watcher = member(review, "vera", "observer")
    page = as_user(watcher).get(url(review, "record-cell", differing(record).pk))
    text = page.content.decode()
    for said in ("Augusta Lovelace", "Benjamin Franklin", "Cleopatra", "Table 2", ">6<", ">5<"):
        assert said in text
    nameless = member(review, "stat", "statistician")
    text = as_user(nameless).get(url(review, "record-cell", record.cells.get(path="n||").pk))
    assert "quote 14" in text.content.decode() and "Augusta" not in text.content.decode()
