"""Runs of models that impute: made by a job, since they may take minutes."""

import itertools

from django.db import transaction
from django_tasks import task

from extraction.models import Snapshot
from review import jobs

from ..models import PatientPlan
from . import model, modelling

JOB = "patients"


@transaction.atomic
def start(*, plan, snapshot, actor):
    """Run a model in the background; returns its ``Job``. A plan has one at a time: while one
    waits or runs, that is returned."""
    plan = PatientPlan.objects.select_for_update().get(pk=plan.pk)
    begun = of(plan).filter(status__in=jobs.OPEN).first()
    if begun:
        return begun
    job = jobs.start(
        review=plan.review, actor=actor, kind=JOB, subject=_subject(plan),
        total=plan.spec["imputations"],
    )  # fmt: skip
    transaction.on_commit(lambda: run_model.enqueue(job.pk, plan.pk, snapshot.pk))
    return job


def of(plan):
    """The jobs of a plan, the newest first."""
    return plan.review.jobs.filter(kind=JOB, subject=_subject(plan))


@task()
def run_model(job_id, plan_id, snapshot_id):
    """Compute and keep the run that a job asks for; safe to run again."""
    with jobs.running(job_id, model.NotModelled) as job:
        plan = PatientPlan.objects.get(pk=plan_id)
        snapshot = Snapshot.objects.get(pk=snapshot_id)
        tables = itertools.count(1)
        jobs.step(job, 0)
        found = modelling.compute(snapshot, plan.spec, lambda: jobs.step(job, next(tables)))
        # Fitting the tables takes a while too: who cancelled meanwhile wants no run.
        jobs.step(job, plan.spec["imputations"])
        modelling.keep(
            plan=plan, snapshot=snapshot, actor=job.started_by, found=found, key=f"job:{job.pk}"
        )


def _subject(plan):
    return f"patient_plan:{plan.pk}"
