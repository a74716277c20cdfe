"""What lies on a screener's desk: lanes with counts, the next records, and how a record reads.

Reads only. Counts and order tell a reviewer one thing about others: that a record needs
their second vote.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Avg, Count, Q

from . import highlighting
from .models import Highlight, Reference, Report, Screening, Stage, Vote

Status = Screening.Status
CARDS = 10
PACE_OVER = 50
GROUPS = dict(Highlight.Group.choices)


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many records wait in each lane of one person, and how many they have voted on.

    ``pace`` is the mean of their last votes in seconds, None before the first.
    """

    second: int
    new: int
    waiting: int
    conflict: int
    decided: int
    pace: float | None

    @property
    def left(self):
        """Records that wait for this person's vote."""
        return self.second + self.new


@dataclass(frozen=True, slots=True)
class Card:
    """One record as it is read while deciding; ``*_html`` are escaped and marked."""

    screening: Screening
    lane: str
    title_html: str
    paragraphs: list
    marks: list
    keywords_html: str
    found_times: int
    named: bool

    @property
    def reference(self):
        return self.screening.reference


def open_to_votes(review, stage):
    """Records of a stage that take votes; at full text only those whose paper is there."""
    records = review.screenings.filter(stage=stage).open()
    if stage == Stage.FULL_TEXT:
        return records.filter(reference__report__status=Report.Status.OBTAINED)
    return records


def lanes(review, stage, user):
    """The ``Lanes`` of a person at a stage."""
    votes = Vote.objects.filter(screening__review=review, screening__stage=stage, reviewer=user)
    waiting = Q(screening__status=Status.WAITING)
    if stage == Stage.FULL_TEXT:
        waiting &= Q(screening__reference__report__status=Report.Status.OBTAINED)
    mine = votes.aggregate(
        decided=Count("pk"),
        waiting=Count("pk", filter=waiting),
        conflict=Count("pk", filter=Q(screening__status=Status.CONFLICT)),
    )
    open_now = open_to_votes(review, stage).aggregate(
        new=Count("pk", filter=Q(votes_in=0)), half_done=Count("pk", filter=Q(votes_in__gt=0))
    )
    recent = votes.exclude(seconds=None).order_by("-pk").values("seconds")[:PACE_OVER]
    return Lanes(
        new=open_now["new"],
        # Whoever else's vote is in: the half-done records less those half done by this person.
        second=open_now["half_done"] - mine["waiting"],
        pace=recent.aggregate(mean=Avg("seconds"))["mean"],
        **mine,
    )


def next_records(review, stage, user, *, lane="", leave_out=(), limit=CARDS):
    """The records to vote on next, half-done ones first, as a list of ``Screening``.

    ``lane`` is "second", "new" or "" for both; ``leave_out`` are keys the page has already.
    """
    records = open_to_votes(review, stage).exclude(pk__in=leave_out).order_by("reference_id")
    records = _readable(records)
    found = []
    if lane != "new":
        # Two votes at most are needed, so a half-done record has one: an index gives their order.
        found += records.filter(votes_in=1).awaiting_vote_from(user)[:limit]
    if lane != "second" and len(found) < limit:
        found += records.filter(votes_in=0)[: limit - len(found)]
    return found


def one_record(review, stage, user, pk):
    """A record this person may go back to, as a list of one ``Screening`` or of none: open,
    and not a conflict between others."""
    records = review.screenings.filter(stage=stage, pk=pk).with_my_vote(user)
    back = Q(status=Status.WAITING) | Q(status=Status.CONFLICT, mine=True)
    return list(_readable(records.filter(back)))


def cards(review, screenings):
    """``Card`` for each screening, in two queries for all."""
    terms = list(review.highlights.values_list("group", "term"))
    twins = Reference.objects.live().filter(
        duplicate_of__in=[row.reference_id for row in screenings]
    )
    twins = dict(twins.values_list("duplicate_of").annotate(n=Count("pk")).order_by())
    return [
        _card(row, terms, 1 + twins.get(row.reference_id, 0), not review.hide_citation)
        for row in screenings
    ]


def _readable(records):
    return records.select_related("reference", "review").defer("reference__raw")


def _card(screening, terms, found_times, named):
    reference = screening.reference
    title = highlighting.mark(reference.title, terms)
    body = [
        (label, highlighting.mark(text, terms))
        for label, text in highlighting.paragraphs(reference.abstract)
    ]
    keywords = highlighting.mark(", ".join(reference.keywords), terms)
    counts = sum((marked.counts for _, marked in body), Counter(title.counts)) + keywords.counts
    return Card(
        screening=screening,
        lane="second" if screening.votes_in else "new",
        title_html=title.html,
        paragraphs=[(label, marked.html) for label, marked in body],
        marks=[(group, GROUPS[group], counts[group]) for group in GROUPS if counts[group]],
        keywords_html=keywords.html,
        found_times=found_times,
        named=named,
    )
