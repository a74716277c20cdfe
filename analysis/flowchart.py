"""The counts of ``review.flow`` -> the PRISMA diagram, each box leading to its rows, and its
arithmetic in words."""

from extraction.models import Study
from extraction.studies import unadopted
from review import decisions, flow, prisma
from review.models import Stage as Pass

from .figures.prisma import Box, Line, OtherMethods, PrismaFlow, Stage
from .models import Run
from .navigation import address

# Statuses of the list of references that tell what was decided at a stage.
TELLING = {"excluded": Pass.TITLE_ABSTRACT, "ineligible": Pass.FULL_TEXT}
OTHER_SOURCES = {
    "web_records": "Websites",
    "org_records": "Organisations",
    "cit_records": "Citation searching",
}


def counts(review):
    """``(FlowCounts, FlowCheck)`` of a review as it stands.

    An included report that is not linked to a study yet stands for a study of its own. The
    meta-analysis box counts the studies that entered a plan's newest run.
    """
    linked = Study.objects.filter(
        review=review,
        reports__report__reference__screenings__stage="full_text",
        reports__report__reference__screenings__status="included",
    ).distinct()
    pooled = _pooled(review)
    found = flow.flow(
        review,
        studies=linked.count() + unadopted(review).count(),
        pooled_studies=None if pooled is None else linked.filter(pk__in=pooled).count(),
    )
    return found, prisma.check_flow(found.template, dict(found.counts), dict(found.breakdowns))


def shown(seat):
    """Whether ``seat`` may see the flow: a reviewer who may not be told yet what records came to
    would read it off the boxes, one vote after the other."""
    return all(
        decisions.outcome_shown(seat, decisions.revealed(seat.review, stage)) for stage in Pass
    )


def outside(review):
    """How many studies came from outside the flow where nothing else is in it; 0 where it counts
    records."""
    return 0 if review.references.exists() else review.studies.standing().count()


def newest_runs(review):
    """The newest run of each plan that was not put away, in the order of the plans."""
    runs = Run.objects.filter(plan__review=review, plan__retired_at=None)
    newest = {}
    for run in runs.select_related("plan", "snapshot").order_by("plan", "pk"):
        newest[run.plan_id] = run
    return list(newest.values())


def diagram(seat, found):
    """The ``PrismaFlow`` of counted rows; its boxes lead to what ``seat`` may open."""
    n, work, to = found.counts, found.open, _links(seat)
    duplicates = Line("Duplicate records", n["dup_removed"])
    return PrismaFlow(
        identification=Stage(
            Box(n["db_records"] + n["reg_records"], "", _sources(found), to("references")),
            Box(n["dup_removed"], "", (duplicates,), to("references", "duplicate")),
        ),
        screening=Stage(
            Box(n["screened"], href=to("references")),
            Box(n["screen_excluded"], href=to("references", "excluded")),
            Box(-n["adj_record_report"], href=to("references", "waiting")),
        ),
        retrieval=Stage(
            Box(n["sought"], href=to("fulltexts")),
            Box(n["not_retrieved"], href=to("fulltexts")),
            Box(work.retrieval, href=to("fulltexts")),
        ),
        eligibility=Stage(
            Box(n["assessed"], href=to("fulltexts")),
            Box(
                n["ft_excluded"],
                "",
                _reasons(found, "ft_reasons"),
                to("references", "ineligible"),
            ),
            Box(work.assessment, href=to("references", "reading")),
        ),
        included=_included(seat, found, to("studies")),
        other=_other(found) if "o_sought" in n else None,
    )


def in_words(found, check):
    """What the arithmetic of the diagram says, a sentence each: what does not hold, then what
    is open and why the boxes add up all the same."""
    told = [
        f"Does not add up: {broken.text}"
        + ("" if broken.left is None else f" ({broken.left:,} against {broken.right:,})")
        for broken in (*check.violations, *check.warnings)
    ]
    told += [f"Not known: {name}" for name in check.missing]
    if check.closes and not told:
        told.append("The arithmetic closes: every box follows from the boxes before it.")
    work = found.open
    for n, one, many in (
        (work.screening, "record is", "records are"),
        (work.retrieval, "report is", "reports are"),
        (work.assessment, "report is", "reports are"),
    ):
        if n:
            told.append(f"{n:,} {one if n == 1 else many} open, and counted as such.")
    return told


def _links(seat):
    """The function from a page and a status to the address of those rows, "" where ``seat``
    may not see them. A status that tells an outcome still kept from them is left off."""
    told = {
        status: decisions.outcome_shown(seat, decisions.revealed(seat.review, stage))
        for status, stage in TELLING.items()
    }

    def to(name, status=""):
        url = address(seat, name)
        return f"{url}?status={status}" if url and status and told.get(status, True) else url

    return to


def _pooled(review):
    """Ids of the studies that entered a newest run; None where nothing was pooled."""
    runs = newest_runs(review)
    return {row["study"] for run in runs for row in run.inputs["rows"]} if runs else None


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


def _included(seat, found, href):
    n = found.counts
    lines = [Line("Reports of included studies", n["new_reports"])]
    lines += [Line("In a meta-analysis", n["ma_studies"])] if "ma_studies" in n else []
    return Stage(
        Box(n["new_studies"], "", tuple(lines), href),
        waiting=Box(unadopted(seat.review).count(), href=href),
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
