"""A run of diagnostic accuracy as its pages print it. Computes no statistic."""

from .. import plan_facts
from ..errors import NotAnalysable
from ..figures import numbers
from ..figures.data_table import DataTable
from ..figures.svg import NotDrawable
from ..witness import Source
from .figures import FIGURES
from .measures import COUNTS, MEASURES, MODELS, NAMES

NOTHING = "–"
ROUNDING = 1e-9
WIDE = 900
RATIOS = {
    "LRpos": "Positive likelihood ratio",
    "LRneg": "Negative likelihood ratio",
    "DOR": "Diagnostic odds ratio",
}
HSROC = {
    "Lambda": "Accuracy Λ",
    "Theta": "Threshold Θ",
    "beta": "Shape β",
    "var_alpha": "Variance of accuracy",
    "var_theta": "Variance of threshold",
}
DIFFER = {"both": "Both together", "sens": "Sensitivity", "spec": "Specificity"}


def check(run):
    """A run is kept for good, so one whose figures could never be drawn is refused beforehand."""
    try:
        for figure in FIGURES.values():
            figure.make(run).table()
    except NotDrawable as refusal:
        raise NotAnalysable(f"The result cannot be drawn: {refusal}.") from refusal


def context(run):
    """What the template asks of a run."""
    return {
        "summaries": summaries(run),
        "spread": spread(run),
        "model_facts": model(run),
        "differences": differences(run),
        "first": run.results["groups"][0],
        "drawings": [one.on_page(name, run, WIDE) for name, one in FIGURES.items()],
    }


def share(found, digits=2):
    """A share of 1 with its interval as text."""
    at, low, high = (numbers.fixed(one, digits) for one in found)
    return f"{at} ({low} to {high})"


def ratio(found):
    at, low, high = map(numbers.ratio, found)
    return f"{at} ({low} to {high})"


def tell(spec, many):
    """Each of many results as a line."""
    return [
        "; ".join(_line(group) for group in results["groups"]) + f", {results['k']} studies"
        for results in many
    ]


def _line(group):
    name = f"{group['name']}: " if group["name"] else ""
    return f"{name}sensitivity {share(group['sens'], 3)}, specificity {share(group['spec'], 3)}"


def say(run):
    """What the report prints."""
    results = run.results
    points = " ".join(
        f"{group['name'] + ': s' if group['name'] else 'S'}ensitivity {share(group['sens'])},"
        f" specificity {share(group['spec'])}, likelihood ratios {ratio(group['LRpos'])} and"
        f" {ratio(group['LRneg'])}."
        for group in results["groups"]
    )
    return f"{results['k']} studies, {results['level']:g}% intervals. {points}"


def facts(plan, spec):
    """What a plan does, as pairs of term and value."""
    form, named = plan_facts.asked(plan, spec)
    measure = MEASURES[spec["measure"]]
    told = [
        ("Measure", measure.name),
        ("Form", form.name),
        *((measure.roles[role], named(key)) for role, key in spec["fields"].items()),
        ("Outcome or threshold", spec["outcome"]),
        ("Arm", spec["arms"].get("", "")),
        ("Model", MODELS[spec["model"]]),
        ("Groups by", named(spec["group"]) if spec["group"] else ""),
        ("Interval", f"{spec['level']}%"),
        ("Variant", plan_facts.variant(spec)),
    ]
    return plan_facts.told(told)


def summaries(run):
    """The summary points: a row a number, a column a group."""
    groups = run.results["groups"]
    rows = [
        ("Sensitivity", *(share(group["sens"]) for group in groups)),
        ("Specificity", *(share(group["spec"]) for group in groups)),
        *((words, *(ratio(group[key]) for group in groups)) for key, words in RATIOS.items()),
    ]
    heads = [
        f"{group['name']} ({group['k']} studies)" if group["name"] else "Summary"
        for group in groups
    ]
    title = f"Summary, {run.results['level']:g}% intervals"
    return DataTable(title, ("", *heads), tuple(rows))


def spread(run):
    """How the studies differ, as pairs of term and value."""
    results = run.results
    found = [
        ("Variance of logit sensitivity", _estimate(results["G"][0][0])),
        ("Variance of logit specificity", _estimate(results["G"][1][1])),
        ("Correlation of both", _correlation(results["correlation"])),
        ("Sensitivity and false positive rate", _threshold(results["threshold"])),
    ]
    return [(term, value) for term, value in found if value]


def _estimate(value):
    """What is left of a variance at its edge by rounding is none."""
    return "0" if abs(value) < ROUNDING else numbers.significant(value)


def _correlation(rho):
    if rho is None:
        return "undefined: one of them does not vary between studies"
    edge = ", at the edge of what is possible" if abs(rho) > 0.9995 else ""
    return f"{numbers.fixed(rho, 2)}{edge}"


def _threshold(found):
    if found is None:
        return ""
    return f"Spearman's ρ = {numbers.fixed(found[0], 2)}, {numbers.p_statement(found[1])}"


def model(run):
    """HSROC parameters and areas, as pairs of term and value."""
    results, found = run.results, []
    for name, (value, se) in (results["hsroc"] or {}).items():
        error = f" (SE {numbers.significant(se)})" if se is not None else ""
        found.append((HSROC[name], f"{_estimate(value)}{error}"))
    curve = results["curve"]
    if "why_not" in curve:
        return [*found, ("Summary curve", f"none: {curve['why_not']}")]
    low, high = (numbers.fixed(one, 2) for one in curve["between"])
    return [
        *found,
        ("Area under the curve", _area(curve["auc"])),
        (f"Area between false positive rates {low} and {high}", f"{_area(curve['part'])} of 1"),
    ]


def _area(found):
    if found[1] is None:
        return numbers.fixed(found[0], 2)
    return share(found)


def differences(run):
    """The tests between groups, as pairs of term and value; none without groups."""
    return [
        (DIFFER[name], f"χ² = {numbers.fixed(q, 2)} on {df} df, {numbers.p_statement(p)}")
        for name, (q, df, p) in (run.results["differ"] or {}).items()
    ]


def study(run, study):
    """What a study came with, or None when it did not enter."""
    for row, own in zip(run.inputs["rows"], run.results["studies"], strict=True):
        if row["study"] == study:
            return {"label": row["label"], "facts": _facts(row, own), "sources": _sources(row)}
    return None


def _facts(row, own):
    told = [
        ("Sensitivity", _own(own[0])),
        ("Specificity", _own(own[1])),
        ("Group", row["group"]),
        ("Missing", row["left"]),
    ]
    return [(term, value) for term, value in told if value]


def _own(found):
    return NOTHING if found[0] is None else f"{share(found)}, exact interval"


def _sources(row):
    return [
        Source(NAMES[name], row["values"][name], row["cells"][name])
        for name in COUNTS
        if name in row["values"]
    ]
