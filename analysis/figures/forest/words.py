"""The sentences and printed numbers of a forest plot: one place for the drawing and its table."""

from .. import numbers
from ..axis import Scale


def formatter(plot):
    """The function that prints an estimate of ``plot``, the same for the whole column."""
    if plot.scale is Scale.LOG:
        return numbers.ratio
    digits = numbers.decimals([upper - lower for lower, _, upper in plot.intervals()])
    return lambda value: numbers.fixed(value, digits)


def ci(row, write):
    return numbers.interval(write(row.ci_lb), write(row.ci_ub))


def pi(prediction, write):
    return numbers.interval(write(prediction.pi_lb), write(prediction.pi_ub))


def share(weight):
    """A weight as printed; nothing where there is none."""
    if weight is None:
        return ""
    return "100%" if weight >= 99.95 else numbers.percent(weight, 1)


def weights(row, plot):
    """The weights of a row that are printed, as many as ``plot`` has headings for them."""
    return tuple(map(share, (row.weight, row.second_weight)[: len(plot.weight_heads)]))


def weight_names(plot):
    """The headings of the weights where they stand alone: "Weight", or "Weight, random"."""
    many = len(plot.weight_heads) > 1
    return tuple(f"Weight, {head.lower()}" if many else head for head in plot.weight_heads)


def row_title(row, plot, write):
    """A row in one line, for hovering and for screen readers."""
    weight = f", weight {share(row.weight)}" if row.weight is not None else ""
    return f"{row.label}: {plot.effect} {write(row.estimate)} {ci(row, write)}{weight}"


def heterogeneity(found):
    """Heterogeneity: τ² = 1.35 (0.21 to 5.02), I² = 57.1% (...), Q = 22.4 on 10 df, p = 0.013."""
    parts = []
    if found.tau2 is not None:
        unit = f" {found.tau2_unit}" if found.tau2_unit else ""
        write = numbers.alike(found.tau2 or found.tau2_ub or 0)
        limits = _limits(found.tau2_lb, found.tau2_ub, write)
        parts.append(f"τ² = {write(found.tau2)}{limits}{unit}")
    if found.i2 is not None:
        limits = _limits(found.i2_lb, found.i2_ub, lambda value: numbers.percent(value, 1))
        parts.append(f"I² = {numbers.percent(found.i2, 1)}{limits}")
    if found.q is not None:
        parts.append(f"Q = {numbers.fixed(found.q, 2)} on {numbers.degrees(found.df)} df")
        parts.append(numbers.p_statement(found.p))
    return f"Heterogeneity: {_kept(parts)}."


def test(found):
    """Test of the pooled effect: t = −8.07 on 10 df, p < 0.001."""
    on = "" if found.df is None else f" on {numbers.degrees(found.df)} df"
    value = f"{found.symbol} = {numbers.fixed(found.value, 2)}{on}"
    return f"{found.label}: {_kept([value, numbers.p_statement(found.p)])}."


def footer(plot):
    """The sentences under the axis, in order."""
    found = [heterogeneity(plot.heterogeneity)] if plot.heterogeneity else []
    return [*found, *(test(one) for one in plot.tests)]


def description(plot, write):
    """What the plot shows, for a reader who cannot see it."""
    count, noun = len(plot.rows()), plot.names.casefold()
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    parts = [f"{count} {noun if count == 1 else many}."]
    for summary in plot.summaries:
        line = f"{summary.label}: {write(summary.estimate)}, interval {ci(summary, write)}"
        if summary.prediction:
            line += f", {summary.prediction.label} {pi(summary.prediction, write)}"
        parts.append(f"{line}.")
    if plot.excluded:
        parts.append(f"{len(plot.excluded)} could not enter.")
    return " ".join([*parts, *footer(plot), "The same numbers are in the table."])


def _limits(lower, upper, write):
    if lower is None or upper is None:
        return ""
    return f" ({write(lower)} to {write(upper)})"


def _kept(parts):
    """Parts joined by commas that a line break parts only between, never inside."""
    return ", ".join(part.replace(" ", "\u00a0") for part in parts)
