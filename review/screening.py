"""Steps 3 and 4: independent votes on a record, settled by agreement or by a third person.

One set of doors for both stages. Each locks the record, changes votes or rulings, lets
``review.standing`` project them, and writes one ledger event.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from . import consensus, fulltext, ledger, standing
from .models import IllegalMove, Report, Ruling, Screening, Stage, Verdict, Vote

Status = Screening.Status
OPEN = (Status.WAITING, Status.CONFLICT)
CHUNK = 2000


@transaction.atomic
def open_title_abstract(*, references):
    """Put references into title and abstract screening, those that are not there yet.

    ``references`` is a queryset of primaries. Like ``set_aside`` and ``restore`` it belongs
    to the door of an import or a merge: that one's ledger event tells of it.
    """
    new = references.exclude(screenings__stage=Stage.TITLE_ABSTRACT)
    keys = new.order_by("pk").values_list("pk", "review_id")
    Screening.objects.bulk_create(
        (
            Screening(review_id=review, reference_id=pk, stage=Stage.TITLE_ABSTRACT)
            for pk, review in keys
        ),
        batch_size=CHUNK,
    )


@transaction.atomic
def set_aside(*, references):
    """Take duplicates and withdrawn references out of both stages; their votes stay."""
    Screening.objects.filter(reference__in=references).exclude(status=Status.SET_ASIDE).update(
        status=Status.SET_ASIDE, reason=None, settled_at=None
    )


@transaction.atomic
def restore(*, references):
    """Bring references that are primaries again back to where their votes put them."""
    back = Screening.objects.filter(
        reference__in=references,
        reference__withdrawn=False,
        reference__duplicate_of=None,
        status=Status.SET_ASIDE,
    )
    unread = back.filter(stage=Stage.TITLE_ABSTRACT, votes_in=0)
    # Full text rests on title and abstract, so the earlier stage is computed first.
    judged = back.exclude(pk__in=unread.values("pk")).order_by("-stage", "pk")
    for pk in list(judged.values_list("pk", flat=True)):
        standing.write(_locked(pk))
    unread.update(status=Status.WAITING)


@transaction.atomic
def cast_vote(*, screening, reviewer, verdict, reason=None, note="", seconds=None, key=None):
    """Record one person's judgement; settle the record, or make it a conflict, with the last.

    ``seconds`` is the time spent on the record. The same ``key`` of the same person counts
    once. Raises ``IllegalMove`` for a second vote of a person, a record that takes none,
    and a full-text exclusion without a reason.
    """
    screening = _locked(screening.pk)
    if ledger.already(review=screening.review, actor=reviewer, key=key):
        return screening
    _check_open_to_votes(screening)
    if screening.votes.filter(reviewer=reviewer).exists():
        raise IllegalMove("You have voted on this record. Change or withdraw that vote instead.")
    _check_words(screening, verdict, reason)
    said = {"verdict": verdict, "reason": reason, "note": note, "seconds": seconds}
    vote = Vote.objects.create(screening=screening, reviewer=reviewer, **said)
    return _conclude(screening, reviewer, "vote.cast", _told(vote), key)


@transaction.atomic
def change_vote(*, screening, reviewer, verdict, reason=None, note="", key=None):
    """Change one's own vote on a record that is not settled; the ledger keeps the old one."""
    screening = _locked(screening.pk)
    if ledger.already(review=screening.review, actor=reviewer, key=key):
        return screening
    vote = _own_vote(screening, reviewer)
    _check_words(screening, verdict, reason)
    was = _told(vote)
    vote.verdict, vote.reason, vote.note = verdict, reason, note
    vote.changed_at = timezone.now()
    vote.save(update_fields=["verdict", "reason", "note", "changed_at"])
    return _conclude(screening, reviewer, "vote.change", _told(vote) | {"was": was}, key)


@transaction.atomic
def withdraw_vote(*, screening, reviewer, key=None):
    """Take one's own vote back from a record that is not settled, or that it settled alone and
    on which nothing rests yet (``undoable``); the ledger keeps it."""
    screening = _locked(screening.pk)
    if ledger.already(review=screening.review, actor=reviewer, key=key):
        return screening
    alone = undoable(screening.review, screening.stage, reviewer).filter(screening=screening)
    vote = alone.first() or _own_vote(screening, reviewer)
    was = _told(vote)
    vote.delete()
    return _conclude(screening, reviewer, "vote.withdraw", {"was": was}, key)


def undoable(review, stage, reviewer):
    """The votes of a sole reviewer of a stage that settled their records, and on which nothing
    rests: no work on the full text, and no study, which an inclusion there may have become."""
    votes = Vote.objects.filter(
        screening__review=review, screening__stage=stage, reviewer=reviewer,
        screening__ruling=None,
    )  # fmt: skip
    if review.votes_needed(stage) > 1:
        return votes.none()
    excluded = Q(screening__status=Status.EXCLUDED)
    if stage == Stage.FULL_TEXT:
        return votes.filter(excluded)
    begun = Screening.objects.filter(
        reference=OuterRef("screening__reference"), stage=Stage.FULL_TEXT, votes_in__gt=0
    )
    untouched = Q(
        ~Exists(begun),
        screening__status=Status.INCLUDED,
        screening__reference__report__status=Report.Status.SOUGHT,
    )
    return votes.filter(excluded | untouched)


