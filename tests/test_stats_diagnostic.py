"""Diagnostic accuracy: the bivariate model, its summary curve and its regions."""

import numpy as np
import pytest

from analysis.stats.diagnostic import bivariate, region, sroc
from analysis.stats.errors import NotPoolable

TP, FN = [45, 30, 60, 22, 80, 38, 51, 17], [5, 10, 6, 8, 9, 20, 4, 3]
FP, TN = [4, 12, 2, 20, 15, 3, 1, 25], [60, 88, 52, 70, 110, 45, 40, 64]


@pytest.fixture(scope="module")
def fit():
    return bivariate(TP, FN, FP, TN)


def test_it_agrees_with_glmer(fit):
    """lme4 1.1-31: cbind(true, false) ~ 0 + sens + spec + (0 + sens + spec | study), Laplace."""
    assert fit.mu == pytest.approx([1.68516256038, 2.1787509771], rel=3e-4)
    G = [[0.364314246873, 0.242436374319], [0.242436374319, 0.554469061288]]
    assert pytest.approx(np.array(G), rel=2e-3) == fit.G
    # Its errors lag behind the mode: docs/methods/rare-events.md.
    assert fit.se == pytest.approx([0.260547655473, 0.313828014531], rel=1e-2)
    assert fit.ll == pytest.approx(-46.3995873624, rel=1e-5)


def test_studies_on_one_line_are_fitted_too():
    """A correlation of -1: lme4 calls the fit singular and has the same numbers."""
    fit = bivariate(TP, FN, [12, 4, 20, 3, 15, 2, 25, 1], [88, 60, 70, 45, 110, 52, 64, 40])
    assert fit.mu == pytest.approx([1.69276554193, 2.22513890927], rel=3e-4)
    assert fit.G[0, 1] == pytest.approx(-np.sqrt(fit.G[0, 0] * fit.G[1, 1]), rel=1e-6)


def test_the_curve_goes_through_the_summary_point(fit):
    assert sroc(fit, fit.spec[0]) == pytest.approx(fit.sens[0])
    curve = sroc(fit, np.array([0.95, 0.8, 0.5]))
    assert (np.diff(curve) > 0).all()


def test_a_prediction_region_holds_the_confidence_region(fit):
    inner, outer = region(fit), region(fit, prediction=True)
    assert (np.ptp(outer, axis=0) > np.ptp(inner, axis=0)).all()
    assert inner[:, 0].min() < fit.sens[0] < inner[:, 0].max()


def test_sensitivity_and_specificity_change_places(fit):
    turned = bivariate(TN, FP, FN, TP)
    assert turned.mu == pytest.approx(fit.mu[::-1], rel=1e-5)
    assert pytest.approx(fit.DOR, rel=1e-5) == turned.DOR


def test_one_sided_studies_count_and_few_are_refused():
    gap = np.nan
    more = bivariate([*TP, 20], [*FN, 2], [*FP, gap], [*TN, gap])
    assert more.k == 9
    with pytest.raises(NotPoolable, match="three studies"):
        bivariate(TP[:2], FN[:2], FP[:2], TN[:2])
    with pytest.raises(NotPoolable, match="below zero"):
        bivariate([-1, *TP[1:]], FN, FP, TN)
