"""Whatever is wrong with what a person sends, they are told what and what to do, and nothing
changes: not a row, not an event."""

import html
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from analysis.models import Plan
from extraction import adjudication, formbuilder, queries, snapshots
from extraction.models import Appraisal, Entry, Record, RecordCell
from review.models import Search, Stage

from . import crawling
from .access_matrix import INSIDE, TABLE, address
from .factories import join, make_review, make_user
from .world import fingerprint, rolled_back, standing
from .world_objects import OBJECTS

pytestmark = pytest.mark.django_db
RIS = b"TY  - JOUR\nTI  - A paper\nAU  - Doe, J\nPY  - 2001\nER  - \n"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing(django_db_blocker) as world, crawling.counted_once():
        yield world


def file(name, content=RIS):
    return lambda review: SimpleUploadedFile(name, content)


def first_search(review):
    return review.searches.first().pk


def waiting(review, stage=Stage.TITLE_ABSTRACT):
    return review.screenings.filter(stage=stage, status="waiting", votes_in=0)


def entries(review, **wanted):
    mine = Entry.objects.filter(extractor__username="reviewer1", study__review=review)
    return mine.filter(**wanted).distinct()


def number_of_patients(review):
    """The path of a cell of the half-done entry."""
    arm = KINDS["half-entry"](review).get().units.filter(kind="arm").first()
    return f"randomised|{arm.pk}|"


def form_without_fields(review):
    form = formbuilder.create(review=review, actor=review.created_by, name="Empty")
    return form.versions.all()


def open_query(review):
    """A question to authors that waits for its answer."""
    entry = entries(review, status="draft", units__kind="arm").get()
    queries.ask(entry=entry, recipient="A", question="B", asked_on=date(2026, 3, 2))
    return entry.queries


# What a case is about, besides the kinds of ``access_matrix``.
KINDS = OBJECTS | {
    "waiting": waiting,
    "half-entry": lambda review: entries(review, status="draft", units__kind="arm"),
    "sent-entry": lambda review: entries(review, status="submitted"),
    "empty-form": form_without_fields,
    "adopted": lambda review: review.reports.exclude(study_link=None),
    "other-study": lambda review: review.studies.exclude(label="An atlas"),
    "open-record": lambda r: Record.objects.filter(study__review=r, cells__status="escalated"),
    "open-cell": lambda r: RecordCell.objects.filter(record__study__review=r, status="open"),
    "left-cell": lambda r: RecordCell.objects.filter(record__study__review=r, status="escalated"),
    "open-query": open_query,
    "begun": lambda r: Appraisal.objects.filter(assessment__study__review=r, status="draft"),
}
# Each case: what is wrong; who sends it to which URL, about what; the status; the words that
# must be read (what is the matter … what to do); and what is sent.
CASES = {}


def case(wrong, where, status, says, /, **sent):
    CASES[wrong] = (where.split(), status, says.split(" … "), sent)


def upload(wrong, says, name, content, /, **sent):
    sent = {"search": first_search, "upload": file(name, content)} | sent
    case(wrong, "R import-upload", 422, says, **sent)


upload("a picture", "scan.png … RIS", "scan.png", PNG)
upload("an empty file", "is empty … Export or save it again", "a.ris", b"")
upload("a broken workbook", "a.xlsx … ", "a.xlsx", b"PK\x03\x04broken")
upload("a file of no search", "Choose … ", "a.ris", RIS, search="")
upload("a file for a search of another review", "valid choice", "a.ris", RIS,
       search=lambda review: Search.objects.exclude(review=review).first().pk)  # fmt: skip
case("an import twice", "R batch-accept batch", 409, "Imported")
case("an imported file put away", "R batch-refuse batch", 409, "Imported")
case("a file at full text withdrawn", "O batch-withdraw batch", 409,
     "at full text … Exclude them there", why="wrong file")  # fmt: skip
case("a search with files removed", "O search-remove search", 409, "stays")
case("a merge twice", "R duplicate-merge merged-pair", 409, "Merged")
case("a decision undone that nobody made", "R duplicate-undo open-pair", 409, "Same paper?")

