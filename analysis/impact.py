"""What each open difference of the extractions would do to the pooled results it feeds.

Each difference is taken by itself: the plan is pooled twice, with reading A and with reading B,
on ``extraction.working`` and through ``pairwise.computing.pool``, and everything else stays as it
stands. Nothing is kept; whoever may not see both readings gets no row here, and no value of such a
record is in the numbers.
"""

import math
from dataclasses import dataclass

import numpy as np

from extraction import working

from .errors import NotAnalysable
from .figures import numbers
from .pairwise import computing, pooled, pooling_models, reading
from .pairwise.printing import alike
from .printing import PROPORTIONS, printer
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
    ``apart`` and ``limit`` say how far the two estimates, and the limits of their intervals, lie
    from each other as a reader sees them; ``share`` is the larger one in half-widths of the
    interval. All are None when one of the two results does not exist."""

    plan: object
    a: Pooled
    b: Pooled
    turns: bool
    visible: bool
    apart: "Distance | None"
    limit: "Distance | None"
    share: float | None

    @property
    def known(self):
        """Whether at least one of the two could be pooled."""
        return not (self.a.why and self.b.why)


@dataclass(frozen=True, slots=True)
class Distance:
    """A difference on the printed scale, or for a ratio the factor between two (1 or more);
    ``words`` are rounded up, so that *not more than this* is true."""

    number: float
    words: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan as it stands, and the farthest that a single open difference can move its estimate
    and a limit of its interval: None when none feeds it. ``turning`` counts those that turn the
    conclusion or the studies that enter, ``unbounded`` those without a result to move."""

    plan: object
    now: Pooled
    feeding: int
    apart: Distance | None
    limit: Distance | None
    turning: int
    unbounded: int


def of(plans, data, pairs):
    """Return ``(moves, outlooks)``: for each open cell the list of its ``Move``, by cell id, and
    an ``Outlook`` a plan.

    data: the ``extraction.working.content`` of the records that may be seen. pairs: ``{cell: (A,
    B)}`` with the two readings of each open cell as (state, value).
    """
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


def distance(spec, first, second):
    """The ``Distance`` of two values on the scale of analysis."""
    if scale_of(spec["measure"]).log_axis:
        number = float(np.exp(abs(first - second)))
        return Distance(number, f"a factor of {numbers.significant(1 + _up(number - 1), 4)}")
    printed = printer(spec["measure"])
    number = abs(printed(first) - printed(second))
    unit = " percentage points" if spec["measure"] in PROPORTIONS else ""
    return Distance(number, f"{numbers.significant(_up(number), 2)}{unit}")


def _up(number):
    """Rounded up to two significant digits."""
    if number <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(number)) - 1)
    return math.ceil(number / step - 1e-9) * step


class _Bench:
    """One plan on the data as they stand, with its rows kept by study, so that a change in one
    study reads that study again and no other."""

    def __init__(self, plan, data):
        self.plan, self.forms = plan, data["forms"]
        self.spec = pooling_models.quick(plan.spec)
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
        one, other = self.told(a, b)
        known = [pooled.main(results) for results, _ in (a, b) if results]
        apart, limit, share = self._distances(*known) if len(known) == 2 else (None, None, None)
        return Move(
            self.plan, one, other, apart=apart, limit=limit, share=share,
            turns=bool(one.why) != bool(other.why) or (one.k, one.side) != (other.k, other.side),
            visible=(one.estimate, one.interval) != (other.estimate, other.interval),
        )  # fmt: skip

    def _distances(self, a, b):
        """How far estimates and limits lie apart, and the larger in half-widths as it stands."""
        gaps = [(a[end], b[end]) for end in ("beta", "ci_lb", "ci_ub")]
        apart, *limits = (distance(self.spec, *pair) for pair in gaps)
        now = pooled.main(self.now[0]) if self.now[0] else a
        largest = max(abs(first - second) for first, second in gaps)
        share = 2 * largest / (now["ci_ub"] - now["ci_lb"])
        return apart, max(limits, key=_number), share

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
        null, found = scale_of(self.spec["measure"]).null, pooled.main(results)
        if null is None:
            return ""
        return SIDES[int(found["ci_lb"] > null) - int(found["ci_ub"] < null)]

    def _rows(self, study):
        return reading.rows({"forms": self.forms, "studies": [study]}, self.spec)

    def _pool(self, parts):
        """``(results or None, (rows, why not))`` of all studies together."""
        rows = [row for part, _ in parts.values() for row in part]
        excluded = [one for _, part in parts.values() for one in part]
        try:
            return computing.pool(rows, excluded, self.spec), (rows, "")
        except NotAnalysable as refusal:
            return None, (rows, str(refusal))


def _with(study, cell, reading):
    """A study with another reading in one cell."""
    records = [
        working.changed(record, cell, reading) if record["id"] == cell.record_id else record
        for record in study["records"]
    ]
    return study | {"records": records}


def _numbers(part):
    """What of a study's rows reaches the engine."""
    return [row.values for row in part[0]]


def _number(distance):
    return distance.number


def _outlook(plan, bench, moves):
    (now,) = bench.told(bench.now)
    bounded = [move for move in moves if move.apart]
    return Outlook(
        plan,
        now,
        feeding=len(moves),
        apart=max((move.apart for move in bounded), key=_number, default=None),
        limit=max((move.limit for move in bounded), key=_number, default=None),
        turning=sum(move.turns for move in moves),
        unbounded=len(moves) - len(bounded),
    )
