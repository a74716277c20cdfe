"""Models of the counts themselves."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.integrate import quad
from scipy.stats import binom, nchypergeom_fisher, norm

from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.glmm import fit_glmm, integrated
from analysis.stats.glmm_models import hypergeometric, study_model
from analysis.stats.likelihood_search import curvature, slope
from analysis.stats.pooling import rma

PROPORTIONS = {"xi": [3, 9, 12, 4, 20, 7, 15], "ni": [20, 30, 25, 30, 40, 18, 33]}
TABLES = {"ai": [2, 5, 1, 8, 4], "bi": [50, 60, 40, 70, 55],
          "ci": [6, 9, 4, 10, 12], "di": [45, 55, 38, 66, 48]}  # fmt: skip


def test_the_common_effect_of_proportions_is_a_logistic_regression():
    x, n = (np.array(PROPORTIONS[c]) for c in ("xi", "ni"))
    fit = fit_glmm("PLO", PROPORTIONS, method="EE")
    peer = sm.GLM(np.column_stack([x, n - x]), np.ones(7), family=sm.families.Binomial()).fit()
    assert fit.beta[0] == pytest.approx(peer.params[0], rel=1e-9)
    assert fit.se[0] == pytest.approx(peer.bse[0], rel=1e-5)
    assert fit.ll == pytest.approx(peer.llf) and fit.tau2 == 0
    assert pytest.approx(peer.deviance) == fit.QE_LRT


def test_rates_are_a_poisson_regression():
    x, t = np.array([9, 14, 3, 22]), np.array([100.0, 120, 60, 300])
    fit = fit_glmm("IRLN", {"xi": x, "ti": t}, method="EE")
    assert np.exp(fit.beta[0]) == pytest.approx(x.sum() / t.sum())
    assert fit.se[0] == pytest.approx(x.sum() ** -0.5, rel=1e-5)


def test_quadrature_is_the_integral():
    study = study_model("PLO", "UM.FS", PROPORTIONS)
    rule = np.polynomial.hermite.hermgauss(15)
    found = integrated(study, np.full(7, -0.6), 0.8, rule)
    for i in range(7):
        x, n = PROPORTIONS["xi"][i], PROPORTIONS["ni"][i]

        def density(u, x=x, n=n):
            return binom.pmf(x, n, 1 / (1 + np.exp(0.6 - u))) * norm.pdf(u, 0, 0.8)

        assert np.exp(found[i]) == pytest.approx(quad(density, -8, 8)[0], rel=1e-7)


def test_the_exact_conditional_likelihood_is_fishers():
    a, b, c, d = (np.array(TABLES[n], float) for n in ("ai", "bi", "ci", "di"))
    found = hypergeometric(a, b, c, d).loglik(np.full(5, -0.7))
    for i in range(5):
        total, n1, m = a[i] + b[i] + c[i] + d[i], a[i] + b[i], a[i] + c[i]
        peer = nchypergeom_fisher.logpmf(a[i], total, n1, m, np.exp(-0.7))
        assert found[i] == pytest.approx(peer, rel=1e-8)


def test_slopes_are_slopes():
    rates = {"x1i": [4, 9], "t1i": [50.0, 80], "x2i": [8, 3], "t2i": [60.0, 40]}
    for measure, model, columns in (
        ("PLO", "UM.FS", PROPORTIONS), ("OR", "CM.EL", TABLES), ("OR", "CM.AL", TABLES),
        ("OR", "UM.FS", TABLES), ("IRR", "UM.FS", rates),
        ("IRR", "CM.EL", rates), ("IRLN", "UM.FS", {"xi": [4, 9], "ti": [50.0, 80]}),
    ):  # fmt: skip
        study = study_model(measure, model, columns)
        eta = np.full(len(next(iter(columns.values()))), -0.4)
        first, second = study.slopes(eta)
        step = 1e-5
        up, middle, down = (study.loglik(eta + s) for s in (step, 0.0, -step))
        assert first == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-6)
        assert second == pytest.approx((up - 2 * middle + down) / step**2, rel=1e-3)


def test_rare_tables_give_nearly_the_same_by_both_conditional_models():
    rare = {"ai": [1, 2, 0, 3], "bi": [999, 1500, 800, 2100], "ci": [4, 5, 2, 6],
            "di": [1000, 1490, 805, 2095]}  # fmt: skip
    exact, rough = (fit_glmm("OR", rare, model=m, method="EE") for m in ("CM.EL", "CM.AL"))
    assert exact.beta[0] == pytest.approx(rough.beta[0], abs=0.01)


def test_free_levels_and_a_common_effect_are_a_regression_on_studies():
    a, b, c, d = (np.array(TABLES[n], float) for n in ("ai", "bi", "ci", "di"))
    fit = fit_glmm("OR", TABLES, method="EE")
    studies = np.vstack([np.eye(5), np.eye(5)])
    X = np.column_stack([np.repeat([0.5, -0.5], 5), studies])
    counts = np.column_stack([np.r_[a, c], np.r_[b, d]])
    peer = sm.GLM(counts, X, family=sm.families.Binomial()).fit()
    assert fit.beta[0] == pytest.approx(peer.params[0], rel=1e-8)
    assert fit.se[0] == pytest.approx(peer.bse[0], rel=1e-5)
    assert fit.ll == pytest.approx(peer.llf) and fit.parameters == 6


def test_a_moderators_top_and_errors_are_those_of_the_likelihood_of_all_parameters():
    X, rule = np.column_stack([np.ones(5), [0.0, 1, 0, 1, 1]]), np.polynomial.hermite.hermgauss(7)
    fit = fit_glmm("OR", TABLES | {"ai": [2, 25, 1, 8, 14]}, X=X)
    study = study_model("OR", "UM.FS", TABLES | {"ai": [2, 25, 1, 8, 14]})

    def loglik(theta):
        return float(np.sum(integrated(study, X @ theta[:2], theta[2], rule)))

    top = np.r_[fit.beta, fit.tau2**0.5]
    assert loglik(top) == pytest.approx(fit.ll, abs=1e-9)
    assert slope(loglik, top) == pytest.approx(np.zeros(3), abs=1e-5)
    C = np.linalg.inv(-curvature(loglik, top))
    assert fit.vb == pytest.approx(C[:2, :2], rel=1e-4)
    assert fit.se_tau2 == pytest.approx(2 * top[2] * C[2, 2] ** 0.5, rel=1e-4)


def test_rates_given_all_events_are_rates_with_free_levels():
    rates = {"x1i": [4, 9, 3, 12], "t1i": [50.0, 80, 33, 150],
             "x2i": [8, 3, 9, 20], "t2i": [60.0, 40, 35, 140]}  # fmt: skip
    free, given = (fit_glmm("IRR", rates, model=m) for m in ("UM.FS", "CM.EL"))
    assert free.beta[0] == pytest.approx(given.beta[0], rel=1e-5)
    assert free.tau2 == pytest.approx(given.tau2, rel=1e-3, abs=1e-6)


def test_with_large_counts_it_is_the_normal_model():
    rng = np.random.default_rng(2)
    logit = rng.normal(-0.5, 0.4, 25)
    n = np.full(25, 20000)
    x = rng.binomial(n, 1 / (1 + np.exp(-logit)))
    fit = fit_glmm("PLO", {"xi": x, "ni": n})
    normal = rma(np.log(x / (n - x)), 1 / x + 1 / (n - x), method="ML")
    assert fit.beta[0] == pytest.approx(normal.beta[0], rel=1e-3)
    assert fit.tau2 == pytest.approx(normal.tau2, rel=1e-2)


def test_studies_more_alike_than_chance_have_no_tau2():
    fit = fit_glmm("PLO", {"xi": [10, 10, 10, 10], "ni": [30, 30, 30, 30]})
    assert fit.tau2 == 0 and fit.I2 == 0 and fit.se_tau2 is None


def test_a_study_without_events_enters_the_tests_of_heterogeneity_as_a_limit():
    """What rma.glmm(measure="PLO") of metafor 3.8 gives, where glm() goes far out."""
    fit = fit_glmm("PLO", {"xi": [0, 5, 9, 6], "ni": [12, 20, 30, 19]})
    assert (fit.QE_Wld, fit.QE_LRT) == pytest.approx((0.2306189, 7.7007125), rel=1e-5)


def test_one_table_is_itself_with_no_heterogeneity_to_speak_of():
    fit = fit_glmm("OR", {"ai": [2], "bi": [50], "ci": [6], "di": [45]}, model="CM.AL", method="EE")
    assert (fit.k, fit.I2, fit.H2) == (1, 0.0, 1.0)


def test_walds_test_needs_a_study_with_an_effect_of_its_own():
    fit = fit_glmm("PLO", {"xi": [0, 0, 19], "ni": [12, 20, 19]})
    assert fit.QE_Wld is None and np.isfinite(fit.QE_LRT)


@pytest.mark.parametrize(
    ("measure", "columns", "options", "kind", "sentence"),
    [
        ("RR", TABLES, {}, NotEstimable, "no such model for RR"),
        ("OR", TABLES, {"model": "UM.XX"}, NotEstimable, "no model UM.XX for OR"),
        ("PLO", PROPORTIONS, {"method": "REML"}, NotPoolable, "ML or EE"),
        ("PLO", {"xi": [3], "ni": [9]}, {}, NotPoolable, "more studies than coefficients"),
        ("OR", TABLES, {"model": "UM.RS", "X": np.ones((5, 2))}, NotEstimable, "repeats others"),
    ],
)
def test_what_has_no_model_is_refused(measure, columns, options, kind, sentence):
    with pytest.raises(kind, match=sentence):
        fit_glmm(measure, columns, **options)


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL", "CM.AL"])
def test_a_table_without_events_counts_in_nothing_as_in_metafor(model):
    tables = {"ai": [4.0, 6, 3], "bi": [119.0, 300, 228], "ci": [11.0, 29, 11],
              "di": [128.0, 274, 209]}  # fmt: skip
    silent = {"ai": [0.0, 20], "bi": [40.0, 0], "ci": [0.0, 21], "di": [44.0, 0]}
    both = {name: tables[name] + silent[name] for name in tables}
    alone, more = (fit_glmm("OR", one, model=model, test="t") for one in (tables, both))
    assert (more.k, more.ddf, more.QE_df) == (3, 2, 2)
    assert more.ci_ub == pytest.approx(alone.ci_ub)
