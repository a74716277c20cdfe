"""Printed numbers -> derived ones: against published examples, metafor's and simulated truth."""

import json
from decimal import Decimal
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from extraction import derive, schema
from extraction.derive import medians, texts
from extraction.schema import BadValue

MEAN = {"key": "m", "label": "Score", "kind": "mean_sd", "level": "study"}
EVENTS = {"key": "e", "label": "Events", "kind": "events", "level": "study"}
RATIO = {"key": "r", "label": "Ratio", "kind": "estimate", "level": "study", "scale": "log"}
DIFFERENCE = RATIO | {"scale": "plain"}


def value(field, code, text, **around):
    return schema.read(field, {"given": text, "as": code, "with": around})


def sd(code, text, **around):
    return float(value(MEAN, code, text, **around)["sd"])


# Cochrane Handbook 6.5.2.2, 6.5.2.3 and 6.5.2.8 (7.7.3 and 16.1.3.2 of version 5.1): their worked
# examples, in the digits they print.
HANDBOOK = [
    ("ci", "32.1 (30.0, 34.2)", {"n": "25"}, "5.09"),
    ("p", "32.1; 3.8; p = 0.008", {"n": "25", "others": ["22"]}, "4.68"),
    ("t", "32.1; 3.8; t = 2.78", {"n": "25", "others": ["22"]}, "4.68"),
    ("f", "32.1; 3.8; F = 7.7284", {"n": "25", "others": ["22"]}, "4.68"),
]


@pytest.mark.parametrize(("code", "text", "around", "printed"), HANDBOOK)
def test_the_handbooks_examples(code, text, around, printed):
    assert round(sd(code, text, **around), 2) == pytest.approx(float(printed), abs=0.011)


def test_a_change_from_baseline_by_its_correlation():
    got = value(MEAN, "change", "15.2 (6.4); 16.2 (7.1); r = 0.78")
    assert (got["mean"], round(float(got["sd"]), 1)) == ("1", 4.5)
    assert round(sd("change", "15.7 ± 7.0; 17.2 ± 6.9; 0.82"), 1) == 4.2


def test_the_large_sample_divisors_of_the_handbook():
    for level, divisor in (("90", 3.29), ("95", 3.92), ("99", 5.15)):
        got = sd("ci_z", f"10 ({level} % CI 8 to 12)", n="400")
        assert got == pytest.approx(20 * 4 / divisor, rel=2e-3)


def test_medians_agree_with_metafor(shared):
    case = json.loads((shared / "reference" / "stats" / "conv_fivenum.json").read_text())
    data, expected = case["data"], case["expected"]["default"]
    rows = zip(*(data[name] for name in ("min", "q1", "median", "q3", "max", "n")), strict=True)
    checked = 0
    for row, mean, spread in zip(rows, expected["mean"], expected["sd"], strict=True):
        if mean is None:
            continue
        assert medians.luo_wan_shi(*row) == pytest.approx((mean, spread), rel=1e-6)
        checked += 1
    assert checked == 7


def test_intervals_and_p_values_agree_with_metafor(shared):
    case = json.loads((shared / "reference" / "stats" / "conv_wald.json").read_text())
    data, expected = case["data"], case["expected"]
    rows = list(zip(*(data[name] for name in ("out", "ci_lb", "ci_ub", "p")), strict=True))
    for row, (out, low, high, p) in enumerate(rows, start=1):
        printed = f"{out} ({low} to {high})" if low is not None else f"{out}; p {p}"
        code = "" if low is not None else "p"
        if low is None and p is None:
            continue
        plain = float(value(DIFFERENCE, code, printed)["se"]) ** 2
        assert plain == pytest.approx(expected["identity"]["vi"][row - 1], rel=1e-5)
        logged = expected["log"]
        vi = logged["vi"][logged["rows"].index(row)]
        assert float(value(RATIO, code, printed)["se"]) ** 2 == pytest.approx(vi, rel=1e-5)


