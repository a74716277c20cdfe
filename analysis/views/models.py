"""Mixed models of individual patients: planned, run, shown."""

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from extraction.models import Snapshot
from review import jobs
from review.access import Can, needs
from review.models import IllegalMove, Job

from .. import datasets, staleness
from ..drawn import UNDRAWABLE
from ..figures import files
from ..models import PatientRun
from ..patients import background, model, modelling, parts, reading, scripts, shown
from ..patients.figures import FIGURES
from ..patients.plan_form import ModelForm
from ..prespecification import shown as standing
from .figures import file_links, sent
from .running import run_newest

WIDE = 820
FIRST = "quantiles"


@needs(Can.VIEW)
@require_GET
def patient_plans(request, review):
    _, data = datasets.newest(review)
    sources = reading.forms_with_participants(data) if data else []
    context = {
        "review": review,
        "plans": review.patient_plans.prefetch_related(
            Prefetch("runs__snapshot", Snapshot.objects.without_content())
        ),
        "sources": sources,
        "may_plan": request.seat.can(Can.ANALYSE),
    }
    return render(request, "analysis/patient_plans.html", context)


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def new_patient_plan(request, review):
    """Plan a model of the participants of one form, which the address names."""
    _, data = datasets.newest(review)
    sources = reading.forms_with_participants(data) if data else []
    source = next((pk for pk, _ in sources if str(pk) == request.GET.get("form")), None)
    source = source or (sources[0][0] if sources else 0)
    found = reading.participants(data, source) if data else reading.NOBODY
    analyses = modelling.analyses(review)
    form = ModelForm(found, source, request.POST or None, analyses=analyses)
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
    """A plan with its newest run; for htmx, how far the job is that makes the next one."""
    plan = get_object_or_404(review.patient_plans, pk=pk)
    jobs.reap(review)
    job = background.of(plan).first()
    if request.htmx and job:
        return render(request, "components/progress.html", _waited_for(request.seat, plan, job))
    past = plan.runs.select_related("snapshot", "run_by", "plan__freezing")
    past = past.defer("snapshot__content")
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
    waiting = job is not None and job.status in jobs.OPEN
    if waiting or (job and not any(run.run_at > job.created_at for run in past)):
        shown_job = _waited_for(request.seat, plan, job) | {"next_url": ""}
        context |= {"job": shown_job, "waiting": waiting}
    if past:
        context |= _drawn(review, past[0], snapshot)
    return render(request, "analysis/patient_plan.html", context)


@needs(Can.ANALYSE)
@require_POST
def run_patient_plan(request, review, pk):
    """Run a plan: at once, or by a job where it imputes."""
    plan = get_object_or_404(review.patient_plans, pk=pk)
    run = background.start if plan.spec["imputations"] else modelling.run
    empty = "No data are frozen yet. Approve a table of participants and freeze a snapshot first."
    return run_newest(request, plan, "patient-plan", run, model.NotModelled, empty)


@needs(Can.ANALYSE)
@require_POST
def cancel_patient_run(request, review, pk):
    """Stop the job that runs a plan, if there is one."""
    plan = get_object_or_404(review.patient_plans, pk=pk)
    for job in background.of(plan).filter(status__in=jobs.OPEN):
        jobs.cancel(job=job)
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
def patient_run_checks(request, review, pk):
    """How far a model can be trusted: one figure at a time, and what tests say."""
    run, name = _run(review, pk), request.GET.get("figure", FIRST)
    if name not in FIGURES:
        raise Http404
    here = reverse("patient-run-checks", args=[review.pk, run.pk])
    tabs = [
        {"label": one.title, "url": f"{here}?figure={key}", "current": key == name}
        for key, one in FIGURES.items()
    ]
    context = {
        "review": review,
        "run": run,
        "figure": _pictured(review, run, name),
        "tabs": tabs,
        "tables": parts.checks(run) + parts.filled(run),
    }
    return render(request, "analysis/patient_checks.html", context)


@needs(Can.VIEW)
@require_GET
def patient_run_figure(request, review, pk, name, kind):
    """A figure of a run as a file: SVG, PDF or PNG."""
    run = _run(review, pk)
    if name not in FIGURES or kind not in files.KINDS:
        raise Http404
    try:
        drawing = FIGURES[name].make(run).svg(standalone=True)
    except UNDRAWABLE as refusal:
        raise IllegalMove(f"This figure cannot be drawn: {refusal}.") from refusal
    return sent(drawing, f"{name}-patients-run-{run.pk}", kind)


@needs(Can.VIEW)
@require_GET
def patient_run_script(request, review, pk, kind):
    """The run as an R or Python script, or its patients without identifiers."""
    run = _run(review, pk)
    known = scripts.of(run)
    if kind not in known:
        raise Http404
    response = HttpResponse(known[kind].make(run), content_type=known[kind].media)
    name = f"patients-run-{run.pk}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _run(review, pk):
    rows = PatientRun.objects.select_related("plan__freezing", "snapshot", "run_by")
    return get_object_or_404(rows, pk=pk, plan__review=review)


def _waited_for(seat, plan, job):
    """What ``components/progress.html`` needs to show the job that runs a plan."""
    done, args = job.status == Job.Status.DONE, [plan.review_id, plan.pk]
    may_cancel = job.status in jobs.OPEN and seat.can(Can.ANALYSE)
    return {
        "id": f"job-{job.pk}",
        "label": "Running the model" if job.status in jobs.OPEN else "Run of the model",
        "unit": "imputed tables",
        "state": job.status,
        "word": job.get_status_display(),
        "done": job.total if done else job.done,
        "total": job.total,
        "text": job.message,
        "url": reverse("patient-plan", args=args),
        "cancel_url": reverse("patient-plan-cancel", args=args) if may_cancel else "",
        "next_url": reverse("patient-plan", args=args),
        "next_label": "See the result" if done else "Back to the plan",
    }


def _drawn(review, run, newest):
    """What the page of a run shows."""
    return {
        "run": run,
        "run_standing": standing.of_run(run),
        "facts": shown.facts(run),
        "tables": shown.tables(run),
        "scripts": [
            (one.name, reverse("patient-run-script", args=[review.pk, run.pk, kind]))
            for kind, one in scripts.of(run).items()
        ],
        "pictures": [
            _pictured(review, run, name)
            for name in ("means", "stages")
            if name == "means" or shown.stages_figure(run)
        ],
        "staleness": staleness.of_patients(run, newest),
    }


def _pictured(review, run, name):
    """A figure for a page with its files, or why there is none."""
    links = file_links("patient-run-figure", review.pk, run.pk, name)
    return FIGURES[name].on_page(name, run, WIDE) | {"files": links}
