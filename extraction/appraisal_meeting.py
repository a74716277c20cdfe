"""Where two appraisals differ, as the page shows it to the two or to a third person; and how a
settled assessment reads."""

from dataclasses import dataclass

from review.blinding import Sight
from review.consensus import State

from . import appraisal_consensus as consensus
from . import judging
from .appraisal_sheet import choices_of
from .appraisal_verdict import Verdict, light_of, verdict_of, verdict_of_all
from .instruments.model import OVERALL
from .judging import NOT_TICKED, PROPOSED, TICKED
from .models import FinalAnswer

Status, Origin = FinalAnswer.Status, FinalAnswer.Origin
TICKS = ((TICKED, "Ticked"), (NOT_TICKED, "Not ticked"))


@dataclass(frozen=True, slots=True)
class Side:
    """What one person said of an item; ``who`` is "" where names are not shown."""

    letter: str
    who: str
    own: bool
    code: str
    words: str
    reason: str
    quote: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Open:
    """One item to decide. ``act`` says what this person can do: take (a side), answer (for the
    first time, or again), wait (the other has to answer)."""

    item: str
    name: str
    text: str
    why: str
    sides: list
    options: tuple
    act: str
    escalated: bool
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class Final:
    """One answer that stands; ``mark`` is the sign it is printed as, in a checklist. ``sides``
    are both answers where they may be seen."""

    item: str
    number: str
    text: str
    mark: str
    words: str
    reason: str
    starred: bool
    how: str
    who: str
    sides: list

    @property
    def witnessed(self):
        """Whether there is more to read than the answer itself."""
        return any(side.quote or side.reason for side in self.sides)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One domain of a settled assessment; ``verdict`` None where it has no judgement."""

    id: str
    title: str
    number: str
    verdict: Verdict | None
    finals: list


def open_items(assessment, view):
    """The ``Open`` items of an assessment for one person, in the order of the tool: all of them
    for the two, what was left to a third person for that one."""
    now = consensus.standing_of(assessment)
    rows = {row.item: row for row in assessment.final_answers.all()}
    tool = judging.tool(assessment.instrument)
    return [
        _open(tool, now, found, rows[item], view)
        for item, found in now.items.items()
        if found.status == Status.OPEN and (view.pair or rows[item].escalated)
    ]


def chapters(assessment, view):
    """A settled assessment as ``(chapters, overall verdict or None)``."""
    tool = judging.tool(assessment.instrument)
    now = consensus.standing_of(assessment)
    rows = assessment.final_answers.select_related("decided_by").exclude(status=Status.UNUSED)
    rows = {row.item: row for row in rows}
    found = []
    for domain in now.result.domains:
        if not domain.active:
            continue
        own = tool.domain(domain.id)
        items = [question.id for question in own.questions]
        items += [f"{judging.FLAG}:{flag.id}" for flag in own.flags]
        items.append(judging.judgement_of(domain.id))
        finals = [_final(tool, now, rows[item], view) for item in items if item in rows]
        verdict = verdict_of(tool, domain)
        found.append(Chapter(domain.id, domain.title, domain.number, verdict, finals))
    overall = verdict_of_all(tool, now.result) if now.result.overall.mode != "none" else None
    return found, overall


def words_of(tool, item, code):
    """An answer in words."""
    kind, name = judging.parts(item)
    if kind == judging.FLAG:
        return dict(TICKS).get(code, "")
    if kind == judging.JUDGEMENT:
        return "As the rules propose" if code == PROPOSED else light_of(tool, code).word
    if kind == judging.PARAM:
        options = next(param.options for param in tool.params if param.id == name)
        chosen = code.split(",")
        return ", ".join(option.label for option in options if option.code in chosen)
    option = tool.questions[name].option(code)
    return option.label if option else ""


def sides_of(tool, found, view):
    """What each of the two said of an item, as far as this person may see it."""
    silence = {judging.FLAG: NOT_TICKED, judging.JUDGEMENT: PROPOSED}
    sides = []
    for place, appraisal in enumerate(view.order(found.item)):
        seen = view.of(appraisal.appraiser_id, found.state)
        row = next((row for row in appraisal.answers.all() if row.item == found.item), None)
        code = row.code if row else silence.get(judging.parts(found.item)[0], "")
        if seen == Sight.NOTHING or appraisal.appraiser_id in found.silent or not code:
            continue
        own = appraisal.appraiser_id == view.seat.user.pk
        sides.append(
            Side(
                letter="AB"[place],
                who=("You" if own else str(appraisal.appraiser)) if seen == Sight.NAMED else "",
                own=own,
                code=code,
                words=words_of(tool, found.item, code),
                reason=row.reason if row else "",
                quote=row.quote if row else "",
                page=row.page if row else None,
            )
        )
    return sides


def _open(tool, now, found, row, view):
    me = view.seat.user.pk
    if found.state is State.CONFLICT or not view.pair:
        act = "take"
    else:
        act = "answer" if me in found.silent else "wait"
    kind, name = judging.parts(found.item)
    return Open(
        item=found.item,
        name=_named(tool, found.item),
        text=tool.questions[name].text if not kind else "",
        why=_why(tool, found, view),
        sides=sides_of(tool, found, view),
        options=_options(tool, now, found),
        act=act,
        escalated=row.escalated,
        needs_reason=kind == judging.JUDGEMENT,
    )


def _named(tool, item):
    name = judging.named(tool, item)
    if judging.parts(item)[0] == judging.JUDGEMENT:
        return f"Judgement, {name}"
    return name[0].upper() + name[1:]


def _why(tool, found, view):
    """Why an item on which nobody differs has come up."""
    if found.state is State.CONFLICT:
        return ""
    if judging.parts(found.item)[0] == judging.JUDGEMENT:
        return "The answers that stand lead to another suggestion, so the level is chosen again."
    if view.pair and view.seat.user.pk not in found.silent:
        return "It applies under the answers that stand. The other appraiser answers it now."
    return "It applies under the answers that stand, and was not asked of everybody before."


def _options(tool, now, found):
    """``(code, words)`` of what can be decided."""
    kind, name = judging.parts(found.item)
    if kind == judging.FLAG:
        return TICKS
    if kind == judging.JUDGEMENT:
        levels = tuple((level.code, level.label) for level in tool.scale)
        waits = found.state is State.WAITING
        judged = now.result.overall if name == OVERALL else now.result.domain(name)
        if waits or judged.mode in ("guidance", "manual"):
            return levels
        return ((PROPOSED, "As the rules propose"), *levels)
    if kind == judging.PARAM:
        options = next(param.options for param in tool.params if param.id == name)
    else:
        options = tool.questions[name].options
    return tuple((one.code, one.label) for one in choices_of(options, ""))


def _final(tool, now, row, view):
    found = now.items[row.item]
    kind, name = judging.parts(row.item)
    named = view.whole() is Sight.NAMED
    return Final(
        item=row.item,
        number=tool.questions[name].number if not kind else "",
        text=tool.questions[name].text if not kind else _named(tool, row.item),
        mark="" if kind or row.code.isalnum() else row.code.replace("-", "−"),
        words=words_of(tool, row.item, row.code),
        reason=row.reason,
        starred=row.first_disagreed,
        how=row.get_origin_display(),
        who=str(row.decided_by) if named and row.decided_by else "",
        sides=sides_of(tool, found, view),
    )
