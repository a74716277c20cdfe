"""The pages of steps 3 and 4: who may open them, what they do, what they keep to themselves."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from review import fulltext, screening
from review.models import ExclusionReason, Membership, Reference, Screening, Stage, Vote

from .factories import join, make_reference, make_review, make_user

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4 one page"
CANARY = "canarynote"


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def people(review):
    """One person for each role, by its name; two reviewers."""
    roles = {
        role: join(review, make_user(f"known-{role}"), role) for role in Membership.Role.values[1:]
    }
    return roles | {
        "owner": review.created_by,
        "second": join(review, make_user("known-second"), "reviewer"),
        "stranger": make_user(),
    }


@pytest.fixture
def records(review):
    for _ in range(12):
        make_reference(review, abstract="Adults with pain. METHODS: A trial.")
    screening.open_title_abstract(references=review.references.all())
    return list(review.screenings.order_by("reference"))


@pytest.fixture
def reason(review):
    return ExclusionReason.objects.create(
        review=review, stage=Stage.FULL_TEXT, text="Wrong population", position=0
    )


def include(record, *people):
    for person in people:
        screening.cast_vote(screening=record, reviewer=person, verdict="include")


@pytest.fixture
def report(records, people):
    """An obtained full text of the first record."""
    include(records[0], people["reviewer"], people["second"])
    report = records[0].reference.report
    upload = SimpleUploadedFile("paper.pdf", PDF)
    fulltext.attach(report=report, actor=people["reviewer"], upload=upload)
    report.refresh_from_db()
    return report


def at_full_text(report):
    return Screening.objects.get(reference=report.reference_id, stage=Stage.FULL_TEXT)


def sign_in(client, person):
    client.force_login(person)
    return client


def url(review, name, *args):
    return reverse(name, args=[review.pk, *args])


SCREENERS = {"reviewer": 200, "owner": 403, "arbiter": 403, "statistician": 403, "observer": 403}
SETTLERS = SCREENERS | {"reviewer": 403, "owner": 200, "arbiter": 200}
READERS = dict.fromkeys(SCREENERS, 200) | {"statistician": 403}


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("screening", SCREENERS),
        ("screening-cards", SCREENERS),
        ("conflicts", SETTLERS),
        ("fulltexts", READERS),
        ("fulltext-next", SCREENERS | {"reviewer": 302}),
        ("references", READERS),
    ],
)
def test_who_opens_a_page(client, review, people, records, name, codes):
    for role, code in (codes | {"stranger": 404}).items():
        answer = sign_in(client, people[role]).get(url(review, name))
        assert answer.status_code == code, (role, answer.status_code)


@pytest.mark.parametrize(("name", "what"), [("reference", "reference"), ("fulltext", "report")])
def test_who_opens_one_record(client, review, people, report, name, what):
    key = report.pk if what == "report" else report.reference_id
    for role, code in (READERS | {"stranger": 404}).items():
        answer = sign_in(client, people[role]).get(url(review, name, key))
        assert answer.status_code == code, role


def test_a_file_goes_through_the_gate_only(client, review, people, report):
    address = url(review, "file-content", report.files.get().file_id)
    for role, code in (READERS | {"stranger": 404}).items():
        answer = sign_in(client, people[role]).get(address)
        assert answer.status_code == code, role
        if code == 200:
            assert b"".join(answer.streaming_content) == PDF
            assert answer["Content-Type"] == "application/pdf"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["X-Frame-Options"] == "SAMEORIGIN"
            assert "no-store" in answer["Cache-Control"]
    other = join(make_review(), people["reviewer"], "reviewer")
    elsewhere = reverse("file-content", args=[other.memberships.last().review_id, 1])
    assert sign_in(client, other).get(elsewhere).status_code == 404


POSTS = [
    ("screening-vote", "record", {"verdict": "include"}, {"reviewer"}),
    ("screening-change", "record", {"verdict": "include"}, {"reviewer"}),
    ("screening-withdraw", "record", {}, {"reviewer"}),
    ("screening-reopen", "record", {"why": "x"}, {"owner"}),
    ("conflict-rule", "record", {"verdict": "include"}, {"owner", "arbiter"}),
    ("fulltext-move", "report", {"status": "requested"}, {"owner", "reviewer"}),
    ("fulltext-attach", "report", {}, {"owner", "reviewer"}),
    ("fulltext-vote", "report", {"verdict": "include"}, {"reviewer"}),
]


@pytest.mark.parametrize(("name", "what", "data", "may"), POSTS, ids=lambda v: str(v)[:20])
def test_who_may_do_what(client, review, people, records, report, name, what, data, may):
    key = {"record": records[5].pk, "report": report.pk}[what]
    if name == "fulltext-vote":
        key = at_full_text(report).pk
    for role in [*SCREENERS, "stranger"]:
        answer = sign_in(client, people[role]).post(url(review, name, key), data)
        refused = answer.status_code in (403, 404)
        assert refused != (role in may), (role, answer.status_code)
        assert sign_in(client, people[role]).get(url(review, name, key)).status_code in (
            405,
            403,
            404,
        )


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


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("screening", "reviewer"),
        ("screening-cards", "reviewer"),
        ("fulltexts", "reviewer"),
        ("references", "reviewer"),
        ("conflicts", "arbiter"),
    ],
)
def test_pages_cost_few_queries_however_much_they_show(
    client, review, people, records, report, name, role
):
    for record in records[1:5]:
        include(record, people["reviewer"], people["second"])
    for person, verdict in ((people["reviewer"], "include"), (people["second"], "exclude")):
        for record in records[5:8]:
            screening.cast_vote(screening=record, reviewer=person, verdict=verdict)
    sign_in(client, people[role])
    with CaptureQueriesContext(connection) as queries:
        client.get(url(review, name))
    assert len(queries) <= (20 if name == "conflicts" else 15), [q["sql"] for q in queries]


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


def test_agreement_waits_for_the_protocol(client, review, people, records):
    include(records[0], people["reviewer"], people["second"])
    page = sign_in(client, people["arbiter"]).get(url(review, "conflicts"))
    assert [(label, n) for label, n, _ in page.context["agreement"]] == [("Title and abstract", 1)]
    type(review).objects.update(reveal="stage_done")
    assert client.get(url(review, "conflicts")).context["agreement"] == []
