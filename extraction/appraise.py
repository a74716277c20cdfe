"""Step 6: which tool judges which study, and one person's independent answers.

What follows when all have submitted is ``extraction.appraisal_settling``. An appraisal
belongs to its appraiser, who is the actor of its doors here.
"""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove, Review

from . import appraisal_consensus as consensus
from . import judging
from .instruments import catalogue
from .judging import Said
from .models import Answer, Appraisal, Assessment, FinalAnswer, Instrument, Study

Status = Appraisal.Status
CONTENT = ("code", "reason", "quote", "page")


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as given: an option's code ("" for none yet), a reason or note, and the
    witness."""

    code: str = ""
    reason: str = ""
    quote: str = ""
    page: int | None = None

    @property
    def blank(self):
        return self == Given()


@transaction.atomic
def choose_instrument(*, review, actor, key, params=None):
    """Choose a tool of the catalogue for a review; its revision is pinned by its hash.

    Raises ``IllegalMove`` for an unknown or already chosen tool, ``judging.BadAnswer`` for
    params it does not have.
    """
    tool = catalogue().get(key)
    if tool is None:
        raise IllegalMove("There is no such tool in the catalogue. Choose one from the list.")
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.instruments.filter(key=key, sha256=tool.sha256).exists():
        raise IllegalMove(f"“{tool.title}” is chosen for this review already.")
    instrument = Instrument(
        review=review,
        key=key,
        version=tool.version,
        sha256=tool.sha256,
        definition=judging.definition(tool),
        params=_clean_params(tool, params or {}),
        chosen_by=actor,
    )
    instrument.save(force_insert=True)
    told = {"key": key, "version": tool.version, "sha256": tool.sha256, "status": tool.status}
    _tell_of(instrument, actor, "instrument.choose", told | {"params": instrument.params})
    return instrument


@transaction.atomic
def set_params(*, instrument, actor, params):
    """Set the preliminary choices for assessments planned from now on."""
    instrument = _locked_instrument(instrument)
    params = _clean_params(judging.tool(instrument), params)
    if params != instrument.params:
        told = {"params": params, "was": instrument.params}
        instrument.params = params
        instrument.save(update_fields=["params"])
        _tell_of(instrument, actor, "instrument.params", told)
    return instrument


@transaction.atomic
def set_guidance(*, instrument, actor, guidance):
    """Set this review's own advice, by question id; an empty text takes it away."""
    instrument = _locked_instrument(instrument)
    questions = judging.tool(instrument).questions
    unknown = [name for name in guidance if name not in questions]
    if unknown:
        raise IllegalMove(f"This tool has no question {unknown[0]}.")
    new = instrument.guidance | {name: text.strip() for name, text in guidance.items()}
    new = {name: text for name, text in new.items() if text}
    if new != instrument.guidance:
        told = {"guidance": new, "was": instrument.guidance}
        instrument.guidance = new
        instrument.save(update_fields=["guidance"])
        _tell_of(instrument, actor, "instrument.guidance", told)
    return instrument


@transaction.atomic
def plan(*, instrument, studies, actor, result="", params=None):
    """Have studies (or one ``result`` of each) appraised with a tool; returns the new
    ``Assessment`` rows. A study that is planned already is passed over.

    ``params`` go before those of the instrument and are kept with the assessments, as is the
    number of appraisers that the protocol asks for now. Raises ``IllegalMove`` when there is
    nothing to plan.
    """
    instrument = _locked_instrument(instrument)
    review = instrument.review
    chosen = instrument.params | _clean_params(judging.tool(instrument), params or {})
    keys = [study.pk for study in studies]
    known = review.studies.standing().filter(pk__in=keys)
    planned = instrument.assessments.filter(result=result).values("study")
    new = Assessment.objects.bulk_create(
        Assessment(
            study=study,
            instrument=instrument,
            result=result,
            params=chosen,
            appraisers=review.appraisal_entries,
        )
        for study in known.exclude(pk__in=planned)
    )
    if not new:
        raise IllegalMove(
            "There is nothing new to appraise: choose studies that are not planned with this tool"
            " and result already."
        )
    told = {"assessments": {row.pk: row.study_id for row in new}, "result": result}
    _tell_of(instrument, actor, "assessment.plan", told | {"params": chosen})
    return new


