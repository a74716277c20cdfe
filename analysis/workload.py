"""What waits for one person in a review: every lane of work, counted in one query."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.urls import reverse

from extraction import appraisal_lanes, lanes, studies
from extraction.models import Record, Snapshot
from extraction.participants import lanes as participant_lanes
from review import desk
from review.access import Can, Role
from review.models import (
    Batch,
    Membership,
    Reference,
    Report,
    Review,
    Screening,
    Search,
    Stage,
)

SECOND = (
    "{n} of them needs only your second vote",
    "{n} of them need only your second vote",
)
SEEKING = (Report.Status.SOUGHT, Report.Status.REQUESTED)


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work: ``rows`` wait, and ``since`` leads from one to the moment it was there.

    ``one`` and ``many`` say what they are after the count; ``part`` is about some of the rows:
    the words for one, for many, and which. ``step`` is the URL name of its step of the review.
    ``shared`` work waits for whoever comes first.
    """

    step: str
    verb: str
    one: str
    many: str
    rows: QuerySet
    since: str = ""
    url: str = ""
    part: tuple[str, str, QuerySet] | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """Work that waits, counted. ``since`` is None where no moment is kept."""

    step: str
    verb: str
    title: str
    count: int
    url: str
    shared: bool
    text: str = ""
    since: datetime | None = None


