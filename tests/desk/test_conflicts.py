"""Conflicts: both sides without names, for somebody who did not vote."""

import pytest

from review import screening
from review.models import ExclusionReason, Stage

from ..factories import join
from .rows import at_full_text, include, sign_in, url

CANARY = "canarynote"

pytestmark = pytest.mark.django_db


class TestConflicts:
    @pytest.fixture
    def conflict(self, people, records):
        for name, verdict in (("reviewer", "include"), ("second", "exclude")):
            screening.cast_vote(
                screening=records[0],
                reviewer=people[name],
                verdict=verdict,
                note=f"{CANARY} of {verdict}",
            )
        return records[0]

    def test_both_sides_without_names_in_an_order_that_stays(
        self, client, review, people, conflict
    ):
        sign_in(client, people["arbiter"])
        page = client.get(url(review, "conflicts"))
        assert {side.verdict for side in page.context["sides"]} == {"include", "exclude"}
        assert all(side.who is None and side.at is None for side in page.context["sides"])
        text = page.content.decode()
        assert text.count(CANARY) == 2
        assert str(people["reviewer"]) not in text and str(people["second"]) not in text
        again = client.get(url(review, "conflicts")).context["sides"]
        assert [s.verdict for s in again] == [s.verdict for s in page.context["sides"]]

    def test_names_only_where_the_lead_chose_so(self, client, review, people, conflict):
        type(review).objects.update(arbiter_sees_names=True)
        page = sign_in(client, people["arbiter"]).get(url(review, "conflicts"))
        assert {side.who for side in page.context["sides"]} == {
            people["reviewer"],
            people["second"],
        }

    def test_a_ruling_by_plain_form(self, client, review, people, conflict):
        address = url(review, "conflict-rule", conflict.pk)
        answer = sign_in(client, people["arbiter"]).post(address, {"verdict": "maybe"})
        assert answer.status_code == 422
        assert client.post(address, {"verdict": "exclude", "note": "why"}).status_code == 302
        conflict.refresh_from_db()
        assert conflict.status == "excluded"
        assert client.post(address, {"verdict": "include"}).status_code == 409

    def test_a_conflict_one_voted_on_is_not_offered_and_it_says_why(
        self, client, review, people, conflict
    ):
        join(review, people["second"], "arbiter")
        page = sign_in(client, people["second"]).get(url(review, "conflicts"))
        assert "record" not in page.context
        assert "somebody else settles" in page.content.decode()
        answer = client.post(url(review, "conflict-rule", conflict.pk), {"verdict": "include"})
        assert answer.status_code == 409
        assert "somebody else has to settle it" in answer.content.decode()

    def test_a_difference_in_the_reason_has_its_own_lane(
        self, client, review, people, report, reason
    ):
        other = ExclusionReason.objects.create(
            review=review, stage=Stage.FULL_TEXT, text="Wrong design", position=1
        )
        for name, why in (("reviewer", reason), ("second", other)):
            screening.cast_vote(
                screening=at_full_text(report), reviewer=people[name], verdict="exclude", reason=why
            )
        page = sign_in(client, people["arbiter"]).get(url(review, "conflicts"))
        assert [count for *_, count in page.context["lanes"]] == [0, 0, 1]
        assert page.context["lane"] == "reason"
        rule = {"reason": other.pk, "lane": "reason"}
        client.post(url(review, "conflict-rule", page.context["record"].pk), rule)
        assert at_full_text(report).reason == other


def test_agreement_waits_for_the_protocol(client, review, people, records):
    include(records[0], people["reviewer"], people["second"])
    page = sign_in(client, people["arbiter"]).get(url(review, "conflicts"))
    assert [(label, n) for label, n, _ in page.context["agreement"]] == [("Title and abstract", 1)]
    type(review).objects.update(reveal="stage_done")
    assert client.get(url(review, "conflicts")).context["agreement"] == []
