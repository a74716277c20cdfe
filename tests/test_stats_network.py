"""Network meta-analysis: several treatments, several arms, and evidence that disagrees."""

import numpy as np
import pytest

from analysis.stats.errors import NotPoolable
from analysis.stats.network import (
    contrasts,
    design_by_treatment,
    league,
    network,
    node_splits,
    p_scores,
)
from analysis.stats.pooling import rma

# study, treatment, mean, variance: three pairs of treatments, one study of three arms
ARMS = [
    ("1", "A", 0.0, 0.04), ("1", "B", 0.5, 0.05), ("2", "A", 0.1, 0.03), ("2", "B", 1.9, 0.04),
    ("3", "A", 0.2, 0.06), ("3", "C", 1.3, 0.05), ("4", "B", 0.4, 0.05), ("4", "C", 0.6, 0.03),
    ("5", "A", 0.0, 0.05), ("5", "B", 0.3, 0.04), ("5", "C", 0.9, 0.06), ("6", "C", 1.0, 0.04),
    ("6", "D", 1.4, 0.05), ("7", "A", -0.2, 0.04), ("7", "D", 1.5, 0.06),
]  # fmt: skip


def built(arms=ARMS, **options):
    return contrasts(*zip(*arms, strict=True), **options)


def test_it_agrees_with_metafor_in_a_network_with_a_loop_and_three_arms():
    """rma.mv 3.8-1: random = ~ comp | study, struct = "CS", rho = 1/2, REML."""
    fit = network(built())
    assert fit.treatments == ("A", "B", "C", "D")
    assert fit.d[1:] == pytest.approx([0.90024447818, 1.16365919050, 1.63069723812], rel=1e-6)
    se = [0.283601969909, 0.310179029426, 0.418715254365]
    assert np.sqrt(np.diag(fit.cov))[1:] == pytest.approx(se, rel=1e-6)
    assert fit.tau2 == pytest.approx(0.206011062591, rel=1e-5)
    assert (fit.QE, fit.QE_df) == (pytest.approx(17.4842904596, rel=1e-8), 5)
    test = design_by_treatment(built(), method="FE")
    assert (test.chi2, test.df) == (pytest.approx(6.92179045965, rel=1e-6), 4)


def test_neither_the_reference_nor_the_order_of_arms_matters():
    tables = [
        league(network(built(ARMS, reference="A"))),
        league(network(built(ARMS[::-1], reference="C"))),
    ]
    found = [
        {(a, b): (t.est[i, j], t.se[i, j]) for i, a in enumerate(t.treatments)
         for j, b in enumerate(t.treatments) if i != j}
        for t in tables
    ]  # fmt: skip
    for pair, values in found[0].items():
        assert values == pytest.approx(found[1][pair], rel=1e-6)


def test_two_treatments_are_an_ordinary_meta_analysis():
    arms = [a for a in ARMS if a[0] in "12"]
    fit, pair = network(built(arms)), rma([0.5, 1.8], [0.09, 0.07])
    assert fit.d[1] == pytest.approx(pair.beta[0], rel=1e-8)
    assert fit.tau2 == pytest.approx(pair.tau2, abs=1e-9)


def test_direct_against_indirect_is_buchers_comparison_in_a_triangle():
    arms = [a for a in ARMS if a[0] in "1234"]
    split = next(s for s in node_splits(built(arms), method="FE") if {s.first, s.second} == {*"AC"})
    # A to C directly 1.1 (0.11); through B 1.23125 (0.5 with 0.09, 1.8 with 0.07) and 0.2 (0.08)
    assert (split.direct, split.indirect) == (pytest.approx(1.1), pytest.approx(1.43125))
    assert split.se == pytest.approx(np.sqrt(0.11 + 0.039375 + 0.08))
    test = design_by_treatment(built(arms), method="FE")
    assert test.chi2 == pytest.approx((0.33125 / split.se) ** 2) and test.df == 1


def test_p_scores_rank_and_sum_to_half_of_the_treatments():
    fit = network(built())
    scores = p_scores(fit)
    assert scores.sum() == pytest.approx(2) and np.argmax(scores) == 3
    assert p_scores(fit, higher_better=False) == pytest.approx(1 - scores)


def test_what_is_no_network_is_refused_by_name():
    apart = [a for a in ARMS if a[0] in "12"] + [("8", "X", 1.0, 0.1), ("8", "Y", 2.0, 0.1)]
    with pytest.raises(NotPoolable, match="connects A with X, Y"):
        built(apart)
    with pytest.raises(NotPoolable, match="two arms of A"):
        built([*ARMS, ("1", "A", 0.3, 0.1)])
    with pytest.raises(NotPoolable, match="no study has the reference Z"):
        built(reference="Z")
