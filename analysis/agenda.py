"""A person's work in the order to do it, as the entry pages show it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Avg
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timesince import timesince

from review.access import Role, Seat
from review.models import Membership, Review, Stage, Vote

from . import workload

NEVER = datetime.max.replace(tzinfo=UTC)
PACE_OVER = 50  # votes: the last ones tell how fast somebody is now
KEYS = "123456789"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of work, as ``components/lane.html`` shows it."""

    count: int
    title: str
    text: str
    url: str
    verb: str
    key: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Agenda:
    """What waits for one person in one review, oldest first; ``since`` is when the oldest came."""

    review: Review
    roles: str
    items: tuple[Item, ...]
    since: datetime


def of_review(seat):
    """The ``Agenda`` of one review, its first item loud and each with its key."""
    return _keyed([_agenda(seat)])[0]


def of_person(user):
    """The ``Agenda`` of every review of a person: the one with the oldest work first."""
    return _keyed(sorted(map(_agenda, seats(user)), key=lambda one: one.since))


def seats(user):
    """The seats of a person, one a review, in the order they came in."""
    held = {}
    rows = Membership.objects.filter(user=user).select_related("review").order_by("pk")
    for membership in rows:
        held.setdefault(membership.review, []).append(Role(membership.role))
    return [Seat(user, review, roles) for review, roles in held.items()]


def roles_of(seat):
    """The roles of a seat in words."""
    return ", ".join(role.label.lower() for role in Role if role in seat.roles)


def pace(seat):
    """Mean seconds of this person's last votes on titles and abstracts; None before the first."""
    votes = Vote.objects.filter(
        reviewer=seat.user, screening__review=seat.review, screening__stage=Stage.TITLE_ABSTRACT
    )
    last = votes.exclude(seconds=None).order_by("-pk").values("seconds")[:PACE_OVER]
    return last.aggregate(mean=Avg("seconds"))["mean"]


def lasting(seconds):
    """A length of time in words: "about 10 minutes"."""
    if seconds < 90:
        return "about a minute"
    now = timezone.now()
    return f"about {timesince(now - timedelta(seconds=seconds), now, depth=1)}"


def _agenda(seat):
    lanes = sorted(workload.waiting(seat, detailed=True), key=_day)  # on one day: by step
    return Agenda(
        review=seat.review,
        roles=roles_of(seat),
        items=tuple(_item(seat, lane) for lane in lanes),
        since=min(map(_since, lanes), default=NEVER),
    )


def _since(lane):
    return lane.since or NEVER


def _day(lane):
    return _since(lane).date()


def _item(seat, lane):
    return Item(lane.count, lane.title, _text(seat, lane), lane.url, lane.verb)


def _text(seat, lane):
    """What is said under the title of a lane: a part of it, its age, how long it takes."""
    told = [lane.text] if lane.text else []
    age = lane.since and timezone.now() - lane.since
    if age and age.days:
        told.append(_oldest(lane.since))
    seconds = pace(seat) if lane.step == "screening" else None
    if seconds:
        told.append(f"{lasting(seconds * lane.count).capitalize()} at your pace")
    return format_html_join(". ", "{}", ((part,) for part in told))


def _oldest(since):
    return format_html(
        'Oldest <time datetime="{}" title="{}">{}</time>',
        since.isoformat(),
        date_format(timezone.localtime(since), "j F Y, H:i"),
        timesince(since, depth=1),
    )


def _with_key(item, key):
    return replace(item, key=key, primary=key == KEYS[0])


def _keyed(agendas):
    """The same with a key for each item, counted through all of them."""
    keys = iter(KEYS)
    return [
        replace(
            one,
            items=tuple(_with_key(item, next(keys, "")) for item in one.items),
        )
        for one in agendas
    ]
