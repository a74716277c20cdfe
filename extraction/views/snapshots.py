"""Pages of the frozen data."""

import json
import uuid
from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from review.access import Can, needs

from .. import changes, snapshots
from ..changes.whence import Whence
from ..forms import FreezeForm
from ..models import Record, RecordCell
from ..tables import SnapshotTable


@needs(Can.VIEW)
@require_GET
def snapshot_list(request, review):
    return _list_page(request, review, FreezeForm(initial={"key": uuid.uuid4().hex}))


@needs(Can.FREEZE)
@require_POST
def freeze(request, review):
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return _list_page(request, review, form, status=422)
    try:
        snapshot = snapshots.freeze(review=review, actor=request.user, **form.cleaned_data)
    except snapshots.Unchanged as refusal:
        snapshot = refusal.snapshot
        messages.info(request, str(refusal))
    return redirect("snapshot", review.pk, snapshot.pk)


@needs(Can.VIEW)
@require_GET
def snapshot(request, review, pk):
    snapshot = get_object_or_404(review.snapshots.select_related("frozen_by"), pk=pk)
    content = json.loads(snapshot.content)
    context = {
        "review": review,
        "snapshot": snapshot,
        "names": not request.seat.nameless,
        "forms": content["forms"],
        "studies": [_told(study) for study in content["studies"]],
        "kilobytes": len(snapshot.content) // 1024 + 1,
        "before": _before(review, snapshot),
    }
    return render(request, "extraction/snapshot.html", context)


@needs(Can.VIEW)
@require_GET
def compared(request, review, pk):
    """What changed since the snapshot before, or since the one whose number is asked for."""
    snapshot = get_object_or_404(review.snapshots.all(), pk=pk)
    asked = request.GET.get("since", "")
    if asked.isdecimal() and len(asked) < 10:
        old = get_object_or_404(review.snapshots.filter(number__lt=snapshot.number), number=asked)
    else:
        old = _before(review, snapshot)
    context = {
        "review": review,
        "snapshot": snapshot,
        "old": old,
        "earlier": review.snapshots.filter(number__lt=snapshot.number).defer("content"),
        "studies": _changed(old, snapshot, request.seat) if old else [],
        "cells": _cells(review),
    }
    return render(request, "extraction/snapshot_changes.html", context)


@needs(Can.EXPORT)
@require_GET
def download(request, review, pk):
    """The bytes that were hashed, and nothing else."""
    snapshot = get_object_or_404(review.snapshots.all(), pk=pk)
    response = HttpResponse(snapshot.content.encode(), content_type="application/json")
    name = f"snapshot-{snapshot.number}-{snapshot.sha256[:12]}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _list_page(request, review, form, *, status=200):
    table = SnapshotTable(
        review.snapshots.defer("content").select_related("frozen_by"),
        exclude=("frozen_by",) if request.seat.nameless else (),
    )
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    approved = Record.objects.filter(study__review=review, status=Record.Status.APPROVED)
    context = {
        "review": review,
        "table": table,
        "form": form,
        "may_freeze": request.seat.can(Can.FREEZE),
        "approved": approved.filter(study__in=review.studies.standing()).count(),
    }
    return render(request, "extraction/snapshots.html", context, status=status)


def _cells(review):
    """Ids of the cells that still stand: a record may have lost some since."""
    cells = RecordCell.objects.filter(record__study__review=review)
    return set(cells.values_list("pk", flat=True))


def _before(review, snapshot):
    return review.snapshots.filter(number__lt=snapshot.number).first()


def _changed(old, new, seat):
    """The changes by study, each change with what the ledger says of it."""
    whence = Whence(old, new, seat)
    return [
        {
            "study": study,
            "changes": [(change, whence.of(change)) for change in study.changes],
            "said": whence.of_study(study.changes),
        }
        for study in changes.between(json.loads(old.content), json.loads(new.content))
    ]


def _told(study):
    """One study of a snapshot as a line of its page."""
    cells = [cell for record in study["records"] for cell in record["cells"]]
    states = Counter(cell["state"] for cell in cells)
    return {
        "label": study["label"],
        "references": study["references"],
        "in_flow": study["in_flow"],
        "values": states["value"],
        "silent": states["not_reported"] + states["unclear"],
        "warnings": sum(len(cell["warnings"]) for cell in cells),
        "appraisals": len(study["appraisals"]),
    }
