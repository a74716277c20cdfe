"""How far a run depends on choices: every way to compute it, and what was missing."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from review.access import Can, needs
from review.models import IllegalMove

from .. import datasets, kinds
from ..drawn import NARROW, for_page
from ..figures import files
from ..figures.specification import specification_curve
from ..figures.svg import NotDrawable
from ..pairwise import pooling_models
from ..pairwise.choices import axes, curve, shown
from ..pairwise.choices.forms import ChangeForm, ChoicesForm
from ..pairwise.choices.tables import WayTable
from ..scripts import as_csv
from ..stats.errors import NotEstimable, NotPoolable
from ..stats.scales import scale_of
from .figures import file_links, sent
from .running import kept_run

WIDE = 900
CSV = "csv"


@needs(Can.VIEW)
@require_GET
def run_choices(request, review, pk):
    """The curve of a run; with ``joint`` in its query, the joint test of it."""
    run = run_of(review, pk)
    data = datasets.content(run.snapshot)
    change, form, found = _asked(request, run, data)
    query = request.GET.copy()
    context = {"review": review, "run": run, "tabs": tabs(review, run, "run-choices"),
               "form": form, "change": change}  # fmt: skip
    if found is None:
        return render(request, "analysis/choices/curve.html", context, status=422)
    if request.GET.get("joint"):
        context |= _joint(found)
        if request.htmx:
            return render(request, "analysis/choices/_joint.html", context)
    query["joint"] = "1"
    context |= {"joint_url": f"?{query.urlencode()}"} | _drawn(request, review, run, found)
    return render(request, "analysis/choices/curve.html", context)


@needs(Can.VIEW)
@require_GET
def run_choices_file(request, review, pk, kind):
    """The curve as SVG, PDF, PNG or CSV, with the choices of the query."""
    run = run_of(review, pk)
    if kind not in (*files.KINDS, CSV):
        raise Http404
    _, _, found = _asked(request, run, datasets.content(run.snapshot))
    if found is None or not found.measures:
        raise IllegalMove("These choices give no curve. Go back and tick others.")
    name = f"specification-curve-run-{run.pk}"
    if kind == CSV:
        text = as_csv(shown.HEADER, shown.lines(found))
        response = HttpResponse(text, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    try:
        svg = specification_curve(shown.figure(run, found, lambda way: ""), standalone=True)
    except NotDrawable as refusal:
        raise IllegalMove(f"This curve cannot be drawn: {refusal}.") from refusal
    return sent(svg, name, kind)


def run_of(review, pk):
    """A run whose choices can be looked at: of two groups or one, one result a study."""
    run = kept_run(review, pk)
    if not kinds.is_pairwise(run.spec) or pooling_models.of(run.spec).several:
        raise Http404
    return run


def tabs(review, run, current):
    """The pages of a run's choices."""
    names = {
        "run-choices": "Every way to compute it",
        "run-participants": "Missing participants",
        "run-sds": "Missing SDs",
    }
    return [
        {"label": label, "url": reverse(name, args=[review.pk, run.pk]), "current": name == current}
        for name, label in names.items()
    ]


def _asked(request, run, data):
    """``(ChangeForm, ChoicesForm, Curve or None)`` of a query."""
    change = ChangeForm(data, run.spec, request.GET)
    before, after = change.keys()
    choices = axes.choices(data, run.spec, before=before, after=after)
    form = ChoicesForm(choices, request.GET)
    if not form.is_valid():
        return change, form, None
    return change, form, curve.curve(data, run.spec, choices, form.cleaned_data)


def _joint(found):
    try:
        return {"joint": list(shown.joint(found))}
    except (NotEstimable, NotPoolable) as refusal:
        return {"joint": [f"Not possible: {refusal}."]}


def _drawn(request, review, run, found):
    """The curve, its list and files."""
    address = _addresses(request, review, run)
    newest = review.snapshots.first() if request.seat.can(Can.ANALYSE) else run.snapshot
    told = {"found": found, "refused": found.refused, "many": len(found.ways),
            "newer": newest if newest != run.snapshot else None}  # fmt: skip
    if not found.measures:
        return told
    drawing = shown.figure(run, found, address)
    with_p = all(scale_of(measure).null is not None for measure in found.measures)
    ways = WayTable(shown.rows(found), address=address, with_p=with_p,
                    with_sds=found.choices.gaps is not None)  # fmt: skip
    RequestConfig(request, paginate={"per_page": 50}).configure(ways)
    query = request.GET.urlencode()
    try:
        told |= for_page(partial(_curve, drawing), WIDE)
    except NotDrawable as refusal:
        told["undrawn"] = str(refusal)
    return told | {
        "summary": shown.summary(found),
        "table": ways,
        "files": file_links(
            "run-choices-file", review.pk, run.pk, query=query, formats=(*files.KINDS, CSV)
        ),
    }


def _curve(drawing, width):
    """A mark of the narrow curve is too small to be a link."""
    return specification_curve(drawing, width=width, links=width != NARROW)


def _addresses(request, review, run):
    """Where a way leads: to the switches, or to the page of what was assumed."""
    sds = reverse("run-sds", args=[review.pk, run.pk])
    may = request.seat.can(Can.ANALYSE) and run.plan.retired_at is None

    def address(way):
        if way.assumed:
            return sds
        return shown.switches(run, way) if may else ""

    return address
