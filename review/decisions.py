"""What one person may see of the decisions on records: pages, lists and exports ask here.

``review.blinding.sight`` decides; this module applies it to votes, rulings, outcomes, the
ledger's events and the figures of agreement.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch
from django.utils.crypto import salted_hmac

from . import agreement, blinding, consensus, standing
from .access import Can
from .blinding import Sight
from .models import Review, Screening, Stage, User, Vote

Status = Screening.Status
# A record opened again keeps the votes taken back: its event waits as they do.
JUDGING = ("vote.cast", "vote.change", "vote.withdraw", "conflict.rule", "screening.reopen")


@dataclass(frozen=True, slots=True)
class Said:
    """One vote or ruling as a person may see it; ``who`` and ``at`` are None when names are
    hidden, because a moment tells as much as a name."""

    verdict: str
    word: str
    reason: str
    note: str
    ruling: bool
    own: bool
    who: User | None
    at: datetime | None


def revealed(review, stage):
    """Whether the protocol lets settled decisions of this stage be seen yet."""
    if review.reveal == Review.Reveal.SETTLED:
        return True
    return not review.screenings.filter(
        stage=stage, status__in=[Status.WAITING, Status.CONFLICT]
    ).exists()


def with_votes(screenings):
    """Fetch what ``said`` reads, so that a page of records costs two queries more."""
    votes = Vote.objects.select_related("reviewer", "reason").order_by("cast_at", "pk")
    return screenings.select_related("ruling__arbiter", "ruling__reason").prefetch_related(
        Prefetch("votes", votes)
    )


def said(seat, screening, *, revealed):
    """The votes and the ruling on a record as ``seat`` may see them, a list of ``Said``.

    Without names the votes stand in an order that is random but the same each time.
    """
    votes, ruling = list(screening.votes.all()), getattr(screening, "ruling", None)
    see = _sight(seat, screening, votes, ruling, revealed)
    if see(None) is Sight.CONTENT:
        votes.sort(key=_shuffled)
    shown = [(vote, see(vote.reviewer_id), vote.reviewer, vote.cast_at) for vote in votes]
    if ruling:
        shown.append((ruling, see(ruling.arbiter_id), ruling.arbiter, ruling.ruled_at))
    return [
        _said(word, who if how is Sight.NAMED else None, at, seat.user == who)
        for word, how, who, at in shown
        if how is not Sight.NOTHING
    ]


def outcome_shown(seat, revealed):
    """Whether ``seat`` may be told what closed records came to: where people agreed, the
    outcome is the other person's vote."""
    return revealed or not seat.can(Can.SCREEN)


def state_shown(seat, screening, *, revealed, voted):
    """A record's state for ``seat`` as (state code, words). ``voted``: whether they have.

    An open record looks the same to everybody who is not asked to vote on it, however many
    votes are in.
    """
    if screening.status == Status.WAITING:
        if voted:
            return "waiting", "Waiting for others"
        if not seat.can(Can.SCREEN):
            return "open", "Being screened"
        return ("second", "Needs your second vote") if screening.votes_in else ("new", "New")
    if screening.status == Status.CONFLICT:
        return "conflict", "In conflict"
    if screening.status == Status.SET_ASIDE:
        return "none", "Set aside"
    if not outcome_shown(seat, revealed):
        return "settled", "Settled"
    return screening.status, screening.get_status_display()


def citation_hidden(seat, screenings):
    """Whether authors, journal and year of a record are kept from ``seat`` while it is being
    screened; ``screenings`` are the record's."""
    return (
        seat.review.hide_citation
        and seat.can(Can.SCREEN)
        and any(
            one.stage == Stage.TITLE_ABSTRACT and one.status == Status.WAITING for one in screenings
        )
    )


def events_shown(seat, events):
    """The events of the ledger that tell ``seat`` nothing they may not know, in order.

    An event of somebody else's judgement is left out until its words may be seen by name.
    """
    events = list(events)
    records = {event.data["screening"] for event in events if event.action in JUDGING}
    rows = with_votes(Screening.objects.filter(pk__in=records)).select_related("review")
    open_eyes = {stage: revealed(seat.review, stage) for stage in Stage} if records else {}
    named = {
        row.pk: _sight(
            seat, row, row.votes.all(), getattr(row, "ruling", None), open_eyes[row.stage]
        )(None)
        is Sight.NAMED
        for row in rows
    }
    return [
        event
        for event in events
        if event.action not in JUDGING
        or event.actor_id == seat.user.pk
        or named.get(event.data["screening"], False)
    ]


def agreement_of(review, stage):
    """The ``Agreement`` of the first votes at a stage, or None while the protocol hides them.

    It rests on records that have all their votes, so it tells nothing of an open one.
    """
    if not revealed(review, stage):
        return None
    rows = review.screenings.filter(stage=stage).exclude(first_votes="")
    table = Counter()
    for votes, n in rows.values_list("first_votes").annotate(n=Count("pk")).order_by():
        verdicts = [vote.partition(":")[2] for vote in votes.split()]
        if len(verdicts) == 2:
            table[tuple(verdicts)] += n
    return agreement.agreement(table)


def _sight(seat, screening, votes, ruling, revealed):
    """How much ``seat`` may see of the judgement of a person (by key; None: somebody else)."""
    state = standing.judged(seat.review, screening.stage, votes, ruling).state
    voters = [vote.reviewer_id for vote in votes]
    third = seat.can(Can.SETTLE) and consensus.may_settle(seat.user.pk, voters)
    return lambda person: blinding.sight(
        own=person == seat.user.pk,
        state=state,
        third=third,
        names_to_third=seat.review.arbiter_sees_names,
        revealed=revealed,
        nameless=seat.nameless,
    )


def _shuffled(vote):
    return salted_hmac("concord.order", f"{vote.screening_id}:{vote.reviewer_id}").digest()


def _said(word, who, at, own):
    return Said(
        verdict=word.verdict,
        word=word.get_verdict_display(),
        reason=str(word.reason) if word.reason_id else "",
        note=word.note,
        ruling=not isinstance(word, Vote),
        own=own,
        who=who,
        at=at if who else None,
    )
