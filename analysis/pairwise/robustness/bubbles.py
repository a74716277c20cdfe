"""The bubble plot: effects against a moderator, with the meta-regression and its band."""

import numpy as np

from ...drawn import Drawn
from ...figures import plane
from ...stats import prediction, regression
from ...stats.errors import NotEstimable
from ...witness import witness_url
from .printed import printed

STEPS = 40


def size_of(value, all_values):
    """The radius of a circle, in units of a dot, whose area grows with a value."""
    most = max(all_values)
    return 0.6 + 2 * (value / most) ** 0.5 if most > 0 else 1.0


def bubble(run):
    """Effect against the one moderator that is a number; the line is the meta-regression."""
    found = run.results.get("regression")
    if not found or "terms" not in found or len(found["terms"]) != 2:
        raise NotEstimable(
            "a bubble plot needs a meta-regression on one moderator that is a number"
        )
    rows, term = run.inputs["rows"], found["terms"][1]["term"]
    if term not in rows[0]["moderators"]:
        raise NotEstimable(f"“{term}” is no number")
    scale = printed(run)
    shown = [
        (row, one)
        for row, one in zip(rows, run.results["studies"], strict=True)
        if row["moderators"].get(term) is not None
    ]
    precision = [1 / one["vi"] for _, one in shown]
    points = tuple(
        plane.Point(row["label"], row["moderators"][term], scale.back(one["yi"]),
                    href=witness_url(run, row["study"]), size=size_of(weight, precision),
                    paint="f-bubble")
        for (row, one), weight in zip(shown, precision, strict=True)
    )  # fmt: skip
    xs, line, lower, upper = _fitted(run, term, shown)
    line, lower, upper = (tuple(map(scale.back, one)) for one in (line, lower, upper))
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: bubble plot", x_label=term, y_label=scale.label, points=points,
        areas=(plane.Area((*xs, *reversed(xs)), (*lower, *reversed(upper)), "f-band"),),
        lines=(plane.Line(xs, line, "f-pooled"),),
        y_scale=scale.scale, y_keep=(min(line), max(line)),
        keys=(plane.Key("f-pooled", "meta-regression"),
              plane.Key("f-band", f"its {run.results['level']:g}% interval")),
        notes=("The area of a circle grows with the precision of its study.",),
    ))  # fmt: skip


def _fitted(run, term, shown):
    """The line of the meta-regression and its interval along the moderator."""
    x = [row["moderators"][term] for row, _ in shown]
    spec = run.spec
    fit = regression.meta_regression(
        [one["yi"] for _, one in shown], [one["vi"] for _, one in shown], "~ x", {"x": x},
        method=spec["method"], test=spec["test"], level=float(spec["level"]) / 100,
    )  # fmt: skip
    at = np.linspace(min(x), max(x), STEPS)
    told = prediction.predict(fit, np.column_stack([np.ones(STEPS), at]))
    return [tuple(map(float, one)) for one in (at, told.pred, told.ci_lb, told.ci_ub)]
