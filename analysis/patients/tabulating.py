"""Which tables of patients a review prints: defined, changed, put away."""

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove, Review

from ..models import Tabulation


@transaction.atomic
def create(*, review, actor, title, spec, key=None):
    """Define a table; ``spec`` as ``making`` documents it. Returns the ``Tabulation``."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    _check_free(review.tabulations.all(), title)
    made = Tabulation.objects.create(review=review, title=title, spec=spec, created_by=actor)
    _tell(made, actor, "tabulation.create", key, title=title, spec=spec)
    return made


@transaction.atomic
def change(*, tabulation, actor, title, spec, key=None):
    """Define a table otherwise; what it was stays in the ledger."""
    tabulation = Tabulation.objects.select_for_update().get(pk=tabulation.pk)
    if tabulation.retired_at:
        raise IllegalMove(f"“{tabulation}” was put away. Define a new one.")
    _check_free(tabulation.review.tabulations.exclude(pk=tabulation.pk), title)
    tabulation.title, tabulation.spec = title, spec
    tabulation.save(update_fields=["title", "spec"])
    _tell(tabulation, actor, "tabulation.change", key, title=title, spec=spec)
    return tabulation


@transaction.atomic
def retire(*, tabulation, actor, key=None):
    """Put a table away: the report prints it no more."""
    tabulation = Tabulation.objects.select_for_update().get(pk=tabulation.pk)
    if tabulation.retired_at:
        raise IllegalMove(f"“{tabulation}” is put away already.")
    tabulation.retired_at = timezone.now()
    tabulation.save(update_fields=["retired_at"])
    _tell(tabulation, actor, "tabulation.retire", key, title=tabulation.title)
    return tabulation


def _check_free(others, title):
    if others.filter(title=title).exists():
        raise IllegalMove(f"There is a table called “{title}” already. Choose another name.")


def _tell(tabulation, actor, action, key, **data):
    ledger.record(
        review=tabulation.review, actor=actor, action=action,
        subject=f"tabulation:{tabulation.pk}", data=data, key=key,
    )  # fmt: skip
