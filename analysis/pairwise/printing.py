"""The numbers of a run as text, for its pages, figures and sheets alike. Computes no statistic."""

from dataclasses import dataclass

from ..figures import numbers
from ..printing import printer
from ..stats.scales import scale_of
from . import pooled


@dataclass(frozen=True, slots=True)
class Sentence:
    """A run's result in a line: the pooled estimate with its intervals, as text."""

    estimate: str
    interval: str
    p: str
    prediction: str
    i2: str
    heterogeneity: str


def sentence(run):
    """The ``Sentence`` of a run's random-effects model."""
    results, printed = run.results, printer(run.spec["measure"])
    found, spread = pooled.main(results), results["heterogeneity"]
    write = numbers.alike(printed(found["ci_ub"]) - printed(found["ci_lb"]))
    ahead = results["prediction"]
    return Sentence(
        estimate=write(printed(found["beta"])),
        interval=_pair(write, printed, found["ci_lb"], found["ci_ub"]),
        # A test against zero means nothing where zero is not "no effect".
        p="" if scale_of(run.spec["measure"]).null is None else numbers.p_statement(found["pval"]),
        prediction=ahead.get("why_not") or _pair(write, printed, ahead["pi_lb"], ahead["pi_ub"]),
        i2=f"I² {numbers.percent(spread['I2']['est'])}",
        heterogeneity="; ".join(filter(None, _spread(spread))) or "one effect is assumed",
    )


def _spread(found):
    """The interval of I2, and tau2 with its own; a method that has none says nothing of it."""
    yield _bounds(found["I2"], numbers.percent)
    if found["tau2"]:
        bounds = _bounds(found["tau2"], numbers.significant)
        tau2 = f"τ² {numbers.significant(found['tau2']['est'])}"
        yield f"{tau2} ({bounds})" if bounds else tau2


def _pair(write, printed, lower, upper):
    return f"{write(printed(lower))} to {write(printed(upper))}"


def _bounds(found, write):
    """An interval in words; a bound that does not exist is said so, and "" where there is none."""
    if "lb" not in found:
        return ""
    lower, upper = ("no limit" if found[end] is None else write(found[end]) for end in ("lb", "ub"))
    return f"{lower} to {upper}"


def effect_of(run, place):
    """The effect of the study at ``place`` and its interval, on the printed scale, as text."""
    printed, found = printer(run.spec["measure"]), run.results["studies"][place]
    low, high = printed(found["ci_lb"]), printed(found["ci_ub"])
    write = numbers.alike(high - low)
    return f"{write(printed(found['yi']))} ({write(low)} to {write(high)})"


def alike(spec, many):
    """Pooled results of one spec as ``(estimate, interval, tau2)`` texts of equal precision, that
    of the narrowest interval, so that two which read the same are the same to a reader."""
    printed = printer(spec["measure"])
    found = [pooled.main(results) for results in many]
    widths = [abs(printed(one["ci_ub"]) - printed(one["ci_lb"])) for one in found]
    write = numbers.alike(min(widths))
    return [
        (
            write(printed(one["beta"])),
            f"{write(printed(one['ci_lb']))} to {write(printed(one['ci_ub']))}",
            _tau2(results["heterogeneity"]["tau2"]),
        )
        for one, results in zip(found, many, strict=True)
    ]


def _tau2(found):
    return numbers.significant(found["est"]) if found else "none"
