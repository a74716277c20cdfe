"""The PRISMA 2020 arithmetic: what must add up, what only warns, what is not known."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from extraction.instruments.loader import schema
from review.prisma import DATA, check_flow, flow

CASES = json.loads((Path(__file__).parent / "data/instruments/dev_cases.json").read_text())
TEMPLATES = tuple(flow().templates)


def ids(broken):
    return [one.id for one in broken]


def test_the_data_have_the_shape_of_an_instrument_bundle():
    Draft202012Validator(schema()).validate(json.loads(DATA.read_text()))


def test_the_diagram_is_whole():
    assert TEMPLATES == ("new_v1", "new_v2", "upd_v1", "upd_v2")
    numbers = {name: len(flow().boxes_of(name)) for name in TEMPLATES}
    assert numbers == {"new_v1": 16, "new_v2": 23, "upd_v1": 21, "upd_v2": 28}
    assert len(flow().identities) == 19
    assert {box.counts for box in flow().boxes} == {"record", "report", "study"}
    assert [box.id for box in flow().boxes if box.adjustment] == [
        "adj_record_report",
        "adj_prev_dropped",
    ]


@pytest.mark.parametrize("case", CASES["prisma_flow"], ids=lambda case: case["id"])
def test_known_flows(case):
    check = check_flow(case["template"], case["counts"], case.get("breakdowns"))
    assert ids(check.violations) == case["expect"]["violations"]
    assert ids(check.warnings) == case["expect"]["warnings"]
    assert sorted(check.missing) == case["expect"]["missing"]


FEW = st.integers(0, 30)
BREAKDOWNS = {
    "screen_excluded_by": "screen_excluded",
    "ft_reasons": "ft_excluded",
    "o_reasons": "o_excluded",
}


@st.composite
def databases(draw, counts):
    """The column of databases and registers, from the reports found up to the records."""
    for name in ("dup_removed", "auto_removed", "other_removed", "not_retrieved"):
        counts[name] = draw(FEW)
    counts["pending_reports"] = draw(FEW)
    found = draw(FEW)
    counts["assessed"] = counts["ft_excluded"] + counts["pending_reports"] + found
    counts["sought"] = counts["assessed"] + counts["not_retrieved"]
    adjustment = draw(st.integers(-counts["screen_excluded"], counts["sought"]))
    counts["adj_record_report"] = adjustment
    counts["screened"] = counts["sought"] - adjustment + counts["screen_excluded"]
    removed = sum(counts[name] for name in ("dup_removed", "auto_removed", "other_removed"))
    counts["reg_records"] = draw(st.integers(0, counts["screened"] + removed))
    counts["db_records"] = counts["screened"] + removed - counts["reg_records"]
    return found


@st.composite
def others(draw, counts):
    """The column of other methods."""
    found = draw(FEW)
    counts["o_assessed"] = counts["o_excluded"] + found
    counts["o_not_retrieved"] = draw(FEW)
    counts["o_sought"] = counts["o_assessed"] + counts["o_not_retrieved"]
    counts |= {"web_records": 0, "org_records": 0, "cit_records": counts["o_sought"]}
    return found


@st.composite
def closing(draw):
    """Counts that add up, of the boxes of one template, with their breakdowns."""
    template = draw(st.sampled_from(TEMPLATES))
    parts = {name: {"a": draw(FEW), "b": draw(FEW)} for name in BREAKDOWNS}
    counts = {name: sum(parts[breakdown].values()) for breakdown, name in BREAKDOWNS.items()}
    found = draw(databases(counts))
    if template.endswith("v2"):
        found += draw(others(counts))
    counts["new_reports"] = found
    counts["new_studies"] = most = draw(st.integers(min(1, found), found))
    if template.startswith("upd"):
        counts["prev_reports"] = draw(FEW)
        counts["prev_studies"] = draw(st.integers(0, counts["prev_reports"]))
        counts["adj_prev_dropped"] = draw(st.integers(0, counts["prev_studies"]))
        most += counts["prev_studies"] - counts["adj_prev_dropped"]
        counts["total_studies"] = most
        counts["total_reports"] = counts["prev_reports"] + counts["new_reports"]
    counts["ma_studies"] = draw(st.integers(0, most))
    parts["db_by_source"] = {"MEDLINE": counts["db_records"], "Embase": 0}
    parts["reg_by_source"] = {"ClinicalTrials.gov": counts["reg_records"]}
    boxes = {box.id for box in flow().boxes_of(template)}
    return template, {name: counts[name] for name in counts if name in boxes}, parts


@given(closing())
def test_counts_that_add_up_close(drawn):
    template, counts, breakdowns = drawn
    check = check_flow(template, counts, breakdowns)
    assert check.closes, check
    assert not check.warnings
    adjusted = {name for name in counts if name.startswith("adj_") and counts[name]}
    assert set(check.to_explain) == adjusted


FREE = {"pending_reports", "ma_studies", "new_studies", "prev_studies", "prev_reports"}


@given(closing(), st.data())
def test_no_single_wrong_number_passes(drawn, data):
    template, counts, breakdowns = drawn
    name = data.draw(st.sampled_from(sorted(counts.keys() - FREE)))
    wrong = {**counts, name: counts[name] + data.draw(st.sampled_from([-7, -1, 1, 40]))}
    check = check_flow(template, wrong, breakdowns)
    assert check.violations or (name == "total_reports" and ids(check.warnings) == ["I17"])
    assert all(name in one.boxes for one in check.violations + check.warnings)


@given(closing(), st.data())
def test_what_is_not_known_is_missing_and_never_false(drawn, data):
    template, counts, _ = drawn
    kept = {name: n if data.draw(st.booleans()) else None for name, n in counts.items()}
    check = check_flow(template, kept, {})
    optional = {box.id for box in flow().boxes if box.optional}
    assert set(check.missing) == {n for n in counts if kept[n] is None} - optional
    lost = [name for name in counts if kept[name] is None and counts[name] and name in optional]
    if not lost:
        assert not check.violations


COUNTED = "db_records dup_removed screened screen_excluded sought assessed ft_excluded"
ROUND = dict(zip(COUNTED.split(), (10, 2, 8, 6, 2, 2, 1), strict=True))
ROUND |= {"reg_records": 0, "auto_removed": 0, "other_removed": 0, "not_retrieved": 0}
ROUND |= {"new_studies": 1, "new_reports": 1}


@pytest.mark.parametrize("odd", [-1, 1.5, "8", True, float("nan"), float("inf"), [8]], ids=repr)
def test_a_count_is_a_whole_number(odd):
    check = check_flow("new_v1", {**ROUND, "ma_studies": odd})
    assert "I19" in ids(check.violations)
    assert check.violations[-1].boxes == ("ma_studies",)


def test_the_parts_of_a_count_are_whole_numbers_too():
    check = check_flow("new_v1", ROUND, {"ft_reasons": {"a": 2, "b": -1}})
    assert ids(check.violations) == ["I19"]


def test_studies_without_reports_and_reports_without_studies():
    assert ids(check_flow("new_v1", {**ROUND, "new_studies": 0}).violations) == ["I14"]
    broken = check_flow("new_v1", {**ROUND, "new_studies": 2}).violations
    assert ids(broken) == ["I13"]
    assert (broken[0].left, broken[0].right) == (2, 1)


def test_pooled_studies_are_compared_with_the_total_of_an_update():
    counts = {"ma_studies": 5, "new_studies": 2, "total_studies": 6}
    assert not check_flow("upd_v1", counts).violations
    assert ids(check_flow("new_v1", counts).violations) == ["I18"]
    assert not check_flow("upd_v1", {**counts, "total_studies": None}).violations


def test_an_empty_breakdown_adds_up_to_nothing():
    assert ids(check_flow("new_v1", ROUND, {"ft_reasons": {}}).violations) == ["I07"]


def test_boxes_of_other_templates_are_left_out():
    assert check_flow("new_v1", {**ROUND, "web_records": 3, "prev_studies": -1}).closes


@pytest.mark.parametrize(
    ("template", "counts", "breakdowns"),
    [("v3", {}, {}), ("new_v1", {"screend": 3}, {}), ("new_v1", {}, {"reasons": {"a": 1}})],
    ids=["template", "box", "breakdown"],
)
def test_names_that_prisma_does_not_have_are_refused(template, counts, breakdowns):
    with pytest.raises(ValueError, match=r"v3|screend|reasons"):
        check_flow(template, counts, breakdowns)
