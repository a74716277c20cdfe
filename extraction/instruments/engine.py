"""Run any instrument: route its questions, propose judgements, and say which rule fired.

Names no tool. Everything follows from the instrument's data in three-valued logic: what
is not answered yet is unknown, a question that routing hides counts as not applicable,
and a judgement is proposed as soon as the missing answers could no longer change it.
"""

from .domains import judge
from .facts import Facts, route, score
from .inputs import read
from .model import NOT_APPLICABLE
from .overall import judge_all
from .results import Assessment


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
    routed = [route(domain, given, facts) for domain in instrument.domains]
    scores = tuple(score(total, instrument, facts) for total in instrument.scores)
    facts.scores = {one.id: (one.low, one.high) for one in scores}
    domains = tuple(
        judge(instrument, domain, active, questions, given, facts)
        for domain, (active, questions) in zip(instrument.domains, routed, strict=True)
    )
    overall = judge_all(instrument, given, facts)
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
    return judge_all(instrument, given, facts)
