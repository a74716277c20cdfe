"""What the comparisons of a review hold now, in the shape of a snapshot, for one person's eyes.

A cell that is still open stands for one of its two readings: the one that the cell's lot puts
first (``viewing.turned``), or the other where that one was left empty. Nothing here is approved,
so nothing of it may be kept or shown to whoever may not see the readings.
"""

from dataclasses import dataclass

from django.db.models import Prefetch

from . import snapshots, viewing
from .models import Record, RecordCell

EMPTY = ("empty", {})


@dataclass(frozen=True, slots=True)
class Seen:
    """A record whose readings a seat may see, and how it sees them."""

    record: Record
    view: viewing.View


def seen_by(review, seat):
    """The ``Seen`` of a review's standing studies, with their cells, opinions and units."""
    cells = RecordCell.objects.select_related("first__file", "second__file", "arm", "outcome")
    records = list(
        Record.objects.filter(study__in=review.studies.standing())
        .select_related("study", "form", "version__form")
        .prefetch_related("units", Prefetch("cells", cells.order_by("pk")))
        .order_by("study__label", "study", "pk")
    )
    views = viewing.of_records(records, seat)
    return [Seen(one, views[one.pk]) for one in records if views[one.pk].content]


def content(records):
    """The forms and studies of records as ``snapshots.contents`` has them; every value stands
    as it does now, and open cells as the lot has it."""
    versions = {record.version_id: record.version for record in records}
    studies = {}
    for record in records:
        study = studies.setdefault(
            record.study_id, {"id": record.study_id, "label": record.study.label, "records": []}
        )
        cells = [_cell(cell) for cell in record.cells.all()]
        study["records"].append(snapshots.laid_out(record, cells))
    return {
        "forms": [snapshots.form_content(versions[pk]) for pk in sorted(versions)],
        "studies": list(studies.values()),
    }


def reading(said):
    """What a cell of an entry says, as (state, value); None is a cell that was left empty."""
    return (said.state, said.value) if said else EMPTY


def _cell(cell):
    state, value = (cell.state, cell.value)
    if cell.status != RecordCell.Status.CLOSED:
        drawn = [cell.second, cell.first] if viewing.turned(cell) else [cell.first, cell.second]
        state, value = reading(drawn[0] or drawn[1])
    return {
        "id": cell.pk,
        "field": cell.field,
        "arm": cell.arm_id,
        "outcome": cell.outcome_id,
        "state": state,
        "value": value,
    }
