"""Steps of building a draft: its sections, its fields, its checks and its computed variables."""

from django.http import Http404
from django.views.decorators.http import require_http_methods, require_POST

from review.access import Can, needs

from .. import checks, variables
from .. import schema as schemas
from ..designing.forms import CheckForm, FieldForm, SectionForm
from ..designing.variables import VariableForm
from .drafts import draft_of, draft_page, part, step

GET_OR_POST = require_http_methods(["GET", "POST"])


@needs(Can.MANAGE)
@require_POST
def add_section(request, review, pk):
    version, form = draft_of(review, pk), SectionForm(request.POST)
    if not form.is_valid():
        return draft_page(request, review, version, section_form=form, status=422)
    return step(request, review, version, "add_section", **form.cleaned_data)


@needs(Can.MANAGE)
@GET_OR_POST
def section(request, review, pk, section):
    version = draft_of(review, pk)
    sections = version.schema.get("sections", [])
    if section >= len(sections):
        raise Http404
    form = SectionForm(request.POST or None, initial={"title": sections[section]["title"]})
    if form.is_valid():
        return step(
            request, review, version, "rename_section", section=section, **form.cleaned_data
        )
    return part(request, review, version, form, "Rename the section")


@needs(Can.MANAGE)
@require_POST
def move_section(request, review, pk, section):
    version = draft_of(review, pk)
    return step(request, review, version, "move_section", section=section, by=moved_by(request))


@needs(Can.MANAGE)
@require_POST
def remove_section(request, review, pk, section):
    return step(request, review, draft_of(review, pk), "remove_section", section=section)


@needs(Can.MANAGE)
@GET_OR_POST
def add_field(request, review, pk, section):
    version = draft_of(review, pk)
    form = FieldForm(request.POST or None, draft=version.schema, section=section)
    if form.is_valid():
        where = form.cleaned_data["section"]
        return step(request, review, version, "add_field", section=where, field=form.field)
    return part(request, review, version, form, "Add a field")


@needs(Can.MANAGE)
@GET_OR_POST
def change_field(request, review, pk, field):
    version = draft_of(review, pk)
    home = home_of(version, field)
    known = schemas.fields(version.schema)[field]
    form = FieldForm(request.POST or None, draft=version.schema, field=known, section=home)
    if form.is_valid():
        where = form.cleaned_data["section"]
        return step(
            request, review, version, "change_field", field_key=field, section=where,
            field=form.field,
        )  # fmt: skip
    return part(request, review, version, form, f"Change “{known['label']}”")


@needs(Can.MANAGE)
@require_POST
def move_field(request, review, pk, field):
    return step(
        request, review, draft_of(review, pk), "move_field", field_key=field, by=moved_by(request)
    )


@needs(Can.MANAGE)
@require_POST
def remove_field(request, review, pk, field):
    return step(request, review, draft_of(review, pk), "remove_field", field_key=field)


@needs(Can.MANAGE)
@GET_OR_POST
def add_check(request, review, pk, rule):
    version = draft_of(review, pk)
    if rule not in checks.RULES:
        raise Http404
    form = CheckForm(request.POST or None, rule=rule, asked=schemas.fields(version.schema))
    if form.is_valid():
        return step(request, review, version, "add_check", check=form.check)
    return part(request, review, version, form, f"Check that {checks.RULES[rule].says}")


@needs(Can.MANAGE)
@require_POST
def remove_check(request, review, pk, check):
    return step(request, review, draft_of(review, pk), "remove_check", check=check)


@needs(Can.MANAGE)
@GET_OR_POST
def add_variable(request, review, pk, kind):
    version = draft_of(review, pk)
    if kind not in variables.KINDS:
        raise Http404
    form = VariableForm(request.POST or None, kind=kind, draft=version.schema)
    if form.is_valid():
        return step(request, review, version, "add_variable", variable=form.variable)
    return part(request, review, version, form, variables.KINDS[kind])


@needs(Can.MANAGE)
@GET_OR_POST
def change_variable(request, review, pk, variable):
    version = draft_of(review, pk)
    known = variables.defined(version.schema).get(variable)
    if known is None:
        raise Http404
    form = VariableForm(request.POST or None, kind=known["kind"], draft=version.schema, known=known)
    if form.is_valid():
        return step(
            request, review, version, "change_variable", variable_key=variable,
            variable=form.variable,
        )  # fmt: skip
    return part(request, review, version, form, f"Change “{known['label']}”")


@needs(Can.MANAGE)
@require_POST
def remove_variable(request, review, pk, variable):
    version = draft_of(review, pk)
    return step(request, review, version, "remove_variable", variable_key=variable)


def home_of(version, key):
    """The number of the section that holds a field, or 404."""
    for number, section in enumerate(version.schema.get("sections", [])):
        if any(field["key"] == key for field in section["fields"]):
            return number
    raise Http404


def moved_by(request):
    return -1 if request.POST.get("by") == "-1" else 1
