"""An entry as a workbook: the template out, filled in by a spreadsheet, and back."""

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from extraction import extract, formbuilder, roundtrip
from extraction.models import Entry
from extraction.roundtrip.filled import WrongTemplate
from review.models import IllegalMove
from review.parsers import UnreadableFile

from .factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
SCHEMA = {
    "sections": [
        {
            "title": "Study",
            "fields": [
                {"key": "country", "label": "Country", "kind": "text", "level": "study"},
                {"key": "n", "label": "Patients", "kind": "integer", "level": "study", "min": "1"},
                {"key": "design", "label": "Design", "kind": "choice", "level": "study",
                 "options": [{"code": "rct", "label": "Randomised, parallel"},
                             {"code": "unclear", "label": "Unclear"}]},
                {"key": "sites", "label": "Sites", "kind": "multichoice", "level": "study",
                 "options": [{"code": "eu", "label": "Europe"},
                             {"code": "us", "label": "America; North"}]},
                {"key": "treated", "label": "Treated", "kind": "integer", "level": "arm"},
                {"key": "score", "label": "Score", "kind": "mean_sd", "level": "outcome",
                 "by_arm": True},
            ],
        }
    ]
}  # fmt: skip


def make_entry(review, person=None, study=None):
    person = person or join(review, make_user(), "reviewer")
    form = review.extraction_forms.first() or make_form(review, SCHEMA)
    entry = extract.begin(study=study or make_study(review), form=form, actor=person)
    for kind, label in (("arm", "Drug"), ("arm", "Placebo"), ("outcome", "Pain")):
        extract.add_unit(entry=entry, kind=kind, label=label)
    return entry


@pytest.fixture
def entry():
    return make_entry(make_review(extraction_entries=2))


def book_of(entry):
    target = io.BytesIO()
    roundtrip.blank(entry, target)
    return load_workbook(io.BytesIO(target.getvalue()))


