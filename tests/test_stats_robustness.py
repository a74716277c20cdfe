"""Doubting a result: deletions, asymmetry, missing studies, permutations, rare events, subsets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats import deletion
from analysis.stats.asymmetry import ranktest, regtest
from analysis.stats.errors import NotEstimable
from analysis.stats.failsafe import excess_significance, orwin, rosenthal
from analysis.stats.gosh import gosh
from analysis.stats.henmi_copas import henmi_copas
from analysis.stats.influence import baujat, influence
from analysis.stats.permutation import permutation_test
from analysis.stats.pooling import rma
from analysis.stats.residuals import blup, rstandard
from analysis.stats.sensitivity import cumulative, leave_one_out
from analysis.stats.sparse import mantel_haenszel, peto, sparse_series
from analysis.stats.trimfill import trim_and_fill

effects = st.floats(-5, 5).map(lambda x: round(x, 2))
variances = st.floats(0.02, 3).map(lambda x: round(x, 2))
studies = st.lists(st.tuples(effects, variances), min_size=5, max_size=14)


def sample(k=14, seed=1, tau=0.4):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.3, k)
    return rng.normal(0.3, tau, k) + rng.normal(0, np.sqrt(v)), v


@pytest.mark.parametrize("method", ["REML", "ML", "DL", "FE"])
@given(rows=studies, test=st.sampled_from(["z", "knha", "t"]))
def test_leaving_all_out_at_once_is_leaving_each_out_in_turn(method, rows, test):
    y, v = np.array(rows).T
    fit = rma(y, v, method=method, test=test)
    assert deletion.can_delete_at_once(fit)
    found = leave_one_out(fit)
    for i in range(fit.k):
        alone = fit.refit(np.arange(fit.k) != i)
        assert found.estimate[i] == pytest.approx(alone.beta[0], rel=1e-6, abs=1e-7)
        assert found.se[i] == pytest.approx(alone.se[0], rel=1e-6, abs=1e-7)
        assert found.Q[i] == pytest.approx(alone.QE, rel=1e-7, abs=1e-9)
        assert found.I2[i] == pytest.approx(alone.I2, rel=1e-5, abs=1e-5)
        if method != "FE":
            assert found.tau2[i] == pytest.approx(alone.tau2, rel=1e-5, abs=1e-8)


def test_a_study_alone_in_its_group_is_influential():
    y, v = [0.9, 0.1, 0.3, 0.2, 0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1]
    fit = rma(y, v, X=np.column_stack([np.ones(8), np.arange(8) == 0]))
    found = influence(fit)  # metafor 3.8-1: influence(rma(yi, vi, mods = ~ group))
    assert found.is_infl == (True, *[False] * 7) and found.hat[0] == pytest.approx(1)


def test_influence_at_once_is_influence_one_by_one(monkeypatch):
    fit = rma(*sample())
    fast = influence(fit)
    monkeypatch.setattr("analysis.stats.influence.can_delete_at_once", lambda fit: False)
    slow = influence(fit)
    for name in ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "QE_del", "hat", "dfbetas"):
        assert getattr(fast, name) == pytest.approx(getattr(slow, name), rel=1e-7, abs=1e-10)
    assert fast.is_infl == slow.is_infl


def test_cumulative_ends_with_all_studies_and_starts_with_one():
    y, v = sample()
    fit = rma(y, v)
    order = np.argsort(v)
    found = cumulative(fit, order)
    assert found.estimate[0] == pytest.approx(y[order[0]])
    assert found.estimate[-1] == pytest.approx(fit.beta[0])
    with pytest.raises(NotEstimable, match="name each of the 14 studies once"):
        cumulative(fit, [0, 0])


def test_a_single_study_cannot_be_doubted():
    one = rma([0.2], [0.1])
    for doubt in (leave_one_out, influence, ranktest, regtest, trim_and_fill):
        with pytest.raises(NotEstimable):
            doubt(one)


def test_standardised_residuals_of_the_true_model_have_unit_spread():
    fit = rma(*sample(3000, seed=2))
    assert np.std(rstandard(fit).z) == pytest.approx(1, abs=0.05)
    shrunk = blup(fit)
    assert np.var(shrunk.pred) < np.var(fit.yi)


def test_the_odd_study_stands_out_in_the_baujat_plot():
    y, v = sample()
    y[3] += 4
    points = baujat(rma(y, v, method="FE"))
    assert points.x.argmax() == 3 and points.y.argmax() == 3


def test_a_mirrored_funnel_has_no_asymmetry_and_nothing_to_fill():
    half, v = sample(9, seed=4)
    assert abs(regtest(rma(np.r_[half, -half], np.r_[v, v])).stat) < 1e-8
    # ties in distance from the centre would be ranked by place, so one half is a hair farther out
    apart = rma(np.r_[half, -0.999 * half], np.r_[v, v])
    assert trim_and_fill(apart, side="left").k0 <= 1


def test_small_studies_with_large_effects_are_noticed_and_filled():
    rng = np.random.default_rng(6)
    v = rng.uniform(0.005, 0.4, 30)
    y = 0.1 + 1.5 * np.sqrt(v) + rng.normal(0, 0.2 * np.sqrt(v))
    fit = rma(y, v)
    assert regtest(fit).pval < 1e-4 and regtest(fit, model="lm").pval < 1e-4
    assert regtest(fit).limit_est < fit.beta[0]
    filled = trim_and_fill(fit)
    assert filled.side == "left" and filled.k0 > 0
    assert filled.fit.beta[0] < fit.beta[0] and filled.fit.k == 30 + filled.k0


def test_regression_tests_name_what_they_need():
    fit = rma(*sample())
    with pytest.raises(NotEstimable, match="needs the sample sizes"):
        regtest(fit, predictor="ni")
    with pytest.raises(NotEstimable, match="no predictor 'moon'"):
        regtest(fit, predictor="moon")
    same = rma([0.1, 0.5, 0.2, 0.4], [0.1, 0.1, 0.1, 0.1])
    for model in ("rma", "lm"):
        with pytest.raises(NotEstimable, match="sei does not vary"):
            regtest(same, model=model)
    with pytest.raises(NotEstimable, match="sei does not vary"):
        trim_and_fill(same)
    assert "repeats" in same.refit(X=np.c_[np.ones(4), np.full(4, 0.3)], terms=["a", "b"]).notes[0]


def test_fail_safe_numbers():
    y, v = [0.5, 0.6, 0.7], [0.02, 0.02, 0.02]
    z = np.sum(np.array(y) / np.sqrt(0.02)) / np.sqrt(3)
    assert rosenthal(y, v).fsnum == np.ceil(3 * (z / 1.6448536) ** 2 - 3)
    assert orwin(y).fsnum == 3 and orwin(y, target=0.2).fsnum == 6
    assert rosenthal([0.5], [0.0]).fsnum == np.inf


def test_excess_significance_counts_and_expects():
    y, v = sample(40, seed=3, tau=0.0)
    found = excess_significance(y, v)
    assert pytest.approx(found.power.sum()) == found.E and 0.05 < found.pval < 0.95
    with pytest.raises(NotEstimable, match="certain"):
        excess_significance([100.0, 101.0], [0.01, 0.01])


def test_henmi_copas_is_centred_on_the_common_effect_and_wider():
    y, v = sample()
    found, common = henmi_copas(y, v), rma(y, v, method="FE")
    assert found.est == pytest.approx(common.beta[0])
    assert found.ci_ub - found.ci_lb > common.ci_ub[0] - common.ci_lb[0]


def test_every_subset_is_its_own_fit():
    y, v = sample(6)
    found = gosh(y, v)
    assert found.k.size == 63
    for i in (3, 17, 62):
        alone = rma(y[found.subsets[i]], v[found.subsets[i]], method="DL")
        assert found.estimate[i] == pytest.approx(alone.beta[0])
        assert found.tau2[i] == pytest.approx(alone.tau2, abs=1e-12)
    with pytest.raises(NotEstimable, match="too many subsets"):
        gosh(np.zeros(21), np.ones(21))


@pytest.mark.parametrize("moderated", [False, True])
def test_permutations_side_by_side_are_refits(moderated, monkeypatch):
    y, v = sample(6)
    X = np.column_stack([np.ones(6), np.arange(6.0)]) if moderated else None
    fit = rma(y, v, X=X, method="DL")
    fast = permutation_test(fit)
    monkeypatch.setattr("analysis.stats.permutation._side_by_side", _refits)
    slow = permutation_test(fit)
    assert fast.pval == pytest.approx(slow.pval) and fast.exact
    assert fast.QM_p == pytest.approx(slow.QM_p) if moderated else fast.QM_p is None


def _refits(fit, signs, orders):
    refits = ([fit.refit(yi=fit.yi * s) for s in signs] if orders is None
              else [fit.refit(X=fit.X[o]) for o in orders])  # fmt: skip
    return np.array([f.stat for f in refits]), np.array([f.QM for f in refits])


def test_random_permutations_repeat_with_their_seed_and_near_the_exact_p():
    fit = rma(*sample(9), method="DL")
    exact = permutation_test(fit).pval
    drawn = permutation_test(fit, draws=4000, seed=3)
    assert drawn.pval == pytest.approx(exact, abs=0.03) and not drawn.exact
    assert (
        permutation_test(fit, draws=50, seed=3).pval == permutation_test(fit, draws=50, seed=3).pval
    )
    with pytest.raises(NotEstimable, match="ask for a number of draws"):
        permutation_test(rma(*sample(14), method="DL"))


TABLES = {"ai": [1, 4, 0, 3], "bi": [49, 46, 50, 47], "ci": [5, 6, 2, 0], "di": [45, 44, 48, 50]}


def test_mantel_haenszel_of_one_table_is_its_own_odds_ratio():
    found = mantel_haenszel("OR", {k: [v[1]] for k, v in TABLES.items()})
    assert found.beta == pytest.approx(np.log(4 * 44 / (46 * 6))) and found.QE_df == 0


def test_no_events_in_one_group_of_all_tables_is_no_ratio_but_a_difference():
    columns = {"ai": [0, 0], "bi": [20, 30], "ci": [3, 2], "di": [17, 28]}
    ratio = mantel_haenszel("OR", columns)
    assert ratio.beta is None and "no events in one group" in ratio.notes[0]
    assert mantel_haenszel("RD", columns).beta < 0
    assert peto(columns).beta < 0
    with pytest.raises(NotEstimable, match="no table has both"):
        peto({"ai": [0], "bi": [20], "ci": [0], "di": [17]})


def test_tables_left_out_in_turn():
    found = sparse_series(peto, TABLES)
    rest = {k: [v[i] for i in (0, 2, 3)] for k, v in TABLES.items()}
    assert found.estimate[1] == pytest.approx(peto(rest).beta)
    assert sparse_series(peto, TABLES, cumulative=True).estimate[-1] == peto(TABLES).beta
