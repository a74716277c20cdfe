"""Search files: recognised by content, refused in plain words, and never a record lost."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.parsers import FIELDS, FORMATS, Parsed, Problem, UnreadableFile, parse, sniff

DATA = Path(__file__).parent / "data" / "refs"

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b" \r\n\t\n", "empty"),
    "pdf": (PDF, "PDF"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "picture"),
    "program": (b"\x7fELF\x02\x01\x01\x00", "program"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "save it as .xlsx or CSV"),
    "html": (b"<!DOCTYPE html>\n<html><body>Session expired</body></html>", "web page"),
    "pubmed xml": (b'<?xml version="1.0"?>\n<PubmedArticleSet>\n<PubmedArticle>', "PubMed XML"),
    "endnote xml": (b'<?xml version="1.0"?><xml><records><record>', "EndNote XML"),
    "json": (b'[{"title": "A"}]', "JSON"),
    "web of science": (b"FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\n", "Web of Science"),
    "enw": (b"%0 Journal Article\n%A Smith, J\n%T A title\n", "EndNote tagged"),
    "ovid": (b"<1. >\nVN  - Ovid Technologies\nTI  - A title\n", "Ovid"),
    "prose": (b"Dear colleague,\nplease find the search results.\n", "begins with"),
    "bytes": (bytes(range(1, 256)) * 20, "binary data"),
    "broken zip": (b"PK\x03\x04 this is no archive", "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_of_another_kind_is_refused_by_name(name):
    data, word = REFUSED[name]
    with pytest.raises(UnreadableFile, match=word) as refusal:
        sniff(data, "results.ris")
    assert "results.ris" in str(refusal.value)


def test_a_refusal_holds_even_when_the_person_names_a_format():
    with pytest.raises(UnreadableFile, match="PDF"):
        parse(PDF, "results.ris", "ris")
    with pytest.raises(UnreadableFile, match="not a real workbook"):
        parse(b"TY  - JOUR\nTI  - A\nER  - \n", "a.xlsx", "xlsx")


@pytest.mark.parametrize("suffix", ["ris", "nbib", "bib", "csv"])
def test_the_name_of_a_file_does_not_decide(suffix):
    data = (DATA / f"three.{suffix}").read_bytes()
    assert sniff(data, "wrong.pdf").key == sniff(data, f"three.{suffix}").key


@pytest.mark.parametrize("suffix", ["ris", "nbib", "bib", "csv"])
def test_every_format_gives_the_same_three_references(suffix):
    parsed = parse((DATA / f"three.{suffix}").read_bytes(), f"three.{suffix}")
    assert (parsed.expected, parsed.problems) == (3, ())
    first, second, third = (
        {name: getattr(record, name) for name in FIELDS} for record in parsed.records
    )
    assert first == {
        "title": "Motor cortex stimulation for facial pain: a café cohort",
        "abstract": "BACKGROUND: Pain was < 4 in 50 % of patients.",
        "authors": ("Müller, Anna", "de Vries, Jan"),
        "year": 2014,
        "journal": "Journal of Invented Pain",
        "volume": "12",
        "issue": "3",
        "pages": "101-109",
        "doi": "10.5555/pain.2014.001",
        "pmid": "24000001",
        "url": "https://example.org/one",
        "keywords": ("facial pain", "stimulation"),
        "language": "English",
        "kind": "journal article",
    }
    assert second["journal"] == "Annals of Made-up Surgery"
    assert (second["doi"], second["pmid"], second["pages"]) == ("10.5555/surg.2016.77", "", "5")
    assert (third["title"], third["authors"]) == ("Handbook of facial pain", ("Rossi, Carla",))
    assert (third["year"], third["kind"], third["journal"]) == (1999, "book", "")


def test_line_and_raw_text_lead_back_to_the_file():
    for suffix in ("ris", "nbib", "bib"):
        text = (DATA / f"three.{suffix}").read_text("utf-8")
        for record in parse(text.encode(), "x").records:
            at_line = text.split("\n", record.line - 1)[-1]
            assert at_line.startswith(record.raw)


def test_covered_counts_the_records_that_have_a_field():
    parsed = parse((DATA / "three.csv").read_bytes(), "three.csv")
    assert parsed.covered["title"] == 3
    assert parsed.covered["abstract"] == parsed.covered["doi"] == 2
    assert parsed.covered["pmid"] == 1


def test_books_that_do_not_close_cannot_be_written():
    with pytest.raises(AssertionError, match="2 records started"):
        Parsed("ris", "RIS", (), (Problem(1, 1, "error", "x"),), 2)


TITLE = "Müller’s 50 °C – naïve"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_unicode_encodings_and_line_ends(encoding, end):
    text = end.join(
        ["TY  - JOUR", f"TI  - {TITLE}", "ER  - ", "", "TY  - BOOK", "TI  - B", "ER  - "]
    )
    parsed = parse(text.encode(encoding), "x.ris")
    assert [(record.line, record.title) for record in parsed.records] == [(1, TITLE), (5, "B")]
    assert parsed.problems == ()


def test_windows_text_is_read_line_by_line_with_a_warning():
    data = (
        f"TY  - JOUR\nTI  - {TITLE}\nER  - \n".encode()
        + f"TY  - JOUR\r\nTI  - {TITLE}\r\nER  - \r\n".encode("cp1252")
    )
    parsed = parse(data, "mixed.ris")
    assert [record.title for record in parsed.records] == [TITLE, TITLE]
    [problem] = parsed.problems
    assert (problem.line, problem.level) == (5, "warning")
    assert "Windows-1252" in problem.message


def test_odd_characters_do_no_harm():
    text = "TY  - JOUR\nTI  - One\u2028line \x0bof\x00 \u202etext\u202c\nER  - \n"
    text += "\ufeffTY  - JOUR\nTI  - B\nER  - \n"
    parsed = parse(text.encode(), "x.ris")
    assert [record.title for record in parsed.records] == ["One line of text", "B"]
    assert ["NUL" in problem.message for problem in parsed.problems] == [True]
    assert not any("\x00" in record.raw for record in parsed.records)


def test_a_word_for_nothing_is_nothing():
    parsed = parse(b"TY  - JOUR\nTI  - A\nAB  - NA\nDO  - NA\nPY  - N/A\nER  - \n", "x.ris")
    [record] = parsed.records
    assert (record.abstract, record.doi, record.year, parsed.problems) == ("", "", None, ())


def test_a_field_that_never_ends_is_cut_with_a_warning_and_kept_raw():
    data = b"TY  - JOUR\nTI  - A\nAB  - " + b"word " * 400_000 + b"\nER  - \n"
    parsed = parse(data, "x.ris")
    [record] = parsed.records
    assert len(record.abstract) == 100_000
    assert len(record.raw) > 2_000_000
    assert "cut at 100,000" in parsed.problems[0].message


FRAGMENTS = st.sampled_from(
    "TY  - JOUR|TY  - |ER  - |ER  -|TI  - A title|T1  - B|AU  - Smith, J|AB  - x|DO  - 10.1/a"
    "|PY  - 20|PMID- 12|PMID-|OWN - NLM|FAU - Smith, J|      on|@article{k,|title={A},|}|title={A}}"
    '|@string{a="b"}|@comment{x|author="X and Y",|year=2012,|title,year,doi|A,2012,10.1/x|"open,1'
    '|"a ""b"" c",2|,,||  |\x00|\xff|; |\t|"|@|{|Title\tYear|A\t2012'.split("|")
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(FRAGMENTS, max_size=25),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.sampled_from([None, *sorted(FORMATS)]),
)
def test_no_mixture_of_lines_breaks_a_parser_or_its_books(lines, end, key):
    data = end.join(lines).encode("latin-1")
    try:
        parsed = parse(data, "mixture", key)
    except UnreadableFile:
        return
    errors = [problem.record for problem in parsed.problems if problem.level == "error"]
    assert len(parsed.records) + len(errors) == parsed.expected
    assert len(set(errors)) == len(errors)
    last = data.count(b"\n") + 1
    for record in parsed.records:
        assert 1 <= record.line <= last
        assert any(asdict(record)[name] for name in FIELDS)
    json.dumps([asdict(problem) for problem in parsed.problems])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([None, *sorted(FORMATS)]))
def test_no_bytes_break_a_parser(data, key):
    try:
        parse(data, "bytes", key)
    except UnreadableFile as refusal:
        assert "bytes" in str(refusal)
