"""Pages of the tools: chosen from the catalogue, guided, planned; and their summary."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from review.access import Can, needs

from .. import appraisal_summary, appraise, judging
from ..appraisal_forms import GuidanceForm, ParamsForm, PlanForm
from ..appraisal_viewing import outcome_shown
from ..instruments import catalogue


@needs(Can.VIEW)
@require_GET
def instrument_list(request, review):
    chosen = [(row, judging.tool(row)) for row in review.instruments.order_by("pk")]
    pinned = {row.sha256 for row, _ in chosen}
    context = {
        "review": review,
        "chosen": chosen,
        "catalogue": [tool for tool in catalogue().values() if tool.sha256 not in pinned],
        "may_manage": request.seat.can(Can.MANAGE),
    }
    return render(request, "extraction/instruments.html", context)


@needs(Can.MANAGE)
@require_POST
def choose(request, review):
    chosen = appraise.choose_instrument(
        review=review, actor=request.user, key=request.POST.get("tool", "")
    )
    messages.info(request, "The tool is chosen. Next: its preliminary choices and the studies.")
    return redirect("instrument", review.pk, chosen.pk)


@needs(Can.VIEW)
@require_GET
def instrument(request, review, pk):
    return _page(request, _one(review, pk))


@needs(Can.MANAGE)
@require_POST
def choices(request, review, pk):
    found = _one(review, pk)
    form = ParamsForm(judging.tool(found), request.POST)
    if not form.is_valid():
        return _page(request, found, params_form=form)
    appraise.set_params(instrument=found, actor=request.user, params=form.params)
    messages.info(request, "The choices count for every assessment that is planned from now on.")
    return redirect("instrument", review.pk, pk)


@needs(Can.MANAGE)
@require_POST
def guidance(request, review, pk):
    found = _one(review, pk)
    form = GuidanceForm(judging.tool(found), request.POST)
    if not form.is_valid():
        return _page(request, found, guidance_form=form)
    appraise.set_guidance(instrument=found, actor=request.user, guidance=form.cleaned_data)
    messages.info(request, "The guidance now stands beside its questions.")
    return redirect("instrument", review.pk, pk)


@needs(Can.MANAGE)
@require_POST
def plan(request, review, pk):
    found = _one(review, pk)
    form = PlanForm(found, request.POST)
    if not form.is_valid():
        return _page(request, found, plan_form=form)
    data = form.cleaned_data
    new = appraise.plan(
        instrument=found,
        actor=request.user,
        studies=data["studies"],
        result=data["result"].strip(),
        params=form.params,
    )
    messages.info(request, f"{len(new)} new assessments are planned.")
    return redirect("assessments", review.pk)


@needs(Can.VIEW)
@require_GET
def summary(request, review, pk):
    """Studies by domains, settled assessments only."""
    found, shown = _one(review, pk), outcome_shown(request.seat)
    context = {
        "review": review,
        "instrument": found,
        "tool": judging.tool(found),
        "summary": appraisal_summary.of_instrument(found) if shown else None,
    }
    return render(request, "extraction/instrument_summary.html", context)


def _one(review, pk):
    return get_object_or_404(review.instruments.select_related("review"), pk=pk)


def _page(request, found, *, params_form=None, guidance_form=None, plan_form=None):
    tool = judging.tool(found)
    bound = params_form or guidance_form or plan_form
    context = {
        "review": found.review,
        "instrument": found,
        "tool": tool,
        "advice": [(tool.questions[name], text) for name, text in found.guidance.items()],
        "choices": _choices(tool, found.params),
        "planned": found.assessments.count(),
    }
    if request.seat.can(Can.MANAGE):
        context |= {
            "params_form": params_form or ParamsForm(tool, initial=found.params),
            "guidance_form": guidance_form or GuidanceForm(tool, initial=found.guidance),
            "plan_form": plan_form or PlanForm(found),
        }
    return render(request, "extraction/instrument.html", context, status=422 if bound else 200)


def _choices(tool, params):
    """What the lead has chosen, as pairs of words."""
    pairs = []
    for param in tool.params:
        value = params.get(param.id)
        if value:
            labels = {option.code: option.label for option in param.options}
            values = value if isinstance(value, list) else [value]
            pairs.append((param.text, ", ".join(labels.get(one, one) for one in values)))
    return pairs
