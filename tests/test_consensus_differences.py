"""How two readings differ: the written cases, and what holds of every harmless difference."""

import itertools
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from extraction import schema
from extraction.comparing.differences import CAN_BE_HARMLESS, Around, Kind, compare
from extraction.comparing.exactly import half_unit

FILE = Path(__file__).parent / "data/consensus/differences.json"
CASES = json.loads(FILE.read_text())["cases"]
SILENT = ("not_reported", "unclear")


def reading(field, said):
    """A reading out of a case: what was typed, in which form, or a state."""
    if said is None:
        return None
    if said in SILENT:
        return (said, {})
    if isinstance(said, dict) and "typed" in said:
        beside = {"n": said["n"]} if "n" in said else {}
        return ("value", typed_as(field, said["as"], said["typed"], **beside))
    return ("value", said if isinstance(said, dict) else schema.read(field, said))


def typed_as(field, code, text, **beside):
    return schema.read(field, {"given": text, "as": code, "with": beside})


def case_of(case):
    field = {"key": "x", "label": "X", "level": "study"} | case["field"]
    near = case.get("around", {})
    pairs = {
        name: tuple(tuple(reading(field, said) for said in pair) for pair in near.get(name, ()))
        for name in ("arms", "neighbours")
    }
    around = Around(tuple(map(Decimal, near.get("counts", ()))), **pairs)
    return field, reading(field, case["first"]), reading(field, case["second"]), around


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_difference_is_typed_as_written(case):
    found = compare(*case_of(case))
    assert (str(found.kind), found.harmless) == (case["type"], case["harmless"])
    if "take" in case:
        assert found.take == ["first", "second"].index(case["take"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_does_not_matter_who_is_first(case):
    field, first, second, around = case_of(case)
    turned = Around(
        around.counts,
        tuple(pair[::-1] for pair in around.arms),
        tuple(pair[::-1] for pair in around.neighbours),
    )
    here, there = compare(field, first, second, around), compare(field, second, first, turned)
    assert (here.kind, here.word, here.harmless) == (there.kind, there.word, there.harmless)


def test_every_kind_is_written_down_several_times_with_what_is_not_of_it():
    told = [case["type"] for case in CASES]
    for kind in set(Kind) - {Kind.SAME, Kind.MERGED, Kind.SILENCE}:
        assert told.count(kind) >= 3, kind
    assert told.count(Kind.REAL) >= 20
    assert len(CASES) >= 60


MEAN = {"key": "x", "label": "X", "level": "study", "kind": "mean_sd"}
RATIO = {"key": "x", "label": "X", "level": "study", "kind": "estimate", "scale": "log"}


def printed(low, high):
    """A number as papers print it, with none to three decimals."""
    return st.integers(0, 3).flatmap(
        lambda places: st.integers(int(low * 10**places), int(high * 10**places)).map(
            lambda n: Decimal(n).scaleb(-places)
        )
    )


def shortened(number, places):
    return (
        number.quantize(Decimal(1).scaleb(-places))
        if number.as_tuple().exponent < -places
        else number
    )


def smd(mean, sd, n, other=(Decimal(10), Decimal(4), 30)):
    """Hedges' g against a fixed other arm."""
    m2, s2, n2 = other
    pooled = (((n - 1) * sd**2 + (n2 - 1) * s2**2) / (n + n2 - 2)).sqrt()
    return (1 - Decimal(3) / (4 * (n + n2) - 9)) * (mean - m2) / pooled


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(printed(-40, 80), printed(0, 30), st.integers(0, 2), st.integers(0, 2), st.integers(2, 400))
def test_a_harmless_rounding_moves_the_effect_by_less_than_rounding(mean, sd, a, b, n):
    short = shortened(mean, a), shortened(sd, b)
    found = compare(
        MEAN, reading(MEAN, f"{mean} ± {sd}"), reading(MEAN, f"{short[0]} ± {short[1]}")
    )
    assume(found.kind == Kind.ROUNDING and found.harmless)
    edges = [
        (exact,) if exact == number else (number - half_unit(number), number + half_unit(number))
        for exact, number in zip((mean, sd), short, strict=True)
    ]
    box = [smd(*corner, n) for corner in itertools.product(*edges)]
    assert min(box) <= smd(mean, sd, n) <= max(box)
    assert abs(mean - short[0]) <= abs(mean) / 20 and abs(sd - short[1]) <= sd / 20


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(printed(1, 60), st.integers(5, 400), st.integers(5, 300), st.integers(-3, 3))
def test_a_harmless_conversion_moves_the_effect_by_less_than_rounding(mean, se, n, off):
    """An SE of two decimals against an SD of one, which may be off by a few tenths."""
    se = Decimal(se).scaleb(-2)
    sd = (se * Decimal(n).sqrt()).quantize(Decimal("0.1")) + Decimal(off).scaleb(-1)
    assume(sd > 0)
    converted = typed_as(MEAN, "se", f"{mean} ({se})", n=str(n))
    found = compare(MEAN, ("value", converted), reading(MEAN, f"{mean} ± {sd}"))
    assume(found.harmless)
    exact = Decimal(converted["sd"])
    half = half_unit(sd)
    assert abs(exact - sd) <= half and abs(exact - sd) <= sd / 20
    box = [smd(mean, edge, n) for edge in (sd - half, sd + half)]
    assert min(box) <= smd(mean, exact, n) <= max(box)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.integers(200, 5000), st.integers(0, 2))
def test_a_harmless_rounding_of_a_ratio_keeps_its_side_of_no_effect(ratio, places):
    ratio = Decimal(ratio).scaleb(-3)
    short = shortened(ratio, places)
    assume(short > 0)
    found = compare(RATIO, reading(RATIO, str(ratio)), reading(RATIO, str(short)))
    assume(found.harmless)
    assert (ratio - 1) * (short - 1) > 0
    assert abs(ratio.ln() - short.ln()) <= Decimal("0.05")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(printed(-40, 80), printed(-40, 80))
def test_two_numbers_of_equal_length_are_never_harmless(one, other):
    field = {"key": "x", "label": "X", "level": "study", "kind": "decimal"}
    assume(one != other and one.as_tuple().exponent == other.as_tuple().exponent)
    found = compare(field, reading(field, str(one)), reading(field, str(other)))
    assert found.kind not in CAN_BE_HARMLESS or not found.harmless
