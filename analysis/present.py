"""A run's stored numbers -> what a page prints and a figure draws. Computes no statistic."""

from dataclasses import dataclass

import numpy as np
from django.urls import reverse

from . import pooled, pooling_models
from .figures import forest, numbers
from .measures import AFTER, BEFORE, CHANGE, MEAN, MEASURES, METHODS, ROLE_LABELS
from .stats.scales import scale_of

PROPORTIONS = {"PLO", "PR", "PAS"}
# The scale of tau2 where it is not the printed one, besides logs of ratios.
UNITS = {"PLO": "logit scale", "PAS": "arcsine scale"}
COLUMN_NAMES = {
    "sd": "Standard deviation",
    "se": "Standard error",
    "m": "Mean",
    "n": "Patients",
    "x": "Events",
    "y": "Estimate",
    "t": "Person-time",
    "r": "Correlation",
    "oe": "Observed minus expected events",
    "voe": "Its variance",
}
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """A run's result in a line: the pooled estimate with its intervals, as text."""

    estimate: str
    interval: str
    p: str
    prediction: str
    i2: str
    heterogeneity: str


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


@dataclass(frozen=True, slots=True)
class Source:
    """One number of a row: its name, the number, and the id of its approved cell."""

    name: str
    number: float
    cell: int


def sources_of(run, row):
    """The numbers of a row of a run's inputs, named as a reader would, a list of ``Source``."""
    arms = run.spec.get("arms") or {}
    if MEASURES[run.spec["measure"]].roles == CHANGE:
        arms = {"1": "after", "2": "before"} | arms
    found = []
    for column, cell in row["cells"].items():
        stem = next(stem for stem in COLUMN_NAMES if column.startswith(stem))
        arm = arms.get(column.removeprefix(stem).removesuffix("i"), "")
        name = f"{COLUMN_NAMES[stem]}, {arm}" if arm else COLUMN_NAMES[stem]
        found.append(Source(name, row["values"][column], cell))
    return found


def effect_of(run, place):
    """The effect of the study at ``place`` and its interval, on the printed scale, as text."""
    printed, found = printer(run.spec["measure"]), run.results["studies"][place]
    low, high = printed(found["ci_lb"]), printed(found["ci_ub"])
    write = numbers.alike(high - low)
    return f"{write(printed(found['yi']))} ({write(low)} to {write(high)})"


def witness_url(run, study):
    """Where a study's numbers of this run came from."""
    return reverse("run-study", args=[run.plan.review_id, run.pk, study])


def sentence(run):
    """The ``Sentence`` of a run's random-effects model."""
    results, printed = run.results, printer(run.spec["measure"])
    found, spread = pooled.main(results), results["heterogeneity"]
    write = numbers.alike(printed(found["ci_ub"]) - printed(found["ci_lb"]))
    ahead = results["prediction"]
    return Sentence(
        estimate=write(printed(found["beta"])),
        interval=_pair(write, printed, found["ci_lb"], found["ci_ub"]),
        # A test against zero means nothing where zero is not "no effect".
        p="" if scale_of(run.spec["measure"]).null is None else numbers.p_statement(found["pval"]),
        prediction=ahead.get("why_not") or _pair(write, printed, ahead["pi_lb"], ahead["pi_ub"]),
        i2=f"I² {numbers.percent(spread['I2']['est'])}",
        heterogeneity="; ".join(filter(None, _spread(spread))) or "one effect is assumed",
    )


def _spread(found):
    """The interval of I2, and tau2 with its own; a method that has none says nothing of it."""
    yield _bounds(found["I2"], numbers.percent)
    if found["tau2"]:
        bounds = _bounds(found["tau2"], numbers.significant)
        tau2 = f"τ² {numbers.significant(found['tau2']['est'])}"
        yield f"{tau2} ({bounds})" if bounds else tau2


def _pair(write, printed, lower, upper):
    return f"{write(printed(lower))} to {write(printed(upper))}"


def _bounds(found, write):
    """An interval in words; a bound that does not exist is said so, and "" where there is none."""
    if "lb" not in found:
        return ""
    lower, upper = ("no limit" if found[end] is None else write(found[end]) for end in ("lb", "ub"))
    return f"{lower} to {upper}"


def printer(measure):
    """The function from the scale of analysis to the printed one."""
    back = scale_of(measure).back
    factor = 100 if measure in PROPORTIONS else 1
    return lambda value: float(factor * back(np.float64(value)))


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
