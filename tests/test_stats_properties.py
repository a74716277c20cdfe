"""What must hold for any data: order, unit and sign of the effects, and studies without weight."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats.heterogeneity import confint
from analysis.stats.pooling import rma
from analysis.stats.prediction import predict
from analysis.stats.sensitivity import leave_one_out
from analysis.stats.trimfill import trim_and_fill

METHODS = ("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "PM")
TESTS = ("z", "t", "knha", "adhoc")


@st.composite
def meta_analyses(draw, least=3):
    k = draw(st.integers(least, 12))
    effect = st.floats(-4, 4).map(lambda x: round(x, 3))
    yi = np.array(draw(st.lists(effect, min_size=k, max_size=k)))
    vi = np.array(draw(st.lists(st.floats(0.01, 3), min_size=k, max_size=k)))
    return yi, vi


def numbers(fit):
    return np.array([fit.beta[0], fit.se[0], fit.ci_lb[0], fit.ci_ub[0]])


def close(wanted, scale=1.0):
    return pytest.approx(wanted, rel=1e-6, abs=1e-7 * scale, nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(meta_analyses(), st.sampled_from(METHODS), st.sampled_from(TESTS), st.randoms())
def test_the_order_of_studies_does_not_matter(data, method, test, shuffler):
    yi, vi = data
    order = list(range(yi.size))
    shuffler.shuffle(order)
    one, other = (rma(y, v, method=method, test=test) for y, v in (data, (yi[order], vi[order])))
    assert numbers(other) == close(numbers(one))
    assert (other.tau2, other.QE) == (close(one.tau2), close(one.QE))
    assert other.weights == close(one.weights[order], 100)


@settings(max_examples=25, deadline=None)
@given(meta_analyses(), st.sampled_from(METHODS), st.sampled_from([1e-4, 0.1, 100.0, 1e5]))
def test_a_common_unit_scales_effects_and_leaves_ratios(data, method, unit):
    yi, vi = data
    one, other = rma(yi, vi, method=method), rma(unit * yi, unit**2 * vi, method=method)
    assert numbers(other) == close(unit * numbers(one), unit)
    assert other.tau2 == close(unit**2 * one.tau2, unit**2)
    assert close(one.I2, 100) == other.I2 and close(one.QE) == other.QE


@settings(max_examples=25, deadline=None)
@given(meta_analyses(), st.sampled_from(METHODS))
def test_turning_the_signs_turns_the_interval(data, method):
    yi, vi = data
    one, other = rma(yi, vi, method=method), rma(-yi, vi, method=method)
    assert other.beta == close(-one.beta) and other.ci_lb == close(-one.ci_ub)
    assert other.tau2 == close(one.tau2)
    if method != "FE":
        assert predict(other).pi_ub == close(-predict(one).pi_lb)


@settings(max_examples=25, deadline=None)
@given(meta_analyses(), st.floats(-4, 4), st.sampled_from(["FE", "DL", "REML", "PM"]))
def test_a_study_without_weight_is_as_good_as_two_or_none(data, effect, method):
    yi, vi = data
    nothing = 1e14
    one = rma(np.r_[yi, effect], np.r_[vi, nothing], method=method)
    two = rma(np.r_[yi, effect, effect], np.r_[vi, 2 * nothing, 2 * nothing], method=method)
    if method == "FE":
        assert numbers(two) == close(numbers(one))
        assert numbers(two) == close(numbers(rma(yi, vi, method=method)))
    # A study more is a degree of freedom more for tau2; its effect has no say.
    moved = rma(np.r_[yi, effect + 1], np.r_[vi, nothing], method=method)
    assert numbers(moved) == pytest.approx(numbers(one), rel=1e-5, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(meta_analyses(least=4))
def test_intervals_hold_their_estimates_and_refits_are_whole(data):
    fit = rma(*data)
    tau2 = confint(fit, kind="PL").tau2
    assert tau2.lb <= fit.tau2 * (1 + 1e-9) + 1e-12 and fit.tau2 <= tau2.ub + 1e-12
    each = leave_one_out(fit)
    assert np.isfinite(each.estimate).all() and np.isfinite(each.se).all()
    filled = trim_and_fill(fit, side="left")
    assert filled.fit.k == fit.k + filled.k0
