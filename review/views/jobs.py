"""Progress of long work, for the page that waits for it."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from .. import imports, jobs
from ..access import Can, needs

LABELS = {imports.JOB: "Importing", "deduplicate": "Looking for duplicates"}
UNITS = {imports.JOB: "records", "deduplicate": "pairs found"}
NEXT = {
    imports.JOB: ("import-list", "See the imports"),
    "deduplicate": ("duplicates", "See the proposals"),
}


@needs(Can.IMPORT)
@require_GET
def progress(request, review, pk):
    jobs.reap(review)
    job = get_object_or_404(review.jobs.filter(kind__in=NEXT), pk=pk)
    template = "components/progress.html" if request.htmx else "review/job.html"
    return render(request, template, context(job))


@needs(Can.IMPORT)
@require_POST
def cancel(request, review, pk):
    job = get_object_or_404(review.jobs.filter(kind__in=NEXT), pk=pk)
    jobs.cancel(job=job)
    return redirect("job", review.pk, job.pk)


def context(job):
    """What ``components/progress.html`` needs to show a job."""
    where, label = NEXT[job.kind]
    running = job.status in jobs.OPEN
    return {
        "review": job.review,
        "id": f"job-{job.pk}",
        "label": LABELS[job.kind],
        "unit": UNITS[job.kind],
        "state": job.status,
        "done": job.done,
        "total": job.total,
        "text": job.message,
        "url": reverse("job", args=[job.review_id, job.pk]),
        "cancel_url": reverse("job-cancel", args=[job.review_id, job.pk]) if running else "",
        "next_url": reverse(where, args=[job.review_id]),
        "next_label": label,
    }
