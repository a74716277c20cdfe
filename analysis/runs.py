"""Step 9: a plan run on a snapshot. A run is written once and never changed.

A plan's spec is plain JSON: ``measure`` (``analysis.measures``), ``form`` (id), ``fields``
(role -> field key), ``outcome`` and ``arms`` (``{"1": name, "2": name}``, or ``{"": name}`` for
one group) where the fields ask for them, ``method`` (REML, DL), ``test`` (z, knha), ``level``
(per cent).

A run's results hold both models on the scale of analysis; ``analysis.present`` prints them.
"""

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import version

import numpy as np
from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove

from . import datasets, present
from .figures import forest
from .figures.svg import NotDrawable
from .measures import ENGINE_NAMES
from .models import Plan, Run
from .stats import effects, heterogeneity, pooling, prediction
from .stats.errors import NotEstimable, NotPoolable

CONCORD_VERSION = "0.1.0"
LIBRARIES = ("numpy", "scipy", "statsmodels", "pandas")


class NotAnalysable(ValueError):
    """The plan cannot be run on these data; the text says which rows and why."""


@transaction.atomic
def create_plan(*, review, actor, title, spec):
    """Write a plan down. Raises ``IllegalMove`` when its title is taken."""
    if review.plans.filter(title=title).exists():
        raise IllegalMove(f"There is a plan “{title}” already. Give this one another title.")
    plan = Plan.objects.create(review=review, title=title, spec=spec, created_by=actor)
    ledger.record(
        review=review,
        actor=actor,
        action="plan.create",
        subject=f"plan:{plan.pk}",
        data={"title": title, "spec": spec},
    )
    return plan


@transaction.atomic
def retire_plan(*, plan, actor, why):
    """Put a plan away; its runs stay."""
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.retired_at:
        raise IllegalMove("This plan has been put away already.")
    plan.retired_at = timezone.now()
    plan.save(update_fields=["retired_at"])
    ledger.record(
        review=plan.review,
        actor=actor,
        action="plan.retire",
        subject=f"plan:{plan.pk}",
        data={"why": why},
    )


@transaction.atomic
def run(*, plan, snapshot, actor):
    """Run a plan on a snapshot of the same review and keep the results.

    Raises ``NotAnalysable``, naming the studies and reasons, when fewer than two can enter.
    """
    if plan.retired_at:
        raise IllegalMove("This plan was put away. Make a new one.")
    inputs, results = compute(datasets.content(snapshot), plan.spec)
    row = Run(
        plan=plan,
        snapshot=snapshot,
        spec=plan.spec,
        inputs=inputs,
        inputs_sha256=digest(plan.spec, inputs),
        versions=versions(),
        results=results,
        run_by=actor,
    )
    _check_drawable(row)
    row.save(force_insert=True)
    ledger.record(
        review=plan.review,
        actor=actor,
        action="plan.run",
        subject=f"plan:{plan.pk}",
        data={"run": row.pk, "snapshot": snapshot.sha256, "inputs": row.inputs_sha256},
    )
    return row


def compute(data, spec):
    """Return ``(inputs, results)`` of a spec on a snapshot's content; plain JSON both.

    Raises ``NotAnalysable`` when the studies that can enter do not make an analysis.
    """
    rows, excluded = datasets.rows(data, spec)
    inputs = {
        "rows": [asdict(row) for row in rows],
        "excluded": [asdict(one) for one in excluded],
    }
    return inputs, pool(rows, excluded, spec)


def pool(rows, excluded, spec):
    """The results of a spec on rows of ``datasets``, plain JSON.

    Raises ``NotAnalysable`` when they do not make an analysis.
    """
    if len(rows) < 2:
        raise NotAnalysable(_too_few(rows, excluded))
    try:
        return _pool(rows, spec)
    except (NotPoolable, NotEstimable) as refusal:
        raise NotAnalysable(f"These studies cannot be pooled: {refusal}.") from refusal


