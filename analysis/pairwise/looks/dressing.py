"""A run's forest plot in the look of its plan."""

import re
from dataclasses import replace
from itertools import islice

from ... import datasets, report
from ...figures import forest
from .. import forest_plot
from . import columns, look

_YEAR = re.compile(r"\b(?:19|20)\d\d(?=[a-z]?\b)")


def plot(run, *, links=True, wanted=None, data=None):
    """The ``Forest`` of a run as its plan, or the look ``wanted``, shows it. ``data`` is the
    content of the run's snapshot where the caller has it at hand."""
    wanted = look.of(run.plan) if wanted is None else wanted
    if run.spec["measure"] != run.plan.spec["measure"]:
        wanted = wanted.off_axis()
    found = forest_plot.forest_of(run, links=links)
    if wanted == look.USUAL:
        return found
    places = _places(run)
    studies = [run.inputs["rows"][place]["study"] for place in places]
    results = [run.results["studies"][place] for place in places]
    source, domains, lights, years = _read(run, wanted, data)
    rows = [_weighed(row, one, wanted) for row, one in zip(_rows(found), results, strict=True)]
    heads, cells = _columns(found, source, studies, wanted)
    rows = [
        replace(row, cells=told, lights=lights.get(study, (None,) * len(domains)))
        for row, told, study in zip(rows, cells, studies, strict=True)
    ]
    ranks = [
        _rank(wanted, source, study, one, year(row.label) or years.get(study))
        for row, study, one in zip(rows, studies, results, strict=True)
    ]
    dressed = replace(
        found,
        groups=_sorted(found.groups, rows, ranks, wanted),
        columns=heads,
        domains=domains,
        summaries=tuple(_summaries(found.summaries, wanted)),
        favours=(wanted.left, wanted.right),
        notes=(*found.notes, *((f"Lights: {wanted.tool}.",) if domains else ())),
        weight_heads=_weight_heads(wanted, results),
        ahead=forest.Ahead.BAR if wanted.ahead == "none" else forest.Ahead(wanted.ahead),
    )
    return _on_axis(dressed, wanted)


def year(label):
    """The last year in a study's label or citation, or None."""
    years = _YEAR.findall(label)
    return int(years[-1]) if years else None


def published(data):
    """The year of each study's citation in a snapshot's content, by the id of the study."""
    return {study["id"]: year(study["citation"]) for study in data["studies"]}


def _rows(found):
    return [row for group in found.groups for row in group.rows]


def _places(run):
    """The place of each row of the plot among the run's rows, from top to bottom."""
    parts = run.results.get("subgroups")  # runs of older versions have none
    if not parts:
        return list(range(len(run.inputs["rows"])))
    return [place for part in parts["groups"] for place in part["places"]]


def _read(run, wanted, data):
    """What the snapshot has for a look: its fields, the domains of the lights, the lights and the
    years of the citations by study."""
    if not (wanted.columns or wanted.tool or wanted.field or wanted.sort == "year"):
        return None, (), {}, {}
    data = data or datasets.content(run.snapshot)
    outcome = run.spec.get("outcome") or ""
    domains, lights = report.lights_of(data, wanted.tool, outcome) if wanted.tool else ((), {})
    return columns.source(data, run.spec), domains, lights, published(data)


def _weighed(row, result, wanted):
    if wanted.weights == "common":
        return replace(row, weight=result["weight_common"])
    if wanted.weights == "both" and row.weight is not None:
        return replace(row, second_weight=result["weight_common"])
    return row


def _weight_heads(wanted, results):
    """No second column where the model of the run has one kind of weight only."""
    both = None not in (results[0]["weight_common"], results[0]["weight_random"])
    if wanted.weights == "both" and both:
        return ("Random", "Common")
    if wanted.weights == "common" and both:
        return ("Weight, common",)
    return () if wanted.weights == "none" else ("Weight",)


def _summaries(summaries, wanted):
    for one in summaries:
        common = one.model is forest.Model.COMMON
        if common and wanted.models == "random" and len(summaries) > 1:
            continue
        if wanted.weights == "common":
            one = replace(one, weight=100.0 if common else None)
        elif wanted.weights == "both" and common:
            one = replace(one, second_weight=100.0)
        yield replace(one, prediction=None) if wanted.ahead == "none" else one


def _columns(found, source, studies, wanted):
    """The columns of the plot, those of one arm beside each other, and the cells of each row."""
    rows = _rows(found)
    made = []
    if wanted.own:
        made += [
            (column, tuple(row.cells[place] for row in rows))
            for place, column in enumerate(found.columns)
        ]
    for key in wanted.columns:
        made += columns.made(source, key, studies)
    groups = list(dict.fromkeys(column.group for column, _ in made if column.group))
    made.sort(key=lambda one: groups.index(one[0].group) if one[0].group else len(groups))
    texts = [told for _, told in made]
    return tuple(column for column, _ in made), [
        tuple(told[place] for told in texts) for place in range(len(rows))
    ]


def _rank(wanted, source, study, result, published):
    """What a study is sorted by; None where it has no such thing, and then it comes last."""
    if wanted.field:
        return columns.sorting(source, wanted.field, study)
    return {
        "year": published,
        "effect": result["yi"],
        "weight": -(forest_plot.weight_of(result) or 0),
        "se": result["vi"],
    }.get(wanted.sort)


def _sorted(groups, rows, ranks, wanted):
    """The groups with their rows in order; ties, and rows without a rank, as they are listed."""
    pairs = zip(rows, ranks, strict=True)
    found = []
    for group in groups:
        mine = list(islice(pairs, len(group.rows)))
        if wanted.sort == "listed" and wanted.backwards:
            mine.reverse()
        ranked = [pair for pair in mine if pair[1] is not None]
        ranked.sort(key=lambda pair: pair[1], reverse=wanted.backwards)
        ranked += [pair for pair in mine if pair[1] is None]
        found.append(replace(group, rows=tuple(row for row, _ in ranked)))
    return tuple(found)


def _on_axis(found, wanted):
    """Reference line and ends of the axis; wider than asked where a pooled estimate lies beyond."""
    reference = {"none": None, "null": found.reference}.get(wanted.line)
    if wanted.line == "value":
        reference = float(wanted.at)
    limits = found.limits
    if wanted.low:
        pooled = [one.estimate for one in found.all_summaries()]
        limits = (min(float(wanted.low), *pooled), max(float(wanted.high), *pooled))
    return replace(found, reference=reference, limits=limits)
