"""Questions to the authors of a study: put, reminded of, answered, and the witness of a cell."""

import datetime
import json

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from extraction import adjudication, extract, integrity, provenance, queries, snapshots
from extraction.models import AuthorQuery, RecordCell
from extraction.schema import BadValue
from review import files
from review.access import seat_of
from review.models import IllegalMove

from .factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
MARCH, APRIL = datetime.date(2026, 3, 2), datetime.date(2026, 4, 9)
Status = AuthorQuery.Status


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def entry():
    review = make_review(extraction_entries=2)
    person = join(review, make_user("ada"), "reviewer")
    return extract.begin(study=make_study(review), form=make_form(review), actor=person)


def asked(entry, **more):
    sent = {"recipient": "B. Moreau", "question": "How many were men?", "asked_on": MARCH}
    return queries.ask(entry=entry, **sent | {"paths": ["male||"]} | more)


def answered(entry, **more):
    query = asked(entry)
    return queries.answer(query=query, answer="Seven men.", answered_on=APRIL, **more)


def actions(entry):
    return list(
        entry.study.review.events.filter(subject=f"entry:{entry.pk}", action__startswith="query.")
        .order_by("seq")
        .values_list("action", flat=True)
    )


class TestDoors:
    def test_a_question_names_its_cells_and_counts_once(self, entry):
        first = asked(entry, key="k")
        assert asked(entry, key="k") == first
        assert first.about == [{"path": "male||", "name": "Men"}]
        assert actions(entry) == ["query.ask"]

    def test_of_a_cell_that_is_not_there(self, entry):
        with pytest.raises(IllegalMove, match="no cell “treated"):
            asked(entry, paths=["treated|99|"])

    def test_reminders_are_kept_by_their_day(self, entry):
        query = queries.remind(query=asked(entry), on=APRIL, remind_on=None, key="r")
        query = queries.remind(query=query, on=APRIL, key="r")
        assert query.reminders == ["2026-04-09"]
        queries.answer(query=query, answer="7", answered_on=APRIL)
        with pytest.raises(IllegalMove, match="waits for an answer"):
            queries.remind(query=query, on=APRIL)

    def test_the_answer_fills_a_cell_with_the_query_as_its_witness(self, entry):
        extract.save_cell(entry=entry, field="male", given="8", quote="eight", page=3)
        query = answered(entry)
        cell = queries.fill(query=query, path="male||", given="7")
        cell.refresh_from_db()
        assert (cell.value["number"], cell.query, cell.quote) == ("7", query, "")
        assert queries.filled(query) == [cell]
        assert not integrity.problems(entry.study.review)

    def test_the_cell_keeps_it_until_another_value_is_typed(self, entry):
        query = answered(entry)
        queries.fill(query=query, path="male||", given="7")
        extract.save_cell(entry=entry, field="male", given="7", note="of 12")
        assert len(queries.filled(query)) == 1
        extract.save_cell(entry=entry, field="male", given="8", note="of 12")
        assert not queries.filled(query)

    def test_nothing_and_nonsense_are_refused(self, entry):
        query = answered(entry)
        for given in ("", "seven or eight"):
            with pytest.raises(BadValue, match="Men"):
                queries.fill(query=query, path="male||", given=given)

    def test_only_an_answer_fills(self, entry):
        with pytest.raises(IllegalMove, match="no answer yet"):
            queries.fill(query=asked(entry), path="male||", given="7")

    def test_an_answer_that_a_cell_rests_on_stays(self, entry):
        query = answered(entry)
        queries.fill(query=query, path="male||", given="7")
        with pytest.raises(IllegalMove, match="rest on this answer"):
            queries.reopen(query=query)
        extract.save_cell(entry=entry, field="male", given="")
        query = queries.reopen(query=query)
        assert (query.status, query.answer, query.answered_on) == (Status.OPEN, "", None)

    def test_closed_with_a_reason_and_opened_again(self, entry):
        query = queries.close(query=asked(entry), why="the address is dead")
        with pytest.raises(IllegalMove, match="cannot become"):
            queries.answer(query=query, answer="7", answered_on=APRIL)
        assert queries.reopen(query=query).status == Status.OPEN
        assert actions(entry) == ["query.ask", "query.close", "query.reopen"]

    def test_an_entry_that_asked_is_not_given_back(self, entry):
        asked(entry)
        with pytest.raises(IllegalMove, match="asked the authors"):
            extract.give_back(entry=entry)

    def test_a_letter_is_kept_and_an_empty_one_refused(self, entry):
        query, kept = asked(entry), entry.study.review.files.count()
        with pytest.raises(files.RefusedFile, match="is empty"):
            queries.answer(
                query=query, answer="7", answered_on=APRIL, upload=ContentFile(b"", "a.eml")
            )
        pdf = ContentFile(b"%PDF-1.4", "a.pdf")
        query = queries.answer(query=query, answer="7", answered_on=APRIL, upload=pdf)
        assert (queries.letter(query).kind, query.file_name) == (files.PDF, "a.pdf")
        assert entry.study.review.files.count() == kept

    def test_a_status_altered_behind_its_back_is_found(self, entry):
        query = answered(entry)
        queries.fill(query=query, path="male||", given="7")
        AuthorQuery.objects.filter(pk=query.pk).update(status="open", answered_on=None)
        assert any("rests on a query without an answer" in line
                   for line in integrity.problems(entry.study.review))  # fmt: skip


