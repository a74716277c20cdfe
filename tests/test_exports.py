"""What a team takes away: whole, exact, safe to open, and no more than its reader may see."""

import io
import json
import zipfile

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from analysis.exports import citations, codebook, everything, workbook
from analysis.models import Run
from extraction.models import Record, RecordCell, RecordUnit
from review import flow, parsers, screening
from review.access import seat_of
from review.models import Reference

from . import world as worlds
from .factories import join, make_reference, make_review, make_user, open_screening

pytestmark = pytest.mark.django_db
CANARY = "canarynote"
NASTY = ("=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", '=HYPERLINK("http://x")', "#N/A")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with worlds.standing(django_db_blocker) as made:
        yield made


def opened(seat):
    """The spreadsheet a seat takes away, opened again."""
    target = io.BytesIO()
    everything.write(target, seat)
    return load_workbook(io.BytesIO(target.getvalue()))


def table(book, title):
    """The rows of a sheet as mappings by heading."""
    heading, *rows = book[title].iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def texts(book):
    return [str(c.value) for page in book for row in page for c in row if c.value is not None]


def seat(world, letter):
    return seat_of(world.people[letter], world.review)


class TestEverything:
    def test_the_first_sheet_explains_every_column(self, world):
        book = opened(seat(world, "O"))
        assert book.sheetnames[0] == "About"
        told = {(row[0].value, row[1].value): row[2].value for row in book["About"]}
        for page in book.worksheets[1:]:
            for cell in page[1]:
                assert told[page.title, cell.value], (page.title, cell.value)

    def test_every_reference_is_there_with_where_it_was_found(self, world):
        rows = table(opened(seat(world, "O")), "References")
        references = world.review.references.live().order_by("number")
        assert [row["number"] for row in rows] == [one.number for one in references]
        for row, one in zip(rows, references, strict=True):
            assert row["title"] == one.title
            assert row["authors"] == "; ".join(one.authors)
            assert row["year"] == one.year
            assert (row["source"], row["file"], row["line"]) == (
                one.batch.search.source, one.batch.file.name, one.line,
            )  # fmt: skip
            assert row["duplicate_of"] == (one.duplicate_of and one.duplicate_of.number)

    def test_every_settled_vote_is_a_row(self, world):
        rows = table(opened(seat(world, "V")), "Decisions")
        settled = [
            (vote.screening.reference.number, vote.screening.get_stage_display(),
             str(vote.reviewer), vote.get_verdict_display())
            for one in world.review.screenings.filter(status__in=["included", "excluded"])
            for vote in one.votes.all()
        ]  # fmt: skip
        found = [(row["number"], row["stage"], row["who"], row["verdict"]) for row in rows]
        assert settled and sorted(found) == sorted(settled)

    def test_every_approved_cell_is_a_row_with_both_readings(self, world):
        rows = table(opened(seat(world, "O")), "Extraction")
        cells = RecordCell.objects.filter(
            record__study__review=world.review, record__status=Record.Status.APPROVED
        ).select_related("record__study")
        by_cell = {row["Cell"]: row for row in rows}
        assert by_cell.keys() == {cell.pk for cell in cells}
        for cell in cells:
            row = by_cell[cell.pk]
            assert (row["Study"], row["Field"]) == (cell.record.study.label, cell.field)
            assert row["First reading"] == cell.first.value.get("printed", "Not reported")
            assert row["Second quote"] == (cell.second.quote or None)
            assert {row["First extractor"], row["Second extractor"]} == {"Anna Berg", "Marco Silva"}

    def test_wide_numbers_are_numbers(self, world):
        rows = table(opened(seat(world, "S")), "Two-arm trial")
        arms = {(r["Study"][:7], r["Arm"]): r for r in rows}
        row = arms["Marchet", "CBT-I, treatment"]
        score = [value for name, value in row.items() if name.startswith("Score")]
        assert score == [11.2, 4.1]

    def test_a_sheet_a_level_with_the_evidence_beside_the_values(self, world):
        book = opened(seat(world, "O"))
        cells = RecordCell.objects.filter(
            record__study__review=world.review, record__status=Record.Status.APPROVED
        )
        assert cells.exclude(quote="").exists()
        told = " ".join(
            str(row["Evidence"])
            for level in ("study", "arms", "outcomes")
            for row in table(book, f"Two-arm trial - {level}")
        )
        for cell in cells.exclude(quote=""):
            assert cell.quote in told
        rows = table(book, "Two-arm trial - arms")
        units = RecordUnit.objects.filter(
            record__study__review=world.review, record__status="approved", kind="arm"
        )
        assert sorted(row["Arm"] for row in rows) == sorted(map(str, units))
        longs = {
            (row["Study"], row["Arm"]): row["Number"]
            for row in table(book, "Extraction")
            if row["Field"] == "randomised"
        }
        for row in rows:
            value = next(value for name, value in row.items() if name.startswith("Randomised"))
            assert value == longs[row["Study"], row["Arm"]]

    def test_the_code_book_has_every_field_that_was_asked(self, world):
        book = opened(seat(world, "S"))
        told = {row["Key"]: row for row in table(book, "Code book")}
        forms = [form.published.schema for form in world.review.extraction_forms.all()]
        parts = [part for schema in forms for part in schema["sections"]]
        keys = [field["key"] for part in parts for field in part["fields"]]
        assert list(told) == list(dict.fromkeys(keys))
        assert {row["Field"] for row in table(book, "Extraction")} <= told.keys()

    def test_the_limits_of_a_field_are_numbers(self, world):
        content = json.loads(world.review.snapshots.first().content)
        asked = content["forms"][0]["schema"]["sections"][0]["fields"][0]
        asked |= {"min": "0", "max": "12.5", "soft_max": "", "decimals": "1"}
        row = codebook.sheet(content).rows[0]
        assert row[8:13] == [0, 12.5, None, None, 1]

    def test_queries_to_authors_are_for_those_who_may_see_the_extraction(self, world):
        assert len(table(opened(seat(world, "R")), "Author queries")) == 1
        for letter in "OrAV":
            assert not table(opened(seat(world, letter)), "Author queries")
        assert "Author queries" not in opened(seat(world, "S")).sheetnames

    def test_results_are_the_run_number_by_number(self, world):
        book = opened(seat(world, "S"))
        run = Run.objects.get(plan__review=world.review)
        random = table(book, "Results")[0]
        for heading, name in (
            ("Estimate", "beta"),
            ("SE", "se"),
            ("Lower", "ci_lb"),
            ("p", "pval"),
        ):
            assert random[heading] == pytest.approx(run.results["random"][name], rel=1e-14)
        assert random["Studies"] == run.results["k"]
        assert random["I²"] == pytest.approx(run.results["heterogeneity"]["I2"]["est"], rel=1e-14)
        studies = table(book, "Result studies")
        entered = [row for row in studies if row["Entered"] == "yes"]
        assert [row["Effect"] for row in entered] == pytest.approx(
            [one["yi"] for one in run.results["studies"]], rel=1e-14
        )
        assert len(studies) == run.results["k"] + len(run.inputs["excluded"])

    def test_the_counts_are_those_of_the_flow(self, world):
        rows = {row["Box"]: row["n"] for row in table(opened(seat(world, "S")), "PRISMA")}
        counts = flow.flow(world.review).counts
        assert {box: rows[box] for box in counts} == dict(counts)

    def test_a_statistician_gets_no_name_and_no_record(self, world):
        book = opened(seat(world, "S"))
        assert not {"References", "Decisions"} & set(book.sheetnames)
        held = "\n".join(texts(book))
        names = {person.last_name for person in world.people.values()} - {""}
        assert len(names) == 6
        assert [name for name in names if name in held] == []

    def test_an_empty_review_is_a_file_too(self):
        review = make_review()
        book = opened(seat_of(review.created_by, review))
        assert table(book, "References") == []
        assert {row["n"] for row in table(book, "PRISMA")} == {0}


