"""Multilevel and multivariate models, assumed covariances, and robust variances."""

import numpy as np
import pytest

from analysis.stats.dependence import aggregate, sampling_covariance
from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.multilevel import _problem as problem_of
from analysis.stats.multilevel import (
    cooks_distances,
    deviations,
    fit_multilevel,
    negative_log_likelihood,
    profile_interval,
)
from analysis.stats.pooling import rma
from analysis.stats.robust import robust
from analysis.stats.structures import correlated, intercept, nested


def data(seed=4, places=9):
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), rng.integers(2, 7, places))
    v = rng.uniform(0.02, 0.2, place.size)
    y = 0.4 + rng.normal(0, 0.3, places)[place] + rng.normal(0, 0.2, place.size)
    return y + rng.normal(0, np.sqrt(v)), v, place, np.arange(place.size)


def paired(trials=12, seed=8):
    rng = np.random.default_rng(seed)
    trial, outcome = np.repeat(np.arange(trials), 2), ["a", "b"] * trials
    L = np.linalg.cholesky([[0.2, 0.1], [0.1, 0.3]])
    V = sampling_covariance(rng.uniform(0.02, 0.1, 2 * trials), trial, 0.5)
    u = (rng.normal(size=(trials, 2)) @ L.T).ravel()
    y = np.array([0.3, -0.2] * trials) + u + np.linalg.cholesky(V) @ rng.normal(size=2 * trials)
    return y, V, outcome, trial


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_one_intercept_a_study_is_the_two_level_model(method):
    y, v, _, row = data()
    plain = rma(y, v, method=method)
    fit = fit_multilevel(y, v, random=[intercept(row)], method=method)
    assert fit.sigma2[0] == pytest.approx(plain.tau2, rel=1e-7)
    assert fit.beta == pytest.approx(plain.beta, rel=1e-8)
    assert pytest.approx(plain.QE) == fit.QE


def test_no_random_effect_is_the_common_effect():
    y, v, _, _ = data()
    fit = fit_multilevel(y, v)
    assert fit.beta == pytest.approx(rma(y, v, method="FE").beta) and fit.method == "FE"


def test_three_levels_are_compound_symmetry_in_other_words():
    y, v, place, row = data()
    levels = fit_multilevel(y, v, random=[intercept(place), nested(place, row)])
    within = np.concatenate([np.arange(n) for n in np.bincount(place)])
    symmetric = fit_multilevel(y, v, random=[correlated(within, place, "CS")])
    G = symmetric.G[0]
    assert symmetric.ll == pytest.approx(levels.ll, abs=1e-8)
    assert G[0, 0] == pytest.approx(sum(levels.sigma2), rel=1e-5)
    assert G[0, 1] == pytest.approx(levels.sigma2[0], rel=1e-5)


def test_structures_are_nested_as_they_should_be():
    y, V, outcome, trial = paired()
    X = np.column_stack([np.array(outcome) == "a", np.array(outcome) == "b"]).astype(float)
    ll = {
        s: fit_multilevel(y, V, X=X, random=[correlated(outcome, trial, s)]).ll
        for s in ("ID", "DIAG", "CS", "HCS", "UN", "AR", "HAR")
    }
    assert ll["ID"] <= ll["DIAG"] + 1e-9 and ll["ID"] <= ll["CS"] + 1e-9
    assert ll["CS"] <= ll["HCS"] + 1e-9 and ll["DIAG"] <= ll["HCS"] + 1e-9
    assert ll["HCS"] == pytest.approx(ll["UN"], abs=1e-7)
    assert ll["AR"] == pytest.approx(ll["CS"], abs=1e-7)
    assert ll["HAR"] == pytest.approx(ll["UN"], abs=1e-7)


def test_the_slope_of_the_likelihood_is_its_slope():
    y, V, outcome, trial = paired()
    for structure in ("UN", "HCS", "HAR", "CS"):
        random = [correlated(outcome, trial, structure), intercept(trial)]
        problem, _ = problem_of(y, V, None, None, random, "REML")
        theta = np.concatenate([e.start(0.4, 0.3) for e in random])
        _, slope = negative_log_likelihood(problem, theta)
        for j in range(theta.size):
            step = 1e-6 * np.eye(theta.size)[j]
            up = negative_log_likelihood(problem, theta + step)[0]
            down = negative_log_likelihood(problem, theta - step)[0]
            assert slope[j] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-6)


def test_levels_written_as_numbers_keep_their_order():
    assert correlated([2, 11, 1], [0, 0, 0], "AR").inner.tolist() == [1, 2, 0]


def test_profile_interval_holds_the_estimate_and_knows_zero():
    y, v, place, row = data()
    fit = fit_multilevel(y, v, random=[intercept(place), nested(place, row)])
    est, lb, ub = profile_interval(fit, 0)
    assert 0 <= lb < est < ub and est == pytest.approx(fit.sigma2[0])
    flat = fit_multilevel(np.zeros(v.size) + 0.1, v, random=[intercept(place)])
    assert flat.sigma2[0] == pytest.approx(0, abs=1e-9) and profile_interval(flat, 0)[1] == 0.0


