"""The measures a plan can choose: what each asks of a form, and what it calls its result."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log

METHODS = {
    "REML": "REML",
    "DL": "DerSimonian and Laird",
    "PM": "Paule and Mandel",
    "ML": "Maximum likelihood",
    "EB": "Empirical Bayes",
    "SJ": "Sidik and Jonkman",
    "HE": "Hedges",
    "HS": "Hunter and Schmidt",
}
TESTS = {
    "z": "Normal (Wald)",
    "knha": "Knapp and Hartung",
    "adhoc": "Knapp and Hartung, never narrower than normal",
    "t": "t distribution",
}
INTERVALS = TESTS | {"CR2": "cluster-robust (CR2, Satterthwaite)"}

# A role is the stem of the engine's column it fills, but for those that fill two.
MEAN, SIZE, EVENTS, TIME, ESTIMATE, ERROR = "m", "n", "x", "t", "y", "se"
AFTER, BEFORE, CORRELATION, EXCESS, VARIANCE = "m1", "m2", "r", "oe", "voe"
RATIO, DIFFERENCE = "ratio", "difference"

NUMBER = ("decimal", "integer")
ROLE_LABELS = {
    MEAN: ("Mean with SD", ("mean_sd",)),
    SIZE: ("Number of patients", ("integer",)),
    EVENTS: ("Number of events", ("integer", "events")),
    TIME: ("Person-time", NUMBER),
    ESTIMATE: ("Estimate", (*NUMBER, "estimate")),
    ERROR: ("Standard error", (*NUMBER, "estimate")),
    AFTER: ("Mean with SD, after", ("mean_sd",)),
    BEFORE: ("Mean with SD, before", ("mean_sd",)),
    CORRELATION: ("Correlation", ("decimal",)),
    EXCESS: ("Observed minus expected events", NUMBER),
    VARIANCE: ("Variance of observed minus expected", NUMBER),
    RATIO: ("Ratio with its interval", ("estimate",)),
    DIFFERENCE: ("Difference with its interval", ("estimate",)),
}
FIELD_SCALES = {RATIO: "log", DIFFERENCE: "plain"}
GIVEN = "GEN"


def suits(role, field):
    """Whether a field of a form can fill a role."""
    scale = FIELD_SCALES.get(role)
    return field["kind"] in ROLE_LABELS[role][1] and scale in (None, field.get("scale", "plain"))


def numbers(role, field, value):
    """The numbers of a cell's value by the stem and place of the engine's columns, as in
    ``{"m1": 4.0, "sd1": 1.2}``; a ratio enters as its logarithm. What the value lacks is None."""
    if field["kind"] == "mean_sd":
        place = role.removeprefix(MEAN)
        found = {role: value["mean"], f"sd{place}": value["sd"]}
    elif role in FIELD_SCALES:
        found = {ESTIMATE: _estimate(field, value), ERROR: value["se"]}
    elif field["kind"] == "estimate":
        found = {role: value["se"] if role == ERROR else _estimate(field, value)}
    else:
        found = {role: value["events" if field["kind"] == "events" else "number"]}
    return {name: None if number is None else float(number) for name, number in found.items()}


def _estimate(field, value):
    if value["se"] is None:
        return None
    number = float(value["estimate"])
    return log(number) if field.get("scale") == "log" else number


@dataclass(frozen=True, slots=True)
class Measure:
    """``roles`` are what it asks of each group; ``groups`` the suffixes of its columns: one
    group ("") or two ("1", "2"). ``check`` raises its second argument, with a reason, for
    values that cannot enter."""

    name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    check: Callable


def out_of_range(key, refusal):
    """Why a result of a measure cannot be kept whose plot nobody could draw, and what may help:
    another unit only where the measure has one."""
    told = f"The result is out of the range of a plot: {refusal}."
    if key in IN_UNITS:
        return f"{told} Enter the values in another unit (millions for units, say)."
    if key in OF_EVENTS:
        return (
            f"{told} The counts do not determine it: groups in which nobody, or everybody, had the"
            " event leave it without a limit. Leave out the studies that have them, or choose"
            " another model."
        )
    return f"{told} It has no unit that could be changed: look at the numbers of the studies."


def engine_measure(key):
    """The engine's name of a measure: ``GEN.HR`` is an effect as given, printed as a hazard
    ratio."""
    return key.partition(".")[0]


def engine_name(key, column):
    """The engine's name of a row's column: events of two groups of patients are ``ai`` and
    ``ci``."""
    counts = MEASURES[key].roles == EVENTS_AND_SIZE
    return {"x1i": "ai", "x2i": "ci"}.get(column, column) if counts else column


def alike(key):
    """The keys of the measures that the same numbers allow, this one among them."""
    own = MEASURES[key]
    if engine_measure(key) == GIVEN:
        return [key]
    return [
        name for name, one in MEASURES.items() if (one.roles, one.groups) == (own.roles, own.groups)
    ]


def _spread_is_there(values, missing):
    for name, number in values.items():
        if name.startswith("sd") and number <= 0:
            raise missing(
                "Its SD is 0, so it has no sampling variance and would get all the weight."
            )
        if name.startswith("n") and number < 1:
            raise missing("It has no patients.")


def _more_than_one(values, missing):
    _spread_is_there(values, missing)
    if any(name.startswith("n") and number < 2 for name, number in values.items()):
        raise missing("One patient alone has no standard deviation.")


def _means_above_zero(values, missing):
    _more_than_one(values, missing)
    if min(values["m1i"], values["m2i"]) <= 0:
        raise missing("A ratio of means needs both means above 0.")


def _events_fit(values, missing):
    for group in ("", "1", "2"):
        events, size = values.get(f"x{group}i"), values.get(f"n{group}i")
        if size is not None and size < 1:
            raise missing("It has no patients.")
        if events is not None and not 0 <= events <= size:
            raise missing(f"{events:g} events cannot happen to {size:g} patients.")


def _time_is_there(values, missing):
    for name, number in values.items():
        if name.startswith("t") and number <= 0:
            raise missing("Its person-time is not above 0.")
        if name.startswith("x") and number < 0:
            raise missing("It has fewer than 0 events.")


def _error_is_there(values, missing):
    if values["sei"] <= 0:
        raise missing("Its standard error is not above 0.")


def _correlated(values, missing):
    if not -1 < values["ri"] < 1:
        raise missing("Its correlation does not lie between -1 and 1.")
    if values["ni"] < 4:
        raise missing("A correlation needs four patients or more.")


def _correlated_change(values, missing):
    _more_than_one(values, missing)
    _correlated(values, missing)


def _correlated_above_zero(values, missing):
    _means_above_zero(values, missing)
    _correlated(values, missing)


def _variance_is_there(values, missing):
    if values["voei"] <= 0:
        raise missing("Its variance is not above 0.")


ONE, TWO = ("",), ("1", "2")
MEAN_AND_SIZE, EVENTS_AND_SIZE, EVENTS_AND_TIME = (MEAN, SIZE), (EVENTS, SIZE), (EVENTS, TIME)
CHANGE = (AFTER, BEFORE, SIZE, CORRELATION)


def _given(name, role):
    return Measure(f"{name}, given with its interval", (role,), ONE, _error_is_there)


MEASURES = {
    "MD": Measure("Mean difference", MEAN_AND_SIZE, TWO, _more_than_one),
    "SMD": Measure("Standardised mean difference (Hedges)", MEAN_AND_SIZE, TWO, _more_than_one),
    "SMDH": Measure(
        "Standardised mean difference, unequal SDs", MEAN_AND_SIZE, TWO, _more_than_one
    ),
    "ROM": Measure("Ratio of means (log)", MEAN_AND_SIZE, TWO, _means_above_zero),
    "RR": Measure("Risk ratio", EVENTS_AND_SIZE, TWO, _events_fit),
    "OR": Measure("Odds ratio", EVENTS_AND_SIZE, TWO, _events_fit),
    "RD": Measure("Risk difference", EVENTS_AND_SIZE, TWO, _events_fit),
    "IRR": Measure("Rate ratio (events by person-time)", EVENTS_AND_TIME, TWO, _time_is_there),
    "IRD": Measure("Rate difference (events by person-time)", EVENTS_AND_TIME, TWO, _time_is_there),
    "PLO": Measure("Proportion (logit)", EVENTS_AND_SIZE, ONE, _events_fit),
    "PAS": Measure("Proportion (arcsine)", EVENTS_AND_SIZE, ONE, _events_fit),
    "PR": Measure("Proportion (raw)", EVENTS_AND_SIZE, ONE, _events_fit),
    "IRLN": Measure("Rate (log)", EVENTS_AND_TIME, ONE, _time_is_there),
    "IRS": Measure("Rate (square root)", EVENTS_AND_TIME, ONE, _time_is_there),
    "MN": Measure("Single mean", MEAN_AND_SIZE, ONE, _more_than_one),
    "MC": Measure("Mean change in one group", CHANGE, ONE, _correlated_change),
    "SMCC": Measure(
        "Standardised mean change (SD of the change)", CHANGE, ONE, _correlated_change
    ),
    "ROMC": Measure("Ratio of means, after to before (log)", CHANGE, ONE, _correlated_above_zero),
    "ZCOR": Measure("Correlation (Fisher's z)", (CORRELATION, SIZE), ONE, _correlated),
    "COR": Measure("Correlation (raw)", (CORRELATION, SIZE), ONE, _correlated),
    "HR": Measure("Hazard ratio (log-rank O − E and V)", (EXCESS, VARIANCE), ONE,
                  _variance_is_there),
    "GEN.HR": _given("Hazard ratio", RATIO),
    "GEN.OR": _given("Odds ratio", RATIO),
    "GEN.RR": _given("Risk ratio", RATIO),
    "GEN.IRR": _given("Rate ratio", RATIO),
    "GEN.ROM": _given("Ratio of means", RATIO),
    "GEN.MD": _given("Mean difference", DIFFERENCE),
    "GEN.SMD": _given("Standardised mean difference", DIFFERENCE),
    "GEN.RD": _given("Risk difference", DIFFERENCE),
    "GEN": Measure("Generic estimate and standard error", (ESTIMATE, ERROR), ONE, _error_is_there),
}  # fmt: skip
IN_UNITS = ("MN", "MD", "MC", "GEN", "GEN.MD", "IRD", "IRLN", "IRS")
OF_EVENTS = tuple(key for key, one in MEASURES.items() if EVENTS in one.roles)
