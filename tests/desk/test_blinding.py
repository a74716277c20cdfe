"""Nothing of one person's vote shows to another while theirs is open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review import screening
from review.models import Membership, Vote

from ..factories import join
from .rows import at_full_text, include, sign_in, url

CANARY = "canarynote"

pytestmark = pytest.mark.django_db


class TestBlinding:
    """While a second vote is open, nothing of the first one shows to anybody else."""

    @pytest.fixture
    def first_vote(self, people, records, report, reason):
        """One vote at each stage, with a note, a reason and a moment nobody else uses."""
        for record, why in ((records[1], None), (at_full_text(report), reason)):
            screening.cast_vote(
                screening=record,
                reviewer=people["second"],
                verdict="exclude",
                reason=why,
                note=CANARY,
                seconds=4711,
            )
        moment = timezone.now() - timedelta(days=5000)
        Vote.objects.filter(note=CANARY).update(cast_at=moment)
        return moment

    def pages(self, review, records, report):
        yield from (url(review, name) for name in ("screening", "screening-cards", "fulltexts"))
        yield from (url(review, name) for name in ("conflicts", "references", "fulltext-next"))
        for query in ("?lane=new", "?lane=second", "?lane=waiting", "?lane=conflict"):
            yield url(review, "screening") + query
        for status in ("waiting", "conflict", "excluded", "included", "ineligible", "reading"):
            yield url(review, "references") + f"?status={status}"
            yield url(review, "fulltexts") + f"?decision={status}"
        yield url(review, "screening-cards") + f"?record={records[1].pk}"
        yield url(review, "screening") + f"?record={records[1].pk}"
        yield url(review, "reference", records[1].reference_id)
        yield url(review, "reference", report.reference_id)
        yield url(review, "fulltext", report.pk)

    @pytest.mark.parametrize("role", ["reviewer", "owner", "arbiter", "observer", "statistician"])
    @pytest.mark.parametrize("everything", [False, True], ids=["plain", "all roles held"])
    def test_no_page_shows_it(
        self, client, review, people, records, report, first_vote, role, everything
    ):
        if everything:
            join(review, people[role], *(set(Membership.Role.values) - {role}))
        sign_in(client, people[role])
        traces = (CANARY, "4711", first_vote.date().isoformat(), str(people["second"]))
        for address in self.pages(review, records, report):
            text = client.get(address, follow=True).content.decode()
            shown = [trace for trace in traces if self.tells(text, trace, people)]
            assert not shown, (address, shown)

    def tells(self, text, trace, people):
        """The second reviewer's name stands rightly beside what both settled before."""
        if trace == str(people["second"]):
            return f"{trace} voted at full text" in text or f"{trace} voted: exclude" in text
        return trace in text

    @pytest.mark.parametrize("role", ["owner", "arbiter", "observer"])
    def test_to_whom_votes_not_a_half_done_record_looks_like_a_new_one(
        self, client, review, people, records, report, first_vote, role
    ):
        sign_in(client, people[role])
        page = client.get(url(review, "references"))
        rows = {row.record.number: row.get_cell("state") for row in page.context["table"].rows}
        assert rows[2] == rows[3]

    def test_the_history_of_an_open_record_holds_nothing_of_others(
        self, client, review, people, records, report, first_vote
    ):
        page = sign_in(client, people["observer"]).get(
            url(review, "reference", records[1].reference_id)
        )
        assert page.context["history"] == []
        mine = sign_in(client, people["second"]).get(
            url(review, "reference", records[1].reference_id)
        )
        assert CANARY in mine.content.decode()

    def test_settled_votes_are_seen_at_once_or_when_the_stage_is_done(
        self, client, review, people, records
    ):
        for name in ("reviewer", "second"):
            screening.cast_vote(
                screening=records[0],
                reviewer=people[name],
                verdict="exclude",
                note=f"{CANARY}{name}",
            )
        address = url(review, "reference", records[0].reference_id)
        assert (
            f"{CANARY}second" in sign_in(client, people["reviewer"]).get(address).content.decode()
        )
        type(review).objects.update(reveal="stage_done")
        text = client.get(address).content.decode()
        assert f"{CANARY}second" not in text and "Excluded" not in text
        assert f"{CANARY}reviewer" in text
        options = dict(
            client.get(url(review, "references")).context["form"].fields["status"].choices
        )
        assert "excluded" not in options
        for record in records[1:]:
            include(record, people["reviewer"], people["second"])
        assert f"{CANARY}second" in client.get(address).content.decode()
