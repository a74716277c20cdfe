"""A review with its people and twelve records, some of the way through steps 3 and 4."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from review import fulltext, screening
from review.models import ExclusionReason, Membership, Stage

from ..factories import join, make_reference, make_review, make_user
from .rows import PDF, include


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def people(review):
    """One person for each role, by its name; two reviewers."""
    roles = {
        role: join(review, make_user(f"known-{role}"), role) for role in Membership.Role.values[1:]
    }
    return roles | {
        "owner": review.created_by,
        "second": join(review, make_user("known-second"), "reviewer"),
        "stranger": make_user(),
    }


@pytest.fixture
def records(review):
    for _ in range(12):
        make_reference(review, abstract="Adults with pain. METHODS: A trial.")
    screening.open_title_abstract(references=review.references.all())
    return list(review.screenings.order_by("reference"))


@pytest.fixture
def reason(review):
    return ExclusionReason.objects.create(
        review=review, stage=Stage.FULL_TEXT, text="Wrong population", position=0
    )


@pytest.fixture
def report(records, people):
    """An obtained full text of the first record."""
    include(records[0], people["reviewer"], people["second"])
    report = records[0].reference.report
    upload = SimpleUploadedFile("paper.pdf", PDF)
    fulltext.attach(report=report, actor=people["reviewer"], upload=upload)
    report.refresh_from_db()
    return report
