"""Agreement of the extractors, told to each person as far as they may know."""

import pytest

from extraction import adjudication

from .room import as_user, differing, member, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(record, ben, cleo):
    adjudication.give_opinion(cell=differing(record), person=ben, choice="first")
    return adjudication.approve(record=record, actor=cleo)


def seen(review, person, name="extraction-agreement"):
    return as_user(person).get(url(review, name)).content.decode()


def test_the_field_that_causes_trouble_is_named(review, lead, record, cleo):
    for person in (lead, cleo):
        page = seen(review, person)
        assert "Most trouble: <b>Men</b>, where 1 of 1 cells differed" in page
        assert "Augusta" not in page and "Benjamin" not in page


def test_others_wait_until_it_is_approved(review, record):
    for name, role in (("kim", "reviewer"), ("eva", "observer")):
        page = seen(review, member(review, name, role))
        assert "0 studies" in page and "Men" not in page


def test_accuracy_by_person(review, lead, ada, approved):
    page = seen(review, lead)
    assert "Augusta" in page and "Benjamin" in page
    own = seen(review, ada)
    assert "Augusta" in own and "Benjamin" not in own.split('id="people"')[1]
    kim = seen(review, member(review, "kim", "reviewer")).split('id="people"')[1]
    assert "Augusta" not in kim and "Benjamin" not in kim


def test_as_csv(review, lead, approved):
    text = seen(review, lead, "extraction-agreement-csv")
    lines = text.splitlines()
    assert lines[0] == "\ufeffAgreement by field"
    assert lines[1].startswith("Field,Cells,Differed")
    assert any(line.startswith("Men,1,1,0% (0% to 79%)") for line in lines)


@pytest.mark.parametrize("sort", ["field", "-n", "same", "errors", "-ruled", "neither"])
def test_every_column_sorts(review, lead, approved, sort):
    answer = as_user(lead).get(url(review, "extraction-agreement") + f"?sort={sort}")
    assert answer.status_code == 200
    assert "Patients" in answer.content.decode()


def test_few_queries(review, lead, approved, django_assert_max_num_queries):
    client = as_user(lead)
    with django_assert_max_num_queries(30):
        client.get(url(review, "extraction-agreement"))
