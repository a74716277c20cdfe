"""What 200 open differences would do to an analysis of 50 studies.

    .venv/bin/python benchmarks/impact.py               a new SQLite file
    .venv/bin/python benchmarks/impact.py --postgres    a private PostgreSQL server

Prints a table of step, seconds, limit and ratio; ends with 1 when the limit is passed.
"""

import random
import sys
import time

import django
import room

room.prepare()
django.setup()

from django.core.management import call_command  # noqa: E402  after the settings
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from analysis import open_differences, runs  # noqa: E402
from extraction import extract, formbuilder, studies  # noqa: E402
from extraction.extract import Typed  # noqa: E402
from review import setup  # noqa: E402
from review.access import seat_of  # noqa: E402
from review.models import Membership, User  # noqa: E402

STUDIES, DIFFERENCES = 50, 200
LIMIT = 5.0  # s
SCHEMA = {
    "sections": [
        {
            "title": "Result",
            "fields": [
                {"key": "score", "label": "Score", "kind": "mean_sd", "level": "arm"},
                {"key": "n", "label": "Patients", "kind": "integer", "level": "arm"},
            ],
        }
    ]
}


def main():
    call_command("migrate", verbosity=0)
    room.durable(connection)
    lead, people = User.objects.create_user("lead"), []
    review = setup.create_review(actor=lead, title="Impact")
    for name in ("first", "second"):
        people.append(User.objects.create_user(name))
        Membership.objects.create(review=review, user=people[-1], role="reviewer")
    plan_and_extract(review, lead, people)
    seat = seat_of(people[0], review)
    found, spent = timed(lambda: open_differences.ranking(review, seat))
    feeding = found.outlooks[0].feeding
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(people[0])
    _, page = timed(lambda: browser.get(reverse("impact", args=[review.pk])))
    print(room.machine(connection))
    print(f"{STUDIES} studies, {len(found.differences)} open differences, {feeding} feed the plan")
    for step, seconds in (("ranked", spent), ("the page", page)):
        print(f"{step:<10} {seconds:6.2f} s   limit {LIMIT:.1f} s   ratio {seconds / LIMIT:.2f}")
    if feeding != DIFFERENCES:
        sys.exit(f"{DIFFERENCES} differences were meant to feed the plan.")
    sys.exit(int(max(spent, page) > LIMIT))


def timed(call):
    begun = time.perf_counter()
    return call(), time.perf_counter() - begun


def plan_and_extract(review, lead, people):
    """Every study differs in all four cells that feed the plan."""
    form = formbuilder.create(review=review, actor=lead, name="Trials", schema=SCHEMA)
    formbuilder.publish(version=form.versions.get(), actor=lead)
    rng = random.Random(4)
    for number in range(STUDIES):
        label = f"Study {number}"
        study = studies.add_source(review=review, actor=lead, label=label, citation=label)
        mean, n = rng.gauss(10, 2), rng.randint(20, 90)
        for place, person in enumerate(people):
            entry = extract.begin(study=study, form=form, actor=person)
            cells = []
            for arm, shift in (("Treatment", 0.0), ("Control", 1.5)):
                unit = extract.add_unit(entry=entry, kind="arm", label=arm).pk
                score = f"{mean + shift + place * 0.3:.1f} (2.{4 + place})"
                cells += [Typed("score", score, arm=unit), Typed("n", str(n + place), arm=unit)]
            extract.save_cells(entry=entry, cells=cells)
            extract.submit(entry=entry)
    spec = {
        "measure": "SMD", "form": form.pk, "fields": {"m": "score", "n": "n"},
        "arms": {"1": "Treatment", "2": "Control"}, "method": "REML", "test": "knha", "level": 95,
    }  # fmt: skip
    runs.create_plan(review=review, actor=lead, title="Score", spec=spec)


if __name__ == "__main__":
    main()
