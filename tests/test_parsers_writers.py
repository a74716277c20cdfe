"""Exports: RIS that is read back as it was, tables that no spreadsheet program executes."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.parsers import FIELDS, parse
from review.parsers.assemble import MISSING
from review.parsers.text import clean, clean_lines
from review.writers import RIS_TYPES, safe_cell, to_csv, to_ris

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
LINE = TEXT.map(clean).filter(lambda text: text not in MISSING)
FILLED = LINE.filter(bool)
WORD = FILLED.map(lambda text: clean(text.replace(";", ""))).filter(
    lambda text: text and text not in MISSING
)
NAME = st.builds("{}, {}".format, *[st.from_regex(r"[A-Z][a-zéü’-]{1,12}", fullmatch=True)] * 2)
ROWS = st.fixed_dictionaries(
    {
        "title": FILLED,
        "abstract": TEXT.map(clean_lines).filter(lambda text: text not in MISSING),
        "authors": st.lists(NAME, max_size=4).map(tuple),
        "year": st.none() | st.integers(1400, 2099),
        "journal": LINE,
        "volume": LINE.map(lambda text: clean(text[:60])).filter(lambda text: text not in MISSING),
        "issue": st.from_regex(r"[0-9]{0,3}", fullmatch=True),
        "pages": st.from_regex(r"([a-z]?[0-9]{1,5}(-[a-z]?[0-9]{1,5}){0,2})?", fullmatch=True),
        "doi": st.from_regex(r"10\.[0-9]{4,6}/[a-z0-9()_-]{0,10}[a-z0-9]", fullmatch=True),
        "pmid": st.from_regex(r"([1-9][0-9]{0,7})?", fullmatch=True),
        "url": st.from_regex(r"(https?://[a-z]{1,9}\.org/[a-z0-9?=&]{0,9})?", fullmatch=True),
        "keywords": st.lists(WORD, max_size=4, unique=True).map(tuple),
        "language": st.sampled_from(["", "eng", "Dutch"]),
        "kind": st.sampled_from([*RIS_TYPES, "Review", "Clinical Trial, Phase 2", "Letter"]),
        "decisions": st.lists(LINE, max_size=3),
    }
)


def fields(record):
    return {name: getattr(record, name) for name in FIELDS}


def without_decisions(row):
    return {name: row[name] for name in FIELDS}


@given(st.lists(ROWS, max_size=4))
def test_ris_is_read_back_as_it_was(rows):
    data = to_ris(rows).encode()
    if not rows:
        assert data == b""
        return
    parsed = parse(data, "x.ris", "ris")
    assert [fields(record) for record in parsed.records] == list(map(without_decisions, rows))
    assert parsed.problems == ()


@given(st.lists(ROWS, max_size=4))
def test_csv_is_read_back_as_it_was(rows):
    # One cell holds all keywords, so a lone keyword with a comma in it reads as two.
    for row in rows:
        row["keywords"] = tuple(word for word in row["keywords"] if not set(word) & set(",|[]"))
    parsed = parse(to_csv(rows).encode(), "x.csv", "csv")
    assert [fields(record) for record in parsed.records] == list(map(without_decisions, rows))


def test_a_line_of_an_abstract_may_look_like_a_tag():
    row = {"title": "A", "abstract": "One\nER  - \nTY  - JOUR\nTI  - B", "kind": "book"}
    [record] = parse(to_ris([row]).encode(), "x.ris").records
    assert (record.title, record.abstract) == ("A", "One\nER -\nTY - JOUR\nTI - B")


def test_decisions_are_notes_that_reference_managers_show():
    row = {"title": "A", "decisions": ["Title and abstract: included", "Full text:\nexcluded"]}
    lines = to_ris([row]).split("\r\n")
    assert lines[0] == "TY  - GEN"
    assert "N1  - Title and abstract: included" in lines
    assert "N1  - Full text: excluded" in lines
    assert lines[-3:] == ["ER  - ", "", ""]


def test_pages_and_types_are_those_of_the_standard():
    text = to_ris([{"title": "A", "journal": "J", "pages": "12-19", "kind": "Letter"}])
    assert all(line in text for line in ("TY  - JOUR", "M3  - Letter", "SP  - 12", "EP  - 19"))


FORMULAS = ["=1+1", "+A1", "-A1", "@SUM(1)", "\t=1", "\r=1", "\x00=1", "\n=1", " =1", "＝1", "'=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_never_becomes_a_formula(text):
    safe = safe_cell(text)
    assert safe[0] in "'\ufffd"
    assert "\x00" not in safe


@pytest.mark.parametrize("value", [-5, -5.2, Decimal("-1.5"), None, True, "-5", "-5.25", "-1e-3"])
def test_numbers_stay_numbers(value):
    assert safe_cell(value) == value


@pytest.mark.parametrize("text", ["A title", "5-HT", "a = b", "O'Neil", "'quoted'", ""])
def test_plain_text_is_left_alone(text):
    assert safe_cell(text) == text


def test_control_characters_are_replaced():
    assert safe_cell("a\x07b\x1bc\ud800") == "a\ufffdb\ufffdc\ufffd"
    assert safe_cell("a\r\nb\tc\rd") == "a\nb\tc\nd"


def test_a_table_has_the_columns_asked_for():
    text = to_csv(
        [{"title": "=A", "authors": ("X", "Y"), "votes": -1}], ["title", "votes", "authors"]
    )
    assert list(csv.reader(io.StringIO(text))) == [
        ["title", "votes", "authors"],
        ["'=A", "-1", "X; Y"],
    ]
