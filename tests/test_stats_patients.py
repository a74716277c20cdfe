"""Mixed models for patients in studies, marginal means, and multiple imputation."""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.stats.confounders import confounder_table
from analysis.stats.errors import NotEstimable
from analysis.stats.imputation import fraction_missing, impute, joint_test, pool_rubin
from analysis.stats.marginal_means import holm, marginal_means, pairwise
from analysis.stats.mixed import containment_df, fit_mixed
from analysis.stats.mixed_tests import kenward_roger, satterthwaite, term_tests


def balanced(studies=7, patients=6, seed=3, between=4.0):
    rng = np.random.default_rng(seed)
    level = rng.normal(50, np.sqrt(between), studies)
    study = np.repeat(np.arange(studies), patients)
    y = level[study] + rng.normal(0, 2, study.size)
    return {"study": [f"S{i}" for i in study], "y": y.tolist()}


def unbalanced(n=160, seed=5):
    rng = np.random.default_rng(seed)
    study = rng.integers(0, 12, n)
    group = np.array(["A", "B", "C"])[rng.integers(0, 3, n)]
    age = rng.normal(60, 10, n)
    y = 40 + 3 * (group == "B") + 0.2 * age + rng.normal(0, 3, 12)[study] + rng.normal(0, 5, n)
    return {"study": [f"S{i}" for i in study], "group": group.tolist(), "age": age.tolist(),
            "y": y.tolist()}  # fmt: skip


def test_a_balanced_design_gives_the_analysis_of_variance():
    data = balanced()
    fit = fit_mixed("y ~ 1", data)
    y = np.array(data["y"]).reshape(7, 6)
    within = y.var(axis=1, ddof=1).mean()
    between = y.mean(1).var(ddof=1)
    assert fit.var_residual == pytest.approx(within, rel=1e-8)
    assert fit.var_study == pytest.approx(between - within / 6, rel=1e-7)
    assert fit.se[0] == pytest.approx(np.sqrt(between / 7), rel=1e-8)
    for method in (satterthwaite, kenward_roger):
        found = method(fit, [1.0])
        assert found.df[0] == pytest.approx(6, rel=1e-6)
        assert found.se[0] == pytest.approx(fit.se[0], rel=1e-8)


def test_it_agrees_with_statsmodels_on_unbalanced_data():
    data = unbalanced()
    for reml in (True, False):
        fit = fit_mixed("y ~ group + age", data, reml=reml)
        peer = sm.MixedLM(fit.y, fit.X, groups=fit.group).fit(reml=reml)
        assert fit.beta == pytest.approx(peer.fe_params, rel=1e-5)
        assert fit.var_study == pytest.approx(peer.cov_re[0, 0], rel=1e-3)
        assert fit.var_residual == pytest.approx(peer.scale, rel=1e-4)
        assert fit.ll == pytest.approx(peer.llf, abs=1e-5)


def test_studies_more_alike_than_chance_give_a_variance_of_zero_without_fuss():
    data = {"study": ["a", "a", "b", "b", "c", "c"], "y": [1.0, 5.0, 1.1, 4.9, 0.9, 5.1]}
    fit = fit_mixed("y ~ 1", data)
    assert fit.singular and fit.icc == 0.0 and not fit.blup.any()
    assert satterthwaite(fit, [1.0]).df[0] == pytest.approx(5)


def test_order_and_unit_do_not_matter():
    data = unbalanced()
    fit = fit_mixed("y ~ group + age", data)
    turned = {k: v[::-1] for k, v in data.items()} | {"y": [100 * v for v in data["y"][::-1]]}
    other = fit_mixed("y ~ group + age", turned)
    assert other.beta == pytest.approx(100 * fit.beta, rel=1e-7)
    assert other.icc == pytest.approx(fit.icc, rel=1e-6)


def test_rows_with_a_gap_are_left_out():
    data = unbalanced()
    data["age"][3] = None
    fit = fit_mixed("y ~ group + age", data)
    assert fit.n == 159 and 3 not in fit.rows


