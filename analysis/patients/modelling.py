"""Planned models of individual patients: written down, and run on a snapshot."""

from django.db import transaction

from review import ledger
from review.models import IllegalMove, Review

from .. import datasets, kinds, runs
from ..errors import NotAnalysable
from ..models import PatientPlan, PatientRun
from ..stats.imputation import unwatched
from . import model, reading

IN_UNITS = ("MN", "MD", "GEN")


@transaction.atomic
def plan(*, review, actor, title, spec):
    """Write a model down; ``spec`` as ``model`` documents it. Returns the ``PatientPlan``."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.patient_plans.filter(title=title).exists():
        raise IllegalMove(f"There is a model “{title}” already. Give this one another title.")
    made = PatientPlan.objects.create(review=review, title=title, spec=spec, created_by=actor)
    _tell(made, actor, "patient_plan.create", title=title, spec=spec)
    return made


def run(*, plan, snapshot, actor):
    """Run a planned model on a snapshot of the same review and keep the results.

    Nothing is locked while it computes. Raises ``model.NotModelled``.
    """
    found = compute(snapshot, plan.spec)
    return keep(plan=plan, snapshot=snapshot, actor=actor, found=found)


@transaction.atomic
def keep(*, plan, snapshot, actor, found, key=None):
    """Keep what ``compute`` found as a ``PatientRun``; None where the request of this ``key`` has
    been carried out. ``plan`` has the spec that was computed."""
    PatientPlan.objects.select_for_update().get(pk=plan.pk)
    if ledger.already(review=plan.review, actor=actor, key=key):
        return None
    inputs, sha256, results = found
    row = PatientRun(
        plan=plan, snapshot=snapshot, spec=plan.spec, inputs=inputs, inputs_sha256=sha256,
        versions=runs.versions(), results=results, run_by=actor,
    )  # fmt: skip
    row.save(force_insert=True)
    told = {"run": row.pk, "snapshot": snapshot.sha256, "inputs": sha256}
    _tell(plan, actor, "patient_plan.run", key=key, **told)
    return row


def compute(snapshot, spec, step=unwatched):
    """``(inputs, sha256, results)`` of a spec on a snapshot; ``step`` as in ``model.compute``."""
    found, others = _frozen(snapshot, spec)
    return model.compute(found, spec, others, step)


def entered(snapshot, spec):
    """The sha256 of what a spec reads of a snapshot; nothing is fitted. Raises
    ``model.NotModelled``."""
    found, others = _frozen(snapshot, spec)
    return model.digest(spec, model.entering(found, spec), others)


def _frozen(snapshot, spec):
    """The participants and the published effects that a spec reads."""
    data = datasets.content(snapshot)
    found = reading.participants(data, spec["form"])
    if not found.rows:
        raise model.NotModelled(
            "No participants of this form are frozen. Approve a table of participants and freeze"
            " a snapshot."
        )
    return found, published(data, spec)


def analyses(review):
    """The planned analyses whose effects are in the unit of an outcome: studies of theirs may
    join a model's second stage."""
    return [
        {"title": one.title, "spec": one.spec}
        for one in review.plans.filter(retired_at=None)
        if kinds.is_pairwise(one.spec) and one.spec["measure"] in IN_UNITS
    ]


def read(run):
    """What a run read: the columns by key with their ``study``, and the label of each study."""
    found = reading.participants(datasets.content(run.snapshot), run.spec["form"])
    labels = {str(row.study): row.label for row in found.rows}
    return model.columns(found, model.used(run.spec)), labels


def published(data, spec):
    """The effects of the analysis that a spec takes aggregates from, or None.

    Raises ``model.NotModelled`` where that analysis cannot run, or a study has several results.
    """
    if not spec.get("aggregates"):
        return None
    title, other = spec["aggregates"]["title"], spec["aggregates"]["spec"]
    try:
        inputs, results = kinds.of(other).compute(data, other)
    except NotAnalysable as refusal:
        raise model.NotModelled(f"The analysis “{title}” cannot run: {refusal}") from None
    rows = [
        {"study": row["study"], "label": row["label"], "yi": one["yi"], "vi": one["vi"]}
        for row, one in zip(inputs["rows"], results["studies"], strict=True)
    ]
    if len({row["study"] for row in rows}) < len(rows):
        raise model.NotModelled(
            f"The analysis “{title}” has several results of a study; take one that has one each."
        )
    return rows


def _tell(plan, actor, action, key=None, **data):
    ledger.record(
        review=plan.review, actor=actor, action=action, subject=f"patient_plan:{plan.pk}",
        data=data, key=key,
    )  # fmt: skip
