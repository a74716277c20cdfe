"""Dose and response: seven SIMULATED cohorts, marked so wherever they appear."""

from itertools import groupby

from ..forms import field
from ..paper import rows
from . import building

TITLE = "Example: SIMULATED cohorts of coffee (dose and response)"
PROTOCOL = {
    "title": TITLE,
    "population": "Nobody: the cohorts are simulated to show the analysis",
    "intervention": "Coffee, in cups a day",
    "comparator": "No coffee",
    "outcomes": "An invented disease",
    "study_designs": "Cohorts",
}
SOURCE = "Simulated for the demo: no such cohort exists, and nothing about coffee follows from it."
FIELDS = [
    field("cups", "Coffee", "decimal", level="arm", unit="cups a day", min="0", required=True),
    field("cases", "Cases", "integer", level="arm", min="0", required=True),
    field("person_years", "Person-years", "integer", level="arm", min="1", required=True),
]
TREND = {
    "kind": "dose", "measure": "N", "design": "ir",
    "fields": {"dose": "cups", "cases": "cases", "total": "person_years"},
    "reference": "", "reference_dose": None, "knots": [], "predict_at": [], "per": "1",
    "method": "REML", "stages": 2,
}  # fmt: skip


def build(lead):
    """Build the review through the doors; return it."""
    example = building.begin(lead, PROTOCOL, "Cohort by dose (simulated)", FIELDS)
    example.plan("Rate by cups a day, as a curve (simulated)", shape="spline3", **TREND)
    example.plan("Rate by cups a day, as a line (simulated)", shape="linear", **TREND)
    example.freeze_plans()
    for name, doses in groupby(rows("SIMULATED_cohorts"), lambda row: row["cohort"]):
        cells, arms = [], []
        for row in doses:
            arm = f"{row['cups']} cups"
            arms.append((arm, ""))
            cells += [(key, row[key], arm) for key in ("cups", "cases", "person_years")]
        example.enter(f"Simulated cohort {name}", SOURCE, cells, arms=arms)
    example.run_all("Simulated cohorts")
    return example.review
