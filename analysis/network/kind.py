"""Several treatments in one network."""

from django.utils.safestring import mark_safe

from ..kind import Kind
from ..robustness.figures import UNDRAWABLE
from . import computing, figures, shown
from .measures import MEASURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

WIDE, NARROW = 760, 340


def context(run):
    """What the template asks of a run. Figures escape every text they are given."""
    names, rows = shown.league(run)
    return {
        "heterogeneity": shown.heterogeneity(run),
        "best": shown.ranked(run)[0],
        "ranking": shown.ranking(run),
        "evidence": shown.evidence(run),
        "designs": shown.designs(run),
        "tests": list(shown.tests(run)),
        "league_names": names,
        "league": rows,
        "why_not": list(shown.why_not(run)),
        "drawings": [_drawing(run, name) for name in ("network", "forest")],
        "doubts": [_drawing(run, name) for name in ("splits", "net-heat")],
    }


def _drawing(run, name):
    figure = figures.FIGURES[name]
    told = {"name": name, "title": figure.title, "says": figure.says}
    try:
        found = figure.make(run)
        return told | {
            "wide": mark_safe(found.svg(width=WIDE)),
            "narrow": mark_safe(found.svg(width=NARROW)),
            "table": found.table(),
        }
    except UNDRAWABLE as refusal:
        return told | {"why": str(refusal)}


KIND = Kind(
    title="Network of treatments",
    purpose="Three treatments or more, compared directly and through one another.",
    measures={key: one.name for key, one in MEASURES.items()},
    form=PlanForm,
    compute=computing.compute,
    check=figures.check,
    tell=shown.tell,
    say=shown.say,
    facts=shown.facts,
    template="analysis/network/_result.html",
    context=context,
    study=shown.study,
    figures=figures.FIGURES,
    scripts=SCRIPTS,
)
