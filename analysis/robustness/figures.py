"""The figures of a run besides its forest plot, by name."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from .. import present
from ..figures import forest, plane
from ..figures.svg import NotDrawable
from ..looks import dressing
from ..stats import gosh, influence, sensitivity, trimfill
from ..stats.errors import NotEstimable, NotPoolable
from ..stats.scales import scale_of
from .refit import labels, refit

CONTOURS = ((0.10, "f-phase"), (0.05, "f-track"), (0.01, "f-range"))
GOSH_DRAWS, GOSH_SEED = 2000, 20260101
EDGE = 1.08  # how much further than the outermost point an axis goes


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that can be drawn: ``kind`` is the module that draws ``found``."""

    kind: object
    found: object

    def svg(self, **options):
        draw = forest.forest if self.kind is forest else plane.plane
        return draw(self.found, **options)

    def sheets(self, **options):
        """The drawing in pages, as it is printed: only a long forest plot has several."""
        if self.kind is forest:
            return forest.forest_pages(self.found, **options)
        return [self.svg(**options)]

    def pages(self):
        """How many sheets there are."""
        return forest.count_pages(self.found) if self.kind is forest else 1

    def table(self):
        return self.kind.table(self.found)


@dataclass(frozen=True, slots=True)
class Figure:
    """``title`` names it, ``says`` what a reader looks for; ``make`` takes a run."""

    title: str
    says: str
    make: Callable


def drawing(run, name):
    """The ``Drawn`` of one figure of a run. Raises ``NotEstimable``, ``NotPoolable`` or
    ``NotDrawable`` with the reason when these studies have none."""
    return FIGURES[name].make(run)


def _forest(run):
    return Drawn(forest, dressing.plot(run))


def _funnel(run):
    """Effect against standard error; the funnel is what the pooled estimate expects."""
    fit = refit(run)
    se, centre = np.sqrt(fit.vi), float(fit.beta[0])
    filled = trimfill.trim_and_fill(fit) if fit.k > 2 else None
    points = [
        plane.Point(name, float(y), float(s), href=present.witness_url(run, study))
        for (study, name), y, s in zip(labels(run), fit.yi, se, strict=True)
    ]
    if filled is not None and filled.k0:
        points += [
            plane.Point("A study that may be missing", float(y), float(np.sqrt(v)), hollow=True)
            for y, v in zip(filled.filled_yi, filled.filled_vi, strict=True)
        ]
    deepest = max(point.y for point in points) * EDGE
    null = scale_of(run.spec["measure"]).null
    wide = _reach(points, centre, deepest, null)
    z = ndtri(0.975)
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: funnel plot",
        x_label=scale_of(run.spec["measure"]).label, y_label="Standard error",
        points=tuple(points),
        areas=() if null is None else tuple(_contours(null, deepest)),
        lines=(
            plane.Line((centre, centre), (0, deepest), "f-pooled"),
            plane.Line((centre - z * deepest, centre, centre + z * deepest), (deepest, 0, deepest)),
        ),
        x_limits=wide, y_limits=(0, deepest), down=True,
        notes=_funnel_notes(filled, null),
    ))  # fmt: skip


def _reach(points, centre, deepest, null):
    xs = [point.x for point in points]
    room = max(abs(x - centre) for x in [*xs, centre + ndtri(0.975) * deepest]) * EDGE
    low, high = centre - room, centre + room
    return (low, high) if null is None else (min(low, null), max(high, null))


def _contours(null, deepest):
    """Where a study would be significant at 10, 5 and 1 per cent, the widest area first."""
    far = 60 * deepest
    for alpha, paint in CONTOURS:
        edge = ndtri(1 - alpha / 2) * deepest
        for side in (-1, 1):
            yield plane.Area(
                (null, null + side * far, null + side * far, null + side * edge),
                (0, 0, deepest, deepest),
                paint,
            )


def _funnel_notes(filled, null):
    notes = ["Dashed: the pooled estimate. Lines: where 95 of 100 studies would lie without"
             " heterogeneity."]  # fmt: skip
    if null is not None:
        notes.append("Shaded from light to dark: p below 0.10, 0.05 and 0.01 against no effect.")
    if filled is not None:
        many = f"{filled.k0} filled in (open circles)" if filled.k0 else "none filled in"
        notes.append(f"Trim and fill, {filled.estimator}: {many}.")
    return tuple(notes)


