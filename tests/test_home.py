"""A review at a glance: true counts, what is next, what is new, and nothing that is not known."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from analysis import audit, flowchart, home
from review import dedup, fulltext, screening
from review.access import seat_of
from review.models import Event, Job, Stage

from .factories import (
    join,
    make_reference,
    make_review,
    make_study,
    make_user,
    open_screening,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review("Sleep", owner=make_user(first_name="Ines", last_name="Rautio"))


@pytest.fixture
def people(review):
    names = {"ann": "reviewer", "ben": "reviewer", "cat": "arbiter"}
    names |= {"sam": "statistician", "eve": "observer"}
    return {
        name: join(review, make_user(name, first_name=name.capitalize(), last_name="Lee"), role)
        for name, role in names.items()
    }


def vote(row, verdict, *people, **more):
    for person in people:
        screening.cast_vote(screening=row, reviewer=person, verdict=verdict, **more)


def page(client, person, review):
    client.force_login(person)
    response = client.get(reverse("review-home", args=[review.pk]))
    assert response.status_code == 200
    return response.content.decode()


class TestPipeline:
    def parts(self, review, person=None):
        seat = seat_of(person or review.created_by, review)
        found, _ = flowchart.counts(review)
        return {part.label: part for part in home.pipeline(seat, found)}

    def test_an_empty_review_begins_at_the_search(self, review):
        found = self.parts(review)
        assert [label for label, part in found.items() if part.current] == ["Search"]
        assert {part.count for part in found.values()} == {0}
        assert {part.state for part in found.values()} == {"todo"}

    def test_screening_tells_what_is_left_and_what_blocks(self, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(4)]
        vote(rows[0], "exclude", people["ann"], people["ben"])
        vote(rows[1], "include", people["ann"])
        vote(rows[1], "exclude", people["ben"])
        part = self.parts(review)["Screen"]
        assert (part.count, part.done, part.total) == (3, 1, 4)
        assert (part.state, part.word) == ("ask", "1 conflict waits")
        screening.rule(screening=rows[1], arbiter=people["cat"], verdict="exclude")
        assert self.parts(review)["Screen"].word == "at work"
        for row in rows[2:]:
            vote(row, "exclude", people["ann"], people["ben"])
        assert self.parts(review)["Screen"].state == "done"

    def test_full_text_tells_what_cannot_be_had(self, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(3)]
        for row in rows:
            vote(row, "include", people["ann"], people["ben"])
        report = rows[0].reference.report
        fulltext.move(report=report, actor=people["ann"], status="not_retrievable")
        part = self.parts(review)["Full text"]
        assert (part.count, part.total) == (2, 3)
        assert part.notes == ("1 of 3 decided", "2 to find", "1 not retrievable")

    def test_duplicates_and_studies_are_counted(self, review):
        first, second = make_reference(review), make_reference(review)
        pair = review.duplicate_pairs.create(first=first, second=second, reason="DOI", score=1)
        assert self.parts(review)["Deduplicate"].word == "1 pair to compare"
        dedup.merge(pair=pair, actor=review.created_by)
        Job.objects.create(
            review=review, kind=dedup.JOB, status="done", started_by=review.created_by
        )
        part = self.parts(review)["Deduplicate"]
        assert (part.count, part.notes, part.state) == (1, ("1 removed",), "done")
        make_study(review)
        assert self.parts(review)["Extract"].notes == ("0 of 1 study approved",)

    def test_steps_lead_where_their_reader_may_go(self, review, people):
        linked = {label for label, part in self.parts(review, people["sam"]).items() if part.url}
        assert linked == {"Appraise", "Analyse"}
        assert all(part.url for part in self.parts(review).values())


class TestPeople:
    def test_it_tells_how_much_is_open_and_how_long_it_takes(self, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(12)]
        for row in rows[:2]:
            vote(row, "include", people["ann"], seconds=30)
        found = {one.user: one for one in home.people(review)}
        assert found.keys() == {people["ann"], people["ben"]}
        ann = found[people["ann"]]
        assert (ann.open, ann.seconds) == ("10 to screen", 30)
        assert ann.left.replace("\xa0", " ") == "about 5 minutes"
        assert found[people["ben"]].left == ""

    def test_it_is_for_whoever_steers_the_review(self, client, review, people):
        open_screening(make_reference(review))
        for person in (review.created_by, people["eve"]):
            assert "Who has what open" in page(client, person, review)
        for name in ("ann", "cat", "sam"):
            assert "Who has what open" not in page(client, people[name], review)


class TestAgreement:
    def test_first_votes_are_compared_once_both_are_in(self, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(4)]
        for row, verdicts in zip(rows, ("ii", "ee", "ie"), strict=False):
            for name, said in zip(("ann", "ben"), verdicts, strict=True):
                vote(row, {"i": "include", "e": "exclude"}[said], people[name])
        (drawn, stat), _ = home.agreement(review)
        assert stat["value"] == "0.40"
        assert stat["note"].endswith("3 records")
        assert drawn.value == pytest.approx(0.4)

    def test_before_any_it_says_why_there_is_none(self, review):
        drawn, stat = home.agreement(review)[0]
        assert drawn.value is stat["value"] is None
        assert "No record" in stat["note"]


class TestNews:
    def events(self, person, review, days=1):
        seat = seat_of(person, review)
        since = timezone.now() - timedelta(days=days)
        return [(str(one.who or ""), one.words) for one in audit.news(seat, since)]

    def test_it_tells_what_others_did_and_not_oneself(self, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(3)]
        for row in rows:
            vote(row, "exclude", people["ann"], people["ben"])
        assert self.events(people["ann"], review) == [("Ben Lee", "cast 3 votes")]
        both = [("Ben Lee", "cast 3 votes"), ("Ann Lee", "cast 3 votes")]
        assert self.events(review.created_by, review) == both

    def test_an_open_vote_is_no_news(self, review, people):
        vote(open_screening(make_reference(review)), "exclude", people["ann"])
        for person in (people["ben"], people["cat"], people["eve"], review.created_by):
            assert self.events(person, review) == []

    def test_a_statistician_reads_no_names(self, client, review, people):
        row = open_screening(make_reference(review))
        vote(row, "include", people["ann"], people["ben"])
        since = timezone.now()
        fulltext.move(report=row.reference.report, actor=people["ann"], status="obtained")
        (told,) = audit.news(seat_of(people["sam"], review), since)
        assert (told.who, told.words) == (None, "moved a full text on")
        text = page(client, people["sam"], review)
        assert "A member moved a full text on" in text
        assert "Lee" not in text.replace("Sam Lee", "")
        assert "Rautio" not in text

    def test_a_visit_keeps_its_beginning_and_the_next_one_moves_on(self, client, review, people):
        eve = people["eve"]
        client.force_login(eve)
        url = reverse("review-home", args=[review.pk])
        first = client.get(url).context["since"]
        assert client.get(url).context["since"] == first
        session = client.session
        key = f"home:{review.pk}"
        seen = timezone.now() - timedelta(hours=5)
        session[key] = [session[key][0], seen.isoformat()]
        session.save()
        assert client.get(url).context["since"] == seen


class TestPage:
    def test_a_stranger_is_told_nothing(self, client, review):
        client.force_login(make_user())
        assert client.get(reverse("review-home", args=[review.pk])).status_code == 404

    @pytest.mark.parametrize("role", ["reviewer", "arbiter", "statistician", "observer"])
    def test_every_member_may_look(self, client, review, role):
        text = page(client, join(review, make_user(), role), review)
        assert ("Ines Rautio" in text) == (role != "statistician")

    def test_what_is_next_is_what_waits(self, client, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(2)]
        vote(rows[0], "include", people["ann"])
        vote(rows[0], "exclude", people["ben"])
        text = page(client, people["cat"], review)
        assert "conflict to settle" in text
        assert f'href="{reverse("conflicts", args=[review.pk])}"' in text
        assert "Nothing here waits for you" in page(client, people["sam"], review)

    def test_an_open_vote_leaves_no_trace_for_others(self, client, review, people):
        rows = [open_screening(make_reference(review)) for _ in range(2)]
        vote(rows[0], "include", people["ann"], note="canarynote")
        said = {}
        for verdict in ("include", "exclude"):
            screening.change_vote(screening=rows[0], reviewer=people["ann"], verdict=verdict)
            for name in ("ben", "cat", "eve", "sam"):
                text = page(client, people[name], review)
                assert "canarynote" not in text
                lines = [line for line in text.splitlines() if "csrf" not in line]
                said.setdefault(name, []).append([one for one in lines if "<time" not in one])
        for name, (one, other) in said.items():
            assert one == other, name

    def test_the_page_costs_the_same_with_many_records(
        self, client, review, people, django_assert_max_num_queries
    ):
        for _ in range(25):
            vote(open_screening(make_reference(review)), "exclude", people["ann"], people["ben"])
        client.force_login(review.created_by)
        url = reverse("review-home", args=[review.pk])
        client.get(url)
        with django_assert_max_num_queries(45):
            client.get(url)
        assert Event.objects.filter(review=review).count() >= 50

    def test_the_counts_of_the_drawing_are_the_flow(self, client, review, people):
        for _ in range(2):
            vote(open_screening(make_reference(review)), "exclude", people["ann"], people["ben"])
        row = open_screening(make_reference(review))
        vote(row, "include", people["ann"], people["ben"])
        assert row.reference.screenings.filter(stage=Stage.FULL_TEXT).exists()
        text = page(client, people["eve"], review)
        for told in ("Records screened (n\u00a0=\u00a03)", "Records excluded (n\u00a0=\u00a02)"):
            assert told in text
        assert "The boxes add up." in text
