"""What the comparisons of a review hold now, in the shape of a snapshot, for one person's eyes.

A cell that is still open stands for one of its two readings: the one that the cell's lot puts
first (``viewing.turned``), or the other where that one was left empty. Nothing here is approved,
so nothing of it may be kept or shown to whoever may not see the readings.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Prefetch

from . import schema as forms
from . import snapshots, viewing
from .consensus import cells as standing
from .models import Record, RecordCell
from .projection import SEVERAL

EMPTY = ("empty", {})
# Merged arms that hold different values give none until somebody types one.
UNDECIDED = ("unclear", {})


@dataclass(frozen=True, slots=True)
class Seen:
    """A record whose readings a seat may see, and how it sees them; ``merged`` are the further
    readings of cells whose arms were merged, by cell id."""

    record: Record
    view: viewing.View
    merged: dict

    def readings(self, cell):
        """What the first and the second entry say of a cell, each as (state, value)."""
        field = forms.fields(self.record.version.schema)[cell.field]
        sides = standing.sides(cell, self.merged.get(cell.pk, ()))
        return tuple(_reading(standing.heard(field, None, said)) for said in sides)


def seen_by(review, seat):
    """The ``Seen`` of a review's standing studies, with their cells and units."""
    cells = RecordCell.objects.select_related("first__file", "second__file", "arm", "outcome")
    records = list(
        Record.objects.filter(study__in=review.studies.standing())
        .select_related("study", "form", "version__form")
        .prefetch_related("units", Prefetch("cells", cells.order_by("pk")))
        .order_by("study__label", "study", "pk")
    )
    views, merged = viewing.of_records(records, seat), defaultdict(list)
    rows = RecordCell.also.through.objects.filter(recordcell__record__study__review=review)
    for row in rows.select_related("cell").order_by("cell"):
        merged[row.recordcell_id].append(row.cell)
    return [Seen(one, views[one.pk], merged) for one in records if views[one.pk].content]


def content(seen):
    """The forms and studies of ``Seen`` records as ``snapshots.contents`` has them; every value
    stands as it does now, and open cells as the lot has it."""
    versions = {one.record.version_id: one.record.version for one in seen}
    studies = {}
    for one in seen:
        record = one.record
        study = studies.setdefault(
            record.study_id, {"id": record.study_id, "label": record.study.label, "records": []}
        )
        cells = [_cell(one, cell) for cell in record.cells.all()]
        study["records"].append(snapshots.laid_out(record, cells))
    return {
        "forms": [snapshots.form_content(versions[pk]) for pk in sorted(versions)],
        "studies": list(studies.values()),
    }


def changed(told, cell, reading):
    """A record as ``content`` tells it, with another reading in one cell and its variables
    computed again."""
    state, value = reading
    cells = [
        one | {"state": state, "value": value} if one["id"] == cell.pk else one
        for one in told["cells"]
    ]
    return snapshots.laid_out(cell.record, cells)


def _reading(voice):
    if voice.state == SEVERAL:
        return UNDECIDED
    return (voice.state, voice.value or {})


def _cell(seen, cell):
    state, value = (cell.state, cell.value)
    if cell.status != RecordCell.Status.CLOSED:
        drawn = seen.readings(cell)
        drawn = drawn[::-1] if viewing.turned(cell) else drawn
        state, value = drawn[0] if drawn[0] != EMPTY else drawn[1]
    return {
        "id": cell.pk,
        "field": cell.field,
        "arm": cell.arm_id,
        "outcome": cell.outcome_id,
        "state": state,
        "value": value,
    }