def test_a_profile_leaves_a_variance_of_zero_that_is_zero_at_the_peak():
    y = [-0.48, 0.69, 0.67, -0.45, -0.52, -0.53, 0.41, 0.21, 0.24]
    v = [0.17, 0.11, 0.14, 0.09, 0.17, 0.15, 0.08, 0.19, 0.13]
    place, row = np.repeat([21, 1, 17], 3), np.tile([1, 2, 3], 3)
    fit = fit_multilevel(y, v, random=[intercept(place), nested(place, row)])
    # metafor 3.8-1: confint(rma.mv(y, v, random = ~ 1 | place/row))
    assert fit.sigma2 == pytest.approx((0.1904009, 0), abs=1e-6)
    assert profile_interval(fit, 0) == pytest.approx((0.1904009, 0, 4.0382009), rel=1e-5)
    assert profile_interval(fit, 1) == pytest.approx((0, 0, 0.4125194), rel=1e-4, abs=1e-9)


def test_one_correlation_of_three_outcomes_has_one_sign():
    outcome, trial = np.tile([1, 2, 3], 6), np.repeat(np.arange(6), 3)
    y = [0.21, 0.49, 0.2, -0.78, 0.54, 0.27, -0.32, 0.35, 0.22, 0.18, 0.02, 0.33,
         -0.44, -0.1, -0.29, 0.36, 0.02, -0.18]  # fmt: skip
    v = [0.04, 0.04, 0.08, 0.04, 0.06, 0.1, 0.1, 0.08, 0.06, 0.04, 0.03, 0.1,
         0.06, 0.03, 0.07, 0.08, 0.07, 0.09]  # fmt: skip
    X = np.eye(3)[outcome - 1]
    fit = fit_multilevel(y, v, X=X, random=[correlated(outcome, trial, "HCS")])
    # metafor 3.8-1: rma.mv(y, v, mods = ~ outcome - 1, random = ~ outcome | trial, struct = "HCS")
    assert fit.ll == pytest.approx(-4.3124613838, rel=1e-8)
    assert np.diag(fit.G[0]) == pytest.approx([0.1564275149, 0.0398087582, 0], rel=1e-6, abs=1e-9)
    assert (fit.G[0] <= np.diag(np.diag(fit.G[0]))).all()


def test_deviations_sum_to_nothing_and_shrink():
    y, v, place, row = data()
    fit = fit_multilevel(y, v, random=[intercept(place, name="place"), nested(place, row)])
    first, second = deviations(fit)
    assert first.name == "place" and first.value.size == 9 and second.value.size == y.size
    means = np.array([np.mean(y[place == g]) for g in range(9)]) - fit.beta[0]
    assert np.corrcoef(first.value, means)[0, 1] > 0.8
    assert np.abs(first.value).max() < np.abs(means).max()


def test_cooks_distance_is_largest_for_the_odd_place():
    y, v, place, _row = data()
    y = y + 3.0 * (place == 4)
    names, moves = cooks_distances(fit_multilevel(y, v, random=[intercept(place)]), place)
    assert names[int(np.argmax(moves))] == 4


def test_an_assumed_correlation_makes_a_covariance_or_is_refused():
    V = sampling_covariance([1.0, 4.0, 9.0], ["a", "a", "b"], 0.5)
    assert V.tolist() == [[1, 1, 0], [1, 4, 0], [0, 0, 9]]
    with pytest.raises(NotPoolable, match="between -1 and 1"):
        sampling_covariance([1.0], ["a"], 1.5)
    with pytest.raises(NotPoolable, match="cannot all correlate"):
        sampling_covariance([1.0] * 4, ["a"] * 4, -0.9)


def test_combined_effects_of_a_study_are_its_own_pooled_effect():
    y, v = np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0])
    names, effects, variances = aggregate(y, np.diag(v), ["b", "b", "a"])
    alone = rma(y[:2], v[:2], method="FE")
    assert names == ["b", "a"] and effects[0] == pytest.approx(alone.beta[0])
    assert variances.tolist() == pytest.approx([alone.se[0] ** 2, 3.0])


def test_robust_variance_of_a_mean_of_equal_clusters_is_the_textbook_one():
    rng = np.random.default_rng(1)
    y, cluster = rng.normal(size=12), np.repeat(np.arange(6), 2)
    X, M = np.ones((12, 1)), np.ones(12)
    sums = y.reshape(6, 2).mean(1)
    standard = sums.std(ddof=1) / np.sqrt(6)
    for kind in ("CR1", "CR2"):
        found = robust(y, X, M, cluster, kind=kind)
        assert found.se[0] == pytest.approx(standard) and found.df[0] == pytest.approx(5)
    assert robust(y, X, M, cluster, kind="CR0").se[0] == pytest.approx(standard * np.sqrt(5 / 6))


def test_robust_needs_more_clusters_than_coefficients():
    with pytest.raises(NotEstimable, match="2 clusters cannot support 2"):
        robust([1, 2, 3.0], np.eye(3)[:, :2], np.ones(3), ["a", "a", "b"])
    with pytest.raises(NotEstimable, match="no robust estimator 'CR9'"):
        robust([1.0], [[1.0]], [1.0], ["a"], kind="CR9")


@pytest.mark.parametrize(
    ("V", "options", "sentence"),
    [
        ([[1.0, 2.0], [2.0, 1.0]], {}, "contradict each other"),
        ([1.0, 1.0, 1.0], {}, "do not match"),
        ([1.0, 1.0], {"method": "DL"}, "by REML or ML, not DL"),
        ([1.0, np.nan], {}, "present and finite"),
        ([1.0, 1.0], {"test": "knha"}, "z or t"),
        ([1.0, 1.0], {"X": np.eye(2)}, "cannot support 2 coefficients"),
    ],
)
def test_what_cannot_be_fitted_is_refused(V, options, sentence):
    with pytest.raises(NotPoolable, match=sentence):
        fit_multilevel([0.1, 0.2], V, **options)
