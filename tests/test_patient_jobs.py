"""A model that imputes is run by a job: followed, left, cancelled, and kept once."""

import pytest
from django.urls import reverse

from analysis.patients import background, imputing, modelling
from review.models import Job

from .factories import join, make_review, make_user
from .test_patient_models import SPEC, told
from .test_runs import frozen

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HTMX = {"hx-request": "true"}
IMPUTING = SPEC | {"covariates": ["age"], "imputations": 5}


@pytest.fixture
def review():
    review = make_review()
    frozen(review, told())
    return review


@pytest.fixture
def plan(review):
    return planned(review, IMPUTING)


@pytest.fixture
def owner(client, review):
    client.force_login(review.created_by)
    return client


def planned(review, spec):
    return modelling.plan(review=review, actor=review.created_by, title="Relief", spec=spec)


def at(name, plan):
    return reverse(name, args=[plan.review_id, plan.pk])


def page(client, plan, **how):
    return client.get(at("patient-plan", plan), **how).content.decode()


def asked(client, plan):
    assert client.post(at("patient-plan-run", plan)).url == at("patient-plan", plan)
    return background.of(plan).first()


def begun(job, plan):
    background.run_model.call(job.pk, plan.pk, plan.review.snapshots.get().pk)
    job.refresh_from_db()


def test_it_is_asked_for_followed_and_kept(owner, plan, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = asked(owner, plan)
        waiting = page(owner, plan)
        assert "Waiting to start" in waiting and "Run on snapshot" not in waiting
        assert not plan.runs.exists()
    job.refresh_from_db()
    assert (job.status, job.done, job.total) == (Job.Status.DONE, 5, 5)
    assert plan.runs.get().results["imputed"]["m"] == 5
    done = page(owner, plan)
    assert "5 imputations" in done and "Run on snapshot" in done and "You can leave" not in done
    partial = page(owner, plan, headers=HTMX)
    assert "<html" not in partial and "See the result" in partial


def test_a_model_that_cannot_be_says_why_on_its_page(owner, review):
    plan = planned(review, IMPUTING | {"candidates": ["gone"]})
    job = asked(owner, plan)
    begun(job, plan)
    assert job.status == Job.Status.FAILED
    assert "The form has no “gone” any more." in page(owner, plan)
    assert "Run on snapshot" in page(owner, plan)
    assert not plan.runs.exists()


def test_a_second_click_asks_for_no_second_run(owner, plan):
    assert asked(owner, plan) == asked(owner, plan)
    assert background.of(plan).count() == 1


def test_a_job_that_is_begun_again_keeps_one_run(owner, plan):
    job = asked(owner, plan)
    begun(job, plan)
    begun(job, plan)
    assert job.status == Job.Status.DONE
    assert plan.runs.count() == 1
    assert asked(owner, plan) != job


def test_one_cancelled_while_it_waits_is_over_at_once(owner, plan):
    job = asked(owner, plan)
    owner.post(at("patient-plan-cancel", plan))
    assert "Cancelled; nothing was kept." in page(owner, plan)
    begun(job, plan)
    assert (job.status, job.done) == (Job.Status.CANCELLED, 0)
    assert not plan.runs.exists()


@pytest.mark.parametrize("part", ["completed", "_pooled"])
def test_one_cancelled_while_it_runs_keeps_nothing(owner, plan, monkeypatch, part):
    job, real = asked(owner, plan), getattr(imputing, part)

    def cancelled(*given):
        owner.post(at("patient-plan-cancel", plan))
        return real(*given)

    monkeypatch.setattr(imputing, part, cancelled)
    begun(job, plan)
    assert job.status == Job.Status.CANCELLED
    assert job.done == (1 if part == "completed" else 5)
    assert not plan.runs.exists()


def test_without_imputations_it_runs_at_once(owner, review):
    plan = planned(review, SPEC)
    assert asked(owner, plan) is None
    assert plan.runs.count() == 1


def test_who_may_only_look_follows_it_and_sees_no_name(owner, client, review, plan):
    asked(owner, plan)
    client.force_login(join(review, make_user(), "observer"))
    assert "Running the model" in page(client, plan)
    assert at("patient-plan-cancel", plan) not in page(client, plan)
    client.force_login(join(review, make_user(), "statistician"))
    partial = page(client, plan, headers=HTMX)
    assert at("patient-plan-cancel", plan) in partial
    assert str(review.created_by) not in partial
