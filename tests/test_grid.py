"""The sheet worked on like a grid: blocks pasted into it, and the passage a value came from."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from analysis.demo.pages import pdf
from extraction import adjudication, extract, snapshots
from extraction.models import CellState, Record
from review import fulltext, ledger
from review.models import Event

from .factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
ANCHOR = {"page": 2, "boxes": [[0.1, 0.2, 0.5, 0.25]], "quote": "14 patients"}
WITNESS = {"quote": "14 patients", "page": 2, "anchor": ANCHOR}


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def study(review):
    return make_study(review)


@pytest.fixture
def file(study):
    report = study.reports.get().report
    upload = SimpleUploadedFile("trial.pdf", pdf("A trial", ["14 patients"]))
    fulltext.attach(report=report, actor=report.review.created_by, upload=upload)
    return report.files.get().file


@pytest.fixture
def form(review):
    return make_form(review)


@pytest.fixture
def people(review):
    return [join(review, make_user(), "reviewer") for _ in range(2)]


@pytest.fixture
def entry(study, form, people):
    return extract.begin(study=study, form=form, actor=people[0])


@pytest.fixture
def send(client, entry):
    """Paste ``cells`` as (path, text): look, or with ``save`` put them in; returns the answer."""

    def post(*cells, person=None, **more):
        client.force_login(person or entry.extractor)
        held = {cell.path: extract.stamp(cell) for cell in entry.cells.all()}
        block = [{"path": p, "given": text, "seen": held.get(p, "")} for p, text in cells]
        url = reverse("entry-block", args=[entry.study.review_id, entry.pk])
        return client.post(url, {"cells": json.dumps(block)} | more)

    return post


def values(entry):
    return {cell.field: cell.value.get("printed") or cell.state for cell in entry.cells.all()}


def test_a_block_is_shown_before_it_is_put_in(entry, send):
    extract.save_cell(entry=entry, field="male", given="6")
    block = [
        *(("n||", "14"), ("male||", "5"), ("female||", "nr"), ("vas||", "8.1 (0.6)")),
        *(("treated||", "7"), ("", "9"), ("n||", "")),
    ]
    looked = send(*block)
    assert looked.json()["ready"] == 4
    assert "instead of 6" in looked.json()["html"]
    assert looked.json()["html"].count("The sheet has no cell here.") == 2
    assert values(entry) == {"male": "6"}
    before = Event.objects.count()
    answer = send(*block, save="1", key="k").json()
    assert sorted(answer["cells"]) == ["female||", "male||", "n||", "vas||"]
    assert values(entry) == {
        "n": "14", "male": "5", "female": CellState.NOT_REPORTED, "vas": "8.1 (0.6)",
    }  # fmt: skip
    assert Event.objects.count() == before + 1
    assert not ledger.verify(entry.study.review)


def test_what_is_refused_is_left_out(entry, send):
    answer = send(("n||", "six"), ("male||", "6"), save="1")
    assert list(answer.json()["cells"]) == ["male||"]
    assert values(entry) == {"male": "6"}
    assert "“six” is not a number" in send(("n||", "six"), save="1").json()["html"]


def test_a_cell_that_another_window_changed_is_not_overwritten(entry, send):
    block = [{"path": "n||", "given": "14", "seen": ""}]
    extract.save_cell(entry=entry, field="n", given="15")
    answer = send(cells=json.dumps(block), save="1").json()
    assert "Another window changed this cell: it holds 15." in answer["html"]
    assert values(entry) == {"n": "15"}


def test_a_block_keeps_the_passage_it_was_copied_from(entry, send, file):
    witness = {"quote": "14 patients", "page": 2, "file": file.pk, "anchor": json.dumps(ANCHOR)}
    send(("n||", "14"), save="1", **witness)
    assert entry.cells.get().anchor == ANCHOR
    send(("n||", "15"), save="1")
    held = entry.cells.get()
    assert (held.value["printed"], held.anchor, held.file) == ("15", ANCHOR, file)


@pytest.mark.parametrize(
    "cells", ["", "{}", "[1]", '[{"path": 1}]', json.dumps([{}] * 3001), '[{"a": "b"}]']
)
def test_what_is_no_block_is_refused(entry, send, cells):
    answer = send(cells=cells)
    assert answer.status_code == 422
    assert answer.json()["ready"] == 0


def test_nobody_pastes_into_the_entry_of_another(entry, send, people):
    assert send(("n||", "14"), person=people[1]).status_code == 404
    assert send(("n||", "14"), person=make_user()).status_code == 404


def test_a_submitted_entry_takes_no_block(entry, send):
    extract.save_cell(entry=entry, field="n", given="14")
    extract.submit(entry=entry)
    assert send(("male||", "6"), save="1").status_code == 409
    assert values(entry) == {"n": "14"}


def test_a_passage_goes_with_its_value_into_the_record(entry, study, form, people, file):
    extract.save_cell(entry=entry, field="n", given="14", file=file, **WITNESS)
    event = Event.objects.latest("pk")
    assert event.data["now"]["passage"] == "#page=2&boxes=0.1,0.2,0.5,0.25"
    other = extract.begin(study=study, form=form, actor=people[1])
    extract.save_cell(entry=other, field="n", given="14")
    for one in (entry, other):
        extract.submit(entry=one)
    cell = Record.objects.get().cells.get()
    assert (cell.anchor, cell.file) == (ANCHOR, file)
    assert cell.passage == "#page=2&boxes=0.1,0.2,0.5,0.25"
    third = join(study.review, make_user(), "arbiter")
    adjudication.approve(record=cell.record, actor=third)
    (told,) = snapshots.contents(study.review, 1)["studies"][0]["records"][0]["cells"]
    assert told["witness"] == {"page": 2, "boxes": ANCHOR["boxes"], "file": file.sha256}


def test_a_passage_counts_on_its_own_page_of_its_file_only(entry, file):
    extract.save_cell(entry=entry, field="n", given="14", file=file, **WITNESS | {"page": 3})
    assert entry.cells.get().anchor == {}
    extract.save_cell(entry=entry, field="n", given="14", **WITNESS)
    assert entry.cells.get().anchor == {}


def test_a_passage_survives_the_page_of_one_cell(entry, file, client):
    extract.save_cell(entry=entry, field="n", given="14", file=file, **WITNESS)
    client.force_login(entry.extractor)
    url = reverse("entry-cell", args=[entry.study.review_id, entry.pk]) + "?path=n||"
    form = client.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    client.post(url, sent | {"given": "15", "file": file.pk})
    held = entry.cells.get()
    assert (held.value["printed"], held.anchor) == ("15", ANCHOR)


def test_a_number_that_the_quote_does_not_say_is_doubted_and_can_be_confirmed(entry):
    extract.save_cell(entry=entry, field="n", given="41", quote="14 patients")
    extract.confirm(entry=entry, path="n||", text="41 is not in the quote.")
    assert entry.cells.get().confirmed == ["41 is not in the quote."]


def test_the_paper_opens_by_itself(client, review, file, people):
    client.force_login(people[0])
    page = client.get(reverse("paper", args=[review.pk, file.pk]))
    assert "data-paper" in page.content.decode()