def bytes_of(book):
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def fill(book, **said):
    """Fill cells by key of their field (the first row of it): a value, or a row of four."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=2):
            key = str(row[0].value or "").partition("|")[0]
            if key in said:
                given = said.pop(key)
                for cell, text in zip(row[4:], given if isinstance(given, tuple) else (given,),
                                      strict=False):  # fmt: skip
                    cell.value = text
    assert not said
    return book


def take(entry, found, key=None):
    return roundtrip.take(
        entry=entry, cells=[change.typed for change in found.changes],
        seen=roundtrip.stamp(entry), key=key,
    )  # fmt: skip


def values(entry):
    return {cell.path.partition("|")[0]: cell for cell in entry.cells.order_by("-path")}


class TestTemplate:
    def test_a_sheet_a_level_with_locked_ids_and_open_values(self, entry):
        book = book_of(entry)
        assert book.sheetnames == ["About", "Study", "Arms", "Outcomes", "Choices"]
        for sheet in book.worksheets:
            assert sheet.protection.sheet
        row = book["Arms"][3]
        assert [cell.value for cell in row[:3]][1:] == ["Placebo", "Treated"]
        assert [cell.protection.locked for cell in row] == [True] * 4 + [False] * 5
        assert row[4].number_format == "@"

    def test_coded_answers_are_a_list_to_choose_from(self, entry):
        book = book_of(entry)
        rules = book["Study"].data_validations.dataValidation
        assert ("E4", "=Choices!$A$2:$A$5") in [(str(r.sqref), r.formula1) for r in rules]
        assert [cell.value for cell in book["Choices"]["A"] if cell.value] == [
            "Design", "Randomised, parallel", "Unclear", "Not reported", "(unclear)",
        ]  # fmt: skip

    def test_nothing_in_it_is_a_formula(self, entry):
        extract.save_cell(entry=entry, field="country", given='=HYPERLINK("http://x","y")', page=2)
        extract.rename_unit(unit=entry.units.get(label="Drug"), label="@SUM(1)")
        for sheet in book_of(entry).worksheets:
            for cell in (cell for row in sheet for cell in row if cell.value):
                assert (cell.data_type, cell.quotePrefix) == ("s", True), cell.value


class TestBack:
    def test_untouched_it_changes_nothing(self, entry):
        extract.save_cell(entry=entry, field="country", given="=1+1", quote="x", page=2)
        extract.save_cell(entry=entry, field="n", state="not_reported")
        extract.save_cell(entry=entry, field="design", given="unclear")
        extract.save_cell(entry=entry, field="sites", given=["eu", "us"])
        arm = entry.units.get(label="Drug").pk
        extract.save_cell(entry=entry, field="treated", arm=arm, state="unclear", note="2 tables")
        found = roundtrip.preview(entry, bytes_of(book_of(entry)))
        assert (found.changes, found.refused, found.same) == ([], [], 5)

    def test_a_state_and_an_answer_of_the_same_name(self, entry):
        extract.save_cell(entry=entry, field="design", state="unclear")
        book = book_of(entry)
        assert book["Study"]["E4"].value == "(unclear)"
        assert not roundtrip.preview(entry, bytes_of(book)).changes

    def test_values_states_and_witnesses_arrive(self, entry):
        extract.save_cell(entry=entry, field="country", given="Spain")
        book = fill(
            book_of(entry), n=("31", "", "31 patients", "4", "as printed"), design="Unclear",
            sites="Europe; us", treated="(not reported)", score="4.1 (2.0)",
        )  # fmt: skip
        found = roundtrip.preview(entry, bytes_of(book))
        assert (len(found.changes), found.refused) == (5, [])
        assert take(entry, found, key="k") == 5
        assert take(entry, found, key="k") == 0
        held = values(entry)
        assert (held["n"].value["number"], held["n"].quote, held["n"].page) == (
            "31",
            "31 patients",
            4,
        )
        assert held["design"].value["code"] == "unclear"
        assert held["sites"].value["codes"] == ["eu", "us"]
        assert held["treated"].state == "not_reported"
        assert held["score"].value["sd"] == "2.0"
        assert held["country"].value["text"] == "Spain"
        assert entry.study.review.events.filter(action="cell.save_block").count() == 1

    def test_a_value_in_the_form_the_paper_printed_it(self, entry):
        book = fill(book_of(entry), score="4.1 (0.5)", n="25", treated="25")
        book["Outcomes"]["F2"].value = next(
            cell.value for cell in book["Choices"]["B"] if "SE" in str(cell.value)
        )
        found = roundtrip.preview(entry, bytes_of(book))
        assert not found.refused
        take(entry, found)
        assert values(entry)["score"].value["as"]
        assert not roundtrip.preview(entry, bytes_of(book_of(entry))).changes

    def test_columns_and_rows_in_another_order_are_the_same_table(self, entry):
        book = fill(book_of(entry), n="31")
        sheet = book["Study"]
        rows = [[cell.value for cell in row][::-1] for row in sheet.iter_rows()]
        for at, row in enumerate([rows[0], *rows[:0:-1]], 1):
            for column, value in enumerate(row, 1):
                sheet.cell(at, column).value = value
        found = roundtrip.preview(entry, bytes_of(book))
        assert [change.name for change in found.changes] == ["Patients"]

    def test_what_cannot_be_taken_is_named_by_sheet_and_cell(self, entry):
        book = fill(
            book_of(entry), country="=A1&B1", design="Cohort",
            treated=("12", "", "", "four"), score=("", "", "some words"), n=("3", "mean and SE"),
        )  # fmt: skip
        book["Study"]["A5"].value = "sites|99|"
        found = roundtrip.preview(entry, bytes_of(book))
        assert not found.changes
        said = {(one.sheet, one.address): one.text for one in found.refused}
        assert said.keys() == {("Study", "E2"), ("Study", "F3"), ("Study", "E4"), ("Study", "A5"),
                               ("Arms", "H2"), ("Outcomes", "E2")}  # fmt: skip
        assert "formula" in said["Study", "E2"]
        assert "no form of print" in said["Study", "F3"]
        assert "not one of the answers" in said["Study", "E4"]
        assert "no cell of your entry" in said["Study", "A5"]
        assert "no page" in said["Arms", "H2"]

    def test_a_row_sorted_apart_and_a_row_twice(self, entry):
        book = book_of(entry)
        sheet = book["Arms"]
        sheet["A2"].value, sheet["A3"].value = sheet["A3"].value, sheet["A2"].value
        sheet["E2"].value = "9"
        assert "sorted apart" in roundtrip.preview(entry, bytes_of(book)).refused[0].text
        book = book_of(entry)
        for column in range(1, 10):
            book["Arms"].cell(9, column).value = book["Arms"].cell(2, column).value
        refused = roundtrip.preview(entry, bytes_of(book)).refused
        assert [(one.address, "two rows" in one.text) for one in refused] == [("A9", True)]

    def test_a_change_in_the_browser_meanwhile_is_not_overwritten(self, entry):
        found = roundtrip.preview(entry, bytes_of(fill(book_of(entry), n="31")))
        seen = roundtrip.stamp(entry)
        extract.save_cell(entry=entry, field="n", given="32")
        with pytest.raises(IllegalMove, match="has changed since"):
            roundtrip.take(entry=entry, cells=[c.typed for c in found.changes], seen=seen)
        assert values(entry)["n"].value["number"] == "32"


class TestWrongWorkbook:
    def wrong(self, entry, data, says):
        with pytest.raises((WrongTemplate, UnreadableFile), match=says):
            roundtrip.preview(entry, data)

    def test_of_another_study(self, entry):
        other = make_entry(entry.study.review, entry.extractor, make_study(entry.study.review, "B"))
        self.wrong(
            entry, bytes_of(book_of(other)), "of the study “B”, and this entry of “Doe 2000”"
        )

    def test_of_the_other_extractor(self, entry):
        other = make_entry(entry.study.review, study=entry.study)
        self.wrong(entry, bytes_of(book_of(other)), "another entry of the study. Download")

    def test_of_an_older_version_of_the_form(self, entry):
        data, actor = bytes_of(book_of(entry)), entry.study.review.created_by
        draft = formbuilder.new_version(form=entry.form, actor=actor)
        formbuilder.publish(version=draft, actor=actor)
        Entry.objects.filter(pk=entry.pk).update(version=draft)
        again = Entry.objects.get(pk=entry.pk)
        self.wrong(again, data, "version 1 of “Series”; your entry now uses version 2")

    @pytest.mark.parametrize(
        ("at", "now", "says"), [("G1", "Quotes", "“Quote” no longer"), ("J1", "Note", "twice")]
    )
    def test_with_columns_renamed(self, entry, at, now, says):
        book = book_of(entry)
        book["Study"][at].value = now
        self.wrong(entry, bytes_of(book), says)

    def test_any_other_workbook_and_what_is_none(self, entry):
        book = book_of(entry)
        del book["About"]
        self.wrong(entry, bytes_of(book), "not a template of an entry")
        self.wrong(entry, b"PK\x03\x04 broken", "cannot be read")
        self.wrong(entry, b"Cell,Value\nn||,3\n", "cannot be read")

    def test_one_that_unpacks_to_more_than_is_safe(self, entry):
        target = io.BytesIO(bytes_of(book_of(entry)))
        with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
            for part in range(5_001):
                archive.writestr(f"x{part}", b"")
        self.wrong(entry, target.getvalue(), "more than is safe to open")


class TestPages:
    @pytest.fixture
    def client(self, entry):
        client = Client()
        client.force_login(entry.extractor)
        return client

    def url(self, entry, name):
        return reverse(name, args=[entry.study.review_id, entry.pk])

    def sent(self, book):
        return {"upload": SimpleUploadedFile("a.xlsx", bytes_of(book))}

    def test_downloaded_filled_looked_at_and_saved(self, entry, client):
        data = client.get(self.url(entry, "entry-template")).content
        book = fill(load_workbook(io.BytesIO(data)), n="31", country="Spain")
        page = client.post(self.url(entry, "entry-upload"), self.sent(book)).content.decode()
        assert "2 cells would change" in page
        assert not entry.cells.exists()
        hidden = dict(re.findall(r'name="(sealed|key)" value="([^"]+)"', page))
        for _ in range(2):
            assert client.post(self.url(entry, "entry-upload-accept"), hidden).status_code == 302
        assert entry.cells.count() == 2
        assert entry.study.review.events.filter(action="cell.save_block").count() == 1

    def test_refused_cells_are_listed_and_nothing_can_be_saved(self, entry, client):
        book = fill(book_of(entry), n="many", country="Spain")
        answer = client.post(self.url(entry, "entry-upload"), self.sent(book))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Nothing can be saved yet" in page
        assert "<td>E3</td>" in page
        assert 'name="sealed"' not in page

    def test_what_was_not_looked_at_is_not_saved(self, entry, client):
        for sealed in ("", "nonsense", "a:b:c"):
            sent = {"sealed": sealed, "key": "k"}
            answer = client.post(self.url(entry, "entry-upload-accept"), sent)
            assert (answer.status_code, entry.cells.count()) == (409, 0)
            assert "Upload it again" in answer.content.decode()
