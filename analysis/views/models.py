"""Mixed models of individual patients: planned, run, shown."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets
from ..figures import files, forest
from ..models import PatientRun
from ..patients import model, modelling, reading, shown
from ..patients.plan_form import ModelForm
from ..prespecification import shown as standing
from .figures import sent

NARROW, WIDE = 340, 820


@needs(Can.VIEW)
@require_GET
def patient_plans(request, review):
    _, sources = _newest(review)
    context = {
        "review": review,
        "plans": review.patient_plans.prefetch_related("runs__snapshot"),
        "sources": sources,
        "may_plan": request.seat.can(Can.ANALYSE),
    }
    return render(request, "analysis/patient_plans.html", context)


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def new_patient_plan(request, review):
    """Plan a model of the participants of one form, which the address names."""
    data, sources = _newest(review)
    source = next((pk for pk, _ in sources if str(pk) == request.GET.get("form")), None)
    source = source or (sources[0][0] if sources else 0)
    found = reading.participants(data, source) if data else reading.NOBODY
    form = ModelForm(found, source, request.POST or None)
    if form.is_valid():
        title = form.cleaned_data["title"]
        try:
            plan = modelling.plan(review=review, actor=request.user, title=title, spec=form.spec())
            return redirect("patient-plan", review.pk, plan.pk)
        except IllegalMove as refusal:
            form.add_error("title", str(refusal))
    context = {"review": review, "form": form, "rows": len(found.rows)}
    return render(
        request, "analysis/patient_plan_form.html", context, status=422 if form.errors else 200
    )


@needs(Can.VIEW)
@require_GET
def patient_plan(request, review, pk):
    plan = get_object_or_404(review.patient_plans, pk=pk)
    past = plan.runs.select_related("snapshot", "run_by", "plan__freezing")
    snapshot = review.snapshots.first()
    context = {
        "review": review,
        "plan": plan,
        "plan_facts": standing.facts_of(plan, plan.spec),
        "snapshot": snapshot,
        "may_run": request.seat.can(Can.ANALYSE),
        "names": not request.seat.nameless,
        "amend_url": reverse("patient-plan-amend", args=[review.pk, plan.pk]),
    } | standing.of_page(plan, past)
    if past:
        context |= _drawn(review, past[0], snapshot)
    return render(request, "analysis/patient_plan.html", context)


@needs(Can.ANALYSE)
@require_POST
def run_patient_plan(request, review, pk):
    plan = get_object_or_404(review.patient_plans, pk=pk)
    snapshot = review.snapshots.first()
    if snapshot is None:
        why = "No data are frozen yet. Approve a table of participants and freeze a snapshot first."
        return render(request, "409.html", {"review": review, "why": why}, status=409)
    try:
        modelling.run(plan=plan, snapshot=snapshot, actor=request.user)
    except model.NotModelled as refusal:
        context = {"review": review, "plan": plan, "why": str(refusal), "snapshot": snapshot}
        context["up"] = reverse("patient-plan", args=[review.pk, plan.pk])
        return render(request, "analysis/cannot_run.html", context, status=422)
    return redirect("patient-plan", review.pk, plan.pk)


@needs(Can.VIEW)
@require_GET
def patient_run(request, review, pk):
    run = _run(review, pk)
    context = {"review": review, "plan": run.plan, "names": not request.seat.nameless}
    drawn = _drawn(review, run, review.snapshots.first())
    return render(request, "analysis/patient_run.html", context | drawn)


@needs(Can.VIEW)
@require_GET
def patient_run_figure(request, review, pk, kind):
    """The estimated means as a file: SVG, PDF or PNG."""
    run = _run(review, pk)
    plot = shown.figure(run)
    if kind not in files.KINDS or plot is None:
        raise Http404
    return sent(forest.forest(plot, standalone=True), f"means-run-{run.pk}", kind)


def _newest(review):
    """The newest snapshot's content, or None, and its forms that have participants."""
    snapshot = review.snapshots.first()
    data = datasets.content(snapshot) if snapshot else None
    return data, reading.forms_with_participants(data) if data else []


def _run(review, pk):
    rows = PatientRun.objects.select_related("plan__freezing", "snapshot", "run_by")
    return get_object_or_404(rows, pk=pk, plan__review=review)


def _drawn(review, run, newest):
    plot = shown.figure(run)
    drawn = {
        "run": run,
        "run_standing": standing.of_run(run),
        "facts": shown.facts(run),
        "tables": shown.tables(run),
        "stale": newest is not None and newest.pk != run.snapshot_id,
    }
    if plot is None:
        return drawn
    return drawn | {
        # The figures escape every text they are given.
        "wide": mark_safe(forest.forest(plot, width=WIDE)),
        "narrow": mark_safe(forest.forest(plot, width=NARROW)),
        "files": [
            (kind.upper(), reverse("patient-run-figure", args=[review.pk, run.pk, kind]))
            for kind in files.KINDS
        ],
    }