class TestSafety:
    @pytest.fixture
    def nasty(self):
        review = make_review(title="=2+2")
        reviewers = [join(review, make_user(first_name="=Ann"), "reviewer") for _ in range(2)]
        for text in NASTY:
            reference = make_reference(review, title=text, abstract=text, authors=[text])
            row = open_screening(reference)
            for person in reviewers:
                screening.cast_vote(screening=row, reviewer=person, verdict="include", note=text)
        return review

    def test_no_text_becomes_a_formula(self, nasty):
        target = io.BytesIO()
        everything.write(target, seat_of(nasty.created_by, nasty))
        with zipfile.ZipFile(target) as archive:
            pages = [archive.read(n) for n in archive.namelist() if "worksheets/" in n]
        assert pages and not any(b"<f>" in page or b"<f " in page for page in pages)
        kinds = {cell.data_type for page in load_workbook(target) for row in page for cell in row}
        assert kinds <= {"s", "n", "inlineStr"}

    def test_csv_is_guarded_and_comes_back_as_it_was(self, nasty):
        seat = seat_of(nasty.created_by, nasty)
        text = "".join(citations.csv_parts(seat))
        for line in text.splitlines():
            assert not any(part.startswith(("=", "@", "+")) for part in line.split(","))
        found = parsers.parse(text.encode(), "out.csv").records
        kept = [title for title in NASTY if title[0] not in "\t#"]  # our reader trims these two
        assert [one.title for one in found if one.title in kept] == kept

    def test_long_texts_are_carried_over_whole(self, tmp_path):
        long = "".join(chr(97 + place % 26) for place in range(80_000))
        sheet = workbook.Sheet("Notes", "Notes.", (("note", "A note"),), [[long], ["short"]])
        workbook.write(tmp_path / "out.xlsx", [sheet], ["A review"])
        book = load_workbook(tmp_path / "out.xlsx")
        assert "too long" in book["Notes"]["A2"].value
        parts = table(book, "Long texts")
        assert [(row["Sheet"], row["Row"]) for row in parts] == [("Notes", 2)] * 3
        assert "".join(row["Text"] for row in parts) == long
        assert book["Notes"]["A3"].value == "short"

    def test_control_characters_do_not_break_the_file(self, tmp_path):
        sheet = workbook.Sheet("Notes", "Notes.", (("note", "A note"),), [["a\x00b\x0bc"], ["+"]])
        workbook.write(tmp_path / "out.xlsx", [sheet], [])
        assert [row["note"] for row in table(load_workbook(tmp_path / "out.xlsx"), "Notes")] == [
            "a�b�c",
            "+",
        ]


