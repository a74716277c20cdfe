"""Variables that a form derives from its fields, each with its formula in words. Pure.

A definition is ``{"key", "label", "kind", "level"}``, ``by_arm`` where its fields have it, and

- recode: ``field``, ``map`` (``[{"from": [codes or texts], "to": text}]``), ``otherwise``?
- bands: ``field``, ``bands`` (``[{"from": number or "", "label"}]``), ``to``? A band holds its
  own lower limit and ends below the next higher one, so that bands neither overlap nor leave a
  gap; the one without a limit takes all that is lower; ``to`` is the highest value there is.
- threshold: ``field``, ``op`` (one of ``OPS``), ``than``, ``yes``, ``no``.
- difference: ``of`` (two keys), the first minus the second; of two dates, in days.
- percent_of: ``of`` (two keys), 100 x the first / the second.

Numbers are decimal strings. A source may be a field, or a variable defined before this one.
Values have the shape that ``extraction.schema`` gives them: a recode, bands or threshold gives
``{"text"}``, a difference or percentage ``{"number"}``.
"""

from .cells import content, lines, of_cells
from .evaluating import NUMBERS, OPS, evaluate, sources
from .problems import KINDS, TAKES, as_field, asked, defined, everything, placed, problems
from .words import formula, show

__all__ = [
    "KINDS",
    "NUMBERS",
    "OPS",
    "TAKES",
    "as_field",
    "asked",
    "content",
    "defined",
    "evaluate",
    "everything",
    "formula",
    "lines",
    "of_cells",
    "placed",
    "problems",
    "show",
    "sources",
]
