"""A switch of a plan moved until the new plot is answered, 50 studies.

    .venv/bin/python benchmarks/switches.py               a new SQLite file
    .venv/bin/python benchmarks/switches.py --postgres    a private PostgreSQL server

Prints a table of switch, milliseconds, limit and ratio; ends with 1 when the limit is passed.
"""

import json
import random
import statistics
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

from analysis import runs  # noqa: E402
from extraction.models import Snapshot  # noqa: E402
from review import setup  # noqa: E402
from review.models import User  # noqa: E402

STUDIES, TIMES = 50, 9
LIMIT = 300.0  # ms
OPTIONS = [{"code": code, "label": code.upper()} for code in "abc"]
FIELDS = [
    {"key": "n", "label": "Patients", "kind": "integer", "level": "study"},
    {"key": "score", "label": "Score", "kind": "mean_sd", "level": "study"},
    {"key": "kind", "label": "Kind", "kind": "choice", "level": "study", "options": OPTIONS},
]
SPEC = {"measure": "MN", "form": 1, "fields": {"m": "score", "n": "n"}, "arms": {}, "outcome": "",
        "method": "REML", "test": "z", "level": 95}  # fmt: skip
SWITCHES = {
    "estimator": {"method": "PM"},
    "interval": {"test": "knha"},
    "level": {"level": "90"},
    "subgroups": {"subgroup": "field:kind"},
    "a study left out": {"without": ["7"]},
}


def main():
    call_command("migrate", verbosity=0)
    lead = User.objects.create_user("lead")
    review = setup.create_review(actor=lead, title="Switches")
    Snapshot.objects.create(
        review=review, number=1, content=json.dumps(content()), sha256="0" * 64, studies=STUDIES,
        frozen_by=lead,
    )  # fmt: skip
    plan = runs.create_plan(review=review, actor=lead, title="Score", spec=SPEC)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(lead)
    url = reverse("plan-try", args=[review.pk, plan.pk])
    print(room.machine(connection))
    worst = 0
    for name, moved in SWITCHES.items():
        asked = {key: str(SPEC[key]) for key in ("measure", "method", "test", "level")} | moved
        spent = [timed(browser, url, asked) for _ in range(TIMES)]
        worst = max(worst, statistics.median(spent))
        print(
            f"{name:<18} median {statistics.median(spent):6.0f} ms, slowest {max(spent):6.0f} ms"
            f"   limit {LIMIT:.0f} ms   ratio {statistics.median(spent) / LIMIT:.2f}"
        )
    sys.exit(int(worst > LIMIT))


def timed(browser, url, asked):
    begun = time.perf_counter()
    answer = browser.get(url, asked, headers={"HX-Request": "true"})
    spent = 1000 * (time.perf_counter() - begun)
    if answer.status_code != 200 or b"<svg" not in answer.content:
        sys.exit(f"{asked} was not drawn.")
    return spent


def content():
    """A snapshot's content, as ``extraction.snapshots`` writes it."""
    rng = random.Random(7)
    form = {"id": 1, "name": "F", "version": 1,
            "schema": {"sections": [{"title": "R", "fields": FIELDS}]}}  # fmt: skip
    studies = [study(i, rng) for i in range(1, STUDIES + 1)]
    return {"concord": 1, "review": {"id": 1, "title": "S"}, "number": 1, "forms": [form],
            "instruments": [], "studies": studies}  # fmt: skip


def study(number, rng):
    mean, sd = f"{rng.gauss(50, 12):.1f}", f"{rng.uniform(8, 25):.1f}"
    values = {
        "n": {"number": str(rng.randint(8, 200))},
        "score": {"mean": mean, "sd": sd, "printed": f"{mean} ± {sd}"},
        "kind": {"code": rng.choice("abc")},
    }
    cells = [
        {"id": 10 * number + place, "field": key, "state": "value", "value": value,
         "arm": None, "outcome": None, "note": "", "origin": "same", "warnings": []}
        for place, (key, value) in enumerate(values.items())
    ]  # fmt: skip
    record = {"id": number, "form": 1, "version": 1, "units": [], "cells": cells}
    return {"id": number, "label": f"Study {number}", "citation": "", "references": [],
            "in_flow": True, "records": [record], "appraisals": []}  # fmt: skip


if __name__ == "__main__":
    main()
