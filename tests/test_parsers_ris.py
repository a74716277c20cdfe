"""RIS and PubMed text: what real exports do to their tags."""

import pytest

from review.parsers import parse


def ris(text):
    return parse(text.encode(), "x.ris", "ris")


def nbib(text):
    return parse(text.encode(), "x.nbib", "nbib")


def messages(parsed):
    return [(problem.line, problem.level, problem.message) for problem in parsed.problems]


def test_the_last_record_without_er_is_kept_and_told():
    parsed = ris("TY  - JOUR\nTI  - A\nER  - \n\nTY  - JOUR\nTI  - B\nAU  - Smith, J\n")
    assert [record.title for record in parsed.records] == ["A", "B"]
    [(line, level, message)] = messages(parsed)
    assert (line, level) == (7, "warning")
    assert "line 5 ends without an ER line" in message


def test_a_record_without_er_ends_where_the_next_begins():
    parsed = ris("TY  - JOUR\nTI  - A\n\nTY  - JOUR\nTI  - B\nER  - \n")
    assert [(record.line, record.title) for record in parsed.records] == [(1, "A"), (4, "B")]
    assert parsed.records[0].raw == "TY  - JOUR\nTI  - A"


def test_a_record_that_lost_its_first_line_is_kept_and_told():
    parsed = ris("TI  - A\nAU  - Smith, J\nER  - \nTY  - JOUR\nTI  - B\nER  - \n")
    assert [record.title for record in parsed.records] == ["A", "B"]
    assert "no TY line" in parsed.problems[0].message


def test_lines_between_records_are_passed_over_and_counted():
    parsed = ris(
        "Record #1 of 2\nProvider: Somebody\n\n1.\nTY  - JOUR\nTI  - A\nER  - \n\nSee also\n"
        "2.\nTY  - JOUR\nTI  - B\nER  - \n"
    )
    assert parsed.expected == len(parsed.records) == 2
    [(line, level, message)] = messages(parsed)
    assert (line, level) == (1, "warning")
    assert "5 lines" in message
    assert "Record #1 of 2" in message


def test_a_record_with_nothing_to_know_it_by_is_rejected_with_its_line():
    parsed = ris("TY  - JOUR\nTI  - A\nER  - \nTY  - JOUR\nPY  - 2001\nER  - \n")
    assert (parsed.expected, len(parsed.records), parsed.rejected) == (2, 1, 1)
    [(line, level, message)] = messages(parsed)
    assert (line, level) == (4, "error")
    assert parsed.problems[0].record == 2
    assert "left out" in message


def test_a_record_without_title_is_kept_for_what_it_has():
    parsed = ris("TY  - JOUR\nDO  - 10.1/x\nAB  - Text\nER  - \n")
    assert parsed.records[0].title == ""
    assert messages(parsed) == [(1, "warning", "Line 1: no title; kept for its abstract, DOI.")]


def test_a_tag_is_not_looked_for_inside_a_sentence():
    parsed = ris("TY  - JOUR\nAB  - Odds were\nOR - 1.2 and\nIN- depth\nTI  - A\nER  - \n")
    assert parsed.records[0].abstract == "Odds were\nOR - 1.2 and\nIN- depth"
    assert parsed.records[0].title == "A"


@pytest.mark.parametrize("line", ["TI  - A", "TI  -  A", "TI - A", "TI  -A", "  TI  - A"])
def test_spaces_round_the_hyphen_vary(line):
    assert ris(f"TY  - JOUR\n{line}\nER  -\n").records[0].title == "A"


def test_authors_keep_their_order_across_tags_and_separators():
    parsed = ris("TY  - JOUR\nTI  - T\nA1  - Z, A\nAU  - Y,B\nA1  - X C; W, D\nER  - \n")
    assert parsed.records[0].authors == ("Z, A", "Y, B", "X C", "W, D")


def test_editors_stand_in_where_there_is_no_author():
    assert ris("TY  - BOOK\nTI  - T\nED  - Z, A\nER  -\n").records[0].authors == ("Z, A",)


@pytest.mark.parametrize(
    "given, year",
    [
        ("2014//", 2014),
        ("2014/05/02/Spring", 2014),
        ("02 May 1999", 1999),
        ("c2004", 2004),
        ("1998-1999", 1998),
        ("20140502", 2014),
        ("4/3/2024", 2024),
        ("in press", None),
        ("", None),
    ],
)
def test_years_of_messy_dates(given, year):
    parsed = ris(f"TY  - JOUR\nTI  - T\nPY  - {given}\nER  -\n")
    assert parsed.records[0].year == year
    assert len(parsed.problems) == (given == "in press")


def test_a_second_date_helps_where_the_first_has_no_year():
    assert ris("TY  - JOUR\nTI  - T\nPY  - 10 15\nDA  - 2003/10\nER  -\n").records[0].year == 2003


@pytest.mark.parametrize(
    "given, doi",
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("https://doi.org/10.1000/abc", "10.1000/abc"),
        ("http://dx.doi.org/10.1000/abc.", "10.1000/abc"),
        ("doi: 10.1000/a%2Fb", "10.1000/a/b"),
        ("10.1000/a(b)c)", "10.1000/a(b)c"),
        (
            "10.1002/(SICI)1-2(98)17<16::AID>3.0.CO;2-2",
            "10.1002/(sici)1-2(98)17<16::aid>3.0.co;2-2",
        ),
    ],
)
def test_dois_lose_their_dress(given, doi):
    parsed = ris(f"TY  - JOUR\nTI  - T\nDO  - {given}\nER  -\n")
    assert (parsed.records[0].doi, parsed.problems) == (doi, ())


