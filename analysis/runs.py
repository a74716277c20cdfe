"""Step 9: a plan run on a snapshot. A run is written once and never changed.

A plan's spec is plain JSON: ``measure`` (``analysis.measures``), ``form`` (id), ``fields``
(role -> field key), ``outcome`` and ``arms`` (``{"1": name, "2": name}``, or ``{"": name}`` for
one group) where the fields ask for them, ``method`` (REML, DL), ``test`` (z, knha), ``level``
(per cent). It may hold ``subgroup`` (``{"field": key}`` of a study's choice, or
``{"rob": title of a tool}``), ``moderators`` (keys of a study's fields), ``without`` (ids of
studies), ``bias`` (pairs of a tool's title and an overall judgement that is left out) and
``variant_of`` (the plan whose switches were moved).

A run's results hold both models on the scale of analysis; ``analysis.present`` prints them.
"""

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import version

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove

from . import datasets, pooled, present
from .figures import forest
from .figures.svg import NotDrawable
from .models import Plan, Run
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
    check_drawable(row)
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
        return pooled.pool(rows, spec)
    except (NotPoolable, NotEstimable) as refusal:
        raise NotAnalysable(f"These studies cannot be pooled: {refusal}.") from refusal


def check_drawable(row):
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


def _too_few(rows, excluded):
    told = "; ".join(f"{one.label}: {one.reason}" for one in excluded)
    can = f"only {rows[0].label} can enter" if rows else "no study can enter"
    return f"Pooling needs two studies or more, and {can}. {told}".strip()
