"""Agreement of two people: against published worked examples and a second implementation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from review.agreement import agreement, icc, repeatability, share

# Printed in the overview of Gwet's R package irrCAC (1.0): 100 charts, three diagnoses.
ABSTRACTORS = {
    ("Ectopic", "Ectopic"): 13,
    ("AIU", "AIU"): 20,
    ("AIU", "NIU"): 7,
    ("NIU", "AIU"): 4,
    ("NIU", "NIU"): 56,
}
# Printed in the manual of the R package statpsych (ci.kappa), after Fleiss & Paik (2003).
BINARY = {(0, 0): 31, (0, 1): 12, (1, 0): 4, (1, 1): 58}


def test_three_categories_as_published():
    found = agreement(ABSTRACTORS)
    assert found.n == 100
    assert found.percent.value == pytest.approx(0.89)
    assert found.kappa.value == pytest.approx(0.7964094, abs=5e-8)
    assert found.kappa.se == pytest.approx(0.05891072, abs=5e-9)
    assert found.pabak.value == pytest.approx(0.835, abs=5e-4)
    assert found.ac1.value == pytest.approx(0.8493305, abs=5e-8)
    assert found.ac1.se == pytest.approx(0.04322, abs=5e-6)


def test_two_categories_as_published():
    kappa = agreement(BINARY).kappa
    assert kappa.value == pytest.approx(0.6756757, abs=5e-8)
    assert kappa.se == pytest.approx(0.07344761, abs=5e-9)
    assert kappa.low == pytest.approx(0.5317210, abs=5e-8)
    assert kappa.high == pytest.approx(0.8196303, abs=5e-8)


def test_pabak_of_two_categories_is_twice_the_agreement_less_one():
    found = agreement(BINARY)
    assert found.pabak.value == pytest.approx(2 * found.percent.value - 1)
    assert found.pabak.low == pytest.approx(2 * found.percent.low - 1)


def test_wilson_interval_of_the_textbook_example():
    """Newcombe (1998), Stat Med 17:857-872, table I: 81 of 263 gives 0.2553 to 0.3662."""
    found = agreement({("a", "a"): 81, ("a", "b"): 182}).percent
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


def test_high_agreement_on_a_rare_category_does_not_sink_ac1():
    found = agreement({("n", "n"): 118, ("n", "y"): 5, ("y", "n"): 2, ("y", "y"): 0})
    assert found.percent.value == pytest.approx(0.944)
    assert found.kappa.value < 0
    assert found.ac1.value == pytest.approx(0.9408, abs=5e-5)


tables = st.dictionaries(
    st.tuples(st.sampled_from("iem"), st.sampled_from("iem")), st.integers(0, 50)
).filter(lambda table: sum(table.values()))


@given(tables)
def test_kappa_agrees_with_statsmodels(table):
    found = agreement(table).kappa
    said = sorted({name for pair, count in table.items() if count for name in pair})
    sides = [{pair[side] for pair, count in table.items() if count} for side in (0, 1)]
    if 1 in map(len, sides):
        assert found.value is None
        assert "same answer" in found.why
        return
    counts = np.array([[table.get((a, b), 0) for b in said] for a in said])
    with np.errstate(divide="ignore", invalid="ignore"):
        oracle = cohens_kappa(counts)
    assert found.value == pytest.approx(oracle.kappa, abs=1e-12)
    # Where the variance is 0, rounding leaves the other a speck of it.
    if found.se is None:
        assert np.isnan(oracle.std_kappa) or oracle.std_kappa < 1e-5
    else:
        assert found.se == pytest.approx(oracle.std_kappa, abs=1e-7)


@given(tables)
def test_who_is_called_first_never_matters(table):
    turned = {(b, a): count for (a, b), count in table.items()}
    one, other = agreement(table), agreement(turned)
    for name in ("percent", "kappa", "pabak", "ac1"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value), name


@given(tables)
def test_an_interval_holds_its_estimate(table):
    found = agreement(table)
    for name in ("percent", "kappa", "pabak", "ac1"):
        one = getattr(found, name)
        if one.low is not None:
            assert one.low <= one.value + 1e-12 and one.value <= one.high + 1e-12, name


def test_undefined_is_none_with_a_reason():
    nothing = agreement({})
    assert (nothing.n, nothing.kappa.value) == (0, None)
    assert "two people" in nothing.kappa.why
    one_word = agreement({("e", "e"): 7})
    assert one_word.percent.value == one_word.ac1.value == 1
    assert one_word.kappa.value is None
    assert "chance" in one_word.kappa.why


def test_a_person_who_never_varied_leaves_kappa_undefined():
    found = agreement({("i", "i"): 9, ("i", "e"): 3})
    assert (found.kappa.value, found.kappa.low) == (None, None)
    assert "One of the two" in found.kappa.why
    assert found.percent.value == 0.75


def test_no_interval_where_nothing_varies():
    found = agreement({("i", "i"): 9, ("e", "e"): 3})
    assert (found.kappa.value, found.kappa.low, found.kappa.high) == (1, None, None)
    assert "no interval" in found.kappa.why
    assert found.percent.low < 1 == found.percent.high


@pytest.mark.parametrize("table", [{("a", "a"): -1}, {("a", "a"): 1.5}])
def test_counts_are_whole_numbers(table):
    with pytest.raises(ValueError, match="whole numbers"):
        agreement(table)


def test_a_level_is_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        agreement(BINARY, level=95)


# Shrout & Fleiss (1979), Psychol Bull 86:420-428, table 2: six people judged by four judges.
JUDGED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_icc_as_published():
    """ICC(1, 1) of the paper is .17; psych::ICC prints 0.166 and -0.133 to 0.723."""
    found = icc(JUDGED)
    assert found.value == pytest.approx(0.1657, abs=5e-5)
    assert (round(found.low, 3), round(found.high, 3)) == (-0.133, 0.723)


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=20),
    st.randoms(),
)
def test_icc_and_repeatability_know_no_order(pairs, rng):
    turned = [pair if rng.random() < 0.5 else pair[::-1] for pair in pairs]
    for function in (lambda rows: icc(rows).value, repeatability):
        one, other = function(pairs), function(turned)
        assert (one is None and other is None) or one == pytest.approx(other)


def test_numbers_that_never_differ_have_no_interval():
    found = icc([(1, 1), (2, 2), (4, 4)])
    assert (found.value, found.low) == (1, None) and "no interval" in found.why
    assert repeatability([(1, 1), (2, 2), (4, 4)]) == 0
    assert icc([(3, 3)] * 5).value is None
    assert icc([(1, 2), (2, 3)]).value is None and repeatability([(1, 2)]) is None


def test_repeatability_of_a_worked_example():
    """Differences 1, -1, 2, -2: 1.96 times the root of their mean square, 2.5."""
    pairs = [(1, 0), (0, 1), (2, 0), (0, 2)]
    assert repeatability(pairs) == pytest.approx(1.959964 * 2.5**0.5)


def test_a_share_of_nothing_is_undefined():
    assert share(0, 0).value is None
    assert share(81, 263).low == pytest.approx(0.2553, abs=5e-5)