@transaction.atomic
def rule(*, screening, arbiter, verdict, reason=None, note="", key=None):
    """Settle a conflict as the third person.

    Raises ``NotIndependent`` for somebody who voted on the record, ``IllegalMove`` when it
    is not in conflict, the verdict decides nothing, or a full-text exclusion has no reason.
    """
    screening = _locked(screening.pk)
    if ledger.already(review=screening.review, actor=arbiter, key=key):
        return screening
    if not consensus.may_settle(arbiter.pk, screening.votes.values_list("reviewer", flat=True)):
        raise consensus.NotIndependent(
            "You voted on this record, so somebody else has to settle it."
        )
    if screening.status != Status.CONFLICT:
        raise IllegalMove(
            "This record is not in conflict: it was settled already, or a vote on it changed."
        )
    if verdict == Verdict.MAYBE:
        raise IllegalMove("A conflict is settled by include or exclude.")
    _check_words(screening, verdict, reason)
    ruling = Ruling.objects.create(
        screening=screening, arbiter=arbiter, verdict=verdict, reason=reason, note=note
    )
    return _conclude(screening, arbiter, "conflict.rule", _told(ruling), key)


@transaction.atomic
def reopen(*, screening, actor, why):
    """Open a settled record again: its ruling is taken back, or, when the votes agreed, the
    votes. What was said stays in the ledger, and what follows (full text) is set aside with
    all it holds until the record is included again."""
    screening = _locked(screening.pk)
    if screening.status not in (Status.INCLUDED, Status.EXCLUDED):
        raise IllegalMove("Only a settled record can be opened again.")
    if not why.strip():
        raise IllegalMove("Say why this record is opened again.")
    last = Ruling.objects.filter(screening=screening)
    last = last if last.exists() else screening.votes.order_by("pk")
    taken = [_told(word) | {"by": _speaker(word)} for word in last]
    last.delete()
    return _conclude(screening, actor, "screening.reopen", {"why": why, "taken_back": taken})


def _locked(pk):
    rows = Screening.objects.select_for_update(of=("self",))
    rows = rows.select_related("review", "reference")
    return rows.defer("reference__raw", "reference__abstract").get(pk=pk)


def _check_open_to_votes(screening):
    if screening.status == Status.SET_ASIDE:
        raise IllegalMove(
            "This record is out of screening: it is a duplicate, was withdrawn with its file,"
            " or its full text cannot be had."
        )
    if screening.status != Status.WAITING:
        raise IllegalMove("This record has all its votes; yours was not needed any more.")
    if screening.stage == Stage.FULL_TEXT:
        report = Report.objects.get(reference=screening.reference_id)
        if report.status != Report.Status.OBTAINED:
            raise IllegalMove(
                f"This full text is “{report.get_status_display()}”. It can be judged once it is"
                " obtained: attach the PDF, or say by which route you have it."
            )


def _check_words(screening, verdict, reason):
    if reason is not None and verdict != Verdict.EXCLUDE:
        raise IllegalMove("Only an exclusion has a reason.")
    if reason is None and verdict == Verdict.EXCLUDE and screening.stage == Stage.FULL_TEXT:
        raise IllegalMove(
            "At full text an exclusion needs its reason: the first of the list that applies."
        )
    if reason is not None and (
        (reason.review_id, reason.stage) != (screening.review_id, screening.stage)
    ):
        raise IllegalMove(f"“{reason}” is not a reason of this stage.")


def _own_vote(screening, reviewer):
    if screening.status not in OPEN:
        raise IllegalMove("This record is settled, so its votes stand. The lead can open it again.")
    vote = screening.votes.filter(reviewer=reviewer).first()
    if vote is None:
        raise IllegalMove("You have no vote on this record.")
    return vote


def _conclude(screening, actor, action, data, key=None):
    before = screening.status
    standing.write(screening)
    if screening.stage == Stage.TITLE_ABSTRACT and before != screening.status:
        if screening.status == Status.INCLUDED:
            fulltext.seek(reference=screening.reference)
        elif before == Status.INCLUDED:
            fulltext.reconsider(reference=screening.reference)
    ledger.record(
        review=screening.review,
        actor=actor,
        action=action,
        subject=f"reference:{screening.reference_id}",
        data={"screening": screening.pk, "stage": screening.stage} | data,
        key=key,
    )
    return screening


def _told(word):
    """A vote or a ruling as the ledger keeps it; ``reason`` by id and by its words."""
    return {
        "verdict": word.verdict,
        "reason": word.reason_id,
        "reason_text": str(word.reason) if word.reason_id else "",
        "note": word.note,
    } | ({"seconds": word.seconds} if isinstance(word, Vote) else {})


def _speaker(word):
    return word.reviewer_id if isinstance(word, Vote) else word.arbiter_id
