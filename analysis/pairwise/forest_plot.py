"""A run's stored numbers -> its forest plot. Computes no statistic."""

from ..estimators import METHODS
from ..figures import forest
from ..printing import PROPORTIONS, printer
from ..roles import AFTER, BEFORE, MEAN, ROLE_LABELS
from ..stats.scales import scale_of
from ..witness import witness_url
from . import pooled, pooling_models
from .measures import MEASURES

# The scale of tau2 where it is not the printed one, besides logs of ratios.
UNITS = {"PLO": "logit scale", "PAS": "arcsine scale"}
# How the estimates are headed where the key of the measure is no word.
EFFECT_NAMES = {
    "MN": "Mean",
    **dict.fromkeys(PROPORTIONS, "%"),
    "GEN": "Estimate",
    **dict.fromkeys(("IRLN", "IRS"), "Rate"),
    "MC": "Change",
    "ROMC": "Ratio",
    **dict.fromkeys(("ZCOR", "COR"), "r"),
}
MEANS = {MEAN: "mean ± SD", AFTER: "mean ± SD after", BEFORE: "mean ± SD before"}


def forest_of(run, *, links=True):
    """The ``Forest`` of a run; with ``links`` each row leads to its witness."""
    measure, results = run.spec["measure"], run.results
    printed = printer(measure)
    rows = tuple(
        forest.Row(
            label=pooled.name_of(row),
            estimate=printed(found["yi"]),
            ci_lb=printed(found["ci_lb"]),
            ci_ub=printed(found["ci_ub"]),
            weight=weight_of(found),
            cells=tuple(row["printed"].values()),
            href=witness_url(run, row["study"]) if links else "",
        )
        for row, found in zip(run.inputs["rows"], results["studies"], strict=True)
    )
    scale = scale_of(measure)
    return forest.Forest(
        title=run.plan.title,
        measure=scale.axis,
        effect=f"{_effect_name(measure)} [{results['level']:g}% CI]",
        groups=_groups(results, rows, printed, scale),
        tests=_tests(results),
        summaries=_summaries(results, printed),
        heterogeneity=_heterogeneity(results, scale, measure),
        scale=_axis(scale, measure),
        reference=None if scale.null is None else printed(scale.null),
        columns=_columns(run),
        excluded=tuple(
            forest.Excluded(one["label"], one["reason"]) for one in run.inputs["excluded"]
        ),
        notes=(_note(run),),
    )


def _groups(results, rows, printed, scale):
    """The rows under one heading, or each subgroup with what it comes to."""
    parts = results.get("subgroups")  # runs of older versions have none
    if not parts:
        return (forest.Group(rows),)
    return tuple(
        forest.Group(
            tuple(rows[place] for place in part["places"]),
            label=f"{parts['label']}: {part['level']}",
            summaries=_of_group(part, printed, results),
            heterogeneity=part["heterogeneity"] and _heterogeneity(part, scale, results["measure"]),
            remark=f"Not pooled: {part['why_not']}." if part["why_not"] else "",
        )
        for part in parts["groups"]
    )


def _of_group(part, printed, results):
    found = part["random"]
    if not found:
        return ()
    bounds = (printed(found[name]) for name in ("beta", "ci_lb", "ci_ub"))
    kind = forest.Model.RANDOM if results["random"] else forest.Model.COMMON
    return (forest.Summary(part.get("model", "Random effects"), *bounds, kind),)


def _tests(results):
    own = [
        forest.Test(one["name"], one["symbol"], one["value"], one["p"], one["df"])
        for one in results.get("tests", ())
    ]
    test = (results.get("subgroups") or {}).get("test") or {}
    if "Q" in test:
        own.append(forest.Test("Between subgroups", "Q", test["Q"], test["p"], test["df"]))
    return tuple(own)


def weight_of(study):
    """The weight of a row in per cent, in the model the run is about; None where it has none."""
    random = study["weight_random"]
    return study["weight_common"] if random is None else random


def _axis(scale, measure):
    if measure in PROPORTIONS:
        return forest.Scale.PERCENT
    return forest.Scale.LOG if scale.log_axis else forest.Scale.LINEAR


def _effect_name(measure):
    return EFFECT_NAMES.get(measure, measure.removeprefix("GEN."))


def _columns(run):
    groups = MEASURES[run.spec["measure"]].groups
    names = {"1": "1", "2": "2"} | (run.spec.get("arms") or {})
    return tuple(
        forest.Column(
            MEANS.get(role) or ROLE_LABELS[role][0].removeprefix("Number of "),
            group=names.get(group, ""),
        )
        for group in groups
        for role in run.spec["fields"]
    )


def _summaries(results, printed):
    ahead, band = results["prediction"], None
    if "pi_lb" in ahead:
        band = forest.Prediction(
            printed(ahead["pi_lb"]),
            printed(ahead["pi_ub"]),
            f"{results['level']:g}% prediction interval",
        )
    model = pooling_models.of(results)
    own = results["common"] is None or results["random"] is None
    found = (
        (results["common"], "Common effect", forest.Model.COMMON, None),
        (results["random"], "Random effects", forest.Model.RANDOM, band),
    )
    return tuple(
        forest.Summary(
            model.short if own else label,
            *(printed(estimate[name]) for name in ("beta", "ci_lb", "ci_ub")),
            kind,
            100.0 if kind is forest.Model.RANDOM and not own else None,
            prediction=ahead,
        )
        for estimate, label, kind, ahead in found
        if estimate
    )


def _heterogeneity(results, scale, measure):
    found = results["heterogeneity"]
    if found is None:
        return None
    tau2, i2 = found["tau2"] or {}, found["I2"] or {}
    unit = "log scale" if scale.log_axis else UNITS.get(measure, "")
    return forest.Heterogeneity(
        q=found["QE"],
        df=found["df"],
        p=found["QEp"],
        i2=i2.get("est"),
        i2_lb=i2.get("lb"),
        i2_ub=i2.get("ub"),
        tau2=tau2.get("est"),
        tau2_lb=tau2.get("lb"),
        tau2_ub=tau2.get("ub"),
        tau2_unit=unit,
    )


def _note(run):
    return (
        f"{_method(run.results)}{_added(run)} Snapshot {run.snapshot.number}, sha256"
        f" {run.snapshot.sha256[:12]}."
    )


def _method(results):
    if "model" in results:
        told = pooling_models.of(results).says
        return " ".join([told, *results["notes"]])
    random = results["random"]
    test = " Interval by Knapp and Hartung." if random["test"] == "knha" else ""
    return f"Random effects: {METHODS[random['method']]}.{test} Intervals of τ² and I²: Q-profile."


def _added(run):
    """Which studies had a zero cell, so that 0.5 was added to all four of theirs."""
    names = run.results.get("adjusted", [])  # runs of older versions do not tell
    if not names:
        return ""
    counts = pooling_models.of(run.results).of_counts
    only = " That is for its own row only; the pooled effect is of the counts." if counts else ""
    return f" 0.5 was added to each cell of {', '.join(names)}, which had a zero.{only}"
