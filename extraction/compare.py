"""Two extractions side by side: which units belong together, where the readings differ. Pure."""

import enum
import unicodedata
from collections import defaultdict, deque

from . import schema as forms

IGNORED = frozenset(" \t\n.,;:-‐‑–—_()[]/'’\"")


class Difference(enum.StrEnum):
    """SAME: both mean the same. MISSING: only one gives a value. DIFFERS: anything else."""

    SAME = "same"
    MISSING = "missing"
    DIFFERS = "differs"


def align(first, second):
    """Pair the units of two entries; return ``[(unit or None, unit or None)]``.

    Units (``kind``, ``label``, ``detail``; in the order of their entry) of one kind are paired
    when label and detail are the same after normalising, then when the label alone is, then by
    their order. What is left over stands alone. Every unit appears once.
    """
    pairs = []
    for kind in sorted({unit.kind for unit in [*first, *second]}):
        left = [unit for unit in first if unit.kind == kind]
        right = [unit for unit in second if unit.kind == kind]
        mate = {}
        for name in (_full_name, _label, lambda unit: ""):
            _pair(left, right, mate, name)
        taken = set(mate.values())
        pairs += [(unit, right[mate[i]] if i in mate else None) for i, unit in enumerate(left)]
        pairs += [(None, unit) for i, unit in enumerate(right) if i not in taken]
    return pairs


def difference(field, first, second):
    """Type the difference of two readings, each ``(state, value)``, or None for an empty cell."""
    left, right = first or ("empty", {}), second or ("empty", {})
    if forms.identity(field, *left) == forms.identity(field, *right):
        return Difference.SAME
    given = [state == forms.VALUE for state, _ in (left, right)]
    return Difference.DIFFERS if all(given) or not any(given) else Difference.MISSING


def _pair(left, right, mate, name):
    """Pair what is still alone and has the same name, in order; ``mate`` maps left to right."""
    taken, free = set(mate.values()), defaultdict(deque)
    for j, unit in enumerate(right):
        if j not in taken:
            free[name(unit)].append(j)
    for i, unit in enumerate(left):
        if i not in mate and (candidates := free[name(unit)]):
            mate[i] = candidates.popleft()


def _label(unit):
    return _plain(unit.label)


def _full_name(unit):
    return _plain(unit.label), _plain(unit.detail)


def _plain(text):
    """Without case, accents, spaces and light punctuation; signs such as + and < stay."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if not unicodedata.combining(c) and c not in IGNORED)