@pytest.mark.parametrize("given", ["not-a-doi", "10.1000", "11.1000/abc"])
def test_what_is_no_doi_is_left_out_with_a_warning(given):
    parsed = ris(f"TY  - JOUR\nTI  - T\nDO  - {given}\nER  -\n")
    assert parsed.records[0].doi == ""
    assert f"“{given}” is not a DOI" in parsed.problems[0].message


def test_a_doi_or_pmid_elsewhere_counts_only_where_it_says_so():
    linked = ris(
        "TY  - JOUR\nTI  - T\nUR  - https://doi.org/10.1000/a\n"
        "L2  - https://pubmed.ncbi.nlm.nih.gov/123/\nER  -\n"
    ).records[0]
    assert (linked.doi, linked.pmid) == ("10.1000/a", "123")
    loose = ris("TY  - JOUR\nTI  - T\nN1  - cites 10.1000/b\nAN  - 456\nER  -\n").records[0]
    assert (loose.doi, loose.pmid) == ("", "")


@pytest.mark.parametrize("database, tag", [("MEDLINE", "AN"), ("Embase", "C5"), ("Scopus", "C2")])
def test_the_pubmed_number_is_where_each_database_puts_it(database, tag):
    [record] = ris(f"TY  - JOUR\nTI  - T\nDB  - {database}\n{tag}  - 456\nER  -\n").records
    assert record.pmid == "456"
    [other] = ris(f"TY  - JOUR\nTI  - T\nDB  - CAB\n{tag}  - 456\nER  -\n").records
    assert other.pmid == ""


def test_two_different_dois_are_told():
    parsed = ris("TY  - JOUR\nTI  - T\nDO  - 10.1000/a\nDO  - 10.1000/b\nER  -\n")
    assert parsed.records[0].doi == "10.1000/a"
    assert "2 different DOIs" in parsed.problems[0].message


def test_only_web_addresses_become_links():
    text = "TY  - JOUR\nTI  - T\nUR  - javascript:alert(1)\nL1  - https://a.org/x\nER  -\n"
    assert ris(text).records[0].url == "https://a.org/x"


def test_markup_and_less_than_are_left_as_text():
    title = "Effect of <i>H. pylori</i> & p < 0.05 <script>alert(1)</script>"
    assert ris(f"TY  - JOUR\nTI  - {title}\nER  -\n").records[0].title == title


def test_pubmed_lines_are_joined_and_records_told_apart():
    parsed = nbib(
        "\nPMID- 1\nTI  - A title that\n      goes on.\nFAU - Smith, John\nAU  - Smith J\n"
        "PHST- 2017/10/17 [received]\nSO  - J. 2017.\n\n\nPMID- 2\nTI  - B\nPMID- 3\nTI  - C\n"
    )
    assert [(r.line, r.pmid, r.title) for r in parsed.records] == [
        (2, "1", "A title that goes on."),
        (11, "2", "B"),
        (13, "3", "C"),
    ]
    assert parsed.records[0].authors == ("Smith, John",)


def test_a_blank_line_inside_a_pubmed_record_does_not_cut_it():
    parsed = nbib("PMID- 1\nTI  - A\n\nAB  - Text\n\nPMID- 2\nTI  - B\n")
    assert [(r.pmid, r.abstract) for r in parsed.records] == [("1", "Text"), ("2", "")]


def test_a_pubmed_record_may_lack_its_number():
    parsed = nbib("OWN - ERIC\nTI  - A\nFAU - X, Y\n\nOWN - ERIC\nTI  - B\nFAU - X, Y\n")
    assert [record.title for record in parsed.records] == ["A", "B"]


def test_a_group_of_authors_is_an_author():
    parsed = nbib("PMID- 1\nTI  - A\nAU  - Smith J\nCN  - The TRIAL Group\n")
    assert parsed.records[0].authors == ("Smith J", "The TRIAL Group")


def test_several_titles_and_abstracts_of_pubmed_are_joined():
    parsed = nbib("PMID- 1\nTI  - A\nTI  - and B\nAB  - One\nAB  - Two\n")
    assert (parsed.records[0].title, parsed.records[0].abstract) == ("A and B", "One\nTwo")
    assert "several TI lines" in parsed.problems[0].message


def test_another_abstract_stands_in_only_where_there_is_none():
    parsed = nbib(
        "PMID- 1\nTI  - A\nAB  - Text\nOAB - Texte\n\nPMID- 2\nTI  - B\nOAB - Texte\n\n"
        "PMID- 3\nTI  - C\nOAB - Publisher: Abstract available from the publisher.\n"
    )
    assert [record.abstract for record in parsed.records] == ["Text", "Texte", ""]


def test_publication_types_are_kept_where_they_tell_something():
    parsed = nbib(
        "PMID- 1\nTI  - A\nPT  - Journal Article\nPT  - Randomized Controlled Trial\n"
        "PT  - Research Support, N.I.H., Extramural\n"
    )
    assert parsed.records[0].kind == "Randomized Controlled Trial"
