"""The counts of the PRISMA 2020 flow, computed from rows and never stored.

The ids of boxes and breakdowns are those of ``review.prisma``, which checks the arithmetic.
It closes at every moment, because work still open has a place in it: records not settled yet
stand in ``adj_record_report``, reports not decided yet in ``pending_reports``.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from .models import Report, Screening, Search, Stage

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
    reasons = review.exclusion_reasons.filter(stage=Stage.FULL_TEXT)
    ordered = [*reasons.values_list("text", flat=True), None]
    counts = _main_boxes(rows) | {box: n for box, n in known.items() if n is not None}
    breakdowns = {
        "db_by_source": _by_source(rows.found, Kind.DATABASE),
        "reg_by_source": _by_source(rows.found, Kind.REGISTER),
        "screen_excluded_by": {"human": counts["screen_excluded"]},
        "ft_reasons": _reasons(rows.reports, MAIN, ordered),
    }
    if rows.others is not None:
        counts |= _other_boxes(rows, review)
        breakdowns["o_reasons"] = _reasons(rows.reports, OTHER, ordered)
    return FlowCounts(
        template="new_v1" if rows.others is None else "new_v2",
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
    """Counts as the database gives them: ``found`` by (kind, source), the others by column of
    the diagram first. ``others`` are the records of the second column, None without one."""

    found: Mapping
    groups: Mapping
    screened: Mapping
    reports: Mapping
    others: QuerySet | None


def _rows(review):
    found, others = _found(review)
    stages = {stage: review.screenings.filter(stage=stage) for stage in Stage}
    records = stages[Stage.TITLE_ABSTRACT].exclude(status=Status.SET_ASIDE)
    passed = records.filter(status=Status.INCLUDED).values("reference")
    reports = stages[Stage.FULL_TEXT].filter(reference__in=passed)
    groups = {OTHER: others.count() if others is not None else 0}
    groups[MAIN] = review.references.primary().count() - groups[OTHER]
    return _Rows(
        found=found,
        groups=groups,
        screened=_counted(records, others, "status"),
        reports=_told(
            _counted(reports, others, "status", "reference__report__status", "reason__text")
        ),
        others=others,
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


def _other_boxes(rows, review):
    """The column of other methods; its records are those that went on to full text."""
    sought = rows.screened[OTHER, Status.INCLUDED]
    return _sources(rows.others, review) | {
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
    """Records of accepted batches by (kind, source), and those that only other methods found:
    a queryset of primaries, or None where nothing was searched so. One found by both routes
    belongs to databases and registers."""
    searches = {
        pk: (kind, source)
        for pk, kind, source in review.batches.values_list("pk", "search__kind", "search__source")
    }
    found, other_batches = Counter(), []
    rows = review.references.live().values_list("batch")
    for batch, n in rows.annotate(n=Count("pk")).order_by():
        found[searches[batch]] += n
        other_batches += [batch] if searches[batch][0] == Kind.OTHER else []
    if not other_batches:
        return found, None
    twins = review.references.live().filter(duplicate_of__isnull=False)
    twins = twins.exclude(batch__in=other_batches).values("duplicate_of")
    return found, review.references.primary().filter(batch__in=other_batches).exclude(pk__in=twins)


def _sum(found, *kinds):
    return sum(n for (kind, _), n in found.items() if kind in kinds)


def _by_source(found, wanted):
    return {source: n for (kind, source), n in found.items() if kind == wanted}


def _counted(screenings, others, *columns):
    """Rows by (column of the diagram, *columns). The large column is what the small one leaves,
    so that the wide rows of references are read for the small one only."""
    counts = Counter()
    for *values, n in _numbers(screenings, columns):
        counts[MAIN, *values] += n
    if others is not None:
        for *values, n in _numbers(screenings.filter(reference__in=others), columns):
            counts[OTHER, *values] += n
            counts[MAIN, *values] -= n
    return counts


def _numbers(rows, columns):
    return rows.values_list(*columns).annotate(n=Count("pk")).order_by()


def _told(counts):
    """Reports by (column, state); an excluded one by (column, "excluded", reason) as well."""
    reports = Counter()
    for (column, status, retrieval, reason), n in counts.items():
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


def _reasons(reports, column, ordered):
    """Excluded reports by reason, in the order of the protocol."""
    found = {key[2]: n for key, n in reports.items() if len(key) == 3 and key[0] == column and n}
    return {text: found[text] for text in sorted(found, key=ordered.index)}


def _sources(others, review):
    """Records found by other methods that went on to full text, by their box."""
    passed = review.screenings.filter(stage=Stage.TITLE_ABSTRACT, status=Status.INCLUDED)
    rows = others.filter(pk__in=passed.values("reference")).values_list("batch__search__source")
    boxes = dict.fromkeys((box for box, _ in OTHER_BOXES), 0)
    for source, n in rows.annotate(n=Count("pk")).order_by():
        boxes[_box_of(source)] += n
    return boxes


def _box_of(source):
    said = source.casefold()
    return next(box for box, words in OTHER_BOXES if any(word in said for word in words))
