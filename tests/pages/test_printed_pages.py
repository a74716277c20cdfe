"""A value in the form the paper printed it, from the cell to the record and the spreadsheet."""

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from analysis import datasets
from analysis.exports import everything
from analysis.pairwise import reading
from extraction import adjudication, extract, schema, snapshots
from extraction.extract import Typed
from review.access import seat_of
from review.models import Event

from ..factories import make_form
from .room import JSON, as_user, url

pytestmark = pytest.mark.django_db

ARM = {"level": "outcome", "by_arm": True}
ASKED = {
    "sections": [
        {
            "title": "Outcomes",
            "fields": [
                {"key": "analysed", "label": "Analysed", "kind": "integer", **ARM},
                {"key": "score", "label": "Score", "kind": "mean_sd", "unit": "mm", **ARM},
                {"key": "deaths", "label": "Deaths", "kind": "events", **ARM},
                {"key": "effect", "label": "Odds ratio", "kind": "estimate", "level": "study",
                 "scale": "log"},
            ],
        }
    ]
}  # fmt: skip


@pytest.fixture
def form(review):
    return make_form(review, schema=ASKED)


@pytest.fixture
def places(entry):
    """The arms and the outcome of the entry; ``at(key, arm)`` are a cell's field and units."""
    return units_of(entry)


def units_of(entry):
    arms = [extract.add_unit(entry=entry, kind="arm", label=name) for name in ("A", "B")]
    outcome = extract.add_unit(entry=entry, kind="outcome", label="Pain")

    def at(key, arm=0):
        return {"field": key, "arm": arms[arm].pk, "outcome": outcome.pk}

    return at


def path(place):
    return schema.path(place["field"], place["arm"], place["outcome"])


def put(entry, place, text, code=""):
    given = {"given": text, "as": code} if code else text
    return extract.save_cell(entry=entry, given=given, **place)


def value(entry, place):
    return entry.cells.get(path=path(place)).value


def test_a_cell_waits_for_its_patients_and_follows_them(entry, places):
    put(entry, places("score"), "4.8 (0.28)", "se")
    assert value(entry, places("score"))["sd"] is None
    stamp = extract.stamp(entry.cells.get())
    put(entry, places("analysed"), "73")
    assert value(entry, places("score"))["sd"] == "2.392321"
    assert extract.stamp(entry.cells.get(field="score")) == stamp, "nobody typed there"
    told = Event.objects.filter(action="cell.save").last().data
    assert told["derived"][path(places("score"))]["how"]["formula"].endswith("√73 = 2.392")
    put(entry, places("analysed", 1), "71")
    assert value(entry, places("score"))["with"] == {"n": "73"}, "another arm is not its own"
    put(entry, places("analysed"), "40")
    assert value(entry, places("score"))["with"] == {"n": "40"}
    put(entry, places("analysed"), "")
    assert "waits" in value(entry, places("score"))["how"]
    assert value(entry, places("score"))["printed"] == "4.8 (0.28)"


def test_a_test_of_two_groups_takes_the_size_of_the_other(entry, places):
    put(entry, places("score"), "32.1; 3.8; p = 0.008", "p")
    put(entry, places("analysed"), "25")
    assert "other group" in value(entry, places("score"))["how"]["waits"]
    put(entry, places("analysed", 1), "22")
    assert round(Decimal(value(entry, places("score"))["sd"]), 2) == Decimal("4.68")


def test_a_block_is_derived_from_its_own_numbers(entry, places):
    cells = [
        Typed(**places("score"), given={"given": "4.8 (0.28)", "as": "se"}),
        Typed(**places("analysed"), given="73"),
        Typed(**places("deaths"), given="30 %"),
    ]
    assert extract.save_cells(entry=entry, cells=cells) == 3
    assert value(entry, places("score"))["sd"] == "2.392321"
    assert value(entry, places("deaths"))["events"] == "22"
    told = Event.objects.filter(action="cell.save_block").get().data
    assert set(told["derived"]) == {path(places("score")), path(places("deaths"))}
    assert extract.save_cells(entry=entry, cells=cells) == 0, "nothing is new"


