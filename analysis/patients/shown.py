"""A stored model run as a page prints it, and its figure. Computes no statistic."""

from ..figures import forest, numbers
from ..figures.svg import NotDrawable
from . import parts
from .cells import Table, against, change, estimate, interval, p, plain, share


def tables(run):
    """Every table of a run, in the order of a page."""
    results, labels = run.results, run.inputs["labels"]
    complete, imputed = results["complete"], results["imputed"]
    found = [_means("Estimated means", complete["means"]), _pairs(complete["pairs"])]
    if imputed and "why_not" not in imputed:
        found += [
            _means(f"Estimated means, {imputed['m']} imputations", imputed["means"], fmi=True),
            _means(
                f"Differences, {imputed['m']} imputations",
                [{"level": against(one)} | one for one in imputed["pairs"]], fmi=True, test=True,
            ),
        ]  # fmt: skip
    found += parts.responders(run) + parts.stages(run)
    if results["confounders"]:
        found += _confounders(results["confounders"], labels)
    return [*found, _tests(complete["tests"], labels), _coefficients(complete, labels)]


def facts(run):
    """What a reader must know of a run, as pairs of term and value."""
    inputs, results = run.inputs, run.results
    complete, imputed = results["complete"], results["imputed"]
    missing = [f"{inputs['labels'][key]} {n}" for key, n in inputs["missing"].items() if n]
    told = [
        ("Patients", f"{complete['n']} of {inputs['patients']} without a gap, in"
                     f" {complete['studies']} studies"),
        ("Missing", ", ".join(missing)),
        ("Between studies", _icc(complete, run.spec["level"])),
        ("Explained", f"{numbers.percent(100 * complete['r2_marginal'])} by the model,"
                      f" {numbers.percent(100 * complete['r2_conditional'])} with the studies"),
    ]  # fmt: skip
    if complete["singular"]:
        told.append(("Note", "The variance between studies is estimated as 0."))
    if imputed and "why_not" in imputed:
        told.append(("Imputation", f"Not possible: {imputed['why_not']}."))
    elif imputed:
        told.append(("Imputation", f"{imputed['m']} tables, predictive mean matching"
                                   f"{_levels(run.spec)}, seed {imputed['seed']}"))  # fmt: skip
    for name, part in (("Responders", "responders"), ("Two stages", "stages")):
        if why := (results.get(part) or {}).get("why_not"):
            told.append((name, f"Not possible: {why}."))
    together = (results.get("stages") or {}).get("together") or {}
    if "why_not" in together:
        told.append(("Published studies", f"Not possible: {together['why_not']}."))
    return [(term, value) for term, value in told if value]


def means(complete, digits):
    """The estimated means of a model in a line."""
    return "; ".join(
        f"{one['level']} {plain(one['est'], digits)}"
        f" ({interval(one['ci_lb'], one['ci_ub'], digits)})"
        for one in complete["means"]
    )


def _icc(complete, level):
    told = f"{share(complete['icc'])} of the variance (ICC)"
    if "icc_lb" in complete:
        told += f", {level}% CI {share(complete['icc_lb'])} to {share(complete['icc_ub'])}"
    return told


def _levels(spec):
    return ", random effect of the study" if spec.get("two_level") else ""


def figure(run):
    """The estimated means with their intervals, a ``forest.Forest``; None when one has none."""
    results = run.results
    imputed = results["imputed"]
    groups = [("Complete patients", results["complete"]["means"])]
    if imputed and "means" in imputed:
        groups.append((f"{imputed['m']} imputations", imputed["means"]))
    rows = [
        forest.Group(
            tuple(_row(one) for one in means),
            label=label if len(groups) > 1 else "",
        )
        for label, means in groups
        if all(one["ci_lb"] is not None for one in means)
    ]  # fmt: skip
    plot = forest.Forest(
        title=f"{run.plan.title}: estimated means",
        measure=outcome(run),
        effect=f"Mean [{run.spec['level']}% CI]",
        groups=tuple(rows),
        names="Group",
        notes=("SIMULATED patients, not real ones.",) if run.inputs["simulated"] else (),
    )
    return _drawable(plot)


def _drawable(plot):
    try:
        forest.check(plot)
    except NotDrawable:
        return None
    return plot


def _row(one):
    return forest.Row(one["level"], one["est"], one["ci_lb"], one["ci_ub"])


