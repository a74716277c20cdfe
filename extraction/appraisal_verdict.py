"""A judgement as a page shows it: the proposal, the rule that gave it, and what may be chosen."""

from dataclasses import dataclass

from . import judging
from .instruments.model import OVERALL
from .judging import judgement_of


@dataclass(frozen=True, slots=True)
class Light:
    """A judgement as it is shown: ``light`` for the colour, ``word`` and ``symbol``."""

    code: str
    light: str
    word: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Level:
    """One level that can be chosen; ``open`` when the rules leave it to the person, so that it
    needs no reason."""

    code: str
    label: str
    open: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of a domain, or the overall one, as it stands.

    ``rule`` is the rule that fired, in words; ``parts`` are (title, light, rule) of the parts
    of a domain; ``mode`` algorithm, guidance, manual or none.
    """

    item: str
    title: str
    mode: str
    proposal: Light
    final: Light
    rule: str
    note: str
    parts: tuple
    possible: tuple
    provisional: bool
    unconfirmed: bool
    overridden: bool
    reason: str
    levels: tuple
    floor: str = ""
    behind: tuple = ()
    offers: tuple = ()
    warnings: tuple = ()

    @property
    def choosable(self):
        """Levels other than the proposal, for an override."""
        return [level for level in self.levels if level.code != self.proposal.code]


def light_of(tool, code):
    """The ``Light`` of a level, or of none yet."""
    level = tool.level(code)
    word = level.label if level else "Not judged yet"
    symbol = level.symbol.replace("-", "−").replace("x", "×") if level else ""
    return Light(code or "", judging.light(tool, code), word, symbol)


def verdict_of(tool, domain):
    """The ``Verdict`` of one domain of an engine result; None where it gets no judgement."""
    if domain.mode == "none":
        return None
    return Verdict(
        item=judgement_of(domain.id),
        title=f"Domain {domain.number}" if domain.number else domain.title,
        mode=domain.mode,
        proposal=light_of(tool, domain.proposal),
        final=light_of(tool, domain.final),
        rule=_rule(domain),
        note=domain.rule.note if domain.rule else "",
        parts=tuple(
            (
                part.title,
                part.verdict.level or "",
                part.verdict.rule.text if part.verdict.rule else "",
            )
            for part in domain.parts
        ),
        possible=_words(tool, domain.verdict.possible),
        provisional=domain.provisional,
        unconfirmed=domain.unconfirmed,
        overridden=domain.overridden,
        reason=domain.reason,
        levels=_levels(tool, domain) if tool.overridable("domain") else (),
    )


def verdict_of_all(tool, result):
    """The ``Verdict`` over all domains."""
    overall = result.overall
    behind = [result.domain(name) for name in overall.floor_domains]
    return Verdict(
        item=judgement_of(OVERALL),
        title="Overall",
        mode=overall.mode,
        proposal=light_of(tool, overall.proposal),
        final=light_of(tool, overall.final),
        rule=_rule(overall),
        note=overall.rule.note if overall.rule else "",
        parts=(),
        possible=_words(tool, overall.verdict.possible),
        provisional=result.provisional,
        unconfirmed=result.complete and judging.overall_waits(tool, result),
        overridden=overall.overridden,
        reason=overall.reason,
        levels=_levels(tool, overall) if tool.overridable(OVERALL) else (),
        floor=tool.level(overall.floor).label if overall.floor and not overall.final else "",
        behind=tuple(judging.domain_name(domain) for domain in behind),
        offers=tuple(
            (one.to, tool.level(one.to).label, one.text)
            for one in overall.escalations
            if one.to != overall.final
        ),
        warnings=tuple(problem.text for problem in overall.warnings),
    )


def _rule(judged):
    if judged.rule is None:
        return ""
    return judged.rule.label or judged.rule.text


def _levels(tool, judged):
    chosen = judged.final if judged.chosen else None
    return tuple(
        Level(
            level.code,
            level.label,
            judged.mode == "manual" or level.code in judged.admissible,
            level.code == chosen,
        )
        for level in tool.scale
    )


def _words(tool, codes):
    return tuple(tool.level(code).label for code in codes if tool.level(code))
