"""Where the cells of a field are, and what they are called. Pure."""

import re

ARM, OUTCOME, COMPARISON = "arm", "outcome", "comparison"
PATH = re.compile(r"([a-z][a-z0-9_]*)\|([0-9]{0,18})\|([0-9]{0,18})")


def takes_arm(field):
    """Whether the field has a cell for each arm."""
    return field["level"] == "arm" or (field["level"] == "outcome" and bool(field.get("by_arm")))


def takes_outcome(field):
    """Whether the field has a cell for each outcome and time."""
    return field["level"] in ("outcome", "result")


def takes_comparison(field):
    """Whether the field has a cell for each comparison of two arms, in the place of the arm."""
    return field["level"] == "result"


def is_column(field):
    """Whether the field is a column of the participant table, which has no cells."""
    return field["level"] == "participant"


def unit_kinds(field):
    """The kinds of unit in the two places of the field's path: (arm, comparison or None,
    outcome or None)."""
    first = ARM if takes_arm(field) else COMPARISON if takes_comparison(field) else None
    return first, OUTCOME if takes_outcome(field) else None


def places(field, arms=(), outcomes=(), comparisons=()):
    """Return the ``(arm, outcome)`` of every cell of the field; None where it takes none.

    A field of a result has a comparison in the place of the arm; a column of the participant
    table has no cell at all.
    """
    if is_column(field):
        return []
    first, second = unit_kinds(field)
    columns = {ARM: arms, COMPARISON: comparisons, None: [None]}[first]
    return [(column, outcome) for outcome in (outcomes if second else [None]) for column in columns]


def by_kind(units):
    """Units (anything with a ``kind``) as ``places`` and all that lays out a form take them."""
    named = {"arms": ARM, "outcomes": OUTCOME, "comparisons": COMPARISON}
    return {name: [unit for unit in units if unit.kind == kind] for name, kind in named.items()}


def ids_by_kind(units):
    """The ids of units as ``places`` takes them."""
    return {name: [unit.pk for unit in some] for name, some in by_kind(units).items()}


def path(key, arm=None, outcome=None):
    """The name of a cell within its entry or record: ``field|arm|outcome``, units by id."""
    return f"{key}|{arm or ''}|{outcome or ''}"


def split_path(name):
    """The field, arm and outcome of a cell's name; raises ``ValueError`` for anything else."""
    found = PATH.fullmatch(name)
    if not found:
        raise ValueError(f"{name!r} names no cell")
    return found[1], int(found[2] or 0) or None, int(found[3] or 0) or None


def is_coarser(field, other):
    """Whether each cell of ``other`` belongs to exactly one cell of ``field``: it is asked as
    often, or once where the other is asked several times."""
    if is_column(field) or is_column(other):
        return is_column(other) and (is_column(field) or field["level"] == "study")
    pairs = zip(unit_kinds(field), unit_kinds(other), strict=True)
    return all(mine in (None, theirs) for mine, theirs in pairs)


def near(field, arm=None, outcome=None):
    """The path of the field's cell that belongs to a place at which a finer field is asked."""
    first, second = unit_kinds(field)
    return path(field["key"], arm if first else None, outcome if second else None)
