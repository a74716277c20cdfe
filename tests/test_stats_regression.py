"""Formulas, moderators and subgroups."""

import numpy as np
import pytest

from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.formula import model_matrix
from analysis.stats.pooling import rma
from analysis.stats.regression import (
    likelihood_ratio,
    meta_regression,
    r_squared,
    vif,
    wald_test,
)
from analysis.stats.subgroups import subgroups, subgroups_shared

COLUMNS = {
    "dose": [1.0, 2.0, 4.0, 8.0],
    "kind": ["b", "a", "b", "c"],
    "year": [1990, 2000, 2005, 2010],
}


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("~ 1", ("intrcpt",)),
        ("~ dose", ("intrcpt", "dose")),
        ("~ kind", ("intrcpt", "kindb", "kindc")),
        ("~ kind - 1", ("kinda", "kindb", "kindc")),
        ("~ 0 + kind + dose", ("kinda", "kindb", "kindc", "dose")),
        ("~ dose * kind", ("intrcpt", "dose", "kindb", "kindc", "dose:kindb", "dose:kindc")),
        ("~ kind + kind:dose - 1", ("kinda", "kindb", "kindc", "kinda:dose", "kindb:dose",
                                    "kindc:dose")),
        ("~ I(dose^2) + log(dose)", ("intrcpt", "I(dose^2)", "log(dose)")),
        ("~ factor(year)", ("intrcpt", "factor(year)2000", "factor(year)2005",
                            "factor(year)2010")),
        ("~ dose * year - dose:year", ("intrcpt", "dose", "year")),
    ],
)  # fmt: skip
def test_columns_are_named_and_coded_as_in_r(formula, names):
    matrix = model_matrix(formula, COLUMNS)
    assert matrix.names == names and matrix.X.shape == (4, len(names))


def test_what_is_inside_a_formula_is_calculated():
    matrix = model_matrix("~ I(year - 2000) + I(dose^2 / 2)", COLUMNS)
    assert matrix.X[:, 1].tolist() == [-10, 0, 5, 10]
    assert matrix.X[:, 2].tolist() == [0.5, 2, 8, 32]


def test_levels_can_be_ordered_and_gaps_stay_gaps():
    matrix = model_matrix("~ kind", COLUMNS | {"kind": ["b", None, "b", "c"]},
                          levels={"kind": ["c", "b"]})  # fmt: skip
    assert matrix.names == ("intrcpt", "kindb")
    assert np.isnan(matrix.X[1, 1]) and matrix.X[3, 1] == 0


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("dose", "needs a tilde"),
        ("~ weight", "no column 'weight'"),
        ("~ I(kind^2)", "kind holds words"),
        ("~ I(dose +)", "cannot read"),
        ("~ I(__import__('os'))", "cannot read"),
        ("~ constant", "constant is x in every study"),
    ],
)
def test_formulas_that_make_no_sense_are_refused(formula, sentence):
    with pytest.raises(NotPoolable, match=sentence):
        model_matrix(formula, COLUMNS | {"constant": ["x"] * 4})


def trials(k=30, seed=2, slope=0.5):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(0, 1, k), rng.uniform(0.01, 0.1, k)
    group = np.array(["a", "b", "c"])[rng.integers(0, 3, k)]
    y = 0.2 + slope * x + rng.normal(0, 0.2, k) + rng.normal(0, np.sqrt(v))
    return y, v, {"x": x.tolist(), "group": group.tolist()}


def test_a_moderator_that_matters_explains_and_is_found():
    y, v, columns = trials()
    fit = meta_regression(y, v, "~ x", columns)
    assert fit.terms == ("intrcpt", "x") and abs(fit.beta[1] - 0.5) < 0.15
    assert fit.QMp < 1e-6 and r_squared(fit) > 50


def test_the_unit_of_a_moderator_changes_its_coefficient_and_nothing_else():
    y, v, columns = trials()
    one = meta_regression(y, v, "~ x", columns)
    two = meta_regression(y, v, "~ I(1000 * x + 1948)", columns)
    assert two.beta[1] == pytest.approx(one.beta[1] / 1000, rel=1e-7)
    assert two.tau2 == pytest.approx(one.tau2, rel=1e-7) and pytest.approx(one.QM) == two.QM


def test_a_moderator_said_twice_is_dropped_with_a_note():
    y, v, columns = trials()
    fit = meta_regression(y, v, "~ x + I(2 * x)", columns)
    assert fit.terms == ("intrcpt", "x")
    assert fit.notes == ("I(2 * x) repeats other moderators: left out",)


def test_no_r_squared_without_intercept_or_moderators():
    y, v, columns = trials()
    assert r_squared(meta_regression(y, v, "~ group - 1", columns)) is None
    assert r_squared(rma(y, v)) is None


def test_wald_tests_of_sets_and_combinations():
    y, v, columns = trials()
    fit = meta_regression(y, v, "~ x + group", columns)
    whole = wald_test(fit, columns=[1, 2, 3])
    assert pytest.approx(fit.QM) == whole.QM and whole.pval == pytest.approx(fit.QMp)
    single = wald_test(fit, L=[[0, 0, 1, -1]])
    assert single.Xb[0] == pytest.approx(fit.beta[2] - fit.beta[3])
    assert pytest.approx(single.stat[0] ** 2) == single.QM
    with pytest.raises(NotEstimable, match="needs 4 numbers"):
        wald_test(fit, L=[[1, 0]])


def test_likelihood_ratio_needs_ml_and_nesting():
    y, v, columns = trials()
    full, reduced = (meta_regression(y, v, f, columns, method="ML") for f in ("~ x", "~ 1"))
    found = likelihood_ratio(full, reduced)
    assert found.df == 1 and found.pval < 1e-4 and found.AIC_full < found.AIC_reduced
    with pytest.raises(NotEstimable, match="nested"):
        likelihood_ratio(reduced, full)
    with pytest.raises(NotEstimable, match="by ML, not by REML"):
        likelihood_ratio(meta_regression(y, v, "~ x", columns), reduced)


def test_moderators_that_share_nothing_do_not_inflate():
    x, z = np.repeat([0.0, 1.0], 8), np.tile([0.0, 1.0], 8)
    rng = np.random.default_rng(1)
    fit = meta_regression(rng.normal(size=16), np.ones(16), "~ x + z", {"x": x, "z": z})
    assert vif(fit) == pytest.approx([1, 1])


def test_subgroups_pool_apart_and_compare():
    y, v, columns = trials(slope=0.0)
    y = y + 2.0 * (np.array(columns["group"]) == "b")
    found = subgroups(y, v, columns["group"])
    inside = np.array(columns["group"]) == "b"
    assert found.fits["b"].beta[0] == pytest.approx(rma(y[inside], v[inside]).beta[0])
    assert found.df == 2 and found.pval < 1e-6
    shared = subgroups_shared(y, v, columns["group"])
    assert shared.means.terms == ("a", "b", "c") and shared.contrasts.terms[0] == "intrcpt"
    assert pytest.approx(shared.contrasts.QM) == shared.Q and shared.pval < 1e-6
    with pytest.raises(NotPoolable, match="two groups or more"):
        subgroups(y, v, ["a"] * len(y))
