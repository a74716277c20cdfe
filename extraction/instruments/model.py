"""What an instrument is once it has been read: frozen, resolved, with its rules put into words.

Nothing here knows any particular tool. Conditions stay the plain trees of the file
(see ``conditions``); every other part of the file that the engine or a page reads has
a field of the same name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

NOT_APPLICABLE = "NA"
OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer. ``undecided`` marks an answer that scores nothing definite yet."""

    code: str
    label: str
    points: float | None = None
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A signalling question or item; ``asked_when`` says its routing in words ("" = always)."""

    id: str
    number: str
    text: str
    official_text: str | None
    help: str
    options: tuple[Option, ...]
    shown_if: dict | None
    asked_when: str
    optional: bool
    concern: str
    disagreement_flag: bool
    note: str

    def option(self, code):
        """The option with this code, or None."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True, slots=True)
class Flag:
    """A statement a person ticks; not one of the published questions."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a decision table. ``admissible`` always contains ``then``.

    ``text`` is ``when`` in words; ``label`` what to print instead of the level, if given.
    """

    id: str
    when: dict
    then: str
    admissible: tuple[str, ...]
    text: str
    label: str
    note: str
    cite: tuple[str, ...]
    disputed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A decision table inside a domain, with levels of its own."""

    id: str
    title: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """``mode``: algorithm (published rule), guidance (suggestion), manual, or none.

    ``counts`` is false for a domain that gets no judgement, or whose judgement the
    tool keeps out of the overall one.
    """

    id: str
    number: str
    title: str
    short: str
    active_if: dict | None
    active_when: str
    counts: bool
    questions: tuple[Question, ...]
    flags: tuple[Flag, ...]
    mode: str
    authority_note: str
    parts: tuple[Part, ...]
    rules: tuple[Rule, ...]
    direction: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One judgement. ``severity`` None means that it cannot be ranked (no information)."""

    code: str
    label: str
    severity: int | None
    colour: Mapping[str, str]
    symbol: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Param:
    """A preliminary choice made before the questions; ``type`` choice, multichoice, text, table."""

    id: str
    text: str
    type: str
    required: bool
    required_if: dict | None
    min_selected: int
    options: tuple[Option, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Total:
    """A named sum of points over the questions ``of``."""

    id: str
    of: tuple[str, ...]
    min: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Escalation:
    """A worse overall level that a person may choose, with a reason; never applied by itself."""

    id: str
    when: dict
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Overall:
    """How domain levels and scores become one judgement."""

    mode: str
    floor: bool
    rules: tuple[Rule, ...]
    escalations: tuple[Escalation, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """An appraisal tool read from its file.

    ``(id, version, revision, sha256)`` is what an assessment pins; ``canonical`` is
    the exact JSON text the hash was taken of, and ``loader.parse`` reads it back.
    ``consequences`` maps an overall level to the sentence to show when it is reached.
    """

    id: str
    title: str
    family: str
    version: str
    revision: int
    status: str
    status_note: str
    kind: str
    unit: str
    applies_to: tuple[str, ...]
    licence: Mapping[str, object]
    sources: tuple[Mapping[str, str], ...]
    params: tuple[Param, ...]
    scale: tuple[Level, ...]
    domains: tuple[Domain, ...]
    scores: tuple[Total, ...]
    overall: Overall
    override: Mapping[str, object]
    consequences: Mapping[str, str]
    completeness: str
    questions: Mapping[str, Question]
    sha256: str
    canonical: str

    def domain(self, domain_id):
        """The domain with this id; KeyError when the tool has none."""
        for domain in self.domains:
            if domain.id == domain_id:
                return domain
        raise KeyError(domain_id)

    def level(self, code):
        """The judgement level with this code, or None."""
        return next((level for level in self.scale if level.code == code), None)

    def severity(self, code):
        """How bad a level is, or None when it cannot be ranked or is no level of this tool."""
        level = self.level(code)
        return level.severity if level else None

    def overridable(self, what):
        """Whether a person may replace the proposed level of ``what``: "domain" or "overall"."""
        return not str(self.override.get(what, "")).startswith("not_allowed")
