"""The measures a plan can choose: what each asks of a form, and what it calls its result."""

from collections.abc import Callable
from dataclasses import dataclass

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
}

MEAN, SIZE, EVENTS, ESTIMATE, ERROR = "m", "n", "x", "y", "se"

ROLE_LABELS = {
    MEAN: ("Mean with SD", ("mean_sd",)),
    SIZE: ("Number of patients", ("integer",)),
    EVENTS: ("Number of events", ("integer", "events")),
    ESTIMATE: ("Estimate", ("decimal", "integer", "estimate")),
    ERROR: ("Standard error", ("decimal", "integer", "estimate")),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """``roles`` are what it asks of each group; ``groups`` the suffixes of its columns: one
    group ("") or two ("1", "2"). ``check`` raises its second argument, with a reason, for
    values that cannot enter."""

    name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    check: Callable


# A row's values carry the engine's column names, but for events in two groups.
ENGINE_NAMES = {"x1i": "ai", "x2i": "ci"}


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


def _error_is_there(values, missing):
    if values["sei"] <= 0:
        raise missing("Its standard error is not above 0.")


ONE, TWO = ("",), ("1", "2")
MEAN_AND_SIZE, EVENTS_AND_SIZE = (MEAN, SIZE), (EVENTS, SIZE)
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
    "PLO": Measure("Proportion (logit)", EVENTS_AND_SIZE, ONE, _events_fit),
    "PAS": Measure("Proportion (arcsine)", EVENTS_AND_SIZE, ONE, _events_fit),
    "PR": Measure("Proportion (raw)", EVENTS_AND_SIZE, ONE, _events_fit),
    "MN": Measure("Single mean", MEAN_AND_SIZE, ONE, _more_than_one),
    "GEN": Measure("Generic estimate and standard error", (ESTIMATE, ERROR), ONE, _error_is_there),
}
