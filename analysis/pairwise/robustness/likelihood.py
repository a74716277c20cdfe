"""Profile likelihood of the variances, and the residuals against the normal distribution."""

import numpy as np
from scipy.special import ndtri

from ...drawn import Drawn
from ...figures import numbers, plane
from ...stats import multilevel, residuals, structures, wald
from ...stats.errors import NotEstimable
from ...witness import witness_url
from .. import pooling_models
from ..pooling_models import several
from .funnel import EDGE
from .refit import labels, refit, table_of

POINTS = 33
PAINTS = ("f-pooled", "f-null")


def profile(run):
    """How likely other variances between studies are; where the curve is above the line, a
    variance agrees with the data."""
    fit = _fitted(run)
    fall = 0.5 * wald.critical(fit.level) ** 2
    found = [multilevel.profile_interval(fit, which) for which in range(len(fit.random))]
    far = max(upper for _, _, upper in found) * 1.25
    curves = [
        _curve(multilevel.profile(fit, which), far, paint)
        for which, paint in zip(range(len(fit.random)), PAINTS, strict=False)
    ]
    names = [effect.name for effect in fit.random]
    told = "; ".join(f"{name} {_told(part)}" for name, part in zip(names, found, strict=True))
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: profile likelihood",
        x_label="Variance", y_label="Log-likelihood below its peak",
        points=tuple(
            plane.Point(name, interval[0], 0.0, named=True)
            for name, interval in zip(names, found, strict=True)
        ),
        lines=(*curves, plane.Line((0, far), (-fall, -fall))),
        x_limits=(0, far), y_limits=(-2.5 * fall, 0.4),
        keys=tuple(plane.Key(paint, name) for name, paint in zip(names, PAINTS, strict=False)),
        notes=(f"Variances by {fit.method}: {told}. The intervals end where a curve crosses the"
               f" line {numbers.fixed(fall, 2)} below the peak.",),
    ))  # fmt: skip


def _fitted(run):
    """The run's effects as a model of random intercepts."""
    if pooling_models.of(run.spec).of_counts:
        raise NotEstimable("the run pools counts; its model has no such profile")
    if pooling_models.key_of(run.spec) == "3L":
        return several.nested_fit(table_of(run))
    if pooling_models.of(run.spec).several:
        raise NotEstimable("the outcomes of a study are correlated: see the three-level model")
    fit = refit(run)
    random = (structures.Intercept("between studies", np.arange(fit.k)),)
    method = "ML" if fit.method == "ML" else "REML"
    return multilevel.fit_multilevel(fit.yi, fit.vi, random=random, method=method, level=fit.level)


def _curve(below, far, paint):
    at = far * np.linspace(0, 1, POINTS) ** 1.5
    ys = [max(-float(below(x)), -1e3) for x in at]
    shown = [(float(x), y) for x, y in zip(at, ys, strict=True)]
    xs, ys = zip(*shown, strict=True)
    return plane.Line(xs, ys, paint)


def _told(interval):
    est, low, high = (numbers.significant(value) for value in interval)
    return f"{est} ({low} to {high})"


def quantiles(run):
    """Standardised residuals against what a normal distribution would have."""
    found = residuals.rstudent(refit(run))
    known = np.flatnonzero(np.isfinite(found.z))
    if known.size < 3:
        raise NotEstimable("a Q-Q plot needs three studies or more")
    order = known[np.argsort(found.z[known], kind="stable")]
    k, names = order.size, labels(run)
    expected = ndtri((np.arange(1, k + 1) - 0.5) / k)
    observed = found.z[order]
    reach = EDGE * float(max(np.abs(observed).max(), expected[-1], 2.0))
    points = tuple(
        plane.Point(names[i][1], float(x), float(y), named=bool(abs(y) > 2),
                    href=witness_url(run, names[i][0]))
        for i, x, y in zip(order, expected, observed, strict=True)
    )  # fmt: skip
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: normal Q-Q plot",
        x_label="Expected of a normal distribution", y_label="Standardised deleted residual",
        points=points, lines=(plane.Line((-reach, reach), (-reach, reach)),),
        x_limits=(-reach, reach), y_limits=(-reach, reach), square=True,
        notes=("On the line the effects scatter as random effects should. Residuals beyond 2 are"
               " named: they are each study against the model of the others.",),
    ))  # fmt: skip