def stages_figure(run):
    """Each study's own effect and the pooled ones, a ``forest.Forest``; None without them."""
    found = run.results.get("stages")
    if not found or "why_not" in found:
        return None
    both, effect = found["together"] or {}, parts.effect(run)
    groups = [forest.Group(_studies(found["studies"]), label="Patients of")]
    if "studies" in both:
        groups.append(forest.Group(_studies(both["studies"]), label="Published by"))
    pooled = [
        ("Each study, then pooled", found["two"]),
        ("One model of all patients", found["one"]),
    ]
    pooled += [("With published studies", both)] if "studies" in both else []
    plot = forest.Forest(
        title=f"{run.plan.title}: {effect}",
        measure=f"{effect[:1].upper()}{effect[1:]}{_unit(run)}",
        effect=f"Effect [{run.spec['level']}% CI]",
        groups=tuple(groups),
        summaries=tuple(
            forest.Summary(name, one["est"], one["ci_lb"], one["ci_ub"])
            for name, one in pooled
            if one["ci_lb"] is not None  # one study has none
        ),
        reference=None if run.spec["stages"] == "mean" else 0.0,
        excluded=tuple(forest.Excluded(one["label"], one["reason"]) for one in found["left_out"]),
        notes=("SIMULATED patients, not real ones.",) if run.inputs["simulated"] else (),
    )
    return _drawable(plot)


def _studies(rows):
    return tuple(forest.Row(one["label"], one["yi"], one["ci_lb"], one["ci_ub"]) for one in rows)


def outcome(run):
    """The outcome with its unit."""
    return run.inputs["labels"][run.spec["outcome"]] + _unit(run)


def _unit(run):
    unit = run.results["unit"]
    return f" ({unit})" if unit else ""


def _means(caption, means, *, fmi=False, test=False):
    header = ["Group", "Estimate", "SE", "df", "Interval"]
    rows = []
    for one in means:
        row = [one["level"], *estimate(one)]
        row += [p(one["p"])] if test else []
        row += [share(one["fmi"])] if fmi else []
        rows.append(tuple(row))
    header += ["p"] if test else []
    header += ["Information missing"] if fmi else []
    return Table(caption, tuple(header), tuple(rows))


def _pairs(pairs):
    header = ("Difference", "Estimate", "SE", "df", "Interval", "p (LSD)", "p (Holm)",
              "p (Bonferroni)", "p (Tukey)")  # fmt: skip
    rows = tuple(
        (against(one), *estimate(one),
         *(p(one[name]) for name in ("p_lsd", "p_holm", "p_bonferroni", "p_tukey")))
        for one in pairs
    )  # fmt: skip
    return Table("All pairwise differences", header, rows)


def _confounders(found, labels):
    rows = tuple(
        (labels[one["key"]], numbers.count(one["n"]), p(one["p_alone"]),
         "yes" if one["kept"] else "no", p(one["p_together"]))
        for one in found["candidates"]
    )  # fmt: skip
    effects = tuple(
        (one["level"], plain(one["crude"]), plain(one["adjusted"]), change(one["change"]))
        for one in found["effects"]
    )
    return [
        Table("Possible confounders", ("Variable", "Patients", "p alone", "Kept", "p together"),
              rows),
        Table("Effect of the groups without and with those kept,"
              f" {numbers.count(found['n'])} patients",
              ("Group", "Without", "With", "Change"), effects),
    ]  # fmt: skip


def _tests(tests, labels):
    rows = tuple(
        (labels[one["term"]], numbers.fixed(one["F"], 2),
         f"{one['df1']}, {numbers.degrees(round(one['df2'], 1))}", p(one["p"]))
        for one in tests
    )  # fmt: skip
    return Table("Tests of the terms (F)", ("Term", "F", "df", "p"), rows)


def _coefficients(complete, labels):
    rows = tuple(
        (": ".join(filter(None, (labels.get(one["term"][0], ""), one["term"][1]))) or "Intercept",
         *estimate(one), p(one["p"]))
        for one in complete["coefficients"]
    )  # fmt: skip
    spread = tuple(
        (name, plain(complete[key]), "", "", "", "")
        for name, key in (("Variance between studies", "var_study"),
                          ("Variance of patients", "var_residual"))
    )  # fmt: skip
    slopes = tuple(
        (f"SD between studies: {labels.get(one['key'], 'intercept')}", plain(one["sd"]), *[""] * 4)
        for one in complete.get("slopes", ())
    )
    header = ("Coefficient", "Estimate", "SE", "df", "Interval", "p")
    return Table("Coefficients", header, rows + slopes + spread)
