"""Plans, their standing and their history as pages and sheets print them."""

from dataclasses import dataclass

from review.models import Criterion, Review, Stage

from .. import kinds
from ..patients import plan_form
from . import standing
from .doors import PROTOCOL, noun_of

PAGES = {"plan": "plan", "patient_plan": "patient-plan"}


@dataclass(frozen=True, slots=True)
class Told:
    """One wording of a plan; ``rows`` are (term, before, after, whether they differ), none for
    the original."""

    version: standing.Version
    rows: tuple


@dataclass(frozen=True, slots=True)
class Listed:
    """One plan in a list; ``page`` names its URL, ``amendments`` are the wordings since it was
    frozen."""

    plan: object
    page: str
    standing: standing.Standing
    amendments: tuple
    retired: bool


def facts_of(plan, spec):
    """What a spec of a plan of either sort does, as pairs of term and value."""
    if noun_of(plan) == "plan":
        return kinds.of(spec).shown.facts(plan, spec)
    return plan_form.facts(plan, spec)


def history(plan, seen):
    """Every wording of a plan, the newest first, each beside the one before."""
    told = [
        Told(one, _beside(plan, one.before, one.spec) if one.before else ())
        for one in standing.versions(plan, seen)
    ]
    return told[::-1]


def listed(review):
    """Every plan of a review, those of patients last, as ``Listed``."""
    seen = standing.data_seen(review)
    plans = [
        *with_all(review.plans),
        *with_all(review.patient_plans),
    ]
    return [
        Listed(
            plan,
            page_of(plan),
            standing.of_plan(plan, seen),
            tuple(one for one in standing.versions(plan, seen) if one.amends),
            bool(getattr(plan, "retired_at", None)),
        )
        for plan in plans
    ]


def of_page(plan, past):
    """What the page of a plan asks: its standing, its history, and the standing of its runs."""
    seen = standing.data_seen(plan.review)
    return {
        "standing": standing.of_plan(plan, seen),
        "history": history(plan, seen),
        "runs": [(run, standing.of_run(run, seen)) for run in past],
    }


def of_run(run):
    """The ``Standing`` of a run."""
    return standing.of_run(run, standing.data_seen(run.plan.review))


def page_of(plan):
    """The name of the URL of a plan of either sort."""
    return PAGES[noun_of(plan)]


def protocol(freezing):
    """What the protocol said when plans were frozen, as pairs of term and value."""
    said = freezing.protocol
    fields = [
        (Review._meta.get_field(name).verbose_name.capitalize(), said[name])
        for name in PROTOCOL
        if said[name]
    ]
    criteria = [(Criterion.Kind(kind).label, text) for kind, text in said["criteria"]]
    reasons = [(f"Reason, {Stage(stage).label.lower()}", text) for stage, text in said["reasons"]]
    return [*fields, *criteria, *reasons]


def with_all(plans):
    """Plans together with all that their standing is read from."""
    return plans.select_related("created_by", "freezing").prefetch_related("changes__changed_by")


def _beside(plan, before, after):
    old, new = dict(facts_of(plan, before)), dict(facts_of(plan, after))
    terms = list(dict.fromkeys([*old, *new]))
    return tuple(
        (term, old.get(term, ""), new.get(term, ""), old.get(term, "") != new.get(term, ""))
        for term in terms
    )
