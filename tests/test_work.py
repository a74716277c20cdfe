"""My work and the steps in the bar: what waits for whom, counted and in order."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from analysis import agenda, navigation, workload
from extraction import adjudication, appraisal_settling, appraise, extract, snapshots
from extraction.models import Opinion
from review import fulltext, screening
from review.access import seat_of
from review.models import Batch, DuplicatePair, Stage, StoredFile

from .factories import (
    join,
    make_batch,
    make_form,
    make_included,
    make_reference,
    make_review,
    make_study,
    make_user,
    open_screening,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review("Sleep")


@pytest.fixture
def people(review):
    roles = {"ann": "reviewer", "ben": "reviewer", "cat": "arbiter", "sam": "statistician"}
    return {name: join(review, make_user(name), role) for name, role in roles.items()}


def waits(person, review, **options):
    """``{what: how many}`` of the lanes of a person."""
    lanes = workload.waiting(seat_of(person, review), **options)
    return {f"{lane.verb}: {lane.title}": lane.count for lane in lanes}


def vote(row, verdict, *people):
    for person in people:
        screening.cast_vote(screening=row, reviewer=person, verdict=verdict, seconds=20)


def read(study, form, person, **given):
    """One person's submitted entry with ``n`` and what else is given."""
    entry = extract.begin(study=study, form=form, actor=person)
    for field, text in ({"n": "10"} | given).items():
        extract.save_cell(entry=entry, field=field, given=text)
    return extract.submit(entry=entry)


