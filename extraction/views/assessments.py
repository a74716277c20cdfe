"""Pages of assessments: the list with what is mine to do, and one that is settled."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from review.access import Can, needs

from .. import appraisal_lanes as lanes
from .. import appraisal_meeting as meeting
from .. import appraisal_settling as settling
from .. import appraisal_viewing as viewing
from .. import appraise, judging
from ..appraisal_forms import ReasonForm
from ..appraisal_tables import AssessmentTable
from ..models import Assessment

SETTLED = Assessment.Status.SETTLED
LANES = {
    "mine": lanes.mine_to_appraise,
    "compare": lanes.mine_to_compare,
    "settle": lanes.mine_to_settle,
}


@needs(Can.VIEW)
@require_GET
def assessment_list(request, review):
    seat = request.seat
    tools = list(review.instruments.order_by("pk"))
    tool = next((one for one in tools if str(one.pk) == request.GET.get("tool")), None)
    lane = request.GET.get("lane", "")
    rows = LANES[lane](review, request.user) if lane in LANES else lanes.assessments(review)
    rows = Assessment.objects.filter(pk__in=rows.values("pk"))
    rows = rows.filter(instrument=tool) if tool else rows
    table = AssessmentTable(lanes.with_standing(rows, request.user), seat=seat)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "review": review,
        "table": table,
        "tools": tools,
        "tool": tool,
        "lane": lane,
        "lanes": _lanes(review, seat),
        "may_manage": seat.can(Can.MANAGE),
    }
    return render(request, "extraction/assessments.html", context)


@needs(Can.VIEW)
@require_GET
def assessment(request, review, pk):
    found = _one(review, pk)
    return _page(request, found, ReasonForm(found))


@needs(Can.SETTLE)
@require_POST
def reopen(request, review, pk):
    found = _one(review, pk)
    form = ReasonForm(found, request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    doors = {"reopen": settling.reopen, "send_back": settling.send_back}
    door = doors[form.cleaned_data["how"]]
    door(assessment=found, actor=request.user, reason=form.cleaned_data["reason"])
    messages.info(request, "The assessment is open again. What was decided stays in the ledger.")
    return redirect("assessment", review.pk, pk)


@needs(Can.MANAGE)
@require_POST
def unplan(request, review, pk):
    found = _one(review, pk)
    appraise.unplan(assessment=found, actor=request.user)
    messages.info(request, f"{found.study} is not appraised with this tool any more.")
    return redirect("assessments", review.pk)


def _one(review, pk):
    rows = Assessment.objects.filter(study__review=review)
    return get_object_or_404(rows.select_related("study", "instrument"), pk=pk)


def _page(request, found, form, *, status=200):
    seat = request.seat
    view = viewing.of_assessment(found, seat)
    row = lanes.with_standing(Assessment.objects.filter(pk=found.pk), request.user).get()
    context = {
        "review": seat.review,
        "assessment": found,
        "next": lanes.standing(row, seat),
        "view": view,
        "form": form,
        "may_reopen": seat.can(Can.SETTLE) and found.status != Assessment.Status.OPEN,
        "chapters": None,
        "may_unplan": seat.can(Can.MANAGE) and not row.taken,
    }
    if found.status == SETTLED and viewing.outcome_shown(seat):
        chapters, overall = meeting.chapters(found, view)
        tool = judging.tool(found.instrument)
        scores = [(one["id"], one["low"], one["high"]) for one in found.judgements["scores"]]
        starred = any(final.starred for chapter in chapters for final in chapter.finals)
        context |= {"chapters": chapters, "overall": overall, "scores": scores, "tool": tool}
        context["starred"] = starred
    return render(request, "extraction/assessment.html", context, status=status)


def _lanes(review, seat):
    """The lanes that this person has, with their counts."""
    found = []
    if seat.can(Can.APPRAISE):
        found.append(("mine", "For me to appraise", lanes.to_appraise(review, seat)))
        found.append(("compare", "To agree on", lanes.to_compare(review, seat)))
    if seat.can(Can.SETTLE):
        found.append(("settle", "To settle", lanes.to_settle(review, seat)))
    return found
