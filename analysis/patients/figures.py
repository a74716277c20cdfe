"""The figures of a model run by name. Those of residuals and of gaps are drawn from the run's own
snapshot; they compute nothing that the run does not hold but coordinates."""

from itertools import groupby

import numpy as np

from ..drawn import Drawn, Figure
from ..figures import forest, missingness, plane
from ..figures.svg import NotDrawable
from ..stats.residual_checks import residual_checks
from . import fitting, model, modelling, shown

MANY = 2000  # points a browser draws at ease
EDGE = 1.05
PAINTS = ("f-ci", "f-pooled", "f-null", "f-pi", "f-missing", "f-link")
ABOUT_CHAINS = (
    "A line each imputed table; the point is the mean of a variable's tables at the end. Lines"
    " should cross and show no trend."
)
SIMULATED = "SIMULATED patients, not real ones."


def _means(run):
    return Drawn(forest, _there(shown.figure(run), "the means have no interval"))


def _stages(run):
    return Drawn(forest, _there(shown.stages_figure(run), "no effect was pooled in two stages"))


def _there(plot, why):
    if plot is None:
        raise NotDrawable(why)
    return plot


def _quantiles(run):
    """Standardised residuals against the normal quantiles of their ranks."""
    checks, names = _checks(run)
    far = EDGE * max(np.abs(checks.quantiles).max(), np.abs(checks.standardised).max())
    points = _points(names, checks.quantiles, checks.standardised)
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: Q-Q plot of residuals", x_label="Normal quantile",
        y_label="Residual (SD)", points=points,
        lines=(plane.Line((-far, far), (-far, far)),), notes=_notes(run, names),
    ))  # fmt: skip


def _residuals(run):
    checks, names = _checks(run)
    low, high = float(checks.fitted.min()), float(checks.fitted.max())
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: residuals against fitted values",
        x_label=f"Fitted {shown.outcome(run)}", y_label="Residual (SD)",
        points=_points(names, checks.fitted, checks.standardised),
        lines=(plane.Line((low, high), (0.0, 0.0)),), notes=_notes(run, names),
    ))  # fmt: skip


def _checks(run):
    """The residual checks of a run's model, fitted again, and the study of each residual."""
    table, labels = modelling.read(run)
    names = model.engine_names(model.used(run.spec))
    fit, _ = fitting.fit(model.engine_columns(table, names), names, run.spec)
    return residual_checks(fit), [labels[fit.studies[place]] for place in fit.group]


def _points(names, xs, ys):
    """Every patient, or of very many those at even steps of the vertical, both ends included."""
    places = np.arange(len(names))
    if len(names) > MANY:
        places = np.argsort(ys)[np.linspace(0, len(names) - 1, MANY).astype(int)]
    return tuple(
        plane.Point(f"A patient of {names[i]}", float(xs[i]), float(ys[i]), size=0.7)
        for i in places
    )


def _notes(run, names):
    drawn = f"{MANY} of {len(names)} patients are drawn." if len(names) > MANY else ""
    return tuple(filter(None, (drawn, _simulated(run))))


def _simulated(run):
    return SIMULATED if run.inputs["simulated"] else ""


def _missing(run):
    table, labels = modelling.read(run)
    keys = model.used(run.spec)
    rows = [tuple(table[key][i] is None for key in keys) for i in range(len(table["study"]))]
    together = groupby(zip(table["study"], rows, strict=True), key=lambda pair: pair[0])
    blocks = tuple(
        missingness.Block(labels[study], tuple(row for _, row in pairs))
        for study, pairs in together
    )
    return Drawn(missingness, missingness.MissingMap(
        f"{run.plan.title}: missing values", tuple(run.inputs["labels"][key] for key in keys),
        blocks, tuple(filter(None, (_simulated(run),))),
    ))  # fmt: skip


def _chains(run):
    """Means of the filled values as the chains run, in SDs of what was observed."""
    imputed = run.results["imputed"] or {}
    if not imputed.get("chains"):
        raise NotDrawable("no number was imputed")
    observed = {one["key"]: one for one in imputed["filled_values"]}
    points, lines = [], []
    for place, (key, means) in enumerate(imputed["chains"].items()):
        centre, spread = observed[key]["observed_mean"], observed[key]["observed_sd"]
        scaled = (np.array(means) - centre) / (spread or 1.0)
        steps = tuple(float(step) for step in range(1, scaled.shape[1] + 1))
        paint = PAINTS[place % len(PAINTS)]
        lines += [plane.Line(steps, tuple(map(float, chain)), paint) for chain in scaled]
        end = float(scaled[:, -1].mean())
        label = run.inputs["labels"][key]
        points.append(plane.Point(label, steps[-1] + 0.2, end, named=True, size=0.7))
    reach = EDGE * max(abs(y) for line in lines for y in line.ys)
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: chains of the imputation", x_label="Iteration",
        y_label="Mean of filled values (SD from observed)", points=tuple(points),
        lines=tuple(lines), x_limits=(1.0, 1.4 * len(steps)), y_limits=(-reach, reach),
        notes=(ABOUT_CHAINS, *filter(None, (_simulated(run),))),
    ))  # fmt: skip


FIGURES = {
    "means": Figure("Estimated means", "Each group's mean with its interval.", _means),
    "stages": Figure("One stage and two", "Does each study by itself tell the same?", _stages),
    "quantiles": Figure("Q-Q plot", "Are the residuals normal? Then they lie on the line.",
                        _quantiles),
    "residuals": Figure("Residuals", "Is their spread even, without a trend?", _residuals),
    "missing": Figure("Missing values", "Who misses what, study by study?", _missing),
    "chains": Figure("Chains", "Did the imputation settle?", _chains),
}  # fmt: skip
