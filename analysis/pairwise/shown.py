"""A run that compares two groups, or pools one, as its pages print it."""

from functools import partial

from .. import plan_facts
from ..drawn import for_page
from ..errors import NotAnalysable
from ..estimators import INTERVALS, METHODS
from ..figures import forest
from ..figures.svg import NotDrawable
from ..printing import out_of_range
from ..roles import ROLE_LABELS, column_of
from ..stats.scales import scale_of
from ..witness import Source
from . import forest_plot, moderators, pooled, pooling_models, printing
from .looks import dressing
from .measures import CHANGE, MEASURES


def check(run):
    """A run is kept for good, so one whose plot could never be drawn is refused beforehand."""
    try:
        forest.check(forest_plot.forest_of(run, links=False))
    except NotDrawable as refusal:
        key = run.spec["measure"]
        raise NotAnalysable(out_of_range(key, MEASURES[key].roles, refusal)) from refusal


def context(run, *, wide=900, **look):
    """What the templates ask of a run; ``look`` as ``dressing.plot`` takes it."""
    plot = dressing.plot(run, **look)
    return for_page(partial(_pages, plot), wide) | {
        "sentence": printing.sentence(run),
        "data_table": forest.table(plot),
        "regression": moderators.regression_of(run),
        "scale": scale_of(run.spec["measure"]).label,
        "model": pooling_models.of(run.results).short,
        "counted": pooled.counted(run.results),
    }


def _pages(plot, width):
    return "".join(forest.forest_pages(plot, width=width))


def tell(spec, many):
    """Each of many results as a line."""
    lines = zip(printing.alike(spec, many), many, strict=True)
    return [
        f"{estimate} ({interval}), τ² {tau2}, {pooled.counted(results)}"
        for (estimate, interval, tau2), results in lines
    ]


def say(run):
    """The pooled result as a sentence or two."""
    line, level = printing.sentence(run), run.results["level"]
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
        "sources": [source for row in rows for source in sources_of(run, row)],
    }


def sources_of(run, row):
    """The numbers of a row of a run's inputs, named as a reader would, a list of ``Source``; of
    several results of a study each says whose it is."""
    arms = run.spec.get("arms") or {}
    if MEASURES[run.spec["measure"]].roles == CHANGE:
        arms = {"1": "after", "2": "before"} | arms
    found = []
    for column, cell in row["cells"].items():
        name, group = column_of(column)
        told = ", ".join(filter(None, (name, arms.get(group))))
        told = ": ".join(filter(None, (told, row.get("result"))))
        found.append(Source(told, row["values"][column], cell))
    return found


def _facts(run, place):
    found, result = run.results["studies"][place], run.inputs["rows"][place].get("result")
    scale = f"{found['yi']:.4f}, sampling variance {found['vi']:.4f}"
    if result:
        yield "Result", result
    yield "Effect", printing.effect_of(run, place)
    yield "On the scale of analysis", scale
    weights = (
        ("random effects", found["weight_random"]),
        ("common effect", found["weight_common"]),
    )
    told = [f"{weight:.1f}% {name}" for name, weight in weights if weight is not None]
    yield "Weight", ", ".join(told) or "the model has no weights of single studies"
