"""What travels with every answer: what a browser may do with it, and who may keep it."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from analysis.demo.pages import pdf
from review import files

from . import crawling
from .access_matrix import SENT, TABLE, address
from .factories import PASSWORD, make_review, make_user
from .world import NOBODY, fingerprint, standing

pytestmark = [pytest.mark.django_db, pytest.mark.once]

POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "worker-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
}
OPEN_TO_ALL = ("account_login", "account_signup", "account_reset_password", "account_inactive")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing(django_db_blocker) as world, crawling.counted_once():
        yield world


def check(answer, *, signed_in):
    """Every header that the answer needs, whatever it is."""
    given = answer.headers
    assert given["X-Content-Type-Options"] == "nosniff", answer.url
    assert given["Referrer-Policy"] == "same-origin", answer.url
    assert given["Cross-Origin-Opener-Policy"] == "same-origin", answer.url
    assert given["X-Frame-Options"] in ("DENY", "SAMEORIGIN"), answer.url
    policy = {
        name: set(sources)
        for name, *sources in map(str.split, given["Content-Security-Policy"].split(";"))
    }
    assert "unsafe" not in given["Content-Security-Policy"], answer.url
    assert policy["frame-ancestors"] <= {"'self'", "'none'"}, answer.url
    for name, allowed in POLICY.items():
        assert policy[name] <= allowed, f"{answer.url} {name}"
    if signed_in:
        assert "no-store" in given["Cache-Control"], answer.url


@pytest.mark.parametrize("name", [name for name in TABLE if "get" in TABLE[name].answers])
def test_every_page_and_file(world, name):
    url = address(world, name)
    for letter in sorted(TABLE[name].named):
        answer = crawling.ask(world.clients[letter], url)
        check(answer, signed_in=letter != NOBODY)


@pytest.mark.parametrize("name", OPEN_TO_ALL)
def test_every_page_before_signing_in(name):
    check(crawling.ask(Client(), reverse(name)), signed_in=False)


def test_every_refusal(world):
    """A page that says no is a page as well."""
    pk = world.review.pk
    refused = {
        403: crawling.ask(world.clients["V"], reverse("members", args=[pk])),
        404: crawling.ask(world.clients["X"], reverse("members", args=[pk])),
        405: crawling.ask(world.clients["O"], reverse("member-invite", args=[pk])),
        409: post(world, "extraction-form-next", "O"),
        422: post(world, "member-invite", "O"),
    }
    for status, answer in refused.items():
        assert answer.status == status
        check(answer, signed_in=True)


def post(world, name, letter):
    url = address(world, name)
    return crawling.read(world.clients[letter].post(url, {"csrfmiddlewaretoken": "x"}), url)


@pytest.mark.parametrize("name", [name for name in TABLE if "post" in TABLE[name].answers])
def test_nothing_is_done_without_the_token_of_a_page(world, name):
    """Another site cannot make a signed-in browser act."""
    url, before = address(world, name), fingerprint()
    for letter in sorted(TABLE[name].named):
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = world.clients[letter].cookies
        assert strict.post(url, SENT.get(name, {"why": "x"})).status_code == 403, letter
    assert fingerprint() == before


def test_signing_in_needs_the_token_too():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("account_login"), {"login": "lead"}).status_code == 403


def test_the_session_is_out_of_reach_of_scripts_and_other_sites(client):
    sent = {"login": make_user().username, "password": PASSWORD}
    cookie = client.post(reverse("account_login"), sent).cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("letter", "OR")
def test_looking_changes_nothing(world, letter):
    """No address that is only read leaves a trace in the database."""
    urls = [
        address(world, name) for name, row in TABLE.items() if letter in row.answers.get("get", {})
    ]
    before = fingerprint()
    for url in urls:
        for headers in ({}, {"hx-request": "true"}):
            crawling.ask(world.clients[letter], url, **headers)
    assert fingerprint() == before


class TestUploads:
    """A file that somebody uploaded can do no harm in the browser of somebody else."""

    def serve(self, content, name, kind):
        review = make_review()
        upload = SimpleUploadedFile(name, content)
        stored = files.store(review=review, upload=upload, kind=kind, actor=review.created_by)
        client = Client()
        client.force_login(review.created_by)
        url = reverse("file-content", args=[review.pk, stored.pk])
        return stored, crawling.ask(client, url)

    def test_a_pdf_is_shown_as_nothing_but_a_pdf(self):
        _, answer = self.serve(pdf("<script>", []), "page.html", files.PDF)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        check(answer, signed_in=True)

    @pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.js"])
    def test_anything_else_is_only_saved(self, name):
        _, answer = self.serve(b"<script>alert(1)</script>", name, files.REFERENCES)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        check(answer, signed_in=True)

    def test_a_name_cannot_add_a_header(self):
        name = 'a"\r\nSet-Cookie: x=y\r\n.ris'
        _, answer = self.serve(b"TY  - JOUR", name, files.REFERENCES)
        assert "Set-Cookie" not in answer.headers
        assert "\n" not in answer.headers["Content-Disposition"]

    def test_no_address_but_the_gate_leads_to_it(self):
        stored, answer = self.serve(b"TY  - JOUR", "a.ris", files.REFERENCES)
        assert answer.status == 200
        place = files.path_of(stored)
        assert place.exists()
        served = filter(None, [settings.STATIC_ROOT, *settings.STATICFILES_DIRS])
        assert not any(place.is_relative_to(folder) for folder in served)
        for url in (f"/static/{stored.sha256}", f"/media/{stored.sha256[:2]}/{stored.sha256}",
                    f"/static/../files/{stored.sha256[:2]}/{stored.sha256}"):  # fmt: skip
            assert Client().get(url).status_code in (302, 404)
