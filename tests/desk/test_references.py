"""The list of references, and all that is told of one."""

import pytest

from review.models import Reference

from .rows import include, sign_in, url

pytestmark = pytest.mark.django_db


class TestReferences:
    def titles(self, client, review, **asked):
        page = client.get(url(review, "references"), asked)
        assert page.status_code == 200
        return [row.record.number for row in page.context["table"].paginated_rows]

    def test_filters_and_search(self, client, review, people, records):
        include(records[0], people["reviewer"], people["second"])
        Reference.objects.filter(number=4).update(title="Zebra fish", authors=["Ångström, Å"])
        Reference.objects.filter(number=5).update(duplicate_of=records[0].reference, doi="10.1/X")
        Reference.objects.filter(number=6).update(withdrawn=True)
        sign_in(client, people["observer"])
        assert len(self.titles(client, review)) == 11
        assert self.titles(client, review, q="zebra") == [4]
        assert self.titles(client, review, q="Ångström") == [4]
        assert self.titles(client, review, q="10.1/x") == [5]
        assert self.titles(client, review, q="7") == [7]
        assert self.titles(client, review, status="reading") == [1]
        assert self.titles(client, review, status="duplicate") == [5]
        assert self.titles(client, review, status="withdrawn") == [6]
        assert len(self.titles(client, review, batch=review.batches.get().pk)) == 11
        assert len(self.titles(client, review, search=review.searches.get().pk)) == 11

    def test_a_filter_that_is_not_there_is_refused(self, client, review, people):
        answer = sign_in(client, people["observer"]).get(url(review, "references"), {"status": "x"})
        assert answer.status_code == 422

    @pytest.mark.parametrize("sort", ["number", "title", "year", "source"])
    def test_every_sort(self, client, review, people, records, sort):
        sign_in(client, people["observer"])
        for order in (sort, f"-{sort}"):
            assert len(self.titles(client, review, sort=order)) == 12

    @pytest.mark.parametrize("sort", ["number", "paper", "status", "has_pdf"])
    def test_every_sort_of_full_texts(self, client, review, people, report, sort):
        sign_in(client, people["observer"])
        for order in (sort, f"-{sort}"):
            page = client.get(url(review, "fulltexts"), {"sort": order})
            assert page.context["table"].paginator.count == 1

    def test_a_page_tells_where_a_record_came_from(self, client, review, people, records):
        Reference.objects.filter(number=1).update(raw="TY - JOUR\nTI - <b>x</b>", line=7)
        Reference.objects.filter(number=2).update(duplicate_of=records[0].reference)
        page = sign_in(client, people["observer"]).get(
            url(review, "reference", records[0].reference_id)
        )
        text = page.content.decode()
        assert "line 7" in text and "search.ris" in text and "MEDLINE" in text
        assert "TI - &lt;b&gt;x&lt;/b&gt;" in text
        assert "record 2" in text

    def test_the_lead_opens_a_settled_record_again(self, client, review, people, records):
        include(records[0], people["reviewer"], people["second"])
        address = url(review, "screening-reopen", records[0].pk)
        assert sign_in(client, people["owner"]).post(address, {"why": ""}).status_code == 422
        assert client.post(address, {"why": "Misread"}).status_code == 302
        records[0].refresh_from_db()
        assert records[0].status == "waiting"
        page = client.get(url(review, "reference", records[0].reference_id))
        assert "opened title and abstract again: Misread" in page.content.decode()
