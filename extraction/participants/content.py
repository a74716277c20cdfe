"""Approved participant rows as a snapshot keeps them; no name of a reviewer is among them."""

from .. import schema as forms
from .. import variables
from ..models import ParticipantRecord
from . import mapping, settling


def approved():
    """Approved records of participants, locked so that none is reopened while they are read."""
    found = ParticipantRecord.objects.filter(status=ParticipantRecord.Status.APPROVED)
    return (
        found.select_for_update(of=("self",))
        .select_related("version__form", "first", "second")
        .order_by("pk")
    )


def participants_content(record):
    """One study's rows: ``columns`` are keys of the form's fields, then of its variables, and a
    row's ``values`` has no key for a missing one. Variables are computed row by row."""
    schema = record.version.schema
    columns, derived = mapping.dictionary(schema), mapping.derived(schema)
    rows = [
        {"participant": key, "values": values | _derived(schema, derived, values)}
        for key, values in settling.standing_rows(record)
    ]
    tables = settling.tables_of(record)
    return {
        "id": record.pk,
        "form": record.form_id,
        "version": record.version.number,
        "way": record.first.way,
        "sources": list(dict.fromkeys(table.source for table in tables)),
        "simulated": any(table.simulated for table in tables),
        "columns": [*columns, *derived],
        "rows": rows,
    }


def _derived(schema, derived, values):
    labels = {key: field["label"] for key, field in forms.fields(schema).items()}
    found = dict(values)
    for key, definition in derived.items():
        value, _ = variables.evaluate(definition, found, labels)
        if value is not None:
            found[key] = value
    return {key: found[key] for key in derived if key in found}
