"""Tables of individual patients: which a review prints, and what they say now."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets
from ..patients import making, reading, tabulating
from ..patients.forms import TabulationForm, initial

GET_OR_POST = require_http_methods(["GET", "POST"])


@needs(Can.VIEW)
@require_GET
def tabulations(request, review):
    snapshot, data = datasets.newest(review)
    context = {
        "review": review,
        "tabulations": review.tabulations.filter(retired_at=None),
        "snapshot": snapshot,
        "sources": reading.forms_with_participants(data) if data else [],
        "may_plan": request.seat.can(Can.ANALYSE),
    }
    return render(request, "analysis/tabulations.html", context)


@needs(Can.ANALYSE)
@GET_OR_POST
def new_tabulation(request, review):
    """Define a table from the participants of one form, which the address names."""
    _, data = datasets.newest(review)
    sources = reading.forms_with_participants(data) if data else []
    form = next((pk for pk, _ in sources if str(pk) == request.GET.get("form")), None)
    form = form or (sources[0][0] if sources else 0)
    found = reading.participants(data, form) if data else reading.NOBODY
    typed = TabulationForm(request.POST or None, found=found)
    if typed.is_valid():
        told = {"title": typed.cleaned_data["title"], "spec": {"form": form} | typed.made}
        try:
            made = tabulating.create(review=review, actor=request.user, **told)
            return redirect("tabulation", review.pk, made.pk)
        except IllegalMove as refusal:
            typed.add_error("title", str(refusal))
    return _asked(request, review, typed, None)


@needs(Can.VIEW)
@require_GET
def tabulation(request, review, pk):
    tabulation = get_object_or_404(review.tabulations, pk=pk)
    snapshot, data = datasets.newest(review)
    context = {
        "review": review,
        "tabulation": tabulation,
        "snapshot": snapshot,
        "table": _made(data, tabulation),
        "may_plan": request.seat.can(Can.ANALYSE) and tabulation.retired_at is None,
    }
    return render(request, "analysis/tabulation.html", context)


@needs(Can.ANALYSE)
@GET_OR_POST
def change_tabulation(request, review, pk):
    tabulation = get_object_or_404(review.tabulations, pk=pk)
    _, data = datasets.newest(review)
    form = tabulation.spec["form"]
    found = reading.participants(data, form) if data else reading.NOBODY
    table = _made(data, tabulation)
    names = [line.name for line in (*table.lines, table.total)] if table else []
    typed = TabulationForm(
        request.POST or None, found=found, spec=tabulation.spec, names=names,
        initial=initial(tabulation),
    )  # fmt: skip
    if typed.is_valid():
        told = {"title": typed.cleaned_data["title"], "spec": {"form": form} | typed.made}
        try:
            tabulating.change(tabulation=tabulation, actor=request.user, **told)
            return redirect("tabulation", review.pk, pk)
        except IllegalMove as refusal:
            typed.add_error("title", str(refusal))
    return _asked(request, review, typed, tabulation)


@needs(Can.ANALYSE)
@require_POST
def retire_tabulation(request, review, pk):
    tabulation = get_object_or_404(review.tabulations, pk=pk)
    tabulating.retire(tabulation=tabulation, actor=request.user)
    messages.info(request, f"“{tabulation}” is put away; the report prints it no more.")
    return redirect("tabulations", review.pk)


def _made(data, tabulation):
    """The table of a definition, or None without frozen participants."""
    found = reading.participants(data, tabulation.spec["form"]) if data else reading.NOBODY
    return making.make(found, tabulation.spec) if found.rows else None


def _asked(request, review, typed, tabulation):
    context = {"review": review, "form": typed, "tabulation": tabulation}
    status = 422 if typed.errors else 200
    return render(request, "analysis/tabulation_form.html", context, status=status)
