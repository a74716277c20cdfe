"""A review with a lead, two extractors, a third person, one study and one form."""

import pytest

from extraction import extract
from extraction.models import Record

from ..factories import make_form, make_review, make_study, make_user
from .room import fill, member


@pytest.fixture
def lead():
    return make_user("lead", first_name="Ines")


@pytest.fixture
def review(lead):
    return make_review(owner=lead)


@pytest.fixture
def ada(review):
    return member(review, "ada", "reviewer", first_name="Augusta", last_name="Lovelace")


@pytest.fixture
def ben(review):
    return member(review, "ben", "reviewer", first_name="Benjamin", last_name="Franklin")


@pytest.fixture
def cleo(review):
    return member(review, "cleo", "arbiter", first_name="Cleopatra")


@pytest.fixture
def study(review):
    return make_study(review, "Study 2001")


@pytest.fixture
def form(review):
    return make_form(review)


@pytest.fixture
def entry(study, form, ada):
    return extract.begin(study=study, form=form, actor=ada)


@pytest.fixture
def record(study, form, ada, ben):
    """They differ on the men: 6 and 5."""
    for person, male in ((ada, "6"), (ben, "5")):
        fill(extract.begin(study=study, form=form, actor=person), male=male)
    return Record.objects.get()
