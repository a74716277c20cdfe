"""The counts of the PRISMA 2020 flow, computed from rows and never stored.

The ids of boxes and breakdowns are those of ``review.prisma``, which checks the arithmetic.
It closes at every moment, because work still open has a place in it: records not settled yet
stand in ``adj_record_report``, reports not decided yet in ``pending_reports``.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, OuterRef, Value, When

from .models import Reference, Report, Screening, Search, Stage

Status = Screening.Status
Kind = Search.Kind
MAIN, OTHER = "main", "other"
IN_COLUMN = (Kind.DATABASE, Kind.REGISTER)

# PRISMA divides other methods in three; a source is told by its words, else it is the last.
OTHER_BOXES = (
    ("cit_records", ("citation", "reference list", "snowball", "bibliograph")),
    ("web_records", ("web", "google", "internet", "site")),
    ("org_records", ("",)),
)


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is not decided yet: records at title and abstract (``conflicts`` of them wait for
    a third person), reports to find, and reports to judge (again with their conflicts)."""

    screening: int
    conflicts: int
    retrieval: int
    assessment: int
    assessment_conflicts: int

    @property
    def total(self):
        return self.screening + self.retrieval + self.assessment


@dataclass(frozen=True, slots=True)
class FlowCounts:
    """The flow as it stands. It is final when ``open.total`` is 0.

    ``counts`` and ``breakdowns`` go into ``prisma.check_flow(template, counts, breakdowns)``.
    ``screened`` counts the records that entered screening, ``assessed`` the reports that were
    not given up; take the open work off for those judged already. ``other_not_sought`` says
    what became of records found by other methods that did not go on to full text, for which
    the diagram has no box.
    """

    template: str
    counts: Mapping[str, int]
    breakdowns: Mapping[str, Mapping[str, int]]
    open: OpenWork
    other_not_sought: Mapping[str, int]


