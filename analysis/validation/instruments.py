"""Appraisal cases: answers to an instrument, and the judgements they must lead to.

The instruments are the project's own; a case file brings answers only. What a case
expects is compared entry by entry; ``rule`` and ``is`` describe the data behind the
expectation and are not compared.
"""

import re

from extraction.instruments import assess, catalogue, judge_overall

from .cases import Outcome, Result, case_groups, difference, judged
from .prisma import GROUP as PRISMA

DESCRIBED = {"rule", "is"}
ESCALATION = re.compile(r"escalation_to_(.+)_offered")


def run(directory):
    """Outcomes of every appraisal case in the case files of a directory."""
    instruments = catalogue()
    for name, group, cases in case_groups(directory):
        if group == PRISMA:
            continue
        for case in cases:
            label = f"{name} {group} {case.get('id', '?')}"
            if group in instruments:
                yield run_case(label, instruments[group], case)
            else:
                reason = f"{group}: no appraisal instrument of that name is offered yet"
                yield Outcome(label, Result.SKIPPED, reason)


def run_case(label, instrument, case):
    """One case; a case that cannot be read fails and says so."""
    try:
        expected = {key: case["expect"][key] for key in case["expect"] if key not in DESCRIBED}
        got = observed(instrument, case)
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        return judged(label, case, [f"cannot be run: {problem!r}"])
    compared = {key: _entry(key, got, wanted) for key, wanted in expected.items()}
    differences = [
        sentence
        for key, (known, value) in compared.items()
        if known
        for sentence in difference(key, value, expected[key])
    ]
    unknown = [key for key, (known, _) in compared.items() if not known]
    if not differences and (unknown or not compared):
        named = ", ".join(unknown) or "anything: it expects nothing"
        return Outcome(label, Result.SKIPPED, f"cannot compare {named}")
    return judged(label, case, differences)


def observed(instrument, case):
    """What the engine says of a case, by the names that expectations use."""
    if "domains" in case and not {"answers", "marks"} & case.keys():
        return _overall(judge_overall(instrument, case["domains"]))
    answers = _answers(instrument, case)
    assessment = assess(instrument, answers, case.get("params"), case.get("flags"))
    got = {
        **_overall(assessment.overall),
        "domains": {domain.id: domain.proposal for domain in assessment.domains},
        "scores": {score.id: _points(score) for score in assessment.scores},
        "score": next((_points(s) for s in assessment.scores if s.id == "total"), None),
        "error_on": [problem.on for problem in assessment.errors],
        "warning_on": [problem.on for problem in assessment.warnings],
        **_form(assessment),
    }
    if "domain" in case:
        domain = assessment.domain(case["domain"])
        got |= {
            "judgement": domain.proposal,
            "admissible": list(domain.admissible),
            "parts": {part.id: part.verdict.level for part in domain.parts} or None,
            **_form(domain),
        }
    return got


def _overall(overall):
    return {
        "overall": overall.proposal,
        "band": overall.proposal,
        "admissible": list(overall.admissible),
        "escalations_offered": [escalation.id for escalation in overall.escalations],
        "escalated_to": {escalation.to for escalation in overall.escalations},
    }


def _form(result):
    return {
        "shown": list(result.shown),
        "missing": list(result.missing),
        "complete": result.complete,
        "provisional": result.provisional,
    }


def _points(score):
    return score.low if score.value is not None else [score.low, score.high]


def _answers(instrument, case):
    """Answers by question id; a string of marks is one character a question, blank = none."""
    marks = case.get("marks", case.get("answers_1_16"))
    if marks is None:
        return case["answers"]
    questions = list(instrument.questions.values())
    if len(marks) != len(questions):
        raise ValueError(f"{len(marks)} marks for {len(questions)} questions")
    spelt = dict(entry.split(" ", 1) for entry in case.get("code", "").split(", ") if entry)
    return {
        question.id: _code(question, mark.strip(), spelt)
        for question, mark in zip(questions, marks, strict=True)
    }


def _code(question, mark, spelt):
    """The option that a mark stands for: by the case's own legend, else the mark itself."""
    label = spelt.get(mark)
    return next((option.code for option in question.options if option.label == label), mark)


def _entry(key, got, expected):
    """(whether this expectation can be compared, what was got for it)."""
    if escalation := ESCALATION.fullmatch(key):
        return True, escalation[1] in got["escalated_to"]
    if key == "domains" and key in got:
        return True, {domain: got[key].get(domain) for domain in expected}
    if key in ("error_on", "warning_on") and key in got:
        # One id must be among those named; a list must be all of them; None means none.
        named = got[key] or None
        return True, expected if named and expected in named else named
    return key in got, got.get(key)
