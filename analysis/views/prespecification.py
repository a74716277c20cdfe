"""Plans frozen with the protocol, and their amendments."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets, kinds
from ..patients import modelling, reading
from ..patients.plan_form import ModelForm
from ..prespecification import doors, shown
from ..prespecification.forms import FreezeForm, MeasureForm, ReasonForm


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def freeze_plans(request, review):
    now = {"registration": review.registration, "seen": doors.seen(review)}
    form = FreezeForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            made = doors.freeze(review=review, actor=request.user, **form.cleaned_data)
            return redirect("freezing", review.pk, made.pk)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
            form.data = form.data.copy()
            form.data["seen"] = now["seen"]
    context = {
        "review": review,
        "form": form,
        "plans": [
            one for one in shown.listed(review) if one.plan.freezing is None and not one.retired
        ],
        "data_seen": review.snapshots.exists(),
        "names": not request.seat.nameless,
    }
    return render(
        request, "analysis/freeze_plans.html", context, status=422 if form.errors else 200
    )


@needs(Can.VIEW)
@require_GET
def freezing(request, review, pk):
    """One freezing: what the protocol said, and which plans were frozen with it."""
    made = get_object_or_404(review.freezings, pk=pk)
    context = {
        "review": review,
        "freezing": made,
        "plans": [one for one in shown.listed(review) if one.plan.freezing_id == made.pk],
        "protocol": shown.protocol(made),
        "names": not request.seat.nameless,
    }
    return render(request, "analysis/freezing.html", context)


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def amend_plan(request, review, pk):
    """The form of a plan with its values; another measure comes with the query."""
    plan = get_object_or_404(review.plans, pk=pk)
    kind = kinds.of(plan.spec)
    measure = request.GET.get("measure", plan.spec["measure"])
    if measure not in kind.measures:
        raise Http404
    source = get_object_or_404(review.extraction_forms, pk=plan.spec["form"])
    _, data = datasets.newest(review)
    form = kind.form(source, measure, data, request.POST or None, spec=plan.spec)
    other = MeasureForm(kind.measures, initial={"measure": measure})
    return _changed(request, plan, form, measures=other)


@needs(Can.ANALYSE)
@require_http_methods(["GET", "POST"])
def amend_patient_plan(request, review, pk):
    plan = get_object_or_404(review.patient_plans, pk=pk)
    source, (_, data) = plan.spec["form"], datasets.newest(review)
    found = reading.participants(data, source) if data else reading.NOBODY
    form = ModelForm(
        found, source, request.POST or None, initial=plan.spec,
        analyses=modelling.analyses(review),
    )  # fmt: skip
    return _changed(request, plan, form)


def _changed(request, plan, form, **more):
    """Change a plan by its form, whose title stays, or show the form."""
    del form.fields["title"]
    known = {"seen": plan.changes.count()}
    why = ReasonForm(request.POST or None, initial=known, frozen=plan.freezing_id is not None)
    page = reverse(shown.page_of(plan), args=[plan.review_id, plan.pk])
    if form.is_valid() and why.is_valid():
        try:
            doors.change(
                plan=plan,
                actor=request.user,
                spec=form.spec(),
                reason=why.cleaned_data["reason"],
                seen=why.cleaned_data["seen"],
            )
            return redirect(page)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
    wrong = bool(form.errors or why.errors)
    context = {"review": plan.review, "plan": plan, "form": form, "why": why, "page": page} | more
    return render(request, "analysis/amend_plan.html", context, status=422 if wrong else 200)
