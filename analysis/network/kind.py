"""Several treatments in one network."""

from ..kind import Kind
from . import computing, figures, shown
from .measures import MEASURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

WIDE = 760


def context(run):
    """What the template asks of a run."""
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
    return figures.FIGURES[name].on_page(name, run, WIDE)


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