case("a review without a title", "O review-create", 422, "required")
case("a title without end", "O protocol-amend", 422, "300", title="x" * 301)
case("three reviewers a record", "O protocol-amend", 422, "Choose 1 or 2", title_abstract_votes=3)
case("a reason twice", "O rules", 422, "stands here twice", full_text="No data\nNo data")
case("a day that does not exist", "O search-add", 422, "valid date", searched_on="2026-02-31")
case("a member twice", "O member-invite", 409, "is reviewer of this review already",
     email="reviewer1@example.org", role="reviewer")  # fmt: skip
case("an invitation twice", "O member-invite", 409, "has been invited … Withdraw that one first",
     email="late@example.org", role="observer")  # fmt: skip
case("an address that is none", "O member-invite", 422, "valid email", email="nobody")
case("the last lead removed", "O member-remove membership", 409, "needs a lead … Name another")

case("a vote that says nothing", "R screening-vote waiting", 422, "Choose include or exclude")
case("a second vote", "R screening-vote half", 409, "You have voted … Change or withdraw",
     verdict="exclude")  # fmt: skip
case("a vote on a settled record", "R screening-vote settled", 409, "has all its votes",
     verdict="include")  # fmt: skip
case("a settled vote changed", "R screening-change settled", 409, "is settled … The lead can",
     verdict="include")  # fmt: skip
case("a vote withdrawn that nobody cast", "R screening-withdraw waiting", 409, "no vote")
case("a reason of another stage", "R screening-vote waiting", 422, "not on the list … Load",
     reason=lambda r: r.exclusion_reasons.filter(stage="full_text").first().pk)  # fmt: skip
case("a ruling without a conflict", "A conflict-rule half", 409, "not in conflict",
     verdict="include")  # fmt: skip
case("a ruling of maybe", "A conflict-rule conflict", 422, "maybe", verdict="maybe")
case("a record opened without why", "O screening-reopen settled", 422, "required")
case("an open record opened", "O screening-reopen waiting", 409, "Only a settled", why="look")
case("an exclusion without its reason", "R fulltext-vote to-judge", 422, "Choose the reason",
     verdict="exclude")  # fmt: skip
case("a page of text for a PDF", "R fulltext-attach report", 422, "not a PDF … Attach",
     pdf=file("a.pdf", b"<html>"))  # fmt: skip
case("an empty PDF", "R fulltext-attach report", 422, "is empty … upload that file",
     pdf=file("a.pdf", b""))  # fmt: skip
case("a status that cannot follow", "R fulltext-move report", 422, "choice", status="obtained")

case("a form without fields", "O extraction-form-publish empty-form", 409, "cannot be published")
case("a form by a name that is taken", "O extraction-form-new", 409, "Choose another name",
     name="Two-arm trial", scope="every")  # fmt: skip
case("a second draft", "O extraction-form-next form", 409, "has a draft already")
case("a number in words", "R entry-save half-entry", 422, "Randomised … thirty",
     path=number_of_patients, state="value", given="about thirty")  # fmt: skip
case("a number out of its range", "R entry-save half-entry", 422, "below 0 patients … Check",
     path=number_of_patients, state="value", given="-4")  # fmt: skip
case("an arm twice", "R unit-add half-entry", 409, "already … another name",
     kind="arm", label="CBT-I", detail="treatment")  # fmt: skip
case("an entry with cells left", "R entry-submit half-entry", 422, "Randomised … is empty")
case("a submitted entry changed", "R entry-save-all sent-entry", 409, "submitted … Withdraw",
     **{"country||": "Spain"})  # fmt: skip
case("open cells approved", "A record-approve open-record", 409, "still open … Close them")
case("an approved study opened without why", "A record-reopen approved", 422, "required")
case("a report adopted twice", "R study-adopt adopted", 409, "belongs to")
case("a study by a name that is taken", "R study-rename other-study", 409,
     "already … another name", label="An atlas")  # fmt: skip


