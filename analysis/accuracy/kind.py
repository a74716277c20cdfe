"""Diagnostic accuracy: one test, one threshold a study."""

from ..kind import Kind
from . import computing, figures, shown
from .measures import MEASURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

WIDE = 900


def context(run):
    """What the template asks of a run."""
    return {
        "summaries": shown.summaries(run),
        "spread": shown.spread(run),
        "model_facts": shown.model(run),
        "differences": shown.differences(run),
        "first": run.results["groups"][0],
        "drawings": [one.on_page(name, run, WIDE) for name, one in figures.FIGURES.items()],
    }


KIND = Kind(
    title="Diagnostic accuracy",
    purpose="How well a test tells patients from healthy persons: sensitivity and specificity.",
    measures={key: one.name for key, one in MEASURES.items()},
    form=PlanForm,
    compute=computing.compute,
    check=figures.check,
    tell=shown.tell,
    say=shown.say,
    facts=shown.facts,
    template="analysis/accuracy/_result.html",
    context=context,
    study=shown.study,
    figures=figures.FIGURES,
    scripts=SCRIPTS,
)