@pytest.mark.parametrize(
    ("columns", "formula", "sentence"),
    [
        ({"study": ["a", "a"], "y": [1, 2]}, "y ~ 1", "two studies or more"),
        ({"study": ["a", "b"], "y": [1, 2]}, "y ~ 1", "one patient"),
        ({"study": list("aabb"), "y": [1, 2, 3, 4], "x": [1, 1, 1, 1]}, "y ~ x", "x is a comb"),
        ({"study": list("aabb"), "y": [1, 1, 1, 1]}, "y ~ 1", "no residual variance"),
    ],
)
def test_what_cannot_be_fitted_is_refused(columns, formula, sentence):
    with pytest.raises(NotEstimable, match=sentence):
        fit_mixed(formula, columns)


def test_marginal_means_are_at_the_mean_age_and_differ_by_the_coefficient():
    data = unbalanced()
    fit = fit_mixed("y ~ group + age", data)
    means = marginal_means(fit, "group", data)
    expected = fit.beta[0] + fit.beta[3] * np.mean(data["age"])
    assert means.means.est[0] == pytest.approx(expected)
    found = pairwise(fit, means)
    assert found.pairs == (("A", "B"), ("A", "C"), ("B", "C"))
    assert found.differences.est[0] == pytest.approx(-fit.beta[1])
    order = [found.p_lsd, found.p_tukey, found.p_sidak, found.p_bonferroni]
    assert all((small <= large + 1e-12).all() for small, large in itertools.pairwise(order))
    with pytest.raises(NotEstimable, match="age is no factor"):
        marginal_means(fit, "age", data)


def test_holm_steps_down():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_tests_by_term():
    data = unbalanced()
    fit = fit_mixed("y ~ group + age", data)
    group, age = term_tests(fit)
    assert (group.term, group.num_df, age.num_df) == ("group", 2, 1)
    single = satterthwaite(fit, np.eye(4)[3])
    assert pytest.approx(single.t[0] ** 2) == age.F and age.den_df == pytest.approx(single.df[0])
    with pytest.raises(NotEstimable, match="need the main effect of group beside"):
        term_tests(fit_mixed("y ~ age + group:age", data))


def test_containment_df():
    data = unbalanced()
    fit = fit_mixed("y ~ group", data)
    assert containment_df(fit).tolist() == [160 - 12 - 2] * 3


def test_the_intercept_of_many_small_studies_has_the_df_of_the_studies():
    y = [3, 5, 2, 6, 4, 5, 7, 8, 1, 3, 6, 4]
    x = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0]
    fit = fit_mixed("y ~ x", {"study": list("abcdeeffgghh"), "x": x, "y": y})
    assert containment_df(fit).tolist() == [7, 3]  # nlme 3.1-162: lme(y ~ x, random = ~ 1 | s)


def test_kenward_roger_asks_for_reml():
    with pytest.raises(NotEstimable, match="REML"):
        kenward_roger(fit_mixed("y ~ 1", balanced(), reml=False), [1.0])


def confounded(n=600, seed=7):
    rng = np.random.default_rng(seed)
    study, age = rng.integers(0, 15, n), rng.normal(0, 1, n)
    group = np.where(rng.random(n) < 1 / (1 + np.exp(-1.5 * age)), "B", "A")
    y = 10 * age + rng.normal(0, 2, 15)[study] + rng.normal(0, 3, n)
    return {"study": [f"S{i}" for i in study], "group": group.tolist(), "age": age.tolist(),
            "noise": rng.normal(size=n).tolist(), "y": y.tolist()}  # fmt: skip


def test_a_confounder_is_kept_and_takes_the_effect_away():
    table = confounder_table("y", "group", ["age", "noise"], confounded())
    age, noise = table.candidates
    assert age.kept and age.p_together < 1e-10 and age.p_alone < 1e-10
    assert not noise.kept and noise.p_together is None
    assert table.terms == ("groupB",) and table.crude[0] > 5
    assert abs(table.adjusted[0]) < 1.5 and table.change[0] < -70
    assert table.p_crude < 1e-6 < table.p_adjusted


def test_crude_and_adjusted_are_of_the_same_patients():
    data = confounded()
    data["age"][:50] = [None] * 50
    table = confounder_table("y", "group", ["age"], data)
    assert table.n == 550 and table.candidates[0].n == 550
    with pytest.raises(NotEstimable, match="name the variables"):
        confounder_table("y", "group", [], data)