def _check_drawable(row):
    """A run is kept for good, so one whose plot could never be drawn is refused beforehand."""
    try:
        forest.check(present.forest_of(row, links=False))
    except NotDrawable as refusal:
        raise NotAnalysable(
            f"The result is out of the range of a plot: {refusal}. Enter the values in another"
            " unit (millions for units, say)."
        ) from refusal


def digest(spec, inputs):
    """The sha256 of what went into a run, in hexadecimal."""
    text = json.dumps([spec, inputs], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def versions():
    """Concord, Python and the libraries that compute."""
    return {
        "concord": CONCORD_VERSION,
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def _pool(rows, spec):
    names = rows[0].values
    columns = {
        ENGINE_NAMES.get(name, name): np.array([row.values[name] for row in rows]) for name in names
    }
    found = effects.escalc(spec["measure"], columns)
    if found.problems:
        place, why = next(iter(found.problems.items()))
        raise NotPoolable(f"{rows[place].label}: {why}")
    level = float(spec["level"]) / 100
    common = pooling.rma(found.yi, found.vi, method="CE", level=level)
    fitted = pooling.rma(found.yi, found.vi, method=spec["method"], test=spec["test"], level=level)
    lower, upper = found.ci(level)
    return {
        "measure": spec["measure"],
        "level": float(spec["level"]),
        "k": fitted.k,
        "common": _estimate(common),
        "random": _estimate(fitted) | {"method": fitted.method, "test": fitted.test},
        "prediction": _prediction(fitted),
        "heterogeneity": _heterogeneity(fitted),
        "adjusted": [row.label for row in rows if _has_zero_cell(row.values)],
        "studies": [
            {
                "yi": float(found.yi[i]),
                "vi": float(found.vi[i]),
                "ci_lb": float(lower[i]),
                "ci_ub": float(upper[i]),
                "weight_common": float(common.weights[i]),
                "weight_random": float(fitted.weights[i]),
            }
            for i in range(fitted.k)
        ],
    }


def _has_zero_cell(values):
    """Whether 0.5 was added to a study's table: some cell of it is 0."""
    groups = [name[1:] for name in values if name.startswith("x")]
    return any(values[f"x{group}"] in (0, values[f"n{group}"]) for group in groups)


def _estimate(fit):
    """The pooled estimate. Raises ``NotPoolable`` when its interval has no width: the variance of
    Knapp and Hartung is 0 when no effect differs from another."""
    if not np.isfinite(fit.stat[0]):
        raise NotPoolable(
            "their effects are all the same, so the interval of Knapp and Hartung has no width; "
            "make a plan with the normal interval"
        )
    return {
        "beta": float(fit.beta[0]),
        "se": float(fit.se[0]),
        "ci_lb": float(fit.ci_lb[0]),
        "ci_ub": float(fit.ci_ub[0]),
        "stat": float(fit.stat[0]),
        "pval": float(fit.pval[0]),
    }


def _prediction(fit):
    """The prediction interval (t with k - 2 df), or why there is none."""
    if fit.k < 3:
        return {"why_not": "needs three studies or more"}
    found = prediction.predict(fit, pi_type="riley")
    return {"pi_lb": float(found.pi_lb[0]), "pi_ub": float(found.pi_ub[0])}


def _heterogeneity(fit):
    """Q, and tau2 and I2 with their Q-profile intervals."""
    bounds = heterogeneity.confint(fit, kind="QP")
    return {
        "QE": fit.QE,
        "df": int(fit.QE_df),
        "QEp": fit.QEp,
        "tau2": _interval(bounds.tau2),
        "I2": _interval(bounds.I2),
        "H2": _interval(bounds.H2),
        "empty": bounds.empty,
    }


def _interval(bounds):
    """Plain numbers; a bound without limit is None, as JSON has no infinity."""
    found = {"est": bounds.est, "lb": bounds.lb, "ub": bounds.ub}
    return {name: float(x) if np.isfinite(x) else None for name, x in found.items()}


def _too_few(rows, excluded):
    told = "; ".join(f"{one.label}: {one.reason}" for one in excluded)
    can = f"only {rows[0].label} can enter" if rows else "no study can enter"
    return f"Pooling needs two studies or more, and {can}. {told}".strip()
