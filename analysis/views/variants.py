"""The switches of a plan: move one and see the plot; keep what you want to report."""

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets, kinds, runs
from ..pairwise import printing, shown, variants
from ..pairwise.switches import KeepForm, SwitchForm

WIDE = 820
STEERED = ("method", "test", "least")  # they come and go with the choice of others


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def plan_try(request, review, pk):
    """GET computes and keeps nothing; POST keeps the variant that its query names as a plan."""
    plan = get_object_or_404(review.plans, pk=pk)
    if not kinds.is_pairwise(plan.spec):
        raise Http404
    snapshot, data = datasets.newest(review)
    if snapshot is None:
        raise IllegalMove("No data are frozen yet. Approve studies and freeze a snapshot first.")
    form = SwitchForm(plan, data, request.GET or None)
    valid = form.is_valid()
    spec = form.spec() if valid else plan.spec
    keep = KeepForm(request.POST or None)
    if valid and keep.is_valid():
        told = {"title": keep.cleaned_data["title"], "actor": request.user}
        try:
            run = variants.keep(plan=plan, snapshot=snapshot, spec=spec, **told)
            return redirect("plan", review.pk, run.plan_id)
        except (runs.NotAnalysable, IllegalMove) as refusal:
            keep.add_error("title", str(refusal))
    context = _context(request, plan, snapshot, data, form, spec) | {"keep": keep}
    name = "analysis/_variant.html" if request.htmx else "analysis/variants.html"
    wrong = (form.is_bound and not valid) or (keep.is_bound and bool(keep.errors))
    return render(request, name, context, status=422 if wrong else 200)


def _context(request, plan, snapshot, data, form, spec):
    here = reverse("plan-try", args=[plan.review_id, plan.pk])
    found = variants.compute(plan, snapshot, data, spec)
    own = found if spec == plan.spec else variants.compute(plan, snapshot, data, plan.spec)
    return {
        "review": plan.review,
        "plan": plan,
        "snapshot": snapshot,
        "form": form,
        "variant": found,
        "moved": spec != plan.spec and form.is_bound,
        "other_switches": bool(request.htmx) and _differ(form, request.GET),
        "own": own.run and printing.sentence(own.run),
        "lines": [
            (line, f"{here}?{_query(form, line.query)}")
            for line in variants.beside(plan, snapshot, data, spec)
        ],
        "keep_url": f"{here}?{request.GET.urlencode()}" if form.is_bound else "",
    } | (shown.context(found.run, links=False, wide=WIDE, data=data) if found.run else {})


def _differ(form, sent):
    """Whether the page that sent its switches had others than those that do something now."""
    return any((name in sent) != (name in form.fields) for name in STEERED)


def _query(form, moved):
    """The query of the form as it stands with some switches moved."""
    query = QueryDict(mutable=True)
    values = form.cleaned_data if form.is_bound and form.is_valid() else form.initial
    for name, value in (dict(values) | moved).items():
        if name == "bias":
            value = ["|".join(one) if isinstance(one, list) else one for one in value]
        if value not in (None, False):
            query.setlist(name, value if isinstance(value, list) else [value])
    return query.urlencode()
