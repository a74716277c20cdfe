"""A form laid out as tables: one for each section, a column for each arm, a band for each outcome;
results of two arms make a table of their own, with a column for each comparison. Pure."""

from dataclasses import dataclass

from . import schema as forms


@dataclass(frozen=True, slots=True)
class Row:
    """One field. ``cells`` holds one item over all columns, or one for each; it is empty while
    the arms or comparisons that the field is asked for are not named yet."""

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
    """One section. ``arms`` are its columns, or the comparisons: none when no field of it is
    asked for each. ``lacks_outcomes`` when it has fields of outcomes and none is named yet."""

    title: str
    arms: list
    bands: list
    lacks_outcomes: bool


def lay_out(schema, units, fill):
    """Return a ``Table`` for each section, and one for its results of two arms; columns of the
    participant table are in none.

    units: as ``extraction.schema.by_kind`` gives them. ``fill(field, arm, outcome)`` makes each
    cell; ``arm`` is a comparison for a result.
    """
    tables = []
    for section in schema.get("sections", []):
        asked = [field for field in section["fields"] if not forms.is_column(field)]
        plain = [field for field in asked if not forms.takes_comparison(field)]
        of_two = [field for field in asked if forms.takes_comparison(field)]
        title, outcomes = section["title"], units["outcomes"]
        if plain:
            tables.append(_table(title, plain, units["arms"], outcomes, fill))
        if of_two:
            title = f"{title}: comparisons" if plain else title
            tables.append(_table(title, of_two, units["comparisons"], outcomes, fill))
    return tables


def _table(title, asked, columns, outcomes, fill):
    by_outcome = any(forms.takes_outcome(field) for field in asked)
    columns = columns if any(forms.unit_kinds(field)[0] for field in asked) else []
    once = [field for field in asked if not forms.takes_outcome(field)]
    each = [field for field in asked if forms.takes_outcome(field)]
    bands = [Band(None, _rows(once, columns, None, fill))] if once else []
    if each:
        bands += [Band(outcome, _rows(each, columns, outcome, fill)) for outcome in outcomes]
    return Table(
        title=title,
        arms=columns,
        bands=bands,
        lacks_outcomes=by_outcome and not outcomes,
    )


def _rows(asked, columns, outcome, fill):
    rows = []
    for field in asked:
        if forms.unit_kinds(field)[0]:
            rows.append(Row(field, [fill(field, arm, outcome) for arm in columns], 1))
        else:
            rows.append(Row(field, [fill(field, None, outcome)], max(1, len(columns))))
    return rows
