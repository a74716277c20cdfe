"""The form builder: drafts change step by step, published versions never."""

import pytest

from extraction import checks, formbuilder, schema
from extraction.formsteps import BadStep
from review.ledger import verify
from review.models import Event, IllegalMove

from .factories import SCHEMA, make_form, make_review, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make_user("lead")


@pytest.fixture
def draft(lead):
    form = formbuilder.create(review=make_review(owner=lead), actor=lead, name="Series")
    return form.versions.get()


def take(draft, lead, step, **what):
    return formbuilder.edit(version=draft, actor=lead, step=step, **what)


def number(key):
    return {"key": key, "label": key.title(), "kind": "integer", "level": "study"}


def built(draft, lead):
    """A draft of two sections: a, b and c in the first, none in the second."""
    for title in ("One", "Two"):
        take(draft, lead, "add_section", title=title)
    for key in "abc":
        draft = take(draft, lead, "add_field", section=0, field=number(key))
    return draft


def order(version):
    return ["".join(f["key"] for f in s["fields"]) for s in version.schema["sections"]]


def test_a_form_grows_and_is_put_in_order(draft, lead):
    draft = built(draft, lead)
    assert order(draft) == ["abc", ""]
    assert order(take(draft, lead, "move_field", field_key="c", by=-1)) == ["acb", ""]
    assert order(take(draft, lead, "move_field", field_key="b", by=1)) == ["ac", "b"]
    assert order(take(draft, lead, "move_field", field_key="b", by=-1)) == ["acb", ""]
    assert order(take(draft, lead, "move_field", field_key="a", by=-1)) == ["acb", ""]
    assert order(take(draft, lead, "move_section", section=1, by=-1)) == ["", "acb"]
    take(draft, lead, "rename_section", section=0, title="New")
    draft = take(draft, lead, "remove_section", section=0)
    assert [section["title"] for section in draft.schema["sections"]] == ["One"]
    changed = number("zzz") | {"label": "Age", "required": True}
    draft = take(draft, lead, "change_field", field_key="c", section=0, field=changed)
    assert schema.fields(draft.schema)["c"]["label"] == "Age", "the key stays as it was"
    assert order(take(draft, lead, "remove_field", field_key="a")) == ["cb"]


def test_steps_that_cannot_be_taken_say_why(draft, lead):
    draft = built(draft, lead)
    take(draft, lead, "add_check", check={"rule": "sum", "of": ["a", "b"], "equals": "c"})
    for step, what, words in (
        ("add_field", {"section": 0, "field": number("a")}, "already"),
        ("remove_field", {"field_key": "a"}, "parts add up"),
        ("remove_section", {"section": 0}, "still has fields"),
        ("remove_section", {"section": 7}, "no longer there"),
        ("move_field", {"field_key": "x", "by": 1}, "no longer there"),
        ("add_check", {"check": {"rule": "sum", "of": ["a", "b"], "equals": "c"}}, "already"),
        ("add_check", {"check": {"rule": "zero_sd", "field": "a"}}, "mean with sd"),
        ("remove_check", {"check": 1}, "no longer there"),
    ):
        with pytest.raises(BadStep, match=words):
            take(draft, lead, step, **what)
    draft = take(draft, lead, "remove_check", check=0)
    assert draft.schema["checks"] == []


def test_a_repeated_request_counts_once(draft, lead):
    for _ in range(2):
        draft = take(draft, lead, "add_section", title="One", key="k1")
    assert len(draft.schema["sections"]) == 1


def test_publishing_needs_a_sound_form(draft, lead):
    with pytest.raises(IllegalMove, match="asks nothing"):
        formbuilder.publish(version=draft, actor=lead)
    draft = built(draft, lead)
    published = formbuilder.publish(version=draft, actor=lead)
    assert published.form.published == published
    with pytest.raises(IllegalMove, match="Published"):
        formbuilder.publish(version=draft, actor=lead)
    with pytest.raises(IllegalMove, match="never changes"):
        take(draft, lead, "add_section", title="Late")


def test_the_next_version_starts_from_the_published_one(lead):
    form = make_form(make_review(owner=lead))
    draft = formbuilder.new_version(form=form, actor=lead)
    assert (draft.number, draft.schema) == (2, SCHEMA)
    with pytest.raises(IllegalMove, match="draft already"):
        formbuilder.new_version(form=form, actor=lead)
    take(draft, lead, "add_section", title="More")
    assert form.published.number == 1
    assert form.published.schema == SCHEMA


def test_names_are_not_used_twice(draft, lead):
    with pytest.raises(IllegalMove, match="another name"):
        formbuilder.create(review=draft.form.review, actor=lead, name="Series")


def test_every_step_is_in_the_ledger(draft, lead):
    draft = formbuilder.publish(version=built(draft, lead), actor=lead)
    events = Event.objects.filter(subject=f"form:{draft.form_id}")
    assert [event.action for event in events] == [
        "form.create",
        *["form.edit"] * 5,
        "form.publish",
    ]
    assert not verify(draft.form.review)


@pytest.mark.parametrize("starter", formbuilder.STARTERS)
def test_the_ready_made_forms_are_sound(starter):
    form = formbuilder.STARTERS[starter]["schema"]
    assert formbuilder.problems(form) == []
    assert form["checks"] and not checks.problems(form)
