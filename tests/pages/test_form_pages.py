"""Building and publishing forms in the browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from extraction import formbuilder, schema
from extraction.models import Form

from ..factories import make_review
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


def exported(review, lead, form, kind):
    address = url(review, "extraction-form-file", form.published.pk, kind)
    return as_user(lead).get(address)


@pytest.mark.parametrize("kind", ["json", "xlsx"])
def test_an_exported_form_is_imported_into_another_review(review, lead, form, kind):
    answer = exported(review, lead, form, kind)
    assert answer["Content-Disposition"].endswith(f'.{kind}"')
    other = make_review(owner=lead)
    upload = SimpleUploadedFile(f"form.{kind}", answer.content)
    made = as_user(lead).post(
        url(other, "extraction-form-new"), {"scope": "every", "starter": "", "file": upload}
    )
    copy = other.extraction_forms.get()
    assert made.url == url(other, "extraction-form-draft", copy.versions.get().pk)
    assert (copy.name, copy.versions.get().schema) == (form.name, form.published.schema)


def test_a_file_with_a_fault_is_refused_with_its_place(review, lead):
    content = b'{"schema": {"sections": [{"title": "A", "fields": [{"key": "a"}]}]}}'
    sent = {"name": "F", "scope": "every", "file": SimpleUploadedFile("form.json", content)}
    answer = as_user(lead).post(url(review, "extraction-form-new"), sent)
    assert answer.status_code == 422
    assert "Section 1, field 1: it has no label" in answer.content.decode()
    assert not review.extraction_forms.exists()


def test_a_form_is_copied_from_a_review_one_belongs_to_and_no_other(review, lead, form):
    other = make_review(owner=lead)
    sent = {"name": "", "scope": "every", "starter": str(form.published.pk)}
    as_user(lead).post(url(other, "extraction-form-new"), sent)
    assert other.extraction_forms.get().versions.get().schema == form.published.schema
    stranger = make_review()
    page = as_user(stranger.created_by)
    assert form.name not in page.get(url(stranger, "extraction-form-new")).content.decode()
    assert page.post(url(stranger, "extraction-form-new"), sent).status_code == 422


def test_the_manual_tells_each_field(review, form, ada):
    page = as_user(ada).get(url(review, "extraction-form-manual", form.published.pk))
    assert "Mean with SD" in page.content.decode()


def test_a_variable_is_computed_in_the_browser(review, lead, form):
    draft = formbuilder.new_version(form=form, actor=lead)
    client = as_user(lead)
    sent = {"label": "Share of men", "first": "male", "second": "n"}
    answer = client.post(url(review, "variable-add", draft.pk, "percent_of"), sent)
    assert answer.status_code == 302
    page = client.get(url(review, "extraction-form-draft", draft.pk)).content.decode()
    assert "100 × Men / Patients" in page
    bands = {"label": "Size", "field": "treated", "bands": "10 = large\nbelow = small"}
    client.post(url(review, "variable-add", draft.pk, "bands"), bands)
    known = client.get(url(review, "variable-change", draft.pk, "size")).content.decode()
    assert "below = small" in known
    refused = client.post(
        url(review, "variable-add", draft.pk, "bands"), bands | {"bands": "a = b"}
    )
    assert refused.status_code == 422
    kept = client.post(url(review, "field-remove", draft.pk, "treated"))
    assert kept.status_code == 422 and "computed from this" in kept.content.decode()
    client.post(url(review, "variable-remove", draft.pk, "share_of_men"))
    draft.refresh_from_db()
    assert [one["key"] for one in draft.schema["derived"]] == ["size"]


def test_conditions_terms_and_columns_are_built_in_the_browser(review, lead, form):
    draft = formbuilder.new_version(form=form, actor=lead)
    client = as_user(lead)

    def add(**typed):
        sent = {"section": 0, "level": "study"} | typed
        return client.post(url(review, "field-add", draft.pk, 0), sent)

    add(label="Design", kind="choice", options="rct = RCT\ncohort = Cohort")
    add(label="Random", kind="text", shown_when=["design:rct"], required_when=["design:rct"])
    add(label="Cause", kind="vocabulary", terms="Stroke\nTrauma", open="on")
    add(label="Drugs", kind="table", columns="Name\nmg = Dose", manual="As printed.")
    draft.refresh_from_db()
    made = schema.fields(draft.schema)
    assert made["random"]["shown_when"] == {"field": "design", "is": ["rct"]}
    assert (made["cause"]["terms"], made["cause"]["open"]) == (["Stroke", "Trauma"], True)
    assert made["drugs"]["columns"] == [
        {"key": "name", "label": "Name"}, {"key": "mg", "label": "Dose"}
    ]  # fmt: skip
    assert made["drugs"]["manual"] == "As printed."
    page = client.get(url(review, "field-change", draft.pk, "random")).content.decode()
    assert 'value="design:rct" selected' in page
