"""From rows to the engine and back: a pinned instrument as a tool, items as its answers.

An *item* is what one answer is about: a question's id, ``flag:<id>``, ``param:<id>``,
``judgement:<domain id>`` or ``judgement:overall``.
"""

import json
from collections import namedtuple
from functools import lru_cache

from review.models import IllegalMove

from .instruments import assess, parse
from .instruments.model import NOT_APPLICABLE, OVERALL

FLAG, PARAM, JUDGEMENT = "flag", "param", "judgement"
TICKED, NOT_TICKED = "yes", "no"
PROPOSED = "proposed"  # the final judgement is the one that the rules propose
DESCRIBED = ("text", "table")  # params that describe and steer nothing

Said = namedtuple("Said", ("code", "reason"), defaults=("",))


class BadAnswer(ValueError):
    """Answers that the tool cannot use; ``problems`` lists them as (item, words)."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__(" ".join(words for _, words in problems))


class Incomplete(IllegalMove):
    """What an appraisal lacks to be submitted; ``missing`` lists it as (item, words)."""

    def __init__(self, missing, text):
        super().__init__(text)
        self.missing = missing


@lru_cache(maxsize=32)
def _parsed(text):
    return parse(text)


def tool(instrument):
    """The tool that a row of ``Instrument`` pins, as the engine reads it."""
    return _parsed(json.dumps(instrument.definition, sort_keys=True))


def definition(tool):
    """What a row of ``Instrument`` keeps of a tool: all of it."""
    return json.loads(tool.canonical)


def parts(item):
    """``(kind, id)`` of an item; the kind of a question is ""."""
    kind, colon, name = item.partition(":")
    return (kind, name) if colon and kind in (FLAG, PARAM, JUDGEMENT) else ("", item)


def judgement_of(name):
    """The item of a domain's judgement, or of the overall one."""
    return f"{JUDGEMENT}:{name}"


def asked_params(tool, params):
    """The preliminary choices that steer the tool and that the lead has left to appraisers."""
    return [
        param
        for param in tool.params
        if (param.required or param.required_if)
        and param.type not in DESCRIBED
        and not params.get(param.id)
    ]


def judge(tool, params, said, disagreed=()):
    """The engine's ``Assessment`` of ``said``, ``Said`` by item, on top of the lead's params."""
    answers, flags, overrides = {}, {}, {}
    params = dict(params)
    known = {param.id: param for param in tool.params}
    for item, (code, reason) in said.items():
        kind, name = parts(item)
        if not code or code == PROPOSED:
            continue
        if kind == FLAG:
            flags[name] = code == TICKED
        elif kind == PARAM:
            several = name in known and known[name].type == "multichoice"
            params[name] = code.split(",") if several else code
        elif kind == JUDGEMENT:
            overrides[name] = {"level": code, "reason": reason}
        else:
            answers[name] = code
    for name in disagreed:
        if name in tool.questions and tool.questions[name].disagreement_flag:
            flags[name] = True
    return assess(tool, answers, params, flags, overrides)


def check(tool, params, said, items):
    """Raise ``BadAnswer`` unless the tool can use what ``said`` holds for these ``items``."""
    items = [item for item in items if said[item].code]
    problems = [(item, words) for item in items for words in _refused(tool, params, item, said)]
    if not problems:
        result = judge(tool, params, said)
        errors = {problem.on: problem.text for problem in result.errors}
        problems = [(i, errors[parts(i)[1]]) for i in items if parts(i)[1] in errors]
        overall = judgement_of(OVERALL)
        if overall in items and not problems and result.overall.final != said[overall].code:
            floor = tool.level(result.overall.floor).label
            problems.append((overall, f"The domains allow nothing milder than “{floor}” overall."))
    if problems:
        raise BadAnswer(problems)


