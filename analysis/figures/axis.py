"""An axis under a plot: which part of the numbers it shows, and ticks that people would choose."""

import enum
import math
import statistics
from dataclasses import dataclass

from .metrics import text_width
from .numbers import shortest
from .svg import NotDrawable

TICK_SIZE = 12
_TICK_GAP = 10
_MAX_TICKS = 9
OVERHANG = 18  # px that a label may stand out at either end of an axis


class Scale(enum.Enum):
    LINEAR = "linear"
    LOG = "log"  # ratios, given as ratios, placed by their logarithm
    PERCENT = "percent"  # given in per cent


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values of ``scale`` between ``lo`` and ``hi`` onto the px from ``left`` to ``right``."""

    scale: Scale
    lo: float
    hi: float
    left: float
    right: float
    ticks: tuple[float, ...]

    def x(self, value):
        """Where ``value`` stands, in px; outside the axis when the value is."""
        lo, hi, at = (_place(self.scale, number) for number in (self.lo, self.hi, value))
        return self.left + (at - lo) / (hi - lo) * (self.right - self.left)

    def holds(self, value):
        """Whether ``value`` lies on the axis."""
        return self.lo <= value <= self.hi

    def label(self, tick):
        return f"{shortest(tick)}%" if self.scale is Scale.PERCENT else shortest(tick)


def make_axis(scale, intervals, keep, left, right, limits=None):
    """An axis for ``intervals`` (lower, estimate, upper), between two px.

    Every estimate and every value of ``keep`` is on it. A limit is too, unless its interval is so
    much longer than the others that it would squeeze them; ``limits`` (lo, hi) overrules this.
    Raises ``NotDrawable`` when there is nothing to show or a ratio is not positive.
    """
    values = [*keep, *(limits or ()), *(value for interval in intervals for value in interval)]
    if not values:
        raise NotDrawable("there is no estimate to draw an axis for")
    if scale is Scale.LOG and min(values) <= 0:
        raise NotDrawable("a ratio of zero or less has no place on a logarithmic axis")
    if limits and not limits[0] < limits[1]:
        raise NotDrawable("the lower end of the axis must be below the upper end")
    lo, hi = limits or _limits(scale, intervals, keep)
    if not lo < hi:
        raise NotDrawable(f"the values around {lo:g} lie too close together for an axis")
    return Axis(scale, lo, hi, left, right, _ticks(scale, lo, hi, right - left))


def round_ticks(scale, lo, hi, room=300):
    """Ticks that people would choose between two values of a scale, for an axis of ``room`` px."""
    return _ticks(scale, lo, hi, room)


def _limits(scale, intervals, keep):
    placed = [[_place(scale, value) for value in interval] for interval in intervals]
    core = [estimate for _, estimate, _ in placed] + [_place(scale, value) for value in keep]
    ends = [*core, *(end for interval in placed for end in interval)]
    widths = [upper - lower for lower, _, upper in placed] or [0]
    room = max(0.6 * (max(core) - min(core)), 2 * statistics.median(widths))
    lo = max(min(ends), min(core) - room)
    hi = min(max(ends), max(core) + room)
    if hi - lo <= 1e-9 * max(abs(hi), abs(lo)):
        lo, hi = lo - max(abs(lo) / 2, 0.5), hi + max(abs(hi) / 2, 0.5)
    if scale is Scale.PERCENT and lo >= 0 and hi <= 100 and hi - lo > 40:
        return 0.0, 100.0
    pad = 0.04 * (hi - lo)
    if scale is Scale.LOG:
        return math.exp(lo - pad), math.exp(hi + pad)
    if scale is Scale.PERCENT:
        return (lo if lo == 0 else lo - pad), (hi if hi == 100 else hi + pad)
    return lo - pad, hi + pad


def _place(scale, value):
    return math.log(value) if scale is Scale.LOG else value


def _ticks(scale, lo, hi, room):
    """The densest candidate whose labels keep apart; of one that is too dense, both ends."""
    probe = Axis(scale, lo, hi, 0, room, ())
    make = _log_candidates if scale is Scale.LOG else _linear_candidates
    shown = [[t for t in ticks if _stands_in(probe, t)] for ticks in make(lo, hi)]
    ends = [[ticks[0], ticks[-1]] for ticks in reversed(shown) if len(ticks) > 1]
    for ticks in [*shown, *ends]:
        if 2 <= len(ticks) <= _MAX_TICKS and _labels_fit(probe, ticks):
            return tuple(ticks)
    return ()


def _half(axis, tick):
    return text_width(axis.label(tick), TICK_SIZE) / 2


def _stands_in(axis, tick):
    x, half = axis.x(tick), _half(axis, tick)
    return axis.left - OVERHANG <= x - half and x + half <= axis.right + OVERHANG


def _labels_fit(axis, ticks):
    end = -math.inf
    for tick in ticks:
        x, half = axis.x(tick), _half(axis, tick)
        if x - half < end:
            return False
        end = x + half + _TICK_GAP
    return True


def _linear_candidates(lo, hi):
    """Multiples of 1, 2 or 5 times a power of ten, the densest first."""
    power = math.floor(math.log10(hi - lo)) - 1
    for exponent in range(power, power + 3):
        for factor in (1, 2, 5):
            yield _multiples(factor, exponent, lo, hi)


def _multiples(factor, exponent, lo, hi):
    step = factor * 10.0**exponent
    if math.ceil(hi / step) - math.floor(lo / step) > 10 * _MAX_TICKS:
        return []
    multiples = range(math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9) + 1)
    return [round(n * step, max(0, -exponent)) for n in multiples]


def _log_candidates(lo, hi):
    """1, 2, 5 a decade, then fewer; on a short axis multiples of a round step with 1 among them."""
    if hi / lo < 4:
        yield from _linear_above_zero(lo, hi)
    first, last = math.floor(math.log10(lo)), math.ceil(math.log10(hi))
    usual = _decades(range(first, last + 1), (1, 2, 5), lo, hi)
    if len(usual) < 4:
        yield _decades(range(first, last + 1), (1, 1.5, 2, 3, 5, 7), lo, hi)
    yield usual
    for mantissas in ((1, 3), (1,)):
        yield _decades(range(first, last + 1), mantissas, lo, hi)
    for stride in (2, 3, 5, 10, 20, 50, 100):
        start = math.ceil(first / stride) * stride
        yield _decades(range(start, last + 1, stride), (1,), lo, hi)
    yield from _linear_above_zero(lo, hi)


def _linear_above_zero(lo, hi):
    return ([tick for tick in ticks if tick > 0] for ticks in _linear_candidates(lo, hi))


def _decades(exponents, mantissas, lo, hi):
    ticks = [float(f"{m}e{exponent}") for exponent in exponents for m in mantissas]
    return [tick for tick in ticks if lo * (1 - 1e-9) <= tick <= hi * (1 + 1e-9)]