# README of the authors' R package estmeansd, whose back-transformation is a simulation:
# median 4, range 2 to 9, n = 100 gives 4.205 and 1.277 there.
def test_the_box_cox_method_is_the_authors():
    mean, spread, power = medians.box_cox(2, None, 4, None, 9, 100)
    assert (mean, spread, power) == pytest.approx((4.205, 1.277, 0), abs=0.03)


@pytest.mark.parametrize("sigma", [0.2, 0.5, 1.0])
def test_the_box_cox_method_finds_skewed_values_again(sigma):
    q1, median, q3 = (exp(2 + sigma * ndtri(p)) for p in (0.25, 0.5, 0.75))
    mean, spread, power = medians.box_cox(None, q1, median, q3, None, 10**6)
    assert power == pytest.approx(0, abs=1e-3)
    truth = exp(2 + sigma**2 / 2)
    assert (mean, spread) == pytest.approx((truth, truth * sqrt(exp(sigma**2) - 1)), rel=5e-3)


def test_skewed_numbers_are_said_to_be():
    assert "look skewed" in value(MEAN, "median_iqr", "14 (9.5 to 60)", n="100")["how"]["limits"]
    assert (
        "not far from normal" in value(MEAN, "median_iqr", "31 (20 to 42)", n="40")["how"]["limits"]
    )


@given(
    st.floats(-50, 50), st.floats(0.5, 30), st.integers(3, 300), st.integers(1, 3),
    st.sampled_from(["se", "ci", "ci_z"]),
)  # fmt: skip
def test_what_is_derived_is_the_truth_within_rounding(mean, spread, n, places, code):
    """Print a mean with a spread, rounded; the SD derived lies within what rounding allows."""
    se = spread / sqrt(n)
    unit = 10.0**-places
    if se < 20 * unit:
        return
    if code == "se":
        text, slack = f"{mean:.{places}f} ({se:.{places}f})", unit / 2 * sqrt(n)
    else:
        width = float(value(MEAN, code, "0 (-1 to 1)", n=str(n))["sd"])  # SD of a half-width of 1
        half = spread / width
        text = f"{mean:.{places}f} ({mean - half:.{places}f} to {mean + half:.{places}f})"
        slack = unit / 2 * width
    assert sd(code, text, n=str(n)) == pytest.approx(spread, abs=slack * 1.01 + 1e-5 * spread)


def test_a_simulated_trial_is_found_again_from_its_test():
    rng = np.random.default_rng(7)
    first, second = rng.normal(30, 5, 40), rng.normal(26, 5, 31)
    pooled = sqrt((39 * first.var(ddof=1) + 30 * second.var(ddof=1)) / 69)
    difference = first.mean() - second.mean()
    t = difference / (pooled * sqrt(1 / 40 + 1 / 31))
    text = f"{first.mean():.6f}; {difference:.6f}; t = {t:.6f}"
    assert sd("t", text, n="40", others=["31"]) == pytest.approx(pooled, rel=1e-5)
    assert sd("t", f"{text}; n = 31", n="40", others=["31", "9"]) == pytest.approx(pooled, rel=1e-5)


def test_a_geometric_mean_comes_back_to_its_scale():
    got = value(MEAN, "geometric_sd", "12.4 (1.9)")
    s = log(1.9)
    mean = 12.4 * exp(s * s / 2)
    assert float(got["mean"]) == pytest.approx(mean, rel=1e-6)
    assert float(got["sd"]) == pytest.approx(mean * sqrt(exp(s * s) - 1), rel=1e-6)
    kept = value(MEAN | {"scale": "log"}, "geometric_sd", "12.4 (1.9)")
    assert (float(kept["mean"]), float(kept["sd"])) == pytest.approx((log(12.4), s), rel=1e-6)


