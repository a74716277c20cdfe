"""Diagnostic accuracy: one test, one threshold a study."""

from django.utils.safestring import mark_safe

from ..kind import Kind
from . import computing, figures, shown
from .measures import MEASURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

WIDE, NARROW = 900, 340


def context(run):
    """What the template asks of a run. Figures escape every text they are given."""
    return {
        "summaries": shown.summaries(run),
        "spread": shown.spread(run),
        "model_facts": shown.model(run),
        "differences": shown.differences(run),
        "first": run.results["groups"][0],
        "drawings": [_drawing(run, name) for name in figures.FIGURES],
    }


def _drawing(run, name):
    figure = figures.FIGURES[name]
    found = figure.make(run)
    return {
        "name": name,
        "title": figure.title,
        "says": figure.says,
        "wide": mark_safe(found.svg(width=WIDE)),
        "narrow": mark_safe(found.svg(width=NARROW)),
        "table": found.table(),
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
