"""Two reviews with work of every kind in them, for tests that walk everything.

Both are the demo's *Try it*, with the same people, and a little more: whoever may do
something in one of them may do it in the other, so only the review in the URL can tell
which rows are meant.
"""

import hashlib
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from unittest import mock

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from analysis import runs
from analysis.demo import people, try_it
from analysis.exports import background
from analysis.patients import modelling, tabulating
from analysis.prespecification.doors import freeze
from extraction import adjudication, extract, formbuilder, queries, snapshots, studies
from extraction.models import Record, RecordCell
from extraction.participants import entering, settling
from review import dedup, setup
from review.access import seat_of
from review.models import Review, User

from .factories import PATIENTS, make_form, make_participants, make_user

# Owner, reviewer, the other reviewer, arbiter, statistician, observer; a stranger; nobody.
LETTERS = {
    "O": "lead",
    "R": "reviewer1",
    "r": "reviewer2",
    "A": "arbiter",
    "S": "statistician",
    "V": "observer",
    "X": "stranger",
}
MEMBERS, NOBODY = "ORrASV", "N"


@dataclass(frozen=True, slots=True)
class World:
    """``clients`` are browsers by letter, signed in but for ``N``; ``token`` invites."""

    review: Review
    other: Review
    people: dict
    clients: dict
    token: str


@contextmanager
def standing(django_db_blocker):
    """The world for all tests of a module, gone afterwards.

    Nothing of the refusals they provoke is logged: that would take longer than the tests.
    """
    quiet = mock.patch.object(logging.getLogger("django.request"), "disabled", True)
    with django_db_blocker.unblock(), at_once(), rolled_back(), quiet:
        yield make_world()


def make_world():
    """Build both reviews and sign everybody in."""
    lead = people.make_lead()
    review, other = (grow(try_it.build(lead)) for _ in range(2))
    token = setup.invite(review=review, actor=lead, email="late@example.org", role="observer")
    setup.invite(review=other, actor=lead, email="late@example.org", role="observer")
    make_user("stranger")
    members = {letter: User.objects.get(username=name) for letter, name in LETTERS.items()}
    return World(review, other, members, sign_in(members) | {NOBODY: Client()}, token)


def sign_in(members):
    clients = {letter: Client(raise_request_exception=True) for letter in members}
    for letter, client in clients.items():
        client.force_login(members[letter])
    return clients


def grow(review):
    """Add what *Try it* leaves for its visitors to make: a merged pair, a draft of a form, a
    source outside the flow that one has begun and asked the authors about, a second approved
    study, a run, a spreadsheet."""
    lead = review.created_by
    reviewer, arbiter = (User.objects.get(username=name) for name in ("reviewer1", "arbiter"))
    source = studies.add_source(review=review, actor=lead, label="An atlas", citation="An atlas.")
    begun = extract.begin(study=source, form=review.extraction_forms.get(), actor=reviewer)
    ask_authors(begun)
    dedup.merge(pair=review.duplicate_pairs.first(), actor=lead)
    draft = formbuilder.new_version(form=review.extraction_forms.get(), actor=lead)
    share = {"key": "share", "label": "Share of men", "kind": "percent_of", "level": "arm",
             "of": ["men", "randomised"]}  # fmt: skip
    formbuilder.edit(version=draft, actor=lead, step="add_variable", variable=share)
    closed = Record.objects.filter(study__review=review, status=Record.Status.COMPARING)
    closed = closed.exclude(cells__status__in=[RecordCell.Status.OPEN, RecordCell.Status.ESCALATED])
    adjudication.approve(record=closed.get(), actor=arbiter)
    form = enter_participants(review, lead)
    snapshot = snapshots.freeze(review=review, actor=lead, note="")
    runs.run(plan=review.plans.get(), snapshot=snapshot, actor=lead)
    freeze(review=review, actor=lead, registration="PROSPERO CRD1")
    model_participants(form, snapshot, lead)
    background.start(seat_of(reviewer, review))
    return review


def ask_authors(entry, word="Forty", day="2026-03-02"):
    """A query of this entry that was answered with a letter, and fills a cell."""
    day = date.fromisoformat(day)
    query = queries.ask(
        entry=entry, recipient=f"A. Author, {word}", question=f"How many? {word}", asked_on=day,
        paths=["country||"], remind_on=day,
    )  # fmt: skip
    queries.remind(query=query, on=day)
    letter = ContentFile(f"Dear all, {word}".encode(), f"{word}.txt")
    queries.answer(query=query, answer=f"{word}.", answered_on=day, upload=letter)
    queries.fill(query=query, path="country||", given=word)
    return query


