"""Dose and response: rebuilt covariances and trends, against published numbers and metafor."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats.dose_response import covariance, curves, trends
from analysis.stats.dose_response.tables import greenland_longnecker
from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.pooling import rma

HERE = Path(__file__).parent / "reference"
PUBLISHED = json.loads((HERE / "dose_published.json").read_text())
METAFOR = json.loads((HERE / "dose.json").read_text())
SETS = ("alcohol_cvd", "alcohol_crc")


def contrasts(rows, method="GL"):
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    se = [np.nan if value is None else value for value in columns["se"]]
    return covariance.from_estimates(
        columns["dose"], columns["estimate"], se, columns["cases"], columns["total"],
        rows[0]["design"], method=method,
    )  # fmt: skip


def arms_of(name):
    found = {}
    for row in PUBLISHED["data"][name]:
        found.setdefault(row["study"], []).append(row)
    return found


def studies_of(name, method="GL"):
    return {study: contrasts(rows, method) for study, rows in arms_of(name).items()}


def curve_of(name, shape, k=3):
    if shape == "spline":
        return curves.spline([row["dose"] for row in PUBLISHED["data"][name]], k)
    return {"linear": curves.linear, "quadratic": curves.quadratic}[shape]()


def test_greenland_and_longneckers_own_example():
    """Alcohol and breast cancer (1992): 0.0454 (SE 0.0207) by the gram, with covariances."""
    ratios = [(0.80, 0.51, 1.27), (1.16, 0.73, 1.85), (1.57, 0.99, 2.51)]
    se = [np.nan, *(np.log(high / low) / (2 * 1.959963985) for _, low, high in ratios)]
    y = [0.0, *(np.log(ratio) for ratio, _, _ in ratios)]
    one = covariance.from_estimates(
        [0, 2, 6, 11], y, se, [165, 74, 90, 122], [337, 167, 186, 212], "cc"
    )
    W = np.linalg.inv(one.V)
    information = one.dose @ W @ one.dose
    assert one.dose @ W @ one.yi / information == pytest.approx(0.0454, abs=5e-5)
    assert information**-0.5 == pytest.approx(0.0207, abs=5e-5)
    w = 1 / np.diag(one.V)
    assert w @ (one.dose * one.yi) / (w @ one.dose**2) == pytest.approx(0.0334, abs=5e-5)


@pytest.mark.parametrize("name", SETS)
def test_covariances_agree_with_another_way_of_solving_for_them(name):
    for way, method in (("V", "GL"), ("hamling", "HAMLING")):
        for study, one in studies_of(name, method).items():
            assert pytest.approx(np.array(METAFOR[name][way][study]), rel=1e-9) == one.V


def test_the_covariances_of_dosresmetas_first_study():
    V = np.array(PUBLISHED["alcohol_cvd"]["V_Bianchi"])
    assert pytest.approx(V, rel=2e-6) == studies_of("alcohol_cvd")["Bianchi"].V


CASES = [(name, key) for name in SETS for key, e in PUBLISHED[name].items() if isinstance(e, dict)]


@pytest.mark.parametrize(("name", "key"), CASES, ids=lambda part: part.replace(" ", "-"))
def test_it_agrees_with_what_dosresmeta_printed(name, key):
    """Within 1e-4 standard errors: dosresmeta stops its fitted cases at a tolerance."""
    wanted, (shape, *k, method) = PUBLISHED[name][key], key.split()
    curve = curve_of(name, shape, *map(int, k))
    fit = trends.fit_trend(studies_of(name), curve, method=method)
    if k:
        assert curve.knots == pytest.approx(PUBLISHED[name][f"knots {k[0]}"], abs=1e-4)
    assert np.abs((fit.beta - wanted["beta"]) / wanted["se"]).max() < 1e-4
    assert fit.se == pytest.approx(wanted["se"], rel=1e-4)
    if "G" in wanted:
        assert np.array(wanted["G"]) == pytest.approx(fit.G, rel=3e-4)
    for got, at, rel in (
        (fit.ll, "ll", 3e-6), (fit.QE, "Q", 3e-5), (fit.QE_df, "df", 0), (fit.QM, "wald", 3e-5),
        (fit.fitness.D, "D", 3e-5), (fit.fitness.df, "D_df", 0), (fit.fitness.R2, "R2", 3e-5),
        (fit.fitness.R2_adj, "R2_adj", 3e-5),
    ):  # fmt: skip
        assert at not in wanted or got == pytest.approx(wanted[at], rel=rel), at
    if "nonlinear" in wanted:
        assert fit.nonlinear[0] == pytest.approx(wanted["nonlinear"], rel=2e-4)
    if "pred" in wanted:
        found = trends.predict(fit, wanted["pred"]["dose"])
        assert found.pred == pytest.approx(wanted["pred"]["pred"], abs=2e-6)
        assert found.se == pytest.approx(wanted["pred"]["se"], rel=1e-4)


RMA = [(name, key) for name in SETS for key in METAFOR[name] if key not in ("V", "hamling")]


def test_the_list_of_metafors_fits_is_complete():
    shapes = ("linear", "quadratic", "spline")
    kinds = {f"{s} {m} {n}" for s in shapes for m in ("REML", "ML", "FE") for n in (1, 2)}
    kinds |= {"linear REML short", "spline REML short"}
    assert set(RMA) == {(name, kind) for name in SETS for kind in kinds}


@pytest.mark.parametrize(("name", "key"), RMA, ids=lambda part: part.replace(" ", "-"))
def test_it_agrees_with_metafor_or_finds_a_higher_likelihood(name, key):
    wanted, (shape, method, how) = METAFOR[name][key], key.split()
    studies = studies_of(name)
    if how == "short":
        first, rows = next(iter(arms_of(name).items()))
        studies[first] = contrasts(rows[:2])
    curve = curve_of(name, shape)
    fit = trends.fit_trend(studies, curve, stages=2 if how == "2" else 1, method=method)
    assert (fit.QE, fit.QE_df) == (pytest.approx(wanted["QE"], rel=1e-9), wanted["QE_df"])
    assert fit.ll > wanted["ll"] - 1e-9
    if fit.ll > wanted["ll"] + 1e-9:  # metafor stopped below the top
        assert (name, shape, method) == ("alcohol_cvd", "quadratic", "REML")
        return
    assert np.abs((fit.beta - wanted["beta"]) / wanted["se"]).max() < 1e-6
    assert fit.se == pytest.approx(wanted["se"], rel=1e-6)
    assert pytest.approx(wanted["QM"], rel=1e-6) == fit.QM
    if method != "FE":
        assert np.array(wanted["G"]) == pytest.approx(fit.G, abs=1e-5 * np.abs(fit.G).max() + 1e-15)


@pytest.mark.parametrize(("shape", "method"), [("quadratic", "REML"), ("spline", "ML")])
def test_one_stage_and_two_are_the_same_where_every_study_determines_the_curve(shape, method):
    studies, curve = studies_of("alcohol_cvd"), curve_of("alcohol_cvd", shape)
    one, two = (trends.fit_trend(studies, curve, stages=n, method=method) for n in (1, 2))
    assert one.beta == pytest.approx(two.beta, rel=1e-6)
    assert one.vb == pytest.approx(two.vb, rel=1e-5)
    assert one.fitness == two.fitness or pytest.approx(two.fitness.D, rel=1e-6) == one.fitness.D


def test_one_coefficient_by_moments_is_dersimonian_and_laird():
    fit = trends.fit_trend(studies_of("alcohol_cvd"), curves.linear(), method="DL")
    plain = rma(fit.first.beta[:, 0], fit.first.V[:, 0, 0], method="DL")
    assert fit.G[0, 0] == pytest.approx(plain.tau2, rel=1e-10)
    assert (fit.beta[0], fit.se[0]) == pytest.approx((plain.beta[0], plain.se[0]), rel=1e-10)


@pytest.mark.parametrize("case", METAFOR["splines"], ids=lambda case: f"{case['k']}-knots")
def test_spline_terms_are_those_of_hmisc(case):
    found = curves.spline_at(case["knots"]).columns([0, 2.5, 13, 30, 70])
    assert found == pytest.approx(np.array(case["columns"]), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("design", ["cc", "ci", "ir"])
def test_raw_counts_give_the_ratios_of_metafor(design):
    given_, wanted = METAFOR["counts"], METAFOR["counts"][design]
    one = covariance.from_counts([0, 1, 2, 3], given_["cases"], given_["total"], design)
    assert one.yi == pytest.approx(wanted["yi"], rel=1e-12)
    assert np.diag(one.V) == pytest.approx(wanted["vi"], rel=1e-12)
    again = covariance.from_estimates(
        [0, 1, 2, 3], [0, *one.yi], [np.nan, *np.sqrt(np.diag(one.V))], given_["cases"],
        given_["total"], design,
    )  # fmt: skip
    if design != "ci":  # there the published table reads the ratios as odds ratios
        assert pytest.approx(one.V, rel=1e-9) == again.V


@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_means_share_their_reference(measure):
    arms = METAFOR["means"]
    one = covariance.from_means(
        *(arms[name] for name in ("dose", "mean", "sd", "n")), measure=measure
    )
    assert one.yi == pytest.approx(arms[measure]["yi"], rel=1e-12)
    assert pytest.approx(np.array(arms[measure]["V"]), rel=1e-12) == one.V


def test_another_reference_moves_predictions_and_nothing_else():
    fit = trends.fit_trend(studies_of("alcohol_crc"), curve_of("alcohol_crc", "spline"))
    at_0, at_20 = trends.predict(fit, [20.0, 40.0]), trends.predict(fit, [40.0], 20.0)
    assert at_20.pred[0] == pytest.approx(at_0.pred[1] - at_0.pred[0], rel=1e-10)
    own = trends.predict(fit, [20.0], 20.0)
    assert (own.pred[0], own.se[0], own.pi_ub[0]) == (0.0, 0.0, 0.0)
    assert (at_20.pi_lb <= at_20.ci_lb).all()


@pytest.mark.parametrize("method", ["REML", "DL"])
def test_the_unit_of_the_dose_does_not_matter(method):
    studies = studies_of("alcohol_cvd")
    grams = trends.fit_trend(studies, curves.quadratic(), method=method)
    kilos = {
        name: covariance.Contrasts(s.dose / 1000, s.reference / 1000, s.yi, s.V, s.rows)
        for name, s in studies.items()
    }
    again = trends.fit_trend(kilos, curves.quadratic(), method=method)
    if method == "REML":
        assert again.beta / [1e3, 1e6] == pytest.approx(grams.beta, rel=1e-6)
    assert pytest.approx(grams.QE, rel=1e-8) == again.QE


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(1, 5000), st.integers(1, 5000), st.floats(-4, 4)),
        min_size=2, max_size=8,
    ),
    st.sampled_from(["cc", "ci", "ir"]),
)  # fmt: skip
def test_fitted_cases_exist_for_every_table(arms, design):
    cases, others, y = (np.array(column, float) for column in zip(*arms, strict=True))
    y[0] = 0.0
    total = cases + others
    A, N = greenland_longnecker(y, cases, total, design)
    assert A.sum() == pytest.approx(cases.sum(), rel=1e-9)
    odds = A / N if design == "ir" else A / (N - A)
    assert np.log(odds / odds[0]) == pytest.approx(y, abs=1e-8)


ARMS = {"dose": [0, 1, 2], "estimate": [0, 0.1, 0.2], "se": [np.nan, 0.1, 0.2],
        "cases": [10, 20, 30], "total": [100, 100, 100], "design": "cc"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dose": [0, 1, 1]}, "rows 2 and 3: two arms have the same dose"),
        ({"dose": [0, np.nan, 1]}, "row 2: an arm needs a dose"),
        ({"se": [0.1, 0.1, 0.2]}, "there is no reference"),
        ({"se": [np.nan, np.nan, 0.2]}, "rows 1 and 2: only the reference"),
        ({"se": [np.nan, 0.1, 0]}, "row 3: an estimate needs a standard error"),
        ({"estimate": [0.3, 0.1, 0.2]}, "row 1: the ratio of the reference to itself is 1"),
        ({"cases": [10, 0, 30]}, "row 2: the number of cases must be above zero"),
        ({"cases": [10, 20, 100]}, "row 3: there must be more persons than cases"),
        ({"cases": None}, "needs the cases and the persons"),
        ({"design": "rct"}, "a design is cc, ci or ir"),
        ({"dose": [0]}, "two arms or more"),
    ],
    ids=lambda part: part if isinstance(part, str) else "-".join(part),
)
def test_a_refusal_names_the_rows(change, says):
    with pytest.raises(NotPoolable, match=says):
        covariance.from_estimates(**ARMS | change)


def test_hamling_says_when_no_table_agrees():
    arms = ARMS | {"design": "ci", "estimate": [0, 6.0, -6.0], "cases": [90, 95, 99]}
    with pytest.raises(NotEstimable, match="no table of cases and persons"):
        covariance.from_estimates(**arms, method="HAMLING")


def test_curves_and_trends_refuse_what_cannot_be():
    with pytest.raises(NotPoolable, match="fall together"):
        curves.spline([0, 0, 0, 0, 5], 3)
    with pytest.raises(NotPoolable, match="3 to 7 knots"):
        curves.spline([0, 1, 2, 3], 8)
    with pytest.raises(NotPoolable, match="must rise: see knot 3"):
        curves.spline_at([1, 5, 5, 9])
    two = {"a": covariance.from_counts([0, 1], [5, 6], [50, 60], "ci")}
    with pytest.raises(NotPoolable, match="two studies"):
        trends.fit_trend(two, curves.linear())
    two["b"] = covariance.from_counts([0, 2], [5, 9], [50, 60], "ci")
    with pytest.raises(NotPoolable, match="a: its 1 dose besides the reference do"):
        trends.fit_trend(two, curves.quadratic())
    with pytest.raises(NotPoolable, match="no model of 1 stages by DL"):
        trends.fit_trend(two, curves.linear(), stages=1, method="DL")
