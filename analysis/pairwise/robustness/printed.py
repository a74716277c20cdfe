"""How the effects of a run stand on the axis of a figure."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ...figures import plane
from ...stats.scales import scale_of

_FAR = 200.0  # on the scale of analysis


@dataclass(frozen=True, slots=True)
class Printed:
    """Ratios as ratios on a logarithmic axis, all others on the scale of analysis."""

    label: str
    scale: plane.Scale
    back: Callable
    null: float | None


def printed(run):
    """The ``Printed`` of a run's measure; ``null`` stays on the scale of analysis."""
    scale = scale_of(run.spec["measure"])
    if scale.log_axis:
        return Printed(scale.axis, plane.Scale.LOG, _ratio, scale.null)
    return Printed(scale.label, plane.Scale.LINEAR, float, scale.null)


def _ratio(log):
    """A ratio from its logarithm; what lies beyond every axis stays a number."""
    return math.exp(min(max(log, -_FAR), _FAR))
