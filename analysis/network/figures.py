"""The figures of a network's run, by name."""

from ..drawn import Drawn, Figure
from ..figures import forest, matrix
from ..figures import network as graph
from ..printing import printer
from ..stats.errors import NotEstimable
from ..stats.scales import scale_of
from .measures import COMMON, MODELS
from .printing import heterogeneity, of_pair, ranked

HOTTEST = 30  # rows and columns of a net heat that can still be read
MODEL = {True: forest.Model.COMMON, False: forest.Model.RANDOM}


def graph_of(run):
    """Treatments and the pairs that studies compare; pairs of a study with more arms count."""
    results = run.results
    known = results["treatments"][0]["patients"] is not None
    sizes = "Circles grow with the patients" if known else "Circles are treatments"
    return graph.Network(
        title=f"{run.plan.title}: network",
        nodes=tuple(
            graph.Node(one["name"], one["studies"], one["patients"], reference=i == 0)
            for i, one in enumerate(results["treatments"])
        ),
        edges=tuple(
            graph.Edge(one["first"], one["second"], one["studies"]) for one in results["pairs"]
        ),
        notes=(f"{sizes}, lines with the studies that compare a pair. The open circle is the"
               " reference.",),
    )  # fmt: skip


def _network(run):
    return Drawn(graph, graph_of(run))


def forest_of(run):
    """Every treatment against the reference, the best P-score first."""
    measure, results = run.spec["measure"], run.results
    printed = printer(measure)
    scale = scale_of(measure)
    reference = results["treatments"][0]["name"]
    rows = tuple(
        forest.Row(one["name"], *_bounds(one, printed), cells=(f"{one['p_score']:.2f}",))
        for one in ranked(run)
        if one["est"] is not None
    )
    return forest.Forest(
        title=f"{run.plan.title}: against {reference}",
        measure=scale.axis,
        effect=f"{measure} [{results['level']:g}% CI]",
        groups=(forest.Group(rows),),
        scale=forest.Scale.LOG if scale.log_axis else forest.Scale.LINEAR,
        reference=printed(scale.null),
        columns=(forest.Column("P-score"),),
        excluded=tuple(forest.Excluded(one["label"], one["reason"])
                       for one in run.inputs["excluded"]),
        notes=(f"Each treatment against {reference}. {_note(run)}",),
        names="Treatment",
    )  # fmt: skip


def _bounds(found, printed):
    return (printed(found[name]) for name in ("est", "ci_lb", "ci_ub"))


def _note(run):
    return (
        f"{MODELS[run.spec['method']]}. {heterogeneity(run)} Snapshot"
        f" {run.snapshot.number}, sha256 {run.snapshot.sha256[:12]}."
    )


def _forest(run):
    return Drawn(forest, forest_of(run))


def _splits(run):
    """Direct, indirect and network evidence of each pair that has both."""
    pairs = [pair for pair in run.results["pairs"] if pair["split"]]
    if not pairs:
        raise NotEstimable("no pair of treatments has both direct and indirect evidence")
    plot = forest_of(run)
    printed = printer(run.spec["measure"])
    names = [one["name"] for one in run.results["treatments"]]
    model = MODEL[run.spec["method"] == COMMON]
    groups = tuple(
        forest.Group(
            tuple(
                forest.Row(label, *_bounds(pair["split"][part], printed), cells=(studies,))
                for label, part, studies in (
                    ("Direct", "direct", str(pair["studies"])), ("Indirect", "indirect", ""),
                )
            ),
            label=f"{pair['first']} against {pair['second']}",
            summaries=(forest.Summary("Network", *_bounds(of_pair(
                run.results, names.index(pair["first"]), names.index(pair["second"])), printed),
                model, cells=("",)),),
        )
        for pair in pairs
    )  # fmt: skip
    return Drawn(forest, forest.Forest(
        title=f"{run.plan.title}: direct and indirect evidence", measure=plot.measure,
        effect=plot.effect, groups=groups, scale=plot.scale, reference=plot.reference,
        columns=(forest.Column("Studies"),), notes=(_note(run),), names="Evidence",
    ))  # fmt: skip


def _heat(run):
    """Which designs make the inconsistency, and which contradict one another."""
    results = run.results
    if not results["between"]["df"]:
        raise NotEstimable("no two designs could disagree")
    names = [" : ".join(one["treatments"]) for one in results["designs"]]
    heat = results["heat"]
    # Designs by the largest of what they make or move; those that move nothing are left out.
    moved = [max(abs(row[i]) for row in [heat[i], *heat]) for i in range(len(names))]
    moving = sorted((i for i in range(len(names)) if moved[i] > 1e-6), key=lambda i: -moved[i])
    keep = sorted(moving[:HOTTEST])
    fewer = f" The {HOTTEST} designs that move most, of {len(names)}." if moving[HOTTEST:] else ""
    return Drawn(matrix, matrix.Matrix(
        title=f"{run.plan.title}: net heat",
        names=tuple(names[i] for i in keep),
        values=tuple(tuple(heat[i][j] for j in keep) for i in keep),
        rows="Inconsistency of", columns="when this design is detached",
        notes=("Each row is a set of treatments compared in studies; on the diagonal its part of Q"
               " between designs. Off it: how much of that part goes when the design of the column"
               " tells its own story. Filled: the two contradict each other. Open: the column holds"
               f" the row in place.{fewer}",),
    ))  # fmt: skip


FIGURES = {
    "network": Figure("Network", "Which treatments are compared, and how often.", _network),
    "forest": Figure("Against the reference", "Every treatment against one.", _forest),
    "splits": Figure("Direct and indirect evidence", "Do they agree?", _splits),
    "net-heat": Figure("Net heat", "Which designs contradict which?", _heat),
}
