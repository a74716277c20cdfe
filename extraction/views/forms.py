"""Pages on which a lead builds extraction forms, and everybody reads them."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review.access import Can, needs

from .. import codebook, formbuilder
from ..designing import exchange, workbook
from ..designing.forms import FormForm
from ..models import FormVersion
from ..revisions import moving
from .drafts import declared_checks, draft_of, draft_page, status_of, versions

GET_OR_POST = require_http_methods(["GET", "POST"])
Status = FormVersion.Status
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITERS = {"json": (exchange.to_json, "application/json"), "xlsx": (workbook.to_xlsx, XLSX)}


@needs(Can.VIEW)
@require_GET
def form_list(request, review):
    forms = review.extraction_forms.prefetch_related("versions")
    context = {"review": review, "forms": forms, "may_manage": request.seat.can(Can.MANAGE)}
    return render(request, "extraction/forms.html", context)


@needs(Can.MANAGE)
@GET_OR_POST
def create(request, review):
    form = FormForm(request.POST or None, request.FILES or None, user=request.user)
    if form.is_valid():
        data = form.cleaned_data
        made = formbuilder.create(
            review=review, actor=request.user, name=data["name"], purpose=data["purpose"],
            scope=data["scope"], schema=form.schema,
        )  # fmt: skip
        return redirect("extraction-form-draft", review.pk, made.versions.get().pk)
    context = {"review": review, "form": form, "heading": "New extraction form"}
    return render(request, "extraction/form_part.html", context, status=status_of(form))


@needs(Can.VIEW)
@require_GET
def version(request, review, pk):
    version = get_object_or_404(versions(review), pk=pk)
    context = {
        "review": review,
        "version": version,
        "sections": codebook.sections(version.schema),
        "derived": codebook.derived(version.schema),
        "checks": declared_checks(version.schema),
        "versions": version.form.versions.all(),
        "may_manage": request.seat.can(Can.MANAGE),
        "behind": moving.behind(version.form).count() if version == version.form.published else 0,
        "has_draft": version.form.versions.filter(status=Status.DRAFT).exists(),
    }
    return render(request, "extraction/form_version.html", context)


@needs(Can.VIEW)
@require_GET
def manual(request, review, pk):
    """Every field with all that is said of it, to print and keep beside the papers."""
    version = get_object_or_404(versions(review), pk=pk)
    context = {"review": review, "version": version, "sections": codebook.sections(version.schema)}
    context["derived"] = codebook.derived(version.schema)
    return render(request, "extraction/form_manual.html", context)


@needs(Can.VIEW)
@require_GET
def export(request, review, pk, kind):
    """A version as a file that can be imported again, here or elsewhere."""
    version = get_object_or_404(versions(review), pk=pk)
    if kind not in WRITERS:
        raise Http404
    write, content_type = WRITERS[kind]
    data = write(version.form.name, version.form.purpose, version.schema)
    response = HttpResponse(data, content_type=content_type)
    name = slugify(f"{version.form} v{version.number}")[:80] or "form"
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@needs(Can.MANAGE)
@require_GET
def draft(request, review, pk):
    return draft_page(request, review, draft_of(review, pk))


@needs(Can.MANAGE)
@require_POST
def new_version(request, review, pk):
    form = get_object_or_404(review.extraction_forms, pk=pk)
    made = formbuilder.new_version(form=form, actor=request.user)
    return redirect("extraction-form-draft", review.pk, made.pk)
