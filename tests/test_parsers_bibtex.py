"""BibTeX: LaTeX, macros, and entries that are broken."""

import pytest

from review.parsers import parse
from review.parsers.latex import plain


def bib(text):
    return parse(text.encode(), "x.bib", "bibtex")


def titles(parsed):
    return [record.title for record in parsed.records]


@pytest.mark.parametrize(
    "latex, text",
    [
        (r"Caf\'e, caf{\'e}, caf\'{e}, {\'{e}}", "Café, café, café, é"),
        (r"M{\"u}ller na\"{\i}ve \c{c}a \v{s} \H{o}", "Müller naïve ça š ő"),
        (r"Stra{\ss}e {\O}re \L{}ód\'z \AA ngstr\"om", "Straße Øre Łódź Ångström"),
        (r"50 \% of \$5 \& a\_b \#1", "50 % of $5 & a_b #1"),
        (r"\emph{In vitro} {\bf and} \textit{in vivo}", "In vitro and in vivo"),
        (r"mm$^2$, H$_2$O, 10$^{-5}$, $\alpha$ and $p<0.05$", "mm², H₂O, 10⁻⁵, α and p<0.05"),
        ("costs $5 here and $6 there", "costs $5 here and $6 there"),
        ("pages 3--4 --- ``quoted'' a~b", "pages 3–4 — “quoted” a b"),
        (r"set \{a, b\} kept", "set {a, b} kept"),
        (r"{\textless}0.05, a {\textgreater} b, \textbeta, \pounds 5", "<0.05, a > b, β, £5"),
        (r"100% sure {A}cronym", "100% sure Acronym"),
    ],
)
def test_latex_reads_as_it_prints(latex, text):
    assert " ".join(plain(latex).split()) == text


def test_a_broken_entry_takes_no_other_with_it():
    parsed = bib(
        "@article{a, title={First}, year=2001}\n"
        "@article{b,\n  title = {Second,\n  year = 2002\n"
        "@article{c,\n  title = {Third}\n  year = {2003},\n}\n"
        "@article{d, title={Fourth}}\n"
        "@article{e,\n title={Fifth"
    )
    assert titles(parsed) == ["First", "Second", "Third", "Fourth", "Fifth"]
    assert parsed.records[2].year == 2003
    assert [problem.line for problem in parsed.problems] == [2, 5, 10]
    assert all("do not match" in problem.message for problem in parsed.problems)


def test_comments_strings_and_commented_entries_are_no_records():
    parsed = bib(
        '@comment{jabref-meta: x}\n@string{j = {A Journal}}\n@preamble{"x"}\n'
        "%@article{old, title={Gone}}\nSome note @ home\n@article{k, title={A}, journal=j}\n"
    )
    assert titles(parsed) == ["A"]
    assert parsed.records[0].journal == "A Journal"
    assert parsed.records[0].line == 6


def test_a_type_that_begins_like_comment_is_a_record():
    assert titles(bib("@commentary{k, title={A}}")) == ["A"]


def test_repeated_and_missing_keys_hide_nothing():
    parsed = bib("@article{k, title={A}}\n@article{k, title={B}}\n@article{, title={C}}\n")
    assert titles(parsed) == ["A", "B", "C"]


def test_several_entries_on_one_line():
    parsed = bib("@a{k, title={A}} @a{l, title={B}}, @a{m, title={C}}\n@a(n, title={D})")
    assert titles(parsed) == ["A", "B", "C", "D"]
    assert [record.line for record in parsed.records] == [1, 1, 1, 2]


def test_strings_are_joined():
    parsed = bib('@string{a = "J. of "}\n@article{k, title={A}, journal = a # {Pain} # " B"}')
    assert parsed.records[0].journal == "J. of Pain B"


def test_strings_that_double_without_end_are_not_followed():
    doubling = "".join(f"@string{{a{n} = a{n - 1} # a{n - 1}}}\n" for n in range(1, 60))
    parsed = bib('@string{a0 = "x"}\n' + doubling + "@article{k, title=a59}")
    assert titles(parsed) == ["a59"]
    assert "too long" in parsed.problems[0].message


def test_names_are_turned_surname_first_and_organisations_left_whole():
    parsed = bib(
        "@article{k, title={A}, author={Jan van den Berg and Smith, John and "
        '{World Health Organization} AND M{\\"u}ller, A. and others}}'
    )
    assert parsed.records[0].authors == (
        "van den Berg, Jan",
        "Smith, John",
        "World Health Organization",
        "Müller, A.",
    )


def test_a_paper_takes_what_it_lacks_from_its_crossref():
    parsed = bib(
        "@inproceedings{p, title={Paper}, author={A, B}, crossref={c}}\n"
        "@proceedings{c, title={The Conference}, year=2006, doi={10.1/x}}"
    )
    paper = parsed.records[0]
    assert (paper.title, paper.journal, paper.year, paper.doi) == (
        "Paper",
        "The Conference",
        2006,
        "",
    )


def test_a_field_given_twice_is_told_but_keywords_add_up():
    parsed = bib("@article{k, title={A}, title={B}, keywords={x}, keywords={y, z}}")
    assert titles(parsed) == ["A"]
    assert "title is given more than once" in parsed.problems[0].message
    assert parsed.records[0].keywords == ("x", "y, z")


def test_a_pmid_in_a_note_is_found():
    assert bib("@article{k, title={A}, note={{PMID:} 23439512}}").records[0].pmid == "23439512"


def test_wrapped_lines_are_one_paragraph():
    parsed = bib("@article{k, title={A\n   B}, abstract={One\n  line.\n\nNew paragraph.}}")
    assert parsed.records[0].title == "A B"
    assert parsed.records[0].abstract == "One line.\nNew paragraph."
