"""Whether a plan was there before the data, and which of its wordings a run executed.

Data were seen from the moment the first snapshot of a review was frozen.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from review.models import User

AFTER = "after data were seen"


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a plan: ``name`` is "original", "change 1" (before it was frozen) or
    "amendment 1"; ``late`` when data had been seen."""

    name: str
    spec: dict
    before: dict | None
    at: datetime
    by: User
    reason: str
    amends: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan, or what a run executed of it, stands to the protocol: ``words`` for a reader,
    ``version`` the name of the wording. ``current`` is False when the plan was changed since."""

    words: str
    version: str
    current: bool
    prespecified: bool


def data_seen(review):
    """When the first snapshot of a review was frozen; None while there is none."""
    return review.snapshots.order_by("number").values_list("frozen_at", flat=True).first()


def versions(plan, seen):
    """Every wording of a plan, the first first; ``seen`` as ``data_seen`` gives it."""
    changes = list(plan.changes.all())
    first = changes[0].before if changes else plan.spec
    told = [
        Version("original", first, None, plan.created_at, plan.created_by, "", False,
                _late(plan.created_at, seen))
    ]  # fmt: skip
    numbers = {True: 0, False: 0}
    for one in changes:
        numbers[one.amends] += 1
        name = f"{'amendment' if one.amends else 'change'} {numbers[one.amends]}"
        told.append(
            Version(name, one.after, one.before, one.changed_at, one.changed_by, one.reason,
                    one.amends, _late(one.changed_at, seen))
        )  # fmt: skip
    return told


def of_plan(plan, seen):
    """The ``Standing`` of a plan as it is now."""
    return _standing(plan, seen, versions(plan, seen))


def of_run(run, seen):
    """The ``Standing`` of what a run executed, as it was when it ran."""
    every = versions(run.plan, seen)
    then = [one for one in every if one.at <= run.run_at]
    while len(then) > 1 and then[-1].spec != run.spec:
        then.pop()
    return _standing(run.plan, seen, then or every[:1], run.run_at)


def _standing(plan, seen, told, at=None):
    """``told`` are the wordings up to the one that is meant."""
    current = told[-1].spec == plan.spec
    if told[-1].spec.get("variant_of"):
        return Standing(f"variant, made {AFTER}", told[-1].name, current, False)
    frozen = plan.freezing
    if frozen is None or (at and at < frozen.frozen_at):
        return Standing(_unfrozen(told), told[-1].name, current, False)
    early = not _late(frozen.frozen_at, seen)
    words = "pre-specified" if early else f"frozen {AFTER}"
    amendments = [one for one in told if one.amends]
    if amendments:
        last = amendments[-1]
        words += f", amended on {_day(last.at)}"
        words += f", {AFTER}" if last.late and early else ""
    return Standing(words, told[-1].name, current, early and not amendments)


def _unfrozen(told):
    if told[0].late:
        return f"made {AFTER}"
    return f"changed {AFTER}" if told[-1].late else "not frozen with the protocol"


def _late(moment, seen):
    return seen is not None and moment >= seen


def _day(moment):
    return date_format(timezone.localtime(moment), "j F Y")
