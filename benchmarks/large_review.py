"""A review of 100,000 references: what its import, its pages and its votes cost.

    .venv/bin/python benchmarks/large_review.py               a new SQLite file
    .venv/bin/python benchmarks/large_review.py --postgres    a private PostgreSQL server
    DATABASE_URL=... .venv/bin/python benchmarks/large_review.py    an empty database
    .venv/bin/python benchmarks/large_review.py --references 5000   a smaller one

Files are made, read by the importer and judged through the doors; pages are asked of the
whole server but its socket. It prints a table of figure, limit and ratio, and ends with 1 when
a limit is passed. Many people at once are the matter of ``concurrent_votes.py``.
"""

import argparse
import random
import resource
import statistics
import sys
import time
from dataclasses import dataclass

import django
import room

room.prepare()
django.setup()

from django.core.files.base import ContentFile  # noqa: E402  after the settings
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from review import dedup, fulltext, imports, screening, setup  # noqa: E402
from review.models import Job, Membership, Report, Review, Stage, User, Vote  # noqa: E402

SOURCES = (
    ("MEDLINE", "database"),
    ("Embase", "database"),
    ("CENTRAL", "database"),
    ("ClinicalTrials.gov", "register"),
    ("Reference lists", "other"),
)
TWICE = 0.1  # share of a file that stands in the file before as well
PER_PAGE = 50
JUDGED = 1500  # records both reviewers have voted on before anything is measured
WORDS = [f"{a}{b}" for a in "pain motor cortex chronic sleep trial nerve dose".split()
         for b in ("", "s", "al", "ic", "ity", "less", "ation", "ing", "oid", "ular")]  # fmt: skip
# Pages of a signed-in reviewer or of the lead: label, who, URL name, query, limit in ms.
PAGES = (
    ("My work", "reviewer", "my-work", "", 1000),
    ("Review home: pipeline, flow, agreement", "lead", "review-home", "", 1000),
    ("Screening desk with its lanes", "reviewer", "screening", "", 1000),
    ("Next ten records", "reviewer", "screening-cards", "", 100),
    ("List of references", "reviewer", "references", "", 1000),
    ("... its last page", "reviewer", "references", "?page={last}", 1000),
    ("... by title", "reviewer", "references", "?sort=title", 1000),
    ("... by source", "reviewer", "references", "?sort=source", 1000),
    ("... in conflict", "reviewer", "references", "?status=conflict", 1000),
    ("... searched for a word", "reviewer", "references", "?q=sleepless", 1000),
    ("Conflicts", "lead", "conflicts", "", 1000),
    ("List of full texts", "reviewer", "fulltexts", "", 1000),
    ("Duplicates", "lead", "duplicates", "", 1000),
    ("Imports", "lead", "import-list", "", 1000),
    ("Report with the PRISMA counts", "lead", "report", "", 1000),
    ("Ledger", "lead", "ledger", "", 1000),
    ("Take away", "lead", "exports", "", 1000),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; ``limit`` None when nothing was promised."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    def __str__(self):
        limit, ratio = "", ""
        if self.limit is not None:
            limit, ratio = f"{self.limit:,.0f} {self.unit}", f"{self.value / self.limit:.2f}"
        return f"| {self.what} | {self.value:,.1f} {self.unit} | {limit} | {ratio} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--references", type=int, default=100_000)
    count = parser.parse_args().references
    call_command("migrate", verbosity=0)
    room.durable(connection)
    if Review.objects.exists():
        sys.exit("This database holds reviews. Name an empty one in DATABASE_URL.")
    review, people = make_review()
    print(f"{room.machine(connection)}, {count:,} references\n")
    print("| what | measured | limit | ratio |\n|---|---|---|---|", flush=True)
    figures = []
    for step in (imported(review, count), judged(review, people), pages(review, people),
                 votes(review, people["reviewer"])):  # fmt: skip
        for figure in step:
            print(figure, flush=True)
            figures.append(figure)
    return any(figure.limit is not None and figure.value > figure.limit for figure in figures)


def make_review():
    """A review led by one, with two reviewers; returns it and its people."""
    people = {name: User.objects.create_user(name) for name in ("lead", "reviewer", "second")}
    review = setup.create_review(actor=people["lead"], title="A large review")
    for name in ("reviewer", "second"):
        Membership.objects.create(review=review, user=people[name], role="reviewer")
    for stage in Stage:
        setup.set_reasons(
            review=review, actor=people["lead"], stage=stage, texts=["Population", "Design"]
        )
    setup.set_highlights(review=review, actor=people["lead"], terms={"p": ["pain*", "sleep"]})
    return review, people


