"""What the rules of ``extraction.checks`` say of an entry or a record, and what was confirmed."""

from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from . import checks
from . import schema as forms
from .evidence import quotes
from .models import RecordCell


@dataclass(frozen=True, slots=True)
class Doubt:
    """One warning at one cell; ``confirmed`` once an extractor said that it is printed so."""

    rule: str
    text: str
    reference: str
    confirmed: bool


def of_entry(entry, cells=None):
    """Return ``{path: [Doubt, ...]}`` for the cells of one entry, or for ``cells`` read already."""
    cells = list(entry.cells.all()) if cells is None else cells
    confirmed = {cell.path: set(cell.confirmed) for cell in cells}
    return _doubts(entry.version.schema, cells, entry.units.all(), confirmed)


def of_record(record):
    """Return ``{path: [Doubt, ...]}`` for the closed cells of a record; what either of the two
    extractors confirmed counts."""
    cells = Prefetch("cells", RecordCell.objects.with_readings())
    prefetch_related_objects([record], cells, "units")
    cells = [cell for cell in record.cells.all() if cell.status == cell.Status.CLOSED]
    confirmed = {
        cell.path: {text for side in (cell.first, cell.second) if side for text in side.confirmed}
        for cell in cells
    }
    return _doubts(record.version.schema, cells, record.units.all(), confirmed)


def _doubts(schema, cells, units, confirmed):
    found = checks.run(
        schema,
        {cell.path: (cell.state, cell.value) for cell in cells},
        **forms.ids_by_kind(units),
    )
    asked = forms.fields(schema)
    for cell in cells:
        if words := quotes.doubt(asked[cell.field], cell.value, cell.quote):
            found.append(checks.Finding(cell.path, quotes.RULE, words))
    said = {}
    for finding in found:
        doubt = Doubt(
            finding.rule,
            finding.text,
            finding.reference,
            finding.text in confirmed.get(finding.path, ()),
        )
        said.setdefault(finding.path, []).append(doubt)
    return said
