"""Which handler computes which block of a case, and what is not offered yet."""

import re

from analysis.stats.errors import NotEstimable, NotPoolable

from . import (
    accuracy,
    counts,
    effects,
    models,
    moderators,
    multilevel,
    networks,
    patients,
    robustness,
    searched,
)
from .compare import Broke, NotOffered, Refused

MODULES = (
    accuracy, counts, effects, models, moderators, multilevel, networks, patients, robustness,
    searched,
)  # fmt: skip
HANDLERS = [
    (re.compile(f"(?:{pattern})$"), handler)
    for module in MODULES
    for pattern, handler in module.HANDLERS.items()
]


def computed(case, block, expected):
    """What the engine gives for a block: a nested mapping, `Refused` or `NotOffered`."""
    for pattern, handler in HANDLERS:
        match = pattern.match(block)
        if match:
            got = attempt(handler, case, expected, *match.groups())
            if got is not NotImplemented:
                return got
    return NotOffered(block)


def attempt(function, *arguments, **options):
    """The function's result, `Refused` with the engine's reason, or `Broke`.

    What breaks on one block of a case fails each of its quantities; the other blocks are judged.
    """
    try:
        return function(*arguments, **options)
    except (NotPoolable, NotEstimable) as refusal:
        return Refused(refusal)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as crash:
        return Broke(crash)
