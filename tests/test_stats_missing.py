"""Missing participants, missing SDs and the specification curve, against R and printed results."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.stats import missing_binary, missing_means, missing_sds, specifications
from analysis.stats.effects import escalc
from analysis.stats.errors import NotEstimable
from analysis.stats.imputation import pool_rubin
from analysis.stats.missing_binary import SCENARIOS, Arms
from analysis.stats.pooling import rma
from analysis.stats.tipping import tipping

from .test_stats_additions import BCG

R = json.loads((Path(__file__).parent / "reference" / "sensitivity.json").read_text())
HALO = np.array(R["halo"], float)
ARMS = Arms(HALO[:, [0, 3]], HALO[:, [1, 4]], HALO[:, [2, 5]])
RELIEF = {name: np.array(values, float) for name, values in R["relief"].items()}
RELIEF_GROUPS = missing_means.Groups(
    *(np.column_stack([RELIEF[f"{name}1"], RELIEF[f"{name}2"]]) for name in "msnl")
)
TIGHT = {"rel": 1e-6, "abs": 1e-8}  # R differentiates numerically


def agrees(found, expected):
    assert found.yi == pytest.approx(expected["yi"], **TIGHT)
    assert found.vi == pytest.approx(expected["vi"], **TIGHT)
    for method in ("FE", "DL"):
        fit = rma(found.yi, found.vi, method=method)
        assert fit.beta[0] == pytest.approx(expected[method]["beta"], **TIGHT)
        assert fit.pval[0] == pytest.approx(expected[method]["pval"], rel=1e-4)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_imputed_participants_agree_with_r(measure):
    for scenario in SCENARIOS:
        agrees(missing_binary.imputed(measure, ARMS, scenario), R["scenarios"][measure][scenario])
    halves = {"0": 1, "p": 1}
    agrees(missing_binary.imputed(measure, ARMS, (halves, halves)), R["mixed"][measure])
    agrees(missing_binary.gamble_hollis(measure, ARMS), R["gamble_hollis"][measure])


def test_informative_odds_ratios_agree_with_r():
    for case in R["imor"]:
        for measure in ("RR", "OR"):
            by = ({"imor": 1}, {"imor": 1})
            agrees(missing_binary.imputed(measure, ARMS, by, imor=case["imor"]), case[measure])
            certain = missing_binary.informative(measure, ARMS, mean=np.log(case["imor"]))
            agrees(certain, case[measure])
    for case in R["uncertain"]:
        for measure in ("RR", "OR"):
            told = {name: case[name] for name in ("mean", "sd", "corr")}
            agrees(missing_binary.informative(measure, ARMS, **told), case[measure])


def test_haloperidol_as_printed():
    """metasens 0.4 in the tutorial of Balduzzi, Rücker & Schwarzer (2019) Evid Based Ment Health
    22:153: missing participants counted as improved. Trials with an empty cell are left out here,
    where it adds the halves in another way."""
    printed = {0: (1.47, 0.93, 2.32), 1: (0.93, 0.77, 1.12), 4: (3.49, 1.11, 10.95),
               5: (8.68, 1.26, 59.95), 6: (1.60, 0.60, 4.25), 7: (2.04, 0.67, 6.21),
               8: (1.31, 0.75, 2.28), 11: (3.79, 1.06, 13.60), 12: (1.12, 0.95, 1.32),
               15: (11.00, 1.67, 72.40)}  # fmt: skip
    found = missing_binary.imputed("RR", ARMS, "ICA-1")
    lower, upper = found.ci()
    for row, numbers in printed.items():
        told = np.exp([found.yi[row], lower[row], upper[row]])
        assert told == pytest.approx(numbers, abs=0.0051)
    # "Inverse variance", common effect: 1.16 [1.04; 1.29], the halves have little weight
    fit = rma(found.yi, found.vi, method="CE")
    assert np.exp([fit.beta[0], fit.ci_lb[0], fit.ci_ub[0]]) == pytest.approx(
        [1.16, 1.04, 1.29], abs=0.005
    )


def test_nobody_missing_changes_nothing_and_opposite_arms_turn_the_sign():
    none = Arms(ARMS.events, ARMS.others, np.zeros_like(ARMS.missing))
    plain = missing_binary.available("OR", ARMS)
    for scenario in SCENARIOS:
        found = missing_binary.imputed("OR", none, scenario)
        assert found.yi == pytest.approx(plain.yi) and found.vi == pytest.approx(plain.vi)
    turned = Arms(*(x[:, ::-1] for x in (ARMS.events, ARMS.others, ARMS.missing)))
    one = missing_binary.informative("OR", ARMS, mean=[0.3, -0.2], sd=[1, 0.5])
    other = missing_binary.informative("OR", turned, mean=[-0.2, 0.3], sd=[0.5, 1])
    assert other.yi == pytest.approx(-one.yi) and other.vi == pytest.approx(one.vi)


def test_reasons_are_shared_out_and_refused_where_there_are_none():
    counts = {"0": np.where(np.arange(17) == 1, 3.0, 0.0)}
    found = missing_binary.imputed("RR", ARMS, (counts, counts))
    assert found.yi == pytest.approx(missing_binary.imputed("RR", ARMS, "ICA-0").yi)
    with pytest.raises(NotEstimable, match="no reason for any"):
        missing_binary.imputed("RR", ARMS, ({}, {"0": 1}))
    with pytest.raises(NotEstimable, match="row 2: a count is negative"):
        missing_binary.available("RR", Arms([[1, 2], [1, -2]], [[3, 4], [3, 4]], [[0, 0]] * 2))
    with pytest.raises(NotEstimable, match="row 1: no participant"):
        missing_binary.available("RR", Arms([[0, 2]], [[0, 4]], [[3, 0]]))


def test_informative_means_agree_with_r():
    for case in R["means"]:
        told = {name: case[name] for name in ("kind", "mean", "sd", "corr")}
        found = missing_means.informative(case["measure"], RELIEF_GROUPS, **told)
        yi, vi = small_sample_part(case["measure"])
        agrees(replace(found, yi=found.yi - yi, vi=found.vi - vi), case)


def small_sample_part(measure):
    """What escalc adds to a log ratio of means and its variance; R above has the plain ones."""
    if measure != "ROM":
        return 0.0, 0.0
    ratio = np.log(RELIEF["m1"] / RELIEF["m2"])
    plain = sum(RELIEF[f"s{i}"] ** 2 / (RELIEF[f"n{i}"] * RELIEF[f"m{i}"] ** 2) for i in (1, 2))
    full = missing_means.informative("ROM", RELIEF_GROUPS)
    return full.yi - ratio, full.vi - plain


@pytest.mark.parametrize("measure", ["MD", "SMD", "ROM"])
def test_means_missing_at_random_are_those_observed(measure):
    found = missing_means.informative(measure, RELIEF_GROUPS)
    names = {"m1i": "m1", "sd1i": "s1", "n1i": "n1", "m2i": "m2", "sd2i": "s2", "n2i": "n2"}
    plain = escalc(measure, {column: RELIEF[name] for column, name in names.items()})
    assert found.yi == pytest.approx(plain.yi) and found.vi == pytest.approx(plain.vi)
    with pytest.raises(NotEstimable, match="rows 1, 2"):
        low = missing_means.Groups(RELIEF_GROUPS.mean - 90, *RELIEF_GROUPS._all()[1:])
        missing_means.informative("ROM", low)


def test_the_tipping_point_is_where_the_interval_touches_no_effect():
    def fit_at(log_imor):
        found = missing_binary.informative("RR", ARMS, mean=[log_imor, -log_imor])
        return rma(found.yi, found.vi, method="CE")

    found = tipping(fit_at, -np.log(50), np.log(50))
    assert (
        found.significant
        and found.above is None
        and found.reached == pytest.approx((-np.log(50), np.log(50)))
    )
    assert found.below.ci_lb == pytest.approx(0, abs=1e-9) and found.below.estimate > 0
    assert (
        fit_at(found.below.value + 0.01).pval[0] < 0.05 < fit_at(found.below.value - 0.01).pval[0]
    )


def test_the_search_ends_where_the_model_ends():
    def fit_at(value):
        if value > 1:
            raise NotEstimable("a mean is not above zero then")
        return rma([0.5, 0.6], [0.01, 0.01], method="CE")

    found = tipping(fit_at, -4, 4)
    assert found.above is None and 0.8 <= found.reached[1] <= 1
    with pytest.raises(NotEstimable):
        tipping(fit_at, 1, 2)


def test_assumed_sds_agree_with_r():
    known = {k: np.array([np.nan if x in (None, "NA") else x for x in v], float)
             for k, v in R["known"].items()}  # fmt: skip
    sd, n, mean = (np.column_stack([known[f"{x}1"], known[f"{x}2"]]) for x in "snm")
    for method in ("pooled", "median", "largest"):
        found = missing_sds.fill(method, sd, n, mean)
        assert found.sd[np.isnan(sd)] == pytest.approx(R["sds"][method])
        assert found.assumed.sum() == 4 and not np.isnan(found.sd).any()
        assert (found.sd[~found.assumed] == sd[~found.assumed]).all()
    by_mean = missing_sds.fill("regression", sd, n, mean).sd
    assert by_mean.T[np.isnan(sd.T)] == pytest.approx(R["sds"]["regression"])
    other = missing_sds.fill("other", sd, n, mean)
    assert other.sd[4, 0] == sd[4, 1] and np.isnan(other.sd[1]).all() and not other.assumed[1].any()
    draws = missing_sds.drawn(sd, n, mean, m=400, seed=1)
    logs = np.log([one.sd[4, 0] for one in draws])
    assert logs.mean() == pytest.approx(np.log(by_mean[4, 0]), abs=0.02)
    assert logs.std() == pytest.approx(R["sds"]["sigma"], rel=0.25)  # a little more: beta is drawn
    again = missing_sds.drawn(sd, n, mean, m=2, seed=1)
    assert (again[1].sd == draws[1].sd).all()


def test_sds_are_refused_where_nothing_is_known():
    gap = [[np.nan, np.nan]]
    for method in missing_sds.METHODS:
        with pytest.raises(NotEstimable):
            missing_sds.fill(method, gap, [[5, 5]], [[1, 2]])
    with pytest.raises(NotEstimable, match="three arms"):
        missing_sds.drawn([[1, np.nan]], [[5, 5]], [[1, 2]], seed=1)
    with pytest.raises(NotEstimable, match="logarithms"):
        missing_sds.fill("regression", [[1, np.nan]], [[5, 5]], [[-1, 2]])


def test_sds_of_change():
    change = missing_sds.change_sd([10, 8], [12, 8], 0.6)
    assert change == pytest.approx([np.sqrt(100 + 144 - 144), np.sqrt(51.2)])
    assert np.isnan(missing_sds.change_sd(8, 8, 1.0))


def test_rubins_rules_agree_with_mice():
    told = R["rubin"]
    found = pool_rubin(np.array(told["q"])[:, None], np.array(told["u"])[:, None])
    assert (found.qbar[0], found.t[0], found.df[0]) == pytest.approx(
        (told["qbar"], told["t"], told["df"]), rel=1e-6
    )


def bcg(measure, rows=slice(None)):
    found = escalc(measure, {name: np.array(cells)[rows] for name, cells in BCG.items()})
    return specifications.Group(measure, found.yi, found.vi, tuple(range(len(found.yi))))


def test_the_curve_is_metafors():
    groups = {measure: bcg(measure) for measure in ("RR", "OR", "RD")}
    for one in R["curve"]:
        found = specifications.estimate(groups[one["measure"]], one["method"], one["test"])
        assert (found.beta, found.ci_lb, found.ci_ub, found.pval) == pytest.approx(
            (one["beta"], one["ci_lb"], one["ci_ub"], one["pval"]), **TIGHT
        )


def test_flipping_all_studies_at_once_is_refitting_each():
    groups = {"RR": bcg("RR", slice(0, 6)), "RD": bcg("RD", slice(0, 6))}
    ways = [(key, method, test) for key in groups
            for method in ("REML", "ML", "DL", "HE", "HS", "HSk", "SJ", "PM", "EB", "CE")
            for test in ("z", "knha", "adhoc")]  # fmt: skip
    signs, exact = specifications._flips(6, 100, 1)
    assert exact and signs.shape == (64, 6) and (signs[0] == 1).all()
    for key, method, test in ways:
        beta, z, p = specifications._Flipped(groups[key], method, signs).tested(test)
        for row in (0, 21, 45):
            fit = rma(groups[key].yi * signs[row], groups[key].vi, method=method, test=test)
            assert (beta[row], p[row]) == pytest.approx((fit.beta[0], fit.pval[0]), rel=1e-6)
            assert np.sign(z[row]) == np.sign(fit.beta[0])


def test_one_specification_is_metafors_exact_permutation_test():
    group = {"OR": bcg("OR", slice(0, 7))}
    for method, p in R["flipped"].items():
        found = specifications.curve_test(group, [("OR", method, "z")], draws=128, seed=1)
        assert found.exact and found.draws == 128
        assert found.mean_z_p == pytest.approx(p, abs=1e-9)


def test_the_test_of_a_curve_is_seeded_and_sees_an_effect():
    groups = {measure: bcg(measure) for measure in ("RR", "OR", "RD")}
    ways = [(key, method, test) for key in groups for method in ("REML", "DL") for test in
            ("z", "knha")]  # fmt: skip
    first = specifications.curve_test(groups, ways, draws=200, seed=7)
    again = specifications.curve_test(groups, ways, draws=200, seed=7)
    assert (first.mean_z, first.mean_z_p, first.median_p) == (again.mean_z, again.mean_z_p,
                                                              again.median_p)  # fmt: skip
    assert first.mean_z < -2 and first.mean_z_p < 0.02 and first.significant >= len(ways) - 1
    flat = np.array([0.3, -0.3, 0.2, -0.2, 0.1, -0.1])
    null = specifications.Group("SMD", flat, np.full(6, 0.04), tuple(range(6)))
    nothing = specifications.curve_test({"SMD": null}, [("SMD", "REML", "z")], draws=64, seed=1)
    assert nothing.mean_z_p == 1 and nothing.significant == 0 and nothing.significant_p == 1


def test_a_panel_is_told_by_its_median_range_and_sign():
    group = bcg("RR")
    found = [specifications.estimate(group, method, "z") for method in ("DL", "REML", "HE")]
    told = specifications.spread(found)
    betas = sorted(one.beta for one in found)
    assert (told.lowest, told.median, told.highest) == tuple(betas)
    assert (told.count, told.same_sign, told.significant) == (3, 3, 3)
    with pytest.raises(NotEstimable):
        specifications.spread([])