class TestLanes:
    def test_screening_counts_what_waits_for_this_person(self, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(4)]
        vote(rows[0], "include", people["ann"])
        assert waits(people["ann"], review) == {"Screen: titles and abstracts wait for you": 3}
        assert waits(people["ben"], review) == {"Screen: titles and abstracts wait for you": 4}
        (lane,) = workload.waiting(seat_of(people["ben"], review), detailed=True)
        assert lane.text == "1 of them needs only your second vote"
        assert waits(people["cat"], review) == {}

    def test_a_conflict_waits_for_the_third_person(self, review, people):
        row = open_screening(make_reference(review))
        vote(row, "include", people["ann"])
        vote(row, "exclude", people["ben"])
        settle = {"Settle: conflict to settle": 1}
        assert waits(people["cat"], review) == settle
        assert waits(review.created_by, review) == settle
        assert waits(people["ann"], review) == {}
        join(review, people["ben"], "arbiter")
        assert waits(people["ben"], review) == {}, "nobody settles what they voted on"

    def test_full_texts_are_found_and_then_read(self, review, people):
        row = open_screening(make_reference(review))
        vote(row, "include", people["ann"], people["ben"])
        assert waits(people["ann"], review) == {"Find: full text to find": 1}
        report = row.reference.report
        fulltext.move(report=report, actor=people["ann"], status="obtained", route="Library")
        assert waits(people["ann"], review) == {"Read: full text to decide": 1}
        vote(row.reference.screenings.get(stage=Stage.FULL_TEXT), "include", people["ann"])
        assert waits(people["ann"], review) == {}
        assert waits(people["ben"], review) == {"Read: full text to decide": 1}

    def test_extraction_goes_from_hand_to_hand(self, review, people):
        form, study = make_form(review), make_study(review)
        ann, ben, cat = people["ann"], people["ben"], people["cat"]
        assert waits(ann, review) == {"Extract: study to extract: Series": 1}
        read(study, form, ann)
        assert waits(ann, review) == {}
        read(study, form, ben, n="12")
        assert waits(ben, review) == {"Agree: value on which you two differ": 1}
        cell = study.records.get().cells.get(field="n")
        choices = Opinion.Choice
        adjudication.give_opinion(cell=cell, person=ann, choice=choices.ESCALATED)
        assert waits(ann, review) == {}
        assert waits(cat, review) == {"Decide: value for the third person": 1}
        adjudication.rule(cell=cell, arbiter=cat, choice=choices.FIRST)
        assert waits(cat, review) == {"Approve: study to approve": 1}
        adjudication.approve(record=study.records.get(), actor=cat)
        assert waits(cat, review) == {}

    def test_appraisals_wait_in_their_turn(self, review, people):
        study = make_study(review)
        tool = appraise.choose_instrument(review=review, actor=review.created_by, key="checklist12")
        appraise.plan(instrument=tool, studies=[study], actor=review.created_by)
        assert waits(people["ann"], review) == {"Appraise: study or result to appraise": 1}
        plan = study.assessments.get()
        for name, code in (("ann", "+"), ("ben", "-")):
            mine = appraise.begin(assessment=plan, appraiser=people[name])
            given = {str(item): appraise.Given(code if item == 1 else "+") for item in range(1, 13)}
            appraise.answer_all(appraisal=mine, mapping=given)
            appraise.submit(appraisal=mine)
        differ = {"Discuss: appraisal on which you two differ": 1}
        assert waits(people["ann"], review) == waits(people["ben"], review) == differ
        appraisal_settling.escalate(assessment=plan, person=people["ann"])
        assert waits(people["ann"], review) == {}
        assert waits(people["cat"], review) == {"Rule: appraisal for the third person": 1}

    def test_approved_data_wait_to_be_frozen_and_run(self, review, people):
        form, study, sam = make_form(review), make_study(review), people["sam"]
        for name in ("ann", "ben"):
            read(study, form, people[name])
        adjudication.approve(record=study.records.get(), actor=people["cat"])
        review.plans.create(title="Pain", spec={}, created_by=sam)
        assert waits(sam, review) == {"Freeze: approved study is in no snapshot yet": 1}
        snapshots.freeze(review=review, actor=sam)
        assert waits(sam, review) == {"Run: analysis has not read the newest data": 1}

    def test_files_pairs_and_reports_wait_for_whoever_comes_first(self, review, people):
        batch = make_batch(review, status=Batch.Status.PREVIEW)
        assert StoredFile.objects.get() == batch.file
        first, second = make_reference(review), make_reference(review)
        DuplicatePair.objects.create(
            review=review, first=first, second=second, reason="same DOI", score=1
        )
        make_included(review)
        expected = {
            "Look: search file waits for your word": 1,
            "Compare: pair may be the same paper": 1,
            "Name: included report is not a study yet": 1,
        }
        assert waits(people["ann"], review) == expected
        assert waits(review.created_by, review) == expected
        assert all(lane.shared for lane in workload.waiting(seat_of(people["ann"], review)))

    def test_all_lanes_cost_two_queries(self, review, people, django_assert_max_num_queries):
        for form in ("Series", "Trials"):
            make_form(review, name=form)
        for role in ("owner", "arbiter", "statistician"):
            join(review, people["ann"], role)
        seat = seat_of(people["ann"], review)
        with django_assert_max_num_queries(2):
            workload.waiting(seat, detailed=True)


