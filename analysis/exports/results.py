"""Runs as sheets: what was pooled, what came out, and every study that entered or could not."""

from django.utils import timezone

from review.prisma import flow

from .. import kinds
from ..estimators import INTERVALS, METHODS
from ..models import Run
from ..pairwise import pooled, pooling_models, printing
from ..prespecification import shown
from .workbook import Sheet

RESULTS = (
    ("Analysis", "Title of the plan"),
    ("Run", "Number of the run"),
    ("Snapshot", "Number of the frozen data it read"),
    ("Snapshot sha256", "Hash of those data"),
    ("Inputs sha256", "Hash of the plan and the rows that entered"),
    ("When", "When it was run"),
    ("Who", "Who ran it; not named where the review hides names from you"),
    ("Measure", "Effect measure"),
    ("Studies", "How many studies entered (k)"),
    ("Could not enter", "How many could not"),
    ("Level", "Confidence level in per cent"),
    ("Model", "Random effects or common effect, or the model by its name"),
    ("Method", "Estimator of the variance between studies"),
    ("Interval", "How the interval was made"),
    ("Estimate", "Pooled estimate on the scale of analysis (a ratio: its logarithm)"),
    ("SE", "Its standard error"),
    ("Lower", "Lower limit of the interval"),
    ("Upper", "Upper limit of the interval"),
    ("p", "p value of the test that the effect is nil"),
    ("As printed", "Estimate and interval on the scale a reader expects"),
    ("Prediction lower", "Prediction interval: lower limit, scale of analysis"),
    ("Prediction upper", "Prediction interval: upper limit"),
    ("Q", "Cochran's Q"),
    ("df", "Its degrees of freedom"),
    ("p of Q", "Its p value"),
    *(
        (f"{name}{part}", f"{told}{bound}")
        for name, told in (
            ("tau²", "Variance between studies"),
            ("I²", "Share of the variance that lies between studies, in per cent"),
            ("H²", "Total variance over sampling variance"),
        )
        for part, bound in (("", ""), (" lower", ": lower limit"), (" upper", ": upper limit"))
    ),
)
STUDIES = (
    ("Analysis", "Title of the plan"),
    ("Run", "Number of the run"),
    ("Study", "Label of the study"),
    ("Entered", "yes, or why it could not"),
    ("Numbers", "What entered, by the engine's names of the columns"),
    ("Printed", "The same as the paper prints it"),
    ("Effect", "Effect of the study on the scale of analysis"),
    ("Variance", "Its sampling variance"),
    ("Lower", "Lower limit of its interval"),
    ("Upper", "Upper limit of its interval"),
    ("Weight, random", "Weight in per cent, random effects"),
    ("Weight, common", "Weight in per cent, common effect"),
    ("Cells", "Numbers of the approved cells the numbers were read from"),
)
OTHERS = (
    *RESULTS[:11],
    ("Kind", "What kind of analysis it is"),
    ("Result", "What it comes to"),
)
PLANS = (
    ("Plan", "Title of the plan"),
    ("Made on", "When it was first written"),
    ("Standing", "Pre-specified with the protocol, amended, or made after data were seen"),
    ("Frozen on", "When it was frozen with the protocol"),
    ("Registration", "Where the protocol was registered then"),
    ("Amendments", "When and why the frozen plan was changed"),
    ("Put away", "Whether it was given up"),
)
FLOW = (
    ("Box", "Key of the box or breakdown in the PRISMA 2020 flow"),
    ("Label", "What the box counts, or the source or reason"),
    ("n", "The count, computed from rows when this file was made"),
)


def sheets(seat):
    """The sheets *Results* and *Result studies*: every run, the newest first."""
    every = (
        Run.objects.filter(plan__review=seat.review)
        .select_related("plan", "snapshot", "run_by")
        .defer("snapshot__content")
    )
    runs = [run for run in every if kinds.is_pairwise(run.spec)]
    others = [run for run in every if not kinds.is_pairwise(run.spec)]
    return [
        Sheet(
            "Results",
            "A row a model of a run: random effects and common effect, or the one it has.",
            RESULTS,
            [row for run in runs for row in _models(seat, run)],
        ),
        Sheet(
            "Result studies",
            "One row a study of a run, those that could not enter included.",
            STUDIES,
            [row for run in runs for row in _studies(run)],
        ),
        Sheet(
            "Other analyses",
            "Networks, tests, doses: one row a run. Their numbers are in the data of each run.",
            OTHERS,
            [_other(seat, run) for run in others],
        ),
    ]