def test_what_waits_says_for_what_and_is_derived_when_it_arrives():
    waiting = value(MEAN, "se", "4.8 (0.28)")
    assert (waiting["mean"], waiting["sd"]) == ("4.8", None)
    assert "waits for the number of patients" in waiting["how"]["waits"]
    told = derive.fill(MEAN, waiting, {"n": "73"})
    assert (told["sd"], told["with"]) == ("2.392321", {"n": "73"})
    assert told["how"]["formula"] == "SD = SE × √n = 0.28 × √73 = 2.392"
    assert "6.5.2.2" in told["how"]["source"]
    assert schema.show(MEAN, told) == "4.8 ± 2.392"
    again = derive.fill(MEAN, told, {"n": "40"})
    assert float(again["sd"]) == pytest.approx(0.28 * sqrt(40), rel=1e-6)
    assert derive.fill(MEAN, told, {})["sd"] is None
    assert "1 are given" in derive.fill(MEAN, told, {"n": "1"})["how"]["waits"]
    median = value(MEAN, "median_iqr", "31 (20 to 45)")
    assert (median["mean"], schema.show(MEAN, median)) == (None, "31 (20 to 45)")
    assert schema.identity(MEAN, "value", median) != schema.identity(MEAN, "value", waiting)


def test_a_stored_value_reads_as_itself():
    for got in (
        value(MEAN, "se", "4.8 (0.28)", n="73"),
        value(EVENTS, "", "30 %", n="40"),
        value(RATIO, "", "1.24 (90 % CI 0.99 to 1.55)"),
    ):
        field = MEAN if "mean" in got else EVENTS if "events" in got else RATIO
        assert schema.read(field, got) == got
        assert schema.same(field, got, schema.read(field, got))


EVENT_TEXTS = [
    ("12", "12", None), ("12/40", "12", "40"), ("12 of 40", "12", "40"), ("12 (30 %)", "12", None),
    ("30 %", "12", "40"), ("30 % of 50", "15", "50"), ("28.6%", "11", "40"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "events", "total"), EVENT_TEXTS)
def test_events_as_papers_print_them(text, events, total):
    got = value(EVENTS, "", text, n="40")
    assert (got["events"], got["total"]) == (events, total)


def test_a_per_cent_says_what_it_leaves_open():
    assert "not a whole number" in value(EVENTS, "", "28.6%", n="40")["how"]["limits"]
    assert "Any of 325 to 335" in value(EVENTS, "", "33 %", n="1000")["how"]["limits"]
    assert "limits" not in value(EVENTS, "", "30.0 %", n="40")["how"]


@given(st.integers(1, 400), st.data())
def test_a_printed_per_cent_gives_its_patients_back(n, data):
    k = data.draw(st.integers(0, n))
    percent = round(Decimal(100 * k) / n, 1)
    assert int(value(EVENTS, "", f"{percent} %", n=str(n))["events"]) == k


def test_estimates_on_their_scale():
    got = value(RATIO, "", "1.24 (0.95 to 1.62)")
    se = (log(1.62) - log(0.95)) / (2 * ndtri(0.975))
    assert float(got["se"]) == pytest.approx(se, rel=1e-6)
    assert (got["estimate"], got["low"], got["high"], got["level"]) == (
        "1.24",
        "0.95",
        "1.62",
        "95",
    )
    logged = value(RATIO, "log_se", f"{log(1.24):.8f} ({se:.8f})")
    assert float(logged["estimate"]) == pytest.approx(1.24, rel=1e-6)
    assert float(logged["low"]) == pytest.approx(exp(log(1.24) - 1.959964 * se), rel=1e-6)
    by_p = value(DIFFERENCE, "p", "−3.4, p = 0.03")
    assert float(by_p["se"]) == pytest.approx(3.4 / 2.170090, rel=1e-6)
    assert value(RATIO, "", "1.24")["low"] is None
    assert "log" not in value(DIFFERENCE, "se", "−3.4 (1.2)")["how"]["formula"]


