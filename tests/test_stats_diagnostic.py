"""Diagnostic accuracy: both bivariate models, their summary curves, areas and regions."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from analysis.stats.diagnostic import (
    CURVES,
    auc,
    bivariate,
    differ,
    region,
    reitsma,
    sroc,
    studies,
    threshold,
)
from analysis.stats.errors import NotEstimable, NotPoolable

pytestmark = pytest.mark.once
REFERENCE = json.loads((Path(__file__).parent / "reference" / "accuracy.json").read_text())
SETS = ("telomerase", "made_up")
NAMES = ("tp", "fn", "fp", "tn")


def counts(name):
    return [REFERENCE[name]["data"][column] for column in NAMES]


TP, FN, FP, TN = counts("made_up")


@pytest.fixture(scope="module")
def fit():
    return bivariate(TP, FN, FP, TN)


@pytest.mark.parametrize("name", SETS)
def test_counts_agree_with_glmer(name):
    """Laplace's approximation both."""
    found, said = bivariate(*counts(name)), REFERENCE[name]["binomial"]
    assert found.mu == pytest.approx(said["beta"], rel=1e-6)
    assert found.G.ravel() == pytest.approx(np.ravel(said["G"]), rel=1e-5)
    assert found.ll == pytest.approx(said["ll"], rel=1e-8)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", SETS)
def test_logits_agree_with_metafor(name, method):
    found, said = reitsma(*counts(name), method=method), REFERENCE[name][method]
    assert found.mu == pytest.approx(said["beta"], rel=2e-4)
    assert found.se == pytest.approx(said["se"], rel=2e-4)
    assert found.G.ravel() == pytest.approx(np.ravel(said["G"]), rel=2e-3)
    assert found.ll == pytest.approx(said["ll"], rel=1e-6)


def test_a_published_correlation_of_minus_one():
    """Riley et al. (2007): the model of logits puts telomerase on the edge of the parameters."""
    found = reitsma(*counts("telomerase"))
    assert found.correlation == pytest.approx(-1, abs=1e-6)
    assert found.hsroc_se is None
    assert auc(found)[1:] == (None, None)
    assert np.isfinite(found.se).all()


def test_groups_agree_with_both():
    group, said = REFERENCE["made_up"]["data"]["group"], REFERENCE["made_up"]
    exact = bivariate(TP, FN, FP, TN, group=group)
    order = [0, 2, 1, 3]  # R has the groups outside, Concord the two sides
    assert exact.theta[:4][order] == pytest.approx(said["binomial_grouped"]["beta"], rel=1e-6)
    normal = reitsma(TP, FN, FP, TN, group=group)
    assert normal.theta[:4][order] == pytest.approx(said["REML_grouped"]["beta"], rel=2e-4)
    q, df, _ = differ(normal)["both"]
    assert (q, df) == (pytest.approx(said["REML_grouped"]["chi2"], rel=1e-3), 2)
    assert exact.levels == ("a", "b")
    assert exact.hsroc is None
    with pytest.raises(NotEstimable, match="no common curve"):
        sroc(exact, 0.5)


def test_a_study_alone_has_its_exact_interval():
    found = studies(*counts("telomerase"))
    assert found[:, 0, 1:] == pytest.approx(
        np.array(REFERENCE["telomerase"]["exact_sens"]), rel=1e-8
    )
    assert tuple(found[6, 1]) == pytest.approx((1, 0.735352, 1), rel=1e-5)


def test_quadrature_is_close_to_laplace_and_settles(fit):
    fine, finer = (bivariate(TP, FN, FP, TN, points=n) for n in (7, 9))
    assert fine.ll == pytest.approx(finer.ll, abs=1e-4)
    assert fine.mu == pytest.approx(fit.mu, abs=2e-3)


