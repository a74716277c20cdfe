"""Tetrachoric correlations, log-normal summaries, general fail-safe N, working weights, UM.RS."""

import numpy as np
import pytest

from analysis.stats.conversions import conv_fivenum
from analysis.stats.effects import escalc
from analysis.stats.errors import NotEstimable
from analysis.stats.failsafe import general, rosenberg
from analysis.stats.glmm import fit_glmm
from analysis.stats.pooling import rma
from analysis.stats.working_weights import working_fit
from analysis.validation.stats.peer_search import (
    hessian_richardson,
    nelder_mead,
    optimize,
    variable_metric,
)

ROBUMETA = [
    ("CORR", 0.306754906042, 0.118794020821, 3.69715095465, 0.0372181924485),
    ("HIER", 0.288184014818, 0.106549239161, 3.54595717113, 0.0282287237569),
]

# The 13 BCG trials (Colditz et al. 1994): events and non-events, vaccinated and control.
BCG = {
    "ai": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "bi": [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886],
    "ci": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "di": [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825],
}


def test_a_tetrachoric_correlation_is_found_where_the_cell_says():
    # Equal margins: P(both below 0) = 1/4 + asin(rho) / (2 pi)
    share = 0.25 + np.arcsin(0.6) / (2 * np.pi)
    cells = {name: [1e6 * p] for name, p in zip(("ai", "bi", "ci", "di"),
             (share, 0.5 - share, 0.5 - share, share), strict=True)}  # fmt: skip
    found = escalc("RTET", cells)
    assert found.yi[0] == pytest.approx(0.6, rel=1e-9)
    assert escalc("ZTET", cells).yi[0] == pytest.approx(np.arctanh(0.6), rel=1e-9)
    # metafor 3.8-1 on the first trial: -0.26314 (0.023566), its search ends in the fourth digit
    first = escalc("RTET", {k: v[:1] for k, v in BCG.items()})
    assert (first.yi[0], first.vi[0]) == pytest.approx((-0.26314, 0.023566), rel=2e-4)


def test_tables_with_an_empty_cell_have_a_sign_and_no_variance():
    found = escalc("RTET", {"ai": [0, 5, 0], "bi": [7, 0, 0], "ci": [6, 0, 3], "di": [8, 9, 4]})
    assert found.yi[:2].tolist() == [-1.0, 1.0] and np.isnan(found.vi).all()
    assert np.isnan(found.yi[2])


def test_log_normal_summaries_recover_mean_and_sd():
    x = np.sort(np.exp(np.random.default_rng(1).normal(2, 0.7, 4001)))
    five = [np.array([q]) for q in np.quantile(x, [0, 0.25, 0.5, 0.75, 1])]
    n, gap = np.array([4001.0]), np.array([np.nan])
    for low, q1, q3, high in ((*five[:2], *five[3:]), (gap, five[1], five[3], gap)):
        mean, sd = conv_fivenum(low, q1, five[2], q3, high, n, dist="lnorm")
        assert mean[0] == pytest.approx(x.mean(), rel=0.03)
        assert sd[0] == pytest.approx(x.std(), rel=0.08)
    with pytest.raises(NotEstimable, match="row 1: a log-normal value is above zero"):
        conv_fivenum([0], [1], [2], [3], [4], [20], dist="lnorm")


def test_the_general_fail_safe_n_meets_rosenbergs_without_heterogeneity():
    found = escalc("RR", BCG)
    assert general(found.yi, found.vi, method="FE").fsnum == rosenberg(found.yi, found.vi).fsnum
    # metafor 5.1-12: 26
    assert general(found.yi, found.vi).fsnum == 26
    assert general([0.1, -0.1, 0.0], [1, 1, 1]).fsnum == 0


def test_working_weights_agree_with_robumeta():
    """robumeta 2.1 on eleven effects of five studies."""
    y = [0.1, 0.3, 0.25, 0.9, 0.4, -0.1, 0.05, 0.6, 0.75, 0.2, 0.35]
    v = [0.05, 0.04, 0.06, 0.1, 0.08, 0.03, 0.05, 0.09, 0.07, 0.02, 0.03]
    study = ["a", "a", "a", "b", "b", "c", "c", "d", "d", "e", "e"]
    for weights, b, se, df, tau2 in ROBUMETA:
        fit = working_fit(y, v, study, weights=weights)
        assert fit.robust.beta[0] == pytest.approx(b, rel=1e-8)
        assert fit.robust.se[0] == pytest.approx(se, rel=1e-8)
        assert fit.robust.df[0] == pytest.approx(df, rel=1e-7)
        assert fit.tau2 == pytest.approx(tau2, rel=1e-8, abs=1e-12)
    with pytest.raises(NotEstimable, match="between 0 and 1"):
        working_fit(y, v, study, rho=1.2)


def test_random_levels_agree_with_glmer_in_estimates():
    """rma.glmm(model = "UM.RS") of metafor 3.8-1; its errors lag behind the mode by 0.4 %."""
    fit = fit_glmm("OR", BCG, model="UM.RS")
    assert fit.beta[0] == pytest.approx(-0.7615840378, rel=1e-4)
    assert fit.tau2 == pytest.approx(0.3198355006, rel=2e-4)
    assert fit.sigma2 == pytest.approx(1.8616181649, rel=1e-4)
    assert fit.se[0] == pytest.approx(0.1814645308, rel=5e-3)
    assert pytest.approx(174.1316785, rel=1e-4) == fit.QE_LRT


def test_a_known_tau2_replaces_the_estimate():
    y, v = np.array([0.1, 0.4, 0.9]), np.array([0.1, 0.2, 0.1])
    fit = rma(y, v, tau2=0.3)
    assert fit.tau2 == 0.3 and fit.se_tau2 is None
    assert fit.beta[0] == pytest.approx(np.average(y, weights=1 / (v + 0.3)))


def test_the_followed_searches_end_near_the_optimum_they_seek():
    def bowl(x):
        return float((x[0] - 1) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2)

    assert variable_metric(bowl, np.array([-1.0, 1.0]))[0] == pytest.approx([1, 1], abs=1e-2)
    assert nelder_mead(bowl, np.array([-1.0, 1.0])) == pytest.approx([1, 1], abs=1e-2)
    assert optimize(lambda x: (x - 0.3) ** 2, -1.0, 1.0) == pytest.approx(0.3, abs=1e-4)
    H = hessian_richardson(bowl, np.array([1.0, 1.0]))
    assert np.array([[82, -40], [-40, 20]]) == pytest.approx(H, rel=1e-6)
