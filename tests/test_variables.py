"""Variables derived from fields: what they come to, in words, and when they have no value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction import schema, variables

RELIEF = {"key": "level", "label": "Level", "kind": "bands", "level": "study", "field": "relief",
          "bands": [{"from": "70", "label": "good"}, {"from": "40", "label": "fair"},
                    {"from": "", "label": "poor"}], "to": "100"}  # fmt: skip
RESPONDER = {"key": "responder", "label": "Response", "kind": "threshold", "level": "study",
             "field": "relief", "op": ">", "than": "40", "yes": "Responder",
             "no": "Other"}  # fmt: skip
GROUP = {"key": "group", "label": "Group", "kind": "recode", "level": "study", "field": "cause",
         "map": [{"from": ["stroke", "ms"], "to": "Central"},
                 {"from": ["trauma"], "to": "Peripheral"}]}  # fmt: skip
FALL = {"key": "fall", "label": "Fall", "kind": "difference", "level": "study",
        "of": ["before", "after"]}  # fmt: skip
SHARE = {"key": "share", "label": "Relief", "kind": "percent_of", "level": "study",
         "of": ["fall", "before"]}  # fmt: skip


def number(text):
    return {"number": text}


VALUES = [
    (RELIEF, {"relief": number("70")}, "good"),
    (RELIEF, {"relief": number("69.99")}, "fair"),
    (RELIEF, {"relief": number("40")}, "fair"),
    (RELIEF, {"relief": number("-12")}, "poor"),
    (RELIEF, {"relief": number("100")}, "good"),
    (RESPONDER, {"relief": number("40")}, "Other"),
    (RESPONDER, {"relief": number("40.1")}, "Responder"),
    (RESPONDER, {"relief": {"mean": "57.1", "sd": None}}, "Responder"),
    (GROUP, {"cause": {"code": "ms"}}, "Central"),
    (GROUP, {"cause": {"text": " Trauma "}}, "Peripheral"),
    (GROUP, {"cause": {"codes": ["ms", "stroke"]}}, "Central"),
    (GROUP | {"otherwise": "Other"}, {"cause": {"code": "cancer"}}, "Other"),
    (FALL, {"before": number("8.2"), "after": number("3.15")}, "5.05"),
    (FALL, {"before": {"date": "2018-03-01"}, "after": {"date": "2018-02-01"}}, "28"),
    (FALL, {"before": number("2"), "after": number("3")}, "−1"),
    (SHARE, {"fall": number("2"), "before": number("3")}, "66.67"),
    (SHARE, {"fall": number("0"), "before": number("3")}, "0"),
]


@pytest.mark.parametrize(("definition", "values", "shown"), VALUES, ids=lambda x: str(x)[:30])
def test_a_variable_comes_to(definition, values, shown):
    value, reason = variables.evaluate(definition, values)
    assert (variables.show(definition, value), reason) == (shown, "")


UNDEFINED = [
    (RELIEF, {}, "“Pain relief” has no value"),
    (RELIEF, {"relief": None}, "“Pain relief” has no value"),
    (RELIEF, {"relief": number("101")}, "above 100"),
    (RELIEF | {"bands": RELIEF["bands"][:2]}, {"relief": number("3")}, "below the lowest"),
    (GROUP, {"cause": {"code": "cancer"}}, "“cancer” is not in the table"),
    (GROUP, {"cause": {"codes": ["ms", "trauma"]}}, "several groups: Central, Peripheral"),
    (FALL, {"before": number("2")}, "“after” has no value"),
    (SHARE, {"fall": number("1"), "before": number("0.0")}, "is 0"),
    (RESPONDER, {"relief": {"text": "much"}}, "is not a number"),
]


@pytest.mark.parametrize(("definition", "values", "words"), UNDEFINED, ids=lambda x: str(x)[:30])
def test_a_variable_without_a_value_says_why(definition, values, words):
    value, reason = variables.evaluate(definition, values, {"relief": "Pain relief"})
    assert value is None
    assert words in reason


def test_a_long_quotient_keeps_its_digits_for_what_is_made_from_it():
    value, _ = variables.evaluate(SHARE, {"fall": number("2"), "before": number("3")})
    assert value["number"].startswith("66.66666666666666666")
    tiny, _ = variables.evaluate(SHARE, {"fall": number("1"), "before": number("9" * 40)})
    assert variables.show(SHARE, tiny) != "0", "a small number is not shown as nothing"


@given(st.decimals(-(10**30), 10**30, allow_nan=False))
def test_bands_neither_overlap_nor_leave_a_gap(relief):
    everywhere = {name: part for name, part in RELIEF.items() if name != "to"}
    value, _ = variables.evaluate(everywhere, {"relief": number(f"{relief:f}")})
    expected = "good" if relief >= 70 else "fair" if relief >= 40 else "poor"
    assert value == {"text": expected}


ASKED = {
    "relief": {"key": "relief", "label": "Pain relief", "kind": "percent", "level": "study"},
    "cause": {"key": "cause", "label": "Cause", "kind": "choice", "level": "study", "options": [
        {"code": "stroke", "label": "Stroke"}, {"code": "ms", "label": "Sclerosis"},
        {"code": "trauma", "label": "Trauma"}]},
    "before": {"key": "before", "label": "Before", "kind": "decimal", "level": "study"},
    "after": {"key": "after", "label": "After", "kind": "decimal", "level": "study"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (RELIEF, "Pain relief: good from 70 to 100; fair from 40 to below 70; poor below 40"),
        (RESPONDER, "Responder when Pain relief is more than 40, otherwise Other"),
        (GROUP, "Cause: Stroke, Sclerosis → Central; Trauma → Peripheral"),
        (FALL, "Before − After"),
        (SHARE, "100 × Fall / Before"),
    ],
    ids=lambda x: str(x)[:20],
)
def test_the_formula_is_said_in_words(definition, words):
    assert variables.formula(definition, ASKED | {"fall": FALL}) == words


def form(*derived, **fields):
    asked = {name: ASKED[name] | {"level": level} for name, level in fields.items()}
    return {"sections": [{"title": "S", "fields": list(asked.values())}], "derived": list(derived)}


def test_a_variable_may_be_made_from_one_before_it():
    level = RELIEF | {"field": "share"}
    made = form(FALL, SHARE, level, before="study", after="study")
    assert variables.problems(made) == []
    cells = {"before||": ("value", number("8")), "after||": ("value", number("2"))}
    found = variables.of_cells(made, cells)
    assert found["share||"][1] == number("75")
    assert found["level||"][1] == {"text": "good"}
    assert (
        "does not have" in variables.problems(form(SHARE, FALL, before="study", after="study"))[0]
    )


def test_values_are_found_beside_the_place_and_missing_is_told():
    by_arm = {"level": "arm"}
    made = form(FALL | by_arm, before="arm", after="study")
    assert variables.problems(made) == []
    cells = {"before|1|": ("value", number("8")), "after||": ("value", number("2")),
             "before|2|": ("not_reported", {})}  # fmt: skip
    found = variables.of_cells(made, cells, arms=[1, 2])
    assert found["fall|1|"][1] == number("6")
    assert found["fall|2|"][1:] == (None, "“Before” has no value.")


def test_a_field_that_is_not_shown_gives_no_value():
    made = form(RESPONDER, relief="study", cause="study")
    asked = schema.fields(made)
    asked["relief"]["shown_when"] = {"field": "cause", "is": ["ms"]}
    cells = {"relief||": ("value", number("80")), "cause||": ("value", {"code": "stroke"})}
    assert variables.of_cells(made, cells)["responder||"][1] is None
    cells["cause||"] = ("value", {"code": "ms"})
    assert variables.of_cells(made, cells)["responder||"][1] == {"text": "Responder"}


def test_a_variable_takes_the_level_of_its_finest_source():
    asked = {"before": ASKED["before"] | {"level": "outcome", "by_arm": True},
             "after": ASKED["after"]}  # fmt: skip
    placed = variables.placed(FALL, asked)
    assert (placed["level"], placed["by_arm"]) == ("outcome", True)


WRONG = [
    (RELIEF | {"bands": []}, "two bands"),
    (RELIEF | {"bands": [{"from": "1", "label": "a"}, {"from": "1.0", "label": "b"}]}, "same"),
    (RELIEF | {"to": "50"}, "above the end"),
    (RELIEF | {"bands": [{"from": "x", "label": "a"}, {"from": "", "label": "b"}]}, "plain num"),
    (RESPONDER | {"than": ""}, "plain number"),
    (RESPONDER | {"no": "Responder"}, "differently"),
    (RESPONDER | {"field": "cause"}, "“Cause” is not a whole number"),
    (RESPONDER | {"key": "relief"}, "is taken"),
    (GROUP | {"map": [{"from": ["ms"], "to": "A"}, {"from": ["MS"], "to": "B"}]}, "twice"),
    (GROUP | {"field": "nothing"}, "does not have"),
    (FALL | {"of": ["before", "before"]}, "twice"),
    (FALL | {"of": ["before"]}, "made from"),
    (FALL | {"kind": "sum"}, "how it is derived"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "words"), WRONG, ids=lambda x: str(x)[:30])
def test_a_faulty_variable_is_named(definition, words):
    made = form(definition, relief="study", cause="study", before="study", after="study")
    found = variables.problems(made)
    assert any(words in problem for problem in found), found


def test_sources_of_arms_and_results_do_not_meet():
    made = form(FALL | {"level": "arm"}, before="arm", after="result")
    assert "same places" in variables.problems(made)[0]


def cell(pk, field, number=None, arm=None):
    value = {"number": number} if number else {}
    state = "value" if number else "not_reported"
    return {"id": pk, "field": field, "arm": arm, "outcome": None, "state": state, "value": value}


def test_a_snapshot_keeps_variables_as_cells_with_the_cells_they_came_from():
    made = form(FALL, SHARE, RELIEF | {"field": "share"}, before="study", after="study")
    cells = [cell(7, "before", "8"), cell(9, "after", "2")]
    told = {one["field"]: one for one in variables.content(made, cells, {})}
    assert told["level"]["value"] == {"text": "good", "code": "good", "printed": "good"}
    assert told["level"]["from"] == [7, 9, 7]
    assert told["share"]["value"] == {"number": "75", "printed": "75"}
    assert {one["origin"] for one in told.values()} == {"computed"}
    silent = variables.content(made, [cell(7, "before", "8"), cell(9, "after")], {})
    assert [(one["state"], one["value"]) for one in silent] == [("empty", {})] * 3
    assert silent[0]["note"] == "“After” has no value."


def test_a_variable_is_a_field_to_whatever_reads_a_snapshot():
    made = form(FALL, GROUP, before="study", after="study", cause="study")
    asked = variables.asked(made)
    assert (asked["fall"]["kind"], asked["fall"]["help"]) == ("decimal", "Computed: Before − After")
    assert [option["code"] for option in asked["group"]["options"]] == ["Central", "Peripheral"]
    assert schema.show(asked["group"], {"text": "Central", "code": "Central"}) == "Central"
