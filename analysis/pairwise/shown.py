"""A run that compares two groups, or pools one, as its pages print it."""

from django.utils.safestring import mark_safe

from .. import present
from ..figures import forest, numbers
from ..looks import dressing
from ..stats.scales import scale_of

NARROW = 340


def drawn(run, *, wide=900, **look):
    """What the templates ask of a run; ``look`` as ``dressing.plot`` takes it. Figures escape every
    text they are given."""
    plot = dressing.plot(run, **look)
    return {
        "sentence": present.sentence(run),
        "wide": mark_safe("".join(forest.forest_pages(plot, width=wide))),
        "narrow": mark_safe("".join(forest.forest_pages(plot, width=NARROW))),
        "data_table": forest.table(plot),
        "regression": present.regression_of(run),
        "scale": scale_of(run.spec["measure"]).label,
    }


def alike(spec, many):
    """Pooled results of one spec as ``(estimate, interval, tau2)`` texts of equal precision, that
    of the narrowest interval, so that two which read the same are the same to a reader."""
    printed = present.printer(spec["measure"])
    pooled = [results["random"] for results in many]
    widths = [abs(printed(one["ci_ub"]) - printed(one["ci_lb"])) for one in pooled]
    write = numbers.alike(min(widths))
    return [
        (
            write(printed(one["beta"])),
            f"{write(printed(one['ci_lb']))} to {write(printed(one['ci_ub']))}",
            numbers.significant(results["heterogeneity"]["tau2"]["est"]),
        )
        for one, results in zip(pooled, many, strict=True)
    ]


def tell(spec, many):
    """Each of many results as a line."""
    lines = zip(alike(spec, many), many, strict=True)
    return [
        f"{estimate} ({interval}), τ² {tau2}, {results['k']} studies"
        for (estimate, interval, tau2), results in lines
    ]


def say(run):
    """The random-effects result as a sentence or two."""
    line, level = present.sentence(run), run.results["level"]
    p = f", {line.p}" if line.p else ""
    return (
        f"Random effects, {run.results['k']} studies: {line.estimate} ({level:g}% interval"
        f" {line.interval}){p}. {line.i2}, {line.heterogeneity}."
    )


def study(run, study):
    """What a study came with, or None when it did not enter."""
    entered = [row["study"] for row in run.inputs["rows"]]
    if study not in entered:
        return None
    place = entered.index(study)
    row, found = run.inputs["rows"][place], run.results["studies"][place]
    weights = f"{found['weight_random']:.1f}% random effects"
    return {
        "label": row["label"],
        "facts": [
            ("Effect", present.effect_of(run, place)),
            (
                "On the scale of analysis",
                f"{found['yi']:.4f}, sampling variance {found['vi']:.4f}",
            ),
            ("Weight", f"{weights}, {found['weight_common']:.1f}% common effect"),
        ],
        "sources": present.sources_of(run, row),
    }
