"""Pages of step 1: upload, preview, accept, withdraw."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from .. import imports
from ..access import Can, needs
from ..files import RefusedFile
from ..forms import UploadForm, WhyForm
from ..parsers import UnreadableFile
from ..tables import BatchTable, ProblemTable

PROBLEMS_SHOWN = 500


@needs(Can.IMPORT)
@require_GET
def import_list(request, review):
    return render(request, "review/imports.html", _list(request, review, UploadForm(review)))


@needs(Can.IMPORT)
@require_POST
def upload(request, review):
    form = UploadForm(review, request.POST, request.FILES)
    if form.is_valid():
        try:
            batch = imports.preview(review=review, actor=request.user, **form.cleaned_data)
            return redirect("batch", review.pk, batch.pk)
        except (RefusedFile, UnreadableFile) as refusal:
            form.add_error("upload", str(refusal))
    return render(request, "review/imports.html", _list(request, review, form), status=422)


@needs(Can.IMPORT)
@require_GET
def batch(request, review, pk):
    batch = get_object_or_404(review.batches.select_related("search", "file"), pk=pk)
    context = {
        "review": review,
        "batch": batch,
        "label": imports.parsers.FORMATS[batch.format].label,
        "coverage": [(name, count) for name, count in batch.coverage.items() if count],
        "first": imports.first_records(batch),
        "problems": ProblemTable(batch.problems[:PROBLEMS_SHOWN]),
        "more_problems": max(0, len(batch.problems) - PROBLEMS_SHOWN),
        "why_form": WhyForm(),
        "may_manage": request.seat.can(Can.MANAGE),
        "cited": not (review.hide_citation and request.seat.can(Can.SCREEN)),
    }
    return render(request, "review/batch.html", context)


@needs(Can.IMPORT)
@require_POST
def accept(request, review, pk):
    job = imports.accept(batch=get_object_or_404(review.batches, pk=pk), actor=request.user)
    return redirect("job", review.pk, job.pk)


@needs(Can.IMPORT)
@require_POST
def refuse(request, review, pk):
    imports.refuse(batch=get_object_or_404(review.batches, pk=pk), actor=request.user)
    return redirect("import-list", review.pk)


@needs(Can.MANAGE)
@require_POST
def withdraw(request, review, pk):
    batch = get_object_or_404(review.batches, pk=pk)
    form = WhyForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Nothing was withdrawn: say why, it is kept in the ledger.")
        return redirect("batch", review.pk, pk)
    imports.withdraw(batch=batch, actor=request.user, why=form.cleaned_data["why"])
    return redirect("import-list", review.pk)


def _list(request, review, form):
    batches = review.batches.select_related("search", "file", "uploaded_by")
    return {
        "review": review,
        "form": form,
        "table": BatchTable(batches),
        "may_manage": request.seat.can(Can.MANAGE),
    }
