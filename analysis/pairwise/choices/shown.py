"""A specification curve in words, as a figure, a list and a file."""

from urllib.parse import urlencode

from django.urls import reverse

from ...figures import numbers
from ...figures.axis import Scale
from ...figures.specification import Choice, Column, Panel, SpecificationCurve
from ...printing import PROPORTIONS, printer
from ...stats.scales import scale_of
from .. import pooling_models
from ..measures import MEASURES
from . import curve as curve_

HEADER = (
    "measure", "estimator", "interval", "studies", "missing SDs", "k", "estimate", "lower limit",
    "upper limit", "p", "tau2", "as planned", "SDs assumed", "why not",
)  # fmt: skip


def told(choices, way):
    """The choices of a way in words, those that have but one option left out."""
    return ", ".join(
        axis.option(way.keys[axis.key]).label
        for axis in choices.axes
        if axis.key in way.keys and axis.key != "measure" and len(axis.options) > 1
    )


def figure(run, found, address):
    """The ``SpecificationCurve`` of a curve; ``address(way)`` is where a column leads, or ""."""
    panels = tuple(_panel(found, measure, address) for measure in found.measures)
    blocks = tuple(
        Choice(axis.label, tuple((_mark(axis.key, one.key), one.label) for one in axis.options))
        for axis in found.choices.axes
        if axis.key != "measure" and len(axis.options) > 1
    )
    notes = ["Each column is one way to compute the result."]
    if any(scale_of(measure).null is not None for measure in found.measures):
        notes.append("Blue: its interval leaves out no effect. Grey: it does not.")
    if any(way.assumed for way in found.ways):
        notes.append("Where an SD is missing, all rows but “Left out” assume one.")
    return SpecificationCurve(f"{run.plan.title}: specification curve", panels, blocks,
                              tuple(notes))  # fmt: skip


def _mark(axis, option):
    return f"{axis}={option}"


def _panel(found, measure, address):
    printed, scale = printer(measure), scale_of(measure)
    columns = tuple(
        Column(
            *(printed(value) for value in (way.found.beta, way.found.ci_lb, way.found.ci_ub)),
            frozenset(_mark(axis, key) for axis, key in way.keys.items()),
            f"{told(found.choices, way)}: {_result(way)}",
            _is_clear(way), way.own, address(way),
        )
        for way in found.panel(measure)
    )  # fmt: skip
    kind = Scale.LOG if scale.log_axis else Scale.LINEAR
    kind = Scale.PERCENT if measure in PROPORTIONS else kind
    return Panel(MEASURES[measure].name, columns, kind,
                 None if scale.null is None else printed(scale.null))  # fmt: skip


def _is_clear(way):
    """Whether the interval leaves out no effect, where a value means that."""
    null = scale_of(way.spec["measure"]).null
    return null is None or not way.found.ci_lb <= null <= way.found.ci_ub


def _result(way):
    printed = printer(way.spec["measure"])
    low, high = sorted(printed(value) for value in (way.found.ci_lb, way.found.ci_ub))
    write = numbers.alike(high - low)
    return f"{write(printed(way.found.beta))} ({write(low)} to {write(high)})"


def summary(found):
    """``[(measure, sentence)]``: what the estimates of each measure have in common."""
    return [
        (MEASURES[measure].name, _sentence(found, measure, spread))
        for measure, spread in curve_.spreads_of(found).items()
    ]


def _sentence(found, measure, spread):
    printed, null = printer(measure), scale_of(measure).null
    low, high = printed(spread.lowest), printed(spread.highest)
    write = numbers.alike(high - low if high > low else abs(high) or 1.0)
    many = f"{spread.count} ways" if spread.count > 1 else "1 way"
    words = f"{many}: median {write(printed(spread.median))}, from {write(low)} to {write(high)}."
    if null is not None:
        side = "above" if spread.median > null else "below"
        words += (
            f" {_of(spread.same_sign, spread.count).capitalize()} lie {side} no effect,"
            f" {_of(spread.significant, spread.count)} with p < 0.05."
        )
    place = next((i for i, way in enumerate(found.panel(measure), 1) if way.own), None)
    if place:
        words += f" The plan's own is number {place} from the lowest."
    return words


def _of(part, whole):
    return f"all {whole}" if part == whole else f"{part} of {whole}"


def joint(found):
    """The joint test as lines of text."""
    test = curve_.tested(found)
    how = (
        f"all {test.draws} ways to exchange the arms of the studies"
        if test.exact
        else f"{test.draws} data sets, seed {curve_.SEED}"
    )
    yield (
        f"If the first group were no different from the second, so many results"
        f" ({test.significant} significant in one direction) would come up with"
        f" {numbers.p_statement(test.significant_p)}."
    )
    for measure, p in test.median_p.items():
        name, told_p = MEASURES[measure].name, numbers.p_statement(p)
        yield f"A median as far from no effect, {name}: {told_p}."
    mean_z, told_p = numbers.fixed(test.mean_z, 2), numbers.p_statement(test.mean_z_p)
    yield f"A mean z as large ({mean_z}): {told_p}."
    yield f"Compared with {how}. Models of the counts (Mantel-Haenszel, Peto) do not take part."


def switches(run, way):
    """The address of the switches page with the choices of a way; it has no assumed SDs."""
    spec = way.spec
    query = [(name, spec[name]) for name in ("measure", "method", "test", "level")]
    query.append(("model", pooling_models.key_of(spec)))
    query += [("bias", "|".join(pair)) for pair in spec.get("bias", ())]
    query += [("without", study) for study in spec.get("without", ())]
    here = reverse("plan-try", args=[run.plan.review_id, run.plan_id])
    return f"{here}?{urlencode(query)}"


def rows(found):
    """Every way for the list: a mapping a row, those that cannot be computed last."""
    ordered = [way for measure in found.measures for way in found.panel(measure)]
    return [_row(found, way) for way in [*ordered, *found.refused]]


def _row(found, way):
    name = {axis.key: axis.option(way.keys[axis.key]).label if axis.key in way.keys else "–"
            for axis in found.choices.axes}  # fmt: skip
    one, printed = way.found, printer(way.spec["measure"])
    return {
        "way": way, "measure": name["measure"], "method": name["method"], "test": name["test"],
        "bias": name["bias"], "sd": name.get("sd", "–"), "k": one and one.k,
        "beta": one and one.beta, "p": one and one.pval, "estimate": _result(way) if one else "",
        "why": way.why, "own": way.own,
        "numbers": [printed(x) for x in (one.beta, one.ci_lb, one.ci_ub)] if one else None,
    }  # fmt: skip


def lines(found):
    """The rows of the CSV file, as `HEADER` names them."""
    for row in rows(found):
        way = row["way"]
        told_numbers = [repr(x) for x in row["numbers"]] if row["numbers"] else [""] * 3
        last = [repr(way.found.pval), repr(way.found.tau2)] if way.found else ["", ""]
        yield [row["measure"], row["method"], row["test"], row["bias"], row["sd"], row["k"] or "",
               *told_numbers, *last, "yes" if way.own else "", "yes" if way.assumed else "",
               way.why]  # fmt: skip
