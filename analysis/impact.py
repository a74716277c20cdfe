"""What each open difference of the extractions would do to the pooled results it feeds.

Each difference is taken by itself: the plan is pooled twice, with reading A and with reading B,
on ``extraction.working`` and through ``runs.pool``, and everything else stays as it stands.
Nothing is kept; whoever may not see both readings gets no row here, and no value of such a
record is in the numbers.
"""

import math
from dataclasses import dataclass

import numpy as np

from extraction import working

from . import datasets, present, runs
from .figures import numbers
from .stats.scales import scale_of

SIDES = {-1: "below no effect", 0: "no difference shown", 1: "above no effect"}


@dataclass(frozen=True, slots=True)
class Pooled:
    """A plan's result as text, or ``why`` there is none; ``side`` is its conclusion, "" where
    the measure has no value of no effect."""

    k: int
    estimate: str = ""
    interval: str = ""
    tau2: str = ""
    side: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One plan with the two readings of one cell. ``turns`` when the conclusion or the number of
    studies that enter is not the same with both; ``visible`` when anything printed is not.
    ``apart`` is the distance of the two estimates as a reader sees it and ``words`` says it;
    ``share`` is the same in half-widths of the interval. None when one of them does not exist."""

    plan: object
    a: Pooled
    b: Pooled
    turns: bool
    visible: bool
    apart: float | None
    share: float | None
    words: str

    @property
    def known(self):
        """Whether at least one of the two could be pooled."""
        return not (self.a.why and self.b.why)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan as it stands, and the farthest that a single open difference can move it: ``words``
    is "" when none feeds it. ``unbounded`` counts those that make or unmake the result."""

    plan: object
    now: Pooled
    feeding: int
    farthest: str
    unbounded: int


def of(plans, records, pairs):
    """Return ``(moves, outlooks)``: for each open cell the list of its ``Move``, by cell id, and
    an ``Outlook`` a plan.

    records: those that may be seen, with cells and units. pairs: ``{cell: (A, B)}`` with the two
    readings of each open cell as (state, value).
    """
    data = working.content(records)
    moves, outlooks = {cell.pk: [] for cell in pairs}, []
    for plan in plans:
        bench = _Bench(plan, data)
        found = [(cell, move) for cell in pairs if (move := bench.move(cell, *pairs[cell]))]
        for cell, move in found:
            moves[cell.pk].append(move)
        outlooks.append(_outlook(plan, bench, [move for _, move in found]))
    return moves, outlooks


def weight(moves):
    """The sort key of a difference: what turns a conclusion first, then by how far it moves."""
    turns = any(move.turns for move in moves)
    unknown = any(not move.known for move in moves)
    return -turns, -unknown, -max((move.share or 0 for move in moves), default=-1.0)


def alike(spec, many):
    """Pooled results of one spec as ``(estimate, interval, tau2)`` texts of equal precision, that
    of the narrowest interval, so that two which read the same are the same to a reader."""
    printed = present.printer(spec["measure"])
    pooled = [results["random"] for results in many]
    widths = [abs(printed(one["ci_ub"]) - printed(one["ci_lb"])) for one in pooled]
    write = numbers.alike(min(widths))
    return [
        (
            write(printed(one["beta"])),
            f"{write(printed(one['ci_lb']))} to {write(printed(one['ci_ub']))}",
            numbers.significant(results["heterogeneity"]["tau2"]["est"]),
        )
        for one, results in zip(pooled, many, strict=True)
    ]


def distance(spec, first, second):
    """How far apart two pooled estimates lie: a difference on the printed scale, or for a ratio
    the factor between them (1 or more)."""
    ends = [results["random"]["beta"] for results in (first, second)]
    if scale_of(spec["measure"]).log_axis:
        return float(np.exp(abs(ends[0] - ends[1])))
    printed = present.printer(spec["measure"])
    return abs(printed(ends[0]) - printed(ends[1]))


