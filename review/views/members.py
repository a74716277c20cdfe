"""Pages for people: members, invitations and the door they come in by."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .. import setup
from ..access import Can, needs, without_review
from ..forms import InviteForm, NewcomerForm
from ..models import IllegalMove

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


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
    _mail(review, request.user, form.cleaned_data["email"], link)
    context = _people(review, InviteForm()) | {
        "link": link,
        "invited": form.cleaned_data["email"],
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
    if not request.seat.user.memberships.filter(review=review).exists():
        return redirect("my-work")
    return redirect("members", review.pk)


@without_review(Can.PUBLIC)
@require_http_methods(["GET", "POST"])
def invitation(request, token):
    """Where an invitation's link leads: sign in and accept, or make a login."""
    offer = setup.invitation_for(token)
    if offer is None:
        raise Http404
    form = NewcomerForm(request.POST or None)
    if request.method == "POST" and request.user.is_authenticated:
        try:
            return redirect("review-home", setup.accept(token=token, user=request.user).pk)
        except IllegalMove as refusal:
            return render(request, "409.html", {"why": str(refusal)}, status=409)
    if form.is_valid():
        user = setup.accept_as_newcomer(token=token, **form.cleaned_data)
        login(request, user, backend=BACKEND)
        return redirect("review-home", offer.review_id)
    context = {"offer": offer, "form": form}
    return render(request, "review/invitation.html", context, status=422 if form.is_bound else 200)


def _people(review, form):
    return {
        "review": review,
        "memberships": review.memberships.select_related("user").order_by("role", "user__username"),
        "invitations": setup.open_invitations(review),
        "form": form,
    }


def _mail(review, sender, email, link):
    send_mail(
        f"{sender} asks you to join “{review.title}” on Concord",
        f"Open this link to accept:\n\n{link}\n\nIt counts once and for 14 days.",
        settings.DEFAULT_FROM_EMAIL,
        [email],
    )
