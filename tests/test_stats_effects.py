"""Effect sizes: zero cells, missing values, impossible values, and back-transformation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.conversions import conv_2x2, conv_fivenum, conv_wald
from analysis.stats.effects import MEASURES, escalc
from analysis.stats.errors import NotEstimable
from analysis.stats.scales import (
    SCALES,
    arcsine_back,
    freeman_tukey_back,
    freeman_tukey_rate_back,
    scale_of,
    square,
)

TABLE = {"ai": [0, 4], "bi": [10, 6], "ci": [3, 5], "di": [7, 5]}


def test_only_tables_with_a_zero_are_adjusted_unless_asked():
    plain = escalc("OR", TABLE)
    everywhere = escalc("OR", TABLE, to="all")
    nowhere = escalc("OR", TABLE, to="none")
    assert plain.yi[0] == everywhere.yi[0] == pytest.approx(np.log(0.5 * 7.5 / (10.5 * 3.5)))
    assert plain.yi[1] == nowhere.yi[1] == pytest.approx(np.log(4 * 5 / (6 * 5)))
    assert everywhere.yi[1] != plain.yi[1]
    assert np.isnan(nowhere.yi[0])
    assert "logarithm" in nowhere.problems[0]


def test_if0all_adjusts_every_table_when_one_has_a_zero():
    assert escalc("OR", TABLE, to="if0all").yi[1] == escalc("OR", TABLE, to="all").yi[1]
    second = {name: values[1:] for name, values in TABLE.items()}
    assert escalc("OR", second, to="if0all").yi[0] == escalc("OR", second, to="none").yi[0]


def test_tables_without_any_event_can_be_left_out_with_the_reason():
    columns = {"ai": [0, 4], "bi": [10, 6], "ci": [0, 5], "di": [7, 5]}
    found = escalc("RR", columns, drop00=True)
    assert np.isnan(found.yi[0]) and not np.isnan(found.yi[1])
    assert "drop00" in found.problems[0]


def test_measures_defined_at_zero_are_left_alone():
    assert escalc("AS", TABLE).yi[0] == escalc("AS", TABLE, to="none").yi[0]
    assert escalc("AS", TABLE, add=0.5).yi[0] != escalc("AS", TABLE).yi[0]


def test_a_missing_cell_gives_no_effect_and_names_the_cell():
    found = escalc("MD", {"m1i": [1, None], "sd1i": [1, 1], "n1i": [9, 9],
                          "m2i": [0, 0], "sd2i": [1, 1], "n2i": [9, 9]})  # fmt: skip
    assert np.isnan(found.yi[1]) and found.problems == {1: "m1i missing"}


@pytest.mark.parametrize(
    ("measure", "columns", "sentence"),
    [
        ("OR", {"ai": [3, 12], "n1i": [10, 10], "ci": [1, 1], "n2i": [9, 9]}, "row 2: bi"),
        ("MN", {"mi": [1.0], "sdi": [-1.0], "ni": [9]}, "row 1: sdi cannot be negative"),
        ("ZCOR", {"ri": [0.2, 1.2], "ni": [9, 9]}, "row 2: spread"),
        ("PR", {"xi": [5], "ni": [4]}, "row 1: mi cannot be negative: there are more events"),
        ("OR", {"ai": [1]}, "needs the columns ai bi ci di"),
        ("LUCK", {}, "there is no measure 'LUCK'"),
    ],
)
def test_impossible_input_is_refused_with_its_row(measure, columns, sentence):
    with pytest.raises(NotEstimable, match=sentence):
        escalc(measure, columns)


def test_a_rule_or_variance_type_that_does_not_exist_is_refused():
    with pytest.raises(NotEstimable, match="no zero-cell rule 'some'"):
        escalc("OR", TABLE, to="some")
    with pytest.raises(NotEstimable, match="OR has no variance type 'UB'"):
        escalc("OR", TABLE, vtype="UB")


def test_hazard_ratio_from_observed_minus_expected_and_from_its_interval():
    logrank = escalc("HR", {"oei": [-4.0], "voei": [8.0]})
    assert logrank.yi[0] == -0.5 and logrank.vi[0] == 0.125
    printed = escalc("HR", {"hri": [0.6], "ci_lb": [0.4], "ci_ub": [0.9]})
    lb, ub = printed.ci()
    assert np.exp(printed.yi[0]) == pytest.approx(0.6)
    assert np.exp(ub - lb)[0] == pytest.approx(0.9 / 0.4)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_exchanging_the_groups_changes_only_the_sign(a, b, c, d):
    for measure in ("OR", "RR", "RD", "AS", "PETO", "YUQ", "PBIT"):
        one = escalc(measure, {"ai": [a], "bi": [b], "ci": [c], "di": [d]})
        two = escalc(measure, {"ai": [c], "bi": [d], "ci": [a], "di": [b]})
        assert one.yi[0] == pytest.approx(-two.yi[0], abs=1e-12)
        assert one.vi[0] == pytest.approx(two.vi[0])


@given(st.floats(0.1, 100), st.floats(-50, 50), st.floats(1, 30), st.integers(3, 90))
def test_standardised_differences_do_not_depend_on_the_unit(unit, mean, sd, n):
    plain = {"m1i": [mean], "sd1i": [sd], "n1i": [n], "m2i": [3.0], "sd2i": [7.0], "n2i": [n + 2]}
    scaled = {k: [v[0] * (1 if k[0] == "n" else unit)] for k, v in plain.items()}
    for measure in ("SMD", "SMDH", "SMD1", "SMD1H"):
        one, two = escalc(measure, plain), escalc(measure, scaled)
        assert one.yi[0] == pytest.approx(two.yi[0], rel=1e-9, abs=1e-12)
        assert one.vi[0] == pytest.approx(two.vi[0], rel=1e-9)


def test_every_measure_has_a_name_and_an_axis():
    assert set(SCALES) == set(MEASURES)


@pytest.mark.parametrize(
    ("measure", "columns", "printed"),
    [
        ("PLO", {"xi": [7], "ni": [20]}, 0.35),
        ("PLN", {"xi": [7], "ni": [20]}, 0.35),
        ("PAS", {"xi": [7], "ni": [20]}, 0.35),
        ("PRZ", {"xi": [7], "ni": [20]}, 0.35),
        ("ZCOR", {"ri": [0.4], "ni": [30]}, 0.4),
        ("IRLN", {"xi": [6], "ti": [50.0]}, 0.12),
        ("IRS", {"xi": [6], "ti": [50.0]}, 0.12),
        ("ABT", {"ai": [0.8], "mi": [10], "ni": [50]}, 0.8),
        ("AHW", {"ai": [0.8], "mi": [10], "ni": [50]}, 0.8),
        ("MNLN", {"mi": [5.0], "sdi": [2.0], "ni": [50]}, 5.0),
    ],
)
def test_the_back_transformation_returns_what_was_printed(measure, columns, printed):
    assert scale_of(measure).back(escalc(measure, columns).yi)[0] == pytest.approx(printed)


@given(st.integers(0, 40), st.integers(1, 40))
def test_double_arcsine_comes_back_to_the_proportion(x, extra):
    n = x + extra
    effect = escalc("PFT", {"xi": [x], "ni": [n]}).yi
    assert freeman_tukey_back(effect, n)[0] == pytest.approx(x / n, abs=1e-7)


def test_back_transformations_stay_within_what_is_possible():
    assert arcsine_back(np.array([-0.2, 2.0])).tolist() == [0.0, 1.0]
    assert square(np.array([-0.3])).tolist() == [0.0]
    assert freeman_tukey_back(np.array([-1.0, 3.0]), 20).tolist() == [0.0, 1.0]
    rate = escalc("IRFT", {"xi": [6], "ti": [50.0]}).yi
    assert freeman_tukey_rate_back(rate, 50.0)[0] == pytest.approx(0.12)


def test_printed_intervals_and_p_values_give_the_variance_back():
    half = 1.959963984540054 * 0.2
    columns = {"ci_lb": [0.5 - half, None, None], "ci_ub": [0.5 + half, None, None]}
    yi, vi = conv_wald([0.5, 0.5, 0.5], **columns, pval=[None, 0.012419330651552, None])
    assert yi.tolist() == [0.5, 0.5, 0.5]
    assert vi[:2] == pytest.approx([0.04, 0.04])
    assert np.isnan(vi[2])
    with pytest.raises(NotEstimable, match="between 0 and 1"):
        conv_wald([0.5], pval=[1.2])


def test_quartiles_of_a_symmetric_sample_give_its_middle():
    mean, sd = conv_fivenum([None], [8.0], [10.0], [12.0], [None], [40])
    assert mean[0] == pytest.approx(10.0)
    assert sd[0] == pytest.approx(4 / 1.35, rel=0.05)
    assert np.isnan(conv_fivenum([None], [None], [10.0], [None], [None], [40])[0][0])


def test_a_table_comes_back_from_its_margins_and_odds_ratio():
    a, b, c, d = conv_2x2(ori=[30 * 40 / (20 * 10)], ni=[100], n1i=[50], n2i=[40])
    assert (a[0], b[0], c[0], d[0]) == (30, 20, 10, 40)
    assert np.isnan(conv_2x2(ori=[5.0], ni=[10], n1i=[9], n2i=[12])[0][0])


@pytest.mark.parametrize(
    ("measure", "columns", "options", "yi", "vi"),
    [  # metafor 3.8-1: escalc()
        (
            "RBIS",
            {"m1i": 9, "sd1i": 1, "n1i": 20, "m2i": 2, "sd2i": 1.5, "n2i": 12},
            {},
            [1.20689219603],
            [0.00275519200421],
        ),
        (
            "PAS",
            {"xi": [3, 1], "ni": [3, 9]},
            {"to": "all"},
            [1.570796326795, 0.339836909454],
            [0.0833333333333, 0.0277777777778],
        ),
        (
            "PAS",
            {"xi": [3, 1], "ni": [3, 9]},
            {"to": "all", "add": 0.5},
            [1.209429202888, 0.397699415092],
            [0.0625, 0.0250],
        ),
        (
            "IRSD",
            {"x1i": 0, "t1i": 30, "x2i": 4, "t2i": 25},
            {"to": "if0all"},
            [-0.4],
            [0.0183333333333],
        ),
        ("SDLN", {"sdi": 1.4, "ni": 30}, {}, [0.353713615932], [0.0172413793103]),
        (
            "SMD1",
            {"m1i": 4, "m2i": 3, "sd2i": 2, "n1i": 20, "n2i": 25},
            {},
            [0.484182616724],
            [0.0946886561268],
        ),
        (
            "VR",
            {"sd1i": 4, "sd2i": 3, "n1i": 20, "n2i": 25},
            {},
            [0.293164528592],
            [0.047149122807],
        ),
        (
            "SMCR",
            {"m1i": 4, "m2i": 3, "sd1i": 2, "ni": 20, "ri": 0.5},
            {},
            [0.479955176462],
            [0.0557589242853],
        ),
        (
            "VRC",
            {"sd1i": 4, "sd2i": 3, "ni": 20, "ri": 0.5},
            {},
            [0.287682072452],
            [0.0394736842105],
        ),
        (
            "ROM",
            {
                "m1i": [4, 6, 5],
                "sd1i": [1, 2, 1],
                "n1i": [20, 30, 9],
                "m2i": [3, 5, 4],
                "sd2i": [1, 1, None],
                "n2i": [25, 20, 9],
            },
            {"vtype": "AVHO"},
            [0.287682072452, 0.182321556794, 0.223143551314],
            [0.00745041551247, 0.00689853288191, 0.01839608768510],
        ),
    ],
)
def test_measures_take_what_they_need_and_add_what_is_asked(measure, columns, options, yi, vi):
    found = escalc(measure, {k: np.atleast_1d(v) for k, v in columns.items()}, edition=3, **options)
    assert found.yi == pytest.approx(np.atleast_1d(yi), rel=1e-9, abs=1e-12, nan_ok=True)
    assert found.vi == pytest.approx(np.atleast_1d(vi), rel=1e-9, nan_ok=True)
