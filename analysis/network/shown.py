"""A run of a network as its pages print it. Computes no statistic."""

from dataclasses import dataclass
from itertools import chain

from .. import plan_facts
from ..errors import NotAnalysable
from ..figures import forest, numbers
from ..figures import network as graph
from ..figures.data_table import DataTable
from ..figures.svg import NotDrawable
from ..printing import out_of_range
from ..roles import ROLE_LABELS, column_of
from ..stats.scales import scale_of
from ..witness import Source
from .figures import FIGURES, forest_of, graph_of
from .measures import COMMON, INTERVALS, MEASURES, MODELS
from .printing import direct_of, effect, heterogeneity, limits, of_pair, of_run, ranked, writer

NOTHING = "–"
WIDE = 760
GOOD = {"small": "smaller values", "large": "larger values"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the league table: estimate and interval as text, ``clear`` where it excludes no
    effect; ``direct`` for what studies of the pair say by themselves."""

    estimate: str
    interval: str
    clear: bool = False
    direct: bool = False


def check(run):
    """A run is kept for good, so one whose plot could never be drawn is refused beforehand."""
    try:
        forest.check(forest_of(run))
        graph.check(graph_of(run))
    except NotDrawable as refusal:
        key = run.spec["measure"]
        raise NotAnalysable(out_of_range(key, MEASURES[key].roles, refusal)) from refusal


def context(run):
    """What the template asks of a run."""
    names, rows = league(run)
    return {
        "heterogeneity": heterogeneity(run),
        "best": ranked(run)[0],
        "ranking": ranking(run),
        "evidence": evidence(run),
        "designs": designs(run),
        "tests": list(tests(run)),
        "league_names": names,
        "league": rows,
        "why_not": list(why_not(run)),
        "drawings": [_drawing(run, name) for name in ("network", "forest")],
        "doubts": [_drawing(run, name) for name in ("splits", "net-heat")],
    }


def _drawing(run, name):
    return FIGURES[name].on_page(name, run, WIDE)


def tell(spec, many):
    """Each of many results as a line."""
    printed, write = writer(spec, many)
    return [_line(results, printed, write) for results in many]


def _line(results, printed, write):
    reference, *others = results["treatments"]
    effects = "; ".join(f"{one['name']} {effect(one, printed, write)}" for one in others)
    tau2 = results["heterogeneity"]["tau2"]
    spread = f", τ² {numbers.significant(tau2['est'])}" if tau2 else ""
    return f"against {reference['name']}: {effects}{spread}, {results['k']} studies"


def say(run):
    """What the report prints."""
    results, first = run.results, ranked(run)[0]
    test = results["interaction"]
    agree = (
        f" Design-by-treatment interaction: {_chi2(test)}." if test["p"] is not None
        else " No two designs could disagree."
    )  # fmt: skip
    return (
        f"Network of {len(results['treatments'])} treatments, {results['k']} studies. Best by"
        f" P-score: {first['name']} ({numbers.fixed(first['p_score'], 2)}). "
        f"{heterogeneity(run)}{agree}"
    )


def _chi2(found):
    return f"χ² = {numbers.fixed(found['chi2'], 2)} on {found['df']} df, " + numbers.p_statement(
        found["p"]
    )


def facts(plan, spec):
    """What a plan does, as pairs of term and value."""
    form, named = plan_facts.asked(plan, spec)
    fields = [(ROLE_LABELS[role][0], named(key)) for role, key in spec["fields"].items()]
    out = [label for label, node in spec["nodes"].items() if not node]
    together = {}
    for label, node in spec["nodes"].items():
        together.setdefault(node, []).append(label)
    joined = [f"{node}: {', '.join(many)}" for node, many in together.items()
              if node and (len(many) > 1 or many[0] != node.casefold())]  # fmt: skip
    told = [
        ("Network of", MEASURES[spec["measure"]].name), ("Form", form.name), *fields,
        ("Outcome", spec["outcome"]), ("Reference", spec["reference"]),
        ("Arms taken together", "; ".join(joined)), ("Arms left out", ", ".join(out)),
        ("Studies left out", plan_facts.left_out(spec)),
        ("Better", GOOD[spec["good"]]), ("Model", MODELS[spec["method"]]),
        ("Interval", f"{spec['level']}%, {INTERVALS[spec['test']]}"),
    ]  # fmt: skip
    return plan_facts.told(told)


def league(run):
    """``(names, rows)`` of the league table, best first: below the diagonal the network's
    estimates, above it those of the studies that compare the pair. Always row against column."""
    printed, write = of_run(run)
    results = run.results
    names = [one["name"] for one in results["treatments"]]
    order = [names.index(one["name"]) for one in ranked(run)]
    direct = direct_of(results)
    rows = []
    for a, i in enumerate(order):
        cells = []
        for b, j in enumerate(order):
            found = direct.get((names[i], names[j])) if b > a else of_pair(results, i, j)
            cells.append(None if a == b else _cell(found, printed, write, b > a))
        rows.append((names[i], cells))
    return [names[i] for i in order], rows


def _cell(found, printed, write, direct):
    if found is None:
        return Cell(NOTHING, "", direct=direct)
    clear = found["ci_lb"] > 0 or found["ci_ub"] < 0
    return Cell(write(printed(found["est"])), limits(found, printed, write), clear, direct)


def ranking(run):
    """The treatments with P-score, effect against the reference and prediction interval."""
    printed, write = of_run(run)
    reference = run.results["treatments"][0]["name"]
    rows = []
    for one in ranked(run):
        ahead = ""
        if "pi_lb" in one:
            ahead = limits({"ci_lb": one["pi_lb"], "ci_ub": one["pi_ub"]}, printed, write)
        patients = "" if one["patients"] is None else numbers.count(one["patients"])
        told = "reference" if one["est"] is None else effect(one, printed, write)
        p = "" if one["pval"] is None else numbers.p_value(one["pval"])
        score = numbers.fixed(one["p_score"], 2)
        rows.append((one["name"], told, p, score, ahead, str(one["studies"]), patients))
    header = ("Treatment", f"Against {reference}", "p", "P-score", "A new study is expected in",
              "Studies", "Patients")  # fmt: skip
    return DataTable("Ranking", header, tuple(rows))


def evidence(run):
    """Each pair that studies compare: direct, indirect and network, and whether they agree."""
    printed, write = of_run(run)
    names = [one["name"] for one in run.results["treatments"]]
    rows = []
    for pair in run.results["pairs"]:
        i, j = names.index(pair["first"]), names.index(pair["second"])
        whole = effect(of_pair(run.results, i, j), printed, write)
        name = f"{pair['first']} against {pair['second']}"
        share = numbers.percent(100 * pair["share"])
        split = pair["split"]
        if split is None:
            own = effect(pair["direct"], printed, write)
            rows.append((name, str(pair["studies"]), share, own, "none", whole, NOTHING, NOTHING))
            continue
        told = [effect(split[part], printed, write) for part in ("direct", "indirect")]
        apart = effect(split["difference"], printed, write)
        rows.append((name, str(pair["studies"]), share, *told, whole, apart,
                     numbers.p_value(split["pval"])))  # fmt: skip
    ratio = (
        "Ratio of direct to indirect" if scale_of(run.spec["measure"]).log_axis else "Difference"
    )
    header = ("Comparison", "Studies", "Direct share", "Direct", "Indirect", "Network", ratio, "p")
    return DataTable("Direct and indirect evidence", header, tuple(rows))


def designs(run):
    """Each set of treatments: Q within it, and what is left between designs without it."""
    rows = []
    for one in run.results["designs"]:
        left = one["detached"]
        moves = left["df"] < run.results["between"]["df"]
        rows.append((
            ", ".join(one["treatments"]), str(one["studies"]), *_q(one),
            *(_q(left) if moves else (NOTHING, NOTHING)),
        ))  # fmt: skip
    header = ("Design", "Studies", "Q within", "p", "Q between without it", "p")
    return DataTable("Heterogeneity and inconsistency by design", header, tuple(rows))


def _q(part):
    if not part["df"]:
        return NOTHING, NOTHING
    return f"{numbers.fixed(part['Q'], 2)} on {part['df']} df", numbers.p_value(part["p"])


def tests(run):
    """The tests of the whole network, as pairs of name and finding."""
    results = run.results
    interaction = results["interaction"]
    yield "Within designs (heterogeneity)", ", ".join(_stated(results["within"]))
    yield "Between designs (inconsistency), common effect", ", ".join(_stated(results["between"]))
    if interaction["p"] is None:
        told = "cannot be tested: no two designs compare the same treatments by different ways"
    else:
        told = f"{_chi2(interaction)}, at τ² {numbers.significant(interaction['tau2'])}"
    yield "Design-by-treatment interaction", told


def _stated(part):
    if not part["df"]:
        return ("cannot be tested: each design has one study only",)
    return (f"Q = {numbers.fixed(part['Q'], 2)} on {part['df']} df", numbers.p_statement(part["p"]))


def why_not(run):
    """What could not be computed, in sentences."""
    results = run.results
    if run.spec["method"] == COMMON:
        yield "Common effect: there is no τ², and no prediction interval."
    alone = [p for p in results["pairs"] if p["split"] is None]
    if alone and len(alone) == len(results["pairs"]):
        yield "No pair has both direct and indirect evidence, so nothing can be split."
    elif alone:
        yield (f"{len(alone)} of {len(results['pairs'])} compared pairs have no indirect evidence"
               " apart from their own studies and cannot be split.")  # fmt: skip
    if results["adjusted"]:
        yield f"Half an event was added to every arm of {', '.join(results['adjusted'])}."
    for row in run.inputs["rows"]:
        for one in row["left"]:
            yield f"{row['label']}, {one['arm']}: {one['reason']}"


def study(run, study):
    """What a study came with, or None when it did not enter."""
    places = [i for i, row in enumerate(run.inputs["rows"]) if row["study"] == study]
    if not places:
        return None
    rows = [run.inputs["rows"][i] for i in places]
    printed, write = of_run(run)
    found = [
        (f"{one['first']} against {one['second']}",
         f"{write(printed(one['est']))}; on the scale of analysis {one['est']:.4f},"
         f" standard error {one['se']:.4f}")
        for i in places for one in run.results["studies"][i]["contrasts"]
    ]  # fmt: skip
    left = [(f"Not used: {one['arm']}", one["reason"]) for row in rows for one in row["left"]]
    return {
        "label": rows[0]["label"],
        "facts": [*found, *left],
        "sources": list(chain.from_iterable(_sources(row) for row in rows)),
    }


def _sources(row):
    for one in row.get("arms") or row["pairs"]:
        name = one["arm"]
        for column, cell in one["cells"].items():
            yield Source(f"{column_of(column)[0]}, {name}", one["values"][column], cell)
