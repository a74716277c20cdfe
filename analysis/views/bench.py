"""The analysis bench: plans, their runs, and the way back from a number to its cell."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from extraction.models import Snapshot
from review.access import Can, needs

from .. import datasets, kinds, runs, staleness
from ..forms import ChoiceOfData, WhyForm
from ..prespecification import shown as standing
from ..prespecification.standing import data_seen
from ..tables import PlanTable
from .running import kept_run, run_newest


@needs(Can.VIEW)
@require_GET
def analysis(request, review):
    plans = standing.with_all(review.plans.filter(retired_at=None))
    plans = plans.prefetch_related(Prefetch("runs__snapshot", Snapshot.objects.without_content()))
    return render(
        request,
        "analysis/bench.html",
        {
            "review": review,
            "table": PlanTable(plans, seen=data_seen(review)),
            "snapshot": review.snapshots.first(),
            "may_plan": request.seat.can(Can.ANALYSE),
            "freezings": review.freezings.all(),
        },
    )


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def new_plan(request, review):
    """Two steps on one URL: the data and measure in the query, then the rest."""
    choice = ChoiceOfData(review, request.GET or None)
    if not choice.is_valid():
        context = {"review": review, "form": choice, "kinds": kinds.KINDS.values()}
        return render(request, "analysis/plan_data.html", context)
    source = get_object_or_404(review.extraction_forms, pk=choice.cleaned_data["form"])
    key, measure = choice.cleaned_data["measure"]
    kind, (_, data) = kinds.KINDS[key], datasets.newest(review)
    form = kind.form(source, measure, data, request.POST or None)
    if form.is_valid():
        plan = runs.create_plan(
            review=review,
            actor=request.user,
            title=form.cleaned_data["title"],
            spec=form.spec(),
        )
        return redirect("plan", review.pk, plan.pk)
    context = {"review": review, "form": form, "measure": kind.measures[measure]}
    return render(request, "analysis/plan_form.html", context, status=422 if form.is_bound else 200)


@needs(Can.VIEW)
@require_GET
def plan(request, review, pk):
    plan = get_object_or_404(review.plans, pk=pk)
    past = plan.runs.select_related("snapshot", "run_by", "plan__freezing")
    past = past.defer("snapshot__content")
    newest = review.snapshots.first()
    context = {
        "review": review,
        "plan": plan,
        "facts": kinds.of(plan.spec).shown.facts(plan, plan.spec),
        "snapshot": newest,
        "may_run": request.seat.can(Can.ANALYSE) and plan.retired_at is None,
        "names": not request.seat.nameless,
        "why_form": WhyForm(),
        "amend_url": reverse("plan-amend", args=[review.pk, plan.pk]),
    } | standing.of_page(plan, past)
    if past:
        context |= _drawn(past[0], newest)
    return render(request, "analysis/plan.html", context)


@needs(Can.ANALYSE)
@require_POST
def run_plan(request, review, pk):
    plan = get_object_or_404(review.plans, pk=pk)
    empty = "No data are frozen yet. Approve studies and freeze a snapshot first."
    return run_newest(request, plan, "plan", runs.run, runs.NotAnalysable, empty)


@needs(Can.ANALYSE)
@require_POST
def retire_plan(request, review, pk):
    plan = get_object_or_404(review.plans, pk=pk)
    form = WhyForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Nothing was put away: say why, it is kept in the ledger.")
        return redirect("plan", review.pk, plan.pk)
    runs.retire_plan(plan=plan, actor=request.user, why=form.cleaned_data["why"])
    return redirect("analysis", review.pk)


@needs(Can.VIEW)
@require_GET
def run(request, review, pk):
    run = kept_run(review, pk)
    context = {
        "review": review,
        "plan": run.plan,
        "names": not request.seat.nameless,
        "facts": kinds.of(run.spec).shown.facts(run.plan, run.spec),
    }
    return render(request, "analysis/run.html", context | _drawn(run, review.snapshots.first()))


@needs(Can.VIEW)
@require_GET
def run_study(request, review, pk, study):
    """From a row of the forest plot to the approved cells it was computed from."""
    run = kept_run(review, pk)
    found = kinds.of(run.spec).shown.study(run, study)
    if found is None:
        raise Http404
    return render(request, "analysis/run_study.html", {"review": review, "run": run} | found)


def _drawn(run, newest):
    kind = kinds.of(run.spec)
    return kind.shown.context(run) | {
        "run": run,
        "run_standing": standing.of_run(run),
        "kind": kind,
        "staleness": staleness.of(run, newest),
        "snapshot_of_run": run.snapshot,
    }
