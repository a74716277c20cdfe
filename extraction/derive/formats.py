"""The forms in which papers print a value, by the kind of field that takes them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from . import counts, means, medians

N = "n"


@dataclass(frozen=True, slots=True)
class Format:
    """One form of printing.

    ``names`` are the numbers it holds, in the order they are typed, and ``optional`` what may
    follow. ``needs`` says whether the size of this group (``n``) and of the other (``others``)
    are asked. ``derive`` maps ``numbers.Printed`` to ``numbers.Derived``.
    """

    code: str
    label: str
    group: str
    example: str
    names: tuple
    derive: Callable
    needs: tuple = ()
    optional: tuple = ()


SPREAD, MIDDLE, TEST, CHANGE, LOGS = (
    "A mean with",
    "A median with",
    "A mean and a test of two groups",
    "A change from baseline",
    "Log scale",
)
BOTH = (N, "others")
MEAN_SD = (
    Format("se", "SE", SPREAD, "84.1 (1.07)", ("mean", "se"), means.from_se, (N,)),
    Format("ci", "CI (t)", SPREAD, "84.1 (82.0 to 86.2), 90 % CI 82 to 86",
           ("mean", "low", "high"), means.from_ci, (N,)),
    Format("ci_z", "CI (normal)", SPREAD, "84.1 (82.0 to 86.2)",
           ("mean", "low", "high"), means.from_ci_normal, (N,)),
    Format("iqr", "IQR", SPREAD, "31 (20 to 45)", ("mean", "q1", "q3"), means.from_iqr, (N,)),
    Format("range", "range", SPREAD, "31 (6 to 88)", ("mean", "min", "max"),
           means.from_range, (N,)),
    Format("median_iqr", "IQR", MIDDLE, "31 (20 to 45)", ("median", "q1", "q3"),
           medians.normal, (N,)),
    Format("median_range", "range", MIDDLE, "31 (6 to 88)", ("median", "min", "max"),
           medians.normal, (N,)),
    Format("median_both", "IQR and range", MIDDLE, "31 (IQR 20 to 45; range 6 to 88)",
           ("median", "q1", "q3", "min", "max"), medians.normal, (N,)),
    Format("median_iqr_skewed", "IQR, skewed", MIDDLE, "14 (9.5 to 29.5)",
           ("median", "q1", "q3"), medians.for_skewed, (N,)),
    Format("median_range_skewed", "range, skewed", MIDDLE, "4 (2 to 9)",
           ("median", "min", "max"), medians.for_skewed, (N,)),
    Format("median_both_skewed", "IQR and range, skewed", MIDDLE, "14 (9.5 to 29.5; 2 to 90)",
           ("median", "q1", "q3", "min", "max"), medians.for_skewed, (N,)),
    Format("p", "mean; difference; p", TEST, "32.1; 3.8; p = 0.008",
           ("mean", "difference", "p"), means.from_p, BOTH, ("other",)),
    Format("t", "mean; difference; t", TEST, "32.1; 3.8; t = 2.78",
           ("mean", "difference", "t"), means.from_t, BOTH, ("other",)),
    Format("f", "mean; difference; F", TEST, "32.1; 3.8; F = 7.73",
           ("mean", "difference", "f"), means.from_f, BOTH, ("other",)),
    Format("change", "baseline; final; r", CHANGE, "15.2 (6.4); 16.2 (7.1); r = 0.78",
           ("first", "first_sd", "last", "last_sd", "r"), means.from_change),
    Format("change_p", "change; paired p", CHANGE, "−4.2; p = 0.03", ("mean", "p"),
           means.from_paired_p, (N,)),
    Format("geometric_sd", "geometric mean, GSD", LOGS, "12.4 (1.9)", ("mean", "gsd"),
           means.from_geometric_sd),
    Format("geometric_ci", "geometric mean, CI", LOGS, "12.4 (9.8 to 15.7)",
           ("mean", "low", "high"), means.from_geometric_ci, (N,)),
    Format("log_values", "mean, SD of logs", LOGS, "2.52 (0.64)", ("mean", "sd"),
           means.from_log_values),
)  # fmt: skip
EVENTS = (
    Format("percent", "per cent", "Printed as", "30 % or 30 % of 40", ("percent",),
           counts.from_percent, (N,), ("total",)),
)  # fmt: skip
ESTIMATE = (
    Format("ci", "CI", "", "1.24 (0.95 to 1.62), 90 % CI 0.99 to 1.55",
           ("estimate", "low", "high"), counts.from_interval),
    Format("se", "SE", "Printed with", "−3.4 (1.2)", ("estimate", "se"), counts.from_error),
    Format("p", "p", "Printed with", "−3.4, p = 0.03", ("estimate", "p"), counts.from_p_value),
    Format("log_ci", "log, CI", "Logarithm of the ratio", "0.22 (−0.05 to 0.48)",
           ("estimate", "low", "high"), counts.from_log_interval),
    Format("log_se", "log, SE", "Logarithm of the ratio", "0.22 (0.13)", ("estimate", "se"),
           counts.from_log_error),
)  # fmt: skip
FORMATS = {
    kind: {one.code: one for one in formats}
    for kind, formats in (("mean_sd", MEAN_SD), ("events", EVENTS), ("estimate", ESTIMATE))
}
PLAIN = {"mean_sd": "mean ± SD", "events": "number", "estimate": "CI"}
PLAIN_EXAMPLES = {
    "mean_sd": "57.1 ± 13.8",
    "events": "12 or 12/40",
    "estimate": "1.24 (0.95 to 1.62)",
}
RATIOS_ONLY = ("log_ci", "log_se")


def for_field(field):
    """The formats that a person can choose for a field; none for most kinds."""
    ratio = field.get("scale") == "log"
    return [
        one
        for one in FORMATS.get(field["kind"], {}).values()
        if one.group and (ratio or field["kind"] != "estimate" or one.code not in RATIOS_ONLY)
    ]


def of(field, value):
    """The ``Format`` that a value is printed in, or None where nothing was derived."""
    code = value.get("as") or ("ci" if field["kind"] == "estimate" and "parts" in value else None)
    return FORMATS.get(field["kind"], {}).get(code)
