"""The figures of a dose-response run: the curve, and each study's own line."""

from functools import partial

import numpy as np

from ..drawn import Drawn, Figure
from ..figures import forest, plane
from ..figures.axis import Scale
from ..figures.data_table import DataTable
from ..figures.numbers import significant
from ..figures.svg import NotDrawable
from ..stats.wald import critical
from ..witness import witness_url
from .measures import MEASURES, effect

ROOM = 0.06  # of the range, beyond the outermost value
FARTHEST = 200.0  # logarithm of a ratio


def _curve(run):
    """The curve with its band, and the contrasts of every study as points."""
    found = _plane(run)
    return Drawn(plane, found, partial(_contrasts, run, found.title))


def _contrasts(run, title):
    """Every contrast as the study gives it, against its own reference."""
    back, level = printer(run.spec), run.results["level"]
    rows = []
    for one in run.results["studies"]:
        for place, (dose, y) in enumerate(zip(one["dose"], one["yi"], strict=True)):
            margin = critical(level / 100) * one["V"][place][place] ** 0.5
            shown = [significant(back(value)) for value in (y, y - margin, y + margin)]
            rows.append((one["label"], significant(dose, 4), significant(one["reference"], 4),
                         *shown))  # fmt: skip
    dose, name = run.results["dose"], effect(run.spec)
    head = ("Study", dose, "Against the dose", name, f"{level:g}% interval from", "to")
    return DataTable(title, head, tuple(rows))


def printer(spec):
    """The function from the scale of analysis to the printed one.

    It raises ``NotDrawable`` for a ratio beyond what a reader could take for one.
    """
    return _ratio if MEASURES[spec["measure"]].ratio else float


def _ratio(log):
    if not abs(log) < FARTHEST:
        raise NotDrawable(f"a ratio with the logarithm {log:.3g}")
    return float(np.exp(log))


def versus(run):
    """What the effects of the run are, with the dose that they are against."""
    return f"{effect(run.spec)} against {run.results['reference']:g}"


def _plane(run):
    results, back = run.results, printer(run.spec)
    ratio = MEASURES[run.spec["measure"]].ratio
    curve = results["curve"]
    xs = tuple(one["dose"] for one in curve)
    low, high = (tuple(back(one[end]) for one in curve) for end in ("ci_lb", "ci_ub"))
    ahead = [tuple(back(one[end]) for one in curve) for end in ("pi_lb", "pi_ub")]
    middle = tuple(back(one["pred"]) for one in curve)
    ends = _ends(results)
    null = 1.0 if ratio else 0.0
    return plane.Plane(
        title=f"{run.plan.title}: dose and response",
        x_label=results["dose"], y_label=versus(run),
        points=tuple(_points(run)),
        areas=(plane.Area((*xs, *xs[::-1]), (*high, *low[::-1]), "f-range"),),
        lines=(plane.Line(ends, (null, null)), *(plane.Line(xs, ys, "f-pooled") for ys in ahead)),
        over=(plane.Line(xs, middle, "f-pi"),),
        y_scale=Scale.LOG if ratio else Scale.LINEAR,
        x_limits=ends, y_limits=_heights(run), notes=tuple(_notes(run)),
    )  # fmt: skip


def _points(run):
    """Contrasts at their doses, moved along the curve to the reference of the figure."""
    back, studies = printer(run.spec), run.results["studies"]
    variances = [one["V"][i][i] for one in studies for i in range(len(one["dose"]))]
    least = min(variances)
    small = min(1.0, (60 / len(variances)) ** 0.5)
    for one in studies:
        for i, (dose, y) in enumerate(zip(one["dose"], one["yi"], strict=True)):
            size = 0.3 + small * (0.3 + 1.4 * (least / one["V"][i][i]) ** 0.5)
            yield plane.Point(
                f"{one['label']}, {dose:g}", dose, back(y + one["shift"]), size=size,
                href=witness_url(run, one["study"]), paint="f-null",
            )  # fmt: skip


def _ends(results):
    doses = [one["dose"] for one in results["curve"]]
    doses += [dose for one in results["studies"] for dose in one["dose"]]
    low, high = min(doses), max(doses)
    room = ROOM * (high - low)
    return (low if low == 0 else low - room / 2, high + room)


def _heights(run):
    """From the curve and the points, and of its band what does not squeeze them."""
    results, back = run.results, printer(run.spec)
    ys = [one["pred"] for one in results["curve"]]
    ys += [y + one["shift"] for one in results["studies"] for y in one["yi"]]
    low, high = min(*ys, 0.0), max(*ys, 0.0)
    room = max(high - low, 1e-6)
    bottom = max(min(one["ci_lb"] for one in results["curve"]), low - 0.5 * room)
    top = min(max(one["ci_ub"] for one in results["curve"]), high + 0.5 * room)
    return back(min(low, bottom) - ROOM * room), back(max(high, top) + ROOM * room)


def _notes(run):
    results = run.results
    yield (
        f"Line: the mean trend; band: its {results['level']:g}% interval; dashed: where a new study"
        " is expected. A circle is a dose of a study; its size grows with its precision."
    )
    if any(one["reference"] != results["reference"] for one in results["studies"]):
        yield (
            f"Studies with another reference than {results['reference']:g} are moved along the mean"
            " trend; the table has them as printed."
        )
    if results["knots"]:
        yield f"Knots at {', '.join(f'{knot:g}' for knot in results['knots'])}."


def _lines(run):
    """A straight line in each study, and their pool."""
    results, back, per = run.results, printer(run.spec), float(run.spec["per"])
    line, z = results["line"], critical(results["level"] / 100)
    weights = [1 / (one["slope_vi"] + line["tau"] ** 2) for one in results["studies"]]
    rows = []
    for one, weight in zip(results["studies"], weights, strict=True):
        margin = z * one["slope_vi"] ** 0.5
        rows.append(forest.Row(
            one["label"], back(one["slope"] * per), back((one["slope"] - margin) * per),
            back((one["slope"] + margin) * per), weight=100 * weight / sum(weights),
            cells=(str(len(one["dose"]) + 1),), href=witness_url(run, one["study"]),
        ))  # fmt: skip
    bounds = (back(line[name] * per) for name in ("beta", "ci_lb", "ci_ub"))
    common = run.spec["method"] == "FE"
    model = forest.Model.COMMON if common else forest.Model.RANDOM
    label = "Common effect" if common else "Random effects"
    ratio, q = MEASURES[run.spec["measure"]].ratio, line["Q"]
    return Drawn(forest, forest.Forest(
        title=f"{run.plan.title}: a straight line in each study",
        measure=f"{effect(run.spec)} per {per:g}: {results['dose']}",
        effect=f"Per {per:g} [{results['level']:g}% CI]",
        groups=(forest.Group(tuple(rows)),),
        summaries=(forest.Summary(label, *bounds, model, 100.0, cells=("",)),),
        heterogeneity=forest.Heterogeneity(q["Q"], q["df"], q["p"], i2=q["I2"]),
        scale=Scale.LOG if ratio else Scale.LINEAR, reference=1.0 if ratio else 0.0,
        columns=(forest.Column("Doses"),),
        excluded=tuple(
            forest.Excluded(one["label"], one["reason"]) for one in run.inputs["excluded"]
        ),
        notes=("Each study's own line by generalised least squares, pooled in two stages; what"
               " bends is not in it.",),
    ))  # fmt: skip


FIGURES = {
    "curve": Figure("Dose and response", "How does the effect change with the dose?", _curve),
    "lines": Figure("Line of each study", "Do the studies agree on a straight line?", _lines),
}
