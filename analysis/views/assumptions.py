"""What a run becomes when participants or standard deviations that are missing are assumed."""

from functools import partial

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets
from ..drawn import for_page
from ..figures import files, forest
from ..figures.svg import NotDrawable
from ..pairwise.choices import assumptions, participants, refilled, spreads
from ..pairwise.choices.forms import ChangeForm, RandomisedForm
from ..stats.errors import NotEstimable
from .choices import run_of, tabs
from .figures import file_links, sent

WIDE = 820


@needs(Can.VIEW)
@require_GET
def run_participants(request, review, pk):
    """Assumptions about randomised participants whose outcome is missing."""
    run = run_of(review, pk)
    told = _participants(run, request.GET)
    wrong = "randomised" in request.GET and bool(told["form"].errors)
    context = {"review": review, "run": run, "tabs": tabs(review, run, "run-participants")}
    context |= told | _drawn(request, run, "participants", told)
    name = "analysis/choices/participants.html"
    return render(request, name, context, status=422 if wrong else 200)


@needs(Can.VIEW)
@require_GET
def run_sds(request, review, pk):
    """Studies that lack but a standard deviation, and the result with one assumed."""
    run = run_of(review, pk)
    told = _sds(run, request.GET)
    context = {"review": review, "run": run, "tabs": tabs(review, run, "run-sds")}
    context |= told | _drawn(request, run, "sds", told)
    return render(request, "analysis/choices/sds.html", context)


@needs(Can.VIEW)
@require_GET
def run_assumed_file(request, review, pk, name, kind):
    """The plot of one of these pages as SVG, PDF or PNG, with what its query asks for."""
    run = run_of(review, pk)
    if name not in TOLD or kind not in files.KINDS:
        raise Http404
    plot = TOLD[name](run, request.GET).get("plot")
    try:
        if plot is None:
            raise NotDrawable("nothing is assumed with these choices")
        return sent(forest.forest(plot, standalone=True), f"missing-{name}-run-{run.pk}", kind)
    except NotDrawable as refusal:
        raise IllegalMove(f"This figure cannot be drawn: {refusal}.") from refusal


def _participants(run, given):
    """What the page of missing participants tells; ``plot`` when there is one."""
    data = datasets.content(run.snapshot)
    form = RandomisedForm(data, run.spec, given)
    told = {"form": form, "refusal": participants.refusal(run.spec)}
    if told["refusal"] or not form.is_valid() or not form.cleaned_data["randomised"]:
        return told
    try:
        found = participants.read(data, run.spec, form.cleaned_data["randomised"])
    except NotEstimable as refused:
        return told | {"why": str(refused)}
    every = participants.scenarios(found, run.spec, form.own())
    ratio = participants.is_binary(run.spec)
    turned = participants.turning(found, run.spec)
    return told | {
        "found": found,
        "counts": _counts(found),
        "refused": [(one.name, one.why) for one in every if one.fit is None],
        "left_out": [(one.name, one.left_out) for one in every if one.left_out],
        "turns": assumptions.turns(run, turned, ratio=ratio),
        "ratio": ratio,
        "named": participants.names(run.spec),
        "plot": _plot(run, "missing participants", [(one.name, one.fit) for one in every]),
    }


def _counts(found):
    """``(label, missing in the first group, in the second)`` of the studies that miss some."""
    pairs = zip(found.rows, found.missing.astype(int).tolist(), strict=True)
    return [(row.label, *lost) for row, lost in pairs if any(lost)]


def _sds(run, given):
    """What the page of missing SDs tells; ``plot`` when there is one."""
    data = datasets.content(run.snapshot)
    change = ChangeForm(data, run.spec, given)
    found = spreads.gaps(data, run.spec)
    told = {"change": change, "refusal": refilled.refusal(run.spec), "gaps": found}
    if not found or told["refusal"]:
        return told
    before, after = change.keys()
    changes = spreads.baselines(data, run.spec, found, before, after) if after else {}
    every = refilled.reruns(data, run.spec, found, changes)
    return told | {
        "refused": [(one.name, one.why) for one in every if one.result is None],
        "assumed": [(one.name, _values(one)) for one in every if one.values],
        "draws": refilled.DRAWS,
        "seed": refilled.SEED,
        "plot": _plot(run, "missing SDs", [(one.name, one.result) for one in every]),
    }


def _values(one):
    """``(study, group, SD)`` of what was assumed."""
    return [(label, group, f"{sd:.4g}") for (label, group), sd in one.values.items()]


def _plot(run, title, lines):
    """A ``Forest`` of the ``(name, fit)`` that have a fit; None without any."""
    fitted = [(name, fit) for name, fit in lines if fit]
    return assumptions.plot(run, title, fitted) if fitted else None


def _drawn(request, run, name, told):
    """The plot for the page, and its files."""
    plot, query = told.get("plot"), request.GET.urlencode()
    if plot is None:
        return {}
    try:
        shown = for_page(partial(forest.forest, plot), WIDE)
    except NotDrawable as refusal:
        return {"undrawn": str(refusal), "table": forest.table(plot)}
    page = ("run-assumed-file", run.plan.review_id, run.pk, name)
    return shown | {
        "table": forest.table(plot),
        "files": file_links(*page, query=query),
    }


TOLD = {"participants": _participants, "sds": _sds}
