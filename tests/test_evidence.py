"""Anchors, the check of a number against its quote, and formulas in a cell."""

from decimal import Decimal

import pytest

from extraction import schema
from extraction.evidence import anchors, quotes
from extraction.printed import Unreadable
from extraction.schema import formulas

N = {"key": "n", "label": "Patients", "kind": "integer", "level": "study"}
AGE = {"key": "age", "label": "Age", "kind": "mean_sd", "level": "study"}
SHARE = {"key": "share", "label": "Women", "kind": "percent", "level": "study"}
RATE = {"key": "rate", "label": "Rate", "kind": "decimal", "level": "study"}
BOX = [0.1, 0.2, 0.5, 0.25]


def said(field, typed, quote):
    return quotes.doubt(field, schema.read(field, typed), quote)


@pytest.mark.parametrize(
    ("field", "typed", "quote"),
    [
        (N, "14", "14 patients"),
        (N, "14", "Of the 14a patients"),
        (N, "14", "14† (8 women)"),
        (N, "14", "14², of whom 8 were women"),
        (N, "14", "Fourteen patients were operated on."),
        (N, "24", "Twenty-four of them"),
        (N, "112", "one hundred and twelve women"),
        (N, "0", "No patient died; none relapsed"),
        (N, "1234", "a total of 1,234 people"),
        (N, "1234", "1 234 people"),  # a narrow no-break space
        (N, "12345", "12 345 people"),
        (N, "12345", "12'345 people"),
        (N, "12", "between 10–12 people"),
        (N, "3", "0,3,12 and 4"),
        (RATE, "-2.3", "changed by −2.3 points"),
        (RATE, "-2.3", "(– 2.3)"),
        (RATE, "2.3", "range 1.1-2.3"),
        (RATE, "57.1", "57,1 years"),
        (RATE, "57.1", "57·1 years"),
        (RATE, "1234.5", "1.234,5 units"),
        (RATE, "0.45", "45 % of them"),
        (RATE, "0.0012", "1.2 × 10⁻³"),
        (RATE, ".05", "p = .05"),
        (RATE, "-0.5", "95 % CI −2.3–−0.5"),
        (RATE, "2.30", "2.3"),
        (SHARE, "45", "a share of 0.45"),
        (AGE, "57.1 ± 13.8", "57.1 (13.8)"),
        (RATE, "=12/45", "12 of 45"),
        (RATE, "=12/45*100", "12 of 45"),
    ],
)
def test_a_number_in_its_quote(field, typed, quote):
    assert said(field, typed, quote) is None


@pytest.mark.parametrize(
    ("field", "typed", "quote", "words"),
    [
        (N, "41", "14 patients", "41 is not in the quote."),
        (N, "4", "14 patients", "4 is not in the quote."),
        (N, "345", "1,345 people", "345 is not in the quote."),
        (N, "20", "twenty-four people", "20 is not in the quote."),
        (RATE, "57", "57.1 years", "57 is not in the quote."),
        (RATE, "2.3", "fell by −2.3", "2.3 stands in the quote with the other sign."),
        (RATE, "-2.3", "fell by 2.3", "−2.3 stands in the quote with the other sign."),
        (AGE, "57.1 ± 13.8", "57.1 (18.3)", "13.8 is not in the quote."),
        (AGE, "51.7 ± 13.8", "57.1 (18.3)", "51.7 and 13.8 are not in the quote."),
        (RATE, "=12/54", "12 of 45", "54 is not in the quote."),
        (N, "14", "The patients", "14 is not in the quote."),
    ],
)
def test_a_number_that_its_quote_does_not_say(field, typed, quote, words):
    assert said(field, typed, quote) == words


def test_numbers_as_printed_are_what_counts():
    value = {"mean": "5", "sd": "4.47", "as": "se", "parts": {"mean": "5", "se": "1.0"}}
    assert quotes.doubt(AGE, value, "5 (SE 1.0)") is None
    assert quotes.doubt(AGE, value, "5 (SE 1.1)") == "1.0 is not in the quote."


def test_text_and_an_empty_quote_say_nothing():
    text = {"key": "t", "label": "T", "kind": "text", "level": "study"}
    assert said(text, "14 people", "nothing of it") is None
    assert said(N, "14", " ") is None


