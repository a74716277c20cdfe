"""Appraisals against the ledger, assessments against what their appraisals come to."""

from collections import defaultdict

from extraction import appraisal_consensus as consensus
from extraction import judging
from extraction.appraise import Given, content
from extraction.instruments import InstrumentProblem
from extraction.models import Appraisal, Assessment
from review.consensus import NotIndependent

SUBMITTED = Appraisal.Status.SUBMITTED
SAVES = ("answer.save", "answer.copy", "answer.add")
PROJECTED = ("code", "reason", "status", "origin")


def problems(review):
    """Every pinned tool still has its hash; answers are what the ledger tells; every final
    answer, status and judgement is what the appraisals and the decisions on them come to."""
    yield from _instruments(review)
    yield from _answers(review)
    assessments = Assessment.objects.filter(study__review=review).order_by("pk")
    differed, decided = _differed(review), _decided(review)
    for assessment in assessments.select_related("study", "instrument"):
        name = f"assessment {assessment.pk} ({assessment.study})"
        try:
            said = (differed[assessment.pk], decided[assessment.pk])
            for sentence in _assessment(assessment, *said):
                yield f"{name}: {sentence}"
        except NotIndependent:
            yield f"{name}: an item was settled by one of its appraisers"
        except InstrumentProblem:
            yield f"{name}: its tool cannot be read"


def _instruments(review):
    for instrument in review.instruments.all():
        try:
            intact = judging.tool(instrument).sha256 == instrument.sha256
        except InstrumentProblem:
            intact = False
        if not intact:
            yield f"instrument {instrument.key}: its content does not have its sha256"


def _answers(review):
    told = defaultdict(dict)
    events = review.events.filter(action__in=SAVES).order_by("seq")
    for data, subject in events.values_list("data", "subject"):
        key = data.get("appraisal") or int(subject.partition(":")[2])
        told[key] |= data["answers"]
    appraisals = Appraisal.objects.filter(assessment__study__review=review)
    for appraisal in appraisals.prefetch_related("answers"):
        held = {row.item: content(row) for row in appraisal.answers.all()}
        said = {i: Given(**one) for i, one in told[appraisal.pk].items() if one is not None}
        for item in sorted(held.keys() | said.keys()):
            if held.get(item) != said.get(item):
                yield f"appraisal {appraisal.pk}: the answer to {item} is not what the ledger tells"
        if (appraisal.status == SUBMITTED) != bool(appraisal.submitted_at):
            yield f"appraisal {appraisal.pk}: {appraisal.status}, and its date does not fit"


def _assessment(assessment, differed, decided):
    now = consensus.standing_of(assessment)
    if assessment.status != now.status:
        yield f"status is “{assessment.status}”, its appraisals come to “{now.status}”"
    settled = now.status == Assessment.Status.SETTLED
    if assessment.judgements != (judging.frozen(now.result) if settled else {}):
        yield "its judgements are not what its final answers come to"
    rows = {row.item: row for row in assessment.final_answers.all()}
    for item in sorted(rows.keys() | now.items.keys()):
        row, found = rows.get(item), now.items.get(item)
        if row is None:
            yield f"item {item} has no final answer"
            continue
        if row.first_disagreed != (item in differed):
            yield f"item {item}: the mark for a first difference is not what the ledger tells"
        expected = (*found.said, found.status, found.origin) if found else ("", "", "unused", "")
        if tuple(getattr(row, name) for name in PROJECTED) != expected:
            yield f"item {item} is “{row.code}” ({row.status}), not what was answered and decided"
        decision = (row.origin, row.code, row.decided_by_id)
        if row.origin in consensus.DECIDED and decision != decided.get(item):
            yield f"item {item}: its decision is not the one that the ledger tells"
        if row.origin not in consensus.DECIDED and row.decided_by_id:
            yield f"item {item}: somebody stands for it, though nobody decided it"


def _differed(review):
    """The items that the ledger tells to have differed, by assessment."""
    found = defaultdict(set)
    for data, subject in review.events.filter(data__has_key="differ").values_list(
        "data", "subject"
    ):
        key = data.get("assessment") or int(subject.partition(":")[2])
        found[key] |= set(data["differ"])
    return found


def _decided(review):
    """The last decision on each item that the ledger tells, by assessment."""
    found = defaultdict(dict)
    origins = {"item.concede": consensus.Origin.CONCEDED, "item.rule": consensus.Origin.RULED}
    events = review.events.filter(action__in=origins).order_by("seq")
    for event in events:
        key = int(event.subject.partition(":")[2])
        found[key][event.data["item"]] = (
            origins[event.action],
            event.data["code"],
            event.actor_id,
        )
    return found
