"""Dose and response, as the bench knows it."""

from ..kind import Kind
from . import computing, shown
from .figures import FIGURES
from .measures import MEASURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

KIND = Kind(
    title="Dose and response",
    purpose="How the effect changes with the dose, where the arms of a study differ in it.",
    measures={key: one.name for key, one in MEASURES.items()},
    form=PlanForm,
    compute=computing.compute,
    check=shown.check,
    tell=shown.tell,
    say=shown.say,
    facts=shown.facts,
    template="analysis/dose/_result.html",
    context=shown.drawn,
    study=shown.study,
    figures=FIGURES,
    scripts=SCRIPTS,
)
