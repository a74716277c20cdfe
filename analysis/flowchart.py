"""The counts of ``review.flow`` -> the PRISMA diagram, each box leading to its rows."""

from django.urls import reverse

from extraction.models import Study
from review import flow, prisma

from .figures.prisma import Box, Line, OtherMethods, PrismaFlow, Stage

OTHER_SOURCES = {
    "web_records": "Websites",
    "org_records": "Organisations",
    "cit_records": "Citation searching",
}


def counts(review):
    """The flow of a review as it stands, with the studies its included reports belong to."""
    linked = Study.objects.filter(
        review=review,
        reports__report__reference__screenings__stage="full_text",
        reports__report__reference__screenings__status="included",
    )
    found = flow.flow(review, studies=linked.distinct().count())
    return found, prisma.check_flow(found.template, dict(found.counts), dict(found.breakdowns))


def diagram(review, found):
    """The ``PrismaFlow`` of counted rows."""
    n, open_work = found.counts, found.open
    to_records = reverse("reference-list", args=[review.pk])
    to_reports = reverse("fulltext", args=[review.pk])
    return PrismaFlow(
        identification=Stage(
            Box(n["db_records"] + n["reg_records"], "", _sources(found), to_records),
            Box(
                n["dup_removed"],
                "",
                (Line("Duplicate records", n["dup_removed"]),),
                reverse("duplicates", args=[review.pk]),
            ),
        ),
        screening=Stage(
            Box(n["screened"], href=to_records),
            Box(n["screen_excluded"], href=f"{to_records}?status=excluded"),
            Box(-n["adj_record_report"], href=f"{to_records}?status=waiting"),
        ),
        retrieval=Stage(
            Box(n["sought"], href=to_reports),
            Box(n["not_retrieved"], href=to_reports),
            Box(open_work.retrieval, href=to_reports),
        ),
        eligibility=Stage(
            Box(n["assessed"], href=to_reports),
            Box(n["ft_excluded"], "", _reasons(found, "ft_reasons"), to_reports),
            Box(open_work.assessment, href=to_reports),
        ),
        included=_included(review, found),
        other=_other(found) if "o_sought" in n else None,
    )


def _sources(found):
    lines = []
    for label, box, parts in (
        ("Databases", "db_records", "db_by_source"),
        ("Registers", "reg_records", "reg_by_source"),
    ):
        lines.append(Line(label, found.counts[box]))
        lines += [Line(name, n, indent=True) for name, n in found.breakdowns[parts].items()]
    return tuple(lines)


def _reasons(found, parts):
    return tuple(Line(reason, n) for reason, n in found.breakdowns[parts].items())


def _included(review, found):
    studies, reports = found.counts["new_studies"], found.counts["new_reports"]
    return Stage(
        Box(
            studies,
            "",
            (Line("Reports of included studies", reports),),
            reverse("study-list", args=[review.pk]),
        )
    )


def _other(found):
    n = found.counts
    lines = tuple(Line(label, n[box]) for box, label in OTHER_SOURCES.items() if n[box])
    return OtherMethods(
        identification=Stage(Box(sum(line.n for line in lines), "", lines)),
        retrieval=Stage(Box(n["o_sought"]), Box(n["o_not_retrieved"])),
        eligibility=Stage(
            Box(n["o_assessed"]), Box(n["o_excluded"], "", _reasons(found, "o_reasons"))
        ),
    )
