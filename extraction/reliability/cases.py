"""The cases of a review that one person may be told of."""

from .. import schema as forms
from .. import working
from ..consensus import differing
from ..models import Opinion, Record
from . import case


def of(review, seat):
    """``(cases, studies, approved)``: the ``Case`` of every cell that two people could read, in
    the records whose readings ``seat`` may see, and how many records those are."""
    ruled = set(
        Opinion.objects.filter(
            cell__record__study__review=review, role=Opinion.Role.ARBITER
        ).values_list("cell", flat=True)
    )
    seen = [one for one in working.seen_by(review, seat) if len(one.view.entries) > 1]
    approved = sum(one.record.status == Record.Status.APPROVED for one in seen)
    return [case for one in seen for case in _cases(one, ruled)], len(seen), approved


def _cases(seen, ruled):
    """Names stay with the cases only where the seat may see them. Merged arms are typed anew,
    which says nothing of who was right."""
    record, asked = seen.record, forms.fields(seen.record.version.schema)
    people = tuple(entry.extractor for entry in seen.view.entries[:2])
    if not seen.view.names:
        people = (None, None)
    approved = record.status == Record.Status.APPROVED
    cells = [cell for cell in record.cells.all() if cell.first or cell.second]
    found = differing.among(record, list(record.cells.all()), cells, seen.merged)
    for cell in cells:
        settled = approved and not seen.merged.get(cell.pk)
        yield case(
            form=record.form.name,
            field=asked[cell.field],
            people=people,
            readings=tuple(one and (one.state, one.value) for one in (cell.first, cell.second)),
            found=found[cell.pk],
            stands=(cell.state, cell.value) if settled else None,
            ruled=cell.pk in ruled,
        )
