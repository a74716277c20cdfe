"""The entry pages: what waits for one person, and a review at a glance."""

from datetime import datetime, timedelta

from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from review.access import Can, Role, needs, without_review

from .. import agenda, audit, flowchart, home
from ..figures import prisma
from ..figures.strip import strip
from ..navigation import address

VISIT = timedelta(hours=1)  # looking again sooner than this is the same visit
ITEMS, NEWS = 4, 12
PLACES = (
    ("protocol", "Protocol"),
    ("members", "Members"),
    ("references", "References"),
    ("exports", "Take away"),
    ("ledger", "Ledger"),
)


@without_review(Can.SIGN_IN)
@require_GET
def my_work(request):
    agendas = agenda.of_person(request.user)
    context = {
        "agendas": agendas,
        "total": sum(item.count for one in agendas for item in one.items),
        "busy": sum(bool(one.items) for one in agendas),
    }
    return render(request, "analysis/my_work.html", context)


@needs(Can.VIEW)
@require_GET
def review_home(request, review):
    seat = request.seat
    found, check = flowchart.counts(review)
    since = _last_here(request, review)
    news = audit.news(seat, since)
    items = agenda.of_review(seat).items
    context = {
        "review": review,
        "lead": "" if seat.nameless else f"Lead: {_leads(review)}",
        "actions": [
            {"label": label, "url": url} for name, label in PLACES if (url := address(seat, name))
        ],
        "steps": home.pipeline(seat, found),
        "items": items[:ITEMS],
        "more_items": len(items[ITEMS:]),
        "outside": flowchart.outside(review),
        "diagram": _diagram(seat, found),
        "closes": check.closes,
        "people": home.people(review) if seat.can(Can.MANAGE) or seat.can(Can.AUDIT) else None,
        "agreement": [(mark_safe(strip(one)), told) for one, told in home.agreement(review)],
        "since": since,
        "news": news[:NEWS],
        "more_news": len(news[NEWS:]),
    }
    return render(request, "analysis/home.html", context)


def _diagram(seat, found):
    """The flow as a figure, which escapes every text it is given; "" while it is kept back."""
    if not flowchart.shown(seat):
        return ""
    return mark_safe(prisma.prisma(flowchart.diagram(seat, found), width=340))


def _leads(review):
    leads = review.memberships.filter(role=Role.OWNER).select_related("user")
    return ", ".join(str(one.user) for one in leads)


def _last_here(request, review):
    """When this person last looked, before the visit they are on now; kept in the session."""
    now, key = timezone.now(), f"home:{review.pk}"
    if seen := request.session.get(key):
        before, latest = map(datetime.fromisoformat, seen)
        before = latest if now - latest > VISIT else before
    else:
        before = _last_deed(request.user, review)
    request.session[key] = [before.isoformat(), now.isoformat()]
    return before


def _last_deed(user, review):
    """The last thing this person did in a review, else the moment they came in."""
    event = review.events.filter(actor=user).order_by("-seq").first()
    return event.at if event else review.memberships.filter(user=user).earliest("since").since
