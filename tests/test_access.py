"""Every URL, every role: who is let in is written in ``access_matrix``, and nowhere else."""

import pytest
from django.db import transaction
from django.urls import reverse

from review.access import Can

from . import crawling
from .access_matrix import INSIDE, SENT, TABLE, URLS, address
from .world import rolled_back, standing
from .world_objects import OBJECTS

pytestmark = pytest.mark.django_db

# Pages of allauth: they concern a person's own login and name no review.
ALLAUTH = {
    "account_login": "where everybody begins",
    "account_logout": "asks, and ends the session",
    "account_inactive": "tells a person that the login was closed",
    "account_signup": "answers that logins come by invitation",
    "account_reauthenticate": "asks for the password again",
    "account_email": "the person's own addresses",
    "account_email_verification_sent": "tells that a mail is on its way",
    "account_change_password": "the person's own password",
    "account_set_password": "the same, for a login without one",
    "account_reset_password": "sends a mail, whether the address is known or not",
    "account_confirm_login_code": "nothing without a code that was mailed",
    "account_confirm_email": "nothing without a key that was mailed",
    "account_reset_password_from_key_done": "tells that it is done",
    "account_reset_password_from_key": "nothing without a key that was mailed",
    "account_reset_password_done": "tells that a mail is on its way",
}
OWN_ONLY = ("account_reauthenticate", "account_email", "account_change_password",
            "account_set_password")  # fmt: skip
BEYOND = 10**30  # no row has this number
EVERY_PAGE = {"csrfmiddlewaretoken": "sent by every page"}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing(django_db_blocker) as world, crawling.counted_once():
        yield world


def answer(world, letter, method, name, url):
    """The status a person gets; whatever it did is undone."""
    sent = SENT.get(name, EVERY_PAGE) if method == "post" else None
    with rolled_back():
        response = getattr(world.clients[letter], method)(url, sent)
        if letter == "N" and response.status_code == 302:
            assert response.url.startswith(reverse("account_login"))
        return response.status_code


def test_every_url_has_a_row_or_a_reason():
    assert None not in URLS
    rowless = URLS.keys() - TABLE.keys() - ALLAUTH.keys()
    assert not rowless, f"give these URLs a row in tests/access_matrix.py: {sorted(rowless)}"
    gone = (TABLE.keys() | ALLAUTH.keys()) - URLS.keys()
    assert not gone, f"these URLs are no more: {sorted(gone)}"
    assert {row.kind for row in TABLE.values() if row.names_an_object} == OBJECTS.keys()


@pytest.mark.once
@pytest.mark.parametrize("name", TABLE)
def test_every_view_carries_its_capability(name):
    capability = getattr(URLS[name], "capability", None)
    assert isinstance(capability, Can)
    assert (capability in (Can.PUBLIC, Can.SIGN_IN)) == (name not in INSIDE)


def test_nobody_but_the_gate_decides_without_signing_in():
    """``login_required = False`` opens a view to the world: two kinds of views may have it."""
    opened = {name for name, view in URLS.items() if not getattr(view, "login_required", True)}
    public = {name for name in TABLE if URLS[name].capability is Can.PUBLIC}
    assert opened - ALLAUTH.keys() == public


@pytest.mark.parametrize("name", sorted(OWN_ONLY))
def test_the_pages_of_a_login_ask_for_it(client, name):
    assert client.get(reverse(name)).status_code == 302


def test_nobody_makes_a_login_without_an_invitation(client, django_user_model):
    sent = {"username": "eve", "email": "eve@example.org", "password1": "kilimanjaro-1889"}
    for method in (client.get, client.post):
        assert b"by invitation" in method(reverse("account_signup"), sent).content
    assert not django_user_model.objects.filter(username="eve").exists()


@pytest.mark.parametrize("name", TABLE)
def test_who_is_let_in(world, name):
    hold(world, name, TABLE[name].named)


@pytest.mark.once
@pytest.mark.parametrize("name", TABLE)
def test_who_is_refused(world, name):
    hold(world, name, world.clients.keys() - TABLE[name].named)


def hold(world, name, letters):
    """Hold what these people are answered, both ways of asking, to the row of the matrix."""
    row, url = TABLE[name], address(world, name)
    wrong = []
    for method in ("get", "post"):
        for letter in sorted(letters):
            expected = row.expected(method, letter, in_review=name in INSIDE)
            got = answer(world, letter, method, name, url)
            if got != expected:
                wrong.append(f"{method} by {letter}: {got} instead of {expected}")
    assert not wrong, "\n".join([url, *wrong])


@pytest.mark.parametrize("name", [name for name in TABLE if TABLE[name].names_an_object])
def test_an_object_of_another_review_is_not_there(world, name):
    """The person may do the same in the other review, and still gets 404; so for a number that
    nothing has."""
    row, wrong = TABLE[name], []
    urls = (address(world, name, holder=world.other), address(world, name, key=BEYOND))
    for url in urls:
        for method, answers in row.answers.items():
            for letter in answers:
                got = answer(world, letter, method, name, url)
                if got != 404:
                    wrong.append(f"{method} {url} by {letter}: {got}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.once
def test_a_review_without_the_person_is_not_there_whatever_is_named(world):
    """A stranger learns nothing from the difference between what exists and what does not."""
    for name in INSIDE:
        for method in ("get", "post"):
            url = address(world, name)
            there = answer(world, "X", method, name, url)
            elsewhere = url.replace(f"/{world.review.pk}/", "/987654321/", 1)
            assert there == answer(world, "X", method, name, elsewhere) == 404, name


@pytest.mark.once
def test_a_refused_request_runs_no_line_of_the_view(world):
    """Whoever is refused must not have changed anything on the way."""
    with transaction.atomic():
        before = world.review.events.count()
        for name in INSIDE:
            for letter in "ORrASVXN":
                if letter not in TABLE[name].named:
                    world.clients[letter].post(address(world, name))
        assert world.review.events.count() == before
