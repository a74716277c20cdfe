"""A stored model run as a page prints it, and its figure. Computes no statistic."""

from dataclasses import dataclass

from ..figures import forest, numbers
from ..figures.svg import NotDrawable

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """Texts: a caption, the heads of its columns, and rows whose first cell names them."""

    caption: str
    header: tuple
    rows: tuple


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
                [{"level": _against(one)} | one for one in imputed["pairs"]], fmi=True, p=True,
            ),
        ]  # fmt: skip
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
        ("Between studies", f"{numbers.percent(100 * complete['icc'])} of the variance (ICC)"),
        ("Explained", f"{numbers.percent(100 * complete['r2_marginal'])} by the model,"
                      f" {numbers.percent(100 * complete['r2_conditional'])} with the studies"),
    ]  # fmt: skip
    if complete["singular"]:
        told.append(("Note", "The variance between studies is estimated as 0."))
    if imputed and "why_not" in imputed:
        told.append(("Imputation", f"Not possible: {imputed['why_not']}."))
    elif imputed:
        told.append(("Imputation", f"{imputed['m']} tables, predictive mean matching, seed"
                                   f" {imputed['seed']}"))  # fmt: skip
    return [(term, value) for term, value in told if value]


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
        measure=_outcome(run),
        effect=f"Mean [{run.spec['level']}% CI]",
        groups=tuple(rows),
        names="Group",
        notes=("SIMULATED patients, not real ones.",) if run.inputs["simulated"] else (),
    )
    try:
        forest.check(plot)
    except NotDrawable:
        return None
    return plot


def _row(one):
    return forest.Row(one["level"], one["est"], one["ci_lb"], one["ci_ub"])


def _outcome(run):
    unit = run.results["unit"]
    return run.inputs["labels"][run.spec["outcome"]] + (f" ({unit})" if unit else "")


def _means(caption, means, *, fmi=False, p=False):
    header = ["Group", "Estimate", "SE", "df", "Interval"]
    rows = []
    for one in means:
        row = [one["level"], *_estimate(one)]
        row += [_p(one["p"])] if p else []
        row += [_share(one["fmi"])] if fmi else []
        rows.append(tuple(row))
    header += ["p"] if p else []
    header += ["Information missing"] if fmi else []
    return Table(caption, tuple(header), tuple(rows))


def _pairs(pairs):
    header = ("Difference", "Estimate", "SE", "df", "Interval", "p (LSD)", "p (Holm)",
              "p (Bonferroni)", "p (Tukey)")  # fmt: skip
    rows = tuple(
        (_against(one), *_estimate(one),
         *(_p(one[name]) for name in ("p_lsd", "p_holm", "p_bonferroni", "p_tukey")))
        for one in pairs
    )  # fmt: skip
    return Table("All pairwise differences", header, rows)


def _confounders(found, labels):
    rows = tuple(
        (labels[one["key"]], numbers.count(one["n"]), _p(one["p_alone"]),
         "yes" if one["kept"] else "no", _p(one["p_together"]))
        for one in found["candidates"]
    )  # fmt: skip
    effects = tuple(
        (one["level"], _n(one["crude"]), _n(one["adjusted"]), _change(one["change"]))
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
         f"{one['df1']}, {numbers.degrees(round(one['df2'], 1))}", _p(one["p"]))
        for one in tests
    )  # fmt: skip
    return Table("Tests of the terms (F)", ("Term", "F", "df", "p"), rows)


def _coefficients(complete, labels):
    rows = tuple(
        (": ".join(filter(None, (labels.get(one["term"][0], ""), one["term"][1]))) or "Intercept",
         *_estimate(one), _p(one["p"]))
        for one in complete["coefficients"]
    )  # fmt: skip
    spread = tuple(
        (name, _n(complete[key]), "", "", "", "")
        for name, key in (("Variance between studies", "var_study"),
                          ("Variance of patients", "var_residual"))
    )  # fmt: skip
    header = ("Coefficient", "Estimate", "SE", "df", "Interval", "p")
    return Table("Coefficients", header, rows + spread)


def _against(one):
    return f"{one['first']} − {one['second']}"


def _estimate(one):
    interval = NOTHING
    if one["ci_lb"] is not None:
        interval = f"{_n(one['ci_lb'])} to {_n(one['ci_ub'])}"
    df = NOTHING if one["df"] is None else numbers.fixed(one["df"], 1)
    return _n(one["est"]), _n(one["se"]), df, interval


def _n(value):
    return NOTHING if value is None else numbers.significant(value, 3)


def _p(value):
    return NOTHING if value is None else numbers.p_value(value)


def _share(value):
    return NOTHING if value is None else numbers.percent(100 * value)


def _change(value):
    return NOTHING if value is None else f"{numbers.fixed(value, 1)}%"
