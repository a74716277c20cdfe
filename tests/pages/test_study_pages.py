"""Studies: taking up reports, and what each person is told of them."""

import pytest

from extraction import adjudication, extract, formbuilder, lanes, standing, studies
from extraction.models import Record, Study
from review.access import seat_of

from ..factories import make_included, make_study
from .room import as_user, differing, fill, url

pytestmark = pytest.mark.django_db


def test_reports_become_studies(review, ada, form):
    report = make_included(review, title="A paper <b>in bold</b>")
    client = as_user(ada)
    page = client.get(url(review, "studies")).content.decode()
    assert "A paper &lt;b&gt;in bold&lt;/b&gt;" in page
    client.post(url(review, "study-adopt", report.pk))
    assert Study.objects.get().reports.get().report == report


def test_all_at_once_and_joined_to_another(review, ada, study, form):
    client, extra = as_user(ada), make_included(review)
    client.post(url(review, "study-adopt", extra.pk), {"study": study.pk})
    assert study.reports.count() == 2
    for _ in range(2):
        make_included(review)
    client.post(url(review, "study-adopt-all"))
    assert Study.objects.count() == 3


def test_a_source_outside_the_flow(review, lead):
    asked = {"label": "Old table", "citation": "Smith 1990, table 3"}
    answer = as_user(lead).post(url(review, "study-add-source"), asked)
    page = as_user(lead).get(answer.url).content.decode()
    assert "never counted in the flow" in page


def test_the_list_says_what_is_mine_to_do(review, ada, ben, form, study, entry):
    def row(user):
        return as_user(user).get(url(review, "studies")).content.decode()

    assert "You are entering it" in row(ada)
    assert "Needs a second extractor" in row(ben)
    second = extract.begin(study=study, form=form, actor=ben)
    assert "Being extracted" in row(review.created_by)
    assert "You are entering it" in row(ada)
    fill(second)
    assert "You have submitted" in row(ben)
    assert "You are entering it" in row(ada)


def test_a_form_for_sources_is_not_asked_of_papers(review, ada, study):
    asked = formbuilder.create(
        review=review, actor=ada, name="Tables", scope="sources",
        schema={"sections": [{"title": "S", "fields": [
            {"key": "x", "label": "X", "kind": "text", "level": "study"}]}]},
    )  # fmt: skip
    formbuilder.publish(version=asked.versions.get(), actor=ada)
    seat = seat_of(ada, review)
    waiting = lanes.mine_to_extract(review, asked, ada)
    assert (waiting.count(), standing.of_study(study, seat)) == (0, [])
    source = studies.add_source(review=review, actor=ada, label="T", citation="T")
    assert waiting.get() == source
    assert [f for f, _ in standing.of_study(source, seat)] == [asked]


@pytest.mark.parametrize("name", ["studies", "consensus", "snapshots", "extraction-forms"])
def test_lists_cost_the_same_for_many_rows(
    name, review, ada, ben, form, django_assert_max_num_queries
):
    for _ in range(12):
        study = make_study(review)
        for person in (ada, ben):
            fill(extract.begin(study=study, form=form, actor=person))
    client = as_user(ada)
    with django_assert_max_num_queries(15):
        assert client.get(url(review, name)).status_code == 200


def test_lanes_count_what_waits(review, ada, ben, cleo, study, form):
    def count(user):
        seat = seat_of(user, review)
        counts = (lanes.to_compare, lanes.to_settle, lanes.to_approve)
        return [
            lanes.mine_to_extract(review, form, user).count(),
            *(lane(review, seat) for lane in counts),
        ]

    assert count(ada) == [1, 0, 0, 0]
    for person, male in ((ada, "6"), (ben, "5")):
        fill(extract.begin(study=study, form=form, actor=person), male=male)
    assert (count(ada), count(cleo)) == ([0, 1, 0, 0], [0, 0, 0, 0])
    record = Record.objects.get()
    adjudication.give_opinion(cell=differing(record), person=ada, choice="escalated")
    assert (count(ada), count(cleo)) == ([0, 0, 0, 0], [0, 0, 1, 0])
    adjudication.rule(cell=differing(record), arbiter=cleo, choice="first")
    assert count(cleo) == [0, 0, 0, 1]
