"""The pages between two versions of a form: what is touched, the mapping, moving, what was kept."""

import pytest

from extraction import adjudication, extract, formbuilder
from extraction.models import Entry, Former, FormVersion, Record

from ..factories import join, make_form, make_review, make_study, make_user
from ..test_revisions import WARD, changed, enter
from .room import as_user, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def people(review):
    names, roles = ("ada", "ben", "cleo"), ("reviewer", "reviewer", "arbiter")
    return [join(review, make_user(name), role) for name, role in zip(names, roles, strict=True)]


@pytest.fixture
def form(review):
    return make_form(review)


@pytest.fixture
def draft(review, form):
    """A second version that renames the men, drops the women and asks for the ward."""
    men = {"key": "men", "label": "Males", "kind": "integer", "level": "study"}
    made = formbuilder.new_version(form=form, actor=review.created_by)
    made.schema = changed(drop=["male", "female"], add=[men, WARD])
    made.save(update_fields=["schema"])
    return made


def test_a_lead_sees_what_is_touched_before_publishing(review, form, draft, people):
    study = make_study(review, "Doe 2001")
    enter(study, form, people[0], n="73914", male="6", female="73908")
    address = url(review, "extraction-form-publish", draft.pk)
    page = as_user(review.created_by).get(address).content.decode()
    assert "Doe 2001" in page and "being extracted" in page
    assert "Ward" in page and "removed; its answers are kept in history" in page
    assert "73914" not in page, "how much of an entry is filled is nobody else's yet"
    looked = as_user(review.created_by).get(address, {"male": "men"}).content.decode()
    assert "key, which was male" in looked


def test_two_old_fields_do_not_become_one(review, draft):
    address = url(review, "extraction-form-publish", draft.pk)
    page = as_user(review.created_by).get(address, {"male": "men", "female": "men"})
    assert page.status_code == 422
    assert "cannot become the same" in page.content.decode()


def test_publishing_with_a_mapping_then_moving_a_study(review, form, draft, people):
    ada, ben, cleo = people
    study = make_study(review, "Doe 2001")
    enter(study, form, ada, n="14", male="6", female="8")
    enter(study, form, ben, n="14", male="6", female="8")
    record = adjudication.approve(record=Record.objects.get(), actor=cleo)
    lead = as_user(review.created_by)
    published = lead.post(
        url(review, "extraction-form-publish", draft.pk) + "?male=men", {"again": ["ward"]}
    )
    assert published.url == url(review, "extraction-form-behind", form.pk)
    version = FormVersion.objects.get(pk=draft.pk)
    assert version.mapping == {"renamed": {"male": "men"}, "codes": {}, "again": ["ward"]}
    page = lead.get(published.url).content.decode()
    assert "Ward (1 cell)" in page and "approval is taken back" in page

    lead.post(published.url, {"study": [study.pk, "x"]})
    record.refresh_from_db()
    assert record.status == Record.Status.COMPARING
    assert "newest version" in lead.get(published.url).content.decode()
    again = as_user(ada).get(url(review, "entry", Entry.objects.get(extractor=ada).pk))
    assert "asks some fields again" in again.content.decode()
    listed = as_user(ada).get(url(review, "studies")).content.decode()
    assert "Read again" in listed
    history = as_user(ada).get(url(review, "record-former", record.pk)).content.decode()
    assert "Women" in history


def test_ones_own_history_is_nobody_elses(review, form, draft, people):
    study = make_study(review)
    entry = enter(study, form, people[0], submit=False, n="14", female="8")
    lead = as_user(review.created_by)
    lead.post(url(review, "extraction-form-publish", draft.pk), {"again": []})
    lead.post(url(review, "extraction-form-behind", form.pk), {"study": study.pk})
    assert Former.objects.get().shown == "8"
    address = url(review, "entry-former", entry.pk)
    assert "ada female" in as_user(people[0]).get(address).content.decode()
    assert as_user(people[1]).get(address).status_code == 404
    page = as_user(people[0]).get(url(review, "entry", entry.pk)).content.decode()
    assert address in page


def test_the_history_of_a_record_waits_like_the_record(review, form, draft, people):
    ada, ben, _ = people
    study = make_study(review)
    enter(study, form, ada, n="14", female="8")
    enter(study, form, ben, n="14", female="9")
    record = Record.objects.get()
    lead = as_user(review.created_by)
    lead.post(url(review, "extraction-form-publish", draft.pk), {"again": []})
    lead.post(url(review, "extraction-form-behind", form.pk), {"study": study.pk})
    observer = join(review, make_user("otto"), "observer")
    address = url(review, "record-former", record.pk)
    assert "Women" not in as_user(observer).get(address).content.decode()
    assert "Women" in as_user(ada).get(address).content.decode()


def test_a_cell_that_is_not_asked_again_cannot_be_typed_in(review, form, draft, people):
    ada, ben, _ = people
    study = make_study(review)
    for person in (ada, ben):
        enter(study, form, person, n="14")
    lead = as_user(review.created_by)
    lead.post(url(review, "extraction-form-publish", draft.pk), {"again": ["ward"]})
    lead.post(url(review, "extraction-form-behind", form.pk), {"study": study.pk})
    entry = Entry.objects.get(extractor=ada)
    page = as_user(ada).get(url(review, "entry", entry.pk)).content.decode()
    assert 'name="ward||"' in page and 'name="n||"' not in page
    refused = as_user(ada).post(
        url(review, "entry-save", entry.pk), {"path": "n||", "given": "15", "state": "value"}
    )
    assert refused.status_code == 409
    extract.save_cell(entry=entry, field="ward", given="a")
