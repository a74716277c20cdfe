"""Tables of patients: read from files, compared, settled, scrutinised. Pure parts."""

import io

import openpyxl
import pandas
import pyreadstat
import pytest

from extraction.participants import files, mapping, published, rows, scrutiny
from review.parsers.records import UnreadableFile

from .factories import PATIENTS

COLUMNS = mapping.dictionary(PATIENTS)
TABLE = "patient,sex,age_months,relief\n1,M,480,50\n2,F,NA,\n"


def xlsx(cells):
    book = openpyxl.Workbook()
    for row in cells:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def sav(path):
    frame = pandas.DataFrame({"id": [1, 2], "sex": [1.0, 2.0], "age": [40.5, None]})
    labels = {"sex": {1.0: "Male", 2.0: "Female"}}
    pyreadstat.write_sav(frame, path, variable_value_labels=labels, column_labels=["", "", "Age"])
    return path.read_bytes()


def read(text, **changes):
    source = files.read(text.encode())
    how = mapping.propose(COLUMNS, source) | changes
    return mapping.read(COLUMNS, source, how)


def people(*pairs):
    """Rows of participants from ``(key, {field: text})``."""
    made = []
    for key, texts in pairs:
        values = {name: mapping.forms.read(COLUMNS[name], text) for name, text in texts.items()}
        made.append((key, values))
    return made


class TestFiles:
    def test_delimiters_and_quotes(self):
        for mark in ",;\t|":
            source = files.read(f'a{mark}b\n"x{mark}y"{mark}2\n'.encode())
            assert source.rows == ((2, (f"x{mark}y", "2")),)

    def test_excel_keeps_the_number_of_the_row(self):
        source = files.read(xlsx([["id", "age"], [None, None], [7, 40.5]]))
        assert (source.columns, source.rows) == (("id", "age"), ((3, ("7", "40.5")),))

    def test_spss_gives_codes_and_their_labels(self, tmp_path):
        source = files.read(sav(tmp_path / "patients.sav"))
        assert source.rows == ((1, ("1", "1", "40.5")), (2, ("2", "2", "")))
        assert source.labels["sex"] == {"1": "Male", "2": "Female"}
        how = mapping.propose(COLUMNS, source)
        assert how["columns"]["sex"]["codes"] == {"1": "male", "2": "female"}

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "no text"),
            (b"a,b\n", "no row"),
            (b"a,a\n1,2\n", "Two columns are called"),
            (b"a,b\n1,2,3\n", "Line 2 has 3 cells"),
            (b'a,b\n"1,2\n', "line 2 do not match"),
            (b"$FL2 is no SPSS file", "damaged"),
            (b"PK no workbook", "damaged"),
        ],
    )
    def test_what_cannot_be_read_is_told(self, data, words):
        with pytest.raises(UnreadableFile, match=words):
            files.read(data)

    def test_an_old_excel_file_is_named(self):
        with pytest.raises(UnreadableFile, match="Save it as CSV"):
            files.read(b"\xd0\xcf\x11\xe0", "rows.xls")


class TestMapping:
    def test_names_units_and_codes_are_proposed(self):
        how = mapping.propose(COLUMNS, files.read(TABLE.encode()))
        assert how["key"] == "patient"
        assert how["columns"]["age_months"] == {"field": "age", "times": "1/12", "codes": {}}
        assert how["columns"]["sex"]["codes"] == {"M": "male", "F": "female"}

    def test_a_converted_value_keeps_what_the_file_says(self):
        loaded = read(TABLE)
        assert loaded.rows[0].values["age"] == {"number": "40", "printed": "480"}
        assert loaded.rows[1].values == {"sex": {"code": "female", "printed": "F"}}
        assert not loaded.problems

    def test_every_problem_names_its_line_and_column(self):
        loaded = read("patient,age,sex\n1,forty,M\n1,40,X\n,-3,F\n")
        told = [(one.line, one.column) for one in loaded.problems]
        assert told == [(2, "age"), (3, "sex"), (3, "patient"), (4, "age"), (4, "patient")]
        assert "below 0" in loaded.problems[3].text

    def test_one_study_of_a_file_of_several(self):
        text = "study,patient,age\nA,1,40\nB,1,50\n"
        loaded = read(text, only={"column": "study", "value": "B"})
        assert [row.values["age"]["number"] for row in loaded.rows] == ["50"]
        assert loaded.left_out == 1
        assert read(text, only={"column": "study", "value": "C"}).problems

    @pytest.mark.parametrize("same", ["Patient 07", "pt. 7", "7", "#7"])
    def test_one_patient_by_several_names(self, same):
        assert mapping.plain_key(same) == "7"

    @pytest.mark.parametrize("wrong", ["0", "1/0", "-1", "a", "1e3"])
    def test_factors_that_are_none(self, wrong):
        with pytest.raises(ValueError, match=r"number|0"):
            mapping.factor(wrong)


