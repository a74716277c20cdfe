"""The rules that warn: each on cases worked out by hand, then on the model review's tables."""

import csv

import pytest

from extraction import checks, schema


def field(key, kind="integer", level="study", **more):
    if kind == "choice":
        more["options"] = [{"code": "+", "label": "Yes"}, {"code": "-", "label": "No"}]
    return {"key": key, "label": key.title(), "kind": kind, "level": level} | more


def form(*fields, rules=()):
    return {"sections": [{"title": "S", "fields": list(fields)}], "checks": list(rules)}


def findings(form, **typed):
    asked = schema.fields(form)
    readings = {
        schema.path(key): ("value", schema.read(asked[key], text)) for key, text in typed.items()
    }
    return checks.run(form, readings)


SUM = {"rule": "sum", "of": ["male", "female"], "equals": "n"}
WHOLE = {"rule": "whole_patients", "percent": "pct", "n": "n"}
SPREAD = {"rule": "sd_possible", "field": "relief", "min": 0, "max": 100, "n": "n"}
PARTS = form(field("male"), field("female"), field("n"), rules=[SUM])
PERCENT = form(field("pct", "decimal"), field("n"), rules=[WHOLE])
RELIEF = form(field("relief", "mean_sd"), field("n"), rules=[SPREAD])


def test_parts_must_add_up():
    (found,) = findings(PARTS, male="5", female="2", n="8")
    assert (found.path, found.rule) == ("n||", "sum")
    assert found.text == "5 + 2 = 7, but 8 is given as their sum."
    assert not findings(PARTS, male="5", female="2", n="7")
    assert not findings(PARTS, male="5", n="8"), "nothing is said while a part is missing"


# 83.3 % is 5 of 6; no whole number of 7 gives it: 5/7 = 71.4 %, 6/7 = 85.7 %.
def test_percentages_are_of_whole_patients():
    (found,) = findings(PERCENT, pct="83.3", n="7")
    assert "5 would be 71.4 % and 6 would be 85.7 %" in found.text
    assert "fits 5 of 6" in found.text
    assert "GRIM" in found.reference


@pytest.mark.parametrize(
    ("pct", "n"),
    [("28.6", "7"), ("100", "9"), ("0.0", "10"), ("12.5", "8"), ("66.67", "3"), ("33", "3")],
)
def test_a_possible_percentage_is_not_doubted(pct, n):
    assert not findings(PERCENT, pct=pct, n=n)


# n values in [a, b] with mean m: s² ≤ (m - a)(b - m) n / (n - 1). For 2 values of 0 to 100 with
# mean 50 the SD is 70.71 when they are 0 and 100, and cannot be larger.
def test_an_sd_must_be_possible_on_its_scale():
    assert not findings(RELIEF, relief="50 ± 71", n="2"), "71 may be 70.7"
    (found,) = findings(RELIEF, relief="50 ± 70.8", n="2")
    assert found.rule == "sd_possible" and "70.71 at most" in found.text
    assert not findings(RELIEF, relief="63.7 ± 45.6", n="3"), "11, 90, 90 give it"
    assert findings(RELIEF, relief="90 ± 45.6", n="6")
    assert "1 patient" in findings(RELIEF, relief="30 ± 5", n="1")[0].text


def test_means_without_spread():
    rules = [{"rule": rule, "field": "relief"} for rule in ("mean_without_sd", "zero_sd")]
    asked = form(field("relief", "mean_sd"), rules=rules)
    assert [f.rule for f in findings(asked, relief="55.0*")] == ["mean_without_sd"]
    assert [f.rule for f in findings(asked, relief="100 ± 0.0*")] == ["zero_sd"]
    assert not findings(asked, relief="55 ± 0.1")


def test_a_part_is_not_more_than_the_whole():
    rule = {"rule": "at_most", "field": "events", "limit": "n"}
    asked = form(field("events"), field("n"), rules=[rule])
    assert findings(asked, events="12", n="10")[0].path == "events||"
    assert not findings(asked, events="10", n="10")


