"""Diagnostic accuracy: one test, one threshold a study."""

from ..kind import Kind
from . import shown
from .computing import compute
from .figures import FIGURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

KIND = Kind(
    title="Diagnostic accuracy",
    purpose="How well a test tells patients from healthy persons: sensitivity and specificity.",
    form=PlanForm,
    compute=compute,
    shown=shown,
    template="analysis/accuracy/_result.html",
    figures=FIGURES,
    scripts=SCRIPTS,
)
