"""The measures of two groups, or of one: what each asks of a form, and which values it refuses."""

from collections.abc import Callable
from dataclasses import dataclass

from ..roles import (
    AFTER,
    BEFORE,
    CORRELATION,
    DIFFERENCE,
    ERROR,
    ESTIMATE,
    EVENTS,
    EXCESS,
    MEAN,
    RATIO,
    SIZE,
    TIME,
    VARIANCE,
)

GIVEN = "GEN"


@dataclass(frozen=True, slots=True)
class Measure:
    """``roles`` are what it asks of each group; ``groups`` the suffixes of its columns: one
    group ("") or two ("1", "2"). ``check`` raises its second argument, with a reason, for
    values that cannot enter."""

    name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    check: Callable


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
