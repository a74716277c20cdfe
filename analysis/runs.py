"""Step 9: a plan run on a snapshot. A run is written once and never changed.

A plan's spec is plain JSON. ``kind`` (``analysis.kinds``) says what the rest is; without it two
groups are compared, or one is pooled: ``measure`` (``analysis.pairwise.measures``), ``form`` (id),
``fields`` (role -> field key), ``outcome`` and ``arms`` (``{"1": name, "2": name}``, or
``{"": name}`` for one group) where the fields ask for them, ``method`` (REML, DL), ``test`` (z,
knha), ``level`` (per cent). It may hold ``subgroup`` (``{"field": key}`` of a study's choice, or
``{"rob": title of a tool}``), ``moderators`` (keys of a study's fields), ``without`` (ids of
studies), ``bias`` (pairs of a tool's title and an overall judgement that is left out),
``least`` (the studies a subgroup needs to be pooled and tested against the others),
``randomised`` (the field that tells who is missing, which no result uses) and ``variant_of``
(the plan whose switches were moved). ``model`` (``analysis.pairwise.pooling_models``) is absent
where studies weigh by inverse variance; one of several results of a study comes with ``outcomes``
(names; none are all), ``rho`` (the assumed correlation, as text) and ``robust``.

A run's results hold what the kind computes; the kind prints and draws them.
"""

import hashlib
import json
import platform
from importlib.metadata import version

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove, Review

from . import datasets, kinds
from .errors import NotAnalysable  # noqa: F401  it is what ``run`` raises
from .models import Plan, Run
from .specs import as_told

CONCORD_VERSION = "0.1.0"
LIBRARIES = ("numpy", "scipy", "statsmodels", "pandas")


@transaction.atomic
def create_plan(*, review, actor, title, spec):
    """Write a plan down. Raises ``IllegalMove`` when its title is taken."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.plans.filter(title=title).exists():
        raise IllegalMove(f"There is a plan “{title}” already. Give this one another title.")
    plan = Plan.objects.create(review=review, title=title, spec=spec, created_by=actor)
    ledger.record(
        review=review,
        actor=actor,
        action="plan.create",
        subject=f"plan:{plan.pk}",
        data={"title": title, "spec": as_told(spec)},
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
    kinds.of(row.spec).shown.check(row)
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
    return kinds.of(spec).compute(data, spec)


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
