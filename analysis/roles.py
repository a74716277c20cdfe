"""What a field of a form can be in an analysis, and the numbers of a row that it fills. Pure."""

from math import log

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
COLUMN_NAMES = {
    "sd": "Standard deviation",
    "se": "Standard error",
    "m": "Mean",
    "n": "Patients",
    "x": "Events",
    "y": "Estimate",
    "t": "Person-time",
    "r": "Correlation",
    "oe": "Observed minus expected events",
    "voe": "Its variance",
}


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


def column_of(column):
    """``(name, group)`` of a column of a row: what it holds in words, and its group's suffix."""
    stem = next(stem for stem in COLUMN_NAMES if column.startswith(stem))
    return COLUMN_NAMES[stem], column.removeprefix(stem).removesuffix("i")
