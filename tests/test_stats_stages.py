"""Individual patients: responders, random slopes, one stage and two, published studies besides."""

import numpy as np
import pytest

from analysis.stats.errors import NotEstimable
from analysis.stats.mixed import fit_mixed
from analysis.stats.mixed_slopes import fit_slopes
from analysis.stats.residual_checks import residual_checks
from analysis.stats.responders import fit_responders
from analysis.stats.stages import first_stage, side_by_side, with_aggregates


@pytest.fixture(scope="module")
def patients():
    """Twelve studies of ten, by formula; R reads the same (lme4 1.1-31, lmerTest 3.1-3)."""
    s, j = np.repeat(np.arange(1, 13), 10), np.tile(np.arange(1, 11), 12)
    x, arm = ((7 * s + 3 * j) % 11) / 2, (s + j) % 2
    y = 20 + 1.5 * x + 2 * arm + 3 * np.sin(7.1 * s) + 0.8 * np.sin(3.3 * s + 1) * x
    y = y + 4 * np.sin(12.9898 * (10 * s + j))
    answered = (y > 25 + np.sin(5 * j) * 2).astype(int)
    columns = {"x": x, "arm": arm, "y": y, "answered": answered}
    return {k: v.tolist() for k, v in columns.items()} | {"study": [f"s{i}" for i in s]}


def test_random_slopes_agree_with_lmer_and_its_degrees_of_freedom(patients):
    fit = fit_slopes("y ~ arm + x", patients, slopes=["x"])
    assert fit.beta == pytest.approx([20.47545384989, 2.06194032793, 1.46299166759], rel=1e-6)
    assert fit.se == pytest.approx([0.956381721103, 0.535041672879, 0.219159482184], rel=1e-6)
    assert fit.df == pytest.approx([12.8941781021, 103.2348421213, 10.5257314012], rel=1e-4)
    assert (
        pytest.approx(
            np.array([[7.206497844997, -0.280443661145], [-0.280443661145, 0.242635432480]]),
            rel=1e-5,
        )
        == fit.G
    )
    assert fit.var_residual == pytest.approx(8.283133941978, rel=1e-6)
    assert fit.ll == pytest.approx(-312.078185342, rel=1e-9) and not fit.singular


def test_a_slope_that_does_not_differ_is_a_boundary_not_a_failure(patients):
    flat = dict(patients, y=[1.0 * x + (i % 3) for i, x in enumerate(patients["x"])])
    fit = fit_slopes("y ~ arm + x", flat, slopes=["x"])
    assert fit.singular and np.isfinite(fit.se).all() and np.isfinite(fit.df).all()
    with pytest.raises(NotEstimable, match="no slope of it"):
        fit_slopes("y ~ arm", patients, slopes=["x"])


@pytest.mark.parametrize(
    ("nodes", "beta", "se", "variance", "ll"),
    [(7, [-1.590164586, 0.414064390, 0.586110002], [0.607322114, 0.438497779, 0.155096433],
      1.34437297922, -71.008462456)],
)  # fmt: skip
def test_responders_agree_with_glmer(patients, nodes, beta, se, variance, ll):
    fit = fit_responders("answered ~ arm + x", patients, nodes=nodes)
    assert fit.beta == pytest.approx(beta, rel=1e-4)
    assert fit.se == pytest.approx(se, rel=1e-4)
    assert fit.var_study == pytest.approx(variance, rel=1e-4)
    assert fit.ll == pytest.approx(ll, rel=1e-8)


def test_an_infinite_odds_ratio_and_other_responses_are_refused(patients):
    with pytest.raises(NotEstimable, match="without fail"):
        fit_responders("answered ~ arm", dict(patients, answered=patients["arm"]))
    with pytest.raises(NotEstimable, match="responses are 0 and 1"):
        fit_responders("y ~ arm", patients)
    apart = [float(study in patients["study"][:20]) for study in patients["study"]]
    with pytest.raises(NotEstimable, match="in every study all respond or none"):
        fit_responders("answered ~ 1", dict(patients, answered=apart))


def test_slopes_do_not_mind_the_unit(patients):
    fit = fit_slopes("y ~ x", patients, slopes=["x"])
    small = fit_slopes("y ~ x", dict(patients, y=[1e-12 * y for y in patients["y"]]), slopes=["x"])
    assert small.df == pytest.approx(fit.df, rel=1e-3)
    assert small.se == pytest.approx(1e-12 * fit.se, rel=1e-6)


def test_one_stage_and_two_stages_meet_in_large_balanced_studies():
    rng = np.random.default_rng(1)
    study, arm = np.repeat(np.arange(10), 80), np.tile([0, 1], 400)
    effect = rng.normal(2, 0.7, 10)
    y = rng.normal(0, 2, 10)[study] + effect[study] * arm + rng.normal(0, 3, 800)
    columns = {"study": [f"s{i}" for i in study], "arm": arm.tolist(), "y": y.tolist()}
    found = side_by_side("y ~ arm", columns, "arm")
    assert abs(found.difference) < 0.5 * found.se
    assert found.se == pytest.approx(found.two.se[0], rel=0.05)
    assert len(found.first.studies) == 10 and not found.first.left_out


def test_a_study_with_one_arm_says_why_it_is_left_out(patients):
    arm = [1 if s == "s3" else a for s, a in zip(patients["study"], patients["arm"], strict=True)]
    first = first_stage("y ~ arm", dict(patients, arm=arm), "arm")
    assert first.left_out == {"s3": "everybody in this study has the same value"}
    assert len(first.yi) == 11


def test_published_studies_join_the_patients(patients):
    first = first_stage("y ~ arm + x", patients, "arm")
    joined = with_aggregates(first, [5.0, 5.2], [0.2, 0.3])
    assert joined.fit.k == 14 and joined.difference > 2 and joined.pval < 0.01
    assert with_aggregates(first, [], []).difference is None


def test_residuals_are_checked(patients):
    checks = residual_checks(fit_mixed("y ~ arm + x", patients))
    assert checks.standardised.std() == pytest.approx(1, rel=0.1)
    assert np.corrcoef(np.sort(checks.quantiles), np.sort(checks.standardised))[0, 1] > 0.97
    wild = dict(patients, y=[v + (60 if i == 7 else 0) for i, v in enumerate(patients["y"])])
    assert 7 in residual_checks(fit_mixed("y ~ arm + x", wild)).far
