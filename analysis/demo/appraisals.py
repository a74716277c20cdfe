"""Appraisals of the model review: Table 1's checklist as printed, risk of bias illustrative.

The paper prints the marks of its 12-item checklist, so these are entered as they stand. Of
RoB 2 and ROBINS-I it prints no answers: those here are drawn with a fixed seed, and each says
that it is illustrative.
"""

import random

from extraction import appraisal_settling, appraise, judging
from extraction.judging import Said
from extraction.models import FinalAnswer

from . import paper

SEED = 12
CHECKLIST, RANDOMISED, OTHERS = "checklist12", "rob2", "robins_i"
RANDOMISED_REFS = {"47", "75", "76", "77"}
ILLUSTRATIVE = "Illustrative: the paper prints no answer to this question."
RESULT = "Pain relief at last follow-up"
DISAGREE = 0.03
CHOICES = {"effect": "assignment"}


def appraise_all(review, team, found):
    """Three tools, each by both reviewers, settled to the end."""
    rng = random.Random(SEED)
    rows = {row["row"]: row for row in paper.studies()}
    quality = paper.quality()
    randomised = [s for r, s in found.items() if rows[r]["ref"] in RANDOMISED_REFS]
    others = [s for r, s in found.items() if rows[r]["ref"] not in RANDOMISED_REFS]
    marks_of = {found[r].pk: _marks(quality[row["ref"]]) for r, row in rows.items()}
    for assessment in _plan(review, team, CHECKLIST, found.values()):
        _appraise(assessment, team, rng, marks_of[assessment.study_id])
    for key, studies in ((RANDOMISED, randomised), (OTHERS, others)):
        for assessment in _plan(review, team, key, studies, RESULT):
            _appraise(assessment, team, rng, illustrative(assessment, rng))


def _plan(review, team, key, studies, result=""):
    params = {} if key == CHECKLIST else CHOICES
    instrument = appraise.choose_instrument(review=review, actor=team.lead, key=key, params=params)
    return appraise.plan(
        instrument=instrument, studies=list(studies), actor=team.lead, result=result
    )


def _marks(row):
    """The printed marks of one study by question."""
    return {
        str(number): appraise.Given(row[f"criterion_{number}"].replace("−", "-"))
        for number in range(1, 13)
    }


def illustrative(assessment, rng):
    """A complete set of answers to any tool, drawn question by question as they apply."""
    tool = judging.tool(assessment.instrument)
    given = {}
    while lacking := judging.missing(tool, _judged(tool, assessment, given)):
        for item, _ in lacking:
            given[item] = appraise.Given(_draw(tool, assessment, given, item, rng), ILLUSTRATIVE)
    return given


def _judged(tool, assessment, given):
    said = {item: Said(one.code, one.reason) for item, one in given.items()}
    return judging.judge(tool, assessment.params, said)


def _draw(tool, assessment, given, item, rng):
    """An answer to a question, mostly one without concern; for a judgement, what is proposed."""
    kind, name = judging.parts(item)
    if kind == judging.JUDGEMENT:
        result = _judged(tool, assessment, given)
        judged = result.overall if name == judging.OVERALL else result.domain(name)
        return judged.proposal or (judged.admissible or judged.verdict.possible)[0]
    question = tool.questions[name]
    codes = [option.code for option in question.options if not option.undecided]
    calm = [
        code
        for code in codes
        if code in (("N", "PN") if question.concern == "yes" else ("Y", "PY"))
    ]
    return rng.choice(calm if calm and rng.random() < 0.8 else codes)


def _appraise(assessment, team, rng, given):
    """Both give the same answers but for a few, which are conceded or ruled as given."""
    for appraiser in team.reviewers:
        mine = given if appraiser == team.reviewer1 else _otherwise(assessment, rng, given)
        appraisal = appraise.begin(assessment=assessment, appraiser=appraiser)
        appraise.answer_all(appraisal=appraisal, mapping=mine)
        appraise.submit(appraisal=appraisal)
    _settle(assessment, team, rng, given)


def _otherwise(assessment, rng, given):
    """The same answers with, now and then, another mark; only where nothing else hangs on it."""
    if assessment.instrument.key != CHECKLIST:
        return given
    swap = {"+": "-", "-": "+"}
    return {
        item: appraise.Given(swap[one.code]) if rng.random() < DISAGREE else one
        for item, one in given.items()
    }


def _settle(assessment, team, rng, given):
    still_open = assessment.final_answers.filter(status=FinalAnswer.Status.OPEN)
    for item in list(still_open.values_list("item", flat=True)):
        if rng.random() < 0.5:
            appraisal_settling.concede(assessment=assessment, item=item, person=team.reviewer2)
            continue
        appraisal_settling.escalate(assessment=assessment, person=team.reviewer1, item=item)
        appraisal_settling.rule(
            assessment=assessment, item=item, arbiter=team.arbiter, code=given[item].code
        )
