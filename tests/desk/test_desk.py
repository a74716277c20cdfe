"""The desk: votes by plain form or by script, in the right order, and own votes again."""

import pytest

from review import screening
from review.models import Reference, Vote

from ..factories import make_reference, make_review
from .rows import include, sign_in, url

pytestmark = pytest.mark.django_db


class TestDesk:
    def test_a_vote_by_plain_form_goes_on_to_the_next_record(self, client, review, people, records):
        page = sign_in(client, people["reviewer"]).get(url(review, "screening"))
        assert page.context["cards"][0].screening == records[0]
        form = {"verdict": "exclude", "note": "no", "key": page.context["key"], "lane": "new"}
        address = url(review, "screening-vote", records[0].pk)
        for _ in range(2):
            answer = client.post(address, form)
            assert answer.url == url(review, "screening") + "?lane=new"
        assert Vote.objects.get().note == "no"
        page = client.get(answer.url)
        assert page.context["cards"][0].screening == records[1]
        assert (page.context["lanes"].new, page.context["lanes"].waiting) == (11, 1)

    def test_a_vote_by_script_is_answered_without_a_page(self, client, review, people, records):
        sign_in(client, people["reviewer"])
        address = url(review, "screening-vote", records[0].pk)
        asked = {"HTTP_ACCEPT": "application/json"}
        assert client.post(address, {"verdict": "include"}, **asked).status_code == 204
        answer = client.post(address, {"verdict": "sure"}, **asked)
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (422, "text/plain")
        answer = client.post(address, {"verdict": "include"}, **asked)
        assert answer.status_code == 409
        assert "Change or withdraw" in answer.content.decode()

    @pytest.mark.parametrize("data", [{}, {"verdict": "sure"}, {"verdict": "exclude", "reason": 9}])
    def test_a_vote_that_says_nothing_changes_nothing(self, client, review, people, records, data):
        address = url(review, "screening-vote", records[0].pk)
        answer = sign_in(client, people["reviewer"]).post(address, data)
        assert answer.status_code == 422
        assert not Vote.objects.exists() and not review.events.exists()

    def test_half_done_records_come_first_and_mine_never(self, client, review, people, records):
        include(records[7], people["second"])
        include(records[3], people["reviewer"])
        page = sign_in(client, people["reviewer"]).get(url(review, "screening"))
        shown = [card.screening for card in page.context["cards"]]
        assert shown[:2] == [records[7], records[0]]
        assert records[3] not in shown
        assert (page.context["lanes"].second, page.context["lanes"].new) == (1, 10)
        page = client.get(url(review, "screening") + "?lane=second")
        assert [card.screening for card in page.context["cards"]] == [records[7]]

    def test_more_cards_leave_out_what_the_page_has(self, client, review, people, records):
        have = ",".join(str(record.pk) for record in records[:9]) + ",x,٣"
        page = sign_in(client, people["reviewer"]).get(
            url(review, "screening-cards"), {"have": have}
        )
        assert [card.screening for card in page.context["cards"]] == records[9:]

    def test_a_skipped_record_comes_last(self, client, review, people, records):
        sign_in(client, people["reviewer"])
        page = client.get(url(review, "screening"), {"skip": records[0].pk})
        assert page.context["cards"][0].screening == records[1]
        everything = ",".join(str(record.pk) for record in records)
        page = client.get(url(review, "screening"), {"skip": everything})
        assert page.context["cards"][0].screening == records[0]

    def test_own_votes_are_listed_changed_and_taken_back(self, client, review, people, records):
        include(records[0], people["reviewer"])
        sign_in(client, people["reviewer"])
        page = client.get(url(review, "screening") + "?lane=waiting")
        assert [vote.screening for vote in page.context["page"]] == [records[0]]
        client.post(url(review, "screening-change", records[0].pk), {"verdict": "maybe"})
        assert Vote.objects.get().verdict == "maybe"
        client.post(url(review, "screening-withdraw", records[0].pk))
        assert not Vote.objects.exists()

    def test_a_record_of_another_review_is_not_there(self, client, review, people, records):
        other = make_review()
        make_reference(other)
        screening.open_title_abstract(references=other.references.all())
        foreign = other.screenings.get()
        sign_in(client, people["reviewer"])
        answer = client.post(url(review, "screening-vote", foreign.pk), {"verdict": "include"})
        assert answer.status_code == 404

    def test_html_of_a_search_file_is_shown_as_text(self, client, review, people, records):
        Reference.objects.update(title="<script>alert(1)</script>", abstract="<img src=x>")
        page = sign_in(client, people["reviewer"]).get(url(review, "screening"))
        assert b"<script>alert" not in page.content and b"<img src=x" not in page.content
        assert b"&lt;script&gt;alert" in page.content

    def test_hidden_citations_are_hidden_until_the_record_is_decided(
        self, client, review, people, records
    ):
        type(review).objects.update(hide_citation=True)
        Reference.objects.update(authors=["Zebrowski, A"], journal="Zeitschrift", year=1987)
        Reference.objects.update(raw="AU - Zebrowski")
        sign_in(client, people["reviewer"])
        key = records[0].reference_id
        pages = [("screening",), ("screening-cards",), ("references",), ("reference", key)]
        for name, *args in pages:
            text = client.get(url(review, name, *args)).content.decode()
            for word in ("Zebrowski", "Zeitschrift", "1987"):
                assert word not in text, (name, word)
        found = client.get(url(review, "references"), {"q": "Zebrowski"})
        assert not found.context["table"].paginator.count
        include(records[0], people["reviewer"], people["second"])
        assert b"Zebrowski" in client.get(url(review, "reference", key)).content
