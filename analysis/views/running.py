"""Runs as the pages need them: made of the newest frozen data, and found again."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from review.models import IllegalMove

from ..models import Run


def kept_run(review, pk):
    """A run of a review with its plan, its snapshot and who ran it, or 404."""
    rows = Run.objects.select_related("plan__freezing", "snapshot", "run_by")
    return get_object_or_404(rows, pk=pk, plan__review=review)


def run_newest(request, plan, page, run, refused, empty):
    """Run a ``plan`` of either sort by the door ``run`` and go back to ``page``, the name of its
    URL; where it cannot run (``refused``, an exception) or nothing is frozen (``empty``), say
    why."""
    review = plan.review
    snapshot = review.snapshots.first()
    if snapshot is None:
        raise IllegalMove(empty)
    here = reverse(page, args=[review.pk, plan.pk])
    try:
        run(plan=plan, snapshot=snapshot, actor=request.user)
    except refused as refusal:
        context = {"review": review, "plan": plan, "why": str(refusal), "snapshot": snapshot}
        amend = reverse(f"{page}-amend", args=[review.pk, plan.pk])
        context |= {"up": here, "amend_url": amend}
        return render(request, "analysis/cannot_run.html", context, status=422)
    return redirect(here)