class TestBlinding:
    @pytest.fixture
    def review(self):
        return make_review(arbiter_sees_names=True)

    @pytest.fixture
    def people(self, review):
        roles = {"first": "reviewer", "second": "reviewer", "arbiter": "arbiter"}
        roles["observer"] = "observer"
        held = {name: join(review, make_user(), role) for name, role in roles.items()}
        return held | {"owner": review.created_by}

    def everything_of(self, person, review):
        seat = seat_of(person, review)
        parts = [*texts(opened(seat)), *citations.csv_parts(seat), *citations.ris_parts(seat)]
        return "\n".join(parts)

    def test_an_open_vote_is_in_nobody_elses_file(self, review, people):
        row = open_screening(make_reference(review))
        first, second = people["first"], people["second"]
        screening.cast_vote(screening=row, reviewer=first, verdict="include", note=CANARY)
        for name, person in people.items():
            assert (CANARY in self.everything_of(person, review)) == (name == "first"), name
        screening.cast_vote(screening=row, reviewer=second, verdict="include")
        for name, person in people.items():
            assert CANARY in self.everything_of(person, review), name

    def test_a_conflict_is_told_to_the_third_person_only(self, review, people):
        row = open_screening(make_reference(review))
        said = (("first", "include", CANARY), ("second", "maybe", ""))
        review.maybe_advances = False
        review.save(update_fields=["maybe_advances"])
        for name, verdict, note in said:
            person = people[name]
            screening.cast_vote(screening=row, reviewer=person, verdict=verdict, note=note)
        told = {n for n, person in people.items() if CANARY in self.everything_of(person, review)}
        assert told == {"first", "owner", "arbiter"}

    def test_screeners_get_no_authors_while_these_are_hidden(self, review, people):
        review.hide_citation = True
        review.save(update_fields=["hide_citation"])
        open_screening(make_reference(review, authors=["Hidden, A"], journal="Hidden Journal"))
        for name, person in people.items():
            seen = "Hidden" in self.everything_of(person, review)
            assert seen == (name not in ("first", "second")), name


class TestPages:
    def ask(self, world, letter, name, *args, **query):
        url = reverse(name, args=[world.review.pk, *args])
        return world.clients[letter].get(url, query)

    @pytest.mark.parametrize(("letter", "code"), [("O", 200), ("S", 200), ("X", 404), ("N", 302)])
    def test_who_may_take_the_spreadsheet(self, world, letter, code):
        response = self.ask(world, letter, "export-xlsx")
        assert response.status_code == code
        if code == 200:
            assert response["Content-Disposition"].endswith('.xlsx"')
            assert load_workbook(io.BytesIO(response.content)).sheetnames[0] == "About"

    @pytest.mark.parametrize("ending", ["csv", "ris"])
    def test_references_leave_in_both_formats(self, world, ending):
        response = self.ask(world, "R", "export-references", format=ending)
        content = b"".join(response.streaming_content)
        found = parsers.parse(content, f"out.{ending}").records
        live = Reference.objects.filter(review=world.review).live()
        assert {one.title for one in found} == {one.title for one in live}
        assert b"Title and abstract: Included" in content

    def test_a_format_that_does_not_exist_is_named(self, world):
        response = self.ask(world, "R", "export-references", format="docx")
        assert response.status_code == 422
        assert "docx" in response.content.decode()

    def test_references_are_not_for_a_statistician(self, world):
        assert self.ask(world, "S", "export-references").status_code == 403