def stored():
    """The files that lie in storage."""
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def read(response):
    """The words of an answer as a person reads them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def refused(world, where, sent):
    """Send it; return the status and the words, having checked that nothing changed."""
    letter, name, *kind = where
    keys = [KINDS[kind[0]](world.review).first().pk] if kind else []
    sent = {n: value(world.review) if callable(value) else value for n, value in sent.items()}
    url = reverse(name, args=[world.review.pk, *keys] if name in INSIDE else [])
    before = fingerprint(), stored()
    response = world.clients[letter].post(url, {"csrfmiddlewaretoken": "x"} | sent)
    assert (fingerprint(), stored()) == before
    return response.status_code, read(response)


@pytest.mark.parametrize("wrong", CASES)
def test_it_is_refused_in_words_and_nothing_changes(world, wrong):
    where, status, says, sent = CASES[wrong]
    answered, words = refused(world, where, sent)
    assert answered == status, words
    for part in says:
        assert part in words


def answer(client, name, *keys, **sent):
    """Post to a page of a review; return the status, the words and whether something changed."""
    before = fingerprint()
    response = client.post(reverse(name, args=keys), {"csrfmiddlewaretoken": "x"} | sent)
    return response.status_code, read(response), fingerprint() != before


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_broken_record_is_named_by_its_line_and_nothing_is_imported_yet(world):
    content = RIS + b"TI  - A title that no record begins\n\nTY  - JOUR\nAU  - Roe, R\n"
    sent = {"search": first_search(world.review), "upload": SimpleUploadedFile("b.ris", content)}
    references = world.review.references.count()
    url = reverse("import-upload", args=[world.review.pk])
    shown = read(world.clients["R"].post(url, sent, follow=True))
    assert "beginning with line 6: “TI - A title that no record begins”" in shown
    assert "Line 9: the record from line 8 ends without an ER line; check it." in shown
    assert world.review.references.count() == references


@pytest.mark.parametrize(
    ("name", "kind", "part"),
    [
        ("import-upload", "-", "upload"),
        ("fulltext-attach", "report", "pdf"),
        ("query-answer", "open-query", "upload"),
        ("entry-upload", "half-entry", "upload"),
    ],
)
def test_a_file_above_the_limit(world, settings, name, kind, part):
    settings.UPLOAD_LIMIT_MB = 0.0001
    keys = [] if kind == "-" else [KINDS[kind](world.review).first().pk]
    sent = {"search": first_search(world.review), "answer": "7", "answered_on": "2026-03-09"}
    sent[part] = SimpleUploadedFile("a.pdf", b"%PDF-" + RIS * 9)
    before = stored()
    status, words, changed = answer(world.clients["R"], name, world.review.pk, *keys, **sent)
    assert (status, changed, stored()) == (422, False, before)
    assert "larger than the limit" in words


def test_a_link_of_an_invitation_counts_once(world):
    newcomer = signed_in(make_user())
    url = reverse("invitation", args=[world.token])
    assert newcomer.post(url, {"csrfmiddlewaretoken": "x"}).status_code == 302
    before = fingerprint()
    assert signed_in(make_user()).post(url, {"csrfmiddlewaretoken": "x"}).status_code == 410
    assert fingerprint() != before  # the second person's login, made here
    assert world.review.memberships.filter(role="observer").count() == 2


@pytest.mark.parametrize(
    ("name", "kind", "sent", "says"),
    [
        ("conflict-rule", "conflict", {"verdict": "include"}, "You voted on this record, so some"),
        ("record-rule", "left-cell", {"choice": "a"}, "Whoever extracted a study cannot settle"),
        ("record-approve", "open-record", {}, "Whoever extracted a study cannot settle"),
        ("appraisal-rule", "to-rule", {"item": "1.1", "code": "Y"}, "You appraised this study"),
    ],
)
def test_who_is_one_of_the_two_cannot_be_the_third(world, name, kind, sent, says):
    """Not even as an arbiter."""
    join(world.review, world.people["R"], "arbiter")
    key = KINDS[kind](world.review).first().pk
    status, words, changed = answer(world.clients["R"], name, world.review.pk, key, **sent)
    assert (status, changed) == (409, False)
    assert says in words


TWICE = {
    "screening-vote": ("R", "waiting", {"verdict": "include"}),
    "screening-withdraw": ("R", "half", {}),
    "conflict-rule": ("A", "conflict", {"verdict": "include"}),
    "fulltext-vote": ("R", "to-judge", {"verdict": "include"}),
    "entry-save": ("R", "half-entry", {"path": number_of_patients, "state": "value", "given": "7"}),
    "unit-move": ("R", "unit", {"by": "1"}),
    "record-opinion": ("R", "open-cell", {"choice": "third"}),
    "record-rule": ("A", "left-cell", {"choice": "not_reported"}),
    "query-ask": ("R", "half-entry", {"recipient": "A", "question": "B", "asked_on": "2026-03-02"}),
    "query-answer": ("R", "open-query", {"answer": "7", "answered_on": "2026-03-09"}),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_request_sent_twice_counts_once(world, name):
    """A browser that lost the answer sends the same key again, and is told that all is well."""
    letter, kind, sent = TWICE[name]
    keys = [KINDS[kind](world.review).first().pk]
    sent = {n: value(world.review) if callable(value) else value for n, value in sent.items()}
    sent["key"] = "a-key-of-one-request"
    first, again = (
        answer(world.clients[letter], name, world.review.pk, *keys, **sent) for _ in range(2)
    )
    assert first[0] in (200, 302), first[1]
    assert first[2]
    assert (again[0], again[2]) == (first[0], False), again[1]


def test_nothing_approved_cannot_be_frozen():
    review = make_review()
    status, words, changed = answer(signed_in(review.created_by), "snapshot-freeze", review.pk)
    assert (status, changed) == (409, False)
    assert "Nothing is approved yet" in words
    assert "Approve the comparison" in words


def test_a_plan_without_a_snapshot_cannot_run():
    review = make_review()
    plan = Plan.objects.create(review=review, title="P", spec={}, created_by=review.created_by)
    status, words, changed = answer(signed_in(review.created_by), "plan-run", review.pk, plan.pk)
    assert (status, changed) == (409, False)
    assert "freeze a snapshot first" in words


def test_a_plan_whose_values_nobody_approved_cannot_run(world):
    """Its outcome was named otherwise when the plan was made."""
    plan = world.review.plans.get()
    plan.spec = plan.spec | {"outcome": "Fatigue, 8 weeks"}
    plan.save(update_fields=["spec"])
    status, words, changed = answer(world.clients["O"], "plan-run", world.review.pk, plan.pk)
    assert (status, changed) == (422, False)
    assert "This analysis cannot run" in words
    assert plan.title in words
    assert "Where the plan asks for something that these data lack" in words


def test_one_study_cannot_be_pooled(world):
    """The second study is opened again and the data frozen without it."""
    lead, arbiter = world.people["O"], world.people["A"]
    record = Record.objects.filter(study__review=world.review, status="approved").last()
    adjudication.reopen(record=record, actor=arbiter, reason="look again")
    snapshots.freeze(review=world.review, actor=lead, note="")
    plan = world.review.plans.get()
    status, words, changed = answer(world.clients["O"], "plan-run", world.review.pk, plan.pk)
    assert (status, changed) == (422, False)
    assert "This analysis cannot run" in words
    assert plan.title in words
    assert "Where the plan asks for something that these data lack" in words
    assert "Pooling needs two studies or more, and only" in words
    assert plan.runs.count() == 1


# Every name that a view reads, and what no page of ours would send.
READ = """
by choice code detail direction email file form format given have how item key kind label lane
name note page path q reason record role scope search seconds seen skip sort source state status
step studies study text title tool verdict why
""".split()


# A word is refused before it comes to the database; a number and a NUL may come further.
WORD = pytest.param("abc", marks=pytest.mark.once)


@pytest.mark.parametrize("nonsense", [WORD, "9" * 12, "\x00"], ids=repr)
def test_nonsense_breaks_no_page(world, nonsense):
    """Whatever is sent in place of a number or a word gets an answer, not a failure."""
    sent, broken = dict.fromkeys(READ, nonsense), []
    for name, row in TABLE.items():
        for method, answers in row.answers.items():
            letter = max(answers, key=lambda one: (answers[one] == 200, one))
            client = Client(raise_request_exception=False)
            client.cookies = world.clients[letter].cookies
            with rolled_back():
                response = getattr(client, method)(address(world, name).partition("?")[0], sent)
            if response.status_code >= 500:
                broken.append(f"{method} {name}")
    assert not broken
