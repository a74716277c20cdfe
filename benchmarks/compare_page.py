"""The page on which two people compare their extractions: 1,000 cells, all or a tenth different.

    .venv/bin/python benchmarks/compare_page.py

Server time of the page over Django's test client, on a new SQLite file or with ``--postgres`` on
a private PostgreSQL server: the median of five.
"""

import statistics
import time

import django
import room

room.prepare()
django.setup()

from django.core.management import call_command  # noqa: E402  after the settings
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from extraction import extract  # noqa: E402
from extraction.consensus import building, structure  # noqa: E402
from extraction.extract import Typed  # noqa: E402
from extraction.models import Record  # noqa: E402
from tests.factories import join, make_form, make_review, make_study, make_user  # noqa: E402

ARMS, FIELDS, LIMIT = 40, 25, 1.0
SCHEMA = {
    "sections": [
        {
            "title": "Arms",
            "fields": [
                {"key": f"f{n}", "label": f"Field {n}", "kind": "mean_sd", "level": "arm"}
                for n in range(FIELDS)
            ],
        }
    ]
}


def enter(study, form, person, said, name):
    """One entry of 40 arms x 25 fields, its values by ``said(arm, field)``."""
    entry = extract.begin(study=study, form=form, actor=person)
    cells = []
    for a in range(ARMS):
        arm = extract.add_unit(entry=entry, kind="arm", label=name.format(a + 1))
        cells += [Typed(f"f{f}", said(a, f), arm=arm.pk) for f in range(FIELDS)]
    extract.save_cells(entry=entry, cells=cells)
    extract.submit(entry=entry)


def measure(title, second):
    """One line of the table: ``second(arm, field)`` is what the second extractor read."""
    review = make_review(title)
    people = [join(review, make_user(), "reviewer") for _ in range(2)]
    study, form = make_study(review), make_form(review, SCHEMA)
    enter(study, form, people[0], first, "Dose {} mg")
    started = time.perf_counter()
    enter(study, form, people[1], second, "{} mg dose")
    opened = time.perf_counter() - started
    record = Record.objects.get(study=study)
    for person in people:
        structure.confirm(record=record, person=person, groups=building.proposed(record))
    client = Client(SERVER_NAME="localhost")
    client.force_login(people[0])
    took = []
    for _ in range(5):
        started = time.perf_counter()
        client.get(reverse("record-compare", args=[review.pk, record.pk]))
        took.append(time.perf_counter() - started)
    median = statistics.median(took)
    left = record.cells.exclude(status="closed").count()
    print(
        f"| {title} | {record.cells.count():,} | {left} | {opened:.2f} s | {median * 1000:.0f} ms"
        f" | {LIMIT:.0f} s | {median / LIMIT:.2f} |"
    )


def first(arm, field):
    return f"{10 + arm}.{field:02d} ({2 + field / 10:.1f})"


def other(arm, field):
    return f"{11 + arm}.{field:02d} ({2 + field / 10:.1f})"


def rounded(arm, field):
    return f"{10 + arm + field / 100:.1f} ({2 + field / 10:.1f})"


def tenth(arm, field):
    return (other if (arm + field) % 10 == 0 else first)(arm, field)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(f"{room.machine(connection)}\n")
    print("| study | cells | left | entry sent in | page, median | limit | ratio |")
    print("|---|---|---|---|---|---|---|")
    measure("a tenth differ", tenth)
    measure("all differ", other)
    measure("most are rounded", rounded)