READ = [
    ("84.1 (82.0 to 86.2)", ("84.1", "82.0", "86.2")),
    ("−5.2 (−9.1 – −1.3)", ("-5.2", "-9.1", "-1.3")),
    ("57,1 (55,0–59,2)", ("57.1", "55.0", "59.2")),
    ("22 [IQR: 12-35; range, 0-90]", ("22", "12", "35", "0", "90")),
    ("mean 4.8, SE 0.28*", ("4.8", "0.28")),
    ("Q1 12, Q3 35", ("12", "35")),
    ("1\u202f234.5 ± 12", ("1234.5", "12")),
    ("0.5, -0.2", ("0.5", "-0.2")),
]


@pytest.mark.parametrize(("text", "numbers"), READ)
def test_numbers_are_read_as_they_stand(text, numbers):
    assert texts.numbers(text).numbers == numbers


def test_any_level_of_an_interval_is_read():
    for text in (
        "3 (90% CI 1 to 5)",
        "3, 90 %-CI 1-5",
        "3 (CI 90 % 1–5)",
        "3 (90 % confidence 1, 5)",
    ):
        seen = texts.numbers(text)
        assert (seen.numbers, seen.level) == (("3", "1", "5"), "90"), text
    assert texts.numbers("3 (1 to 5)").level is None


REFUSED = [
    (MEAN, "se", "4.8", "needs 2"),
    (MEAN, "ci", "4.8 (5.2 to 4.1)", "cannot be above"),
    (MEAN, "ci", "4.8 (4 -5)", "two ways"),
    (MEAN, "p", "1; 2; p > 0.05", "limit only"),
    (MEAN, "p", "1; 2; p = 1.2", "p cannot be 1.2"),
    (MEAN, "se", "4.8 (−0.28)", "cannot be −0.28"),
    (MEAN, "median_iqr", "31 (40 to 45)", "above the median"),
    (MEAN, "geometric_sd", "−3 (1.2)", "above 0"),
    (MEAN, "percent", "3", "does not take"),
    (EVENTS, "", "1.5", "whole number"),
    (EVENTS, "", "130 %", "cannot be 130"),
    (RATIO, "", "1.2 (−0.3 to 2)", "above 0"),
    (DIFFERENCE, "log_se", "1.2 (0.3)", "does not take"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "code", "text", "words"), REFUSED)
def test_what_cannot_be_meant_is_refused_in_words(field, code, text, words):
    with pytest.raises(BadValue, match=words) as refusal:
        value(field, code, text)
    assert str(refusal.value).startswith(field["label"])


def test_only_a_limit_of_p_is_said():
    got = value(MEAN, "p", "32.1; 3.8; p < 0.008", n="25", others=["22"])
    assert "at most" in got["how"]["limits"]


EVERY = [(kind, one) for kind, codes in derive.FORMATS.items() for one in codes.values()]


@pytest.mark.parametrize(("kind", "one"), EVERY, ids=lambda x: getattr(x, "code", x))
def test_every_format_derives_from_its_own_example(kind, one):
    field = {"key": "x", "label": "X", "kind": kind, "level": "study", "scale": "log"}
    if kind == "mean_sd":
        field.pop("scale")
    if kind == "estimate" and not one.code.startswith("log"):
        field["scale"] = "plain"
    example = one.example.split(" or ")[0].split(", 90 %")[0]
    code = one.code if one.group else ""
    got = value(field, code, example, n="60", others=["55"])
    assert {"formula", "source"} <= set(got["how"]), got
    named = derive.EMPTY[kind]
    assert all(Decimal(got[name]).is_finite() for name in named)


@given(st.text(alphabet="0123456789.,-–()± to%<;=pSE", max_size=30))
def test_any_text_is_read_or_refused(text):
    for field in (MEAN, EVENTS, RATIO):
        for code in ("", *(one.code for one in derive.for_field(field))):
            try:
                value(field, code, text, n="20", others=["20"])
            except BadValue:
                continue
