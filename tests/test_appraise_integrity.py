"""Step 6: a row that is changed behind its back is found."""

import pytest

from extraction import appraisal_settling as settling
from extraction import integrity
from extraction.models import Appraisal, Assessment, FinalAnswer

from .appraisals import LOW, Team, compared

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return Team()


@pytest.fixture
def settled(team):
    assessment = compared(team, LOW, LOW | {"1.3": "Y", "5.1": "PY"})
    settling.concede(assessment=assessment, item="5.1", person=team.two)
    settling.escalate(assessment=assessment, person=team.one)
    settling.rule(assessment=assessment, item="1.3", arbiter=team.arbiter, code="Y")
    return assessment


def problems(team):
    return "\n".join(integrity.problems(team.review))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.final_answers.filter(item="1.1").update(code="N"), "item 1.1"),
        (lambda a: a.final_answers.filter(item="1.3").update(code="PY"), "the ledger tells"),
        (lambda a: a.final_answers.filter(item="1.3").delete(), "item 1.3 has no final answer"),
        (
            lambda a: a.final_answers.filter(item="1.3").update(first_disagreed=False),
            "mark for a first difference",
        ),
        (
            lambda a: a.final_answers.filter(item="1.1").update(first_disagreed=True),
            "mark for a first difference",
        ),
        (
            lambda a: FinalAnswer.objects.filter(item="1.3").update(
                decided_by=a.appraisals.first().appraiser
            ),
            "settled by one of its appraisers",
        ),
        (lambda a: Assessment.objects.update(status="comparing"), "status is"),
        (lambda a: Assessment.objects.update(judgements={}), "judgements are not"),
        (lambda a: Appraisal.objects.update(submitted_at=None), "its date does not fit"),
        (
            lambda a: a.appraisals.first().answers.filter(item="1.1").update(code="N"),
            "the answer to 1.1 is not what the ledger tells",
        ),
        (lambda a: a.study.review.instruments.update(sha256="0" * 64), "sha256"),
        (lambda a: a.study.review.instruments.update(definition={}), "cannot be read"),
    ],
)
def test_a_row_changed_behind_its_back_is_found(team, settled, change, words):
    assert problems(team) == ""
    change(settled)
    assert words in problems(team)