def test_saving_the_same_again_changes_nothing(entry, places):
    put(entry, places("analysed"), "73")
    put(entry, places("score"), "4.8 (0.28)", "se")
    count = Event.objects.count()
    put(entry, places("score"), "4.8 (0.28)", "se")
    assert Event.objects.count() == count


def test_an_arm_taken_away_is_no_other_group_any_more(entry, places):
    put(entry, places("analysed"), "25")
    put(entry, places("analysed", 1), "22")
    put(entry, places("score"), "32.1; 3.8; t = 2.78", "t")
    assert value(entry, places("score"))["sd"]
    extract.remove_unit(unit=entry.units.get(label="B"))
    assert "other group" in value(entry, places("score"))["how"]["waits"]


def save(user, review, entry, place, **cell):
    cell |= {"path": path(place)}
    return as_user(user).post(url(review, "entry-save", entry.pk), cell, headers=JSON)


def test_the_sheet_shows_what_was_derived_wherever_it_moved(review, ada, entry, places):
    save(ada, review, entry, places("score"), given="4.8 (0.28)", **{"as": "se"})
    answer = save(ada, review, entry, places("analysed"), given="73").json()
    said = answer["says"][path(places("score"))]
    assert "4.8 ± 2.392" in said and "0.28 × √73" in said and "6.5.2.2" in said
    page = as_user(ada).get(url(review, "entry", entry.pk)).content.decode()
    assert 'data-as="se"' in page and "4.8 ± 2.392" in page
    assert page.count('data-as="median_iqr"') == 1, "one list for the whole sheet"


def test_a_refusal_keeps_the_format(review, ada, entry, places):
    answer = save(ada, review, entry, places("score"), given="4.8", **{"as": "se"})
    assert answer.status_code == 422
    cell = answer.json()["cell"]
    assert "needs 2" in cell and 'data-as="se"' in cell and 'value="4.8"' in cell
    assert save(ada, review, entry, places("score"), given="1", **{"as": "x"}).status_code == 422
    assert not entry.cells.exists()


def test_without_script_the_page_of_the_cell_has_the_formats(review, ada, entry, places):
    put(entry, places("analysed"), "73")
    address = url(review, "entry-cell", entry.pk) + f"?path={path(places('score'))}"
    page = as_user(ada).get(address).content.decode()
    assert "A median with: IQR, skewed, like 14 (9.5 to 29.5)" in page
    typed = {"path": path(places("score")), "as": "se", "given": "4.8 (0.28)", "state": "value"}
    assert as_user(ada).post(address, typed).status_code == 302
    assert value(entry, places("score"))["sd"] == "2.392321"
    sheet = {path(places("score")): "5.0 (0.30)"}
    as_user(ada).post(url(review, "entry-save-all", entry.pk), sheet)
    assert value(entry, places("score"))["as"] == "se", "the sheet keeps the format of the cell"


@pytest.fixture
def approved(review, study, form, ada, ben, cleo):
    """Both read the same SE, per cent and interval; one confirmed what the checks say."""
    for person in (ada, ben):
        entry = extract.begin(study=study, form=form, actor=person)
        at = units_of(entry)
        for key, text, code in (
            ("analysed", "73", ""), ("score", "4.8 (0.28)", "se"), ("deaths", "28.6 %", ""),
        ):  # fmt: skip
            put(entry, at(key), text, code)
        extract.save_cell(entry=entry, field="effect", given="1.24 (0.62 to 1.86)")
        if person == ada:
            for place, doubts in extract.doubts.of_entry(entry).items():
                for doubt in doubts:
                    extract.confirm(entry=entry, path=place, text=doubt.text)
        extract.submit(entry=entry)
    record = study.records.get()
    adjudication.approve(record=record, actor=cleo)
    return record


def test_as_printed_and_derived_stand_on_record_and_provenance(review, cleo, approved):
    page = as_user(cleo).get(url(review, "record", approved.pk)).content.decode()
    assert "Printed as <b>4.8 (0.28)</b> (SE)" in page and "0.28 × √73" in page
    cell = approved.cells.get(field="score")
    page = as_user(cleo).get(url(review, "record-cell", cell.pk)).content.decode()
    assert page.count("Printed as <b>4.8 (0.28)</b> (SE)") == 3, "the value and both readings"


