"""Setting a review up: its protocol, its searches, its members. Step 0 of the chain."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from . import ledger
from .models import (
    Criterion,
    ExclusionReason,
    Highlight,
    IllegalMove,
    Invitation,
    Membership,
    Review,
    Search,
    Stage,
    User,
    Vote,
)

INVITATION_LIVES = timedelta(days=14)
SETTLES = {
    "title_abstract_votes": Stage.TITLE_ABSTRACT,
    "maybe_advances": Stage.TITLE_ABSTRACT,
    "full_text_votes": Stage.FULL_TEXT,
}


@transaction.atomic
def create_review(*, actor, **protocol):
    """Create a review whose lead is ``actor``; ``protocol`` holds fields of ``Review``."""
    review = Review.objects.create(created_by=actor, **protocol)
    Membership.objects.create(review=review, user=actor, role=Membership.Role.OWNER)
    ledger.record(review=review, actor=actor, action="review.create", data=protocol)
    return review


@transaction.atomic
def amend_protocol(*, review, actor, changes):
    """Change protocol fields; old and new values go to the ledger.

    How many votes a stage needs, and whether a maybe advances, cannot change once it holds
    votes, because records that are settled already were settled by the old rule.
    """
    review = Review.objects.select_for_update().get(pk=review.pk)
    moved = {name: value for name, value in changes.items() if getattr(review, name) != value}
    for name, stage in SETTLES.items():
        votes = Vote.objects.filter(screening__review=review, screening__stage=stage)
        if name in moved and votes.exists():
            raise IllegalMove(
                f"“{Stage(stage).label}” holds votes already, so how many it needs and what a"
                " maybe does can no longer change."
            )
    if not moved:
        return review
    before = {name: getattr(review, name) for name in moved}
    for name, value in moved.items():
        setattr(review, name, value)
    review.save(update_fields=list(moved))
    ledger.record(
        review=review,
        actor=actor,
        action="protocol.amend",
        data={"before": before, "after": moved},
    )
    return review


@transaction.atomic
def set_criteria(*, review, actor, include, exclude):
    """Replace the eligibility criteria; each argument is a list of lines in order."""
    kinds = Criterion.Kind
    lines = [(kinds.INCLUDE, text) for text in include] + [
        (kinds.EXCLUDE, text) for text in exclude
    ]
    before = list(review.criteria.values_list("kind", "text"))
    if before == lines:
        return
    review.criteria.all().delete()
    Criterion.objects.bulk_create(
        Criterion(review=review, kind=kind, text=text, position=place)
        for place, (kind, text) in enumerate(lines)
    )
    ledger.record(
        review=review,
        actor=actor,
        action="criteria.set",
        data={"before": before, "after": lines},
    )


@transaction.atomic
def set_reasons(*, review, actor, stage, texts):
    """Make ``texts`` the ordered exclusion reasons of a stage.

    A reason that is no longer listed is retired, not deleted: votes may name it.
    """
    rows = {row.text: row for row in review.exclusion_reasons.filter(stage=stage)}
    before = [row.text for row in rows.values() if not row.retired]
    if before == texts:
        return
    for place, text in enumerate(texts):
        row = rows.pop(text, None) or ExclusionReason(review=review, stage=stage, text=text)
        row.position, row.retired = place, False
        row.save()
    ExclusionReason.objects.filter(pk__in=[row.pk for row in rows.values()]).update(retired=True)
    ledger.record(
        review=review,
        actor=actor,
        action="reasons.set",
        data={"stage": stage, "before": before, "after": texts},
    )


@transaction.atomic
def set_highlights(*, review, actor, terms):
    """Replace the highlighted words; ``terms`` maps a ``Highlight.Group`` to a list."""
    before = sorted(review.highlights.values_list("group", "term"))
    after = sorted({(group, term) for group, words in terms.items() for term in words})
    if before == after:
        return
    review.highlights.all().delete()
    Highlight.objects.bulk_create(
        Highlight(review=review, group=group, term=term) for group, term in after
    )
    ledger.record(review=review, actor=actor, action="highlights.set", data={"after": after})


@transaction.atomic
def add_search(*, review, actor, source, kind, searched_on, query="", note=""):
    """Record one search of one source on one day."""
    search = Search.objects.create(
        review=review, source=source, kind=kind, searched_on=searched_on, query=query, note=note
    )
    _told(search, actor, "search.add")
    return search


@transaction.atomic
def change_search(*, search, actor, **fields):
    """Correct what was recorded of a search."""
    for name, value in fields.items():
        setattr(search, name, value)
    search.save(update_fields=list(fields))
    _told(search, actor, "search.change")
    return search


@transaction.atomic
def remove_search(*, search, actor):
    """Remove a search that no file belongs to."""
    if search.batches.exists():
        raise IllegalMove(f"Files were imported for “{search}”. A search that found records stays.")
    _told(search, actor, "search.remove")
    search.delete()


@transaction.atomic
def add_member(*, review, actor, user, role):
    """Give a person a role. Raises ``IllegalMove`` when they hold it already."""
    _, created = Membership.objects.get_or_create(review=review, user=user, role=role)
    if not created:
        raise IllegalMove(
            f"{user} is {Membership.Role(role).label.lower()} of this review already."
        )
    ledger.record(
        review=review,
        actor=actor,
        action="member.add",
        subject=f"user:{user.pk}",
        data={"role": role},
    )


@transaction.atomic
def remove_member(*, membership, actor):
    """Take a role away; what the person has done stays. The last lead stays."""
    review = Review.objects.select_for_update().get(pk=membership.review_id)
    owners = review.memberships.filter(role=Membership.Role.OWNER)
    if membership.role == Membership.Role.OWNER and owners.count() == 1:
        raise IllegalMove("A review needs a lead. Name another one first.")
    ledger.record(
        review=review,
        actor=actor,
        action="member.remove",
        subject=f"user:{membership.user_id}",
        data={"role": membership.role},
    )
    membership.delete()


@transaction.atomic
def invite(*, review, actor, email, role):
    """Offer a role to an e-mail address; return the secret token of the invitation's link.

    Only the token's hash is kept. Raises ``IllegalMove`` when the address has the role or
    an open invitation to it.
    """
    label = Membership.Role(role).label.lower()
    if review.memberships.filter(user__email__iexact=email, role=role).exists():
        raise IllegalMove(f"{email} is {label} of this review already.")
    if open_invitations(review).filter(email__iexact=email, role=role).exists():
        raise IllegalMove(f"{email} has been invited as {label} already. Withdraw that one first.")
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        review=review,
        email=email,
        role=role,
        token_hash=_hashed(token),
        invited_by=actor,
        expires_at=timezone.now() + INVITATION_LIVES,
    )
    ledger.record(
        review=review,
        actor=actor,
        action="member.invite",
        subject=f"invitation:{invitation.pk}",
        data={"email": email, "role": role},
    )
    return token


def open_invitations(review):
    """Invitations that can still be accepted."""
    return review.invitations.filter(
        accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    )


def invitation_for(token):
    """The open invitation a link's token belongs to, or None."""
    return Invitation.objects.filter(
        token_hash=_hashed(token),
        accepted_at=None,
        withdrawn_at=None,
        expires_at__gt=timezone.now(),
    ).first()


