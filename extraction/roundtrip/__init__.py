"""An entry as a workbook: a template to fill away from the browser, and its way back.

``layout`` says what the workbook looks like, ``template`` writes it, ``filled`` reads it. What
comes back goes into the extractor's own draft through ``extract.save_cells``, all or nothing.
"""

import hashlib

from django.db import transaction

from review import ledger
from review.models import IllegalMove
from review.parsers import xlsx

from .. import desk, extract
from ..models import Entry
from . import filled, template
from .layout import facts

KIND = "template"


def blank(entry, target):
    """Write the template of an entry, with what it holds already, to a path or binary file."""
    template.write(target, _boxes(entry), facts(entry))


def preview(entry, data):
    """What a filled template would change: a ``filled.Filled``. Raises ``UnreadableFile`` for
    what is no workbook, and ``filled.WrongTemplate`` for one that is not of this entry."""
    return filled.read(xlsx.sheets(data), _boxes(entry), facts(entry))


def stamp(entry):
    """What tells whether a cell of the entry has changed since; opaque."""
    cells = sorted(f"{cell.path} {extract.stamp(cell)}" for cell in entry.cells.all())
    return hashlib.sha256("\n".join(cells).encode()).hexdigest()


@transaction.atomic
def take(*, entry, cells, seen, key=None):
    """Save the cells (arguments of ``extract.Typed``) of a preview, all or none; returns how many
    changed. ``seen`` is the ``stamp`` the preview was made on. Raises ``IllegalMove`` when the
    entry has changed since, and ``schema.BadValue``."""
    entry = Entry.objects.select_for_update(of=("self",)).select_related("study").get(pk=entry.pk)
    if ledger.already(review=entry.study.review, actor=entry.extractor, key=key):
        return 0
    if stamp(entry) != seen:
        raise IllegalMove(
            "Your entry has changed since you looked at this file. Upload the file again to see"
            " what it would change now."
        )
    held = {cell.path: cell for cell in entry.cells.select_related("file")}
    typed = [extract.Typed(**cell) for cell in cells]
    typed = [filled.with_witness(one, held.get(one.path)) for one in typed]
    return extract.save_cells(entry=entry, cells=typed, key=key)


def _boxes(entry):
    """The cells that can be filled now, by path, in the order of the form."""
    boxes = desk.lay_out(entry).boxes
    return {path: box for path, box in boxes.items() if not box.locked}
