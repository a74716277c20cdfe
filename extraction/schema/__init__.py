"""What an extraction form may ask, and how an answer is read, shown and compared. Pure.

A schema is plain JSON: ``{"sections": [{"title", "fields": [field, ...]}], "checks": [...],
"derived": [...]}``. A field is ``{"key", "label", "kind", "level"}`` and, where they apply,
``by_arm``, ``unit``, ``min``, ``max``, ``soft_min``, ``soft_max``, ``decimals``, ``options``
(``{"code", "label"}``), ``terms`` and ``open`` (of a vocabulary: an open one takes other terms
too), ``columns`` (of a table: ``{"key", "label"}``), ``required``, ``required_when``,
``shown_when`` (``extraction.schema.conditions``), ``evidence``, ``help`` and ``manual``. ``min``
and ``max`` refuse a value; the soft limits only warn (``extraction.checks``). Numbers of values
and of limits are decimal strings.

A field of level ``result`` has a cell for each outcome and comparison of two arms: the
comparison stands in the place of the arm. One of level ``participant`` is a column of the
participant table and has no cells. ``derived`` are variables computed from fields
(``extraction.variables``).

The value of a cell by kind; ``printed`` always keeps the text that was typed:
text, vocabulary ``{"text"}``; integer, decimal, percent ``{"number"}``; choice ``{"code"}``;
multichoice ``{"codes"}``; date ``{"date": "YYYY-MM-DD"}``; mean_sd ``{"mean", "sd"}``, sd or
None; events ``{"events", "total"}``, total or None; estimate ``{"estimate", "low", "high",
"level", "se"}``, se on the scale of the analysis, limits and se or None; table
``{"rows": [[text, ...], ...]}``, a text for each column.

What a paper printed in another form keeps that beside the derived numbers
(``extraction.derive``), which are None while they wait for the number of patients: that of the
field named by ``n``. ``scale`` of an estimate is ``plain`` or ``log``.
"""

from .conditions import CONDITIONS, condition_problems, in_words, is_required, is_shown
from .kinds import (
    CHOICES,
    KEY,
    KINDS,
    LEVELS,
    LIMITS,
    NUMERIC,
    PLAIN_NUMBER,
    SCALES,
    SUMMARIES,
    TEXTS,
    VALUE,
    describe,
    fields,
    unit,
)
from .places import (
    by_kind,
    ids_by_kind,
    is_coarser,
    is_column,
    near,
    path,
    places,
    split_path,
    takes_arm,
    takes_comparison,
    takes_outcome,
    unit_kinds,
)
from .problems import field_problems, validate_schema
from .sizes import is_part, is_size, size_field
from .values import LONGEST_TEXT, BadValue, identity, read, same, show

__all__ = [
    "CHOICES",
    "CONDITIONS",
    "KEY",
    "KINDS",
    "LEVELS",
    "LIMITS",
    "LONGEST_TEXT",
    "NUMERIC",
    "PLAIN_NUMBER",
    "SCALES",
    "SUMMARIES",
    "TEXTS",
    "VALUE",
    "BadValue",
    "by_kind",
    "condition_problems",
    "describe",
    "field_problems",
    "fields",
    "identity",
    "ids_by_kind",
    "in_words",
    "is_coarser",
    "is_column",
    "is_part",
    "is_required",
    "is_shown",
    "is_size",
    "near",
    "path",
    "places",
    "read",
    "same",
    "show",
    "size_field",
    "split_path",
    "takes_arm",
    "takes_comparison",
    "takes_outcome",
    "unit",
    "unit_kinds",
    "validate_schema",
]
