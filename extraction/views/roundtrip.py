"""One's own entry as a workbook: download the template, upload it filled, look, save."""

import io
import uuid

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review import files
from review.access import Can, needs
from review.models import IllegalMove
from review.parsers import UnreadableFile

from .. import roundtrip, schema
from ..models import Entry
from ..roundtrip.filled import WrongTemplate
from ..roundtrip.forms import FilledForm

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "a filled template"
AN_HOUR = 3600
GET_OR_POST = require_http_methods(["GET", "POST"])


@needs(Can.EXTRACT)
@require_GET
def download(request, review, pk):
    entry, target = _draft(request, review, pk), io.BytesIO()
    roundtrip.blank(entry, target)
    response = HttpResponse(target.getvalue(), content_type=XLSX)
    name = slugify(f"{entry.study} {entry.form} v{entry.version.number}")[:80] or "entry"
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@needs(Can.EXTRACT)
@GET_OR_POST
def upload(request, review, pk):
    """Look at what a filled template would change; nothing is saved yet."""
    entry = _draft(request, review, pk)
    form = FilledForm(request.POST or None, request.FILES or None)
    found = None
    if form.is_valid():
        try:
            data = files.contents(form.cleaned_data["upload"], roundtrip.KIND)
            found = roundtrip.preview(entry, data)
        except (files.RefusedFile, UnreadableFile, WrongTemplate) as refusal:
            form.add_error("upload", str(refusal))
    context = {"review": review, "entry": entry, "form": form, "found": found}
    if found and found.changes and not found.refused:
        context |= {"key": uuid.uuid4().hex, "sealed": _sealed(entry, found)}
    bad = form.errors or (found and found.refused)
    return render(request, "extraction/entry_upload.html", context, status=422 if bad else 200)


@needs(Can.EXTRACT)
@require_POST
def accept(request, review, pk):
    """Save what was looked at, all of it or nothing."""
    entry = _draft(request, review, pk)
    try:
        looked_at = signing.loads(request.POST.get("sealed", ""), salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        looked_at = {}
    if looked_at.get("entry") != entry.pk:
        raise IllegalMove("It is too long ago that you looked at this file. Upload it again.")
    try:
        changed = roundtrip.take(
            entry=entry, cells=looked_at["cells"], seen=looked_at["seen"],
            key=request.POST.get("key", "")[:64],
        )  # fmt: skip
    except schema.BadValue as problem:
        raise IllegalMove(f"{problem} Upload the file again.") from None
    messages.info(request, f"{changed} cells were saved from the workbook.")
    return redirect("entry", review.pk, entry.pk)


def _draft(request, review, pk):
    entries = Entry.objects.filter(study__review=review, extractor=request.user)
    entry = get_object_or_404(entries.select_related("study__review", "form", "version"), pk=pk)
    if entry.status != Entry.Status.DRAFT:
        raise IllegalMove("You have submitted this entry. Withdraw the submission to change it.")
    return entry


def _sealed(entry, found):
    """What the next request may save, signed, so that it is what was looked at."""
    cells = [change.typed for change in found.changes]
    held = {"entry": entry.pk, "seen": roundtrip.stamp(entry), "cells": cells}
    return signing.dumps(held, salt=SALT, compress=True)
