"""From the scale of analysis to the printed one, and what cannot be printed. Pure."""

import numpy as np

from .roles import EVENTS
from .stats.scales import scale_of

PROPORTIONS = {"PLO", "PR", "PAS"}
IN_UNITS = {"MN", "MD", "MC", "GEN", "GEN.MD", "IRD", "IRLN", "IRS"}


def printer(measure):
    """The function from the scale of analysis to the printed one."""
    back = scale_of(measure).back
    factor = 100 if measure in PROPORTIONS else 1
    return lambda value: float(factor * back(np.float64(value)))


def out_of_range(measure, roles, refusal):
    """Why a result of a measure, which asks for these ``roles``, cannot be kept whose plot nobody
    could draw, and what may help: another unit only where the measure has one."""
    told = f"The result is out of the range of a plot: {refusal}."
    if measure in IN_UNITS:
        return f"{told} Enter the values in another unit (millions for units, say)."
    if EVENTS in roles:
        return (
            f"{told} The counts do not determine it: groups in which nobody, or everybody, had the"
            " event leave it without a limit. Leave out the studies that have them, or choose"
            " another model."
        )
    return f"{told} It has no unit that could be changed: look at the numbers of the studies."
