"""The spreadsheet of a large review: made in the background, for one person only."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from analysis.exports import background
from review.models import Job, Membership

from .factories import join, make_reference, make_review, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _every_review_is_large(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(background, "AT_ONCE", -1)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def review():
    review = make_review()
    make_reference(review, title="A paper")
    return review


@pytest.fixture
def owner(client, review):
    client.force_login(review.created_by)
    return client


@pytest.fixture
def start(owner, review, django_capture_on_commit_callbacks):
    """Asks for the spreadsheet and lets it be made; returns the job."""

    def started():
        with django_capture_on_commit_callbacks(execute=True):
            owner.post(reverse("export-xlsx", args=[review.pk]))
        return review.jobs.first()

    return started


def at(name, job):
    return reverse(name, args=[job.review_id, job.pk])


def test_it_is_made_and_saved(owner, review, start):
    page = reverse("exports", args=[review.pk])
    assert owner.get(reverse("export-xlsx", args=[review.pk])).url == page
    job = start()
    assert (job.status, job.kind) == (Job.Status.DONE, background.JOB)
    assert at("export-file", job) in owner.get(page).content.decode()
    content = b"".join(owner.get(at("export-file", job)).streaming_content)
    rows = list(load_workbook(io.BytesIO(content))["References"].iter_rows(values_only=True))
    assert "A paper" in rows[1]


def test_progress_is_a_partial(owner, start):
    job = start()
    assert owner.get(at("export-job", job)).status_code == 302
    partial = owner.get(at("export-job", job), headers={"hx-request": "true"}).content.decode()
    assert "<html" not in partial
    assert "Save the spreadsheet" in partial


def test_nobody_else_gets_the_file(owner, review, client, start):
    job = start()
    client.force_login(join(review, make_user(), "owner"))
    for name in ("export-file", "export-job"):
        assert client.get(at(name, job)).status_code == 404
    assert client.post(at("export-cancel", job)).status_code == 404


def test_a_file_of_a_role_that_was_lost_stays_closed(owner, review, start):
    job = start()
    Membership.objects.filter(review=review).update(role="statistician")
    response = owner.get(at("export-file", job))
    assert response.status_code == 409
    assert "roles have changed" in response.content.decode()


def test_two_are_not_made_at_once(owner, review):
    owner.post(reverse("export-xlsx", args=[review.pk]))
    assert owner.post(reverse("export-xlsx", args=[review.pk])).status_code == 409
    assert review.jobs.count() == 1


def test_a_cancelled_one_leaves_no_file(owner, review, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("export-xlsx", args=[review.pk]))
        job = review.jobs.get()
        owner.post(at("export-cancel", job))
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED
    assert list(background.path_of(job).parent.iterdir()) == []
    assert owner.get(at("export-file", job)).status_code == 409


def test_the_file_made_before_goes(start):
    first, second = start(), start()
    assert first != second
    assert not background.path_of(first).exists()
    assert background.path_of(second).exists()


def test_who_may_have_it_made(client, review):
    url = reverse("export-xlsx", args=[review.pk])
    assert client.post(url).status_code == 302
    client.force_login(make_user())
    assert client.post(url).status_code == 404
    assert not review.jobs.exists()
