"""Computed variables from the sheet to the tables: an approved study with a derived number."""

import pytest

from analysis import datasets, tabulate
from analysis.exports import codebook, wide
from extraction import adjudication, desk, extract, snapshots
from extraction.models import Record

from .factories import SCHEMA, join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
SHARE = {"key": "share", "label": "Share of men", "kind": "percent_of", "level": "study",
         "of": ["male", "n"]}  # fmt: skip
MOSTLY = {"key": "mostly", "label": "Mostly", "kind": "threshold", "level": "study",
          "field": "share", "op": ">", "than": "50", "yes": "men", "no": "women"}  # fmt: skip


@pytest.fixture
def content():
    review = make_review()
    form = make_form(review, SCHEMA | {"derived": [SHARE, MOSTLY]})
    study = make_study(review)
    for name in ("ada", "ben"):
        person = join(review, make_user(name), "reviewer")
        entry = extract.begin(study=study, form=form, actor=person)
        assert desk.lay_out(entry).derived[0].places[0][2] == "“Men” has no value."
        for field, given in (("n", "12"), ("male", "8")):
            extract.save_cell(entry=entry, field=field, given=given)
        (share, mostly) = desk.lay_out(entry).derived
        assert (share.formula, share.places) == ("100 × Men / Patients", [("", "66.67", "")])
        assert mostly.places == [("", "men", "")]
        extract.submit(entry=entry)
    cleo = join(review, make_user("cleo"), "arbiter")
    adjudication.approve(record=Record.objects.get(), actor=cleo)
    return snapshots.contents(review, 1)


def test_a_snapshot_and_its_tables_hold_the_computed_number(content):
    (study,), (form,) = content["studies"], content["forms"]
    (row,) = tabulate.rows(study["records"][0], form)
    shown = dict(zip(tabulate.asked(form), row.cells, strict=True))
    assert shown["share"]["value"]["printed"] == "66.67"
    assert [head for head, _ in wide.sheets(content, {})[0].columns][-2:] == [
        "Share of men (%)", "Mostly",
    ]  # fmt: skip
    book = codebook.sheet(content).rows
    assert [line[2] for line in book][-2:] == ["Computed", "Computed"]


def test_its_witness_is_the_cell_it_came_from(content):
    found = datasets.held(content["studies"][0]["records"][0])
    by_field = {cell["field"]: cell for cell in found}
    assert by_field["share"]["id"] == by_field["male"]["id"]
    assert by_field["mostly"]["from"] == [by_field["male"]["id"], by_field["n"]["id"]]
