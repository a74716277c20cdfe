"""Patients made by formula, against what R gives for them (tests/reference/patients.R)."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from analysis.stats.errors import NotEstimable
from analysis.stats.imputation import impute
from analysis.stats.marginal_means import marginal_means, pairwise
from analysis.stats.mixed import fit_mixed, icc_interval
from analysis.stats.mixed_slopes import fit_slopes
from analysis.stats.mixed_tests import kenward_roger, term_tests
from analysis.stats.residual_checks import residual_checks
from analysis.stats.responders import averaged, fit_responders
from analysis.stats.stages import side_by_side

R = json.loads((Path(__file__).parent / "reference" / "patients.json").read_text())
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def patients():
    s, j = np.repeat(np.arange(1, 13), 10), np.tile(np.arange(1, 11), 12)
    x, arm = ((7 * s + 3 * j) % 11) / 2, (s + j) % 2
    y = 20 + 1.5 * x + 2 * arm + 3 * np.sin(7.1 * s) + 0.8 * np.sin(3.3 * s + 1) * x
    y = y + 4 * np.sin(12.9898 * (10 * s + j))
    answered = (y > 25 + np.sin(5 * j) * 2).astype(int)
    columns = {"x": x, "arm": arm, "y": y, "answered": answered}
    site = [("a", "b", "c")[place] for place in (s + 2 * j) % 3]
    words = {"study": [f"s{i}" for i in s], "site": site}
    return {name: values.tolist() for name, values in columns.items()} | words


def agrees(found, expected, rel):
    for part in ("est", "se", "df"):
        wanted = [float(value) for value in expected[part]]
        assert getattr(found, part) == pytest.approx(wanted, rel=rel, abs=5e-5), part


def test_kenward_and_roger_with_random_slopes_as_pbkrtest(patients):
    fit = fit_slopes("y ~ arm + x", patients, slopes=["x"])
    agrees(kenward_roger(fit, np.eye(3)), R["kenward_roger"], 2e-5)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("y ~ site * sex + x", {
            "site": (1.30873933, 2, 102.433392), "sex": (8.1837409, 1, 111.395032),
            "x": (64.87736957, 1, 102.587207), "site:sex": (1.04933112, 2, 102.679394),
        }),
        ("y ~ site * x + sex", {
            "site": (0.1276859, 2, 103.740597), "x": (51.288482868, 1, 102.785252),
            "sex": (7.706778070, 1, 111.470721), "site:x": (0.191177353, 2, 104.163115),
        }),
    ],
)  # fmt: skip
def test_terms_inside_an_interaction_as_lmertest(patients, formula, expected):
    places = [
        int(name[1:]) * j for name, j in zip(patients["study"], [*range(1, 11)] * 12, strict=True)
    ]
    fit = fit_mixed(formula, patients | {"sex": ["FM"[place % 2] for place in places]})
    for test in term_tests(fit):  # lmerTest 3.1-3: anova()
        assert (test.F, test.num_df, test.den_df) == pytest.approx(expected[test.term], rel=1e-5)


def test_kenward_and_roger_without_variance_between_studies_as_pbkrtest(patients):
    noise = 4 * np.sin(12.9898 * np.add.outer(10 * np.arange(1, 13), np.arange(1, 11)))
    noise = (noise - noise.mean(1, keepdims=True)).ravel()
    y = noise + [place == "b" for place in patients["site"]]
    fit = fit_mixed("y ~ site", patients | {"y": y.tolist()})
    assert fit.singular
    found = kenward_roger(fit, np.eye(3))  # pbkrtest 0.5.2 through lmerTest
    assert found.se == pytest.approx([0.4129110411, 0.5843313661, 0.5843313661], rel=1e-6)
    assert found.df == pytest.approx([68.26388154, 108.04971959, 108.04971959], rel=1e-6)


def test_deviations_that_go_hand_in_hand_are_found_out():
    s, j = np.repeat(np.arange(1, 13), 8), np.tile(np.arange(1, 9), 12)
    x = 20 + (13 * s + 29 * j) % 47
    y = 40 + 0.2 * x + 5 * np.sin(3.3 * s + 12.9898) + 0.8 * np.sin(7.1 * s) * x
    y = y + 12 * np.sin(12.9898 * (10 * s + j))
    columns = {"study": s.tolist(), "x": x.tolist(), "y": y.tolist()}
    fit = fit_slopes("y ~ x", columns, slopes=["x"])
    # lme4 1.1-31: lmer(y ~ x + (x | s)); isSingular() says TRUE
    assert fit.singular and fit.ll == pytest.approx(-357.114611907, rel=1e-9)
    assert fit.G[0, 1] == pytest.approx(-np.sqrt(fit.G[0, 0] * fit.G[1, 1]), rel=1e-9)
    assert fit.G.ravel() == pytest.approx(
        [0.01217075883, -0.06428311744, -0.06428311744, 0.33952847558], rel=1e-4
    )


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_means_and_pairs_with_random_slopes_as_emmeans(patients, method):
    fit = fit_slopes("y ~ site + x", patients, slopes=["x"])
    means = marginal_means(fit, "site", patients, method=method)
    expected = R[f"{method.replace('-', '_')}_means"]
    agrees(means.means, expected["means"], 2e-4)
    agrees(pairwise(fit, means, method=method).differences, expected["pairs"], 2e-4)


def test_without_slopes_both_models_are_one(patients):
    one, other = fit_mixed("y ~ arm + x", patients), fit_slopes("y ~ arm + x", patients, slopes=[])
    agrees_with = kenward_roger(one, np.eye(3))
    found = kenward_roger(other, np.eye(3))
    assert found.df == pytest.approx(agrees_with.df, rel=1e-4)
    assert found.se == pytest.approx(agrees_with.se, rel=1e-5)
    assert other.icc == pytest.approx(one.icc, rel=1e-5)
    assert other.r_squared == pytest.approx(one.r_squared, rel=1e-5)
    assert pytest.approx(one.AIC) == other.AIC and pytest.approx(one.BIC) == other.BIC
    assert residual_checks(other).skewness == pytest.approx(residual_checks(one).skewness, abs=1e-5)


def test_the_interval_of_the_icc_as_lme4s_profile(patients):
    fit = fit_mixed("y ~ arm + x", patients)
    assert icc_interval(fit) == pytest.approx(R["icc"], rel=1e-6)
    wide, narrow = icc_interval(fit, level=0.99), icc_interval(fit, level=0.5)
    assert wide[0] < narrow[0] < fit.icc < narrow[1] < wide[1]


def test_a_variance_of_zero_has_an_interval_too():
    y = [1.0, 5.0, 1.1, 4.9, 0.9, 5.1]
    fit = fit_mixed("y ~ 1", {"study": ["a", "a", "b", "b", "c", "c"], "y": y})
    low, high = icc_interval(fit)
    assert low == 0.0 < high < 1.0


def test_chances_and_odds_ratios_as_emmeans(patients):
    fit = fit_responders("answered ~ site + x", patients)
    means = marginal_means(fit, "site", patients, method="z")
    expected = R["odds"]
    assert means.means.est == pytest.approx(expected["est"], abs=1e-4)
    assert expit(means.means.ci_lb) == pytest.approx(expected["lower"], rel=1e-4)
    assert averaged(means.means.est, fit.var_study) == pytest.approx(expected["averaged"], rel=1e-4)
    agrees(pairwise(fit, means, method="z").differences, expected["pairs"], 2e-4)


def test_what_names_the_studies_is_refused_in_every_model(patients):
    told = patients | {"centre": [f"at {name}" for name in patients["study"]]}
    with pytest.raises(NotEstimable, match="tell every study from every other"):
        fit_slopes("y ~ centre", told, slopes=[])
    with pytest.raises(NotEstimable, match="tell every study from every other"):
        fit_responders("answered ~ centre", told)


def test_the_mean_of_the_outcome_in_one_stage_and_in_two(patients):
    found = side_by_side("y ~ 1", patients, "(Intercept)")
    assert found.one.beta[0] == pytest.approx(fit_mixed("y ~ 1", patients).beta[0], rel=1e-6)
    assert found.first.yi[0] == pytest.approx(np.mean(patients["y"][:10]))
    with pytest.raises(NotEstimable, match="nothing else is said"):
        side_by_side("y ~ x", patients, "(Intercept)")


class TestImputation:
    """Gaps made in patients of known laws: what comes back has those laws."""

    @staticmethod
    def gappy(seed=2, studies=14, each=25):
        rng = np.random.default_rng(seed)
        study = np.repeat(np.arange(studies), each)
        x = rng.normal(0, 2, studies)[study] + rng.normal(0, 1, study.size)
        z = x + rng.normal(0, 1, study.size)
        kind = np.array(["a", "b", "c"])[np.clip(np.round(1 + x / 2), 0, 2).astype(int)]
        gaps = rng.random(study.size) < 0.25
        words = rng.random(study.size) < 0.25
        return {
            "study": [f"s{i:02d}" for i in study],
            "x": [None if gap or s == 5 else float(v)
                  for v, gap, s in zip(x, gaps, study, strict=True)],
            "z": z.tolist(),
            "kind": [None if gap else str(v) for v, gap in zip(kind, words, strict=True)],
        }, x, kind  # fmt: skip

    def test_words_of_three_values_follow_what_tells_them(self):
        columns, _, kind = self.gappy()
        made = impute(columns, m=3, iterations=4, seed=1)
        gaps = [place for place, value in enumerate(columns["kind"]) if value is None]
        right = np.mean([[table["kind"][i] == kind[i] for i in gaps] for table in made.completed])
        shares = [np.mean(np.array(made.completed[0]["kind"]) == one) for one in "abc"]
        assert 0.55 < right < 0.98
        assert shares == pytest.approx([np.mean(kind == one) for one in "abc"], abs=0.06)

    def test_a_study_without_the_column_borrows_from_the_others_with_its_own_deviation(self):
        columns, x, _ = self.gappy()
        made = impute(columns, m=8, iterations=4, seed=1, within="study", random=True)
        lacking = [place for place, name in enumerate(columns["study"]) if name == "s05"]
        means = [np.mean([table["x"][i] for i in lacking]) for table in made.completed]
        # Its z tells much of x; the level of the study itself stays uncertain from draw to draw.
        assert abs(np.mean(means) - x[lacking].mean()) < 1.5
        assert np.std(means) > 0.1

    def test_the_same_seed_only_gaps_only_known_values(self):
        columns, _, _ = self.gappy()
        how = {"m": 2, "iterations": 2, "seed": 5, "within": "study", "random": True}
        first, again = impute(columns, **how), impute(columns, **how)
        assert first.completed == again.completed
        assert first.missing.keys() == {"x", "kind"}
        for table in first.completed:
            for name in ("x", "kind"):
                known = set(columns[name]) - {None}
                pairs = zip(columns[name], table[name], strict=True)
                assert all(new == old if old is not None else new in known for old, new in pairs)
        assert first.sds["x"].shape == first.means["x"].shape == (2, 2)