class TestMyWork:
    def page(self, client, person):
        client.force_login(person)
        return client.get(reverse("my-work"))

    def test_signing_in_is_asked(self, client):
        assert client.get("/").status_code == 302

    def test_without_a_review_it_offers_to_begin_one(self, client):
        page = self.page(client, make_user()).content.decode()
        assert "No review yet" in page
        assert reverse("review-create") in page

    def test_each_lane_has_a_count_and_a_button(self, client, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(3)]
        vote(rows[0], "include", people["ann"])
        page = self.page(client, people["ben"]).content.decode()
        assert "3 things wait for you in one review" in page
        assert page.count('class="lane"') == 1
        assert f'href="{reverse("screening", args=[review.pk])}"' in page
        assert "1 of them needs only your second vote" in page

    def test_other_peoples_reviews_are_not_there(self, client, review, people):
        other = make_review("Not yours")
        open_screening(make_reference(other))
        assert b"Not yours" not in self.page(client, people["ann"]).content

    def test_nothing_waiting_says_where_to_look(self, client, review, people):
        page = self.page(client, people["sam"]).content.decode()
        assert "Nothing waits for you here" in page
        assert reverse("report", args=[review.pk]) in page

    def test_the_review_with_the_oldest_work_comes_first(self, people, review):
        newer = make_review("Newer")
        join(newer, people["ann"], "reviewer")
        open_screening(make_reference(review))
        open_screening(make_reference(newer))
        assert [one.review for one in agenda.of_person(people["ann"])] == [review, newer]
        Batch.objects.filter(review=newer).update(uploaded_at=timezone.now() - timedelta(days=12))
        found = agenda.of_person(people["ann"])
        assert [one.review for one in found] == [newer, review]
        assert "12 days" in found[0].items[0].text.replace("\xa0", " ").replace("1 week", "12 days")
        assert [item.key for one in found for item in one.items] == ["1", "2"]
        assert [item.primary for one in found for item in one.items] == [True, False]

    def test_a_pace_tells_how_long_it_takes(self, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(32)]
        for row in rows[:2]:
            vote(row, "include", people["ann"])
        (item,) = agenda.of_review(seat_of(people["ann"], review)).items
        assert "About 10 minutes at your pace" in item.text.replace("\xa0", " ")

    def test_a_page_costs_the_same_with_many_records(
        self, client, review, people, django_assert_max_num_queries
    ):
        for _ in range(30):
            open_screening(make_reference(review))
        client.force_login(people["ann"])
        with django_assert_max_num_queries(7):
            client.get(reverse("my-work"))


class TestSteps:
    def labels(self, person, review, path=""):
        return [step.label for step in navigation.steps(seat_of(person, review), path)]

    def test_each_role_sees_what_it_may_open(self, review, people):
        assert self.labels(people["sam"], review) == ["Home", "Appraise", "Analyse", "Report"]
        assert "Screen" in self.labels(people["ann"], review)
        assert "Conflicts" not in self.labels(people["ann"], review)
        assert "Conflicts" in self.labels(people["cat"], review)
        assert "Import" not in self.labels(people["cat"], review)
        assert "Import" in self.labels(review.created_by, review)

    def test_the_count_is_what_waits_for_this_person(self, review, people):
        row = open_screening(make_reference(review))
        steps = navigation.steps(seat_of(people["ann"], review), "")
        assert [step.count for step in steps if step.label == "Screen"] == [1]
        vote(row, "include", people["ann"])
        steps = navigation.steps(seat_of(people["ann"], review), "")
        assert {step.count for step in steps} == {None}

    @pytest.mark.parametrize(
        ("name", "label"),
        [
            ("review-home", "Home"),
            ("protocol", "Home"),
            ("duplicates", "Import"),
            ("fulltexts", "Full text"),
            ("extraction-forms", "Extract"),
            ("snapshots", "Analyse"),
            ("exports", "Report"),
        ],
    )
    def test_a_page_knows_its_step(self, review, name, label):
        seat = seat_of(review.created_by, review)
        steps = navigation.steps(seat, reverse(name, args=[review.pk]))
        assert [step.label for step in steps if step.current] == [label]

    def test_a_partial_asks_for_no_steps(self, client, review, people):
        client.force_login(people["ann"])
        page = client.get(reverse("references", args=[review.pk]))
        assert page.context["nav"]
        partial = client.get(
            reverse("references", args=[review.pk]), headers={"hx-request": "true"}
        )
        assert "nav" not in partial.context

    def test_pages_outside_a_review_have_none(self, client, people):
        client.force_login(people["ann"])
        assert "nav" not in client.get(reverse("my-work")).context


def test_a_new_review_tells_its_lead_how_to_begin(review):
    lead = review.created_by
    assert waits(lead, review) == {
        "Add: first search to record": 1,
        "Invite: team to invite": 1,
    }
    review.searches.create(source="MEDLINE", kind="database", searched_on="2018-10-01")
    join(review, make_user(), "reviewer")
    assert waits(lead, review) == {"Import: first file to import": 1}
    make_reference(review)
    assert waits(lead, review) == {}
