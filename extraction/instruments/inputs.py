"""Read what a person gave to an instrument: keep what can be used, say what cannot.

Blank means not given. Nothing raises on a person's input: each fault becomes a
``Problem`` that names the id it is about and what may be chosen instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .conditions import holds
from .model import NOT_APPLICABLE, OVERALL
from .results import Problem

BLANK = (None, "")


@dataclass(frozen=True, slots=True)
class Choice:
    """A level that a person chose for a domain or for the overall judgement."""

    level: str
    reason: str


@dataclass(slots=True)
class Given:
    """The usable part of the input. Multichoice params are frozensets."""

    answers: dict = field(default_factory=dict)
    params: dict = field(default_factory=dict)
    flags: set = field(default_factory=set)
    disagreed: set = field(default_factory=set)
    choices: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)
    warnings: list = field(default_factory=list)

    def param(self, name):
        return self.params.get(name)

    def refuse(self, on, text):
        self.errors.append(Problem(on, text))


def read(instrument, answers, params, flags, overrides):
    """The ``Given`` of one assessment; see ``engine.assess`` for the shapes."""
    given = Given()
    _read_answers(instrument, answers, given)
    _read_params(instrument, params, given)
    _require_params(instrument, given)
    _read_flags(instrument, flags, given)
    _read_choices(instrument, overrides, given)
    return given


def _read_answers(instrument, answers, given):
    for name, code in answers.items():
        question = instrument.questions.get(name)
        if code in BLANK:
            continue
        if question is None:
            given.refuse(name, f"This tool has no question {name}.")
        elif code == NOT_APPLICABLE or question.option(code):
            given.answers[name] = code
        else:
            given.refuse(name, f"{question.number}: {code!r} is no answer here. {offer(question)}")


def offer(asked):
    """What may be answered to a question or chosen for a param, as a sentence."""
    if not asked.options:
        return "It has to be filled in."
    return f"Choose one of: {', '.join(option.label for option in asked.options)}."


def _read_params(instrument, params, given):
    known = {param.id: param for param in instrument.params}
    for name, value in params.items():
        param = known.get(name)
        if param is None:
            given.warnings.append(Problem(name, f"This tool has no preliminary choice {name}."))
        elif value in BLANK:
            continue
        elif param.type == "multichoice":
            _read_multichoice(param, value, given)
        elif param.type == "choice" and value not in [option.code for option in param.options]:
            given.refuse(name, f"{param.text}: {value!r} cannot be chosen. {offer(param)}")
        else:
            given.params[name] = value


def _read_multichoice(param, value, given):
    codes = [option.code for option in param.options]
    if not isinstance(value, list | tuple | set | frozenset):
        given.refuse(param.id, f"{param.text}: give a list. {offer(param)}")
    elif unknown := [one for one in value if one not in codes]:
        given.refuse(param.id, f"{param.text}: {unknown[0]!r} cannot be chosen. {offer(param)}")
    else:
        given.params[param.id] = frozenset(value)


def _require_params(instrument, given):
    refused = {problem.on for problem in given.errors}
    for param in instrument.params:
        required = param.required or (param.required_if and holds(param.required_if, given))
        if not required or param.id in refused:
            continue
        value = given.params.get(param.id)
        if value is None or (param.type == "multichoice" and len(value) < param.min_selected):
            given.params.pop(param.id, None)
            given.refuse(param.id, f"{param.text}: not chosen yet. {offer(param)}")


def _read_flags(instrument, flags, given):
    statements = {flag.id for domain in instrument.domains for flag in domain.flags}
    for name, ticked in flags.items():
        question = instrument.questions.get(name)
        if name in statements:
            target = given.flags
        elif question and question.disagreement_flag:
            target = given.disagreed
        else:
            given.refuse(name, f"This tool has nothing to tick for {name}.")
            continue
        if ticked is True:
            target.add(name)
        elif ticked not in (False, None):
            given.refuse(name, f"{name}: a tick is either set or not, not {ticked!r}.")


def _read_choices(instrument, overrides, given):
    modes = {domain.id: domain.mode for domain in instrument.domains}
    modes[OVERALL] = instrument.overall.mode
    levels = [level.code for level in instrument.scale]
    for name, override in overrides.items():
        what = "overall" if name == OVERALL else "domain"
        level = override.get("level") if isinstance(override, Mapping) else None
        if modes.get(name, "none") == "none":
            given.refuse(name, f"There is no judgement to choose for {name}.")
        elif not instrument.overridable(what):
            given.refuse(name, "This judgement follows from the answers and cannot be replaced.")
        elif level not in levels:
            given.refuse(name, f"{level!r} is no judgement. Choose one of: {', '.join(levels)}.")
        else:
            given.choices[name] = Choice(level, str(override.get("reason") or "").strip())
