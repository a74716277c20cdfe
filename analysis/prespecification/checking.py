"""Every plan and freezing held against what the ledger tells of them."""

from ..specs import as_told
from .doors import noun_of, sha256_of, subject_of

CHANGES = ("change", "amend")


def problems(review):
    """One sentence for each plan, change and freezing that differs from the ledger's words."""
    plans = [
        *review.plans.prefetch_related("changes"),
        *review.patient_plans.prefetch_related("changes"),
    ]
    frozen = _freezings(review)
    return [
        *(line for plan in plans for line in _wording(review, plan)),
        *(line for plan in plans for line in _frozen(plan, frozen)),
        *_protocols(review, frozen),
    ]


def _wording(review, plan):
    """A plan is as it was made, then changed step by step as the ledger tells."""
    noun, name = noun_of(plan), subject_of(plan).replace("_", " ").replace(":", " ")
    actions = [f"{noun}.{verb}" for verb in ("create", *CHANGES)]
    told = list(
        review.events.filter(subject=subject_of(plan), action__in=actions)
        .order_by("seq")
        .values_list("action", "data")
    )
    if not told or told[0][0] != f"{noun}.create":
        yield f"{name}: the ledger does not know it"
        return
    first = told[0][1]
    specs = [first["spec"], *(data["after"] for _, data in told[1:])]
    if (first["title"], specs[-1]) != (plan.title, as_told(plan.spec)):
        yield f"{name}: differs from what the ledger wrote down"
    rows = [(f"{noun}.{CHANGES[row.amends]}", row.reason, as_told(row.before),
             as_told(row.after))
            for row in plan.changes.all()]  # fmt: skip
    said = [(action, data["why"], data["before"], data["after"]) for action, data in told[1:]]
    if rows != said:
        yield f"{name}: its changes are not those that the ledger tells of"


def _frozen(plan, told):
    """A plan is frozen when the ledger says so, in the wording whose hash the ledger keeps."""
    name = subject_of(plan)
    data = told.get(plan.freezing_id, {"plans": {}})
    if plan.freezing_id is None:
        if any(name in data["plans"] for data in told.values()):
            yield f"{name}: the ledger says that it is frozen"
        return
    amendments = [row for row in plan.changes.all() if row.amends]
    spec = amendments[0].before if amendments else plan.spec
    if data["plans"].get(name) != sha256_of(spec):
        yield f"{name}: what was frozen is not what the ledger wrote down"


def _protocols(review, told):
    for row in review.freezings.all():
        data = told.get(row.pk, {})
        if sha256_of(row.protocol) != row.sha256:
            yield f"freezing {row.pk}: its protocol does not have its sha256"
        if (row.sha256, row.registration) != (data.get("protocol"), data.get("registration")):
            yield f"freezing {row.pk}: differs from what the ledger wrote down"


def _freezings(review):
    events = review.events.filter(action="plans.freeze").values_list("subject", "data")
    return {int(subject.partition(":")[2]): data for subject, data in events}
