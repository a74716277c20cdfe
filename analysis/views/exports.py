"""What a team takes away: the spreadsheet of everything, and the references."""

import io

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review import jobs
from review.access import Can, needs
from review.models import Job

from ..exports import background, citations, everything

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "csv": (citations.csv_parts, "text/csv; charset=utf-8"),
    "ris": (citations.ris_parts, "application/x-research-info-systems; charset=utf-8"),
}


@needs(Can.EXPORT)
@require_GET
def exports(request, review):
    """What can be taken away by this person, and how far a file being made is."""
    jobs.reap(review)
    newest = background.mine(request.seat).first()
    context = {
        "review": review,
        "at_once": background.at_once(review),
        "with_records": request.seat.can(Can.SEE_RECORDS),
        "job": _shown(newest) if newest else None,
        "may_start": newest is None or newest.status not in jobs.OPEN,
    }
    return render(request, "analysis/exports.html", context)


@needs(Can.EXPORT)
@require_http_methods(["GET", "POST"])
def export_xlsx(request, review):
    """GET the spreadsheet of a small review at once; POST to have it made in the background."""
    if request.method == "POST":
        background.start(request.seat)
        return redirect("exports", review.pk)
    if not background.at_once(review):
        return redirect("exports", review.pk)
    target = io.BytesIO()
    everything.write(target, request.seat)
    return _attached(HttpResponse(target.getvalue(), content_type=XLSX), review, "xlsx")


@needs(Can.EXPORT)
@require_GET
def export_references(request, review):
    """References with the decisions this person may see, ``?format=csv`` or ``ris``."""
    if not request.seat.can(Can.SEE_RECORDS):
        raise PermissionDenied
    asked = request.GET.get("format", "csv")
    if asked not in FORMATS:
        why = f"References can be taken away as {' or '.join(FORMATS)}, not as “{asked}”."
        return render(request, "409.html", {"review": review, "why": why}, status=422)
    parts, kind = FORMATS[asked]
    response = StreamingHttpResponse(parts(request.seat), content_type=kind)
    return _attached(response, review, asked)


@needs(Can.EXPORT)
@require_GET
def export_job(request, review, pk):
    """How far a spreadsheet is, for the page that waits for it."""
    job = get_object_or_404(background.mine(request.seat), pk=pk)
    if not request.htmx:
        return redirect("exports", review.pk)
    return render(request, "components/progress.html", _shown(job))


@needs(Can.EXPORT)
@require_POST
def export_cancel(request, review, pk):
    job = get_object_or_404(background.mine(request.seat), pk=pk)
    jobs.cancel(job=job)
    return redirect("exports", review.pk)


@needs(Can.EXPORT)
@require_GET
def export_file(request, review, pk):
    """A finished spreadsheet, for the person it was made for."""
    job = get_object_or_404(background.mine(request.seat), pk=pk)
    path = background.file_of(request.seat, job)
    return _attached(FileResponse(path.open("rb"), content_type=XLSX), review, "xlsx")


def _attached(response, review, ending):
    name = slugify(review.title)[:60] or "review"
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _shown(job):
    """What ``components/progress.html`` needs to show a job."""
    done = job.status == Job.Status.DONE
    args = [job.review_id, job.pk]
    return {
        "id": f"job-{job.pk}",
        "label": "The spreadsheet" if done else "Making the spreadsheet",
        "unit": "references",
        "state": job.status,
        "word": job.get_status_display(),
        "done": job.total if done else job.done,
        "total": job.total,
        "text": job.message or f"As of {date_format(localtime(job.created_at), 'j F Y, H:i')}.",
        "url": reverse("export-job", args=args),
        "cancel_url": reverse("export-cancel", args=args),
        "next_url": reverse("export-file", args=args) if done else "",
        "next_label": "Save the spreadsheet",
    }
