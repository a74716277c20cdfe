"""What a dose-response plan can choose: what it asks of each arm, and what it calls its result."""

from dataclasses import dataclass

DOSE, ESTIMATE, CASES, TOTAL, MEAN, SIZE = "dose", "estimate", "cases", "total", "mean", "n"
NUMBER = ("decimal", "integer")
ROLES = {
    DOSE: ("Dose", NUMBER),
    ESTIMATE: ("Adjusted ratio with its interval", ("estimate",)),
    CASES: ("Cases", ("integer", "events")),
    TOTAL: ("Persons, or person-time", (*NUMBER, "events")),
    MEAN: ("Mean with SD", ("mean_sd",)),
    SIZE: ("Number of patients", ("integer",)),
}
DESIGNS = {
    "cc": "Case-control: odds ratios, cases among persons",
    "ci": "Cumulative incidence: risk ratios, cases among persons",
    "ir": "Incidence rates: rate ratios, cases by person-time",
}
RATIOS = {"cc": "Odds ratio", "ci": "Risk ratio", "ir": "Rate ratio"}
COVARIANCES = {
    "GL": "Greenland and Longnecker: table with the published margins",
    "HAMLING": "Hamling: table with the published intervals",
    "NONE": "None: take the arms of a study as independent",
}
SHAPES = {
    "linear": "A straight line",
    "quadratic": "A parabola",
    **{f"spline{k}": f"A restricted cubic spline, {k} knots" for k in range(3, 8)},
}
STAGES = {
    "2": "Two stages: a trend in each study, then pooled",
    "1": "One stage: all contrasts in one model",
}
METHODS = {
    "REML": "REML",
    "ML": "Maximum likelihood",
    "DL": "Method of moments (DerSimonian and Laird; two stages)",
    "FE": "None: one trend for all studies",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """``roles`` are asked of each arm; ``ratio`` says that effects are logs of ratios."""

    name: str
    roles: tuple
    ratio: bool


MEASURES = {
    "ADJ": Measure(
        "Adjusted ratios against a reference dose", (DOSE, ESTIMATE, CASES, TOTAL), True
    ),
    "N": Measure("Cases and persons, or person-time, at each dose", (DOSE, CASES, TOTAL), True),
    "MD": Measure("Mean difference from a reference dose", (DOSE, MEAN, SIZE), False),
    "SMD": Measure("Standardised mean difference from a reference dose", (DOSE, MEAN, SIZE), False),
}


def effect(spec):
    """What the effect of a spec is called, without its reference."""
    if MEASURES[spec["measure"]].ratio:
        return RATIOS[spec["design"]]
    return "Mean difference" if spec["measure"] == "MD" else "Standardised mean difference"
