"""Two groups compared: the 13 trials of BCG against tuberculosis."""

from analysis.pairwise import variants

from ..forms import field, options
from ..paper import rows
from . import building

TITLE = "Example: BCG vaccine against tuberculosis (two groups compared)"
PROTOCOL = {
    "title": TITLE,
    "population": "People at risk of tuberculosis",
    "intervention": "BCG vaccine",
    "comparator": "No vaccine",
    "outcomes": "Tuberculosis",
    "study_designs": "Prospective trials, however they allocated",
}
SOURCE = (
    "{trial}. Numbers as tabulated in Colditz GA et al. Efficacy of BCG vaccine in the prevention"
    " of tuberculosis: meta-analysis of the published literature. JAMA 1994;271:698-702."
)
YES, NO = "Vaccinated", "Not vaccinated"
ALLOCATION = options(("Random", "Alternate", "Systematic"))
FIELDS = [
    field("latitude", "Latitude", "integer", unit="degrees", min="0", max="90"),
    field("allocation", "Allocation", "choice", options=ALLOCATION),
    field("year", "Year of publication", "integer"),
    field("cases", "Cases of tuberculosis", "integer", level="arm", min="0", required=True),
    field("n", "People", "integer", level="arm", min="1", required=True),
]
COUNTS = {
    "fields": {"x": "cases", "n": "n"},
    "arms": {"1": "treatment", "2": "control"},
    "method": "REML",
}
MAIN = "Risk ratio of tuberculosis, by allocation and latitude"
WHY = (
    "The trials lie far apart in place and time, so that their effects must be expected to differ;"
    " with so few of them the normal interval would be too narrow. Decided before any data were"
    " frozen."
)


def build(lead):
    """Build the review through the doors; return it."""
    example = building.begin(lead, PROTOCOL, "Trial of BCG", FIELDS)
    main = example.plan(
        MAIN, measure="RR", test="z", subgroup={"field": "allocation"}, moderators=["latitude"],
        **COUNTS,
    )  # fmt: skip
    example.plan("Risk ratio by Mantel and Haenszel", measure="RR", test="z", model="MH", **COUNTS)
    example.freeze_plans()
    example.amend(main, WHY, test="knha")
    for row in rows("bcg_trials"):
        _enter(example, row)
    snapshot = example.run_all("13 trials")
    main.refresh_from_db()
    variants.keep(
        plan=main, snapshot=snapshot, title="Exploratory: latitude and year of publication",
        spec=main.spec | {"moderators": ["latitude", "year"]}, actor=lead,
    )  # fmt: skip
    return example.review


def _enter(example, row):
    cells = [(key, row[key], None) for key in ("latitude", "allocation", "year")]
    for arm, cases, people in ((YES, "vaccinated_cases", "vaccinated"),
                               (NO, "unvaccinated_cases", "unvaccinated")):  # fmt: skip
        cells += [("cases", row[cases], arm), ("n", row[people], arm)]
    example.enter(
        row["trial"], SOURCE.format(**row), cells, arms=((YES, "treatment"), (NO, "control"))
    )