def _radial(run):
    """Galbraith's plot: standardised effect against precision, the slope is the estimate."""
    fit = refit(run)
    se = np.sqrt(fit.vi + (fit.tau2 or 0.0))
    x, z = 1 / se, fit.yi / se
    points = tuple(
        plane.Point(name, float(a), float(b), href=present.witness_url(run, study))
        for (study, name), a, b in zip(labels(run), x, z, strict=True)
    )
    far, slope = float(x.max()) * EDGE, float(fit.beta[0])
    heights = [*(float(b) for b in z), slope * far + 2, slope * far - 2, 2, -2]
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: radial plot",
        x_label="1 / standard error", y_label="Effect / standard error",
        points=points,
        lines=(
            plane.Line((0, far), (0, slope * far), "f-pooled"),
            plane.Line((0, far), (2, slope * far + 2)),
            plane.Line((0, far), (-2, slope * far - 2)),
        ),
        x_limits=(0, far), y_limits=(min(heights) * EDGE, max(heights) * EDGE),
        notes=("The slope of the dashed line is the pooled estimate; 95 of 100 studies are expected"
               " within 2 of it. Standard errors include τ².",),
    ))  # fmt: skip


def _baujat(run):
    """Which studies make the heterogeneity, and which move the result."""
    fit = refit(run)
    found = influence.baujat(fit)
    points = tuple(
        plane.Point(name, float(x), float(y), named=True, href=present.witness_url(run, study))
        for (study, name), x, y in zip(labels(run), found.x, found.y, strict=True)
        if np.isfinite(x) and np.isfinite(y)
    )
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: Baujat plot",
        x_label="Contribution to Q", y_label="Influence on the pooled estimate",
        points=points,
        x_limits=(0, max(point.x for point in points) * 1.25 or 1.0),
        y_limits=(0, max(point.y for point in points) * EDGE or 1.0),
        notes=("Studies to the right make the heterogeneity; studies at the top move the result.",),
    ))  # fmt: skip


def _labbe(run):
    """The two risks of each study against each other."""
    rows = run.inputs["rows"]
    if not rows or "x1i" not in rows[0]["values"] or "x2i" not in rows[0]["values"]:
        raise NotEstimable("a L'Abbé plot needs events in two arms")
    most = max(row["values"]["n1i"] + row["values"]["n2i"] for row in rows)
    arms = {"1": "First arm", "2": "Second arm"} | run.spec.get("arms", {})
    points = tuple(
        plane.Point(
            row["label"],
            100 * row["values"]["x2i"] / row["values"]["n2i"],
            100 * row["values"]["x1i"] / row["values"]["n1i"],
            href=present.witness_url(run, row["study"]),
            size=0.7 + 1.6 * ((row["values"]["n1i"] + row["values"]["n2i"]) / most) ** 0.5,
        )
        for row in rows
    )
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: L'Abbé plot",
        x_label=f"Events, {arms['2']}", y_label=f"Events, {arms['1']}",
        points=points, lines=(plane.Line((0, 100), (0, 100)),),
        x_scale=plane.Scale.PERCENT, y_scale=plane.Scale.PERCENT,
        x_limits=(0, 100), y_limits=(0, 100),
        notes=("On the line both arms do the same. The area of a circle grows with the patients.",),
    ))  # fmt: skip


def _bubble(run):
    """Effect against the one moderator that is a number; the line is the meta-regression."""
    found = run.results.get("regression")
    if not found or "terms" not in found or len(found["terms"]) != 2:
        raise NotEstimable(
            "a bubble plot needs a meta-regression on one moderator that is a number"
        )
    rows, term = run.inputs["rows"], found["terms"][1]["term"]
    if term not in rows[0]["moderators"]:
        raise NotEstimable(f"“{term}” is no number")
    shown = [
        (row, one)
        for row, one in zip(rows, run.results["studies"], strict=True)
        if row["moderators"].get(term) is not None
    ]
    most = max(1 / one["vi"] for _, one in shown)
    points = tuple(
        plane.Point(row["label"], row["moderators"][term], one["yi"],
                    href=present.witness_url(run, row["study"]),
                    size=0.7 + 2 * (1 / one["vi"] / most) ** 0.5)
        for row, one in shown
    )  # fmt: skip
    at, slope = (part["beta"] for part in found["terms"])
    ends = min(point.x for point in points), max(point.x for point in points)
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: bubble plot", x_label=term,
        y_label=scale_of(run.spec["measure"]).label, points=points,
        lines=(plane.Line(ends, tuple(at + slope * x for x in ends), "f-pooled"),),
        notes=("The area of a circle grows with the precision of its study; the dashed line is the"
               " meta-regression.",),
    ))  # fmt: skip


