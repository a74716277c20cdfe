"""What the engine answers: frozen, ready for a page, a record or an export."""

from dataclasses import dataclass

from .model import Escalation, Rule


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to tell the person, and the id it is about.

    ``on`` is the id of a question, param, flag or domain, or "overall".
    """

    on: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """One question as it stands.

    ``applies`` is None while an earlier answer that decides it is missing. ``answer`` is
    the valid answer given, kept also when the question does not apply and it is unused.
    """

    id: str
    applies: bool | None
    answer: str | None
    optional: bool
    disagreed: bool

    @property
    def missing(self):
        return self.applies is True and self.answer is None and not self.optional

    @property
    def mark(self):
        """The answer as printed: a star beside it when the assessors first disagreed."""
        return f"{self.answer or ''}{'*' if self.disagreed else ''}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a decision table gives so far.

    ``level`` is None while ``possible`` holds several levels. ``rule`` is the rule that
    fired, ``admissible`` the levels it leaves to the assessor, ``level`` included.
    """

    level: str | None
    possible: tuple[str, ...]
    rule: Rule | None = None
    admissible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartResult:
    """The verdict of one part of a domain."""

    id: str
    title: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class DomainResult:
    """One domain: what was asked, what the rules propose, what the person settled on.

    ``active`` is None while a preliminary choice or an answer that decides it is
    missing. ``final`` is the person's level when one was chosen, else the proposal.
    """

    id: str
    number: str
    title: str
    mode: str
    active: bool | None
    questions: tuple[QuestionResult, ...]
    parts: tuple[PartResult, ...]
    verdict: Verdict
    final: str | None
    reason: str
    chosen: bool
    complete: bool
    warnings: tuple[Problem, ...]

    @property
    def proposal(self):
        return self.verdict.level

    @property
    def rule(self):
        return self.verdict.rule

    @property
    def admissible(self):
        return self.verdict.admissible

    @property
    def shown(self):
        """Ids of the questions that apply, in the order of the tool."""
        return tuple(question.id for question in self.questions if question.applies)

    @property
    def missing(self):
        """Ids of the questions that apply and have no answer yet."""
        return tuple(question.id for question in self.questions if question.missing)

    @property
    def provisional(self):
        """The judgement is already fixed, though questions are still open."""
        return self.proposal is not None and not self.complete

    @property
    def overridden(self):
        return self.chosen and self.final != self.proposal

    @property
    def unconfirmed(self):
        """The level is only suggested: the tool leaves it to a person, who has not said yet."""
        return bool(self.active) and self.mode in ("guidance", "manual") and not self.chosen


@dataclass(frozen=True, slots=True)
class OverallResult:
    """The judgement over all domains.

    ``floor`` is the mildest level that the domains still allow ("at best"), None when
    the tool sets no floor or no domain is judged; ``floor_domains`` are those behind it.
    ``escalations`` are offered to the person and never applied by themselves.
    """

    mode: str
    verdict: Verdict
    final: str | None
    reason: str
    chosen: bool
    floor: str | None
    floor_domains: tuple[str, ...]
    escalations: tuple[Escalation, ...]
    warnings: tuple[Problem, ...]

    @property
    def proposal(self):
        return self.verdict.level

    @property
    def rule(self):
        return self.verdict.rule

    @property
    def admissible(self):
        return self.verdict.admissible

    @property
    def overridden(self):
        return self.chosen and self.final != self.proposal


@dataclass(frozen=True, slots=True)
class Score:
    """A sum of points; ``low`` and ``high`` differ while some mark is open or undecided."""

    id: str
    low: float
    high: float

    @property
    def value(self):
        return self.low if self.low == self.high else None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One person's answers to one instrument, judged.

    ``errors`` are inputs that cannot be used and must be put right; they are treated as
    not given, and the assessment is not complete while there are any.
    """

    instrument: str
    version: str
    revision: int
    sha256: str
    domains: tuple[DomainResult, ...]
    overall: OverallResult
    scores: tuple[Score, ...]
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    complete: bool

    def domain(self, domain_id):
        """The result of one domain; KeyError when the tool has none of that id."""
        for domain in self.domains:
            if domain.id == domain_id:
                return domain
        raise KeyError(domain_id)

    @property
    def shown(self):
        return tuple(question for domain in self.domains for question in domain.shown)

    @property
    def missing(self):
        return tuple(question for domain in self.domains for question in domain.missing)

    @property
    def unconfirmed(self):
        """Ids of the domains whose level a person still has to confirm or choose."""
        return tuple(domain.id for domain in self.domains if domain.unconfirmed)

    @property
    def provisional(self):
        """An overall level is already fixed, though the form is not complete."""
        return self.overall.proposal is not None and not self.complete
