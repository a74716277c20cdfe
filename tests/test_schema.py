"""What a field accepts, how it shows it, and when two answers are the same."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction import schema
from extraction.schema import BadValue


def field(kind, **more):
    base = {"key": "x", "label": "Age", "kind": kind, "level": "study"}
    if kind in schema.CHOICES:
        base["options"] = [
            {"code": "1", "label": "RCT"},
            {"code": "2", "label": "Case report"},
            {"code": "3", "label": "Cohort, prospective"},
        ]
    return base | more


READ = [
    ("text", "  Two\r\nlines ", {"text": "Two\nlines"}),
    ("integer", "12", {"number": "12"}),
    ("integer", "1,234", {"number": "1234"}),
    ("integer", "−3*", {"number": "-3"}),
    ("decimal", "12.30", {"number": "12.30"}),
    ("decimal", "12,3", {"number": "12.3"}),
    ("decimal", "−0,50†", {"number": "-0.50"}),
    ("decimal", ".5", {"number": "0.5"}),
    ("decimal", "1.234,5", {"number": "1234.5"}),
    ("decimal", "1\u2009234.5", {"number": "1234.5"}),
    ("mean_sd", "57.1 ± 13.8", {"mean": "57.1", "sd": "13.8"}),
    ("mean_sd", "57.1 (13.8)", {"mean": "57.1", "sd": "13.8"}),
    ("mean_sd", "57,1 +/- 13,8", {"mean": "57.1", "sd": "13.8"}),
    ("mean_sd", "57.1, SD 13.8", {"mean": "57.1", "sd": "13.8"}),
    ("mean_sd", "mean −57.1 (SD = 13.8)", {"mean": "-57.1", "sd": "13.8"}),
    ("mean_sd", "100 ± 0.0*", {"mean": "100", "sd": "0.0"}),
    ("mean_sd", "54.0", {"mean": "54.0", "sd": None}),
    ("choice", "case REPORT", {"code": "2"}),
    ("choice", "2", {"code": "2"}),
    ("multichoice", "3; 1", {"codes": ["1", "3"]}),
    ("multichoice", "Cohort, prospective", {"codes": ["3"]}),
    ("multichoice", "2,1,2", {"codes": ["1", "2"]}),
    ("multichoice", ["3"], {"codes": ["3"]}),
    ("date", "1 October 2018", {"date": "2018-10-01"}),
    ("date", "25/12/2018", {"date": "2018-12-25"}),
    ("date", "1.10.2018", {"date": "2018-10-01"}),
]


@pytest.mark.parametrize(("kind", "typed", "value"), READ, ids=lambda x: str(x)[:20])
def test_reads_what_papers_print(kind, typed, value):
    got = schema.read(field(kind), typed)
    assert {name: got[name] for name in value} == value
    assert set(got) == {*value, "printed"}


def test_keeps_the_text_as_it_was_typed():
    assert schema.read(field("mean_sd"), " 31,0* ")["printed"] == "31,0*"
    assert schema.read(field("multichoice"), ["3", "1"])["printed"] == "3; 1"


def test_the_unit_of_the_field_may_stand_behind_the_number():
    assert schema.read(field("decimal", unit="%"), "50.0%")["number"] == "50.0"
    assert schema.read(field("mean_sd", unit="%"), "57.1% ± 13.8%")["sd"] == "13.8"
    with pytest.raises(BadValue):
        schema.read(field("decimal", unit="mm"), "50.0%")


REFUSED = [
    ("integer", "12.5", "whole number"),
    ("decimal", "1,234", "two ways"),
    ("decimal", "<0.001", "not a number"),
    ("decimal", "1e5", "not a number"),
    ("decimal", "12 3", "not one number"),
    ("decimal", "9" * 50, "too many digits"),
    ("decimal", "٣", "not a number"),
    ("mean_sd", "57.1 (SE 3)", "57.1 ± 13.8"),
    ("mean_sd", "57.1 (13.8–60)", "57.1 ± 13.8"),
    ("mean_sd", "57.1 ± −1", "negative SD"),
    ("choice", "trial", "RCT"),
    ("choice", ["1", "2"], "one answer"),
    ("multichoice", "1;9", "“9”"),
    ("date", "01/10/2018", "two ways"),
    ("date", "31 Feb 2018", "calendar"),
    ("text", "a\x00b", "cannot be kept"),
    ("text", "x" * 20_001, "20,000"),
    ("text", "   ", "nothing was typed"),
]


@pytest.mark.parametrize(("kind", "typed", "words"), REFUSED, ids=lambda x: str(x)[:20])
def test_refuses_in_words_that_name_the_field(kind, typed, words):
    with pytest.raises(BadValue) as refusal:
        schema.read(field(kind), typed)
    assert str(refusal.value).startswith("Age: ")
    assert words in str(refusal.value)


def test_hard_limits_and_decimals_refuse_soft_limits_do_not():
    limited = field("decimal", min="0", max="100", soft_max="10", decimals=1, unit="%")
    assert schema.read(limited, "10.2")["number"] == "10.2"
    for typed, words in (("100.1", "above 100 %"), ("−1", "below 0 %"), ("1.25", "1 decimals")):
        with pytest.raises(BadValue, match=words):
            schema.read(limited, typed)
    with pytest.raises(BadValue, match="above"):
        schema.read(field("mean_sd", max="10"), "10.2 ± 1")


@pytest.mark.parametrize(("kind", "typed", "value"), READ, ids=lambda x: str(x)[:20])
def test_what_is_shown_reads_back_as_the_same(kind, typed, value):
    asked = field(kind)
    first = schema.read(asked, typed)
    assert schema.same(asked, first, schema.read(asked, schema.show(asked, first)))
    assert schema.same(asked, first, schema.read(asked, first)), "a stored value reads itself"


def test_shows_a_true_minus_and_labels():
    assert schema.show(field("mean_sd"), {"mean": "-3.2", "sd": "1"}) == "−3.2 ± 1"
    assert schema.show(field("multichoice"), {"codes": ["1", "2"]}) == "RCT; Case report"
    assert schema.show(field("date"), {"date": "2018-10-01"}) == "1 Oct 2018"


def test_sameness_is_typed():
    number, codes, text = field("decimal"), field("multichoice"), field("text")
    assert schema.same(number, {"number": "12.30"}, {"number": "12.3"})
    assert not schema.same(number, {"number": "12.3"}, {"number": "-12.3"})
    assert schema.same(codes, {"codes": ["1", "2"]}, {"codes": ["2", "1"]})
    assert schema.same(text, {"text": "two  words"}, {"text": "two words"})
    assert not schema.same(text, {"text": "mW"}, {"text": "MW"})
    spread = field("mean_sd")
    assert not schema.same(spread, {"mean": "0", "sd": None}, {"mean": "0", "sd": "0"})


def test_missing_is_never_zero():
    zero = schema.identity(field("integer"), "value", {"number": "0"})
    silent = {
        schema.identity(field("integer"), s, {}) for s in ("not_reported", "unclear", "empty")
    }
    assert len(silent | {zero}) == 4


@given(st.decimals(-(10**20), 10**20, places=3), st.integers(0, 3))
def test_no_false_agreement_between_numbers(number, zeros):
    asked = field("decimal")
    text = f"{number:f}"
    value = schema.read(asked, f"{text}{'0' * zeros}")
    other = schema.read(asked, f"{number + Decimal('0.001'):f}")
    assert schema.same(asked, value, schema.read(asked, text))
    assert not schema.same(asked, value, other)


def test_places_of_each_level():
    assert schema.places(field("text"), ["a", "b"], ["o"]) == [(None, None)]
    assert schema.places(field("text", level="arm"), ["a", "b"], ["o"]) == [
        ("a", None),
        ("b", None),
    ]
    by_arm = field("text", level="outcome", by_arm=True)
    assert schema.places(by_arm, ["a", "b"], ["o"]) == [("a", "o"), ("b", "o")]
    assert schema.places(by_arm, ["a"], []) == []


def test_a_sound_schema_has_no_problems():
    sections = [{"title": "Study", "fields": [field("choice"), field("text", key="y", label="Z")]}]
    assert schema.validate_schema({"sections": sections}) == []


WRONG = [
    (field("text", key="Two words"), "key"),
    (field("text", label=""), "no label"),
    (field("number"), "kind"),
    (field("text", level="site"), "asked once"),
    (field("text", by_arm=True), "outcome"),
    (field("choice", options=[]), "two answers"),
    (field("choice", options=[{"code": "1", "label": "A"}] * 2), "same code"),
    (field("text", min="1"), "only a number"),
    (field("decimal", min="5", max="5"), "smaller"),
    (field("decimal", soft_min="x"), "plain numbers"),
    (field("decimal", decimals=11), "0 and 10"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG, ids=lambda x: str(x)[:30])
def test_a_faulty_field_is_named(wrong, words):
    problems = schema.validate_schema({"sections": [{"title": "S", "fields": [wrong]}]})
    assert any(words in problem for problem in problems), problems


def test_an_empty_form_and_twins_are_problems():
    assert "asks nothing" in schema.validate_schema({})[0]
    twins = {"sections": [{"title": "", "fields": [field("text"), field("text")]}]}
    problems = " ".join(schema.validate_schema(twins))
    assert "“x”" in problems and "“Age”" in problems and "no title" in problems
