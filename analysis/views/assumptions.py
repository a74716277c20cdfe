"""What a run becomes when participants or standard deviations that are missing are assumed."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from review.access import Can, needs

from .. import datasets
from ..choices import assumptions, participants, refilled, spreads
from ..choices.forms import ChangeForm, RandomisedForm
from ..figures import files, forest
from ..figures.svg import NotDrawable
from ..stats.errors import NotEstimable
from .choices import run_of, tabs
from .figures import NARROW, sent

WIDE = 820


@needs(Can.VIEW)
@require_GET
def run_participants(request, review, pk):
    """Assumptions about randomised participants whose outcome is missing."""
    run = run_of(review, pk)
    data = datasets.content(run.snapshot)
    form = RandomisedForm(data, run.spec, request.GET)
    context = {"review": review, "run": run, "tabs": tabs(review, run, "run-participants"),
               "form": form, "refusal": participants.refusal(run.spec)}  # fmt: skip
    if _can_read(form, run):
        context |= _participants(request, run, data, form)
    wrong = "randomised" in request.GET and bool(form.errors)
    name = "analysis/choices/participants.html"
    return render(request, name, context, status=422 if wrong else 200)


@needs(Can.VIEW)
@require_GET
def run_sds(request, review, pk):
    """Studies that lack only a standard deviation, and the result with one assumed."""
    run = run_of(review, pk)
    data = datasets.content(run.snapshot)
    change = ChangeForm(data, run.spec, request.GET)
    found = spreads.gaps(data, run.spec)
    context = {"review": review, "run": run, "tabs": tabs(review, run, "run-sds"),
               "change": change, "refusal": refilled.refusal(run.spec), "gaps": found}  # fmt: skip
    if found and not context["refusal"]:
        context |= _sds(request, run, data, found, change)
    return render(request, "analysis/choices/sds.html", context)


@needs(Can.VIEW)
@require_GET
def run_assumed_file(request, review, pk, name, kind):
    """The plot of one of the pages as a file, with what their query asks for."""
    run = run_of(review, pk)
    if name not in TITLES or kind not in files.KINDS:
        raise Http404
    data = datasets.content(run.snapshot)
    drawing = assumptions.plot(run, TITLES[name], LINES[name](request, run, data))
    return sent(forest.forest(drawing, standalone=True), f"missing-{name}-run-{run.pk}", kind)


def _can_read(form, run):
    """Whether a field is chosen, and its numbers can be allowed for."""
    chosen = form.is_valid() and form.cleaned_data["randomised"]
    return bool(chosen) and not participants.refusal(run.spec)


def _participants(request, run, data, form):
    try:
        found = participants.read(data, run.spec, form.cleaned_data["randomised"])
    except NotEstimable as refused:
        return {"why": str(refused)}
    told = participants.scenarios(found, run.spec, form.own())
    ratio = participants.is_binary(run.spec)
    turned = participants.turning(found, run.spec)
    return {
        "found": found,
        "counts": _counts(found),
        "refused": [(one.name, one.why) for one in told if one.fit is None],
        "left_out": [(one.name, one.left_out) for one in told if one.left_out],
        "turns": assumptions.turns(run, turned, ratio=ratio),
        "ratio": ratio,
        "named": participants.names(run.spec),
    } | _plot(run, "missing participants", [(one.name, one.fit) for one in told if one.fit])


def _counts(found):
    """``(label, missing in the first group, in the second)`` of the studies that miss some."""
    pairs = zip(found.rows, found.missing.astype(int).tolist(), strict=True)
    return [(row.label, *lost) for row, lost in pairs if any(lost)]


def _sds(run, data, found, change):
    before, after = change.keys()
    changes = spreads.baselines(data, run.spec, found, before, after) if after else {}
    told = refilled.reruns(data, run.spec, found, changes)
    return {
        "refused": [(one.name, one.why) for one in told if one.result is None],
        "assumed": [(one.name, _values(one)) for one in told if one.values],
        "draws": refilled.DRAWS,
        "seed": refilled.SEED,
    } | _plot(run, "missing SDs", [(one.name, one.result) for one in told if one.result])


def _values(one):
    """``(study, group, SD)`` of what was assumed."""
    return [(label, group, f"{sd:.4g}") for (label, group), sd in one.values.items()]


def _plot(run, title, lines):
    """Figures escape the texts they are given."""
    if not lines:
        return {}
    drawing = assumptions.plot(run, title, lines)
    return {
        "wide": mark_safe(forest.forest(drawing, width=WIDE)),
        "narrow": mark_safe(forest.forest(drawing, width=NARROW)),
        "table": forest.table(drawing),
    }