@transaction.atomic
def unplan(*, assessment, actor):
    """Take an assessment off the plan; only while nobody has begun it."""
    assessment = locked(assessment)
    if assessment.appraisals.exists():
        raise IllegalMove("Somebody has begun to appraise this study, so it stays planned.")
    told = {"assessment": assessment.pk, "study": assessment.study_id, "result": assessment.result}
    _tell_of(assessment.instrument, actor, "assessment.unplan", told)
    assessment.delete()


@transaction.atomic
def begin(*, assessment, appraiser):
    """Begin an appraisal, or return the one this person has already.

    Raises ``IllegalMove`` when the assessment has its appraisers, its study has left the
    review, or this person has settled something of it as the third one.
    """
    assessment = locked(assessment)
    appraisals = list(assessment.appraisals.all())
    if mine := next((one for one in appraisals if one.appraiser_id == appraiser.pk), None):
        return mine
    if not Study.objects.standing().filter(pk=assessment.study_id).exists():
        raise IllegalMove("No report of this study is included at full text any more.")
    if len(appraisals) >= assessment.appraisers:
        raise IllegalMove("This study has its appraisers already. Choose another one.")
    ruled = assessment.final_answers.filter(decided_by=appraiser, origin=FinalAnswer.Origin.RULED)
    if ruled.exists():
        raise IllegalMove("Whoever settles a study as the third person cannot appraise it.")
    appraisal = Appraisal.objects.create(assessment=assessment, appraiser=appraiser)
    _tell(appraisal, "appraisal.begin")
    return appraisal


@transaction.atomic
def give_back(*, appraisal):
    """Leave an assessment to somebody else; only while nothing is answered."""
    appraisal = _draft(appraisal)
    if appraisal.answers.exists():
        raise IllegalMove("You have answered questions here, so this appraisal stays yours.")
    _tell(appraisal, "appraisal.give_back")
    appraisal.delete()


@transaction.atomic
def answer(*, appraisal, item, code, reason="", quote="", page=None, key=None):
    """Save one answer (see ``extraction.judging`` for items); all empty takes it away.

    A level that the rules do not leave open needs a reason. Saving what is there already
    changes nothing and writes no event. Raises ``judging.BadAnswer`` for what the tool cannot
    use.
    """
    appraisal = _draft(appraisal)
    if not ledger.already(review=_review(appraisal), actor=appraisal.appraiser, key=key):
        saved = _save(appraisal, {item: Given(code, reason, quote, page)})
        if saved:
            _tell(appraisal, "answer.save", key, answers=saved)
    return appraisal


@transaction.atomic
def answer_all(*, appraisal, mapping, key=None):
    """Save many answers, all or none, with one ledger event; returns how many changed.

    ``mapping`` holds a code or a ``Given`` by item.
    """
    appraisal = _draft(appraisal)
    if ledger.already(review=_review(appraisal), actor=appraisal.appraiser, key=key):
        return 0
    given = {i: Given(one) if isinstance(one, str) else one for i, one in mapping.items()}
    saved = _save(appraisal, given)
    if saved:
        _tell(appraisal, "answer.save", key, answers=saved)
    return len(saved)


@transaction.atomic
def copy_answers(*, appraisal, source):
    """Copy one's own answers from another result of the same study, where none is given yet.

    Levels are not copied: each result is judged by itself. Returns how many were copied.
    """
    appraisal = _draft(appraisal)
    source = Appraisal.objects.select_related("assessment").get(pk=source.pk)
    here, there = appraisal.assessment, source.assessment
    same = (here.study_id, here.instrument_id) == (there.study_id, there.instrument_id)
    if source.appraiser_id != appraisal.appraiser_id or here == there or not same:
        raise IllegalMove("Answers are copied from your own appraisal of the same study only.")
    left = {p.id for p in judging.asked_params(judging.tool(here.instrument), here.params)}
    held = set(appraisal.answers.values_list("item", flat=True))
    taken = {}
    for row in source.answers.exclude(item__in=held):
        kind, name = judging.parts(row.item)
        if kind in ("", judging.FLAG) or (kind == judging.PARAM and name in left):
            taken[row.item] = content(row)
    if not taken:
        raise IllegalMove("There is nothing to copy: every answer given there is given here.")
    saved = _save(appraisal, taken)
    appraisal.copied_from = source
    appraisal.save(update_fields=["copied_from"])
    _tell(appraisal, "answer.copy", answers=saved, source=source.pk)
    return len(saved)