class TestTwoTables:
    ONE = people(("1", {"age": "40", "sex": "male"}), ("2", {"age": "50"}))
    TWO = people(("Patient 1", {"age": "40.0"}), ("3", {"age": "60"}))

    def test_only_what_differs_is_a_difference(self):
        found = rows.compare(COLUMNS, self.ONE, self.TWO)
        assert [(one.key, one.field) for one in found] == [("1", "sex"), ("2", ""), ("3", "")]
        assert found[0].second is None

    def test_what_stands(self):
        presence = {code: {"code": code} for code in ("in", "out")}
        settled = {("1", "sex"): None, ("2", ""): presence["out"], ("3", ""): presence["in"]}
        kept = rows.standing(self.ONE, self.TWO, settled)
        assert [key for key, _ in kept] == ["1", "3"]
        assert kept[0][1].keys() == {"age"}

    def test_left_open_the_first_stands(self):
        assert rows.standing(self.ONE, self.TWO, {}) == self.ONE

    def test_the_hash_tells_rows_apart(self):
        assert rows.digest(self.ONE) == rows.digest([list(row) for row in self.ONE])
        assert rows.digest(self.ONE) != rows.digest(self.ONE[::-1])


class TestScrutiny:
    FULL = {"age": "40", "sex": "male", "duration": "3", "relief": "50", "note": "x"}

    def test_exact_and_near_duplicates(self):
        other = self.FULL | {"age": "41"}
        found = scrutiny.duplicates(
            COLUMNS, people(("1", self.FULL), ("2", self.FULL), ("3", other), ("4", {"age": "40"}))
        )
        assert [(one.keys, one.field) for one in found] == [
            (("1", "2"), ""),
            (("1", "2", "3"), "age"),
        ]

    def test_what_is_beyond_the_soft_limits(self):
        found = scrutiny.outside(COLUMNS, people(("1", {"relief": "120"}), ("2", {"relief": "90"})))
        assert [(one.key, one.shown, one.limits) for one in found] == [("1", "120", "0 to 100")]

    def test_patterns_of_missing_values(self):
        found = scrutiny.missing(
            COLUMNS, people(("1", {"age": "1"}), ("2", {"age": "2"}), ("3", {}))
        )
        assert [n for _, n in found] == [2, 1]
        assert found[0][0] == (False, True, True, True, True)

    def test_rounded_ages_have_uneven_last_digits(self):
        rounded = people(*((str(n), {"age": str(20 + 5 * (n % 10))}) for n in range(60)))
        even = people(*((str(n), {"age": str(20 + n % 50)}) for n in range(100)))
        assert scrutiny.last_digits(COLUMNS, rounded)[0].odd
        assert not scrutiny.last_digits(COLUMNS, even)[0].odd

    def test_few_numbers_say_nothing_of_digits(self):
        assert scrutiny.last_digits(COLUMNS, people(("1", {"age": "40"})))[0].p is None

    def test_a_zero_the_file_left_out_is_counted(self):
        found = scrutiny.last_digits(COLUMNS, people(("1", {"age": "10"}), ("2", {"age": "9.8"})))
        assert found[0].counts[0] == 1

    def test_summary_of_one_value_has_no_sd(self):
        told = scrutiny.summary(COLUMNS["age"], people(("1", {"age": "40"}), ("2", {})))
        assert (told.n, told.missing, told.mean, told.sd) == (1, 1, 40, None)


PRINTED = {
    key: {"key": key, "label": label, "kind": kind, "level": "study"}
    for key, label, kind in (
        ("n", "Patients", "integer"),
        ("male", "Male", "integer"),
        ("age", "Mean age", "mean_sd"),
        ("range", "Age range", "text"),
    )
}


class TestPublished:
    ROWS = people(*((str(n), {"age": a, "sex": s}) for n, (a, s) in enumerate(
        [("40", "male"), ("50", "female"), ("61", "male")]
    )))  # fmt: skip
    PAIRS = [
        published.Pair("n", "n"),
        published.Pair("count", "male", "sex", "male"),
        published.Pair("mean_sd", "age", "age"),
        published.Pair("range", "range", "age"),
    ]

    def lines(self, **cells):
        held = {key: ("value", value) for key, value in cells.items()}
        return published.compare(COLUMNS, self.ROWS, PRINTED, held, self.PAIRS)

    def test_names_propose_the_pairs(self):
        assert published.propose(COLUMNS, PRINTED) == self.PAIRS

    def test_what_agrees_after_rounding_and_what_does_not(self):
        found = self.lines(
            n={"number": "3"},
            male={"number": "1"},
            age={"mean": "50.3", "sd": "10.5"},
            range={"text": "40–61 years"},
        )
        assert [line.agrees for line in found] == [True, False, True, True]
        assert (found[1].printed, found[1].found) == ("1", "2")

    def test_an_sd_that_the_rows_do_not_give_differs(self):
        assert self.lines(age={"mean": "50.3", "sd": "9.1"})[2].agrees is False

    def test_what_is_not_printed_is_no_difference(self):
        line = self.lines()[2]
        assert (line.agrees, line.why) == (None, "The paper does not print it.")
