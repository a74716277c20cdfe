"""Conditions of an instrument: a closed tree of plain dicts, in three-valued logic.

``holds`` decides one, ``references`` lists what it names, ``wording.words`` says it to
a reader. The thirteen forms are those of ``instrument.schema.json``; no text of the
file is ever evaluated as code.
"""

from operator import eq, ge, gt, le, lt, ne

COMPARE = {">=": ge, "<=": le, "==": eq, ">": gt, "<": lt, "!=": ne}


def holds(condition, facts):
    """True, False, or None while something it depends on is not known yet.

    ``facts`` answers: ``answer(id)`` (a code, "NA" when it does not apply, None when
    unknown), ``param(id)``, ``flag(id)``, ``part(id)`` and ``domain(id)`` (the set of
    levels still possible), ``score(id)`` (lowest and highest possible), ``counted()``.
    """
    match condition:
        case {"q": question, "in": codes}:
            code = facts.answer(question)
            return None if code is None else code in codes
        case {"all": inner}:
            return _every([holds(one, facts) for one in inner])
        case {"any": inner}:
            return _negate(_every([_negate(holds(one, facts)) for one in inner]))
        case {"not": inner}:
            return _negate(holds(inner, facts))
        case {"part": part, "in": levels}:
            return _within(facts.part(part), levels)
        case {"domain": domain, "in": levels}:
            return _within(facts.domain(domain), levels)
        case {"param": param, "eq": code}:
            chosen = facts.param(param)
            return None if chosen is None else chosen == code
        case {"param": param, "contains": code}:
            chosen = facts.param(param)
            return None if chosen is None else code in chosen
        case {"flag": flag}:
            return facts.flag(flag)
        case {"count": {"of": questions, "in": codes}, "op": op, "n": n}:
            answers = [facts.answer(question) for question in questions]
            low = sum(code in codes for code in answers if code is not None)
            return _compare(low, low + answers.count(None), op, n)
        case {"count_domains": {"in": levels} as scope, "op": op, "n": n}:
            found = [_within(facts.domain(one), levels) for one in _domains(scope, facts)]
            low = found.count(True)
            return _compare(low, low + found.count(None), op, n)
        case {"score": score, "op": op, "n": n}:
            return _compare(*facts.score(score), op, n)
        case {"always": True}:
            return True
    raise ValueError(f"not a condition: {condition!r}")


def references(condition):
    """Everything the condition names, as (kind, id, codes); id is "*" for all domains."""
    match condition:
        case {"all": inner} | {"any": inner}:
            for one in inner:
                yield from references(one)
        case {"not": inner}:
            yield from references(inner)
        case {"q": question, "in": codes}:
            yield "question", question, codes
        case {"count": {"of": questions, "in": codes}}:
            for question in questions:
                yield "question", question, codes
        case {"part": part, "in": levels}:
            yield "part", part, levels
        case {"domain": domain, "in": levels}:
            yield "domain", domain, levels
        case {"count_domains": {"of": [*domains], "in": levels}}:
            for domain in domains:
                yield "domain", domain, levels
        case {"count_domains": {"in": levels}}:
            yield "domain", "*", levels
        case {"param": param, "eq": code}:
            yield "choice", param, [code]
        case {"param": param, "contains": code}:
            yield "multichoice", param, [code]
        case {"flag": flag}:
            yield "flag", flag, []
        case {"score": score}:
            yield "score", score, []


def _every(values):
    if False in values:
        return False
    return None if None in values else True


def _negate(value):
    return None if value is None else not value


def _within(possible, wanted):
    """Whether a level is one of ``wanted``, given the set of levels it can still become."""
    if possible.isdisjoint(wanted):
        return False
    return True if possible.issubset(wanted) else None


def _compare(low, high, op, n):
    """Compare a number known to lie in [low, high]; whole steps are not needed to be exact."""
    ends = {COMPARE[op](low, n), COMPARE[op](high, n)}
    if len(ends) == 2 or (op in ("==", "!=") and low < n < high):
        return None
    return ends.pop()


def _domains(scope, facts):
    return facts.counted() if scope.get("of", "active") == "active" else scope["of"]
