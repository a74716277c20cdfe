"""What a schema cannot see: names that lead nowhere, rules that look ahead, double ids.

Returns sentences for a person to act on; an empty list means that the engine can run
the instrument. That every complete routed answer set gives exactly one level is not
checked here (it needs an enumeration); the tests do so for each shipped tool.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from .conditions import references
from .model import NOT_APPLICABLE, OVERALL

RUNNABLE = ("domain_judgement", "scored_checklist")
MOST_QUESTIONS = 500


@dataclass(frozen=True)
class Scope:
    """What a condition at one place of the file may name; empty means nothing of that kind."""

    instrument: object
    questions: frozenset = frozenset()
    flags: frozenset = frozenset()
    parts: dict = field(default_factory=dict)
    domains: frozenset = frozenset()
    scores: frozenset = frozenset()


def lint(instrument):
    """Every fault of a built instrument, as sentences."""
    return [
        *_doubles(instrument),
        *_questions(instrument),
        *_routing(instrument),
        *_judgements(instrument),
        *_overall(instrument),
        *_citations(instrument),
    ]


def _doubles(instrument):
    if len(instrument.questions) > MOST_QUESTIONS:
        yield f"more than {MOST_QUESTIONS} questions"
    domains = instrument.domains
    ids = {
        "question or flag": [q.id for d in domains for q in d.questions]
        + [flag.id for d in domains for flag in d.flags],
        "domain": [domain.id for domain in domains] + [OVERALL],
        "part": [part.id for d in domains for part in d.parts],
        "rule": [rule.id for rules in _tables(instrument) for rule in rules],
        "param": [param.id for param in instrument.params],
        "score": [score.id for score in instrument.scores],
        "level": [level.code for level in instrument.scale],
    }
    for kind, names in ids.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield f"{kind} id {name} is used {times} times"


def _tables(instrument):
    for domain in instrument.domains:
        yield domain.rules
        yield from (part.rules for part in domain.parts)
    yield instrument.overall.rules


def _questions(instrument):
    for param in instrument.params:
        if param.type in ("choice", "multichoice") and not param.options:
            yield f"param {param.id} offers nothing to choose"
    for question in instrument.questions.values():
        codes = [option.code for option in question.options]
        if len(codes) < 2:
            yield f"question {question.id} has no option set with two options or more"
        if len(codes) != len(set(codes)):
            yield f"question {question.id} offers an option twice"
    for score in instrument.scores:
        for question in score.of:
            if question not in instrument.questions:
                yield f"score {score.id} adds up {question}, which is no question"
            elif not all(
                option.undecided or option.points is not None
                for option in instrument.questions[question].options
            ):
                yield f"score {score.id}: an option of question {question} has no points"


def _routing(instrument):
    for param in instrument.params:
        if param.required_if:
            yield from _condition(param.required_if, f"param {param.id}", Scope(instrument))
    scope = Scope(instrument, flags=_flags(instrument))
    for domain in instrument.domains:
        if domain.active_if:
            yield from _condition(domain.active_if, f"domain {domain.id}", scope)
        for question in domain.questions:
            if question.shown_if:
                yield from _condition(question.shown_if, f"question {question.id}", scope)
            scope = replace(scope, questions=scope.questions | {question.id})


def _judgements(instrument):
    scope = Scope(instrument, questions=frozenset(instrument.questions), flags=_flags(instrument))
    for domain in instrument.domains:
        parts = {}
        for part in domain.parts:
            levels = {rule.then for rule in part.rules}
            yield from _rules(part.rules, levels, replace(scope, parts=parts))
            parts = {**parts, part.id: levels}
        yield from _rules(domain.rules, _codes(instrument), replace(scope, parts=parts))
        scope = replace(scope, domains=scope.domains | {domain.id})


def _overall(instrument):
    if instrument.kind not in RUNNABLE:
        yield f"an instrument of kind {instrument.kind} is not a judgement tool"
    overall, codes = instrument.overall, _codes(instrument)
    if overall.mode in ("algorithm", "guidance") and not overall.rules:
        yield f"the overall judgement is by {overall.mode} and has no rules"
    scope = Scope(
        instrument,
        questions=frozenset(instrument.questions),
        flags=_flags(instrument),
        domains=frozenset(domain.id for domain in instrument.domains),
        scores=frozenset(score.id for score in instrument.scores),
    )
    yield from _rules(overall.rules, codes, scope)
    for escalation in overall.escalations:
        yield from _condition(escalation.when, f"escalation {escalation.id}", scope)
        if escalation.to not in codes:
            yield f"escalation {escalation.id} leads to {escalation.to}, which is no level"
    for level in instrument.consequences.keys() - codes:
        yield f"a consequence is written for {level!r}: begin it with “overall LEVEL:”"


def _rules(rules, levels, scope):
    for rule in rules:
        yield from _condition(rule.when, f"rule {rule.id}", scope)
        for level in {rule.then, *rule.admissible} - levels:
            yield f"rule {rule.id} gives {level}, which is no level"
        if rule.then not in rule.admissible:
            yield f"rule {rule.id} gives {rule.then}, which it does not leave open"


def _condition(condition, place, scope):
    for kind, name, codes in references(condition):
        known = _known(kind, name, scope)
        if known is None:
            yield f"{place} looks at {kind} {name}, which is not there or comes later"
        elif unknown := set(codes) - known:
            yield f"{place}: {kind} {name} can never be {', '.join(sorted(unknown))}"


def _known(kind, name, scope):
    """The codes that a name can take at this place, or None when it may not be named."""
    instrument = scope.instrument
    if kind == "question" and name in scope.questions:
        return {option.code for option in instrument.questions[name].options} | {NOT_APPLICABLE}
    if kind == "part":
        return scope.parts.get(name)
    if kind == "domain" and (name in scope.domains or (name == "*" and scope.domains)):
        return _codes(instrument)
    if kind == "score" and name in scope.scores:
        return set()
    if kind == "flag" and name in scope.flags:
        return set()
    for param in instrument.params:
        if param.id == name and param.type == kind:
            return {option.code for option in param.options}
    return None


def _citations(instrument):
    sources = {source["id"] for source in instrument.sources}
    for rules in _tables(instrument):
        for rule in rules:
            for source in set(rule.cite) - sources:
                yield f"rule {rule.id} cites {source}, which is not among the sources"


def _flags(instrument):
    return frozenset(flag.id for domain in instrument.domains for flag in domain.flags)


def _codes(instrument):
    return {level.code for level in instrument.scale}
