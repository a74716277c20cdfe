"""Building and publishing forms in the browser."""

import pytest

from extraction import formbuilder
from extraction.models import Form

from .room import as_user, url

pytestmark = pytest.mark.django_db


def test_a_lead_builds_and_publishes_a_form(review, lead):
    client = as_user(lead)
    made = client.post(
        url(review, "extraction-form-new"), {"name": "Mine", "scope": "every", "starter": ""}
    )
    draft = Form.objects.get().versions.get()
    assert made.url == url(review, "extraction-form-draft", draft.pk)
    client.post(url(review, "section-add", draft.pk), {"title": "Patients"})
    asked = {"label": "Size of the group", "section": 0, "kind": "integer", "level": "study",
             "min": "0"}  # fmt: skip
    assert client.post(url(review, "field-add", draft.pk, 0), asked).status_code == 302
    page = client.get(url(review, "extraction-form-draft", draft.pk)).content.decode()
    assert "Size of the group" in page and "size_of_the_group" in page
    client.post(url(review, "extraction-form-publish", draft.pk))
    assert Form.objects.get().published == draft


def test_a_faulty_field_is_refused_where_it_was_typed(review, lead, form):
    draft = formbuilder.new_version(form=form, actor=lead)
    asked = {"label": "Design", "section": 0, "kind": "choice", "level": "study",
             "options": "RCT"}  # fmt: skip
    answer = as_user(lead).post(url(review, "field-add", draft.pk, 0), asked)
    assert answer.status_code == 422
    assert "two answers or more" in answer.content.decode()


def test_a_step_that_cannot_be_taken_is_said_on_the_page(review, lead, form):
    draft = formbuilder.new_version(form=form, actor=lead)
    answer = as_user(lead).post(url(review, "field-remove", draft.pk, "male"))
    assert answer.status_code == 422
    assert "parts add up" in answer.content.decode()


def test_a_check_is_declared_from_its_own_form(review, lead, form):
    draft = formbuilder.new_version(form=form, actor=lead)
    client = as_user(lead)
    address = url(review, "check-add", draft.pk, "at_most")
    assert "Men" in client.get(address).content.decode()
    client.post(address, {"field": "male", "limit": "n"})
    draft.refresh_from_db()
    assert {"rule": "at_most", "field": "male", "limit": "n"} in draft.schema["checks"]


def test_only_a_lead_builds(review, ada, form):
    draft = formbuilder.new_version(form=form, actor=review.created_by)
    assert as_user(ada).get(url(review, "extraction-form-draft", draft.pk)).status_code == 403
