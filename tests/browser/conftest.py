"""A real Chromium that looks at the project through a live server.

Every page opened here is watched: a script error, a breach of the Content-Security-Policy,
a request to another host, a missing asset or a server error fails the test.
"""

import os

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from start import find_chromium

WIDTHS = {"phone": (360, 740), "desk": (1440, 900)}
# A shown PDF makes Chromium load its own viewer.
BROWSERS_OWN = ("data:", "blob:", "about:", "chrome:", "chrome-extension:")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Whole ways through the workbench, walked on both databases; the others look at scripts and pages.
BOTH = {"test_chain.py", "test_consensus.py", "test_reading_again.py"}


@pytest.hookimpl(tryfirst=True)  # before the run on PostgreSQL leaves out what is marked
def pytest_collection_modifyitems(items):
    for item in items:
        if "/browser/" in item.nodeid:
            item.add_marker("browser")
            if item.path.name not in BOTH:
                item.add_marker("once")


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests; without one they are skipped, saying so."""
    program = find_chromium()
    if not program:
        pytest.skip("no Chromium, Chrome or Edge was found on this machine")
    # Playwright keeps an event loop in this thread, and Django would refuse to query beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def problems():
    """What the watched pages complained of. A test that provokes a complaint clears it."""
    return []


@pytest.fixture
def open_as(browser, live_server, problems):
    """``open_as(user, width="desk")`` gives a page signed in as ``user`` (None: a stranger).

    Addresses on it are relative: ``page.goto("/")``. Each call is a browser of its own, so
    that two people can work side by side. ``width`` is "desk" (1440 px) or "phone" (360 px).
    """
    contexts = []

    def open_page(user=None, *, width="desk"):
        w, h = WIDTHS[width]
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": w, "height": h}, accept_downloads=True
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        if user:
            context.add_cookies([session_cookie(user, live_server.url)])
        page = context.new_page()
        watch(page, live_server.url, problems)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def session_cookie(user, url):
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def watch(page, home, problems):
    """Collect what the page, its assets and its console complain of."""

    def on_console(message):
        # An answer of 409 or 422 is part of normal work, and Chromium logs it as an error.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            problems.append(f"console of {page.url}: {message.text}")

    def on_request(request):
        if not request.url.startswith((home, *BROWSERS_OWN)):
            problems.append(f"{page.url} asks another host: {request.url}")

    def on_response(response):
        missing = response.status == 404 and settings.STATIC_URL in response.url
        if missing or response.status >= 500:
            problems.append(f"{response.url} answered {response.status}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("response", on_response)
    page.on("pageerror", lambda error: problems.append(f"script of {page.url}: {error}"))


# Rules that are never serious, whatever they find; they cost as much as all others.
MODERATE = """
aria-allowed-role empty-heading empty-table-header heading-order image-redundant-alt
landmark-banner-is-top-level landmark-complementary-is-top-level
landmark-contentinfo-is-top-level landmark-main-is-top-level landmark-no-duplicate-banner
landmark-no-duplicate-contentinfo landmark-no-duplicate-main landmark-one-main landmark-unique
meta-viewport-large page-has-heading-one presentation-role-conflict region scope-attr-valid
skip-link
""".split()
LOOKED_FOR = {"resultTypes": ["violations"], "rules": {r: {"enabled": False} for r in MODERATE}}


@pytest.fixture
def assert_accessible():
    """``assert_accessible(page)``: axe finds nothing serious or critical on it."""

    def check(page):
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        found = page.evaluate("looked_for => axe.run(looked_for)", LOOKED_FOR)["violations"]
        grave = [
            f"{rule['id']} ({rule['impact']}): {node['html'][:200]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
        assert not grave, f"{page.url}\n" + "\n".join(grave)

    return check