def approved_cell(entry):
    """Both extractors in and the study approved; returns the cell of the men."""
    review = entry.study.review
    extract.save_cell(entry=entry, field="n", given="12")
    queries.fill(query=answered(entry), path="male||", given="7")
    extract.submit(entry=entry)
    other = join(review, make_user("ben"), "reviewer")
    second = extract.begin(study=entry.study, form=entry.form, actor=other)
    for field, given in (("n", "12"), ("male", "7")):
        extract.save_cell(entry=second, field=field, given=given)
    extract.submit(entry=second)
    record = entry.study.records.get()
    adjudication.approve(record=record, actor=review.created_by)
    return RecordCell.objects.get(record=record, field="male")


def test_the_approved_value_its_witness_page_and_the_snapshot_name_the_query(entry):
    review, cell = entry.study.review, approved_cell(entry)
    query = entry.queries.get()
    assert cell.query == query
    steps = provenance.of(cell, seat_of(review.created_by, review)).steps
    assert [step.query for step in steps].count(query) == 1
    content = json.loads(snapshots.freeze(review=review, actor=review.created_by).content)
    frozen = next(c for c in content["studies"][0]["records"][0]["cells"] if c["field"] == "male")
    assert frozen["query"] == {
        "id": query.pk, "asked_on": "2026-03-02", "answered_on": "2026-04-09",
    }  # fmt: skip
    client = Client()
    client.force_login(review.created_by)
    shown = client.get(reverse("record-cell", args=[review.pk, cell.pk])).content.decode()
    assert "the authors’ answer of 9 April 2026" in shown


class TestPages:
    @pytest.fixture
    def client(self, entry):
        client = Client()
        client.force_login(entry.extractor)
        return client

    def url(self, entry, name, *keys):
        return reverse(name, args=[entry.study.review_id, *keys])

    def test_the_whole_way_by_hand(self, entry, client):
        sent = {"recipient": "B. Moreau", "question": "Men?", "asked_on": "2026-03-02",
                "remind_on": "2026-03-20", "paths": ["male||"]}  # fmt: skip
        page = client.post(self.url(entry, "query-ask", entry.pk), sent, follow=True)
        query = entry.queries.get()
        assert "Waiting for an answer" in page.content.decode()
        assert "remind" in client.get(self.url(entry, "queries")).content.decode()
        due = "query to authors to come back to"
        assert due in client.get(reverse("my-work")).content.decode()
        sent = {"answer": "Seven.", "answered_on": "2026-04-09",
                "upload": ContentFile(b"Seven.", "a.eml")}  # fmt: skip
        client.post(self.url(entry, "query-answer", query.pk), sent)
        letter = client.get(self.url(entry, "query-letter", query.pk))
        assert letter["Content-Disposition"].startswith("attachment")
        fill = self.url(entry, "query-fill", query.pk) + "?path=male||"
        refused = client.post(fill, {"path": "male||", "given": "seven", "state": "value"})
        assert refused.status_code == 422
        client.post(fill, {"path": "male||", "given": "7", "state": "value"})
        assert "Filled from the answer" in client.get(
            self.url(entry, "query", query.pk)
        ).content.decode()  # fmt: skip
        cell = client.get(self.url(entry, "entry-cell", entry.pk) + "?path=male||")
        assert "authors’ answer of 9 April 2026" in cell.content.decode()

    @pytest.mark.parametrize(
        ("name", "sent", "says"),
        [
            ("query-answer", {"answer": "7", "answered_on": "2026-03-01"}, "after this"),
            ("query-answer", {"answer": "7", "answered_on": "2999-01-01"}, "not come yet"),
            ("query-remind", {"on": "yesterday"}, "valid date"),
            ("query-remind", {"on": "2026-05-02", "remind_on": "2026-05-01"}, "the day it follows"),
            ("query-close", {"why": ""}, "required"),
        ],
    )
    def test_bad_input_is_said_at_its_place(self, entry, client, name, sent, says):
        query = asked(entry)
        answer = client.post(self.url(entry, name, query.pk), sent)
        assert answer.status_code == 422
        assert says in answer.content.decode()
