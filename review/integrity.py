"""Every cached column of this app computed again from the rows it was projected from."""

from collections import defaultdict

from . import dedup, standing
from .models import Batch, Report, Screening, Stage, Vote

CHUNK = 1000
FIRST_STATUS = Report.Status.SOUGHT


def problems(review):
    """Return one sentence for each cached value that its rows do not bear out."""
    return [
        *_references(review),
        *_groups(review),
        *_screenings(review),
        *_votes(review),
        *_stages(review),
        *_reports(review),
    ]


def _references(review):
    """``withdrawn`` projects the batch."""
    accepted = Batch.Status.ACCEPTED
    wrong = review.references.filter(withdrawn=True, batch__status=accepted) | (
        review.references.filter(withdrawn=False).exclude(batch__status=accepted)
    )
    for number, withdrawn, status in wrong.values_list("number", "withdrawn", "batch__status"):
        yield (
            f"record {number} is {'withdrawn' if withdrawn else 'live'} but its file is “{status}”"
        )


def _groups(review):
    """``duplicate_of`` projects the merged pairs."""
    points_at = dict(review.references.exclude(duplicate_of=None).values_list("pk", "duplicate_of"))
    groups, expected = list(dedup.groups(review)), {}
    rows = review.references.select_related("report")
    rows = rows.only("number", "abstract", "doi", "withdrawn", "report__status")
    rows = rows.in_bulk({pk for group in groups for pk in group})
    for group in groups:
        members = [rows[pk] for pk in group]
        primary = dedup.primary_of(members)
        for one in members:
            if primary and one != primary and not one.withdrawn:
                expected[one.pk] = primary.pk
    for pk in sorted(points_at.keys() | expected.keys()):
        if points_at.get(pk) != expected.get(pk):
            number = review.references.get(pk=pk).number
            yield f"record {number} is marked as a duplicate other than its merged pairs say"


def _screenings(review):
    """``status``, ``votes_in``, ``reason`` and ``settled_at`` project votes and rulings."""
    passed = set(
        review.screenings.filter(
            stage=Stage.TITLE_ABSTRACT, status=Screening.Status.INCLUDED
        ).values_list("reference_id", flat=True)
    )
    rows = review.screenings.select_related("reference__report", "ruling")
    rows = rows.prefetch_related("votes").defer("reference__raw", "reference__abstract")
    for row in rows.iterator(CHUNK):
        now = standing.standing(
            review,
            row.stage,
            list(row.votes.all()),
            getattr(row, "ruling", None),
            in_play=standing.in_play(
                row,
                passed=row.reference_id in passed,
                report=getattr(row.reference, "report", None),
            ),
        )
        for column in ("status", "votes_in", "reason_id", "settled_at"):
            stored, expected = getattr(row, column), getattr(now, column)
            if stored != expected:
                yield f"{_name(row)}: {column} is {stored}, its votes come to {expected}"


def _votes(review):
    """Votes and ``first_votes`` are what the ledger tells."""
    told, first = _replayed(review)
    rows = Vote.objects.filter(screening__review=review).select_related("screening__reference")
    for vote in rows.defer("screening__reference__raw").iterator(CHUNK):
        words = told[vote.screening_id].pop(vote.reviewer_id, None)
        if words is None:
            yield f"{_name(vote.screening)}: a vote that the ledger does not know"
        elif words != (vote.verdict, vote.reason_id, vote.note):
            yield f"{_name(vote.screening)}: a vote differs from what the ledger tells"
    for row in review.screenings.select_related("reference").defer("reference__raw").iterator():
        if told[row.pk]:
            yield f"{_name(row)}: {len(told[row.pk])} votes of the ledger are missing"
        if row.first_votes != first.get(row.pk, ""):
            yield f"{_name(row)}: the first votes differ from what the ledger tells"


def _replayed(review):
    """The standing votes {screening: {reviewer: words}} and the first votes, by the ledger."""
    told, first = defaultdict(dict), {}
    events = review.events.filter(action__in=["vote.cast", "vote.change", "vote.withdraw"])
    events = events | review.events.filter(action="screening.reopen")
    for event in events.order_by("seq").iterator(CHUNK):
        data = event.data
        votes = told[data["screening"]]
        if event.action == "vote.withdraw":
            votes.pop(event.actor_id, None)
        elif event.action == "screening.reopen":
            for taken in data["taken_back"]:
                votes.pop(taken["by"], None)
        else:
            votes[event.actor_id] = (data["verdict"], data["reason"], data["note"])
        if len(votes) == review.votes_needed(data["stage"]) and data["screening"] not in first:
            said = [Vote(reviewer_id=person, verdict=words[0]) for person, words in votes.items()]
            first[data["screening"]] = standing.paired(said)
    return told, first


def _stages(review):
    """Every primary is in title and abstract screening, every inclusion at full text."""
    missing = review.references.primary().exclude(screenings__stage=Stage.TITLE_ABSTRACT)
    for number in missing.values_list("number", flat=True):
        yield f"record {number} was never put into title and abstract screening"
    passed = review.screenings.filter(
        stage=Stage.TITLE_ABSTRACT, status=Screening.Status.INCLUDED
    ).exclude(reference__screenings__stage=Stage.FULL_TEXT)
    for number in passed.values_list("reference__number", flat=True):
        yield f"record {number} passed title and abstract but is not at full text"
    assessed = review.screenings.filter(stage=Stage.FULL_TEXT)
    for number in assessed.filter(reference__report=None).values_list(
        "reference__number", flat=True
    ):
        yield f"record {number} is at full text without a report"


def _reports(review):
    """A report's status is the last one the ledger tells of."""
    events = review.events.filter(action__startswith="report.").order_by("seq")
    told = {data["report"]: data["status"] for data in events.values_list("data", flat=True)}
    for report in review.reports.select_related("reference").defer("reference__raw"):
        expected = told.get(report.pk, FIRST_STATUS)
        if report.status != expected:
            yield (
                f"full text of record {report.reference.number}: status is “{report.status}”,"
                f" the ledger tells “{expected}”"
            )


def _name(screening):
    return f"record {screening.reference.number}, {screening.get_stage_display().lower()}"
