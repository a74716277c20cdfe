"""Pages between two versions of a form: what a new one touches, moving studies, what was kept."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from review.access import Can, needs

from .. import formbuilder, viewing
from ..designing.mapping import MappingForm, RenamedForm
from ..models import Entry, Record
from ..revisions import changes, moving, preview
from .drafts import draft_of

GET_OR_POST = require_http_methods(["GET", "POST"])


@needs(Can.MANAGE)
@GET_OR_POST
def publish(request, review, pk):
    """Publish a draft; from the second version on, after saying what becomes of old answers."""
    version, sent = draft_of(review, pk), request.method == "POST"
    before = version.form.published
    if before is None:
        return _publish(request, review, version, {}) if sent else _back(review, version)
    both = {"old": before.schema, "new": version.schema}
    renaming = RenamedForm(request.GET or None, **both)
    form = MappingForm(request.POST if sent else None, renamed=renaming.renamed, **both)
    if form.is_valid():
        return _publish(request, review, version, form.mapping)
    mapping = changes.proposed(before.schema, version.schema, renaming.renamed)
    context = {
        "review": review,
        "version": version,
        "changes": changes.compare(before.schema, version.schema, renaming.renamed),
        "problems": formbuilder.problems(version.schema),
        "renaming": renaming,
        "form": form,
        "touched": preview.touched(version.form, before.schema, version.schema, mapping),
    }
    status = 422 if form.is_bound or renaming.errors else 200
    return render(request, "extraction/form_publish.html", context, status=status)


@needs(Can.MANAGE)
@GET_OR_POST
def behind(request, review, pk):
    """Studies on an earlier version of a form; POST moves those that are named."""
    form = get_object_or_404(review.extraction_forms, pk=pk)
    studies = moving.behind(form) if form.published else review.studies.none()
    if request.method == "POST":
        chosen = studies.filter(pk__in=[k for k in request.POST.getlist("study") if k.isdigit()])
        moved = [moving.move(study=study, form=form, actor=request.user) for study in chosen]
        told = "study was" if len(moved) == 1 else "studies were"
        messages.info(request, f"{len(moved)} {told} moved to version {form.published.number}.")
        return redirect("extraction-form-behind", review.pk, form.pk)
    context = {"review": review, "form": form, "touched": _touched(form, studies)}
    return render(request, "extraction/form_behind.html", context)


@needs(Can.EXTRACT)
@require_GET
def entry_former(request, review, pk):
    """One's own answers that did not move to a later version."""
    entries = Entry.objects.filter(study__review=review, extractor=request.user)
    entry = get_object_or_404(entries.select_related("study"), pk=pk)
    return _former(request, review, entry, entry.former.all(), "entry")


@needs(Can.VIEW)
@require_GET
def record_former(request, review, pk):
    """What a record held before its form changed, for whoever may see what it holds."""
    records = Record.objects.filter(study__review=review).select_related("study__review")
    record = get_object_or_404(records, pk=pk)
    seen = viewing.of_record(record, request.seat).content
    approved = record.status == Record.Status.APPROVED
    rows = record.former.all() if seen or approved else record.former.none()
    return _former(request, review, record, rows, "record")


def _publish(request, review, version, mapping):
    version = formbuilder.publish(version=version, actor=request.user, mapping=mapping)
    messages.info(request, f"{version} is published. New extractions use it.")
    if moving.behind(version.form).exists():
        return redirect("extraction-form-behind", review.pk, version.form_id)
    return redirect("extraction-form-version", review.pk, version.pk)


def _back(review, version):
    return redirect("extraction-form-draft", review.pk, version.pk)


def _touched(form, studies):
    """What moving would touch, by the last step from the version before the newest."""
    newest = form.published
    before = form.versions.filter(number__lt=newest.number).first() if newest else None
    if before is None:
        return []
    return preview.touched(form, before.schema, newest.schema, newest.mapping, studies)


def _former(request, review, of, rows, up):
    context = {"review": review, "of": of, "rows": rows.select_related("version"), "up": up}
    return render(request, "extraction/former.html", context)
