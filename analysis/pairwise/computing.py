"""Rows of two groups, or of one, pooled by a plan's spec."""

from dataclasses import asdict

from ..errors import NotAnalysable
from ..stats.errors import NotEstimable, NotPoolable
from . import pooled, reading

SEVERAL = ("result", "place")


def compute(data, spec):
    """Return ``(inputs, results)`` of a spec on a snapshot's content; plain JSON both.

    Raises ``NotAnalysable`` when the studies that can enter do not make an analysis.
    """
    rows, excluded = reading.rows(data, spec)
    inputs = {
        "rows": [_plain(row) for row in rows],
        "excluded": [asdict(one) for one in excluded],
    }
    return inputs, pool(rows, excluded, spec)


def _plain(row):
    """A row as inputs keep it; what only plans of several results have is left out of others, so
    that their inputs stay what they were."""
    return {name: value for name, value in asdict(row).items() if value or name not in SEVERAL}


def pool(rows, excluded, spec):
    """The results of a spec on rows of ``reading``, plain JSON.

    Raises ``NotAnalysable`` when they do not make an analysis.
    """
    if len(rows) < 2:
        raise NotAnalysable(_too_few(rows, excluded))
    try:
        return pooled.pool(rows, spec)
    except (NotPoolable, NotEstimable) as refusal:
        raise NotAnalysable(f"These studies cannot be pooled: {refusal}.") from refusal


def _too_few(rows, excluded):
    told = "; ".join(f"{one.label}: {one.reason}" for one in excluded)
    can = f"only {rows[0].label} can enter" if rows else "no study can enter"
    return f"Pooling needs two studies or more, and {can}. {told}".strip()
