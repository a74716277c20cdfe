"""The door of looks."""

from django.db import transaction

from review import ledger

from ...models import Plan
from . import look


@transaction.atomic
def keep(*, plan, actor, wanted):
    """Give a plan another look. It may be changed at any time, also of a plan that was put away:
    no number depends on it."""
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    told = look.as_json(wanted)
    if plan.look == told:
        return
    plan.look = told
    plan.save(update_fields=["look"])
    ledger.record(
        review=plan.review,
        actor=actor,
        action="plan.look",
        subject=f"plan:{plan.pk}",
        data={"look": told},
    )
