"""What leaves with a run: a page to doubt it on, its figures as files, its scripts."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from review.access import Can, needs
from review.models import IllegalMove

from .. import kinds
from ..drawn import UNDRAWABLE
from ..figures import files
from ..pairwise import pooling_models
from ..pairwise.robustness import doubts
from ..pairwise.robustness.figures import FIGURES
from .running import kept_run

WIDE = 760
FIRST = "funnel"


@needs(Can.VIEW)
@require_GET
def run_robustness(request, review, pk):
    """One figure at a time, the tests beside it."""
    run = kept_run(review, pk)
    if not kinds.is_pairwise(run.spec):
        raise Http404
    name = request.GET.get("figure", FIRST)
    if name not in FIGURES:
        raise Http404
    here = reverse("run-robustness", args=[review.pk, run.pk])
    context = {
        "review": review,
        "run": run,
        "figure": _pictured(review, run, name),
        "model": _other_model(run),
        "doubts": doubts.lines(run),
        "tabs": [
            {"label": one.title, "url": f"{here}?figure={key}", "current": key == name}
            for key, one in FIGURES.items()
        ],
    }
    return render(request, "analysis/robustness.html", context)


def _other_model(run):
    """The title of a model other than inverse variance, by which figures and tests weigh."""
    key = pooling_models.key_of(run.spec)
    return "" if key == pooling_models.INVERSE else pooling_models.MODELS[key].title


@needs(Can.VIEW)
@require_GET
def run_figure(request, review, pk, name, kind):
    """A figure as a file that looks right by itself: SVG, PDF or PNG. A long forest plot is a PDF
    of several pages; of the others ``page`` asks for one, without it they hold all of it."""
    run = kept_run(review, pk)
    figures = kinds.of(run.spec).figures
    if name not in figures or kind not in files.KINDS:
        raise Http404
    try:
        found = figures[name].make(run)
        sheets = found.sheets(standalone=True)
    except UNDRAWABLE as refusal:
        raise IllegalMove(f"This figure cannot be drawn: {refusal}.") from refusal
    page, title = request.GET.get("page", ""), f"{name}-run-{run.pk}"
    if page:
        numbered = {f"{number}": sheet for number, sheet in enumerate(sheets, 1)}
        if page not in numbered:
            raise Http404
        return sent(numbered[page], f"{title}-page-{page}", kind)
    if kind == "pdf":
        return _attached(files.as_pdf(sheets), title, kind)
    return sent(found.svg(standalone=True), title, kind)


@needs(Can.VIEW)
@require_GET
def run_script(request, review, pk, kind):
    """The run as an R script, a Python script or its data."""
    run = kept_run(review, pk)
    scripts = kinds.of(run.spec).scripts
    if kind not in scripts:
        raise Http404
    response = HttpResponse(scripts[kind].make(run), content_type=scripts[kind].media)
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.{kind}"'
    return response


def sent(svg, name, kind):
    """A drawing as an attachment of one of ``files.KINDS``."""
    return _attached(files.as_file(svg, kind), name, kind)


def file_links(page, *args, query="", formats=files.KINDS):
    """``(words, address)`` of each file of a drawing; ``page`` names the URL that sends it."""
    return [
        (kind.upper(), reverse(page, args=[*args, kind]) + (query and f"?{query}"))
        for kind in formats
    ]


def _attached(content, name, kind):
    response = HttpResponse(content, content_type=files.KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _pictured(review, run, name):
    """The figure for the page with its files, or why there is none."""
    shown = FIGURES[name].on_page(name, run, WIDE)
    return shown | {"files": list(_files(review, run, name, shown.get("pages", 1)))}


def _files(review, run, name, pages):
    """The links of a figure to its files; a long one also a page at a time."""
    for kind, here in file_links("run-figure", review.pk, run.pk, name):
        yield kind, here
        if pages > 1 and kind != "PDF":
            yield from ((f"{kind}, page {n}", f"{here}?page={n}") for n in range(1, pages + 1))
