"""What the pages that build a form share: the draft, one step on it, and how it is shown."""

import uuid

from django.shortcuts import get_object_or_404, redirect, render

from .. import checks, codebook, formbuilder, variables
from .. import schema as schemas
from ..designing.forms import SectionForm
from ..formsteps import BadStep
from ..models import FormVersion

Status = FormVersion.Status


def versions(review):
    """All versions of the forms of a review."""
    return FormVersion.objects.filter(form__review=review).select_related("form")


def draft_of(review, pk):
    """A draft of the review, or 404."""
    return get_object_or_404(versions(review), pk=pk, status=Status.DRAFT)


def step(request, review, version, step, **what):
    """Take a step and come back to the draft; a step that cannot be taken is said there."""
    try:
        formbuilder.edit(
            version=version, actor=request.user, step=step, key=request.POST.get("key"), **what
        )
    except BadStep as problem:
        return draft_page(request, review, version, refused=str(problem), status=422)
    return redirect("extraction-form-draft", review.pk, version.pk)


def draft_page(request, review, version, *, status=200, refused="", section_form=None):
    """The draft as it stands, with what a step was refused for."""
    context = {
        "review": review,
        "version": version,
        "sections": codebook.sections(version.schema),
        "checks": declared_checks(version.schema),
        "rules": checks.RULES.items(),
        "derived": codebook.derived(version.schema),
        "variables": variables.KINDS.items(),
        "problems": formbuilder.problems(version.schema),
        "refused": refused,
        "section_form": section_form or SectionForm(),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/form_draft.html", context, status=status)


def part(request, review, version, form, heading):
    """The page of one step that needs a form."""
    context = {"review": review, "version": version, "form": form, "heading": heading}
    return render(request, "extraction/form_part.html", context, status=status_of(form))


def declared_checks(schema):
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


def status_of(form):
    """The status of a page with a form: 422 when it was sent and refused."""
    return 422 if form.is_bound else 200