def test_a_score_is_the_number_of_its_marks():
    rule = {"rule": "score_equals_marks", "marks": ["a", "b"], "code": "+", "score": "score"}
    asked = form(field("a", "choice"), field("b", "choice"), field("score"), rules=[rule])
    assert "1 of its items" in findings(asked, a="+", b="-", score="2")[0].text
    assert not findings(asked, a="+", b="-", score="1")


def test_soft_limits_warn_at_the_limit_passed():
    asked = form(field("vas", "mean_sd", soft_min="0", soft_max="10"), field("y", soft_min="1"))
    assert findings(asked, vas="10.2 ± 1")[0].text == "10.2 lies outside the scale 0 to 10."
    assert findings(asked, y="0")[0].text == "0 lies outside the scale from 1."
    assert not findings(asked, vas="10 ± 1", y="1")


def test_a_rule_speaks_at_each_place_with_the_values_beside_it():
    asked = form(
        field("n", level="arm"),
        field("events", level="outcome", by_arm=True),
        rules=[{"rule": "at_most", "field": "events", "limit": "n"}],
    )
    number = lambda text: ("value", {"number": text})  # noqa: E731
    readings = {
        "n|1|": number("10"), "n|2|": number("20"),
        "events|1|7": number("12"), "events|2|7": number("12"), "events|2|8": number("21"),
    }  # fmt: skip
    found = checks.run(asked, readings, arms=[1, 2], outcomes=[7, 8])
    assert [f.path for f in found] == ["events|1|7", "events|2|8"]


WRONG = [
    ({"rule": "magic"}, "magic"),
    ({"rule": "sum", "of": ["male", "gone"], "equals": "n"}, "does not have"),
    ({"rule": "sum", "of": [], "equals": "n"}, "does not have"),
    ({"rule": "sum", "of": ["word"], "equals": "n"}, "“Word” is not a whole number"),
    ({"rule": "sd_possible", "field": "relief", "min": "a", "max": 1, "n": "n"}, "“min”"),
    ({"rule": "sum", "of": ["each"], "equals": "n"}, "more often"),
]


@pytest.mark.parametrize(("rule", "words"), WRONG)
def test_a_faulty_declaration_is_named(rule, words):
    asked = form(
        field("male"), field("n"), field("word", "text"), field("relief", "mean_sd"),
        field("each", level="arm"), rules=[rule],
    )  # fmt: skip
    assert any(words in problem for problem in checks.problems(asked)), checks.problems(asked)


