"""Many people voting at once, on servers of several processes and threads.

    .venv/bin/python benchmarks/concurrent_votes.py               a new SQLite file
    .venv/bin/python benchmarks/concurrent_votes.py --postgres    a private PostgreSQL server

Two people share each record. Prints a table and ends with 1 when a vote was lost, refused, or
has no ledger event, or when a cached status is not what its votes come to.
"""

import multiprocessing
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django
import room

room.prepare()
django.setup()

from django.core.management import call_command  # noqa: E402  after the settings
from django.db import connection  # noqa: E402

from review import integrity, ledger, screening, setup  # noqa: E402
from review.models import Batch, Reference, StoredFile, User, Vote  # noqa: E402

VOTES = 50
SERVERS = ((1, 20), (4, 5))  # processes, threads in each


def main():
    call_command("migrate", verbosity=0)
    room.durable(connection)
    print(f"{room.machine(connection)}\n")
    print("| processes x threads | votes | per s | median | slowest | lost | refused | unsound |")
    print("|---|---|---|---|---|---|---|---|")
    return any([measured(processes, threads) for processes, threads in SERVERS])


def measured(processes, threads):
    """Print one line of the table; return whether anything was wrong."""
    people = processes * threads
    review, rows = prepared(people, people * VOTES // 2)
    shares = [[(n, rows[n // 2 * VOTES :][:VOTES]) for n in range(p, people, processes)]
              for p in range(processes)]  # fmt: skip
    connection.close()
    begun = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        times = [each for part in pool.map(serve, shares) for each in part]
    seconds = time.perf_counter() - begun
    kept = [one for one in times if one is not None]
    events = review.events.filter(action="vote.cast").count()
    lost = people * VOTES - Vote.objects.filter(screening__review=review).count()
    unsound = (
        len(ledger.verify(review))
        + len(integrity.problems(review))
        + abs(events + lost - people * VOTES)
    )
    print(
        f"| {processes} x {threads} | {len(times):,} | {len(times) / seconds:.0f}"
        f" | {statistics.median(kept) * 1000:.0f} ms | {max(kept) * 1000:.0f} ms"
        f" | {lost} | {len(times) - len(kept)} | {unsound} |",
        flush=True,
    )
    return lost or unsound or len(times) > len(kept)


def serve(shares):
    """One process: a thread for each person's share; the time of each vote, None if refused."""
    with ThreadPoolExecutor(len(shares)) as pool:
        return [each for part in pool.map(lambda share: voted(*share), shares) for each in part]


def voted(number, keys):
    person, times = User.objects.get(username=f"person{number}"), []
    for row in screening.Screening.objects.filter(pk__in=keys).order_by("pk"):
        begun = time.perf_counter()
        try:
            screening.cast_vote(screening=row, reviewer=person, verdict="exclude")
            times.append(time.perf_counter() - begun)
        except django.db.Error as refusal:
            print(refusal, file=sys.stderr)
            times.append(None)
    connection.close()
    return times


def prepared(people, records):
    """A review with unread records; returns it and their screenings' keys."""
    users = [User.objects.get_or_create(username=f"person{n}")[0] for n in range(people)]
    review = setup.create_review(actor=users[0], title="Everybody at once")
    search = setup.add_search(
        review=review, actor=users[0], source="M", kind="database", searched_on="2026-01-01"
    )
    stored = StoredFile.objects.create(
        review=review, sha256="0" * 64, name="x", kind="references", size=1, uploaded_by=users[0]
    )
    batch = Batch.objects.create(
        review=review, search=search, file=stored, format="ris", status=Batch.Status.ACCEPTED,
        expected=0, parsed=0, uploaded_by=users[0],
    )  # fmt: skip
    Reference.objects.bulk_create(
        Reference(review=review, batch=batch, number=n, line=n, raw="", title=f"Trial {n}")
        for n in range(1, records + 1)
    )
    screening.open_title_abstract(references=review.references.all())
    return review, list(review.screenings.order_by("pk").values_list("pk", flat=True))


if __name__ == "__main__":
    sys.exit(main())
