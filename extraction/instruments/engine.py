"""Run any instrument: route its questions, propose judgements, and say which rule fired.

Names no tool. Everything follows from the instrument's data in three-valued logic: what
is not answered yet is unknown, a question that routing hides counts as not applicable,
and a judgement is proposed as soon as the missing answers could no longer change it.
"""

from .conditions import holds
from .inputs import BLANK, offer, read
from .model import NOT_APPLICABLE, OVERALL
from .results import (
    Assessment,
    DomainResult,
    OverallResult,
    PartResult,
    Problem,
    QuestionResult,
    Score,
    Verdict,
)

NOTHING = Verdict(None, ())


class Facts:
    """What conditions may look at, filled in as the assessment proceeds."""

    def __init__(self, given):
        self.codes = {}
        self.params = given.params
        self.flags = given.flags
        self.parts = {}
        self.levels = {}
        self.scores = {}
        self.counting = []

    def answer(self, question):
        return self.codes[question]

    def param(self, param):
        return self.params.get(param)

    def flag(self, flag):
        return flag in self.flags

    def part(self, part):
        return self.parts[part]

    def domain(self, domain):
        return self.levels.get(domain, frozenset({NOT_APPLICABLE}))

    def score(self, score):
        return self.scores[score]

    def counted(self):
        return self.counting


def assess(instrument, answers, params=None, flags=None, overrides=None):
    """Judge one set of answers; never raises on what a person entered.

    Parameters
    ----------
    instrument : Instrument
    answers : mapping
        Option code by question id. Absent, None or "" is unanswered.
    params : mapping
        Preliminary choices by id: a code, a list of codes, or free text.
    flags : mapping
        True by the id of a statement that is ticked, or of a question on which the
        assessors first disagreed (where the tool marks that).
    overrides : mapping
        ``{"level": ..., "reason": ...}`` by domain id, or under "overall".

    Returns
    -------
    Assessment
        Unusable input is listed in ``errors`` and treated as not given. Answers to
        questions that do not apply are kept, unused, and listed in ``warnings``.
    """
    given = read(instrument, answers or {}, params or {}, flags or {}, overrides or {})
    facts = Facts(given)
    routed = [_route(domain, given, facts) for domain in instrument.domains]
    scores = tuple(_score(total, instrument, facts) for total in instrument.scores)
    facts.scores = {score.id: (score.low, score.high) for score in scores}
    domains = tuple(
        _judge(instrument, domain, active, questions, given, facts)
        for domain, (active, questions) in zip(instrument.domains, routed, strict=True)
    )
    overall = _judge_overall(instrument, given, facts)
    warnings = [*given.warnings, *(one for domain in domains for one in domain.warnings)]
    return Assessment(
        instrument=instrument.id,
        version=instrument.version,
        revision=instrument.revision,
        sha256=instrument.sha256,
        domains=domains,
        overall=overall,
        scores=scores,
        errors=tuple(given.errors),
        warnings=(*warnings, *overall.warnings),
        complete=not given.errors
        and all(domain.active is False or domain.complete for domain in domains)
        and (overall.mode != "manual" or overall.chosen),
    )


def judge_overall(instrument, levels):
    """The overall judgement that given domain levels lead to, without any answers.

    ``levels`` maps domain id to a level, or to None for a domain not judged yet; a
    domain that is absent does not apply. Raises ValueError for an unknown domain or
    level. Questions that overall rules look at count as not applicable.
    """
    codes = {level.code for level in instrument.scale}
    counts = {domain.id: domain.counts for domain in instrument.domains}
    given = read(instrument, {}, {}, {}, {})
    facts = Facts(given)
    facts.codes = dict.fromkeys(instrument.questions, NOT_APPLICABLE)
    facts.scores = {total.id: (0, 0) for total in instrument.scores}
    for name, level in levels.items():
        if name not in counts:
            raise ValueError(f"{instrument.title} has no domain {name}")
        if level is not None and level not in codes:
            raise ValueError(f"{level!r} is no judgement of {instrument.title}")
        if counts[name]:
            facts.counting.append(name)
        facts.levels[name] = frozenset(codes if level is None else {level})
    return _judge_overall(instrument, given, facts)


def _route(domain, given, facts):
    """Decide which questions apply; leaves their codes in ``facts``, in the tool's order."""
    active = holds(domain.active_if, facts) if domain.active_if else True
    questions = []
    for question in domain.questions:
        applies = active
        if applies is not False and question.shown_if:
            shown = holds(question.shown_if, facts)
            applies = shown if active or shown is False else None
        answer = given.answers.get(question.id)
        if answer == NOT_APPLICABLE and not question.option(answer):
            answer = None
            if applies:
                text = f"{question.number} applies, so an answer is needed. {offer(question)}"
                given.refuse(question.id, text)
        facts.codes[question.id] = (
            NOT_APPLICABLE if applies is False else answer if applies else None
        )
        disagreed = question.id in given.disagreed
        questions.append(QuestionResult(question.id, applies, answer, question.optional, disagreed))
    return active, tuple(questions)


def _score(total, instrument, facts):
    low = high = 0
    for name in total.of:
        code = facts.answer(name)
        if code == NOT_APPLICABLE:
            continue
        question = instrument.questions[name]
        option = question.option(code)
        if option and not option.undecided:
            points = [option.points]
        else:
            points = [one.points for one in question.options if not one.undecided]
        low, high = low + min(points), high + max(points)
    return Score(total.id, low, high)


