"""The ledger's page: everything that was done, as far as its reader may know; and health."""

import ast
import re
from pathlib import Path
from unittest import mock

import pytest
from django.db import OperationalError
from django.urls import reverse

from analysis import audit, wording
from extraction import adjudication, appraisal_settling, appraise, extract
from extraction.models import Opinion
from review import screening
from review.access import seat_of
from review.models import Event

from .appraisals import LOW, Team, compared
from .conftest import append_only_lifted
from .factories import (
    join,
    make_form,
    make_reference,
    make_review,
    make_study,
    make_user,
    open_screening,
)

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
CANARY = "canarynote"


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def people(review):
    names = {"ann": "reviewer", "ben": "reviewer", "cat": "arbiter", "eve": "observer"}
    held = {name: join(review, make_user(name), role) for name, role in names.items()}
    held["boss"] = join(review, make_user("boss"), "owner", "reviewer")
    return held | {"lead": review.created_by}


def seen(person, review):
    """The actions of the ledger that a person may read, in order."""
    events = review.events.order_by("seq")
    return [event.action for event in audit.shown(seat_of(person, review), events)]


def readers(review, people, action):
    return {name for name, person in people.items() if action in seen(person, review)}


class TestGate:
    def test_votes_wait_until_they_are_settled(self, review, people):
        row = open_screening(make_reference(review))
        screening.cast_vote(screening=row, reviewer=people["ann"], verdict="include")
        assert readers(review, people, "vote.cast") == {"ann"}
        screening.cast_vote(screening=row, reviewer=people["ben"], verdict="include")
        assert readers(review, people, "vote.cast") == set(people)

    def test_an_extraction_waits_for_approval(self, review, people):
        form, study = make_form(review), make_study(review)
        for name, n in (("ann", "10"), ("ben", "12")):
            entry = extract.begin(study=study, form=form, actor=people[name])
            extract.save_cell(entry=entry, field="n", given=n)
            if name == "ann":
                assert readers(review, people, "cell.save") == {"ann"}
            extract.submit(entry=entry)
        record = study.records.get()
        cell = record.cells.get(field="n")
        adjudication.give_opinion(
            cell=cell, person=people["ben"], choice=Opinion.Choice.ESCALATED, note=CANARY
        )
        pair = {"ann", "ben"}
        assert readers(review, people, "cell.opinion") == pair
        assert readers(review, people, "entry.submit") == pair
        review.arbiter_sees_names = True
        review.save(update_fields=["arbiter_sees_names"])
        assert readers(review, people, "cell.opinion") == pair | {"cat", "lead", "boss"}
        adjudication.rule(cell=cell, arbiter=people["cat"], choice=Opinion.Choice.FIRST)
        adjudication.approve(record=record, actor=people["cat"])
        assert readers(review, people, "cell.opinion") == set(people)

    def test_an_appraisal_waits_until_it_is_settled(self, review, people):
        lead, study = review.created_by, make_study(review)
        tool = appraise.choose_instrument(review=review, actor=lead, key="checklist12")
        appraise.plan(instrument=tool, studies=[study], actor=lead)
        plan = study.assessments.get()
        for name in ("ann", "ben"):
            mine = appraise.begin(assessment=plan, appraiser=people[name])
            given = {str(item): appraise.Given("+") for item in range(1, 13)}
            appraise.answer_all(appraisal=mine, mapping=given)
            if name == "ann":
                assert readers(review, people, "appraisal.begin") == {"ann"}
            appraise.submit(appraisal=mine)
        plan.refresh_from_db()
        assert plan.status == "settled"
        assert readers(review, people, "appraisal.submit") == set(people)
        appraise.plan(instrument=tool, studies=[make_study(review, "Another")], actor=lead)
        review.reveal = review.Reveal.STAGE_DONE
        review.save(update_fields=["reveal"])
        assert readers(review, people, "appraisal.submit") == {"ann", "ben"}, "each their own"

    def test_a_statistician_reads_nothing_said_by_name(self, review, people):
        row = open_screening(make_reference(review))
        for name in ("ann", "ben"):
            screening.cast_vote(screening=row, reviewer=people[name], verdict="include")
        statistician = join(review, make_user(), "statistician")
        assert "vote.cast" not in seen(statistician, review)


