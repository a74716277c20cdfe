"""Pooling: what must hold for any data, what is refused, and what has no value."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.heterogeneity import confint
from analysis.stats.least_squares import design, sums
from analysis.stats.likelihood import fit_stats
from analysis.stats.pooling import rma, with_level
from analysis.stats.prediction import predict
from analysis.stats.sensitivity import leave_one_out
from analysis.stats.tau2 import ESTIMATORS

RANDOM = sorted(set(ESTIMATORS) - {"GENQ"})
effects = st.floats(-20, 20).map(lambda x: round(x, 3))
variances = st.floats(0.01, 9).map(lambda x: round(x, 3))
studies = st.lists(st.tuples(effects, variances), min_size=2, max_size=12)


def arrays(rows):
    y, v = np.array(rows).T
    return y, v


@pytest.mark.parametrize("method", ["FE", *RANDOM])
@given(rows=studies, unit=st.sampled_from([1e-4, 0.01, 3.0, 100.0, 1e4]))
def test_units_order_and_sign_transform_as_they_must(method, rows, unit):
    y, v = arrays(rows)
    plain = rma(y, v, method=method)
    scaled = rma(unit * y, unit**2 * v, method=method)
    mirrored = rma(-y[::-1], v[::-1], method=method)
    near = {"rel": 1e-6, "abs": 1e-7 * (1 + abs(y).max())}
    assert scaled.tau2 == pytest.approx(unit**2 * plain.tau2, rel=1e-6, abs=1e-8 * unit**2)
    assert scaled.beta[0] == pytest.approx(unit * plain.beta[0], rel=1e-6, abs=unit * near["abs"])
    assert mirrored.tau2 == pytest.approx(plain.tau2, rel=1e-6, abs=1e-8)
    assert mirrored.beta[0] == pytest.approx(-plain.beta[0], **near)
    assert pytest.approx(plain.I2, rel=1e-5, abs=1e-5) == scaled.I2


@given(studies)
def test_reml_stands_at_a_maximum_of_its_likelihood(rows):
    y, v = arrays(rows)
    fit = rma(y, v)

    def ll(tau2):
        w = 1 / (v + tau2)
        mean = np.sum(w * y) / np.sum(w)
        return 0.5 * (np.log(w).sum() - np.log(w.sum()) - np.sum(w * (y - mean) ** 2))

    spread = np.var(y) * 3 + 1
    best = max(ll(t) for t in np.r_[0.0, np.geomspace(1e-6, spread, 400)])
    assert ll(fit.tau2) >= best - 1e-9 * (1 + abs(best))


@given(studies)
def test_paule_mandel_makes_q_equal_its_expectation(rows):
    y, v = arrays(rows)
    fit = rma(y, v, method="PM")
    w = 1 / (v + fit.tau2)
    q = np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2)
    if fit.tau2 > 0:
        assert q == pytest.approx(y.size - 1, rel=1e-8)
    else:
        assert q <= y.size - 1 + 1e-9


@given(studies)
def test_the_common_effect_is_the_random_one_with_tau2_of_zero(rows):
    y, v = arrays(rows)
    random = rma(y, v, method="DL")
    if random.tau2 == 0:
        common = rma(y, v, method="FE")
        assert common.beta[0] == pytest.approx(random.beta[0])
        assert common.se[0] == pytest.approx(random.se[0])


@given(studies, effects)
def test_a_study_of_no_weight_changes_nothing(rows, stray):
    y, v = arrays(rows)
    plain = rma(y, v, method="FE")
    more = rma(np.r_[y, stray], np.r_[v, 1e14], method="FE")
    assert more.beta[0] == pytest.approx(plain.beta[0], rel=1e-6, abs=1e-6)
    assert more.se[0] == pytest.approx(plain.se[0], rel=1e-6)


@pytest.mark.parametrize("p", [1, 2])
def test_one_trial_value_is_read_as_several_are(p):
    y, v = np.array([0.1, 0.5, 0.9, 1.4]), np.array([0.02, 0.05, 0.03, 0.1])
    d = design(y, v, np.column_stack([np.ones(4), np.arange(4.0)])[:, :p])
    one, several = sums(d, 0.3), sums(d, [0.1, 0.3])
    for name in ("yPy", "yPPy", "yPPPy", "trP", "trPP", "trW", "trWW", "logw", "logA"):
        assert getattr(one, name) == pytest.approx(getattr(several, name)[1], rel=1e-10)


@given(studies)
def test_intervals_hold_their_estimate_and_grow_with_the_level(rows):
    y, v = arrays(rows)
    assume(np.ptp(y) > 1e-6)
    fit = rma(y, v, test="knha")
    assert fit.ci_lb[0] <= fit.beta[0] <= fit.ci_ub[0]
    wide = with_level(fit, 0.99)
    assert wide.ci_lb[0] <= fit.ci_lb[0] and wide.ci_ub[0] >= fit.ci_ub[0]
    q = confint(fit)
    assert 0 <= q.tau2.lb <= q.tau2.ub
    assert q.I2.lb <= q.I2.ub <= 100
    assert np.isclose(q.tau.ub**2, q.tau2.ub)


def test_adhoc_is_never_narrower_than_the_plain_interval():
    y, v = [0.3, 0.34, 0.32], [0.04, 0.09, 0.05]
    plain, scaled, adhoc = (rma(y, v, method="DL", test=t).se[0] for t in ("z", "knha", "adhoc"))
    assert scaled < plain == adhoc


def test_one_study_is_itself_with_no_heterogeneity_to_speak_of():
    fit = rma([0.31], [0.052], test="knha")
    assert (fit.tau2, fit.se_tau2, fit.test) == (0.0, None, "z")
    assert fit.beta[0] == pytest.approx(0.31)
    assert "one study" in fit.notes[0]
    with pytest.raises(NotEstimable, match="one study says nothing"):
        confint(fit)


def test_rows_with_a_missing_value_are_left_out_and_the_rest_remembered():
    fit = rma([0.1, np.nan, 0.3, 0.5], [0.1, 0.1, np.nan, 0.2])
    assert fit.rows.tolist() == [0, 3] and fit.k == 2


SLOPED = [[1, 1], [1, 2], [1, 4]]


@pytest.mark.parametrize(
    ("yi", "vi", "options", "sentence"),
    [
        ([], [], {}, "nothing to pool"),
        ([1.0], [0.1, 0.2], {}, "equal 1-d shapes"),
        ([1.0, np.inf], [0.1, 0.2], {}, "row 2: an effect, variance or moderator is infinite"),
        ([1.0, 2.0], [0.1, -0.2], {}, "row 2: a sampling variance cannot be negative"),
        ([1.0, 2.0], [0.1, 0.0], {"method": "DL"}, "row 2: method DL cannot use"),
        ([1.0, 2.0], [0.1, 0.0], {"method": "FE"}, "row 2: a sampling variance of zero"),
        ([1.0, 2.0], [0.1, 0.2], {"method": "XX"}, "there is no method 'XX'"),
        ([1.0, 2.0], [0.1, 0.2], {"test": "XX"}, "there is no test 'XX'"),
        ([1.0, 2.0], [0.1, 0.2], {"level": 95}, "between 0 and 1, got 95"),
        ([1.0, 2.0], [0.1, 0.2], {"weights": [1, -1]}, "weights must be finite"),
        ([1.0, 2.0], [0.1, 0.2], {"method": "GENQ"}, "needs a weight for each study"),
        ([1.0, 2.0], [0.1, 0.2], {"X": [[1, 0], [1, 1]]}, "2 studies cannot support 2"),
        ([1.0, 2.0, 7.0], [0.0, 8.0, 170.0], {"X": SLOPED}, "row 1: with a sampling variance"),
        (
            [1.0, 2.0, 7.0],
            [1e-18, 8.0, 170.0],
            {"X": SLOPED, "method": "FE"},
            "leave the others none",
        ),
    ],
)
def test_what_cannot_be_pooled_is_refused_in_words(yi, vi, options, sentence):
    with pytest.raises(NotPoolable, match=sentence):
        rma(yi, vi, **options)


def test_a_study_without_variance_leaves_i2_undefined():
    fit = rma([100, 69.2, 77.5, 54.2, 40], [0, 206.3, 372.5, 124, 59.7])
    assert fit.tau2 > 100 and fit.QE is None and fit.I2 is None
    with pytest.raises(NotEstimable, match="variance of zero"):
        confint(fit)


def test_a_likelihood_that_is_endless_at_zero_is_read_where_it_has_a_peak():
    fit = rma([-0.12, 1.77, 0.34, -0.62, -0.44], [0, 0.16, 0.18, 0.21, 0.22], method="ML")
    # metafor 3.8-1: rma(yi, vi, method = "ML", control = list(threshold = 1e-14))
    assert (fit.tau2, fit.beta[0]) == pytest.approx((0.540248115788, 0.187604418331), rel=1e-9)


def test_a_study_far_more_precise_costs_the_others_no_digits():
    y = [-0.18, -0.43, 1.0, 0.73, -1.73, 0.35]
    v = [1e-10, 0.79, 0.19, 0.77, 0.89, 0.11]
    fit = rma(y, v, method="DL")
    # the formulas of DerSimonian and Laird in fractions, without rounding
    exact = {"tau2": 0.24210103504276403, "se_tau2": 0.30798702708640724, "s2": 0.13856413648590335}
    assert {name: getattr(fit, name) for name in exact} == pytest.approx(exact, rel=1e-12)
    without = leave_one_out(rma(y, v))
    assert without.I2[0] == pytest.approx(rma(y[1:], v[1:]).I2, rel=1e-9)


def test_equal_effects_leave_an_empty_interval_and_say_so():
    found = confint(rma([0.4] * 5, [0.01] * 5))
    assert found.empty and found.tau2.ub == 0.0


def test_prediction_intervals():
    fit = rma([0.1, 0.5, 0.9, 1.4], [0.02, 0.05, 0.03, 0.1])
    plain, riley = predict(fit), predict(fit, pi_type="riley")
    assert riley.pi_lb[0] < plain.pi_lb[0] < plain.ci_lb[0]
    ratio = plain.transformed(np.exp)
    assert ratio.pred[0] == pytest.approx(np.exp(fit.beta[0])) and ratio.se is None
    falling = plain.transformed(np.negative)
    assert falling.ci_lb[0] == -plain.ci_ub[0] and falling.ci_lb[0] < falling.ci_ub[0]
    assert predict(rma([0.1, 0.5], [0.1, 0.1], method="FE")).pi_lb is None
    with pytest.raises(NotEstimable, match="needs 3 studies or more"):
        predict(rma([0.1, 0.5], [0.1, 0.1]), pi_type="riley")


def test_the_likelihood_prefers_the_model_with_fewer_parameters_when_alike():
    y, v = [0.30, 0.31, 0.29, 0.30], [0.04, 0.05, 0.04, 0.06]
    common, random = rma(y, v, method="FE"), rma(y, v, method="ML")
    assert fit_stats(common)["ML"].ll == pytest.approx(fit_stats(random)["ML"].ll)
    assert fit_stats(common)["ML"].AIC < fit_stats(random)["ML"].AIC
