"""THE rule that turns independent judgements into one outcome. Pure.

Screening, extraction and appraisal all ask this module, so that "agreed", "conflict" and
"settled" mean the same thing everywhere.
"""

import enum
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


class NotIndependent(ValueError):
    """The same person spoke twice, or tried to settle what they had judged."""


class State(enum.StrEnum):
    WAITING = "waiting"
    AGREED = "agreed"
    CONFLICT = "conflict"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person said. ``reason`` counts only where the caller gives one."""

    person: Hashable
    value: Hashable
    reason: Hashable = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """``value`` and ``reason`` are None unless agreed or settled; ``differs`` says what a
    conflict is about: ``"value"``, or ``"reason"`` when only the reasons differ."""

    state: State
    value: Hashable = None
    reason: Hashable = None
    differs: str | None = None

    @property
    def closed(self):
        return self.state in (State.AGREED, State.SETTLED)


WAITING = Outcome(State.WAITING)


def outcome(
    judgements: Iterable[Judgement],
    *,
    required: int,
    ruling: Judgement | None = None,
    maybe: Hashable = None,
    maybe_joins: Hashable = None,
) -> Outcome:
    """Return what the judgements of one item come to; their order never matters.

    ``required`` judgements (1 or more) must be in before anything is decided. Unanimity
    agrees; anything else is a conflict that only the ``ruling`` of somebody who is not
    among the judges settles. A judgement equal to ``maybe`` decides nothing by itself: it
    joins a firm judgement equal to ``maybe_joins``, and is a conflict otherwise.

    Raises ``NotIndependent`` when a person judges twice or rules on their own judgement,
    ``ValueError`` when ``required`` is below 1.
    """
    judges = list(judgements)
    _check_independent(judges, ruling, required)
    if len(judges) < required:
        return WAITING
    agreed = _unanimous(judges, maybe, maybe_joins)
    if agreed.state is State.CONFLICT and ruling is not None:
        return Outcome(State.SETTLED, ruling.value, ruling.reason)
    return agreed


def may_settle(person: Hashable, judges: Iterable[Hashable]) -> bool:
    """Whether this person is a third one: not among those who judged."""
    return person not in set(judges)


def _check_independent(judges, ruling, required):
    if required < 1:
        raise ValueError("at least one judgement must be required")
    people = [judgement.person for judgement in judges]
    if len(set(people)) != len(people):
        raise NotIndependent("One person cannot judge the same item twice.")
    if ruling is not None and not may_settle(ruling.person, people):
        raise NotIndependent("Whoever judged an item cannot settle it as the third person.")


def _unanimous(judges, maybe, maybe_joins):
    firm = {judgement.value for judgement in judges} - {maybe}
    unsure = maybe is not None and any(judgement.value == maybe for judgement in judges)
    if len(firm) != 1 or (unsure and firm != {maybe_joins}):
        return Outcome(State.CONFLICT, differs="value")
    reasons = {judgement.reason for judgement in judges if judgement.value != maybe}
    if len(reasons) > 1:
        return Outcome(State.CONFLICT, differs="reason")
    return Outcome(State.AGREED, firm.pop(), reasons.pop())