def _leave_one_out(run):
    return _series(run, sensitivity.leave_one_out(refit(run)), "without {}", "each study left out")


def _cumulative(run):
    """By the years in the studies' labels; without them in the order of the list."""
    years = [dressing.year(name) for _, name in labels(run)]
    told = all(years)
    order = np.array(sorted(range(len(years)), key=lambda i: years[i])) if told else None
    found = sensitivity.cumulative(refit(run), order)
    title = f"studies added one by one, {'the earliest first' if told else 'as they are listed'}"
    return _series(run, found, "+ {}", title)


def _series(run, found, words, title):
    """One line a refit, on the printed scale."""
    whole, printed, names = (
        present.forest_of(run),
        present.printer(run.spec["measure"]),
        labels(run),
    )
    rows = tuple(
        forest.Row(
            words.format(names[i][1]), printed(found.estimate[j]), printed(found.ci_lb[j]),
            printed(found.ci_ub[j]), cells=(f"{found.I2[j]:.0f}%" if np.isfinite(found.I2[j])
                                            else "–",),
            href=present.witness_url(run, names[i][0]),
        )
        for j, i in enumerate(found.order)
    )  # fmt: skip
    random = whole.summaries[-1]
    return Drawn(forest, replace(
        whole, title=f"{whole.title}: {title}", groups=(forest.Group(rows),),
        summaries=(replace(random, label="All studies", cells=(), prediction=None, weight=None),),
        columns=(forest.Column("I²"),), heterogeneity=None, excluded=(), notes=(), tests=(),
        domains=(),
    ))  # fmt: skip


def _gosh(run):
    """The pooled estimate of every subset of the studies, or of 2,000 drawn by chance."""
    fit = refit(run)
    many = fit.k > 11
    found = gosh.gosh(
        fit.yi, fit.vi, draws=GOSH_DRAWS if many else None, seed=GOSH_SEED if many else None
    )
    told = found.k > 1
    points = tuple(
        plane.Point(f"Subset of {size} studies", float(x), float(i2), size=0.35)
        for size, x, i2 in zip(found.k[told], found.estimate[told], found.I2[told], strict=True)
    )
    of = f"{GOSH_DRAWS:,} subsets drawn with seed {GOSH_SEED}" if many else "all subsets"
    return Drawn(plane, plane.Plane(
        title=f"{run.plan.title}: GOSH plot",
        x_label=scale_of(run.spec["measure"]).label, y_label="I² (%)", points=points,
        y_limits=(0, 100),
        notes=(f"Each point pools another subset ({of}), by DerSimonian and Laird. Two clouds mean"
               " that studies of two kinds are pooled.",),
    ))  # fmt: skip


FIGURES = {
    "forest": Figure("Forest plot", "Every study and the pooled estimates.", _forest),
    "funnel": Figure("Funnel plot", "Do small studies tell another story than large ones?",
                     _funnel),
    "leave-one-out": Figure("Leave one out", "Does the result hang on one study?", _leave_one_out),
    "cumulative": Figure("Cumulative", "When did the result settle?", _cumulative),
    "baujat": Figure("Baujat plot", "Who makes the heterogeneity, and who moves the result?",
                     _baujat),
    "radial": Figure("Radial plot", "Who lies outside of what chance allows?", _radial),
    "labbe": Figure("L'Abbé plot", "Does the effect depend on the risk of the controls?", _labbe),
    "bubble": Figure("Bubble plot", "Does a moderator explain the effects?", _bubble),
    "gosh": Figure("GOSH plot", "Are studies of two kinds pooled?", _gosh),
}  # fmt: skip
UNDRAWABLE = (NotEstimable, NotPoolable, NotDrawable)
