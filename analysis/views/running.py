"""Running a plan of either sort on the newest frozen data, from its page."""

from django.shortcuts import redirect, render
from django.urls import reverse

from review.models import IllegalMove


def run_newest(request, plan, page, run, refused, empty):
    """Run ``plan`` by the door ``run`` and go back to ``page``, the name of its URL; where it
    cannot run (``refused``, an exception) or nothing is frozen (``empty``), say why."""
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
