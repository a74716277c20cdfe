"""Judge one domain: its parts, its decision table, and what a person chose instead."""

from .conditions import holds
from .inputs import BLANK
from .model import NOT_APPLICABLE
from .results import DomainResult, PartResult, Problem, Verdict

NOTHING = Verdict(None, ())


def decide(rules, facts):
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


def judge(instrument, domain, active, questions, given, facts):
    parts, verdict = (), NOTHING
    if active is not False:
        parts = tuple(_part(part, facts) for part in domain.parts)
        if domain.mode == "manual":
            verdict = Verdict(None, tuple(level.code for level in instrument.scale))
        else:
            verdict = decide(domain.rules, facts)
    possible = set(verdict.possible)
    if not active:
        verdict, possible = NOTHING, possible | {NOT_APPLICABLE}
    warnings = _unused(instrument, domain, active, questions, given)
    choice = given.choices.get(domain.id) if active else None
    final, reason = settle(domain.id, domain.mode, verdict, choice, given)
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
    verdict = decide(part.rules, facts)
    facts.parts[part.id] = frozenset(verdict.possible)
    return PartResult(part.id, part.title, verdict)


def settle(name, mode, verdict, choice, given):
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
