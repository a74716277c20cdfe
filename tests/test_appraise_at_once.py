"""Step 6: two people, or two windows of one, at the same moment."""

import threading

import pytest
from django.db import connection

from extraction import appraisal_settling as settling
from extraction import appraise
from review.models import IllegalMove

from .appraisals import LOW, Team, begun, compared

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team():
    return Team()


def at_once(*acts):
    failures, barrier = [], threading.Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            act()
        except IllegalMove as refusal:
            failures.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_answers_of_two_windows_are_all_kept(team):
    mine = begun(team.plan(), team.one)
    items = list(LOW.items())

    def window(part):
        for item, code in part:
            appraise.answer(appraisal=mine, item=item, code=code)

    assert not at_once(lambda: window(items[::2]), lambda: window(items[1::2]))
    assert dict(mine.answers.values_list("item", "code")) == LOW
    assert team.review.events.filter(action="answer.save").count() == len(LOW)


def test_both_submit_at_the_same_moment_and_it_is_compared_once(team):
    assessment = team.plan()
    drafts = [begun(assessment, person, LOW) for person in (team.one, team.two)]
    assert not at_once(*(lambda d=d: appraise.submit(appraisal=d) for d in drafts))
    assessment.refresh_from_db()
    assert (assessment.status, assessment.final_answers.count()) == ("settled", len(LOW))


def test_two_who_concede_to_each_other_close_it_once(team):
    assessment = compared(team, LOW, LOW | {"1.3": "Y"})
    refused = at_once(
        *(
            lambda person=person: settling.concede(assessment=assessment, item="1.3", person=person)
            for person in (team.one, team.two)
        )
    )
    assert len(refused) == 1
    assessment.refresh_from_db()
    assert assessment.status == "settled"


def test_three_who_begin_leave_two(team):
    assessment = team.plan()
    people = (team.one, team.two, team.observer)
    refused = at_once(*(lambda p=p: begun(assessment, p) for p in people))
    assert (len(refused), assessment.appraisals.count()) == (1, 2)
