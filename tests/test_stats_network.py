"""Network meta-analysis: several treatments, several arms, and evidence that disagrees."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st

from analysis.stats.effects import escalc
from analysis.stats.errors import NotPoolable
from analysis.stats.heterogeneity import confint
from analysis.stats.network import (
    Arms,
    assemble,
    contrasts,
    counts,
    decompose,
    design_by_treatment,
    direct_evidence,
    given,
    league,
    means,
    net_heat,
    network,
    node_splits,
    p_scores,
    parts,
)
from analysis.stats.pooling import rma

# study, treatment, mean, variance: three pairs of treatments, one study of three arms
ARMS = [
    ("1", "A", 0.0, 0.04), ("1", "B", 0.5, 0.05), ("2", "A", 0.1, 0.03), ("2", "B", 1.9, 0.04),
    ("3", "A", 0.2, 0.06), ("3", "C", 1.3, 0.05), ("4", "B", 0.4, 0.05), ("4", "C", 0.6, 0.03),
    ("5", "A", 0.0, 0.05), ("5", "B", 0.3, 0.04), ("5", "C", 0.9, 0.06), ("6", "C", 1.0, 0.04),
    ("6", "D", 1.4, 0.05), ("7", "A", -0.2, 0.04), ("7", "D", 1.5, 0.06),
]  # fmt: skip

METAFOR = json.loads((Path(__file__).parent / "reference" / "network.json").read_text())
METHODS = ("REML", "ML", "FE", "DL", "REML_knha")


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


def published(name, measure):
    """The contrasts of a network of tests/reference/network.R."""
    data, studies = METAFOR[name]["data"], {}
    columns = ("x", "n") if "x" in data else ("mean", "sd", "n")
    for study, *arm in zip(data["study"], *(data[c] for c in ("trt", *columns)), strict=True):
        studies.setdefault(study, []).append(arm)
    make = counts if "x" in data else means
    arms = [make(study, *zip(*own, strict=True), measure) for study, own in studies.items()]
    return assemble(arms, reference="no_contact" if "x" in data else "placebo")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("name", "measure"),
    [("diabetes", "MD"), ("diabetes", "SMD"), ("smoking", "OR"), ("smoking", "RR"),
     ("smoking", "RD")],
)  # fmt: skip
def test_published_networks_agree_with_metafor(name, measure, method):
    """Senn et al. (2013) and Hasselblad (1998); rma.mv stops at about 1e-7 of its optimum."""
    expected = METAFOR[name][measure][method]
    kind, _, test = method.partition("_")
    fit = network(published(name, measure), method=kind, test=test or "z")
    assert fit.treatments[1:] == tuple(expected["terms"])
    assert fit.d[1:] == pytest.approx(expected["beta"], rel=2e-6)
    assert np.sqrt(np.diag(fit.cov))[1:] == pytest.approx(expected["se"], rel=2e-6)
    assert fit.tau2 == pytest.approx(expected["tau2"], rel=2e-5)
    assert (fit.QE, fit.QE_df) == (pytest.approx(expected["QE"], rel=1e-8), expected["QE_df"])
    if "tau2_ci" in expected:
        found = confint(fit.fit)
        assert [found.tau2.lb, found.tau2.ub] == pytest.approx(expected["tau2_ci"], rel=1e-6)
        assert found.I2.est == pytest.approx(expected["I2"], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "measure"), [("diabetes", "MD"), ("diabetes", "SMD"), ("smoking", "OR")]
)
def test_splits_of_published_networks_agree_with_metafor(name, measure):
    found = {frozenset((s.first, s.second)): s for s in node_splits(published(name, measure))}
    for expected in METAFOR[name][measure]["splits"]:
        split = found[frozenset((expected["first"], expected["second"]))]
        sign = 1 if split.first == expected["first"] else -1
        assert sign * split.difference == pytest.approx(expected["difference"], rel=1e-5)
        assert split.se == pytest.approx(expected["se"], rel=1e-5)
        assert split.tau2 == pytest.approx(expected["tau2"], rel=1e-4)


def test_the_diabetes_network_is_netmetas():
    """What netmeta prints of Senn2013, as remembered: no page with its output was at hand to cite.
    The numbers that metafor gives for the same network are witnessed above."""
    c = published("diabetes", "MD")
    fit, parts_of_q = network(c, method="DL"), decompose(c)
    assert round(fit.tau2, 4) == 0.1087 and round(fit.fit.I2, 1) == 81.4
    assert [round(one.Q, 1) for one in (parts_of_q.total, parts_of_q.within)] == [97.0, 74.4]
    assert (round(parts_of_q.between.Q, 2), parts_of_q.between.df) == (22.53, 7)
    test = design_by_treatment(c, method="DL")
    assert (round(test.chi2, 2), test.df, round(test.pval, 4)) == (2.19, 7, 0.9483)
    assert round(test.tau2, 4) == 0.1442
    scores = dict(zip(fit.treatments, p_scores(fit, higher_better=False), strict=True))
    printed = {"rosiglitazone": 0.8934, "metformin": 0.7818, "pioglitazone": 0.7746,
               "acarbose": 0.5203, "sitagliptin": 0.3331, "placebo": 0.0139}  # fmt: skip
    assert {name: round(scores[name], 4) for name in printed} == printed


def test_inconsistency_is_told_by_design():
    c = published("diabetes", "MD")
    found, (designs, heat) = decompose(c), net_heat(c)
    assert np.diag(heat).sum() == pytest.approx(found.between.Q)
    assert len(designs) == len(found.designs) == 15
    # Without the one trial of rosiglitazone and sulfonylurea most of the disagreement is gone.
    left = {part.design: part for part in found.detached}
    assert pytest.approx(6.772137, rel=1e-6) == left["rosiglitazone", "sulfonylurea"].Q
    assert left["placebo", "sitagliptin"].df == found.between.df
    at = designs.index(("rosiglitazone", "sulfonylurea"))
    assert heat[:, at].sum() == pytest.approx(found.between.Q - 6.772137, rel=1e-6)


def test_direct_evidence_and_its_share_make_the_network():
    arms = [a for a in ARMS if a[0] in "1234"]
    fit = network(built(arms), method="FE")
    splits = {(s.first, s.second): s for s in node_splits(built(arms), method="FE")}
    for one in direct_evidence(fit):
        split = splits[one.first, one.second]
        assert one.est == pytest.approx(split.direct) and one.se == pytest.approx(split.direct_se)
        i, j = (fit.treatments.index(name) for name in (one.first, one.second))
        mixed = one.share * one.est + (1 - one.share) * split.indirect
        assert fit.d[i] - fit.d[j] == pytest.approx(mixed)


def test_two_arms_of_each_measure_are_the_ordinary_effect_size():
    from_means = assemble([means("1", ["A", "B"], [3.0, 5.0], [1.2, 0.8], [20, 31], "SMD")])
    from_counts = assemble([counts("1", ["A", "B"], [0, 5], [20, 31], "RR")])
    both = {"m1i": [3.0], "m2i": [5.0], "sd1i": [1.2], "sd2i": [0.8], "n1i": [20], "n2i": [31]}
    two = {"ai": [0], "ci": [5], "n1i": [20], "n2i": [31]}
    for found, effect in (
        (from_means, escalc("SMD", {k: np.array(v) for k, v in both.items()})),
        (from_counts, escalc("RR", {k: np.array(v, float) for k, v in two.items()})),
    ):
        # The reference A is the baseline: B less A.
        assert found.yi == pytest.approx(-effect.yi)
        assert found.V[0] == pytest.approx(effect.vi)


def test_printed_comparisons_of_three_arms_give_back_their_covariances():
    arms = counts("5", "ABC", [10, 14, 30], [50, 60, 70], "OR")
    pairs = [(a, b) for a in range(3) for b in range(a)]
    printed = [
        ("ABC"[a], "ABC"[b], arms.a[a] - arms.a[b], np.sqrt(arms.C[a, a] + arms.C[b, b]))
        for a, b in pairs
    ]
    one, other = assemble([arms]), assemble([given("5", printed)])
    assert other.yi == pytest.approx(one.yi) and pytest.approx(one.V) == other.V
    with pytest.raises(NotPoolable, match="does not compare"):
        given("5", printed[:2])
    with pytest.raises(NotPoolable, match="in a circle"):
        given("5", [*printed[:2], ("C", "B", -4.0, 0.3)])
    with pytest.raises(NotPoolable, match="contradict one another"):
        given("5", [(a, b, y, se * (1 + 9 * (a == "B"))) for a, b, y, se in printed])


def test_parts_of_a_network_are_told_apart():
    assert parts([("A", "B"), ("X", "Y"), ("B", "C", "D"), ("Z", "Y")]) == [
        ("A", "B", "C", "D"), ("X", "Y", "Z"),
    ]  # fmt: skip


def test_what_tells_nothing_of_a_ratio_is_refused():
    with pytest.raises(NotPoolable, match="no arm has an event"):
        counts("7", "AB", [0, 0], [20, 20], "RR")
    assert counts("7", "AB", [0, 0], [20, 20], "RD").a == pytest.approx([0.5 / 21] * 2)
    with pytest.raises(NotPoolable, match="choose the common-effect model"):
        network(built([a for a in ARMS if a[0] == "1"]))


ARM = st.tuples(st.floats(-3, 3), st.floats(0.01, 2))


@settings(max_examples=25)
@drawn_from(st.lists(st.tuples(st.sampled_from(["AB", "AC", "BC", "ABC", "CD"]), ARM, ARM, ARM),
                min_size=4, max_size=9))  # fmt: skip
def test_results_turn_with_the_data(drawn):
    studies = [
        Arms(str(i), tuple(names), *_levels(arms[: len(names)]))
        for i, (names, *arms) in enumerate([("AC", *drawn[0][1:]), ("CD", *drawn[1][1:]), *drawn])
    ]
    if "B" not in {t for one in studies for t in one.treatments}:
        return
    turned = [Arms(one.study, one.treatments, -one.a, one.C) for one in studies[::-1]]
    fit, other = network(assemble(studies)), network(assemble(turned))
    assert np.isfinite(fit.cov).all() and fit.tau2 >= 0
    assert other.tau2 == pytest.approx(fit.tau2, rel=1e-6, abs=1e-8)
    assert other.d == pytest.approx(-fit.d, rel=1e-5, abs=1e-6)
    assert p_scores(other) == pytest.approx(p_scores(fit, higher_better=False), abs=1e-5)


def _levels(arms):
    return np.array([a for a, _ in arms]), np.diag([v for _, v in arms])


def test_an_interval_without_width_is_refused():
    alike = [(str(i), t, y, 0.1) for i in range(4) for t, y in (("A", 0.0), ("B", 1.0))]
    with pytest.raises(NotPoolable, match="agree exactly"):
        network(built(alike), test="knha")
    assert network(built(alike)).tau2 == 0
