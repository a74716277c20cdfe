"""Rows of any spreadsheet -> records: which row names the columns, and which field each feeds."""

import json
import re

from . import people, values
from .records import UnreadableFile
from .synonyms import SYNONYMS

HEADER_ROWS = 10  # banners of some databases stand above the column names
MAX_COLUMNS = 1000

_FIELD_OF = {
    name: (field, rank)
    for field, names in SYNONYMS.items()
    for rank, name in enumerate(names.split())
}
_ANCHORS = {"title", "abstract", "doi", "pmid"}
# What a spreadsheet program may take for a formula, perhaps behind quotes or spaces.
FORMULA = re.compile(r"['\s]*[=+\-@＝＋－＠\t\r\n]")


class Header:
    """The row of column names: where it is and which columns feed each field."""

    def __init__(self, index, cells):
        self.index = index
        self.names = _unique(cells)
        ranked = {}
        for column, cell in enumerate(cells):
            if known := _FIELD_OF.get(_key(cell)):
                field, rank = known
                ranked.setdefault(field, []).append((rank, column))
        self.columns = {
            field: [column for _, column in sorted(found)] for field, found in ranked.items()
        }
        keys = [_key(cell) for cell in cells if cell.strip()]
        self.repeated = sorted({cell.strip() for cell in cells if keys.count(_key(cell)) > 1})

    @property
    def score(self):
        """How many fields it names; 0 when it names nothing to recognise a paper by."""
        return len(self.columns) if _ANCHORS & self.columns.keys() else 0


def find_header(rows: list[list[str]]) -> Header | None:
    """The best row of column names among the first rows that are not empty."""
    filled = [index for index, row in enumerate(rows) if any(map(str.strip, row))]
    headers = [Header(index, rows[index][: MAX_COLUMNS + 1]) for index in filled[:HEADER_ROWS]]
    best = max(headers, key=lambda header: header.score, default=None)
    if best is None or not best.score:
        return None
    # A lone word "Title" names a column only at the very top.
    if len(best.names) == 1 and best.index != filled[0]:
        return None
    if len(best.names) > MAX_COLUMNS:
        raise UnreadableFile(
            f"Row {best.index + 1} has more than {MAX_COLUMNS} columns, which no list of "
            "references has. Upload the export itself, not a pivoted or transposed sheet."
        )
    return best


def add_row(collector, header, line, cells, notes=()):
    """Read one row into the collector; ``line`` is where it starts."""
    if len(cells) > MAX_COLUMNS:
        collector.reject(
            line,
            f"Line {line}: {len(cells):,} cells where the column names are "
            f"{len(header.names)}; the row was left out. Check its quotation marks.",
        )
        return
    cells = [unguard(cell) for cell in cells]
    notes = [*notes, *_width_notes(header, line, cells)]
    collector.add(line, _raw(header, cells), _draft(header, cells), notes)


def warn_repeated(collector, header, line):
    if header.repeated:
        collector.warn(
            line,
            f"Line {line}: more than one column is named "
            f"{', '.join(header.repeated)}; the first that is filled was read.",
        )


def unguard(cell: str) -> str:
    """Take off the one quote that an export puts before text that looks like a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _key(cell):
    return re.sub(r"[^a-z0-9]", "", cell.lower())


def _unique(cells):
    names = []
    for place, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {place}"
        names.append(name if name not in names else f"{name} (column {place})")
    return names


def _width_notes(header, line, cells):
    width = len(header.names)
    if len(cells) < width:
        yield line, f"Line {line}: {len(cells)} cells for {width} columns; the rest is empty."
    elif any(map(str.strip, cells[width:])):
        yield (
            line,
            f"Line {line}: {len(cells)} cells for {width} columns; those beyond the last column "
            "are kept in the raw record only.",
        )


def _raw(header, cells):
    extra = [f"column {place}" for place in range(len(header.names) + 1, len(cells) + 1)]
    return json.dumps(dict(zip([*header.names, *extra], cells, strict=False)), ensure_ascii=False)


def _draft(header, cells):
    draft = {
        field: [cells[column] for column in columns if column < len(cells)]
        for field, columns in header.columns.items()
    }
    for field in ("authors", "editors"):
        draft[field] = next(filter(None, map(people.split, draft.get(field, ()))), ())
    draft["keywords"] = [
        word for text in draft.get("keywords", ()) for word in values.keywords(text)
    ]
    draft["hints"] = [line for text in draft.get("hints", ()) for line in text.split("\n")]
    return draft
