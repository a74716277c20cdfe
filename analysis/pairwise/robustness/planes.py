"""The figures of a run that set its studies on two axes, but for the funnel."""

from functools import partial

import numpy as np

from ...drawn import Drawn
from ...figures import plane
from ...figures.axis import round_ticks
from ...figures.data_table import DataTable
from ...figures.numbers import alike, count, percent, shortest
from ...stats import gosh as subsets
from ...stats import influence
from ...stats.errors import NotEstimable
from ...witness import witness_url
from .bubbles import size_of
from .funnel import EDGE
from .printed import printed
from .refit import labels, refit

GOSH_DRAWS, GOSH_SEED = 2000, 20260101


def radial(run):
    """Galbraith's plot: standardised effect against precision, the slope is the estimate."""
    fit, scale = refit(run), printed(run)
    se = np.sqrt(fit.vi + (fit.tau2 or 0.0))
    x, z = 1 / se, fit.yi / se
    far, slope = float(x.max()) * EDGE, float(fit.beta[0])
    outside = np.abs(z - slope * x) > 2
    points = tuple(
        plane.Point(name, float(a), float(b), named=bool(out),
                    href=witness_url(run, study))
        for (study, name), a, b, out in zip(labels(run), x, z, outside, strict=True)
    )  # fmt: skip
    heights = [*(float(b) for b in z), slope * far + 2, slope * far - 2, 2, -2]
    low, high = min(heights) * EDGE, max(heights) * EDGE
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: radial plot",
        x_label="1 / standard error", y_label="Effect / standard error",
        points=points,
        lines=(
            plane.Line((0, far), (0, slope * far), "f-pooled"),
            plane.Line((0, far), (2, slope * far + 2)),
            plane.Line((0, far), (-2, slope * far - 2)),
        ),
        x_limits=(0, far), y_limits=(low, high),
        right=_effects(scale, low / far, high / far, far), right_label=scale.label,
        keys=(plane.Key("f-pooled", "pooled estimate"), plane.Key("f-null", "2 above and below")),
        notes=("A line from the left end of 0 through a study ends at its effect on the right."
               " 95 of 100 studies are expected between the lines; those outside are named."
               " Standard errors include τ².",),
    ))  # fmt: skip


def _effects(scale, low, high, far):
    """Ticks of the right side: effects, and where the ray of each ends."""
    ends = scale.back(low), scale.back(high)
    if not ends[0] < ends[1]:
        return ()
    ticks = round_ticks(scale.scale, *ends)
    log = scale.scale is plane.Scale.LOG
    return tuple(((float(np.log(tick)) if log else tick) * far, shortest(tick)) for tick in ticks)


def baujat(run):
    """Which studies make the heterogeneity, and which move the result."""
    fit = refit(run)
    found = influence.baujat(fit)
    points = tuple(
        plane.Point(name, float(x), float(y), named=True, href=witness_url(run, study))
        for (study, name), x, y in zip(labels(run), found.x, found.y, strict=True)
        if np.isfinite(x) and np.isfinite(y)
    )
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: Baujat plot",
        x_label="Contribution to Q", y_label="Influence on the pooled estimate",
        points=points,
        x_limits=(0, max((point.x for point in points), default=0) * EDGE or 1.0),
        y_limits=(0, max((point.y for point in points), default=0) * EDGE or 1.0),
        notes=("Studies to the right make the heterogeneity; studies at the top move the result."
               " The outermost are named, all are in the table.",),
    ))  # fmt: skip


def labbe(run):
    """The two risks of each study against each other."""
    rows = run.inputs["rows"]
    if not rows or not {"x1i", "n1i", "x2i", "n2i"} <= set(rows[0]["values"]):
        raise NotEstimable("a L'Abbé plot needs events and patients in two arms")
    patients = [row["values"]["n1i"] + row["values"]["n2i"] for row in rows]
    arms = {"1": "First arm", "2": "Second arm"} | (run.spec.get("arms") or {})
    points = tuple(
        plane.Point(
            row["label"],
            100 * row["values"]["x2i"] / row["values"]["n2i"],
            100 * row["values"]["x1i"] / row["values"]["n1i"],
            href=witness_url(run, row["study"]),
            size=size_of(many, patients),
            paint="f-bubble",
        )
        for row, many in zip(rows, patients, strict=True)
    )
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: L'Abbé plot",
        x_label=f"Events, {arms['2']}", y_label=f"Events, {arms['1']}",
        points=points, lines=(plane.Line((0, 100), (0, 100)),),
        x_scale=plane.Scale.PERCENT, y_scale=plane.Scale.PERCENT,
        x_limits=(0, 100), y_limits=(0, 100), square=True,
        notes=("On the line both arms do the same. The area of a circle grows with the patients.",),
    ))  # fmt: skip


def gosh(run):
    """The pooled estimate of every subset of the studies, or of 2,000 drawn by chance."""
    fit, scale = refit(run), printed(run)
    many = fit.k > 11
    found = subsets.gosh(
        fit.yi, fit.vi, draws=GOSH_DRAWS if many else None, seed=GOSH_SEED if many else None
    )
    told = found.k > 1
    size = 0.35 if told.sum() > 300 else 0.8
    points = tuple(
        plane.Point(f"Subset of {size_} studies", scale.back(float(x)), float(i2), size=size,
                    paint="f-box")
        for size_, x, i2 in zip(found.k[told], found.estimate[told], found.I2[told], strict=True)
    )  # fmt: skip
    of = f"{GOSH_DRAWS:,} subsets drawn with seed {GOSH_SEED}" if many else "all subsets"
    title = f"{run.plan.title}: GOSH plot"
    return Drawn(plane, plane.Plane(
        title=title, x_label=scale.label, y_label="I² (%)", points=points,
        x_scale=scale.scale, y_limits=(0, 100),
        notes=(f"Each point pools another subset ({of}), by DerSimonian and Laird. Two clouds mean"
               " that studies of two kinds are pooled.",),
    ), partial(_subsets_told, title, scale, points))  # fmt: skip


def _subsets_told(title, scale, points):
    """The cloud as a table: quantiles, as thousands of points would be no help."""
    header = ("Quantile of the subsets", scale.label, "I²")
    xs, ys = ([getattr(point, name) for point in points] for name in ("x", "y"))
    if not points:
        return DataTable(title, header, ())
    write = alike(float(np.quantile(xs, 0.975) - np.quantile(xs, 0.025)))
    rows = tuple(
        (f"{percent(100 * q, 1 if q in (0.025, 0.975) else 0)}",
         write(float(np.quantile(xs, q))), percent(float(np.quantile(ys, q))))
        for q in (0, 0.025, 0.25, 0.5, 0.75, 0.975, 1)
    )  # fmt: skip
    return DataTable(f"{title}, {count(len(points))} subsets", header, rows)