def test_every_curve_goes_through_the_summary_point(fit):
    for curve in CURVES:
        at = sroc(fit, fit.point.spec[0], curve=curve)
        assert at == pytest.approx(fit.point.sens[0])
    # The curve of Rutter and Gatsonis by its own formula.
    own, spec = fit.hsroc, np.array([0.95, 0.8, 0.5])
    logit = own["Lambda"] * np.exp(-own["beta"] / 2) + np.exp(-own["beta"]) * np.log(1 / spec - 1)
    assert sroc(fit, spec) == pytest.approx(1 / (1 + np.exp(-logit)))
    with pytest.raises(NotEstimable, match="no summary curve"):
        sroc(fit, 0.5, curve="freehand")


def test_the_area_is_the_integral_of_the_curve(fit):
    whole, low, high = auc(fit)
    assert whole == pytest.approx(quad(lambda x: sroc(fit, 1 - x), 0, 1)[0], rel=1e-5)
    assert low < whole < high
    part = auc(fit, between=(0.05, 0.3))[0]
    assert part == pytest.approx(quad(lambda x: sroc(fit, 1 - x), 0.05, 0.3)[0] / 0.25, rel=1e-6)


def test_the_delta_method_is_what_draws_from_the_estimates_give(fit):
    rng = np.random.default_rng(4)
    drawn = rng.multivariate_normal(fit.mu, fit.vb, 200_000)
    sens, spec = (1 / (1 + np.exp(-drawn))).T
    for log, found in ((np.log(sens / (1 - spec)), fit.point.LRpos),
                       (np.log((1 - sens) / spec), fit.point.LRneg),
                       (drawn.sum(1), fit.point.DOR)):  # fmt: skip
        assert np.log(found[0]) == pytest.approx(log.mean(), abs=0.03)
        assert (np.log(found[2]) - np.log(found[0])) / 1.959964 == pytest.approx(
            log.std(), rel=0.04
        )


def test_a_prediction_region_holds_the_confidence_region(fit):
    inner, outer = region(fit), region(fit, prediction=True)
    assert (np.ptp(outer, axis=0) > np.ptp(inner, axis=0)).all()
    assert inner[:, 0].min() < fit.point.sens[0] < inner[:, 0].max()


def test_studies_on_one_line_are_fitted_too():
    """A correlation of -1: lme4 calls the fit singular and has the same numbers."""
    found = bivariate(TP, FN, [12, 4, 20, 3, 15, 2, 25, 1], [88, 60, 70, 45, 110, 52, 64, 40])
    assert found.mu == pytest.approx([1.69276554193, 2.22513890927], rel=3e-4)
    assert found.correlation == pytest.approx(-1, abs=1e-6)


def test_sensitivity_and_specificity_change_places(fit):
    turned = bivariate(TN, FP, FN, TP)
    assert turned.mu == pytest.approx(fit.mu[::-1], rel=1e-5)
    assert pytest.approx(fit.point.DOR, rel=1e-5) == turned.point.DOR


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=4, max_size=9))
def test_odd_counts_give_numbers_or_a_reason(rows):
    try:
        found = reitsma(*zip(*rows, strict=True))
    except (NotPoolable, NotEstimable):
        return
    assert np.isfinite(found.mu).all()
    assert np.isfinite(found.se).all()


def test_one_sided_studies_count_and_few_are_refused():
    gap = np.nan
    more = bivariate([*TP, 20], [*FN, 2], [*FP, gap], [*TN, gap])
    assert more.k == 9
    assert reitsma([*TP, 20], [*FN, 2], [*FP, gap], [*TN, gap]).k == 9
    with pytest.raises(NotPoolable, match="three studies"):
        bivariate(TP[:2], FN[:2], FP[:2], TN[:2])
    with pytest.raises(NotPoolable, match="row 1"):
        bivariate([-1, *TP[1:]], FN, FP, TN)
    with pytest.raises(NotPoolable, match="each group"):
        reitsma(TP, FN, FP, TN, group=list("abbbbbbb"))


def test_a_threshold_shows_in_the_correlation():
    rho, p = threshold([9, 8, 7, 6], [1, 2, 3, 4], [5, 4, 3, 2], [5, 6, 7, 8])
    assert (rho, p) == (pytest.approx(1), pytest.approx(0))
    assert threshold([9, 9, 9], [1, 1, 1], [5, 4, 3], [5, 6, 7]) is None
