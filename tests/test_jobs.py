"""Long work that nobody does any more: whoever waits for it is told."""

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from review import jobs, tasks
from review.models import Job

from .factories import make_review

pytestmark = pytest.mark.django_db
EMBEDDED = {"default": {"BACKEND": "review.tasks.EmbeddedBackend"}}


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def made(review):
    """One job that waits and one that runs, both of a moment ago."""
    now = timezone.now()
    waiting, running = (
        jobs.start(review=review, actor=review.created_by, kind="deduplicate") for _ in range(2)
    )
    Job.objects.filter(pk=running.pk).update(status=Job.Status.RUNNING, heartbeat=now)
    return waiting, running


def statuses(made):
    return [Job.objects.get(pk=one.pk).status for one in made]


def restarted():
    return mock.patch.object(tasks, "STARTED", timezone.now() + timedelta(seconds=1))


def test_what_a_stopped_server_held_is_over(review, made, settings):
    settings.TASKS = EMBEDDED
    assert not jobs.reap(review)
    with restarted():
        assert jobs.reap(review) == 2
    assert statuses(made) == ["failed", "failed"]
    assert Job.objects.get(pk=made[0].pk).message == jobs.INTERRUPTED


def test_what_workers_of_their_own_hold_outlives_the_server(review, made):
    with restarted():
        assert not jobs.reap(review)
    assert statuses(made) == ["queued", "running"]


def test_a_worker_that_fell_silent_is_not_waited_for(review, made):
    Job.objects.update(heartbeat=timezone.now() - 2 * jobs.SILENT_AFTER)
    jobs.reap(review)
    assert statuses(made) == ["queued", "failed"]
