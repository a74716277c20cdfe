"""Who may do what in a review. Every view in the project carries one of these marks."""

import enum
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render

from .consensus import NotIndependent
from .models import IllegalMove, Membership, Review

Role = Membership.Role


class Can(enum.Enum):
    """What a URL asks of the person who opens it."""

    PUBLIC = "public"  # anybody
    SIGN_IN = "sign in"  # anybody with a login; no review in the URL
    VIEW = "view"  # counts, approved data, results
    SEE_RECORDS = "see records"  # references, full texts, settled decisions
    MANAGE = "manage"  # protocol, members, forms
    IMPORT = "import"  # search files, duplicates
    SCREEN = "screen"
    RETRIEVE = "retrieve"  # full texts
    SETTLE = "settle"  # as the third person; approve and reopen
    EXTRACT = "extract"
    APPRAISE = "appraise"
    FREEZE = "freeze"  # snapshots
    ANALYSE = "analyse"
    EXPORT = "export"
    AUDIT = "audit"  # the ledger


GRANTS = {
    Role.OWNER: {
        Can.VIEW,
        Can.SEE_RECORDS,
        Can.MANAGE,
        Can.IMPORT,
        Can.RETRIEVE,
        Can.SETTLE,
        Can.FREEZE,
        Can.ANALYSE,
        Can.EXPORT,
        Can.AUDIT,
    },
    Role.REVIEWER: {
        Can.VIEW,
        Can.SEE_RECORDS,
        Can.IMPORT,
        Can.SCREEN,
        Can.RETRIEVE,
        Can.EXTRACT,
        Can.APPRAISE,
        Can.EXPORT,
    },
    Role.ARBITER: {Can.VIEW, Can.SEE_RECORDS, Can.SETTLE, Can.EXPORT},
    Role.STATISTICIAN: {Can.VIEW, Can.FREEZE, Can.ANALYSE, Can.EXPORT},
    Role.OBSERVER: {Can.VIEW, Can.SEE_RECORDS, Can.EXPORT, Can.AUDIT},
}


class Seat:
    """One person's place in one review: the roles held and what they allow."""

    def __init__(self, user, review, roles):
        self.user = user
        self.review = review
        self.roles = frozenset(roles)

    def can(self, capability):
        """Whether any role held grants it."""
        return any(capability in GRANTS[role] for role in self.roles)

    @property
    def nameless(self):
        """Whether reviewers' names are hidden for good: a statistician and nothing else."""
        return self.roles == {Role.STATISTICIAN}


def seat_of(user, review):
    """Return the ``Seat`` of a member, or None for a stranger."""
    roles = Membership.objects.filter(review=review, user=user).values_list("role", flat=True)
    return Seat(user, review, map(Role, roles)) if roles else None


def needs(capability):
    """Load the review named in the URL and pass it on, or refuse.

    A stranger gets 404, so that review ids leak nothing; a member whose roles lack the
    capability gets 403; a step the workflow refuses becomes 409. ``request.seat`` holds
    the person's ``Seat``. Signing in is asked by ``LoginRequiredMiddleware``.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request, review_id, *args, **kwargs):
            review = get_object_or_404(Review.objects.visible_to(request.user), pk=review_id)
            request.seat = seat_of(request.user, review)
            if not request.seat.can(capability):
                raise PermissionDenied
            try:
                return view(request, review, *args, **kwargs)
            except (IllegalMove, NotIndependent) as refusal:
                context = {"review": review, "why": str(refusal)}
                return render(request, "409.html", context, status=409)

        guarded.capability = capability
        return guarded

    return decorate


def without_review(capability):
    """Mark a view whose URL names no review: ``Can.PUBLIC`` or ``Can.SIGN_IN``."""

    def decorate(view):
        view.capability = capability
        view.login_required = capability is not Can.PUBLIC
        return view

    return decorate
