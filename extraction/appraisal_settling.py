"""Step 6, after submission: what differs is talked over, left to a third person, and settled.

Each door changes what was decided, lets ``appraisal_consensus`` project it, and writes one
ledger event; with the last decision the assessment is settled and its judgements frozen.
"""

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.consensus import NotIndependent, State, may_settle
from review.models import IllegalMove

from . import appraisal_consensus as consensus
from . import judging
from .appraise import locked, put_answers
from .judging import PROPOSED, Said
from .models import Appraisal, Assessment, FinalAnswer

Origin, Status = FinalAnswer.Origin, FinalAnswer.Status


@transaction.atomic
def concede(*, assessment, item, person, key=None):
    """One of the two takes the other's answer, which closes the item."""
    assessment = locked(assessment)
    if ledger.already(review=assessment.study.review, actor=person, key=key):
        return assessment
    now = _comparing(assessment)
    mine = _own(assessment, person)
    if item not in now.items or now.items[item].status != Status.OPEN:
        raise IllegalMove("This item is not open any more. Load the page again.")
    if now.items[item].state is not State.CONFLICT:
        raise IllegalMove("The other appraiser has no answer here yet, so there is none to take.")
    other = assessment.appraisals.exclude(pk=mine.pk).get()
    said = consensus.said_in(other).get(item, Said(_unsaid(item)))
    _decide(assessment, item, Origin.CONCEDED, said, person)
    return _conclude(assessment, person, "item.concede", key, item=item, code=said.code)


@transaction.atomic
def add_answer(*, assessment, item, person, given, key=None):
    """One of the two answers what they were not asked before and what applies now.

    ``given`` is an ``appraise.Given``. Also for a level that has to be confirmed again. Nobody
    sees it until the other has answered as well.
    """
    assessment = locked(assessment)
    if ledger.already(review=assessment.study.review, actor=person, key=key):
        return assessment
    now = _comparing(assessment)
    mine = _own(assessment, person)
    found = now.items.get(item)
    if found is None or found.status != Status.OPEN or person.pk not in found.silent:
        raise IllegalMove("Your answer to this item is in already, or it is not open any more.")
    if not given.code:
        raise judging.BadAnswer([(item, "Choose an answer.")])
    _check(assessment, now, item, Said(given.code, given.reason))
    saved = put_answers(mine, {item: given})
    return _conclude(
        assessment, person, "answer.add", key, appraisal=mine.pk, item=item, answers=saved
    )


@transaction.atomic
def escalate(*, assessment, person, item="", key=None):
    """One of the two leaves an open item to a third person; without ``item``, all of them."""
    assessment = locked(assessment)
    if ledger.already(review=assessment.study.review, actor=person, key=key):
        return assessment
    _comparing(assessment)
    _own(assessment, person)
    rows = assessment.final_answers.filter(status=Status.OPEN, escalated=False)
    rows = rows.filter(item=item) if item else rows
    left = list(rows.values_list("item", flat=True))
    if not left:
        raise IllegalMove("There is nothing open here to leave to a third person.")
    rows.update(escalated=True)
    return _conclude(assessment, person, "item.escalate", key, items=left)


@transaction.atomic
def rule(*, assessment, item, arbiter, code, reason="", key=None):
    """Settle an item as the third person. What a ruling brings up stays with them as well.

    For a judgement ``judging.PROPOSED`` takes what the rules propose. Raises
    ``NotIndependent`` for one of the appraisers, ``IllegalMove`` when the item is not theirs
    to settle, ``judging.BadAnswer`` for what the tool cannot use.
    """
    assessment = locked(assessment)
    if ledger.already(review=assessment.study.review, actor=arbiter, key=key):
        return assessment
    if not may_settle(arbiter.pk, assessment.appraisals.values_list("appraiser", flat=True)):
        raise NotIndependent("You appraised this study, so somebody else has to settle it.")
    now = _comparing(assessment)
    left = assessment.final_answers.filter(item=item, status=Status.OPEN, escalated=True)
    if not left.exists():
        raise IllegalMove("This item is settled, or the two have not left it to a third person.")
    _check(assessment, now, item, Said(code, reason))
    _decide(assessment, item, Origin.RULED, Said(code, reason), arbiter)
    return _conclude(
        assessment, arbiter, "item.rule", key, third=True, item=item, code=code, reason=reason
    )