def flow(review, *, studies=None, pooled_studies=None):
    """The ``FlowCounts`` of a review.

    How many studies the included reports belong to, and how many of those are in a
    meta-analysis, is known to later steps; None leaves these boxes unknown.
    """
    rows = _rows(review)
    known = {"new_studies": studies, "ma_studies": pooled_studies}
    counts = _main_boxes(rows) | {box: n for box, n in known.items() if n is not None}
    breakdowns = {
        "db_by_source": _by_source(rows.found, Kind.DATABASE),
        "reg_by_source": _by_source(rows.found, Kind.REGISTER),
        "screen_excluded_by": {"human": counts["screen_excluded"]},
        "ft_reasons": _reasons(rows.reports, MAIN),
    }
    if rows.others:
        counts |= _other_boxes(review, rows)
        breakdowns["o_reasons"] = _reasons(rows.reports, OTHER)
    return FlowCounts(
        template="new_v2" if rows.others else "new_v1",
        counts=counts,
        breakdowns=breakdowns,
        open=_open(rows),
        other_not_sought={
            "duplicates": _sum(rows.found, Kind.OTHER) - rows.groups[OTHER],
            "excluded": rows.screened[OTHER, Status.EXCLUDED],
            "open": _unsettled(rows, OTHER),
        },
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Counts as the database gives them, by column of the diagram."""

    found: Mapping
    groups: Mapping
    screened: Mapping
    reports: Mapping

    @property
    def others(self):
        return _has_others(self.found)


def _rows(review):
    found = _found(review)
    others = _has_others(found)
    return _Rows(
        found, _groups(review, others), _screened(review, others), _reports(review, others)
    )


def _main_boxes(rows):
    columns = (MAIN, OTHER)
    sought = rows.screened[MAIN, Status.INCLUDED]
    return {
        "db_records": _sum(rows.found, Kind.DATABASE),
        "reg_records": _sum(rows.found, Kind.REGISTER),
        "dup_removed": _sum(rows.found, *IN_COLUMN) - rows.groups[MAIN],
        "auto_removed": 0,
        "other_removed": 0,
        "screened": rows.groups[MAIN],
        "screen_excluded": rows.screened[MAIN, Status.EXCLUDED],
        "sought": sought,
        "adj_record_report": -_unsettled(rows, MAIN),
        "not_retrieved": rows.reports[MAIN, "gone"],
        "assessed": sought - rows.reports[MAIN, "gone"],
        "ft_excluded": rows.reports[MAIN, "excluded"],
        "new_reports": sum(rows.reports[column, "included"] for column in columns),
        "pending_reports": sum(
            rows.reports[column, state] for column in columns for state in ("seek", "judge")
        ),
    }


def _other_boxes(review, rows):
    """The column of other methods; its records are those that went on to full text."""
    sought = rows.screened[OTHER, Status.INCLUDED]
    return _sources_of_others(review) | {
        "o_sought": sought,
        "o_not_retrieved": rows.reports[OTHER, "gone"],
        "o_assessed": sought - rows.reports[OTHER, "gone"],
        "o_excluded": rows.reports[OTHER, "excluded"],
    }


def _open(rows):
    return OpenWork(
        screening=_unsettled(rows, MAIN) + _unsettled(rows, OTHER),
        conflicts=rows.screened[MAIN, Status.CONFLICT] + rows.screened[OTHER, Status.CONFLICT],
        retrieval=rows.reports[MAIN, "seek"] + rows.reports[OTHER, "seek"],
        assessment=rows.reports[MAIN, "judge"] + rows.reports[OTHER, "judge"],
        assessment_conflicts=rows.reports[MAIN, "conflict"] + rows.reports[OTHER, "conflict"],
    )


def _unsettled(rows, column):
    settled = (Status.INCLUDED, Status.EXCLUDED)
    return rows.groups[column] - sum(rows.screened[column, status] for status in settled)


def _found(review):
    """Records of accepted batches by (kind, source)."""
    rows = review.references.live().values_list("batch__search__kind", "batch__search__source")
    return {(kind, source): n for kind, source, n in rows.annotate(n=Count("pk")).order_by()}


def _has_others(found):
    return any(kind == Kind.OTHER for kind, _ in found)


def _sum(found, *kinds):
    return sum(n for (kind, _), n in found.items() if kind in kinds)


def _by_source(found, wanted):
    return {source: n for (kind, source), n in found.items() if kind == wanted}


def _column_of(others, reference=""):
    """Which column of the diagram a record stands in: one found by both routes belongs to
    databases and registers. ``reference`` is the path to it."""
    if not others:
        return Value(MAIN)
    path = f"{reference}__" if reference else ""
    twin = Reference.objects.live().filter(
        duplicate_of=OuterRef(f"{path}pk"), batch__search__kind__in=IN_COLUMN
    )
    return Case(
        When(**{f"{path}batch__search__kind__in": IN_COLUMN}, then=Value(MAIN)),
        When(Exists(twin), then=Value(MAIN)),
        default=Value(OTHER),
    )


def _groups(review, others):
    """Records after duplicates were removed, by column."""
    rows = review.references.primary().annotate(column=_column_of(others)).values_list("column")
    return Counter(dict(rows.annotate(n=Count("pk")).order_by()))


def _screened(review, others):
    """Records at title and abstract by (column, status)."""
    rows = review.screenings.filter(stage=Stage.TITLE_ABSTRACT).exclude(status=Status.SET_ASIDE)
    rows = rows.annotate(column=_column_of(others, "reference")).values_list("column", "status")
    return Counter({(c, status): n for c, status, n in rows.annotate(n=Count("pk")).order_by()})


def _reports(review, others):
    """Reports by (column, state); an excluded one by (column, "excluded", reason) as well."""
    passed = review.screenings.filter(stage=Stage.TITLE_ABSTRACT, status=Status.INCLUDED)
    rows = (
        review.screenings.filter(stage=Stage.FULL_TEXT, reference__in=passed.values("reference"))
        .annotate(column=_column_of(others, "reference"))
        .values_list("column", "status", "reference__report__status", "reason__text")
        .annotate(n=Count("pk"))
        .order_by()
    )
    reports = Counter()
    for column, status, retrieval, reason, n in rows:
        if status == Status.INCLUDED:
            reports[column, "included"] += n
        elif status == Status.EXCLUDED:
            reports[column, "excluded"] += n
            reports[column, "excluded", reason] += n
        elif retrieval == Report.Status.NOT_RETRIEVABLE:
            reports[column, "gone"] += n
        elif retrieval == Report.Status.OBTAINED:
            reports[column, "judge"] += n
            reports[column, "conflict"] += n if status == Status.CONFLICT else 0
        else:
            reports[column, "seek"] += n
    return reports


def _reasons(reports, column):
    return {key[2]: n for key, n in reports.items() if len(key) == 3 and key[0] == column}


def _sources_of_others(review):
    """Records found by other methods that went on to full text, by their box."""
    rows = review.screenings.filter(stage=Stage.TITLE_ABSTRACT, status=Status.INCLUDED)
    rows = rows.annotate(column=_column_of(True, "reference")).filter(column=OTHER)
    boxes = dict.fromkeys((box for box, _ in OTHER_BOXES), 0)
    for source, n in rows.values_list("reference__batch__search__source").annotate(n=Count("pk")):
        boxes[_box_of(source)] += n
    return boxes


def _box_of(source):
    said = source.casefold()
    return next(box for box, words in OTHER_BOXES if any(word in said for word in words))
