"""The funnel plot: effect against standard error, with what chance alone would allow."""

import numpy as np
from scipy.special import ndtri

from ...drawn import Drawn
from ...figures import plane
from ...stats import trimfill
from ...witness import witness_url
from .printed import printed
from .refit import labels, refit

# The widest area first; the paint of each, and what it stands for.
CONTOURS = (
    (0.10, "f-phase", "p 0.05 to 0.10"),
    (0.05, "f-track", "p 0.01 to 0.05"),
    (0.01, "f-deep", "p below 0.01"),
)
EDGE = 1.08  # how much further than the outermost point an axis goes


def funnel(run):
    """Effect against standard error; the funnel is what the pooled estimate expects."""
    fit, scale = refit(run), printed(run)
    se, centre = np.sqrt(fit.vi), float(fit.beta[0])
    filled = trimfill.trim_and_fill(fit) if fit.k > 2 else None
    seen = list(zip(fit.yi, se, strict=True))
    added = (
        []
        if filled is None
        else list(zip(filled.filled_yi, np.sqrt(filled.filled_vi), strict=True))
    )
    deepest = max(float(s) for _, s in [*seen, *added]) * EDGE
    low, high = _reach([float(y) for y, _ in [*seen, *added]], centre, deepest, scale.null)
    z = float(ndtri(0.975))
    back = scale.back
    points = [
        plane.Point(name, back(float(y)), float(s), href=witness_url(run, study))
        for (study, name), (y, s) in zip(labels(run), seen, strict=True)
    ]
    points += [
        plane.Point("A study that may be missing", back(float(y)), float(s), hollow=True)
        for y, s in added
    ]
    sides = tuple(map(back, (centre - z * deepest, centre, centre + z * deepest)))
    contours = [] if scale.null is None else list(_contours(scale, deepest))
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: funnel plot",
        x_label=scale.label, y_label="Standard error",
        points=tuple(points), areas=tuple(contours),
        lines=(
            plane.Line((back(centre),) * 2, (0, deepest), "f-pooled"),
            plane.Line(sides, (deepest, 0, deepest)),
        ),
        x_scale=scale.scale, x_limits=(back(low), back(high)), y_limits=(0, deepest), down=True,
        keys=_keys(contours, added),
        notes=_notes(filled),
    ))  # fmt: skip


def _reach(effects, centre, deepest, null):
    room = max(abs(x - centre) for x in [*effects, centre + ndtri(0.975) * deepest]) * EDGE
    low, high = centre - room, centre + room
    return (low, high) if null is None else (min(low, null), max(high, null))


def _contours(scale, deepest):
    """Where a study would be significant at 10, 5 and 1 per cent."""
    far = 60 * deepest
    for alpha, paint, _ in CONTOURS:
        edge = float(ndtri(1 - alpha / 2)) * deepest
        for side in (-1, 1):
            xs = (0, side * far, side * far, side * edge)
            yield plane.Area(
                tuple(scale.back(scale.null + x) for x in xs), (0, 0, deepest, deepest), paint
            )


def _keys(contours, added):
    keys = [plane.Key("f-pooled", "pooled estimate"), plane.Key("f-null", "95% without τ²")]
    if added:
        keys.append(plane.Key("f-common", "filled in", dot=True))
    return (*keys, *(plane.Key(paint, words) for _, paint, words in CONTOURS if contours))


def _notes(filled):
    notes = ["Between the lines 95 of 100 studies are expected where there is no heterogeneity."]
    if filled is not None:
        many = f"{filled.k0} filled in" if filled.k0 else "none filled in"
        notes.append(f"Trim and fill, {filled.estimator}: {many}.")
    return tuple(notes)
