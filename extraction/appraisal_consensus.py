"""What independent appraisals come to: THE projection of an assessment.

The doors of ``extraction.appraise`` and ``extraction.appraisal_settling`` write it, and
``extraction.integrity`` computes it again. An item that the tool does not ask under the
answers that stand is kept and ignored.
"""

from dataclasses import dataclass, replace

from django.utils import timezone

from review.consensus import Judgement, State, outcome

from . import judging
from .instruments.model import OVERALL
from .judging import NOT_TICKED, PROPOSED, Said, judgement_of
from .models import Appraisal, Assessment, FinalAnswer

Origin, Status = FinalAnswer.Origin, FinalAnswer.Status
DECIDED = (Origin.CONCEDED, Origin.RULED)
NOBODY = Said("")
WRITTEN = (
    *("code", "reason", "status", "first_disagreed", "escalated"),
    *("origin", "decided_by", "decided_at"),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of an item after comparison: ``CONCEDED`` by one of the two, or
    ``RULED`` by a third person."""

    origin: str
    person: int
    said: Said


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it stands. ``said`` is empty until it is closed; ``differs`` tells of the
    independent answers; ``silent`` are those of the two whose answer is missing."""

    item: str
    state: State
    said: Said = NOBODY
    origin: str = ""
    differs: bool = False
    silent: tuple = ()
    status: str = Status.OPEN


@dataclass(frozen=True, slots=True)
class Standing:
    """An assessment as it stands; ``result`` is the engine's, None until all have submitted."""

    status: str
    items: dict
    result: object = None


def project(tool, params, voices, decisions, required):
    """Return the ``Standing`` of an assessment.

    voices: for each person who has submitted, ``Said`` by item. decisions: ``Decision`` by
    item. required: how many appraisals the assessment needs.
    """
    if len(voices) < required:
        return Standing(Assessment.Status.OPEN, {})
    panel = _Panel(tool, params, voices, decisions, required)
    panel.hear_answers()
    panel.hear_domains()
    panel.hear_overall()
    waits = any(item.status == Status.OPEN for item in panel.items.values())
    status = Assessment.Status.COMPARING if waits else Assessment.Status.SETTLED
    return Standing(status, panel.items, panel.result)


class _Panel:
    """The voices on one assessment while they are put together, in the order of the tool."""

    def __init__(self, tool, params, voices, decisions, required):
        self.tool, self.params, self.voices = tool, params, voices
        self.decisions, self.required = decisions, required
        self.items, self.result = {}, None

    def judge(self, more=()):
        """The engine's result of everything that is closed and used."""
        closed = {i.item: i.said for i in self.items.values() if i.status == Status.CLOSED}
        return judging.judge(self.tool, self.params, closed | dict(more))

    def said_by(self, item, silence=None):
        """What each person says of an item; ``silence`` stands for no answer."""
        return {p: said.get(item, NOBODY).code or silence for p, said in self.voices.items()}

    def hear_answers(self):
        """Params, questions and statements. Whether an item is used depends on the answers
        that stand, and these do not depend on it: so one pass finds both."""
        found = {
            item: self.come_to(item, self.said_by(item, silence))
            for item, silence in _answerable(self.tool, self.params)
        }
        closed = {item: one.said for item, one in found.items() if one.said.code}
        self.result = judging.judge(self.tool, self.params, closed)
        used = _used(self.tool, self.result)
        for item, one in found.items():
            status = _status(one, used.get(item, bool(one.said.code)))
            if status == Status.OPEN or self.spoken(item):
                self.items[item] = replace(one, status=status)

    def hear_domains(self):
        """A level in each domain whose questions are all closed."""
        for domain in self.result.domains:
            if domain.mode != "none" and self.tool.overridable("domain"):
                ready = domain.active and not domain.missing
                ready = ready and all(one.applies is not None for one in domain.questions)
                waits = domain.mode in ("guidance", "manual")
                self.hear_judgement(judgement_of(domain.id), waits, ready)
        self.result = self.judge()

    def hear_overall(self):
        """The overall level, once nothing under it is open any more."""
        if self.result.overall.mode != "none" and self.tool.overridable(OVERALL):
            ready = not any(item.status == Status.OPEN for item in self.items.values())
            waits = judging.overall_waits(self.tool, self.result)
            self.hear_judgement(judgement_of(OVERALL), waits, ready)
            self.result = self.judge()

    def hear_judgement(self, item, waits, ready):
        """A level that people chose, or have to confirm where the tool ``waits`` for that. A
        level that the rules no longer bear out counts for nothing: where the tool waits, it
        has to be said again, with its reason."""
        if not (self.spoken(item) or (waits and ready)):
            return
        heard = self.said_by(item, None if waits else PROPOSED)
        if waits and ready:
            heard = {p: code and self.borne_out(item, p, code) for p, code in heard.items()}
        found = self.come_to(item, heard)
        refused = ready and found.said.code and self.refuses(item, found.said)
        if not ready or (refused and not waits):
            status = Status.UNUSED
        elif refused or not found.said.code:
            found, status = replace(found, said=NOBODY, origin=""), Status.OPEN
        else:
            status = Status.CLOSED
        self.items[item] = replace(found, status=status)

    def borne_out(self, item, person, code):
        """The level that a person chose, or None when the rules refuse it now."""
        return None if self.refuses(item, self.voices[person][item]) else code

    def spoken(self, item):
        """Whether anybody has said anything of an item."""
        return any(self.said_by(item).values()) or item in self.decisions

    def refuses(self, item, said):
        """Whether the rules do not bear out a level under the answers that stand."""
        result, (_, name) = self.judge({item: said}), judging.parts(item)
        if name == OVERALL and said.code not in (PROPOSED, result.overall.final):
            return True
        return name in {problem.on for problem in result.errors}

    def come_to(self, item, heard):
        """The ``Item`` that voices and decision come to, by the one rule of the project."""
        decision = self.decisions.get(item)
        ruled = decision is not None and decision.origin == Origin.RULED
        voices = dict(heard)
        if decision and not ruled and decision.person in voices:
            voices[decision.person] = decision.said.code
        if ruled:  # a ruling stands in for whoever is silent, so that silence never agrees
            voices = {p: code or ("silent", p) for p, code in voices.items()}
        came_to = outcome(
            [Judgement(p, code) for p, code in voices.items() if code],
            required=self.required,
            ruling=Judgement(decision.person, decision.said.code) if ruled else None,
        )
        spoken = [code for code in heard.values() if code]
        return Item(
            item=item,
            state=came_to.state,
            said=self.wording(item, came_to, decision),
            origin=self.origin(came_to, decision),
            differs=len(spoken) == len(heard) and len(set(spoken)) > 1,
            silent=tuple(p for p, code in heard.items() if not code),
        )

    def wording(self, item, came_to, decision):
        """What stands, with the reasons of those who said so."""
        if not came_to.closed:
            return NOBODY
        if came_to.state is State.SETTLED:
            return decision.said
        said = [voice.get(item, NOBODY) for voice in self.voices.values()]
        reasons = [one.reason for one in said if one.code == came_to.value and one.reason]
        return Said(came_to.value, "\n".join(dict.fromkeys(reasons)))

    def origin(self, came_to, decision):
        if not came_to.closed:
            return ""
        if came_to.state is State.SETTLED:
            return Origin.RULED
        if decision and decision.origin == Origin.CONCEDED:
            return Origin.CONCEDED
        return Origin.SAME if self.required > 1 else Origin.SINGLE


def standing_of(assessment):
    """The ``Standing`` of an assessment from its rows."""
    submitted = assessment.appraisals.filter(status=Appraisal.Status.SUBMITTED).order_by("pk")
    voices = {one.appraiser_id: said_in(one) for one in submitted.prefetch_related("answers")}
    decisions = {
        row.item: Decision(row.origin, row.decided_by_id, Said(row.code, row.reason))
        for row in assessment.final_answers.filter(origin__in=DECIDED)
    }
    tool = judging.tool(assessment.instrument)
    return project(tool, assessment.params, voices, decisions, assessment.appraisers)


def said_in(appraisal):
    """``Said`` by item of one person's appraisal."""
    return {row.item: Said(row.code, row.reason) for row in appraisal.answers.all() if row.code}


def write(assessment, *, third=False):
    """Project a locked assessment into its rows; return the items found to differ just now.

    With ``third`` the change was a ruling: what it brings up stays with the third person.
    """
    rows = {row.item: row for row in assessment.final_answers.all()}
    now, new, differ = standing_of(assessment), [], []
    for item, found in now.items.items():
        row = rows.pop(item, None) or FinalAnswer(assessment=assessment, item=item)
        if found.differs and found.status != Status.UNUSED and not row.first_disagreed:
            row.first_disagreed = True
            differ.append(item)
        if third and found.status == Status.OPEN and not (row.pk and row.status == Status.OPEN):
            row.escalated = True
        _put(row, found.said, found.status, found.origin)
        new.append(row)
    for row in rows.values():
        _put(row, NOBODY, Status.UNUSED, "")
        row.escalated = False
    FinalAnswer.objects.bulk_update([row for row in [*new, *rows.values()] if row.pk], WRITTEN)
    FinalAnswer.objects.bulk_create([row for row in new if not row.pk])
    assessment.final_answers.filter(
        item__in=[item for item, row in rows.items() if not row.first_disagreed]
    ).delete()
    _close(assessment, now)
    return differ


def _put(row, said, status, origin):
    row.code, row.reason = said
    row.status, row.origin = status, origin
    if origin not in DECIDED:
        row.decided_by = row.decided_at = None


def _close(assessment, now):
    if now.status != assessment.status:
        assessment.move_to(now.status)
    settled = now.status == Assessment.Status.SETTLED
    assessment.judgements = judging.frozen(now.result) if settled else {}
    assessment.settled_at = timezone.now() if settled else None
    assessment.save(update_fields=["status", "judgements", "settled_at"])


def _answerable(tool, params):
    """Every item but judgements, and what silence on it means; None where it means nothing."""
    for param in judging.asked_params(tool, params):
        yield f"{judging.PARAM}:{param.id}", None
    for domain in tool.domains:
        for question in domain.questions:
            yield question.id, None
        for flag in domain.flags:
            yield f"{judging.FLAG}:{flag.id}", NOT_TICKED


def _used(tool, result):
    """Whether each question, statement and open choice applies, by item. None: not known yet,
    or an optional question, which counts when both have answered it."""
    used = {f"{judging.PARAM}:{problem.on}": True for problem in result.errors}
    for domain in result.domains:
        used |= {q.id: q.applies and (None if q.optional else True) for q in domain.questions}
        flags = tool.domain(domain.id).flags
        used |= {f"{judging.FLAG}:{flag.id}": domain.active for flag in flags}
    return used


def _status(found, applies):
    """A closed item is closed unless it does not apply. What differs can be decided before it
    is known to apply, so that the two meet once and not question by question."""
    if applies is False:
        return Status.UNUSED
    if found.said.code:
        return Status.CLOSED
    return Status.OPEN if applies or found.state is State.CONFLICT else Status.UNUSED
