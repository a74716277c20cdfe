"""A strip under a printed figure: where an agreement and its interval lie between 0 and 1."""

import math
from dataclasses import dataclass

from .data_table import DataTable
from .numbers import fixed
from .svg import NotDrawable, circle, document, path, rect

_WIDTH, _HEIGHT = 200, 20
_EDGE = 6
_MIDDLE = _HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Strip:
    """``value`` with its limits, at most 1; None where undefined, and then ``reason`` says why."""

    label: str
    value: float | None = None
    ci_lb: float | None = None
    ci_ub: float | None = None
    reason: str = ""


def strip(found, *, width=_WIDTH, standalone=False):
    """The strip from 0 to 1, from −1 with a mark at 0 when something lies below it. An undefined
    value leaves the track empty and dashed, with the reason in the description."""
    _check(found)
    lo = -1 if min(_values(found), default=0) < 0 else 0

    def x(value):
        return _EDGE + (value - lo) / (1 - lo) * (width - 2 * _EDGE)

    return document(
        _track(found, x(lo), x(1)),
        path("f-axis", "M", x(0), _MIDDLE - 5, "v", 10) if lo else "",
        _range(found, x),
        circle("f-dot", x(found.value), _MIDDLE, 5) if found.value is not None else "",
        width=width,
        height=_HEIGHT,
        title=found.label,
        desc=_sentence(found),
        standalone=standalone,
    )


def table(found):
    """Value and limits, or the reason."""
    _check(found)
    if found.value is None:
        return DataTable(
            found.label, ("Measure", "Undefined because"), ((found.label, found.reason),)
        )
    header = ("Measure", "Value", "95% interval")
    return DataTable(found.label, header, ((found.label, fixed(found.value, 2), _interval(found)),))


def _check(found):
    if found.value is None and not found.reason:
        raise NotDrawable(f"'{found.label}' is undefined: say why")
    if (found.ci_lb is None) != (found.ci_ub is None):
        raise NotDrawable(f"'{found.label}' needs both limits or none")
    for value in _values(found):
        if not (math.isfinite(value) and -1 <= value <= 1):
            raise NotDrawable(f"'{found.label}': {value} does not lie between −1 and 1")
    if list(_values(found)) != sorted(_values(found)):
        raise NotDrawable(f"'{found.label}': the value lies outside its interval")


def _values(found):
    return [v for v in (found.ci_lb, found.value, found.ci_ub) if v is not None]


def _track(found, left, right):
    if found.value is None:
        return path("f-missing", "M", left, _MIDDLE, "H", right)
    return rect("f-track", left, _MIDDLE - 2, right - left, 4, rx=2)


def _range(found, x):
    if found.value is None or found.ci_lb is None:
        return ""
    left, right = x(found.ci_lb), x(found.ci_ub)
    return rect(
        "f-range", left, _MIDDLE - 4, max(right - left, 1), 8, rx=min(4, (right - left) / 2)
    )


def _interval(found):
    if found.ci_lb is None:
        return ""
    return f"{fixed(found.ci_lb, 2)} to {fixed(found.ci_ub, 2)}"


def _sentence(found):
    if found.value is None:
        return f"Undefined: {found.reason}."
    limits = f", 95% interval {_interval(found)}" if _interval(found) else ""
    return f"{fixed(found.value, 2)}{limits}."