@transaction.atomic
def submit(*, appraisal, key=None):
    """Submit; with the last appraisal that is needed, all are compared and, when they agree,
    settled. Raises ``judging.Incomplete`` with what is missing, by number."""
    assessment = locked(appraisal.assessment)
    appraisal = _locked(appraisal)
    if ledger.already(review=_review(appraisal), actor=appraisal.appraiser, key=key):
        return appraisal
    appraisal.move_to(Status.SUBMITTED)
    judging.check_complete(judging.tool(assessment.instrument), result_of(appraisal))
    appraisal.submitted_at = timezone.now()
    appraisal.save(update_fields=["status", "submitted_at"])
    differ = consensus.write(assessment)
    _tell(appraisal, "appraisal.submit", key, status=assessment.status, differ=differ)
    return appraisal


@transaction.atomic
def take_back(*, appraisal):
    """Take a submission back to change it, until all have submitted."""
    assessment = locked(appraisal.assessment)
    appraisal = _locked(appraisal)
    if assessment.status != Assessment.Status.OPEN:
        raise IllegalMove(
            "The appraisals of this study have been compared, so they stay as they were submitted."
            " The lead can send them back."
        )
    appraisal.move_to(Status.DRAFT)
    appraisal.submitted_at = None
    appraisal.save(update_fields=["status", "submitted_at"])
    _tell(appraisal, "appraisal.take_back")
    return appraisal


def result_of(appraisal):
    """The engine's ``Assessment`` of one person's answers as they are."""
    assessment = appraisal.assessment
    tool = judging.tool(assessment.instrument)
    return judging.judge(tool, assessment.params, consensus.said_in(appraisal))


def put_answers(appraisal, given):
    """Write ``Given`` by item into a locked appraisal, unchecked; return what changed, as the
    ledger keeps it."""
    held = {row.item: row for row in appraisal.answers.all()}
    changed = {i: one for i, one in given.items() if content(held.get(i)) != one}
    for item, one in changed.items():
        if one.blank:
            held[item].delete()
        else:
            values = asdict(one) | {"saved_at": timezone.now()}
            Answer.objects.update_or_create(appraisal=appraisal, item=item, defaults=values)
    return {item: None if one.blank else asdict(one) for item, one in changed.items()}


def content(row):
    """What a row of ``Answer`` holds, as ``Given``; blank for None."""
    return Given(*(getattr(row, name) for name in CONTENT)) if row else Given()


def locked(assessment):
    """The assessment, its row locked."""
    rows = Assessment.objects.select_for_update(of=("self",))
    return rows.select_related("study__review", "instrument__review").get(pk=assessment.pk)


def _save(appraisal, given):
    """Check ``Given`` by item against the tool, then write it; return what changed."""
    assessment = appraisal.assessment
    said = consensus.said_in(appraisal)
    said |= {item: Said(one.code, one.reason) for item, one in given.items()}
    judging.check(judging.tool(assessment.instrument), assessment.params, said, list(given))
    return put_answers(appraisal, given)


def _locked(appraisal):
    rows = Appraisal.objects.select_for_update(of=("self",))
    rows = rows.select_related(
        "appraiser", "assessment__study__review", "assessment__instrument__review"
    )
    return rows.get(pk=appraisal.pk)


def _draft(appraisal):
    appraisal = _locked(appraisal)
    if appraisal.status != Status.DRAFT:
        raise IllegalMove("You have submitted this appraisal. Take it back to change an answer.")
    return appraisal


def _locked_instrument(instrument):
    rows = Instrument.objects.select_for_update(of=("self",)).select_related("review")
    return rows.get(pk=instrument.pk)


def _clean_params(tool, params):
    """The lead's preliminary choices without the empty ones; ``BadAnswer`` for a wrong one."""
    kept = {name: value for name, value in params.items() if value}
    known = {param.id for param in tool.params}
    problems = [(name, f"There is no choice {name}.") for name in kept if name not in known]
    errors = {problem.on: problem.text for problem in judging.judge(tool, kept, {}).errors}
    problems += [(name, errors[name]) for name in kept if name in errors]
    if problems:
        raise judging.BadAnswer(problems)
    return kept


def _review(appraisal):
    return appraisal.assessment.study.review


def _tell(appraisal, action, key=None, **data):
    ledger.record(
        review=_review(appraisal),
        actor=appraisal.appraiser,
        action=action,
        subject=f"appraisal:{appraisal.pk}",
        data={"assessment": appraisal.assessment_id} | data,
        key=key,
    )


def _tell_of(instrument, actor, action, data):
    ledger.record(
        review=instrument.review,
        actor=actor,
        action=action,
        subject=f"instrument:{instrument.pk}",
        data=data,
    )
