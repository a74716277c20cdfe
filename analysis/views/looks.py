"""The panel beside a plot, and the plot as it would look."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets, kinds
from ..pairwise import shown
from ..pairwise.looks import keeping, look
from ..pairwise.looks.form import LookForm

WIDE = 1000


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def plan_look(request, review, pk):
    """GET draws and keeps nothing; POST keeps the look for page, files and report."""
    plan = get_object_or_404(review.plans, pk=pk)
    if not kinds.is_pairwise(plan.spec):
        raise Http404
    run = plan.runs.select_related("snapshot", "plan").first()
    if run is None:
        raise IllegalMove("There is no plot yet. Run the plan first.")
    data = datasets.content(run.snapshot)
    form = LookForm(run, data, request.POST or request.GET or None)
    valid = form.is_valid()
    wanted = form.look() if valid else look.of(plan)
    if valid and request.method == "POST":
        keeping.keep(plan=plan, actor=request.user, wanted=wanted)
        return redirect("plan", review.pk, plan.pk)
    context = {"review": review, "plan": plan, "run": run, "form": form}
    context |= shown.context(run, links=False, wide=WIDE, wanted=wanted, data=data)
    name = "analysis/_look.html" if request.htmx else "analysis/look.html"
    return render(request, name, context, status=422 if form.errors else 200)
