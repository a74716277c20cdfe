"""Models of patients as sheets: one row a run, and one row an estimate of it."""

from ..models import PatientRun
from ..prespecification import shown
from .workbook import Sheet

RUNS = (
    ("Model", "Title of the plan"),
    ("Run", "Number of the run"),
    ("Snapshot", "Number of the frozen data it read"),
    ("Snapshot sha256", "Hash of those data"),
    ("Inputs sha256", "Hash of the plan and of every value that entered"),
    ("When", "When it was run"),
    ("Who", "Who ran it; not named where the review hides names from you"),
    ("Simulated", "Whether any of the patients are simulated"),
    ("Patients", "How many there are"),
    ("Complete", "How many have no gap in the model"),
    ("Studies", "How many studies they come from"),
    ("Plan", "What the plan asks for"),
    ("Variance between studies", "In squared units of the outcome"),
    ("Variance of patients", "In squared units of the outcome"),
    ("ICC", "Share of the variance that lies between studies"),
    ("ICC lower", "Lower limit; none with random slopes"),
    ("ICC upper", "Upper limit"),
    ("R² marginal", "Share explained by the model"),
    ("R² conditional", "Share explained by the model and the studies"),
    ("AIC", "Akaike's information criterion of the restricted likelihood"),
    ("BIC", "Schwarz's"),
)
ESTIMATES = (
    ("Model", "Title of the plan"),
    ("Run", "Number of the run"),
    ("Kind", "What the row is"),
    ("Of", "Group, groups compared, or coefficient"),
    ("Estimate", "In units of the outcome; odds ratios by their logarithm"),
    ("SE", "Its standard error"),
    ("df", "Its degrees of freedom"),
    ("Lower", "Lower limit of the interval"),
    ("Upper", "Upper limit of the interval"),
    ("p", "Two-sided p value, not adjusted"),
    ("p Holm", "Adjusted for all differences by Holm's method"),
    ("p Tukey", "Adjusted by Tukey's"),
    ("Information missing", "Fraction of information that is missing, of imputed estimates"),
)
NUMBERS = ("est", "se", "df", "ci_lb", "ci_ub", "p", "p_holm", "p_tukey", "fmi")


def sheets(seat):
    """The sheets *Patient models* and *Patient estimates*: every run, the newest first."""
    runs = (
        PatientRun.objects.filter(plan__review=seat.review)
        .select_related("plan", "snapshot", "run_by")
        .defer("snapshot__content")
    )
    return [
        Sheet("Patient models", "One row a run of a model of individual patients.", RUNS,
              [_run(seat, run) for run in runs]),
        Sheet("Patient estimates", "One row an estimate of a model of individual patients.",
              ESTIMATES, [row for run in runs for row in _estimates(run)]),
    ]  # fmt: skip


def _run(seat, run):
    complete, inputs = run.results["complete"], run.inputs
    asked = "; ".join(f"{term}: {value}" for term, value in shown.facts_of(run.plan, run.spec))
    parts = ("var_study", "var_residual", "icc", "icc_lb", "icc_ub", "r2_marginal",
             "r2_conditional", "AIC", "BIC")  # fmt: skip
    return [
        run.plan.title, run.pk, run.snapshot.number, run.snapshot.sha256, run.inputs_sha256,
        run.run_at, "(not named)" if seat.nameless else str(run.run_by),
        "yes" if inputs["simulated"] else "", inputs["patients"], complete["n"],
        complete["studies"], asked, *(complete.get(part) for part in parts),
    ]  # fmt: skip


def _estimates(run):
    labels, results = run.inputs["labels"], run.results
    complete, imputed = results["complete"], results["imputed"] or {}
    responders, stages = results.get("responders") or {}, results.get("stages") or {}
    coefficients = [
        one | {"level": ": ".join(filter(None, (labels.get(one["term"][0], ""), one["term"][1])))}
        for one in complete["coefficients"]
    ]
    together = stages.get("together") or {}
    found = [
        ("Mean", complete["means"]),
        ("Difference", complete["pairs"]),
        ("Coefficient", coefficients),
        ("Imputed mean", imputed.get("means", [])),
        ("Imputed difference", imputed.get("pairs", [])),
        ("Log odds ratio", responders.get("pairs", [])),
        ("One stage", [stages["one"]] if "one" in stages else []),
        ("Two stages", [stages["two"]] if "two" in stages else []),
        ("With published studies", [together] if "est" in together else []),
    ]
    for kind, rows in found:
        for one in rows:
            yield [run.plan.title, run.pk, kind, _of(one), *(one.get(part) for part in NUMBERS)]


def _of(one):
    if "first" in one:
        return f"{one['first']} − {one['second']}"
    return one.get("level", "") or "Intercept" if "level" in one else ""
