"""One person's appraisal laid out for its page: lines, verdicts, and what a saved answer moves.

Everything here is plain data for templates, compared by value: the page after an answer
differs from the page before it exactly where the answer moved something.
"""

from dataclasses import dataclass

from . import judging
from .appraisal_verdict import Verdict, verdict_of, verdict_of_all
from .appraise import Given, content

KEYS = {
    "Y": "y", "SY": "y", "PY": "Y", "WY": "Y", "PN": "N", "WN": "N", "N": "n", "SN": "n",
    "NI": "0", "NMA": "0", "U": "0", "+": "+", "-": "-",
}  # fmt: skip
SHORT_LABEL = 24


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be given; ``key`` presses it. ``short`` is what stands on a button."""

    code: str
    label: str
    short: str
    key: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One question, statement or preliminary choice.

    ``state`` is asked, waits (an earlier answer decides) or unused; ``asked_when`` is its
    routing in words, ``kept`` an answer that is not used. ``kind`` says how it is answered:
    segment (codes in a row), list (answers in words), tick, several.
    """

    item: str
    number: str
    text: str
    official: str
    help: str
    guidance: str
    kind: str
    state: str
    asked_when: str
    kept: str
    choices: tuple
    given: Given

    @property
    def answered(self):
        return bool(self.given.code)

    @property
    def ticked(self):
        return self.given.code == judging.TICKED


@dataclass(frozen=True, slots=True)
class Section:
    """One domain. ``active`` is None while what decides it is missing."""

    id: str
    number: str
    title: str
    short: str
    active: bool | None
    active_when: str
    lines: tuple
    verdict: Verdict | None
    left: int
    unused: int

    @property
    def asked(self):
        return sum(line.state == "asked" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole appraisal. ``scores`` are (name, low, high); ``missing`` is (anchor on the page,
    words)."""

    params: tuple
    sections: tuple
    overall: Verdict | None
    scores: tuple
    missing: tuple

    @property
    def lines(self):
        return [*self.params, *(line for section in self.sections for line in section.lines)]

    @property
    def chooses(self):
        """Whether the lead has left a preliminary choice to the appraisers."""
        return any(line.state == "asked" for line in self.params)

    @property
    def asked(self):
        return [line for line in self.lines if line.state == "asked" and line.kind != "tick"]

    @property
    def answered(self):
        return [line for line in self.asked if line.answered]


def lay_out(appraisal):
    """The ``Sheet`` of one appraisal."""
    assessment = appraisal.assessment
    tool = judging.tool(assessment.instrument)
    given = {row.item: content(row) for row in appraisal.answers.all()}
    said = {item: judging.Said(one.code, one.reason) for item, one in given.items()}
    result = judging.judge(tool, assessment.params, said)
    guidance = assessment.instrument.guidance
    required = {problem.on for problem in result.errors}
    return Sheet(
        params=tuple(
            _param(param, given, param.id in required)
            for param in judging.asked_params(tool, assessment.params)
        ),
        sections=tuple(_section(tool, domain, given, guidance) for domain in result.domains),
        overall=verdict_of_all(tool, result) if result.overall.mode != "none" else None,
        scores=tuple((one.id, one.low, one.high) for one in result.scores),
        missing=anchored(judging.missing(tool, result)),
    )


def anchored(missing):
    """What is missing, by the id of the element on the page that can give it."""
    found = []
    for item, words in missing:
        kind, name = judging.parts(item)
        found.append((f"verdict-{name}" if kind == judging.JUDGEMENT else f"line-{item}", words))
    return tuple(found)


def choices_of(options, chosen):
    """The answers that a person may give, with the keys that press them."""
    chosen = chosen.split(",")
    return tuple(
        Choice(
            code=option.code,
            label=option.label,
            short=option.code.replace("-", "−"),
            key=KEYS.get(option.code) or (option.code if _is_letter(option.code) else ""),
            chosen=option.code in chosen,
        )
        for option in options
        if not option.undecided
    )


def moved(before, after):
    """What of two sheets of one appraisal differs, for the page to replace: whole sections,
    else their lines and verdicts."""
    old = {section.id: section for section in before.sections}
    whole = [section for section in after.sections if section.active != old[section.id].active]
    rest = [section for section in after.sections if section not in whole]

    def judged(section):
        return section.verdict, section.left

    was = {line.item: (line.state, line.kept) for line in before.lines}
    lines = [*after.params, *(line for section in rest for line in section.lines)]
    return {
        "sections": whole,
        "lines": [line for line in lines if (line.state, line.kept) != was[line.item]],
        "verdicts": [s for s in rest if s.verdict and judged(s) != judged(old[s.id])],
        "overall_moved": (before.overall, before.scores) != (after.overall, after.scores),
    }


def _section(tool, domain, given, guidance):
    own = tool.domain(domain.id)
    state = {one.id: one for one in domain.questions}
    lines = [_question(q, state[q.id], given, guidance.get(q.id, "")) for q in own.questions]
    lines += [_flag(flag, domain.active, given) for flag in own.flags]
    return Section(
        id=domain.id,
        number=domain.number,
        title=domain.title,
        short=own.short,
        active=domain.active,
        active_when=own.active_when,
        lines=tuple(lines),
        verdict=verdict_of(tool, domain),
        left=len(domain.missing),
        unused=sum(line.state == "unused" for line in lines),
    )


def _question(question, state, given, guidance):
    mine = given.get(question.id, Given())
    standing = {True: "asked", False: "unused", None: "waits"}[state.applies]
    kept = question.option(mine.code) if standing != "asked" else None
    choices = choices_of(question.options, mine.code)
    long = any(len(choice.label) > SHORT_LABEL for choice in choices)
    return Line(
        item=question.id,
        number=question.number,
        text=question.text,
        official=question.official_text or "",
        help=" ".join(filter(None, (question.help, question.note))),
        guidance=guidance,
        kind="list" if long else "segment",
        state=standing,
        asked_when=question.asked_when,
        kept=kept.label if kept else "",
        choices=choices,
        given=mine,
    )


def _flag(flag, active, given):
    item = f"{judging.FLAG}:{flag.id}"
    return _extra(item, flag.text, "tick", (), given, "unused" if active is False else "asked")


def _param(param, given, required):
    item = f"{judging.PARAM}:{param.id}"
    code = given.get(item, Given()).code
    kind = "several" if param.type == "multichoice" else "list"
    state = "asked" if code or required else "unused"
    return _extra(item, param.text, kind, choices_of(param.options, code), given, state, param.note)


def _extra(item, text, kind, choices, given, state, note=""):
    return Line(
        item=item,
        number="",
        text=text,
        official="",
        help=note,
        guidance="",
        kind=kind,
        state=state,
        asked_when="",
        kept="",
        choices=choices,
        given=given.get(item, Given()),
    )


def _is_letter(code):
    return len(code) == 1 and code.isalpha() and code.islower()
