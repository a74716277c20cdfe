"""Plain functions that make rows for tests, through the doors where one exists."""

import itertools

from extraction import formbuilder, studies
from extraction.participants import entering
from review import screening
from review.models import (
    Batch,
    Membership,
    Reference,
    Report,
    Review,
    Screening,
    Search,
    Stage,
    StoredFile,
    User,
)

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


def make_included(review, **fields):
    """A report that is included at full text, as screening would leave it."""
    reference = make_reference(review, **fields)
    for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT):
        Screening.objects.create(
            review=review, reference=reference, stage=stage, status=Screening.Status.INCLUDED
        )
    return Report.objects.create(review=review, reference=reference, status=Report.Status.OBTAINED)


def make_study(review, label=None):
    """A study of one included report."""
    study = studies.adopt(report=make_included(review), actor=review.created_by)
    return studies.rename(study=study, actor=review.created_by, label=label or study.label)


SCHEMA = {
    "sections": [
        {
            "title": "Study",
            "fields": [
                {"key": "n", "label": "Patients", "kind": "integer", "level": "study",
                 "required": True},
                {"key": "male", "label": "Men", "kind": "integer", "level": "study"},
                {"key": "female", "label": "Women", "kind": "integer", "level": "study"},
                {"key": "vas", "label": "Pain", "kind": "mean_sd", "level": "study",
                 "soft_min": "0", "soft_max": "10"},
                {"key": "treated", "label": "Treated", "kind": "integer", "level": "arm"},
                {"key": "score", "label": "Score", "kind": "mean_sd", "level": "outcome",
                 "by_arm": True},
            ],
        }
    ],
    "checks": [{"rule": "sum", "of": ["male", "female"], "equals": "n"}],
}  # fmt: skip


PATIENTS = {
    "sections": [
        {
            "title": "Participants",
            "fields": [
                {"key": key, "label": label, "kind": kind, "level": "participant"} | more
                for key, label, kind, more in (
                    ("age", "Age", "decimal", {"unit": "years", "min": "0", "soft_max": "100"}),
                    ("sex", "Sex", "choice", {"options": [
                        {"code": "male", "label": "Male"}, {"code": "female", "label": "Female"}]}),
                    ("duration", "Duration of pain", "decimal", {"unit": "years"}),
                    ("relief", "Pain relief", "percent", {"soft_min": "0", "soft_max": "100"}),
                    ("note", "Note", "text", {}),
                )
            ],
        }
    ],
}  # fmt: skip


def make_participants(study, form, person, rows, **fields):
    """A participant table in draft; ``rows`` are ``(key, {field: text})``."""
    fields = {"way": "typed", "source": "Table 2"} | fields
    table = entering.begin(study=study, form=form, actor=person, **fields)
    entering.save_rows(table=table, typed=[(None, key, texts) for key, texts in rows])
    table.refresh_from_db()
    return table


def make_form(review, schema=SCHEMA, name="Series"):
    """A published extraction form."""
    actor = review.created_by
    form = formbuilder.create(review=review, actor=actor, name=name, schema=schema)
    formbuilder.publish(version=form.versions.get(), actor=actor)
    return form