def spent_invitation(token):
    """``(Invitation, what became of it)`` of a link that counts no longer, or None for a token
    that never was."""
    found = Invitation.objects.filter(token_hash=_hashed(token)).select_related(
        "review", "invited_by"
    )
    if not (invitation := found.first()):
        return None
    if invitation.accepted_at:
        return invitation, "was used already"
    return invitation, "was withdrawn" if invitation.withdrawn_at else "has expired"


@transaction.atomic
def accept(*, token, user):
    """Take up an invitation. Raises ``IllegalMove`` when its link no longer counts."""
    invitation = Invitation.objects.select_for_update().filter(token_hash=_hashed(token)).first()
    if invitation is None or invitation_for(token) is None:
        raise IllegalMove("This invitation was used, withdrawn or has expired. Ask for a new one.")
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    add_member(review=invitation.review, actor=user, user=user, role=invitation.role)
    return invitation.review


@transaction.atomic
def accept_as_newcomer(*, token, username, full_name, password):
    """Make the login of a person who was invited, and take up the invitation."""
    invitation = invitation_for(token)
    if invitation is None:
        raise IllegalMove("This invitation was used, withdrawn or has expired. Ask for a new one.")
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise IllegalMove(
            f"{invitation.email} has a login already. Sign in with it and open this link again:"
            " with two logins, one person could judge the same record twice."
        )
    first, _, last = full_name.rpartition(" ")
    user = User.objects.create_user(
        username,
        invitation.email,
        password,
        first_name=first or last,
        last_name=last if first else "",
    )
    accept(token=token, user=user)
    return user


@transaction.atomic
def withdraw_invitation(*, invitation, actor):
    """Make an invitation's link worthless."""
    if invitation.accepted_at:
        raise IllegalMove("This invitation has been accepted. Remove the member instead.")
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    ledger.record(
        review=invitation.review,
        actor=actor,
        action="member.uninvite",
        subject=f"invitation:{invitation.pk}",
    )


def _hashed(token):
    return hashlib.sha256(token.encode()).hexdigest()


def _told(search, actor, action):
    ledger.record(
        review=search.review,
        actor=actor,
        action=action,
        subject=f"search:{search.pk}",
        data={
            "source": search.source,
            "kind": search.kind,
            "searched_on": search.searched_on,
            "query": search.query,
        },
    )
