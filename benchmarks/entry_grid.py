"""What typing in a large extraction sheet costs: 40 arms by 30 fields, half of them filled.

    .venv/bin/python benchmarks/entry_grid.py               a new SQLite file
    .venv/bin/python benchmarks/entry_grid.py --postgres    a private PostgreSQL server

Types in Chromium against a server of its own. Prints a table of step, median, 95th percentile,
limit and ratio; ends with 1 when a limit is passed at the median. *Typed* is from the key that
leaves a cell to the next painted frame; *saved* from sending a cell to its answer.
"""

import os
import socket
import statistics
import subprocess
import sys
import time

import django
import room

room.prepare()
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
django.setup()

from django.conf import settings  # noqa: E402  after the settings
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402

from extraction import extract, formbuilder, studies  # noqa: E402
from review import setup  # noqa: E402
from review.models import Membership, User  # noqa: E402
from start import find_chromium  # noqa: E402

ARMS, FIELDS, TYPED = 40, 30, 120
LIMITS = {"typed": 50, "saved": 150}  # ms, at the median
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
WATCH = """() => {
  window.typed = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Tab" && event.key !== "ArrowRight") return;
    const began = performance.now();
    requestAnimationFrame(() => setTimeout(() => typed.push(performance.now() - began)));
  }, true);
  performance.setResourceTimingBufferSize(5000);
}"""
SAVES = """() => performance.getEntriesByType("resource")
  .filter((one) => one.name.endsWith("/save/")).map((one) => one.duration)"""


def main():
    call_command("migrate", verbosity=0)
    room.durable(connection)
    entry = half_filled()
    cells = entry.version.schema["sections"][0]["fields"]
    with server() as url, sync_playwright() as playwright:
        times = type_in(playwright, url, entry)
    print(f"{room.machine(connection)}, {ARMS} arms, {len(cells)} fields\n")
    print("| step | median | 95% | limit | ratio |\n|---|---|---|---|---|")
    slow = False
    for what, took in times.items():
        middle, tail = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        limit = LIMITS[what]
        slow |= middle > limit
        print(f"| {what} | {middle:.1f} ms | {tail:.1f} ms | {limit} ms | {middle / limit:.2f} |")
    return slow


def half_filled():
    """An entry with a cell for every arm and field, every other one filled with its quote."""
    person = User.objects.create_user("extractor", password="extractor")
    review = setup.create_review(actor=person, title="A large network")
    Membership.objects.create(review=review, user=person, role="reviewer")
    fields = [
        {"key": f"f{at}", "label": f"Field {at}", "kind": "integer", "level": "arm"}
        for at in range(FIELDS)
    ]
    sums = [{"rule": "at_most", "field": f"f{at}", "limit": "f0"} for at in range(1, FIELDS)]
    schema = {"sections": [{"title": "Arms", "fields": fields}], "checks": sums}
    form = formbuilder.create(review=review, actor=person, name="Arms", schema=schema)
    formbuilder.publish(version=form.versions.get(), actor=person)
    study = studies.add_source(review=review, actor=person, label="Large trial", citation="x")
    entry = extract.begin(study=study, form=form, actor=person)
    arms = [extract.add_unit(entry=entry, kind="arm", label=f"Arm {at}") for at in range(ARMS)]
    extract.save_cells(
        entry=entry,
        cells=[
            extract.Typed(f"f{at}", str(90 - at), arm.pk, quote=f"{90 - at} of them", page=3)
            for at in range(0, FIELDS, 2)
            for arm in arms
        ],
    )
    return entry


class server:
    """The development server on a free port, its address as the value."""

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        run = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(run, cwd=room.ROOT, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return f"http://127.0.0.1:{port}"
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the server did not start")

    def __exit__(self, *problem):
        self.process.terminate()
        self.process.wait()


def type_in(playwright, url, entry):
    """Type in the empty rows and leave each cell by Tab or by an arrow key."""
    chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    client = Client()
    client.force_login(entry.extractor)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
    page.goto(f"{url}/reviews/{entry.study.review_id}/entries/{entry.pk}/")
    page.evaluate(WATCH)
    for at in range(1, FIELDS, 2):
        row = page.locator("tr:has(.cell)").nth(at)
        row.locator("input").first.focus()
        for _ in range(TYPED * 2 // FIELDS):
            page.keyboard.type("27")
            page.keyboard.press("Tab" if at % 4 == 1 else "ArrowRight")
    expect(page.locator("#saved")).to_have_text("All saved", timeout=60_000)
    times = {"typed": page.evaluate("() => typed"), "saved": page.evaluate(SAVES)}
    chromium.close()
    return times


if __name__ == "__main__":
    sys.exit(main())
