"""Entries against their form, their units and their number."""

from collections import Counter

from extraction import progress
from extraction import schema as forms
from extraction.models import CellState, Entry

CHUNK = 200


def problems(review):
    """Every cell is one that the form and the units of its entry have, holding a value that
    its field would still accept; a submitted entry is complete; nobody is one too many."""
    entries = (
        Entry.objects.filter(study__review=review)
        .select_related("study", "version")
        .prefetch_related("units", "cells")
    )
    found = [sentence for entry in entries.iterator(CHUNK) for sentence in _entry(entry)]
    crowd = Counter(entries.values_list("study_id", "form_id"))
    found += [
        f"study {study}: {count} entries with form {form}"
        for (study, form), count in crowd.items()
        if count > 2
    ]
    return found


def _entry(entry):
    name = f"entry {entry.pk}"
    if entry.version.form_id != entry.form_id:
        yield f"{name}: its version belongs to another form"
    submitted = entry.status == Entry.Status.SUBMITTED
    if submitted != bool(entry.submitted_at):
        yield f"{name}: status {entry.status} does not fit its time of submission"
    if submitted and (left := progress.missing(entry)):
        yield f"{name}: submitted, although {left[0][1]}"
    units = {unit.pk: unit.kind for unit in entry.units.all()}
    asked = forms.fields(entry.version.schema)
    for cell in entry.cells.all():
        if problem := _cell(cell, asked.get(cell.field), units):
            yield f"{name}: cell {cell.path} {problem}"


def _cell(cell, field, units):
    """What is wrong with one cell, or None."""
    if field is None:
        return "has a field that the form does not have"
    if cell.path != forms.path(cell.field, cell.arm_id, cell.outcome_id):
        return "does not lie where its path says"
    if (units.get(cell.arm_id), units.get(cell.outcome_id)) != forms.unit_kinds(field):
        return "belongs to units that its entry does not have"
    if cell.state == CellState.VALUE:
        try:
            if not forms.same(field, forms.read(field, cell.value), cell.value):
                return "does not read back as the value it holds"
        except (forms.BadValue, KeyError) as refusal:
            return f"holds what its field refuses: {refusal}"
    return None