def actions_in_the_code():
    """Every text in the step modules that looks like an action and is passed to a ledger call."""
    found = set()
    for app in ("review", "extraction", "analysis"):
        for path in (ROOT / app).glob("*.py"):
            if path.name in ("wording.py", "history.py", "decisions.py"):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    texts = [*node.args, *(keyword.value for keyword in node.keywords)]
                    found |= {one.value for one in texts if _is_action(one)}
    return found


def _is_action(node):
    return isinstance(node, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z_]+", str(node.value))


class TestWords:
    def test_every_action_of_the_code_has_its_words(self):
        written = actions_in_the_code()
        assert {"vote.cast", "cell.save", "plan.run", "item.rule"} <= written
        assert written - {"concord.order"} <= wording.ACTIONS.keys()

    def test_words_agree_with_the_number(self):
        assert wording.did("vote.cast") == "voted on a record"
        assert wording.did("vote.cast", 1200) == "cast 1,200 votes"


class TestPage:
    def get(self, client, person, review, **query):
        client.force_login(person)
        return client.get(reverse("ledger", args=[review.pk]), query)

    @pytest.mark.parametrize(
        ("name", "code"), [("lead", 200), ("eve", 200), ("ann", 403), ("cat", 403)]
    )
    def test_who_may_read_it(self, client, review, people, name, code):
        assert self.get(client, people[name], review).status_code == code

    def test_a_stranger_does_not_learn_that_it_exists(self, client, review):
        assert self.get(client, make_user(), review).status_code == 404

    def test_an_open_vote_is_not_on_it(self, client, review, people):
        row = open_screening(make_reference(review))
        said = {"verdict": "include", "note": CANARY}
        screening.cast_vote(screening=row, reviewer=people["ann"], **said)
        page = self.get(client, people["eve"], review).content.decode()
        assert CANARY not in page and "voted" not in page
        screening.cast_vote(screening=row, reviewer=people["ben"], verdict="include")
        page = self.get(client, people["eve"], review).content.decode()
        assert CANARY in page and "voted on a record" in page

    def test_it_is_read_page_by_page(self, client, review, people, django_assert_max_num_queries):
        for _ in range(40):
            row = open_screening(make_reference(review))
            for name in ("ann", "ben"):
                screening.cast_vote(screening=row, reviewer=people[name], verdict="include")
        client.force_login(people["eve"])
        url = reverse("ledger", args=[review.pk])
        with django_assert_max_num_queries(15):
            page = client.get(url)
        assert len(page.context["table"].page.object_list) == 50
        second = client.get(url, {"page": 2})
        assert len(second.context["table"].page.object_list) == 30

    def test_a_whole_chain_is_told_to_be_whole(self, client, review, people):
        make_study(review)
        assert (
            "The ledger is whole"
            in self.get(client, people["lead"], review, check="").content.decode()
        )

    def test_a_broken_chain_says_where(self, client, review, people):
        make_study(review)
        with append_only_lifted():
            Event.objects.filter(review=review, seq=1).update(subject="study:99")
        page = self.get(client, people["eve"], review, check="").content.decode()
        assert "The ledger was altered" in page
        assert "event 1 (study.adopt) was altered" in page


class TestHealth:
    def test_anybody_may_ask(self, client):
        response = client.get(reverse("health"))
        assert (response.status_code, response.json()) == (200, {"database": "reachable"})

    def test_a_database_that_does_not_answer_is_told(self, client):
        broken = mock.patch(
            "analysis.views.health.connection.cursor", side_effect=OperationalError("gone")
        )
        with broken:
            response = client.get(reverse("health"))
        assert (response.status_code, response.json()) == (503, {"database": "not reachable"})


def test_an_answer_in_discussion_is_not_read_here_before_the_other_has_answered():
    """A lead who also appraises reads the ledger: what waits for their answer stays out of it."""
    team = Team()
    join(team.review, team.two, "owner")
    deep = LOW | {"A2.1": "Y", "A2.3": "Y", "A2.4": "PY", "A2.5": "N"}
    assessment = compared(team, LOW, deep)
    appraisal_settling.concede(assessment=assessment, item="A2.1", person=team.one)
    appraisal_settling.add_answer(
        assessment=assessment, item="A2.3", person=team.one, given=appraise.Given("N")
    )
    seat = seat_of(team.two, team.review)
    added = team.review.events.filter(action="answer.add")
    assert audit.shown(seat, added) == []
    appraisal_settling.concede(assessment=assessment, item="A2.3", person=team.two)
    assert len(audit.shown(seat, added)) == 1