class Counted(Subquery):
    """The number of rows of a queryset, as one value of a larger query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows):
        super().__init__(rows.order_by().values("pk"))


def looked_up(review, asked):
    """``asked``, expressions by name (``Counted``, ``Subquery``), as values from one query."""
    if not asked:
        return {}
    named = {f"asked_{name}": value for name, value in asked.items()}  # clear of the fields
    found = Review.objects.filter(pk=review.pk).annotate(**named).values_list(*named).get()
    return dict(zip(asked, found, strict=True))


def waiting(seat, *, detailed=False):
    """The lanes in which something waits for ``seat``, as a list of ``Lane`` in the order of
    the steps; ``text`` and ``since`` are looked up for ``detailed`` ones. Costs two queries."""
    kinds = list(_kinds(seat))
    asked = {}
    for place, kind in enumerate(kinds):
        asked[f"count_{place}"] = Counted(kind.rows)
        if detailed and kind.part:
            asked[f"part_{place}"] = Counted(kind.part[2])
        if detailed and kind.since:
            asked[f"since_{place}"] = Subquery(kind.rows.order_by("pk").values(kind.since)[:1])
    found = looked_up(seat.review, asked)
    return [
        _lane(seat, kind, found, place)
        for place, kind in enumerate(kinds)
        if found[f"count_{place}"]
    ]


def _lane(seat, kind, found, place):
    count, part = found[f"count_{place}"], found.get(f"part_{place}")
    return Lane(
        step=kind.step,
        verb=kind.verb,
        title=kind.one if count == 1 else kind.many,
        count=count,
        url=reverse(kind.url or kind.step, args=[seat.review.pk]),
        shared=kind.shared,
        text=kind.part[part > 1].format(n=f"{part:,}") if part else "",
        since=found.get(f"since_{place}"),
    )


def _kinds(seat):
    """Everything that can wait for somebody with these roles, in the order of the steps."""
    for capability, kinds in (
        (Can.MANAGE, _beginning),
        (Can.IMPORT, _importing),
        (Can.SCREEN, _screening),
        (Can.SETTLE, _conflicts),
        (Can.RETRIEVE, _retrieving),
        (Can.SCREEN, _reading),
        (Can.EXTRACT, _extracting),
        (Can.SETTLE, _settling),
        (Can.APPRAISE, _appraising),
        (Can.SETTLE, _settling_appraisals),
        (Can.FREEZE, _freezing),
        (Can.ANALYSE, _analysing),
    ):
        if seat.can(capability):
            yield from kinds(seat.review, seat.user)


def _beginning(review, user):
    """What a lead does first, while the review holds no reference and has frozen no data: one of
    sources outside the flow needs no search."""
    # Asked by Exists, which stops at the first reference; a join would read all of them.
    references, frozen, searches, reviewers = (
        Exists(rows.filter(review=OuterRef("pk")))
        for rows in (
            Reference.objects.all(),
            Snapshot.objects.all(),
            Search.objects.all(),
            Membership.objects.filter(role=Role.REVIEWER),
        )
    )
    begun = Review.objects.filter(~references, ~frozen, pk=review.pk)
    for verb, what, rows, url in (
        ("Add", "first search to record", begun.filter(~searches), "search-add"),
        ("Import", "first file to import", begun.filter(searches), "import-list"),
        ("Invite", "team to invite", begun.filter(~reviewers), "members"),
    ):
        yield Work("review-home", verb, what, what, rows, url=url, shared=True)


def _importing(review, user):
    yield Work(
        "import-list",
        "Look",
        "search file waits for your word",
        "search files wait for your word",
        review.batches.filter(status=Batch.Status.PREVIEW),
        "uploaded_at",
        shared=True,
    )
    yield Work(
        "import-list",
        "Compare",
        "pair may be the same paper",
        "pairs may be the same paper",
        review.duplicate_pairs.waiting(),
        url="duplicates",
        shared=True,
    )


def _screening(review, user):
    rows = desk.open_to_votes(review, Stage.TITLE_ABSTRACT)
    yield Work(
        "screening",
        "Screen",
        "title and abstract waits for you",
        "titles and abstracts wait for you",
        rows.awaiting_vote_from(user),
        "reference__batch__uploaded_at",
        part=(*SECOND, rows.second_vote_from(user)),
    )


def _conflicts(review, user):
    rows = review.screenings.to_settle_by(user)
    yield Work(
        "conflicts",
        "Settle",
        "conflict to settle",
        "conflicts to settle",
        rows,
        "reference__batch__uploaded_at",
        part=("{n} on a full text", "{n} on full texts", rows.filter(stage=Stage.FULL_TEXT)),
    )


def _retrieving(review, user):
    open_reports = Screening.objects.filter(
        reference=OuterRef("reference"), stage=Stage.FULL_TEXT, status=Screening.Status.WAITING
    )
    yield Work(
        "fulltexts",
        "Find",
        "full text to find",
        "full texts to find",
        review.reports.filter(Exists(open_reports), status__in=SEEKING),
        "status_at",
        shared=True,
    )
    yield Work(
        "studies",
        "Name",
        "included report is not a study yet",
        "included reports are not studies yet",
        studies.unadopted(review),
        "status_at",
        shared=True,
    )


def _reading(review, user):
    rows = desk.open_to_votes(review, Stage.FULL_TEXT)
    yield Work(
        "fulltexts",
        "Read",
        "full text to decide",
        "full texts to decide",
        rows.awaiting_vote_from(user),
        "reference__report__status_at",
        url="fulltext-next",
        part=(*SECOND, rows.second_vote_from(user)),
    )


def _extracting(review, user):
    yield from _taking_from_studies(review, user)
    yield from _agreeing(review, user)


def _taking_from_studies(review, user):
    """What one person does alone: read studies, come back to authors."""
    for form in lanes.forms_with_cells(review):
        yield Work(
            "studies",
            "Extract",
            f"study to extract: {form}",
            f"studies to extract: {form}",
            lanes.mine_to_extract(review, form, user),
            "created_at",
        )
    yield Work(
        "studies",
        "Look",
        "query to authors to come back to",
        "queries to authors to come back to",
        lanes.queries_due(review, user),
        "made_at",
        url="queries",
    )


def _agreeing(review, user):
    """What the two do together once both have read."""
    yield Work(
        "consensus",
        "Agree",
        "value on which you two differ",
        "values on which you two differ",
        lanes.cells_to_compare(review, user),
        "record__opened_at",
    )
    yield Work(
        "consensus",
        "Match",
        "study whose arms and outcomes you two match",
        "studies whose arms and outcomes you two match",
        lanes.structures_to_confirm(review, user),
        "opened_at",
    )
    for verb, one, many, rows in (
        ("Check", "data set of patients", "data sets of patients",
         participant_lanes.to_check(review, user)),
        ("Agree", "value of a patient on which you two differ",
         "values of patients on which you two differ", participant_lanes.to_agree(review, user)),
    ):  # fmt: skip
        yield Work("studies", verb, one, many, rows, url="participants-overview")


def _settling(review, user):
    yield Work(
        "consensus",
        "Decide",
        "value for the third person",
        "values for the third person",
        lanes.cells_to_settle(review, user),
        "record__opened_at",
    )
    yield Work(
        "consensus",
        "Match",
        "study whose arms and outcomes were left to the third person",
        "studies whose arms and outcomes were left to the third person",
        lanes.structures_to_settle(review, user),
        "opened_at",
    )
    yield Work(
        "consensus",
        "Approve",
        "study to approve",
        "studies to approve",
        lanes.records_to_approve(review, user),
        "opened_at",
    )
    for verb, one, many, rows in (
        ("Decide", "value of a patient for the third person",
         "values of patients for the third person", participant_lanes.to_settle(review, user)),
        ("Approve", "table of patients to approve", "tables of patients to approve",
         participant_lanes.to_approve(review, user)),
    ):  # fmt: skip
        yield Work("studies", verb, one, many, rows, url="participants-overview")


def _appraising(review, user):
    yield Work(
        "assessments",
        "Appraise",
        "study or result to appraise",
        "studies or results to appraise",
        appraisal_lanes.mine_to_appraise(review, user),
        "study__created_at",
    )
    yield Work(
        "assessments",
        "Discuss",
        "appraisal on which you two differ",
        "appraisals on which you two differ",
        appraisal_lanes.mine_to_compare(review, user),
        "study__created_at",
    )


def _settling_appraisals(review, user):
    yield Work(
        "assessments",
        "Rule",
        "appraisal for the third person",
        "appraisals for the third person",
        appraisal_lanes.mine_to_settle(review, user),
        "study__created_at",
    )


def _freezing(review, user):
    frozen = Snapshot.objects.filter(review=review, frozen_at__gte=OuterRef("approved_at"))
    approved = Record.objects.filter(study__review=review, status=Record.Status.APPROVED)
    yield Work(
        "analysis",
        "Freeze",
        "approved study is in no snapshot yet",
        "approved studies are in no snapshot yet",
        approved.filter(~Exists(frozen)),
        "approved_at",
        url="snapshots",
        shared=True,
    )


def _analysing(review, user):
    newest = review.snapshots.order_by("-number").values("pk")[:1]
    yield Work(
        "analysis",
        "Run",
        "analysis has not read the newest data",
        "analyses have not read the newest data",
        review.plans.filter(retired_at=None, review__snapshots__isnull=False)
        .exclude(runs__snapshot__in=newest)
        .distinct(),
        "created_at",
        shared=True,
    )
