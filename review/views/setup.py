"""Pages on which a lead sets a review up."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .. import setup
from ..access import Can, needs, without_review
from ..forms import HighlightsForm, ProtocolForm, RulesForm, SearchForm
from ..models import Criterion, Stage

GET_OR_POST = require_http_methods(["GET", "POST"])


@without_review(Can.SIGN_IN)
@GET_OR_POST
def create(request):
    form = ProtocolForm(request.POST or None)
    if form.is_valid():
        review = setup.create_review(actor=request.user, **form.cleaned_data)
        messages.info(request, "The review exists. Next: its criteria and exclusion reasons.")
        return redirect("rules", review.pk)
    return render(request, "review/create.html", {"form": form}, status=_status(form))


@needs(Can.VIEW)
@require_GET
def protocol(request, review):
    return render(
        request,
        "review/protocol.html",
        {
            "review": review,
            "include": review.criteria.filter(kind=Criterion.Kind.INCLUDE),
            "exclude": review.criteria.filter(kind=Criterion.Kind.EXCLUDE),
            "reasons": [
                (stage.label, review.exclusion_reasons.filter(stage=stage, retired=False))
                for stage in Stage
            ],
            "searches": review.searches.all(),
            "may_change": request.seat.can(Can.MANAGE),
        },
    )


@needs(Can.MANAGE)
@GET_OR_POST
def amend(request, review):
    form = ProtocolForm(request.POST or None, instance=review)
    if form.is_valid():
        setup.amend_protocol(review=review, actor=request.user, changes=form.cleaned_data)
        return redirect("protocol", review.pk)
    context = {"review": review, "form": form, "heading": "Question and rules"}
    return render(request, "review/protocol_form.html", context, status=_status(form))


@needs(Can.MANAGE)
@GET_OR_POST
def rules(request, review):
    form = RulesForm(request.POST or None, initial=_current_rules(review))
    if form.is_valid():
        data = form.cleaned_data
        who = {"review": review, "actor": request.user}
        setup.set_criteria(include=data["include"], exclude=data["exclude"], **who)
        for stage in Stage:
            setup.set_reasons(stage=stage, texts=data[stage], **who)
        return redirect("protocol", review.pk)
    context = {"review": review, "form": form, "heading": "Criteria and exclusion reasons"}
    return render(request, "review/protocol_form.html", context, status=_status(form))


@needs(Can.MANAGE)
@GET_OR_POST
def highlights(request, review):
    initial = {}
    for group, term in review.highlights.order_by("term").values_list("group", "term"):
        initial.setdefault(group, []).append(term)
    form = HighlightsForm(request.POST or None, initial=initial)
    if form.is_valid():
        setup.set_highlights(review=review, actor=request.user, terms=form.cleaned_data)
        return redirect("protocol", review.pk)
    context = {"review": review, "form": form, "heading": "Words to highlight"}
    return render(request, "review/protocol_form.html", context, status=_status(form))


@needs(Can.MANAGE)
@GET_OR_POST
def add_search(request, review):
    form = SearchForm(request.POST or None)
    if form.is_valid():
        setup.add_search(review=review, actor=request.user, **form.cleaned_data)
        return redirect("protocol", review.pk)
    context = {"review": review, "form": form, "heading": "Add a search"}
    return render(request, "review/protocol_form.html", context, status=_status(form))


@needs(Can.MANAGE)
@GET_OR_POST
def change_search(request, review, pk):
    search = get_object_or_404(review.searches, pk=pk)
    form = SearchForm(request.POST or None, instance=search)
    if form.is_valid():
        setup.change_search(search=search, actor=request.user, **form.cleaned_data)
        return redirect("protocol", review.pk)
    context = {"review": review, "form": form, "heading": f"Search of {search}", "search": search}
    return render(request, "review/protocol_form.html", context, status=_status(form))


@needs(Can.MANAGE)
@require_POST
def remove_search(request, review, pk):
    search = get_object_or_404(review.searches, pk=pk)
    setup.remove_search(search=search, actor=request.user)
    return redirect("protocol", review.pk)


def _current_rules(review):
    kinds = Criterion.Kind
    lines = {
        "include": review.criteria.filter(kind=kinds.INCLUDE),
        "exclude": review.criteria.filter(kind=kinds.EXCLUDE),
    } | {
        stage.value: review.exclusion_reasons.filter(stage=stage, retired=False) for stage in Stage
    }
    return {name: list(rows.values_list("text", flat=True)) for name, rows in lines.items()}


def _status(form):
    return 422 if form.is_bound else 200
