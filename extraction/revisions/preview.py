"""What a new version of a form would touch, before anything is done: studies, fields, cells.

Of an entry that is not compared yet nothing is told but that it is there: how much of it is
filled is its extractor's own until then.
"""

from dataclasses import dataclass, field

from django.db.models import Prefetch

from .. import schema as forms
from ..models import Entry, Record
from .changes import becomes, carried


@dataclass(frozen=True, slots=True)
class Touched:
    """One study. ``cells`` are (label of a field, number of its cells or None while the study
    has no record); ``misfits`` names approved values that do not fit their new field."""

    study: object
    word: str
    approved: bool
    cells: list = field(default_factory=list)
    misfits: list = field(default_factory=list)


def touched(form, old, new, mapping, studies=None):
    """Return a ``Touched`` for each study with an entry of the form, or each of ``studies``."""
    if studies is None:
        entries = Entry.objects.filter(form=form)
        studies = form.review.studies.filter(pk__in=entries.values("study"))
    records = Record.objects.filter(form=form).prefetch_related("units", "cells")
    studies = studies.order_by("label", "pk").prefetch_related(Prefetch("records", records))
    return [_touched(study, old, new, mapping) for study in studies]


def _touched(study, old, new, mapping):
    after, before = forms.fields(new), forms.fields(old)
    again = [after[key] for key in mapping.get("again", []) if key in after]
    record = next(iter(study.records.all()), None)
    if record is None:
        return Touched(study, "being extracted", False, [(one["label"], None) for one in again])
    units = forms.by_kind(record.units.all())
    approved = record.status == Record.Status.APPROVED
    misfits = [
        f"{before[cell.field]['label']}: {forms.show(before[cell.field], cell.value)}"
        for cell in record.cells.all()
        if approved and cell.field in before and not _fits(cell, before, new, mapping)
    ]
    cells = [(one["label"], len(forms.places(one, **units))) for one in again]
    return Touched(study, record.get_status_display().lower(), approved, cells, misfits)


def _fits(cell, before, new, mapping):
    """Whether an approved value can go along; one of a removed field has nowhere to go to."""
    now = becomes(cell.field, new, mapping)
    if now is None or not cell.value:
        return True
    return carried(before[cell.field], now, mapping, cell.value) is not None