@transaction.atomic
def reopen(*, assessment, actor, reason):
    """Take back what was conceded or ruled in a settled assessment; both appraisals stay."""
    assessment = locked(assessment)
    _check_reason(reason)
    if assessment.status != Assessment.Status.SETTLED:
        raise IllegalMove("Only a settled assessment can be opened again.")
    rows = assessment.final_answers.filter(origin__in=consensus.DECIDED)
    taken = {row.item: [row.origin, row.code, row.reason, row.decided_by_id] for row in rows}
    if not rows.filter(status=Status.CLOSED).exists():
        raise IllegalMove(
            "The appraisals did not differ, so there is no decision to take back. Send them back"
            " to the appraisers instead."
        )
    rows.update(origin="", decided_by=None, decided_at=None)
    return _conclude(assessment, actor, "assessment.reopen", reason=reason, taken_back=taken)


@transaction.atomic
def send_back(*, assessment, actor, reason):
    """Give the appraisals back to their authors as drafts; what was decided is taken back."""
    assessment = locked(assessment)
    _check_reason(reason)
    if assessment.status == Assessment.Status.OPEN:
        raise IllegalMove("This study is still being appraised, so there is nothing to send back.")
    rows = assessment.final_answers.filter(origin__in=consensus.DECIDED)
    taken = {row.item: [row.origin, row.code, row.reason, row.decided_by_id] for row in rows}
    for appraisal in assessment.appraisals.all():
        appraisal.move_to(Appraisal.Status.DRAFT)
        appraisal.submitted_at = None
        appraisal.save(update_fields=["status", "submitted_at"])
    return _conclude(assessment, actor, "assessment.send_back", reason=reason, taken_back=taken)


def _comparing(assessment):
    if assessment.status != Assessment.Status.COMPARING:
        raise IllegalMove(f"This assessment is “{assessment.get_status_display().lower()}” now.")
    return consensus.standing_of(assessment)


def _own(assessment, person):
    mine = assessment.appraisals.filter(appraiser=person).first()
    if mine is None:
        raise IllegalMove("Only those who appraised this study agree on its answers.")
    return mine


def _closed(now):
    return {i: one.said for i, one in now.items.items() if one.status == Status.CLOSED}


def _check(assessment, now, item, said):
    """Refuse what the tool cannot use, under the answers that stand."""
    tool = judging.tool(assessment.instrument)
    waits = now.items[item].state is State.WAITING
    if not said.code or (said.code == PROPOSED and (waits or not item.startswith("judgement:"))):
        raise judging.BadAnswer([(item, "Choose an answer.")])
    if said.code != PROPOSED:
        judging.check(tool, assessment.params, _closed(now) | {item: said}, [item])


def _unsaid(item):
    """What it means that somebody said nothing of an item on which they differ."""
    return judging.NOT_TICKED if judging.parts(item)[0] == judging.FLAG else PROPOSED


def _decide(assessment, item, origin, said, person):
    FinalAnswer.objects.update_or_create(
        assessment=assessment,
        item=item,
        defaults={
            "origin": origin,
            "code": said.code,
            "reason": said.reason,
            "decided_by": person,
            "decided_at": timezone.now(),
        },
    )


def _check_reason(reason):
    if not reason.strip():
        raise IllegalMove("Say why; the reason stays in the ledger.")


def _conclude(assessment, actor, action, key=None, *, third=False, **data):
    differ = consensus.write(assessment, third=third)
    ledger.record(
        review=assessment.study.review,
        actor=actor,
        action=action,
        subject=f"assessment:{assessment.pk}",
        data=data | {"status": assessment.status, "differ": differ},
        key=key,
    )
    return assessment
