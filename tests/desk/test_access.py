"""Who may open the pages of steps 3 and 4, and what opening them costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from review import screening

from ..factories import join, make_review
from .rows import PDF, at_full_text, include, sign_in, url

pytestmark = pytest.mark.django_db


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
