"""Plain functions that make rows for tests, through the doors where one exists."""

import itertools

from review import screening
from review.models import Batch, Membership, Reference, Review, Search, Stage, StoredFile, User

counter = itertools.count(1)
PASSWORD = "correct horse"


def make_user(name=None, **fields):
    """A person with a login; the password is ``PASSWORD``."""
    name = name or f"person{next(counter)}"
    return User.objects.create_user(name, f"{name}@example.org", PASSWORD, **fields)


def make_review(title="A review", *, owner=None, **fields):
    """A review with an owner and nobody else."""
    owner = owner or make_user()
    review = Review.objects.create(title=title, created_by=owner, **fields)
    join(review, owner, "owner")
    return review


def join(review, user, *roles):
    """Give a person roles in a review; returns the person."""
    for role in roles:
        Membership.objects.create(review=review, user=user, role=role)
    return user


def make_batch(review, **fields):
    """An accepted batch of one database search."""
    search = Search.objects.create(
        review=review, source="MEDLINE", kind="database", searched_on="2018-10-01"
    )
    stored = StoredFile.objects.create(
        review=review,
        sha256=f"{next(counter):064d}",
        name="search.ris",
        kind="references",
        size=1,
        uploaded_by=review.created_by,
    )
    fields = {"status": Batch.Status.ACCEPTED, "expected": 0, "parsed": 0} | fields
    return Batch.objects.create(
        review=review, search=search, file=stored, format="ris", uploaded_by=review.created_by,
        **fields,
    )  # fmt: skip


def make_reference(review, *, batch=None, **fields):
    """One reference of an accepted batch, not yet in any screening stage."""
    batch = batch or review.batches.first() or make_batch(review)
    number = review.references.count() + 1
    fields = {"title": f"Paper {number}", "authors": ["Doe, J"], "year": 2000, "raw": ""} | fields
    return Reference.objects.create(review=review, batch=batch, number=number, line=1, **fields)


def open_screening(reference):
    """Put one reference into title and abstract screening; returns its ``Screening``."""
    screening.open_title_abstract(references=Reference.objects.filter(pk=reference.pk))
    return reference.screenings.get(stage=Stage.TITLE_ABSTRACT)