def test_confirmed_as_printed_reaches_the_ledger_and_every_view(review, cleo, approved, lead):
    words = "28.6 % of 73 is not a whole number of patients"
    told = [event.data for event in Event.objects.filter(action="cell.confirm")]
    assert any(one["rule"] == "events_fit" and words in one["text"] for one in told), told
    page = as_user(cleo).get(url(review, "record", approved.pk)).content.decode()
    assert words in page and "Confirmed as printed." in page
    cell = approved.cells.get(field="effect")
    page = as_user(cleo).get(url(review, "record-cell", cell.pk)).content.decode()
    assert "not symmetric" in page and "Confirmed as printed." in page
    frozen = snapshots.contents(review, 1)["studies"][0]["records"][0]["cells"]
    warned = {one["field"]: one["warnings"] for one in frozen if one["warnings"]}
    assert set(warned) == {"deaths", "effect"}
    assert all(one["confirmed"] for some in warned.values() for one in some)


def test_printed_format_derived_and_formula_are_exported(review, lead, approved):
    target = io.BytesIO()
    everything.write(target, seat_of(lead, review))
    heading, *rows = load_workbook(io.BytesIO(target.getvalue()))["Extraction"].values
    by_field = {row[heading.index("Field")]: dict(zip(heading, row, strict=True)) for row in rows}
    score = by_field["score"]
    assert (score["Printed"], score["Printed as"]) == ("4.8 (0.28)", "SE")
    assert (score["Number"], score["SD"]) == (4.8, 2.392321)
    assert "0.28 × √73" in score["Derived by"] and "6.5.2.2" in score["Derived by"]
    assert by_field["deaths"]["Printed as"] == "per cent"


def test_printed_values_enter_a_plan(review, lead, approved):
    snapshot = snapshots.freeze(review=review, actor=lead)
    spec = {
        "measure": "GEN", "form": approved.form_id, "fields": {"y": "effect", "se": "effect"},
    }  # fmt: skip
    rows, excluded = reading.rows(datasets.content(snapshot), spec)
    assert not excluded
    assert rows[0].values["yi"] == pytest.approx(0.2151, abs=1e-4)
    assert rows[0].values["sei"] == pytest.approx(0.2803, abs=1e-4)
    spec = {
        "measure": "PLO", "form": approved.form_id, "fields": {"x": "deaths", "n": "analysed"},
        "arms": {"": "A"}, "outcome": "Pain",
    }  # fmt: skip
    rows, excluded = reading.rows(datasets.content(snapshot), spec)
    assert rows[0].values == {"xi": 21.0, "ni": 73.0}


def test_a_value_that_still_waits_says_so_to_a_plan(review, study, form, ada, ben, cleo, lead):
    for person in (ada, ben):
        entry = extract.begin(study=study, form=form, actor=person)
        put(entry, units_of(entry)("score"), "31 (20 to 45)", "median_iqr")
        extract.submit(entry=entry)
    adjudication.approve(record=study.records.get(), actor=cleo)
    snapshot = snapshots.freeze(review=review, actor=lead)
    spec = {
        "measure": "MN", "form": form.pk, "fields": {"m": "score", "n": "analysed"},
        "arms": {"": "A"}, "outcome": "Pain",
    }  # fmt: skip
    rows, (left,) = reading.rows(datasets.content(snapshot), spec)
    assert not rows and "31 (20 to 45): It waits for the number of patients" in left.reason


def test_another_value_is_typed_in_the_format_of_the_paper(review, study, form, ada, ben):
    for person, text in ((ada, "4.8 (0.28)"), (ben, "4.8 (0.26)")):
        entry = extract.begin(study=study, form=form, actor=person)
        at = units_of(entry)
        put(entry, at("analysed"), "73")
        put(entry, at("score"), text, "se")
        extract.submit(entry=entry)
    cell = study.records.get().cells.get(field="score")
    page = as_user(ada).get(url(review, "record-compare", cell.record_id)).content.decode()
    assert "Printed as <b>4.8 (0.26)</b> (SE)" in page and 'name="code"' in page
    said = {"choice": "other", "given": "4.8 (0.27)", "code": "se", "seen": "open"}
    as_user(ada).post(url(review, "record-opinion", cell.pk), said)
    opinion = cell.opinions.get()
    assert (opinion.value["as"], opinion.value["sd"]) == ("se", "2.306881")
