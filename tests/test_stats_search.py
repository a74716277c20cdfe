"""Selection and location-scale models, and the search they share."""

import numpy as np
import pytest

from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.likelihood_search import curvature, maximise, slope, standard_errors
from analysis.stats.location_scale import fit_location_scale
from analysis.stats.pooling import rma
from analysis.stats.selection import selection_model


def published(k=400, chance=0.2, seed=3):
    """Effects of 0.2 with tau 0.1; those with one-sided p above 0.025 often stay unseen."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.1, k)
    y = 0.2 + rng.normal(0, 0.1, k) + rng.normal(0, np.sqrt(v))
    seen = (y / np.sqrt(v) > 1.96) | (rng.random(k) < chance)
    return y[seen], v[seen]


def test_the_step_model_recovers_what_selection_hides():
    y, v = published(2500)
    naive, fit = rma(y, v, method="ML"), selection_model(y, v, kind="stepfun", steps=0.025)
    assert naive.beta[0] > 0.27
    assert abs(fit.beta[0] - 0.2) < 0.03
    assert fit.delta[0] == 1 and abs(fit.delta[1] - 0.2) < 0.06
    assert fit.LRT_p < 1e-6 and fit.steps == (0.025, 1.0)


def test_weights_fixed_at_one_are_no_selection():
    y, v = published(200)
    fit = selection_model(y, v, kind="stepfun", steps=[0.025, 0.5], delta=[1, 1, 1])
    plain = rma(y, v, method="ML")
    assert fit.beta[0] == pytest.approx(plain.beta[0], rel=1e-5)
    assert fit.tau2 == pytest.approx(plain.tau2, rel=1e-4)
    assert pytest.approx(0, abs=1e-7) == fit.LRT and fit.LRT_df == 0 and fit.LRT_p is None


@pytest.mark.parametrize("kind", ["halfnorm", "negexp", "logistic", "power", "beta"])
def test_smooth_weights_lower_a_selected_effect(kind):
    y, v = published(250)
    fit = selection_model(y, v, kind=kind)
    assert fit.beta[0] < rma(y, v, method="ML").beta[0]
    assert fit.LRT >= 0 and (fit.delta > 0).all()


def test_the_unit_of_the_effect_does_not_matter():
    y, v = published(150)
    one = selection_model(y, v, kind="negexp")
    two = selection_model(100 * y, 1e4 * v, kind="negexp")
    assert two.beta[0] == pytest.approx(100 * one.beta[0], rel=1e-3)
    assert two.delta[0] == pytest.approx(one.delta[0], rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kind": "stepfun", "steps": [1e-12]}, "no study has p up to 1e-12"),
        ({"kind": "guess"}, "no selection model 'guess'"),
    ],
)
def test_what_cannot_be_selected_is_refused(options, sentence):
    y, v = published(150)
    with pytest.raises(NotEstimable, match=sentence):
        selection_model(y, v, **options)
    with pytest.raises(NotPoolable, match="three studies"):
        selection_model(y[:2], v[:2], kind="negexp")


def test_an_intercept_alone_is_the_two_level_model():
    rng = np.random.default_rng(9)
    v = rng.uniform(0.02, 0.1, 40)
    y = rng.normal(0.3, 0.4, 40)
    one = np.ones((y.size, 1))
    for method in ("ML", "REML"):
        plain = rma(y, v, method=method)
        fit = fit_location_scale(y, v, one, one, terms=["b"], alpha_terms=["a"], method=method)
        assert np.exp(fit.alpha[0]) == pytest.approx(plain.tau2, rel=1e-5)
        assert fit.beta[0] == pytest.approx(plain.beta[0], rel=1e-7)


def test_heterogeneity_that_grows_is_seen_to_grow():
    rng = np.random.default_rng(5)
    z = np.repeat([0.0, 1.0], 150)
    v = np.full(300, 0.02)
    y = rng.normal(0, np.where(z == 1, 0.6, 0.1)) + rng.normal(0, np.sqrt(v))
    Z = np.column_stack([np.ones(300), z])
    fit = fit_location_scale(y, v, np.ones((300, 1)), Z, terms=["b"], alpha_terms=["a", "z"])
    assert fit.alpha[1] > 2 and fit.pval_alpha[1] < 1e-4
    names = {"terms": ["b"], "alpha_terms": ["a", "z"]}
    with pytest.raises(NotPoolable, match="cannot support"):
        fit_location_scale(y[:3], v[:3], np.ones((3, 1)), Z[:3], **names)


def test_the_search_finds_a_peak_its_slope_and_its_width():
    def hill(x):
        return -0.5 * ((x[0] - 3) ** 2 / 4 + (x[1] + 1) ** 2)

    theta, value = maximise(hill, [np.array([0.0, 0.0])])
    assert theta == pytest.approx([3, -1], abs=1e-7) and value == pytest.approx(0, abs=1e-12)
    assert slope(hill, np.array([0.0, 0.0])) == pytest.approx([0.75, -1.0], rel=1e-6)
    assert curvature(hill, theta) == pytest.approx(np.diag([-0.25, -1.0]), abs=1e-6)
    assert standard_errors(hill, theta) == pytest.approx([2, 1], rel=1e-5)
    with pytest.raises(NotEstimable, match="no finite value"):
        maximise(lambda x: -np.inf, [np.array([0.0])])
