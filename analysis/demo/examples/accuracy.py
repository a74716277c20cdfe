"""Diagnostic accuracy: telomerase in urine for bladder cancer, ten studies."""

from analysis.accuracy.measures import COUNTS, NAMES

from ..forms import field
from ..paper import rows
from . import building

TITLE = "Example: telomerase in urine for bladder cancer (diagnostic accuracy)"
PROTOCOL = {
    "title": TITLE,
    "population": "People with suspected bladder cancer",
    "intervention": "Index test: telomerase in urine",
    "comparator": "Reference standard: cystoscopy or histology",
    "outcomes": "Sensitivity and specificity",
    "study_designs": "Studies of diagnostic accuracy",
}
SOURCE = (
    "Study {study} of the ten of telomerase in Glas AS et al. Tumor markers in the diagnosis of"
    " primary bladder cancer: a systematic review. Journal of Urology 2003;169:1975-1982; counts as"
    " tabulated in Riley RD et al. BMC Medical Research Methodology 2007;7:3."
)
FIELDS = [field(key, NAMES[key], "integer", min="0", required=True) for key in COUNTS]


def build(lead):
    """Build the review through the doors; return it."""
    example = building.begin(lead, PROTOCOL, "Two-by-two table", FIELDS)
    example.plan(
        "Sensitivity and specificity of telomerase", kind="accuracy", measure="counts",
        fields={key: key for key in COUNTS}, arms={}, model="binomial", group="",
    )  # fmt: skip
    example.freeze_plans()
    for row in rows("telomerase_studies"):
        cells = [(key, row[key], None) for key in COUNTS]
        example.enter(f"Study {int(row['study']):02d}", SOURCE.format(**row), cells)
    example.run_all("Ten studies")
    return example.review
