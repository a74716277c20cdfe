"""Pages on which a lead builds extraction forms, and everybody reads them."""

import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review.access import Can, needs

from .. import checks, codebook, formbuilder
from .. import schema as schemas
from ..forms import CheckForm, FieldForm, FormForm, SectionForm
from ..formsteps import BadStep
from ..models import FormVersion

GET_OR_POST = require_http_methods(["GET", "POST"])
Status = FormVersion.Status


@needs(Can.VIEW)
@require_GET
def form_list(request, review):
    forms = review.extraction_forms.prefetch_related("versions")
    context = {"review": review, "forms": forms, "may_manage": request.seat.can(Can.MANAGE)}
    return render(request, "extraction/forms.html", context)


@needs(Can.MANAGE)
@GET_OR_POST
def create(request, review):
    form = FormForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        made = formbuilder.create(
            review=review, actor=request.user, name=data["name"], purpose=data["purpose"],
            scope=data["scope"], schema=data["starter"],
        )  # fmt: skip
        return redirect("extraction-form-draft", review.pk, made.versions.get().pk)
    context = {"review": review, "form": form, "heading": "New extraction form"}
    return render(request, "extraction/form_part.html", context, status=_status(form))


@needs(Can.VIEW)
@require_GET
def version(request, review, pk):
    version = get_object_or_404(_versions(review), pk=pk)
    context = {
        "review": review,
        "version": version,
        "sections": _sections(version.schema),
        "checks": _checks(version.schema),
        "versions": version.form.versions.all(),
        "may_manage": request.seat.can(Can.MANAGE),
        "has_draft": version.form.versions.filter(status=Status.DRAFT).exists(),
    }
    return render(request, "extraction/form_version.html", context)


@needs(Can.VIEW)
@require_GET
def manual(request, review, pk):
    """Every field with all that is said of it, to print and keep beside the papers."""
    version = get_object_or_404(_versions(review), pk=pk)
    context = {"review": review, "version": version, "sections": codebook.sections(version.schema)}
    context["derived"] = codebook.derived(version.schema)
    return render(request, "extraction/form_manual.html", context)


@needs(Can.MANAGE)
@require_GET
def draft(request, review, pk):
    return _draft_page(request, review, _draft(review, pk))


@needs(Can.MANAGE)
@require_POST
def new_version(request, review, pk):
    form = get_object_or_404(review.extraction_forms, pk=pk)
    made = formbuilder.new_version(form=form, actor=request.user)
    return redirect("extraction-form-draft", review.pk, made.pk)


@needs(Can.MANAGE)
@require_POST
def publish(request, review, pk):
    version = formbuilder.publish(
        version=get_object_or_404(_versions(review), pk=pk), actor=request.user
    )
    messages.info(request, f"{version} is published. New extractions use it.")
    return redirect("extraction-form-version", review.pk, version.pk)


@needs(Can.MANAGE)
@require_POST
def add_section(request, review, pk):
    version, form = _draft(review, pk), SectionForm(request.POST)
    if not form.is_valid():
        return _draft_page(request, review, version, section_form=form, status=422)
    return _step(request, review, version, "add_section", **form.cleaned_data)


@needs(Can.MANAGE)
@GET_OR_POST
def section(request, review, pk, section):
    version = _draft(review, pk)
    sections = version.schema.get("sections", [])
    if section >= len(sections):
        raise Http404
    form = SectionForm(request.POST or None, initial={"title": sections[section]["title"]})
    if form.is_valid():
        return _step(
            request, review, version, "rename_section", section=section, **form.cleaned_data
        )
    return _part(request, review, version, form, "Rename the section")


@needs(Can.MANAGE)
@require_POST
def move_section(request, review, pk, section):
    version = _draft(review, pk)
    return _step(request, review, version, "move_section", section=section, by=_by(request))


@needs(Can.MANAGE)
@require_POST
def remove_section(request, review, pk, section):
    return _step(request, review, _draft(review, pk), "remove_section", section=section)


