"""Pages of the studies: what is extracted, from which reports, and by whom next."""

import uuid

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from review.access import Can, needs
from review.models import Report

from .. import lanes, standing, studies
from ..forms import RenameForm, SourceForm
from ..participants import pages
from ..tables import StudyTable

GET_OR_POST = require_http_methods(["GET", "POST"])


@needs(Can.SEE_RECORDS)
@require_GET
def study_list(request, review):
    forms = lanes.forms_with_cells(review)
    form = next((f for f in forms if str(f.pk) == request.GET.get("form")), None) or (
        forms[0] if forms else None
    )
    rows = review.studies.asked_by(form) if form else review.studies.standing()
    to_do = lanes.mine_to_extract(review, form, request.user) if form else rows.none()
    mine = request.GET.get("lane") == "mine"
    rows = to_do if mine else rows
    table = StudyTable(
        standing.with_standing(rows, form, request.seat), form=form, seat=request.seat
    )
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "review": review,
        "table": table,
        "tabs": _tabs(request, forms, form),
        "form": form,
        "mine": mine,
        "to_do": to_do.count() if request.seat.can(Can.EXTRACT) else None,
        "waiting": studies.unadopted(review).select_related("reference"),
        "may_adopt": request.seat.can(Can.RETRIEVE),
        "may_manage": request.seat.can(Can.MANAGE),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/studies.html", context)


@needs(Can.RETRIEVE)
@require_POST
def adopt(request, review, pk):
    report = get_object_or_404(Report, review=review, pk=pk)
    chosen = request.POST.get("study", "")
    study = get_object_or_404(review.studies, pk=chosen) if chosen.isdecimal() else None
    study = studies.adopt(
        report=report, actor=request.user, study=study, key=request.POST.get("key")
    )
    messages.info(request, f"“{study}” is ready to be extracted.")
    return redirect("studies", review.pk)


@needs(Can.RETRIEVE)
@require_POST
def adopt_all(request, review):
    waiting = list(studies.unadopted(review))
    for report in waiting:
        studies.adopt(report=report, actor=request.user)
    messages.info(request, f"{len(waiting)} studies are ready to be extracted.")
    return redirect("studies", review.pk)


@needs(Can.RETRIEVE)
@require_POST
def separate(request, review, pk):
    report = get_object_or_404(Report.objects.select_related("reference"), review=review, pk=pk)
    studies.separate(report=report, actor=request.user)
    messages.info(request, f"Reference {report.reference.number} stands by itself again.")
    return redirect("studies", review.pk)


@needs(Can.RETRIEVE)
@GET_OR_POST
def add_source(request, review):
    form = SourceForm(request.POST or None)
    if form.is_valid():
        study = studies.add_source(review=review, actor=request.user, **form.cleaned_data)
        return redirect("study", review.pk, study.pk)
    context = {"review": review, "form": form, "heading": "Add a source outside the flow"}
    return render(
        request, "extraction/study_form.html", context, status=422 if form.is_bound else 200
    )


@needs(Can.SEE_RECORDS)
@require_GET
def study(request, review, pk):
    study = get_object_or_404(review.studies.all(), pk=pk)
    context = {
        "review": review,
        "study": study,
        "reports": Report.objects.filter(study_link__study=study)
        .select_related("reference")
        .prefetch_related("files__file"),
        "lines": standing.of_study(study, request.seat),
        "participants": pages.of_study(study, request.seat),
        "rename_form": RenameForm(initial={"label": study.label}),
        "others": studies.unadopted(review).select_related("reference"),
        "may_adopt": request.seat.can(Can.RETRIEVE),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/study.html", context)


@needs(Can.RETRIEVE)
@require_POST
def rename(request, review, pk):
    study = get_object_or_404(review.studies.all(), pk=pk)
    form = RenameForm(request.POST)
    if form.is_valid():
        studies.rename(study=study, actor=request.user, **form.cleaned_data)
    else:
        messages.error(request, "A study needs a name of up to 200 characters.")
    return redirect("study", review.pk, study.pk)


def _tabs(request, forms, chosen):
    """One tab for each form, where there are several."""
    if len(forms) < 2:
        return []
    return [
        {"label": form.name, "url": f"?form={form.pk}", "current": form == chosen} for form in forms
    ]