def _decide(rules, facts):
    """First rule that holds; undetermined while an earlier unknown one gives another level."""
    candidates, settled = [], False
    for rule in rules:
        held = holds(rule.when, facts)
        if held is not False:
            candidates.append(rule)
        if held:
            settled = True
            break
    levels = tuple(dict.fromkeys(rule.then for rule in candidates))
    if len(levels) != 1:
        return Verdict(None, levels)
    admissible = dict.fromkeys(level for rule in candidates for level in rule.admissible)
    return Verdict(levels[0], levels, candidates[-1 if settled else 0], tuple(admissible))


def _judge(instrument, domain, active, questions, given, facts):
    parts, verdict = (), NOTHING
    if active is not False:
        parts = tuple(_part(part, facts) for part in domain.parts)
        if domain.mode == "manual":
            verdict = Verdict(None, tuple(level.code for level in instrument.scale))
        else:
            verdict = _decide(domain.rules, facts)
    possible = set(verdict.possible)
    if not active:
        verdict, possible = NOTHING, possible | {NOT_APPLICABLE}
    warnings = _unused(instrument, domain, active, questions, given)
    choice = given.choices.get(domain.id) if active else None
    final, reason = _settle(domain.id, domain.mode, verdict, choice, given)
    facts.levels[domain.id] = frozenset(possible if final is None else {final})
    if domain.counts:
        facts.counting.append(domain.id)
    answered = all(one.applies is not None and not one.missing for one in questions)
    return DomainResult(
        id=domain.id,
        number=domain.number,
        title=domain.title,
        mode=domain.mode,
        active=active,
        questions=questions,
        parts=parts,
        verdict=verdict,
        final=final,
        reason=reason,
        chosen=choice is not None,
        complete=bool(active) and answered and (domain.mode != "manual" or final is not None),
        warnings=tuple(warnings),
    )


def _part(part, facts):
    verdict = _decide(part.rules, facts)
    facts.parts[part.id] = frozenset(verdict.possible)
    return PartResult(part.id, part.title, verdict)


def _settle(name, mode, verdict, choice, given):
    """The final level and its reason; a level that no rule leaves open needs a reason."""
    if choice is None:
        return verdict.level, ""
    if choice.level not in verdict.admissible and mode != "manual" and choice.reason in BLANK:
        given.refuse(name, f"Say why the judgement is {choice.level}: the rules do not give it.")
    return choice.level, choice.reason


def _unused(instrument, domain, active, questions, given):
    """Warnings about what was entered and has no effect, or no definite one."""
    for one in questions:
        question = instrument.questions[one.id]
        if one.applies is False and one.answer is not None:
            why = question.asked_when if active is not False else domain.active_when
            said = f"{question.number} does not apply (asked when {why})."
            yield Problem(one.id, f"{said} The answer is kept but not used.")
        if one.applies and one.answer and question.option(one.answer).undecided:
            yield Problem(one.id, f"{question.number}: {question.option(one.answer).label}.")
    if active is False:
        said = f"“{domain.title}” does not apply (judged when {domain.active_when})."
        entered = [flag.id for flag in domain.flags if flag.id in given.flags]
        for name in entered + [domain.id] * (domain.id in given.choices):
            yield Problem(name, f"{said} What was entered is kept but not used.")


def _judge_overall(instrument, given, facts):
    overall = instrument.overall
    if overall.mode == "manual":
        verdict = Verdict(None, tuple(level.code for level in instrument.scale))
    else:
        verdict = _decide(overall.rules, facts)
    floor, behind = _floor(instrument, facts) if overall.floor else (None, ())
    warnings = []
    verdict = _raised(instrument, verdict, floor, warnings)
    choice = given.choices.get(OVERALL)
    final, reason = _settle(OVERALL, overall.mode, verdict, choice, given)
    if choice and _milder(instrument, final, floor, verdict.admissible):
        text = f"The overall judgement stays at {floor}: it cannot be milder than the worst domain."
        warnings.append(Problem(OVERALL, text))
        final = floor
    if final in instrument.consequences:
        warnings.append(Problem(OVERALL, f"Overall {final}: {instrument.consequences[final]}"))
    return OverallResult(
        mode=overall.mode,
        verdict=verdict,
        final=final,
        reason=reason,
        chosen=choice is not None,
        floor=floor,
        floor_domains=behind,
        escalations=tuple(one for one in overall.escalations if holds(one.when, facts)),
        warnings=tuple(warnings),
    )


def _floor(instrument, facts):
    """The mildest level that the domains allow, and the ids of the domains behind it.

    A domain still open counts with the mildest level it can become; one that may be
    without information, or may not apply, holds nothing up.
    """
    mildest = {}
    for name in facts.counted():
        severities = [instrument.severity(level) for level in facts.domain(name)]
        if severities and None not in severities:
            mildest[name] = min(severities)
    if not mildest:
        return None, ()
    worst = max(mildest.values())
    level = next(level.code for level in instrument.scale if level.severity == worst)
    return level, tuple(name for name, severity in mildest.items() if severity == worst)


def _milder(instrument, level, floor, admissible):
    """Whether ``level`` is below the floor; one without a rank is, unless a rule allows it."""
    if floor is None:
        return False
    severity = instrument.severity(level)
    if severity is None:
        return level not in admissible
    return severity < instrument.severity(floor)


def _raised(instrument, verdict, floor, warnings):
    """The verdict with every level that is milder than the worst domain lifted to it."""
    allowed = tuple(
        dict.fromkeys(
            floor if _milder(instrument, level, floor, verdict.possible) else level
            for level in verdict.possible
        )
    )
    if allowed == verdict.possible:
        return verdict
    if verdict.level:
        text = f"The rules give {verdict.level}; the worst domain lifts this to {floor}."
        warnings.append(Problem(OVERALL, text))
    return Verdict(allowed[0] if len(allowed) == 1 else None, allowed, verdict.rule, allowed)