@needs(Can.MANAGE)
@GET_OR_POST
def add_field(request, review, pk, section):
    version = _draft(review, pk)
    form = FieldForm(request.POST or None, sections=_titles(version), section=section)
    if form.is_valid():
        where = form.cleaned_data["section"]
        return _step(request, review, version, "add_field", section=where, field=form.field)
    return _part(request, review, version, form, "Add a field")


@needs(Can.MANAGE)
@GET_OR_POST
def change_field(request, review, pk, field):
    version = _draft(review, pk)
    home = _home(version, field)
    known = schemas.fields(version.schema)[field]
    form = FieldForm(request.POST or None, sections=_titles(version), field=known, section=home)
    if form.is_valid():
        where = form.cleaned_data["section"]
        return _step(
            request, review, version, "change_field", field_key=field, section=where,
            field=form.field,
        )  # fmt: skip
    return _part(request, review, version, form, f"Change “{known['label']}”")


@needs(Can.MANAGE)
@require_POST
def move_field(request, review, pk, field):
    return _step(
        request, review, _draft(review, pk), "move_field", field_key=field, by=_by(request)
    )


@needs(Can.MANAGE)
@require_POST
def remove_field(request, review, pk, field):
    return _step(request, review, _draft(review, pk), "remove_field", field_key=field)


@needs(Can.MANAGE)
@GET_OR_POST
def add_check(request, review, pk, rule):
    version = _draft(review, pk)
    if rule not in checks.RULES:
        raise Http404
    form = CheckForm(request.POST or None, rule=rule, asked=schemas.fields(version.schema))
    if form.is_valid():
        return _step(request, review, version, "add_check", check=form.check)
    return _part(request, review, version, form, f"Check that {checks.RULES[rule].says}")


@needs(Can.MANAGE)
@require_POST
def remove_check(request, review, pk, check):
    return _step(request, review, _draft(review, pk), "remove_check", check=check)


def _versions(review):
    return FormVersion.objects.filter(form__review=review).select_related("form")


def _draft(review, pk):
    return get_object_or_404(_versions(review), pk=pk, status=Status.DRAFT)


def _step(request, review, version, step, **what):
    """Take a step and come back to the draft; a step that cannot be taken is said there."""
    try:
        formbuilder.edit(
            version=version, actor=request.user, step=step, key=request.POST.get("key"), **what
        )
    except BadStep as problem:
        return _draft_page(request, review, version, refused=str(problem), status=422)
    return redirect("extraction-form-draft", review.pk, version.pk)


def _draft_page(request, review, version, *, status=200, refused="", section_form=None):
    context = {
        "review": review,
        "version": version,
        "sections": _sections(version.schema),
        "checks": _checks(version.schema),
        "rules": checks.RULES.items(),
        "problems": formbuilder.problems(version.schema),
        "refused": refused,
        "section_form": section_form or SectionForm(),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/form_draft.html", context, status=status)


def _part(request, review, version, form, heading):
    context = {"review": review, "version": version, "form": form, "heading": heading}
    return render(request, "extraction/form_part.html", context, status=_status(form))


def _titles(version):
    return [section["title"] for section in version.schema.get("sections", [])]


def _home(version, key):
    """The number of the section that holds a field, or 404."""
    for number, section in enumerate(version.schema.get("sections", [])):
        if any(field["key"] == key for field in section["fields"]):
            return number
    raise Http404


def _sections(schema):
    """Each section as (title, fields), each field with its description."""
    return [
        (section["title"], [(field, schemas.describe(field)) for field in section["fields"]])
        for section in schema.get("sections", [])
    ]


def _checks(schema):
    """Each declared check as (what it checks, the labels of its fields)."""
    asked = schemas.fields(schema)
    told = []
    for check in schema.get("checks", []):
        rule = checks.RULES[check["rule"]]
        named = [check[name] for name in rule.params]
        words = [word for name in named for word in (name if isinstance(name, list) else [name])]
        labels = [asked[word]["label"] if word in asked else str(word) for word in words]
        told.append((rule.says, ", ".join(labels)))
    return told


def _by(request):
    return -1 if request.POST.get("by") == "-1" else 1


def _status(form):
    return 422 if form.is_bound else 200
