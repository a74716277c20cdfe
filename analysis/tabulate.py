"""A record of a snapshot's content -> rows of cells: one a study, or one a unit it has.

Pure. What a printed table, a spreadsheet and a witness page call a row is decided here.
"""

from dataclasses import dataclass

from extraction import schema, variables


@dataclass(frozen=True, slots=True)
class Row:
    """``outcome`` and ``arm`` are units of the content, or None where the record has none of
    the kind. ``cells`` stand in the order of the form, None where the cell is empty; a cell of
    the whole study stands in every row of it, ``first`` marks the first."""

    outcome: dict | None
    arm: dict | None
    cells: tuple[dict | None, ...]
    first: bool

    @property
    def unit(self):
        """The units of the row in words, "" for a row of the whole study."""
        return ": ".join(named(unit) for unit in (self.outcome, self.arm) if unit)


def records(form, studies):
    """``(study, record)`` for every record made with this version of a form."""
    for study in studies:
        for record in study["records"]:
            if (record["form"], record["version"]) == (form["id"], form["version"]):
                yield study, record


def asked(form):
    """``{key: field}`` of a form's fields that have cells, and of its computed variables; columns
    of participants have none."""
    fields = variables.asked(form["schema"])
    return {key: field for key, field in fields.items() if not schema.is_column(field)}


def rows(record, form):
    """The rows of one record of ``form``, both as a snapshot's content has them."""
    fields = asked(form)
    cells = [*record["cells"], *record.get("derived", [])]
    held = {(cell["field"], cell["arm"], cell["outcome"]): cell for cell in cells}
    outcomes = _units(record, "outcome", any(map(schema.takes_outcome, fields.values())))
    arms = _units(record, "arm", any(map(schema.takes_arm, fields.values())))
    return [
        Row(outcome, arm, _cells(fields, held, outcome, arm), first=not (i or j))
        for i, outcome in enumerate(outcomes)
        for j, arm in enumerate(arms)
    ]


def named(unit):
    """A unit as a reader would call it."""
    return f"{unit['label']}, {unit['detail']}" if unit["detail"] else unit["label"]


def heading(field):
    """A field as the head of a column, with its unit."""
    unit = field.get("unit")
    return f"{field['label']} ({unit})" if unit else field["label"]


def _units(record, kind, asked):
    return [unit for unit in record["units"] if asked and unit["kind"] == kind] or [None]


def _cells(fields, held, outcome, arm):
    return tuple(
        held.get(
            (
                key,
                arm["id"] if arm and schema.takes_arm(field) else None,
                outcome["id"] if outcome and schema.takes_outcome(field) else None,
            )
        )
        for key, field in fields.items()
    )