def test_r_squared_counts_what_studies_explain_apart():
    fit = fit_mixed("y ~ age", confounded())
    marginal, conditional = fit.r_squared
    assert 0.7 < marginal < conditional < 1
    empty = fit_mixed("y ~ 1", balanced())
    assert empty.r_squared == pytest.approx((0.0, empty.icc), abs=1e-12)


def test_rubins_rules_by_hand():
    found = pool_rubin([[1.0], [2.0], [3.0]], [[0.5], [0.5], [0.5]])
    assert found.qbar[0] == 2.0 and found.ubar[0] == 0.5 and found.b[0] == 1.0
    assert found.t[0] == pytest.approx(0.5 + 4 / 3)
    assert found.df[0] == pytest.approx(2 * (1 + 0.5 / (4 / 3)) ** 2)
    assert pool_rubin([[1.0], [2.0], [3.0]], [[0.5]] * 3, dfcom=20).df[0] < found.df[0]
    assert found.fmi[0] == pytest.approx(fraction_missing(8 / 3, found.df[0]))
    with pytest.raises(NotEstimable, match="two imputations"):
        pool_rubin([[1.0]], [[0.5]])


def test_the_joint_test_of_one_coefficient_is_the_square_of_its_t():
    rng = np.random.default_rng(0)
    q, u = rng.normal(1, 0.3, (6, 1)), np.full((6, 1), 0.2)
    alone = pool_rubin(q, u)
    both = joint_test(q, u[:, :, None])
    assert pytest.approx(alone.stat[0] ** 2) == both.F


def patients_with_gaps(n=400, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, n)
    y = 2 * x + rng.normal(0, 1, n)
    sex = np.where(rng.random(n) < 0.5, "F", "M")
    # the larger y, the likelier x is missing: complete cases are a biased sample of x
    gone = rng.random(n) < 1 / (1 + np.exp(-1.5 * y))
    return {
        "y": y.tolist(),
        "x": [None if g else v for g, v in zip(gone, x, strict=True)],
        "sex": [None if rng.random() < 0.1 else s for s in sex],
    }, x


def test_imputation_fills_gaps_only_and_with_observed_values():
    columns, _ = patients_with_gaps()
    found = impute(columns, m=3, iterations=4, seed=11)
    assert len(found.completed) == 3 and set(found.missing) == {"x", "sex"}
    seen = {v for v in columns["x"] if v is not None}
    for table in found.completed:
        assert table["y"] == columns["y"]
        pairs = list(zip(table["x"], columns["x"], strict=True))
        assert all(new == old for new, old in pairs if old is not None)
        assert {new for new, _ in pairs} <= seen
        assert set(table["sex"]) == {"F", "M"}
    assert found.means["x"].shape == (3, 4)


def test_the_same_seed_gives_the_same_values_and_another_gives_others():
    columns, _ = patients_with_gaps(60)
    first, again, other = (impute(columns, m=2, iterations=2, seed=s) for s in (1, 1, 2))
    assert first.completed == again.completed != other.completed


def test_imputation_recovers_a_mean_that_complete_cases_miss():
    columns, truth = patients_with_gaps(1500)
    seen = np.mean([v for v in columns["x"] if v is not None])
    found = impute(columns, m=5, iterations=5, seed=4)
    filled = np.mean([np.mean(t["x"]) for t in found.completed])
    assert abs(seen - truth.mean()) > 0.3
    assert abs(filled - truth.mean()) < 0.12


def test_studies_keep_their_own_level():
    rng = np.random.default_rng(2)
    study = np.repeat(["a", "b"], 60)
    x = np.where(study == "a", 0.0, 100.0) + rng.normal(0, 1, 120)
    columns = {"study": study.tolist(), "x": [None if i % 3 == 0 else v for i, v in enumerate(x)]}
    (table,) = impute(columns, m=1, iterations=2, seed=1, within="study").completed
    filled = np.array(table["x"])
    assert filled[:60].max() < 10 and filled[60:].min() > 90


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": [None, None], "b": [1.0, 2.0]}, "a is missing for everybody"),
        ({"a": ["x", "x", "x", None], "b": [1.0, 2.0, 3.0, 4.0]}, "a is x wherever it is known"),
    ],
)
def test_what_cannot_be_imputed_is_refused(columns, sentence):
    with pytest.raises(NotEstimable, match=sentence):
        impute(columns, m=2, iterations=1, seed=1)