def at_most(spec, apart):
    """A distance in words; rounded up, so that *not more than this* is true."""
    ratio = scale_of(spec["measure"]).log_axis
    beyond = apart - 1 if ratio else apart
    if beyond > 0:
        step = 10.0 ** (math.floor(math.log10(beyond)) - 1)
        beyond = math.ceil(beyond / step - 1e-9) * step
    if ratio:
        return f"a factor of {numbers.significant(1 + beyond, 4)}"
    unit = " percentage points" if spec["measure"] in present.PROPORTIONS else ""
    return f"{numbers.significant(beyond, 2)}{unit}"


class _Bench:
    """One plan on the data as they stand, with its rows kept by study, so that a change in one
    study reads that study again and no other."""

    def __init__(self, plan, data):
        self.plan, self.spec, self.forms = plan, plan.spec, data["forms"]
        self.studies = {study["id"]: study for study in data["studies"]}
        self.parts = {key: self._rows(study) for key, study in self.studies.items()}
        self.now = self._pool(self.parts)

    def move(self, cell, first, second):
        """The ``Move`` of one cell, or None where the two readings enter alike."""
        if cell.record.form_id != self.spec["form"]:
            return None
        study = self.studies[cell.record.study_id]
        parts = [self._rows(_with(study, cell, reading)) for reading in (first, second)]
        if _numbers(parts[0]) == _numbers(parts[1]):
            return None
        a, b = (self._pool(self.parts | {study["id"]: part}) for part in parts)
        return self._move(a, b)

    def _move(self, a, b):
        both = self.told(a, b)
        known = [results for results, _ in (a, b) if results]
        apart, share, words = None, None, ""
        if len(known) == 2:
            apart, share = distance(self.spec, *known), self._share(*known)
            words = at_most(self.spec, apart)
        one, other = both
        return Move(
            self.plan, *both,
            turns=bool(one.why) != bool(other.why) or (one.k, one.side) != (other.k, other.side),
            visible=(one.estimate, one.interval) != (other.estimate, other.interval),
            apart=apart, share=share, words=words,
        )  # fmt: skip

    def _share(self, a, b):
        now = (self.now[0] or a)["random"]
        return 2 * abs(a["random"]["beta"] - b["random"]["beta"]) / (now["ci_ub"] - now["ci_lb"])

    def told(self, *outcomes):
        """Results of this plan, each ``(results or None, rows)``, as ``Pooled``."""
        known = [results for results, _ in outcomes if results]
        texts = iter(alike(self.spec, known) if known else ())
        return [
            Pooled(len(rows), *next(texts), side=self._side(results))
            if results
            else Pooled(len(rows), why=why)
            for results, (rows, why) in outcomes
        ]

    def _side(self, results):
        null, pooled = scale_of(self.spec["measure"]).null, results["random"]
        if null is None:
            return ""
        return SIDES[int(pooled["ci_lb"] > null) - int(pooled["ci_ub"] < null)]

    def _rows(self, study):
        return datasets.rows({"forms": self.forms, "studies": [study]}, self.spec)

    def _pool(self, parts):
        """``(results or None, (rows, why not))`` of all studies together."""
        rows = [row for part, _ in parts.values() for row in part]
        excluded = [one for _, part in parts.values() for one in part]
        try:
            return runs.pool(rows, excluded, self.spec), (rows, "")
        except runs.NotAnalysable as refusal:
            return None, (rows, str(refusal))


def _with(study, cell, reading):
    """A study with another reading in one cell."""
    state, value = reading
    records = [
        record
        if record["id"] != cell.record_id
        else record
        | {
            "cells": [
                one | {"state": state, "value": value} if one["id"] == cell.pk else one
                for one in record["cells"]
            ]
        }
        for record in study["records"]
    ]
    return study | {"records": records}


def _numbers(part):
    """What of a study's rows reaches the engine."""
    return [row.values for row in part[0]]


def _outlook(plan, bench, moves):
    (now,) = bench.told(bench.now)
    bounded = [move for move in moves if move.apart is not None]
    farthest = max(bounded, key=lambda move: move.apart, default=None)
    words = farthest.words if farthest else ""
    return Outlook(plan, now, len(moves), words, len(moves) - len(bounded))