def test_an_anchor_is_kept_rounded():
    given = '{"page": 3, "boxes": [[0.100004, 0.2, 0.5, 0.25]], "quote": " Fourteen\\n patients "}'
    held = anchors.read(given)
    assert held == {"page": 3, "boxes": [BOX], "quote": "Fourteen patients"}
    assert anchors.read(held) == held
    assert anchors.fragment(9, held) == "#page=3&boxes=0.1,0.2,0.5,0.25"
    assert anchors.fragment(9, {}) == "#page=9"
    assert anchors.fragment(9, {}, "7 of 14 & more") == "#page=9&quote=7%20of%2014%20%26%20more"
    assert anchors.fragment(None, {}) == ""
    assert anchors.read("") == anchors.read("{}") == {}


@pytest.mark.parametrize(
    "given",
    [
        "nonsense", "[1]", '{"page": 1}', {"page": 0, "boxes": [BOX], "quote": "a"},
        {"page": True, "boxes": [BOX], "quote": "a"}, {"page": 1, "boxes": [], "quote": "a"},
        {"page": 1, "boxes": [[0, 0, 1]], "quote": "a"}, {"page": 1, "boxes": [BOX], "quote": " "},
        {"page": 1, "boxes": [[0.5, 0, 0.4, 1]], "quote": "a"},
        {"page": 1, "boxes": [[0, 0, 2, 1]], "quote": "a"},
        {"page": 1, "boxes": [[0, 0, float("nan"), 1]], "quote": "a"},
        {"page": 1, "boxes": [BOX] * 401, "quote": "a"}, "[" * 100_000,
        {"page": 1, "boxes": [BOX], "quote": "a" * 10_001},
    ],
)  # fmt: skip
def test_what_marks_no_passage_is_refused(given):
    with pytest.raises(anchors.BadAnchor):
        anchors.read(given)


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("=12/45", "0.2666666667"),
        ("=(1+2)*3-4/2", "7"),
        ("=−2.5+1", "-1.5"),
        ("=2^3^2", "512"),
        ("=-2^2", "-4"),
        ("=45%", "0.45"),
        ("=0.1+0.2", "0.3"),
        ("=sqrt(2)", "1.414213562"),
        ("=ci(1.2, 3.4, 95)", "0.5612348026"),
        ("=ci(1.2; 3.4; 0.95)", "0.5612348026"),
        ("=sd(0.5, 16)", "2"),
        ("=se(2, 16)", "0.5"),
        ("=iqr(10, 23.5)", "10"),
        ("=mean(1, 2, 6)", "3"),
        ("=round(2.345, 2)", "2.35"),
        ("=ln(exp(3))", "3"),
        ("=5-5", "0"),
    ],
)
def test_a_formula(formula, result):
    assert formulas.resolved(formula) == result


@pytest.mark.parametrize(
    "formula",
    [
        "=1/0", "=", "=1+", "=(1", "=1)", "=foo(1)", "=sqrt", "=sqrt(-1)", "=ci(1,2)", "=9^9^9",
        "=__import__('os')", "=1.2.3", "=1e5", "=ci(1,2,0)", "=" + "(" * 30 + "1" + ")" * 30,
        "=" + "1+" * 150 + "1", "=0^0", "=ln(0)", "=round(1, 0.5)", "=1,5/2",
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_worked_out(formula):
    with pytest.raises(Unreadable):
        formulas.resolved(formula)


def test_formula_and_result_are_both_kept():
    value = schema.read(RATE, "=12/45")
    assert value == {"number": "0.2666666667", "printed": "=12/45", "formula": "=12/45"}
    assert schema.read(RATE, value) == value
    assert schema.read(RATE | {"decimals": "2"}, "=12/45")["number"] == "0.27"
    both = schema.read(AGE, "57.1 ± =sd(1.5, 16)")
    assert (both["mean"], both["sd"]) == ("57.1", "6")
    assert Decimal(schema.read(AGE, "=50+7 ± 3*2")["sd"]) == 6
    with pytest.raises(schema.BadValue, match="not a whole number"):
        schema.read(N, "=12/45")


def test_a_text_that_begins_with_an_equals_sign_stays_text():
    text = {"key": "t", "label": "T", "kind": "text", "level": "study"}
    assert schema.read(text, "=12/45") == {"text": "=12/45", "printed": "=12/45"}
