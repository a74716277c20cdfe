"""Planned models of individual patients: written down, and run on a snapshot."""

from django.db import transaction

from review import ledger
from review.models import IllegalMove, Review

from .. import datasets, runs
from ..models import PatientPlan, PatientRun
from . import model, reading


@transaction.atomic
def plan(*, review, actor, title, spec):
    """Write a model down; ``spec`` as ``model`` documents it. Returns the ``PatientPlan``."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.patient_plans.filter(title=title).exists():
        raise IllegalMove(f"There is a model “{title}” already. Give this one another title.")
    made = PatientPlan.objects.create(review=review, title=title, spec=spec, created_by=actor)
    _tell(made, actor, "patient_plan.create", title=title, spec=spec)
    return made


@transaction.atomic
def run(*, plan, snapshot, actor):
    """Run a planned model on a snapshot of the same review and keep the results.

    Raises ``model.NotModelled``.
    """
    inputs, sha256, results = compute(snapshot, plan.spec)
    row = PatientRun(
        plan=plan, snapshot=snapshot, spec=plan.spec, inputs=inputs, inputs_sha256=sha256,
        versions=runs.versions(), results=results, run_by=actor,
    )  # fmt: skip
    row.save(force_insert=True)
    _tell(plan, actor, "patient_plan.run", run=row.pk, snapshot=snapshot.sha256, inputs=sha256)
    return row


def compute(snapshot, spec):
    """``(inputs, sha256, results)`` of a spec on a snapshot."""
    found = reading.participants(datasets.content(snapshot), spec["form"])
    if not found.rows:
        raise model.NotModelled(
            "No participants of this form are frozen. Approve a table of participants and freeze"
            " a snapshot."
        )
    return model.compute(found, spec)


def _tell(plan, actor, action, **data):
    ledger.record(
        review=plan.review, actor=actor, action=action, subject=f"patient_plan:{plan.pk}",
        data=data,
    )  # fmt: skip
