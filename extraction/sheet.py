"""A form laid out as tables: one for each section, a column for each arm, a band for each outcome.
Pure."""

from dataclasses import dataclass

from . import schema as forms


@dataclass(frozen=True, slots=True)
class Row:
    """One field. ``cells`` holds one item over all columns, or one for each arm; it is empty
    while the arms that the field is asked for are not named yet."""

    field: dict
    cells: list
    span: int


@dataclass(frozen=True, slots=True)
class Band:
    """The rows of one outcome, or with ``outcome`` None those of the study and its arms."""

    outcome: object
    rows: list


@dataclass(frozen=True, slots=True)
class Table:
    """One section. ``arms`` are its columns: none when no field of it is asked for each arm.
    ``lacks_outcomes`` when it has fields of outcomes and none is named yet."""

    title: str
    arms: list
    bands: list
    lacks_outcomes: bool


def lay_out(schema, arms, outcomes, fill):
    """Return a ``Table`` for each section; ``fill(field, arm, outcome)`` makes each cell."""
    return [
        _table(section, arms, outcomes, fill)
        for section in schema.get("sections", [])
        if section["fields"]
    ]


def _table(section, arms, outcomes, fill):
    asked = section["fields"]
    by_arm = any(forms.takes_arm(field) for field in asked)
    by_outcome = any(forms.takes_outcome(field) for field in asked)
    columns = arms if by_arm else []
    once = [field for field in asked if not forms.takes_outcome(field)]
    each = [field for field in asked if forms.takes_outcome(field)]
    bands = [Band(None, _rows(once, columns, None, fill))] if once else []
    if each:
        bands += [Band(outcome, _rows(each, columns, outcome, fill)) for outcome in outcomes]
    return Table(
        title=section["title"],
        arms=columns,
        bands=bands,
        lacks_outcomes=by_outcome and not outcomes,
    )


def _rows(asked, columns, outcome, fill):
    rows = []
    for field in asked:
        if forms.takes_arm(field):
            rows.append(Row(field, [fill(field, arm, outcome) for arm in columns], 1))
        else:
            rows.append(Row(field, [fill(field, None, outcome)], max(1, len(columns))))
    return rows
