"""The league tables of networks as a sheet: one row a pair of treatments of a run."""

from itertools import combinations

from ..models import Run
from ..network import printing
from .workbook import Sheet

LEAGUE = (
    ("Analysis", "Title of the plan"),
    ("Run", "Number of the run"),
    ("Treatment", "The treatment of the two with the better P-score"),
    ("Against", "The other one"),
    ("As printed", "The network's estimate and interval on the scale a reader expects"),
    ("Estimate", "The network's estimate on the scale of analysis (a ratio: its logarithm)"),
    ("SE", "Its standard error"),
    ("Lower", "Lower limit of its interval"),
    ("Upper", "Upper limit of its interval"),
    ("p", "p value of the test that the two are alike"),
    ("Studies", "How many studies compare the two"),
    ("Direct", "Estimate of those studies alone, scale of analysis"),
    ("Direct SE", "Its standard error"),
    ("Direct lower", "Lower limit of its interval"),
    ("Direct upper", "Upper limit of its interval"),
)
PARTS = ("est", "se", "ci_lb", "ci_ub")


def sheet(seat):
    """The sheet *League tables*: every run of a network, the newest first."""
    runs = Run.objects.filter(plan__review=seat.review, spec__kind="network")
    return Sheet(
        "League tables",
        "One row a pair of treatments of a network: by the network, and by the studies alone.",
        LEAGUE,
        [row for run in runs.select_related("plan") for row in pairs(run)],
    )


def pairs(run):
    """A row of the sheet for each pair of a run's treatments, the best first."""
    printed, write = printing.of_run(run)
    names = [one["name"] for one in run.results["treatments"]]
    direct = printing.direct_of(run.results)
    for first, second in combinations([one["name"] for one in printing.ranked(run)], 2):
        found = printing.of_pair(run.results, names.index(first), names.index(second))
        alone = direct.get((first, second), {"studies": 0})
        yield [
            run.plan.title, run.pk, first, second, printing.effect(found, printed, write),
            *(found[name] for name in (*PARTS, "pval")),
            alone["studies"], *(alone.get(name) for name in PARTS),
        ]  # fmt: skip
