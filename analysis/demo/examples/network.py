"""Several treatments at once: 24 trials of counselling to stop smoking."""

from itertools import groupby

from ..forms import field
from ..paper import rows
from . import building

TITLE = "Example: counselling to stop smoking (a network of treatments)"
PROTOCOL = {
    "title": TITLE,
    "population": "Smokers",
    "intervention": "Self-help, individual counselling, group counselling",
    "comparator": "No contact, or one another",
    "outcomes": "Stopped smoking at six to twelve months",
    "study_designs": "Randomised trials of two arms or more",
}
SOURCE = (
    "Trial {} of the 24 in Hasselblad V. Meta-analysis of multitreatment studies. Medical Decision"
    " Making 1998;18:37-43, where its numbers are tabulated."
)
FIELDS = [
    field("stopped", "Stopped smoking", "integer", level="arm", min="0", required=True),
    field("n", "Patients", "integer", level="arm", min="1", required=True),
]


def build(lead):
    """Build the review through the doors; return it."""
    example = building.begin(lead, PROTOCOL, "Trial of counselling", FIELDS)
    example.plan(
        "Odds of having stopped, each treatment against no contact", kind="network", measure="OR",
        fields={"x": "stopped", "n": "n"}, nodes={}, reference="No contact", good="large",
        method="REML", test="z",
    )  # fmt: skip
    example.freeze_plans()
    for trial, arms in groupby(rows("smoking_trials"), lambda row: row["trial"]):
        arms = list(arms)
        cells = [(key, row[key], row["treatment"]) for row in arms for key in ("stopped", "n")]
        named = [(row["treatment"], "") for row in arms]
        example.enter(f"Trial {int(trial):02d}", SOURCE.format(trial), cells, arms=named)
    example.run_all("24 trials, two of them with three arms")
    return example.review
