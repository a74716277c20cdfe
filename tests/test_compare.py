"""Which units of two entries belong together, and how two readings differ."""

from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.compare import Difference, align, difference

Unit = namedtuple("Unit", "kind label detail", defaults=[""])


def arms(*labels):
    return [Unit("arm", label) for label in labels]


ALIGNED = [
    ("same words", arms("CBT", "Waiting list"), arms("waiting-list", "cbt"), [(0, 1), (1, 0)]),
    ("by place", arms("CBT-I", "Control"), arms("Therapy", "Usual care"), [(0, 0), (1, 1)]),
    ("one named", arms("A", "Control"), arms("Control", "B"), [(0, 1), (1, 0)]),
    ("left over", arms("A", "B"), arms("B"), [(0, None), (1, 0)]),
    ("only second", [], arms("A"), [(None, 0)]),
    ("signs count", arms("≥ 5 mg", "< 5 mg"), arms("< 5 mg", "≥ 5 mg"), [(0, 1), (1, 0)]),
    (
        "time first, then name",
        [Unit("outcome", "Pain", "6 weeks"), Unit("outcome", "Pain", "1 year")],
        [Unit("outcome", "Pain", "1 year"), Unit("outcome", "pain", "6 Weeks")],
        [(0, 1), (1, 0)],
    ),
    ("kinds stay apart", arms("Pain"), [Unit("outcome", "Pain")], [(0, None), (None, 0)]),
]


@pytest.mark.parametrize(("what", "first", "second", "pairs"), ALIGNED, ids=lambda x: str(x)[:12])
def test_units_are_paired(what, first, second, pairs):
    expected = [
        (first[i] if i is not None else None, second[j] if j is not None else None)
        for i, j in pairs
    ]
    assert sorted(align(first, second), key=str) == sorted(expected, key=str)


units = st.lists(
    st.builds(
        Unit, st.sampled_from(["arm", "outcome"]), st.sampled_from("abc"), st.sampled_from("12")
    ),
    unique=True,
    max_size=6,
)


@given(units, units)
def test_every_unit_appears_once_and_kinds_never_mix(first, second):
    pairs = align(first, second)
    assert sorted(left for left, _ in pairs if left) == sorted(first)
    assert sorted(right for _, right in pairs if right) == sorted(second)
    assert all(left.kind == right.kind for left, right in pairs if left and right)


NUMBER = {"key": "n", "label": "N", "kind": "decimal", "level": "study"}
SEVEN, OTHER = ("value", {"number": "7"}), ("value", {"number": "7.0"})
ZERO, SILENT, UNCLEAR = ("value", {"number": "0"}), ("not_reported", {}), ("unclear", {})
TYPED = [
    (SEVEN, OTHER, Difference.SAME),
    (SEVEN, ZERO, Difference.DIFFERS),
    (SEVEN, SILENT, Difference.MISSING),
    (None, ZERO, Difference.MISSING),
    (SILENT, UNCLEAR, Difference.DIFFERS),
    (None, SILENT, Difference.DIFFERS),
    (SILENT, SILENT, Difference.SAME),
    (None, None, Difference.SAME),
]


@pytest.mark.parametrize(("first", "second", "expected"), TYPED)
def test_differences_are_typed_and_have_no_side(first, second, expected):
    assert difference(NUMBER, first, second) is expected
    assert difference(NUMBER, second, first) is expected
