"""Pages of step 2: one proposed pair at a time, side by side."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from .. import dedup
from ..access import Can, needs
from ..models import DuplicatePair
from ..tables import DecidedPairTable

Status = DuplicatePair.Status
COMPARED = {
    "title": "Title",
    "authors": "Authors",
    "year": "Year",
    "journal": "Journal",
    "volume": "Volume",
    "pages": "Pages",
    "doi": "DOI",
    "pmid": "PMID",
    "abstract": "Abstract",
}


@needs(Can.IMPORT)
@require_GET
def duplicates(request, review):
    pairs = review.duplicate_pairs.select_related(
        "first__batch__search", "second__batch__search", "decided_by"
    )
    waiting = pairs.waiting()
    table = DecidedPairTable(pairs.exclude(status=Status.PROPOSED).order_by("-decided_at", "-pk"))
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    pair = waiting.first()
    context = {
        "review": review,
        "pair": pair,
        "rows": _side_by_side(pair) if pair else [],
        "waiting": waiting.count(),
        "certain": waiting.filter(score=1).count(),
        "table": table,
        "compared": review.events.filter(action="duplicates.propose").last(),
    }
    return render(request, "review/duplicates.html", context)


@needs(Can.IMPORT)
@require_POST
def look(request, review):
    job = dedup.look_for_duplicates(review=review, actor=request.user)
    return redirect("job", review.pk, job.pk)


@needs(Can.IMPORT)
@require_POST
def merge(request, review, pk):
    dedup.merge(pair=get_object_or_404(review.duplicate_pairs, pk=pk), actor=request.user)
    return redirect("duplicates", review.pk)


@needs(Can.IMPORT)
@require_POST
def keep_apart(request, review, pk):
    dedup.keep_apart(pair=get_object_or_404(review.duplicate_pairs, pk=pk), actor=request.user)
    return redirect("duplicates", review.pk)


@needs(Can.IMPORT)
@require_POST
def undo(request, review, pk):
    dedup.undo(pair=get_object_or_404(review.duplicate_pairs, pk=pk), actor=request.user)
    return redirect("duplicates", review.pk)


@needs(Can.IMPORT)
@require_POST
def merge_certain(request, review):
    dedup.merge_certain(review=review, actor=request.user)
    return redirect("duplicates", review.pk)


def _side_by_side(pair):
    """Pairs of values field by field: ``(label, first, second, equal)``."""
    rows = []
    for name, label in COMPARED.items():
        first, second = (_text(getattr(side, name)) for side in (pair.first, pair.second))
        if first or second:
            rows.append((label, first, second, first.casefold() == second.casefold()))
    return rows


def _text(value):
    return "; ".join(value) if isinstance(value, list) else str(value or "")
