"""Settled appraisals as a snapshot keeps them: plain JSON that names no person."""

from .models import Assessment, FinalAnswer


def settled():
    """Settled assessments with all that is read of them here."""
    rows = Assessment.objects.filter(status=Assessment.Status.SETTLED).order_by("pk")
    return rows.select_related("instrument").prefetch_related("final_answers")


def appraisal_content(assessment):
    """One settled assessment: the answers that apply, and the frozen judgements."""
    instrument = assessment.instrument
    answers = sorted(assessment.final_answers.all(), key=lambda answer: answer.item)
    return {
        "id": assessment.pk,
        "instrument": instrument.key,
        "title": str(instrument),
        "version": instrument.version,
        "sha256": instrument.sha256,
        "result": assessment.result,
        "status": assessment.status,
        "answers": [
            {"item": a.item, "code": a.code, "first_disagreed": a.first_disagreed}
            for a in answers
            if a.status != FinalAnswer.Status.UNUSED
        ],
        "judgements": assessment.judgements,
    }


def instrument_content(assessments):
    """Each tool that the assessments pin, once, whole, in the order of the hashes."""
    pinned = {one.instrument.sha256: one.instrument for one in assessments}
    return [
        {"sha256": sha256, "key": pinned[sha256].key, "definition": pinned[sha256].definition}
        for sha256 in sorted(pinned)
    ]
