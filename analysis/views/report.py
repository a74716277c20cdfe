"""The report: everything a review prints, read from counts, the newest snapshot and runs."""

from functools import partial

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets, drawn, flowchart, kinds, report
from ..figures import files, prisma, traffic, traffic_bars
from ..navigation import address
from ..patients import layout
from ..prespecification import shown
from .figures import file_links, sent


@needs(Can.VIEW)
@require_GET
def report_page(request, review):
    seat = request.seat
    found, check = flowchart.counts(review)
    flow = flowchart.diagram(seat, found) if flowchart.shown(seat) else None
    snapshot, data = datasets.newest(review)
    context = {
        "review": review,
        "flow": flow and _drawn("flow", prisma.prisma, flow, prisma.table(flow)),
        "outside": flowchart.outside(review),
        "check": flowchart.in_words(found, check),
        "closes": check.closes,
        "final": not found.open.total,
        "snapshot": snapshot,
        "may_freeze": seat.can(Can.FREEZE),
        "exports_url": address(seat, "exports"),
        "plans": shown.listed(review),
        "names": not seat.nameless,
        "plots": [_plot(run, snapshot) for run in flowchart.newest_runs(review)],
    }
    return render(request, "analysis/report.html", context | _tables(review, data))


@needs(Can.VIEW)
@require_GET
def report_figure(request, review, name, kind):
    """One figure of the report as a file that looks right by itself."""
    if kind not in files.KINDS:
        raise Http404
    return sent(_files(request.seat, name), name, kind)


def _tables(review, data):
    """What the newest snapshot's content gives to print; nothing without one."""
    if data is None:
        return {}
    lights = report.traffic_lights(data)
    return {
        "evidence": report.evidence_tables(data),
        "patients": layout.tables(review, data),
        "quality": report.quality_tables(data),
        "lights": [
            (
                _drawn(f"lights-{n}", traffic.traffic, one, traffic.table(one)),
                _drawn(f"bars-{n}", traffic_bars.traffic_bars, one, traffic_bars.bars_table(one)),
            )
            for n, one in enumerate(lights, 1)
        ],
    }


def _drawn(name, draw, found, table):
    """A figure for the page: wide and narrow, with its numbers."""
    return drawn.for_page(partial(draw, found)) | {"name": name, "table": table}


def _plot(run, snapshot):
    """The main figure of a run, with what it comes to."""
    kind = kinds.of(run.spec)
    name, figure = next(iter(kind.figures.items()))
    found = figure.make(run)
    return {
        "run": run,
        "say": kind.shown.say(run),
        "table": found.table(),
        "files": file_links("run-figure", run.plan.review_id, run.pk, name),
        "stale": run.snapshot_id != snapshot.pk,
    } | drawn.for_page(found.svg)


def _files(seat, name):
    """The drawing of a figure of the report, or 404."""
    kind, _, place = name.partition("-")
    if name == "flow":
        if not flowchart.shown(seat):
            raise IllegalMove("The flow is shown to reviewers once the whole stage is settled.")
        found, _ = flowchart.counts(seat.review)
        return prisma.prisma(flowchart.diagram(seat, found), standalone=True)
    _, data = datasets.newest(seat.review)
    lights = report.traffic_lights(data) if data else []
    draw = {"lights": traffic.traffic, "bars": traffic_bars.traffic_bars}.get(kind)
    if draw is None or not place.isdecimal() or not 1 <= int(place) <= len(lights):
        raise Http404
    return draw(lights[int(place) - 1], standalone=True)
