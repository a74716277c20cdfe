"""What a paper printed -> the numbers an analysis needs, with formula, source and limits. Pure.

``FORMATS`` lists the forms in which a value can be printed, by kind of field and code. A value
typed in one of them keeps ``as`` (the code), ``parts`` (the numbers as printed), ``with`` (what
was taken from other cells), ``how`` (``formula``, ``source``, ``limits``, or ``waits``: what is
missing), and the normal keys of its kind filled with the derived numbers, None while it waits.
"""

from .formats import (
    FORMATS,
    MIDDLE,
    PLAIN,
    PLAIN_EXAMPLES,
    RATIOS_ONLY,
    Format,
    for_field,
    of,
)
from .numbers import Derived, Printed, Waits, exact
from .reading import EMPTY, fill, read, short, show

__all__ = [
    "EMPTY", "FORMATS", "MIDDLE", "PLAIN", "PLAIN_EXAMPLES", "RATIOS_ONLY", "Derived", "Format",
    "Printed", "Waits", "exact", "fill", "for_field", "of", "read", "short", "show",
]  # fmt: skip