def enter_participants(review, lead):
    """Rows of patients: a begun table, two typed ones that differ, two approved data sets.

    Returns their form.
    """
    one, two, arbiter = (
        User.objects.get(username=name) for name in ("reviewer1", "reviewer2", "arbiter")
    )
    form = make_form(review, PATIENTS, name="Patients")
    begun, typed, *sent = review.studies.order_by("pk")[:4]
    table = make_participants(begun, form, one, [("1", {"age": "61"})])
    entering.keep_file(table=table, upload=ContentFile(b"patient,age\n1,61\n", name="rows.csv"))
    for person, age in ((one, "50"), (two, "51")):
        table = make_participants(typed, form, person, [("1", {"age": age, "sex": "male"})])
        entering.submit(table=table)
    for place, study in enumerate(sent, 1):
        rows = [
            (f"{n}", {"age": f"{60 + n}", "sex": ("male", "female")[n % 2],
                      "relief": f"{40 + 7 * n % 11 + place * n}"})
            for n in range(1, 6)
        ]  # fmt: skip
        entering.submit(table=make_participants(study, form, one, rows, way="data_set"))
        settling.approve(record=study.participant_records.get(), actor=arbiter)
    spec = {"form": form.pk, "lines": ["study"], "variables": [{"column": "age", "show": "rule"}]}
    tabulating.create(review=review, actor=lead, title="Patients of each study", spec=spec)
    return form


def model_participants(form, snapshot, lead):
    """A model of the frozen patients, planned and run."""
    spec = {"form": form.pk, "outcome": "relief", "factor": "sex", "covariates": [],
            "candidates": [], "df": "satterthwaite", "imputations": 0, "seed": 1,
            "level": 95}  # fmt: skip
    plan = modelling.plan(review=form.review, actor=lead, title="Relief by sex", spec=spec)
    modelling.run(plan=plan, snapshot=snapshot, actor=lead)


@contextmanager
def rolled_back():
    """What happens inside did not happen: the next rows get the numbers these had."""
    with transaction.atomic(), same_numbers(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def same_numbers():
    """Set PostgreSQL's sequences back, which a rollback leaves where they are."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(format('%I.%I', schemaname, sequencename)),"
            " array_agg(coalesce(last_value, start_value)), array_agg(last_value IS NOT NULL)"
            " FROM pg_sequences"
        )
        stood = cursor.fetchone()
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name, value, called)"
            " FROM unnest(%s::text[], %s::bigint[], %s::boolean[]) AS stood (name, value, called)",
            stood,
        )


def turn_about():
    """Lay half the rows of each table behind the others, as any change of them does on PostgreSQL:
    no page may hang on where a row lies. What is only ever added to stays as it is."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT format('UPDATE %s SET %I = %I WHERE hashtext(ctid::text) & 1 = 0',"
            " attrelid::regclass, attname, attname)"
            " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND attnum = 2 AND NOT attisdropped"
            " AND attrelid NOT IN (SELECT tgrelid FROM pg_trigger WHERE NOT tgisinternal)"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


@contextmanager
def at_once():
    """Run what waits for the commit at once: inside a test there is no commit."""
    with mock.patch.object(transaction, "on_commit", lambda call, **_: call()):
        yield


class _AnyDatetime(type):
    """Makes ``isinstance`` ask for any moment, not only for a stopped one."""

    def __instancecheck__(cls, one):
        return isinstance(one, datetime)


@contextmanager
def at(moment):
    """Stop the clock of ``timezone.now`` at a moment such as "2031-03-07 04:17+00:00"."""
    stopped = datetime.fromisoformat(moment)

    class Stopped(datetime, metaclass=_AnyDatetime):
        @classmethod
        def now(cls, tz=None):
            return stopped.astimezone(tz)

    with mock.patch.object(timezone, "datetime", Stopped):
        yield


def fingerprint():
    """A hash of all that is kept, but who is signed in: the same as long as nothing changed."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table != "django_session":
                cursor.execute(f'SELECT * FROM "{table}"')
                rows = sorted(map(repr, map(_plain, cursor.fetchall())))
                digest.update(repr((table, rows)).encode())
    return digest.hexdigest()


def _plain(row):
    """A row with its bytes readable: PostgreSQL hands out a view, printed as its address."""
    return [bytes(value) if isinstance(value, memoryview) else value for value in row]
