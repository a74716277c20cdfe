"""Extraction forms: drafts are changed step by step, published versions never change."""

import hashlib
import json
from copy import deepcopy
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from review import ledger
from review.models import IllegalMove, Review

from . import checks, formsteps, variables
from . import schema as forms
from .models import Form, FormVersion
from .revisions import changes

STARTERS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).with_name("starters").glob("*.json"))
}
STEPS = {
    step.__name__: step
    for step in (
        formsteps.add_section,
        formsteps.rename_section,
        formsteps.move_section,
        formsteps.remove_section,
        formsteps.add_field,
        formsteps.change_field,
        formsteps.move_field,
        formsteps.remove_field,
        formsteps.add_check,
        formsteps.remove_check,
        formsteps.add_variable,
        formsteps.change_variable,
        formsteps.remove_variable,
    )
}
Status = FormVersion.Status


def problems(schema):
    """Return what keeps a schema from being published, one sentence each."""
    return forms.validate_schema(schema) or checks.problems(schema) + variables.problems(schema)


@transaction.atomic
def create(*, review, actor, name, purpose="", scope=Form.Scope.EVERY, schema=None, key=None):
    """Make a form whose first version is a draft with ``schema``, or empty; returns the form.

    ``scope`` says which studies it is for.
    """
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.extraction_forms.filter(name=name).exists():
        raise IllegalMove(f"This review has a form called “{name}” already. Choose another name.")
    form = Form.objects.create(review=review, name=name, purpose=purpose, scope=scope)
    FormVersion.objects.create(form=form, number=1, schema=deepcopy(schema or {}), created_by=actor)
    _tell(form, actor, "form.create", key=key, name=name, scope=scope)
    return form


@transaction.atomic
def new_version(*, form, actor, key=None):
    """Begin the next version of a form as a copy of the published one; returns the draft."""
    form = Form.objects.select_for_update().get(pk=form.pk)
    if form.versions.filter(status=Status.DRAFT).exists():
        raise IllegalMove("This form has a draft already. Change that one, or publish it first.")
    latest = form.published
    draft = FormVersion.objects.create(
        form=form, number=latest.number + 1, schema=latest.schema, created_by=actor
    )
    _tell(form, actor, "form.new_version", key=key, number=draft.number)
    return draft


@transaction.atomic
def edit(*, version, actor, step, key=None, **what):
    """Take one of ``STEPS`` on a draft; returns the version.

    ``what`` are the step's own arguments. Raises ``IllegalMove`` for a published version and
    ``formsteps.BadStep`` when the draft does not allow the step.
    """
    version = _locked(version)
    review = version.form.review
    if ledger.already(review=review, actor=actor, key=key):
        return version
    if version.status != Status.DRAFT:
        raise IllegalMove("A published version never changes. Begin a new version of the form.")
    version.schema = STEPS[step](version.schema, **what)
    version.save(update_fields=["schema"])
    _tell(version.form, actor, "form.edit", key=key, number=version.number, step=step, **what)
    return version


@transaction.atomic
def publish(*, version, actor, mapping=None, key=None):
    """Make a draft the version that new extractions use; entries begun keep theirs until they
    are moved (``extraction.revisions.moving``).

    ``mapping`` says what becomes of the answers of the version before; without it every field
    whose meaning may have changed is read again.
    """
    version = _locked(version)
    if wrong := problems(version.schema):
        raise IllegalMove("The form cannot be published yet. " + " ".join(wrong))
    before = version.form.published
    if before:
        mapping = mapping or changes.proposed(before.schema, version.schema)
        if wrong := changes.problems(before.schema, version.schema, mapping):
            raise IllegalMove("The form cannot be published yet. " + " ".join(wrong))
        version.mapping = mapping
    version.move_to(Status.PUBLISHED)
    version.published_at = timezone.now()
    version.save(update_fields=["status", "published_at", "mapping"])
    schema = json.dumps(version.schema, sort_keys=True, separators=(",", ":"))
    sha256 = hashlib.sha256(schema.encode()).hexdigest()
    _tell(
        version.form, actor, "form.publish", key=key, number=version.number, sha256=sha256,
        mapping=version.mapping,
    )  # fmt: skip
    return version


def _locked(version):
    return (
        FormVersion.objects.select_for_update(of=("self",))
        .select_related("form__review")
        .get(pk=version.pk)
    )


def _tell(form, actor, action, *, key, **data):
    ledger.record(
        review=form.review, actor=actor, action=action, subject=f"form:{form.pk}", data=data,
        key=key,
    )  # fmt: skip