def plan_sheet(review):
    """Every plan, with what the protocol knew of it."""
    told = "Analyses as planned: what was fixed before data were seen, and what was changed."
    return Sheet("Plans", told, PLANS, [_plan(one) for one in shown.listed(review)])


def flow_sheet(found):
    """The counts of the flow (``review.flow.FlowCounts``) as a sheet."""
    return Sheet(
        "PRISMA",
        "Counts of the flow diagram. The arithmetic closes at every moment: open work has a place.",
        FLOW,
        list(_boxes(found)),
    )


def _plan(one):
    frozen = one.plan.freezing
    return [
        one.plan.title,
        one.plan.created_at,
        one.standing.words,
        frozen and frozen.frozen_at,
        frozen.registration if frozen else "",
        "\n".join(f"{timezone.localdate(v.at)}: {v.reason}" for v in one.amendments),
        "yes" if one.retired else "",
    ]


def _models(seat, run):
    results, line = run.results, printing.sentence(run)
    about, spread = _about(seat, run), _spread(results)
    model = pooling_models.of(results)
    own = results["common"] is None or results["random"] is None
    told = (("Random effects", results["random"]), ("Common effect", results["common"]))
    for name, found in told:
        if found is None:
            continue
        main = found is pooled.main(results)
        method = METHODS.get(found.get("method"), "")
        printed = f"{line.estimate} ({line.interval})" if main else ""
        how = [method, INTERVALS[found.get("test", "z")], *_estimate(found), printed]
        yield [
            *about,
            model.title if own else name,
            *how,
            *(spread if main else [None] * len(spread)),
        ]


def _about(seat, run):
    return [
        run.plan.title,
        run.pk,
        run.snapshot.number,
        run.snapshot.sha256,
        run.inputs_sha256,
        run.run_at,
        "(not named)" if seat.nameless else str(run.run_by),
        kinds.of(run.spec).measures[run.spec["measure"]],
        run.results["k"],
        len(run.inputs["excluded"]),
        run.results["level"],
    ]


def _other(seat, run):
    kind = kinds.of(run.spec)
    about = _about(seat, run)
    return [*about, kind.title, kind.shown.say(run)]


def _estimate(model):
    return [model[name] for name in ("beta", "se", "ci_lb", "ci_ub", "pval")]


def _spread(results):
    ahead, found = results["prediction"], results["heterogeneity"]
    spreads = [found[name] or {} for name in ("tau2", "I2", "H2")]
    bounds = [spread.get(part) for spread in spreads for part in ("est", "lb", "ub")]
    return [
        ahead.get("pi_lb"),
        ahead.get("pi_ub"),
        found["QE"],
        found["df"],
        found["QEp"],
        *bounds,
    ]


def _studies(run):
    named = [run.plan.title, run.pk]
    pairs = zip(run.inputs["rows"], run.results["studies"], strict=True)
    for row, found in pairs:
        numbers = [
            found[name] for name in ("yi", "vi", "ci_lb", "ci_ub", "weight_random", "weight_common")
        ]
        yield [
            *named,
            pooled.name_of(row),
            "yes",
            _listed(row["values"]),
            _listed(row["printed"]),
            *numbers,
            ", ".join(map(str, dict.fromkeys(row["cells"].values()))),
        ]
    for one in run.inputs["excluded"]:
        yield [*named, one["label"], one["reason"], *[None] * 9]


def _listed(values):
    return "; ".join(f"{name} {value}" for name, value in values.items())


def _boxes(found):
    for box in flow().boxes_of(found.template):
        if box.id in found.counts:
            yield [box.id, box.label, found.counts[box.id]]
            for label, n in (found.breakdowns.get(box.breakdown) or {}).items():
                yield [box.breakdown, label, n]
