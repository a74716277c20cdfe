"""Freeze the plans with the protocol; change a plan, which amends it once it is frozen.

Plans of both sorts (``Plan`` and ``PatientPlan``) pass the same doors.
"""

import hashlib
import json

from django.db import transaction

from review import ledger
from review.models import IllegalMove, Review

from ..models import Freezing, Plan, PlanChange
from ..specs import as_told

# What a protocol says, by the names of ``Review``.
PROTOCOL = (
    *("title", "population", "intervention", "comparator", "outcomes", "study_designs"),
    *("languages", "registration"),
)


@transaction.atomic
def freeze(*, review, actor, registration="", seen=None):
    """Freeze every open plan with the protocol as it stands; return the ``Freezing``.

    ``seen`` is what ``seen`` gave when a person looked at them. Raises ``IllegalMove`` when no plan
    is left to freeze, or when they, or the protocol, are not what was looked at any more.
    """
    review = Review.objects.select_for_update().get(pk=review.pk)
    plans = [plan.__class__.objects.select_for_update().get(pk=plan.pk) for plan in open_to(review)]
    if not plans:
        raise IllegalMove("No plan is left to freeze: each is frozen already, or put away.")
    said = protocol_of(review)
    if seen not in (None, sha256_of(_looked_at(plans, said))):
        raise IllegalMove(
            "The plans or the protocol changed since you opened this page. Look at them as they are"
            " now, then freeze them."
        )
    made = Freezing.objects.create(
        review=review,
        registration=registration,
        protocol=said,
        sha256=sha256_of(said),
        frozen_by=actor,
    )
    for plan in plans:
        plan.freezing = made
        plan.save(update_fields=["freezing"])
    ledger.record(
        review=review,
        actor=actor,
        action="plans.freeze",
        subject=f"freezing:{made.pk}",
        data={
            "registration": registration,
            "protocol": made.sha256,
            "plans": {subject_of(plan): sha256_of(plan.spec) for plan in plans},
        },
    )
    return made


@transaction.atomic
def change(*, plan, actor, spec, reason="", seen=None):
    """Give a plan another spec; return the ``PlanChange``.

    Of a frozen plan it is an amendment, and ``reason`` must be given. ``seen`` is how many changes
    the person knew of; another's since then is never overwritten. Raises ``IllegalMove``.
    """
    plan = plan.__class__.objects.select_for_update().get(pk=plan.pk)
    if getattr(plan, "retired_at", None):
        raise IllegalMove("This plan was put away. Make a new one.")
    known = plan.changes.count()
    if seen not in (None, known):
        raise IllegalMove(
            "This plan was changed since you opened this page. Look at what it says now, then"
            " change it again."
        )
    if spec == plan.spec:
        raise IllegalMove("Nothing differs from the plan as it stands, so nothing was changed.")
    amends = plan.freezing_id is not None
    if amends and not reason:
        raise IllegalMove("This plan is frozen with the protocol: say why it is amended.")
    made = PlanChange.objects.create(
        **{noun_of(plan): plan},
        number=known + 1,
        before=plan.spec,
        after=spec,
        amends=amends,
        reason=reason,
        changed_by=actor,
    )
    plan.spec = spec
    plan.save(update_fields=["spec"])
    ledger.record(
        review=plan.review,
        actor=actor,
        action=f"{noun_of(plan)}.{'amend' if amends else 'change'}",
        subject=subject_of(plan),
        data={
            "number": made.number,
            "why": reason,
            "before": as_told(made.before),
            "after": as_told(spec),
        },
    )
    return made


def open_to(review):
    """The plans of both sorts that are neither frozen nor put away."""
    return [
        *review.plans.filter(freezing=None, retired_at=None),
        *review.patient_plans.filter(freezing=None),
    ]


def seen(review):
    """A digest of all that freezing now would freeze: open plans as they are, and the protocol."""
    return sha256_of(_looked_at(open_to(review), protocol_of(review)))


def _looked_at(plans, said):
    return [[[subject_of(one), as_told(one.spec)] for one in plans], said]


def protocol_of(review):
    """What the protocol says now, as plain JSON: its fields, criteria and exclusion reasons."""
    reasons = review.exclusion_reasons.filter(retired=False)
    return {name: getattr(review, name) for name in PROTOCOL} | {
        "criteria": [list(row) for row in review.criteria.values_list("kind", "text")],
        "reasons": [list(row) for row in reasons.values_list("stage", "text")],
    }


def sha256_of(value):
    """The sha256 of plain JSON, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def noun_of(plan):
    """What the ledger calls a plan of its sort, and the name of ``PlanChange``'s field."""
    return "plan" if isinstance(plan, Plan) else "patient_plan"


def subject_of(plan):
    """How the ledger names a plan."""
    return f"{noun_of(plan)}:{plan.pk}"
