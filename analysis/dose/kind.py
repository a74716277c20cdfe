"""Dose and response, as the bench knows it."""

from ..kind import Kind
from . import shown
from .computing import compute
from .figures import FIGURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

KIND = Kind(
    title="Dose and response",
    purpose="How the effect changes with the dose, where the arms of a study differ in it.",
    form=PlanForm,
    compute=compute,
    shown=shown,
    template="analysis/dose/_result.html",
    figures=FIGURES,
    scripts=SCRIPTS,
)
