"""What one screening vote costs the server, beside the demo reviews.

    .venv/bin/python benchmarks/vote_latency.py               a new SQLite file
    .venv/bin/python benchmarks/vote_latency.py --postgres    a private PostgreSQL server

Prints a table of step, median, 95th percentile, limit and ratio; ends with 1 when the limit
is passed.
"""

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

from review import desk, screening, setup  # noqa: E402
from review.models import Batch, Membership, Reference, Review, Stage, StoredFile, User  # noqa: E402

ROUNDS = 200
LIMIT = 30  # ms, at the median


def main():
    call_command("migrate", verbosity=0)
    room.durable(connection)
    call_command("demo", verbosity=0)
    review, person = room_for_votes()
    rows = iter(list(review.screenings.order_by("pk")))
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person)
    steps = {
        "vote, through its door": lambda: screening.cast_vote(
            screening=next(rows), reviewer=person, verdict="exclude", seconds=9
        ),
        "vote, over HTTP": lambda: sent(browser, next(rows)),
        "next ten records": lambda: desk.cards(
            review, desk.next_records(review, Stage.TITLE_ABSTRACT, person)
        ),
    }
    print(f"{room.machine(connection)}, {Reference.objects.count():,} references\n")
    print("| step | median | 95% | limit | ratio |\n|---|---|---|---|---|")
    slow = False
    for what, step in steps.items():
        times = [clock(step) for _ in range(ROUNDS)]
        middle, tail = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        slow |= middle > LIMIT
        print(f"| {what} | {middle:.1f} ms | {tail:.1f} ms | {LIMIT} ms | {middle / LIMIT:.2f} |")
    return slow


def room_for_votes():
    """A review with unread records enough, and one of its reviewers."""
    lead = Review.objects.first().created_by
    person = User.objects.create_user("benchmark")
    review = setup.create_review(actor=lead, title="Votes to measure")
    Membership.objects.create(review=review, user=person, role="reviewer")
    search = setup.add_search(
        review=review, actor=lead, source="MEDLINE", kind="database", searched_on="2026-01-01"
    )
    stored = StoredFile.objects.create(
        review=review, sha256="0" * 64, name="x.ris", kind="references", size=1, uploaded_by=lead
    )
    batch = Batch.objects.create(
        review=review, search=search, file=stored, format="ris", status=Batch.Status.ACCEPTED,
        expected=0, parsed=0, uploaded_by=lead,
    )  # fmt: skip
    Reference.objects.bulk_create(
        Reference(
            review=review, batch=batch, number=n, line=n, raw="", title=f"Trial {n}",
            abstract="Adults with pain. " * 60,
        )
        for n in range(1, 3 * ROUNDS)
    )  # fmt: skip
    screening.open_title_abstract(references=review.references.all())
    return review, person


def sent(browser, row):
    """A vote as the page sends it in the background."""
    url = reverse("screening-vote", args=[row.review_id, row.pk])
    said = {"verdict": "include", "seconds": 9, "key": f"k{row.pk}"}
    status = browser.post(url, said, headers={"accept": "application/json"}).status_code
    if status != 204:
        sys.exit(f"A vote was answered with {status}.")


def clock(step):
    begun = time.perf_counter()
    step()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