def ris(rng, place):
    """One record of about 1.5 kB, as exports have them."""
    abstract = " ".join(rng.choices(WORDS, k=180))
    return (
        f"TY  - JOUR\nTI  - {' '.join(rng.choices(WORDS, k=11)).capitalize()} {place}\n"
        f"AU  - {rng.choice(WORDS).capitalize()}, A\nAU  - {rng.choice(WORDS).capitalize()}, B\n"
        f"PY  - {rng.randint(1970, 2026)}\nJO  - Journal of {rng.choice(WORDS)}\n"
        f"VL  - {rng.randint(1, 90)}\nSP  - {place % 997}\nDO  - 10.5555/{place}\n"
        f"KW  - {rng.choice(WORDS)}\nAB  - {abstract}\nER  - \n\n"
    )


def search_files(count):
    """The files of all sources; each repeats some records of the one before."""
    rng = random.Random(100)
    size, before, place = count // len(SOURCES), [], 0
    for source, kind in SOURCES:
        again = rng.sample(before, int(len(before) * TWICE))
        before = again + [ris(rng, place + n) for n in range(size - len(again))]
        place += size
        yield source, kind, "".join(before).encode()


def imported(review, count):
    """Read and write all files, then look for duplicates."""
    reading = writing = 0
    for source, kind, content in search_files(count):
        search = setup.add_search(
            review=review, actor=review.created_by, source=source, kind=kind,
            searched_on="2026-01-01",
        )  # fmt: skip
        upload = ContentFile(content, name=f"{source}.ris")
        seconds, batch = clock(
            lambda s=search, u=upload: imports.preview(
                review=review, actor=review.created_by, search=s, upload=u
            )
        )
        reading += seconds
        writing += clock(lambda b=batch: imports.accept(batch=b, actor=review.created_by))[0]
    found = review.references.live().count()
    if found != count // len(SOURCES) * len(SOURCES):
        sys.exit(f"{found:,} references arrived.")
    yield Figure("Import: read and preview", reading, "s")
    yield Figure("Import: write", writing, "s")
    seconds, job = clock(lambda: dedup.look_for_duplicates(review=review, actor=review.created_by))
    job.refresh_from_db()
    if job.status != Job.Status.DONE:
        sys.exit(f"Looking for duplicates: {job.message}")
    yield Figure(f"Look for duplicates ({review.duplicate_pairs.count():,} found)", seconds, "s")
    yield Figure(
        "Largest memory until here", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB"
    )


def judged(review, people):
    """Votes of both on some records, so that every lane holds something."""
    rng = random.Random(7)
    rows = review.screenings.select_related("review").order_by("reference")
    seconds = 0
    for row in rows[:JUDGED]:
        for name in ("reviewer", "second")[: rng.choice((1, 2, 2, 2))]:
            verdict = rng.choice(("include", "exclude", "exclude", "exclude"))
            seconds += clock(
                lambda s=row, r=people[name], v=verdict: screening.cast_vote(
                    screening=s, reviewer=r, verdict=v, seconds=9
                )
            )[0]
    for report in review.reports.all()[::2]:
        fulltext.move(
            report=report, actor=people["lead"], status=Report.Status.OBTAINED, route="Library"
        )
    cast = Vote.objects.filter(screening__review=review).count()
    yield Figure("A vote through its door, mean", seconds / cast * 1000, "ms")


def pages(review, people):
    """Median of five askings for each page."""
    for label, who, name, query, limit in PAGES:
        browser = signed_in(people[who])
        url = reverse(name, args=[] if name == "my-work" else [review.pk])
        url += query.format(last=review.references.live().count() // PER_PAGE)
        times = []
        for _ in range(5):
            seconds, answer = clock(lambda b=browser, u=url: b.get(u))
            if answer.status_code != 200:
                sys.exit(f"{url} answered {answer.status_code}.")
            times.append(seconds * 1000)
        yield Figure(label, statistics.median(times), "ms", limit)


def votes(review, user):
    """One keystroke after another of one person."""
    browser = signed_in(user)
    times = []
    unread = review.screenings.filter(stage=Stage.TITLE_ABSTRACT).new_for(user)
    for row in list(unread.order_by("reference")[:200]):
        seconds, status = clock(lambda r=row: cast(browser, r, "include"))
        if status != 204:
            sys.exit(f"A vote was answered with {status}.")
        times.append(seconds * 1000)
    yield Figure("One vote over HTTP, median", statistics.median(times), "ms", 30)
    yield Figure("One vote over HTTP, 95th percentile", statistics.quantiles(times, n=20)[-1], "ms")


def cast(browser, row, verdict):
    """Send a vote as the page does in the background; return the status."""
    url = reverse("screening-vote", args=[row.review_id, row.pk])
    sent = {"verdict": verdict, "seconds": 5, "key": f"{row.pk}-{id(browser)}"}
    return browser.post(url, sent, headers={"accept": "application/json"}).status_code


def signed_in(user):
    browser = Client(raise_request_exception=False, SERVER_NAME="localhost")
    browser.force_login(user)
    return browser


def clock(work):
    """Seconds a call took, and what it returned."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


if __name__ == "__main__":
    sys.exit(main())