EVERY = form(
    field("male"), field("female"), field("n"), field("missing"), field("pct", "decimal"),
    field("relief", "mean_sd"), field("a", "choice"), field("deaths", "events"),
    field("effect", "estimate"), field("p", "decimal"), field("begin", "date"),
    field("end", "date"), field("codes", "text"), field("per_arm", level="arm"),
    field("counts", "table", columns=[{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]),
    rules=[
        SUM, WHOLE, SPREAD,
        {"rule": "rows_total", "of": "per_arm", "equals": "n"},
        {"rule": "rows_come_to", "of": "n", "total": "140"},
        {"rule": "table_totals", "field": "counts"},
        {"rule": "at_most", "field": "male", "limit": "n"},
        {"rule": "events_fit", "field": "deaths"},
        {"rule": "percent_of", "percent": "pct", "part": "male", "whole": "n"},
        {"rule": "share_of", "percent": "pct", "part": "male", "whole": "140"},
        {"rule": "score_equals_marks", "marks": ["a"], "code": "+", "score": "n"},
        {"rule": "one_band", "score": "n", "band": "a", "bands": "+=6-9"},
        {"rule": "grim", "field": "relief", "n": "n", "items": "1"},
        {"rule": "grimmer", "field": "relief", "n": "n", "items": "1"},
        {"rule": "mean_without_sd", "field": "relief"},
        {"rule": "zero_sd", "field": "relief"},
        {"rule": "sd_like_se", "field": "relief", "n": "n"},
        {"rule": "repeated_sd", "field": "relief"},
        {"rule": "someone_measured", "field": "relief", "n": "n", "missing": "missing"},
        {"rule": "same_n", "field": "relief"},
        {"rule": "interval_holds", "field": "effect"},
        {"rule": "ci_symmetric", "field": "effect"},
        {"rule": "p_agrees", "estimate": "effect", "p": "p"},
        {"rule": "dates_in_order", "first": "begin", "then": "end"},
        {"rule": "share_above", "mean": "relief", "percent": "pct", "over": "40", "min": "0",
         "max": "100"},
        {"rule": "percent_change", "before": "relief", "after": "relief", "change": "relief",
         "within": "10"},
        {"rule": "codes_known", "field": "codes", "codes": "1-14"},
    ],
)  # fmt: skip


MANY = form(
    field("total_randomised", label="Total randomised"),
    field("recruited_from", "date"), field("recruited_to", "date"),
    field("randomised", level="arm"), field("women", level="arm"), field("men", level="arm"),
    field("analysed", level="outcome", by_arm=True),
    field("missing", level="outcome", by_arm=True),
    field("score", "mean_sd", level="outcome", by_arm=True, unit="points", soft_min="0",
          soft_max="28"),
    field("deaths", "events", level="outcome", by_arm=True),
    field("responders", level="outcome", by_arm=True),
    field("responders_pct", "percent", level="outcome", by_arm=True),
    field("effect", "estimate", level="result"), field("p", "decimal", level="result"),
    field("severity", "mean_sd", level="outcome"),
    field("counts", "table", columns=[{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]),
)  # fmt: skip


def test_every_rule_can_be_declared_soundly():
    assert {rule["rule"] for rule in EVERY["checks"]} == set(checks.RULES)
    assert checks.problems(EVERY) == []


def test_every_inferred_rule_is_a_sound_declaration():
    for asked in (EVERY, MANY):
        found = checks.inferred(asked)
        assert found
        assert checks.problems(asked | {"checks": found}) == []


def model_form():
    """Table 2 of the model review as a form, its checks and its scales."""
    return form(
        field("n"), field("male"), field("female"),
        field("pre_vas", "mean_sd", soft_min="0", soft_max="10"),
        field("post_vas", "mean_sd", soft_min="0", soft_max="10"),
        field("relief", "mean_sd", soft_min="-100", soft_max="100"),
        field("sig_pct", "decimal", min="0", max="100"),
        field("neuro_pct", "decimal", min="0", max="100"),
        field("other_pct", "decimal", min="0", max="100"),
        rules=[
            SUM,
            *({"rule": "whole_patients", "percent": p, "n": "n"}
              for p in ("sig_pct", "neuro_pct", "other_pct")),
            *({"rule": "sd_possible", "field": f, "min": 0, "max": top, "n": "n"}
              for f, top in (("pre_vas", 10), ("post_vas", 10), ("relief", 100))),
            {"rule": "mean_without_sd", "field": "relief"},
            {"rule": "zero_sd", "field": "relief"},
        ],
    )  # fmt: skip


def typed(row):
    """One row of the transcript as an extractor would type it."""
    pairs = {"pre_vas", "post_vas", "relief"}
    plain = {"n", "male", "female", "sig_pct", "neuro_pct", "other_pct"}
    cells = {name: row[name] for name in plain if row[name]}
    for name in pairs:
        if row[f"{name}_mean"]:
            sd = row[f"{name}_sd"]
            cells[name] = f"{row[f'{name}_mean']} ± {sd}" if sd else row[f"{name}_mean"]
    return cells


def test_the_model_reviews_oddities_are_found_and_nothing_else(shared):
    asked, found = model_form(), set()
    with open(shared / "seed" / "table2_parsed.csv", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            for finding in findings(asked, **typed(row)):
                found.add((int(row["row"]), finding.path.split("|")[0], finding.rule))
    assert found == {
        *((row, "sig_pct", "whole_patients") for row in (2, 3, 4, 6, 10)),
        (12, "relief", "zero_sd"),
        *((row, "pre_vas", "zero_sd") for row in (8, 21, 22)),
        (14, "relief", "mean_without_sd"),
        (23, "relief", "mean_without_sd"),
        (16, "post_vas", "scale"),
        (16, "post_vas", "sd_possible"),
    }
