"""Which units of two entries belong together: the written cases, and what holds always."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.comparing.structure import Item, is_certain, propose

CASES = json.loads((Path(__file__).parent / "data/consensus/alignment.json").read_text())["cases"]


def items(side, units):
    return [
        Item(
            (side, at),
            unit["kind"],
            unit["label"],
            unit.get("detail", ""),
            {name: Decimal(number) for name, number in unit.get("numbers", {}).items()},
        )
        for at, unit in enumerate(units)
    ]


def told(groups):
    return sorted(
        [sorted(at for _, at in side) for side in (group.first, group.second)] for group in groups
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_units_are_aligned_as_written(case):
    groups = propose(items("a", case["first"]), items("b", case["second"]))
    assert told(groups) == sorted(case["groups"]), groups
    assert is_certain(groups) == case["automatic"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_does_not_matter_who_is_first(case):
    if "order" in case["name"]:
        return
    groups = propose(items("b", case["second"]), items("a", case["first"]))
    turned = sorted([right, left] for left, right in told(groups))
    assert turned == sorted(case["groups"])


UNITS = st.lists(
    st.tuples(
        st.sampled_from(["arm", "outcome"]),
        st.sampled_from(["CBT", "Placebo", "Drug 5 mg", "Pain", "Women", "TAU + CBT", "5"]),
        st.sampled_from(["", "8 weeks", "control"]),
        st.integers(1, 9),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(UNITS, UNITS)
def test_every_unit_is_in_one_group_and_kinds_never_mix(first, second):
    sides = [
        [
            Item((side, at), k, name, d, {"n": Decimal(n)})
            for at, (k, name, d, n) in enumerate(units)
        ]
        for side, units in (("a", first), ("b", second))
    ]
    groups = propose(*sides)
    kinds = {item.at: item.kind for side in sides for item in side}
    assert sorted(at for g in groups for at in (*g.first, *g.second)) == sorted(kinds)
    assert all(kinds[at] == g.kind for g in groups for at in (*g.first, *g.second))
    assert all(min(len(g.first), len(g.second)) <= 1 for g in groups)


def comparison(at, *arms):
    return Item(at, "comparison", "one vs other", arms=arms)


def test_comparisons_follow_their_arms_in_either_order():
    left = [Item("a", "arm", "CBT"), Item("b", "arm", "Control"), comparison("ab", "a", "b")]
    right = [Item("x", "arm", "control"), Item("y", "arm", "cbt"), comparison("xy", "x", "y")]
    group = propose(left, right)[-1]
    assert (group.first, group.second) == (("ab",), ("xy",))
    assert "other order" in group.reasons[0] and not group.alike
