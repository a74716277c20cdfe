"""What a run becomes under assumptions: as a plot of one line each, and in words."""

import numpy as np

from ...figures import forest, numbers
from ...figures.axis import Scale
from ...printing import PROPORTIONS, printer
from ...stats.scales import scale_of


def plot(run, title, lines):
    """A ``Forest`` with one row an assumption; ``lines`` are ``(name, fit)``. The first row is the
    result with nothing assumed."""
    measure = run.spec["measure"]
    printed, scale = printer(measure), scale_of(measure)
    rows = tuple(
        forest.Row(
            name, *sorted_limits(printed, fit),
            cells=(str(fit.k), numbers.significant(fit.tau2), *_p(scale, fit)),
        )
        for name, fit in lines
    )  # fmt: skip
    kind = Scale.LOG if scale.log_axis else Scale.LINEAR
    return forest.Forest(
        title=f"{run.plan.title}: {title}",
        measure=scale.axis,
        effect=f"Pooled [{run.spec['level']:g}% CI]",
        groups=(forest.Group(rows),),
        scale=Scale.PERCENT if measure in PROPORTIONS else kind,
        reference=None if scale.null is None else printed(scale.null),
        columns=tuple(map(forest.Column, ("Studies", "τ²", "p")[: len(rows[0].cells)])),
        names="Assumption",
    )


def _p(scale, fit):
    """The p-value as a cell; none where no value of the measure means no effect."""
    return () if scale.null is None else (numbers.p_value(float(fit.pval[0])),)


def sorted_limits(printed, fit):
    """Estimate and limits on the printed scale."""
    low, high = sorted((printed(fit.ci_lb[0]), printed(fit.ci_ub[0])))
    return printed(fit.beta[0]), low, high


def turns(run, told, *, ratio):
    """``[(direction, sentence)]`` of tipping points; ``ratio`` when the parameter is a log odds
    ratio, else it is a difference in the unit of the outcome."""
    return [(words, _turn(run, one, ratio)) for words, one in told.items()]


def _turn(run, one, ratio):
    if isinstance(one, str):
        return f"Not possible: {one}."
    write = (lambda value: numbers.ratio(float(np.exp(value)))) if ratio else numbers.significant
    name = "an IMOR of" if ratio else "a difference of"
    found = [
        f"{name} {write(turn.value)} (then {_estimate(run, turn)})"
        for turn in (one.below, one.above)
        if turn
    ]
    now = "significant" if one.significant else "not significant"
    after = "it no longer is" if one.significant else "it becomes so"
    if not found:
        low, high = (write(value) for value in one.reached)
        return f"The result is {now} and stays so from {name} {low} to {high}."
    return f"The result is {now}; {after} from {' and from '.join(found)}."


def _estimate(run, turn):
    printed = printer(run.spec["measure"])
    low, high = sorted((printed(turn.ci_lb), printed(turn.ci_ub)))
    write = numbers.alike(high - low)
    return f"{write(printed(turn.estimate))}, {write(low)} to {write(high)}"
