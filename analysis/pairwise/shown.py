"""A run that compares two groups, or pools one, as its pages print it."""

from dataclasses import replace
from functools import partial

from .. import plan_facts, pooled, pooling_models, present
from ..drawn import for_page
from ..errors import NotAnalysable
from ..figures import forest, numbers
from ..figures.svg import NotDrawable
from ..looks import dressing
from ..measures import INTERVALS, MEASURES, METHODS, ROLE_LABELS, out_of_range
from ..stats.scales import scale_of
from . import moderators


def check(run):
    """A run is kept for good, so one whose plot could never be drawn is refused beforehand."""
    try:
        forest.check(present.forest_of(run, links=False))
    except NotDrawable as refusal:
        raise NotAnalysable(out_of_range(run.spec["measure"], refusal)) from refusal


def context(run, *, wide=900, **look):
    """What the templates ask of a run; ``look`` as ``dressing.plot`` takes it."""
    plot = dressing.plot(run, **look)
    return for_page(partial(_pages, plot), wide) | {
        "sentence": present.sentence(run),
        "data_table": forest.table(plot),
        "regression": moderators.regression_of(run),
        "scale": scale_of(run.spec["measure"]).label,
        "model": pooling_models.of(run.results).short,
        "counted": pooled.counted(run.results),
    }


def _pages(plot, width):
    return "".join(forest.forest_pages(plot, width=width))


def alike(spec, many):
    """Pooled results of one spec as ``(estimate, interval, tau2)`` texts of equal precision, that
    of the narrowest interval, so that two which read the same are the same to a reader."""
    printed = present.printer(spec["measure"])
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


def tell(spec, many):
    """Each of many results as a line."""
    lines = zip(alike(spec, many), many, strict=True)
    return [
        f"{estimate} ({interval}), τ² {tau2}, {pooled.counted(results)}"
        for (estimate, interval, tau2), results in lines
    ]


def say(run):
    """The pooled result as a sentence or two."""
    line, level = present.sentence(run), run.results["level"]
    model = pooling_models.of(run.results).short
    p = f", {line.p}" if line.p else ""
    return (
        f"{model}, {pooled.counted(run.results)}: {line.estimate} ({level:g}% interval"
        f" {line.interval}){p}. {line.i2}, {line.heterogeneity}."
    )


def facts(plan, spec):
    """What a plan does, as pairs of term and value."""
    form, named = plan_facts.asked(plan, spec)
    return plan_facts.told([
        ("Measure", MEASURES[spec["measure"]].name),
        ("Form", form.name),
        *((ROLE_LABELS[role][0], named(key)) for role, key in spec["fields"].items()),
        ("Number randomised", named(spec.get("randomised"))),
        ("Arms", " against ".join((spec.get("arms") or {}).values())),
        ("Outcome", "" if spec.get("outcomes") else spec.get("outcome")),
        ("Outcomes", "; ".join(spec.get("outcomes", ()))),
        *_model(pooling_models.settled(spec)),
        *_choices(spec, named),
    ])  # fmt: skip


def _model(spec):
    """How a settled spec pools."""
    model = pooling_models.of(spec)
    test = "CR2" if spec.get("robust") else spec["test"]
    return [
        ("Model", model.title if "model" in spec else ""),
        ("Between-study variance", METHODS[spec["method"]] if model.methods else ""),
        ("Interval", f"{spec['level']}%, {INTERVALS[test]}"),
        ("Assumed correlation", spec.get("rho", "0") if model.several else ""),
    ]


def _choices(spec, named):
    """What a spec divides and leaves out, and which plan it is a variant of."""
    by = spec.get("subgroup") or {}
    return [
        ("Subgroups by", by.get("rob") or named(by.get("field"))),
        ("Pooled from", f"{spec['least']} studies a subgroup" if "least" in spec else ""),
        ("Moderators", ", ".join(map(named, spec.get("moderators", ())))),
        ("Left out", plan_facts.left_out(spec)),
        ("Variant", plan_facts.variant(spec)),
    ]


def study(run, study):
    """What a study came with, result by result, or None when it did not enter."""
    places = [i for i, row in enumerate(run.inputs["rows"]) if row["study"] == study]
    if not places:
        return None
    rows = [run.inputs["rows"][place] for place in places]
    return {
        "label": rows[0]["label"],
        "facts": [fact for place in places for fact in _facts(run, place)],
        "sources": [source for row in rows for source in _sources(run, row)],
    }


def _sources(run, row):
    """The numbers of a row; of several results each says whose it is."""
    result = row.get("result")
    found = present.sources_of(run, row)
    return [replace(one, name=f"{one.name}: {result}") for one in found] if result else found


def _facts(run, place):
    found, result = run.results["studies"][place], run.inputs["rows"][place].get("result")
    scale = f"{found['yi']:.4f}, sampling variance {found['vi']:.4f}"
    if result:
        yield "Result", result
    yield "Effect", present.effect_of(run, place)
    yield "On the scale of analysis", scale
    weights = (
        ("random effects", found["weight_random"]),
        ("common effect", found["weight_common"]),
    )
    told = [f"{weight:.1f}% {name}" for name, weight in weights if weight is not None]
    yield "Weight", ", ".join(told) or "the model has no weights of single studies"
