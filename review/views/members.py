"""Pages for people: members, invitations and the door they come in by."""

import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .. import setup
from ..access import Can, needs, seat_of, without_review
from ..forms import InviteForm, NewcomerForm
from ..models import IllegalMove

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
log = logging.getLogger(__name__)
NO_MAIL = [f"django.core.mail.backends.{kind}.EmailBackend" for kind in ("console", "dummy")]


@needs(Can.MANAGE)
@require_GET
def members(request, review):
    return render(request, "review/members.html", _people(review, InviteForm()))


@needs(Can.MANAGE)
@require_POST
def invite(request, review):
    form = InviteForm(request.POST)
    if not form.is_valid():
        return render(request, "review/members.html", _people(review, form), status=422)
    token = setup.invite(review=review, actor=request.user, **form.cleaned_data)
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    context = _people(review, InviteForm()) | {
        "link": link,
        "invited": form.cleaned_data["email"],
        "mailed": _mail(review, request.user, form.cleaned_data["email"], link),
    }
    return render(request, "review/members.html", context)


@needs(Can.MANAGE)
@require_POST
def withdraw_invitation(request, review, pk):
    invitation = get_object_or_404(review.invitations, pk=pk)
    setup.withdraw_invitation(invitation=invitation, actor=request.user)
    return redirect("members", review.pk)


@needs(Can.MANAGE)
@require_POST
def remove_member(request, review, pk):
    membership = get_object_or_404(review.memberships, pk=pk)
    setup.remove_member(membership=membership, actor=request.user)
    messages.info(request, f"{membership.user} is no longer {membership.get_role_display()} here.")
    left = seat_of(request.user, review)
    if left is None:
        return redirect("my-work")
    return redirect("members" if left.can(Can.MANAGE) else "review-home", review.pk)


@without_review(Can.PUBLIC)
@require_http_methods(["GET", "POST"])
def invitation(request, token):
    """Where an invitation's link leads: sign in and accept, or make a login."""
    offer = setup.invitation_for(token)
    if offer is None:
        return _over(request, token)
    form = NewcomerForm(request.POST or None)
    try:
        if request.method == "POST" and request.user.is_authenticated:
            return redirect("review-home", setup.accept(token=token, user=request.user).pk)
        if form.is_valid():
            user = setup.accept_as_newcomer(token=token, **form.cleaned_data)
            login(request, user, backend=BACKEND)
            return redirect("review-home", offer.review_id)
    except IllegalMove as refusal:
        return render(request, "409.html", {"why": str(refusal)}, status=409)
    context = {"offer": offer, "form": form}
    return render(request, "review/invitation.html", context, status=422 if form.is_bound else 200)


def _over(request, token):
    """What became of an invitation that counts no longer; 404 for one that never was."""
    spent = setup.spent_invitation(token)
    if spent is None:
        raise Http404
    invitation, what = spent
    seat = request.user.is_authenticated and seat_of(request.user, invitation.review)
    context = {
        "invitation": invitation, "what": what, "review": seat.review if seat else None,
    }  # fmt: skip
    return render(request, "review/invitation_over.html", context, status=410)


def _people(review, form):
    return {
        "review": review,
        "memberships": review.memberships.select_related("user").order_by("role", "user__username"),
        "invitations": setup.open_invitations(review),
        "form": form,
    }


def _mail(review, sender, email, link):
    """Send the link; return ``sent``, ``failed``, or ``unsent`` where mail goes nowhere but to
    the terminal. The page shows the link either way."""
    subject = f"{sender} asks you to join “{review.title}” on Concord"
    try:
        send_mail(
            " ".join(subject.split()),  # a line break would end the header
            f"Open this link to accept:\n\n{link}\n\nIt counts once and for 14 days.",
            settings.DEFAULT_FROM_EMAIL,
            [email],
        )
    except OSError:
        log.exception("The invitation to review %s could not be mailed", review.pk)
        return "failed"
    return "unsent" if settings.EMAIL_BACKEND in NO_MAIL else "sent"