def _refused(tool, params, item, said):
    """What the workbench itself refuses, before the engine is asked."""
    (kind, name), code = parts(item), said[item].code
    if len(code) > 200:
        yield "This answer is too long."
    elif kind == FLAG:
        if name not in {flag.id for domain in tool.domains for flag in domain.flags}:
            yield f"This tool has nothing to tick for {name}."
        elif code not in (TICKED, NOT_TICKED):
            yield "A statement is either ticked or not."
    elif kind == PARAM and name not in {param.id for param in asked_params(tool, params)}:
        yield "This choice is not left to the appraisers."
    elif not kind and name in tool.questions:
        option = tool.questions[name].option(code)
        number = tool.questions[name].number
        if code == NOT_APPLICABLE and not option:
            yield f"{number}: whether a question applies follows from the other answers."
        elif option and option.undecided:
            yield f"{number}: this mark is set where two appraisers differ; nobody chooses it."


def named(tool, item):
    """What a reader calls an item: ``2.3``, ``domain 2``, ``overall``, or its words."""
    kind, name = parts(item)
    if kind == FLAG:
        return next((f.text for d in tool.domains for f in d.flags if f.id == name), name)
    if kind == PARAM:
        return next((param.text for param in tool.params if param.id == name), name)
    if kind == JUDGEMENT:
        return OVERALL if name == OVERALL else domain_name(tool.domain(name))
    return tool.questions[name].number if name in tool.questions else name


def domain_name(domain):
    """``domain 2``, or the title of a domain without a number."""
    return f"domain {domain.number}" if domain.number else domain.title


def overall_waits(tool, result):
    """Whether the overall level is left to a person who has not said yet."""
    overall = result.overall
    if overall.mode == "none" or overall.chosen or not tool.overridable(OVERALL):
        return False
    return overall.final is None or len(overall.admissible) > 1


def missing(tool, result):
    """What keeps an appraisal from being complete, as (item, words), in the tool's order."""
    found = []
    for problem in result.errors:
        kinds = {param.id: PARAM for param in tool.params}
        kinds |= dict.fromkeys([OVERALL, *(domain.id for domain in tool.domains)], JUDGEMENT)
        kind = kinds.get(problem.on)
        found.append((f"{kind}:{problem.on}" if kind else problem.on, problem.text))
    for domain in result.domains:
        for name in domain.missing:
            found.append((name, f"{tool.questions[name].number} has no answer"))
        if domain.unconfirmed:
            words = f"{domain_name(domain)} waits for your judgement"
            found.append((judgement_of(domain.id), words))
    if not found and overall_waits(tool, result):
        found.append((judgement_of(OVERALL), "the overall judgement waits for your choice"))
    return found


def check_complete(tool, result):
    """Raise ``Incomplete``, with the list by number, unless everything is answered."""
    lacking = missing(tool, result)
    if not lacking:
        return
    numbers = [tool.questions[item].number for item, _ in lacking if item in tool.questions]
    others = [words.rstrip(".") for item, words in lacking if item not in tool.questions]
    unanswered = [f"{', '.join(numbers)} {'have' if numbers[1:] else 'has'} no answer"]
    text = "; ".join((unanswered if numbers else []) + others)
    raise Incomplete(lacking, f"Before you can submit: {text}.")


def frozen(result):
    """The judgements of a settled assessment as plain JSON. A domain without a judgement of
    its own, or that does not apply, is left out."""
    return {
        "domains": [
            {
                "id": domain.id,
                "number": domain.number,
                "title": domain.title,
                "proposed": domain.proposal,
                "final": domain.final,
                "reason": domain.reason,
            }
            for domain in result.domains
            if domain.active and domain.mode != "none"
        ],
        "overall": {
            "proposed": result.overall.proposal,
            "final": result.overall.final,
            "reason": result.overall.reason,
        },
        "scores": [{"id": one.id, "low": one.low, "high": one.high} for one in result.scores],
        "complete": result.complete,
    }


def light(tool, code):
    """The colour of a level, by its rank and not its name: low, some, serious, high, none for
    a level without rank; todo when there is no level."""
    severity = tool.severity(code)
    if tool.level(code) is None:
        return "todo"
    if severity is None:
        return "none"
    ranks = sorted({level.severity for level in tool.scale if level.severity is not None})
    place = ranks.index(severity)
    if place == 0:
        return "low"
    if place == len(ranks) - 1:
        return "high"
    return "some" if place == 1 else "serious"
