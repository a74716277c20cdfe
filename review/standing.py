"""What the votes and the ruling on one record come to: the projection that the doors write
and ``review.integrity`` computes again."""

from dataclasses import dataclass
from datetime import datetime

from . import consensus
from .models import Report, Ruling, Screening, Stage, Verdict

Status = Screening.Status
STATUS_OF = {Verdict.INCLUDE: Status.INCLUDED, Verdict.EXCLUDE: Status.EXCLUDED}


@dataclass(frozen=True, slots=True)
class Standing:
    """The projected columns of a ``Screening``."""

    status: str
    votes_in: int
    reason_id: int | None
    settled_at: datetime | None


def judged(review, stage, votes, ruling=None):
    """The ``consensus.Outcome`` of a record at one stage.

    At title and abstract a difference in the reason is none, and a maybe may join an
    include; at full text the reason counts as much as the verdict.
    """
    strict = stage == Stage.FULL_TEXT
    return consensus.outcome(
        [
            consensus.Judgement(vote.reviewer_id, vote.verdict, vote.reason_id if strict else None)
            for vote in votes
        ],
        required=review.votes_needed(stage),
        ruling=ruling and consensus.Judgement(ruling.arbiter_id, ruling.verdict, ruling.reason_id),
        maybe=Verdict.MAYBE,
        maybe_joins=Verdict.INCLUDE if review.maybe_advances and not strict else None,
    )


def standing(review, stage, votes, ruling=None, *, in_play=True):
    """The ``Standing`` of a record. One that is not ``in_play`` (a duplicate, withdrawn, not
    retrievable) is set aside whatever was said about it."""
    found = judged(review, stage, votes, ruling)
    if not in_play:
        return Standing(Status.SET_ASIDE, len(votes), None, None)
    if found.state is consensus.State.WAITING:
        return Standing(Status.WAITING, len(votes), None, None)
    if found.state is consensus.State.CONFLICT:
        return Standing(Status.CONFLICT, len(votes), None, None)
    if found.state is consensus.State.SETTLED:
        at, reason = ruling.ruled_at, ruling.reason_id
    else:
        at = max(vote.changed_at or vote.cast_at for vote in votes)
        reasons = {vote.reason_id for vote in votes} - {None}
        reason = reasons.pop() if len(reasons) == 1 else None
    return Standing(STATUS_OF[found.value], len(votes), reason, at)


def in_play(screening, *, passed=True, report=None):
    """Whether a record is screened at all: the primary of its group, in an accepted batch;
    at full text also ``passed`` at title and abstract, with a report not given up."""
    reference = screening.reference
    if reference.withdrawn or reference.duplicate_of_id:
        return False
    if screening.stage == Stage.TITLE_ABSTRACT:
        return True
    return passed and report is not None and report.status != Report.Status.NOT_RETRIEVABLE


def paired(votes):
    """The votes as the text ``Screening.first_votes`` keeps: ``"12:include 15:exclude"``."""
    return " ".join(f"{vote.reviewer_id}:{vote.verdict}" for vote in sorted(votes, key=_reviewer))


def write(screening):
    """Recompute a locked screening from its rows and save what changed; return whether its
    status did."""
    votes = list(screening.votes.all())
    now = standing(
        screening.review,
        screening.stage,
        votes,
        Ruling.objects.filter(screening=screening).first(),
        in_play=in_play(screening, **_full_text_facts(screening)),
    )
    moved = now.status != screening.status
    if moved:
        screening.move_to(now.status)
    screening.votes_in = now.votes_in
    screening.reason_id = now.reason_id
    screening.settled_at = now.settled_at
    if not screening.first_votes and len(votes) == screening.review.votes_needed(screening.stage):
        screening.first_votes = paired(votes)
    screening.save(update_fields=["status", "votes_in", "reason", "settled_at", "first_votes"])
    return moved


def _reviewer(vote):
    return vote.reviewer_id


def _full_text_facts(screening):
    if screening.stage == Stage.TITLE_ABSTRACT:
        return {}
    passed = Screening.objects.filter(
        reference=screening.reference_id, stage=Stage.TITLE_ABSTRACT, status=Status.INCLUDED
    )
    report = Report.objects.filter(reference=screening.reference_id).first()
    return {"passed": passed.exists(), "report": report}
