"""Several treatments in one network."""

from ..kind import Kind
from . import shown
from .computing import compute
from .figures import FIGURES
from .plan_form import PlanForm
from .scripts import SCRIPTS

KIND = Kind(
    title="Network of treatments",
    purpose="Three treatments or more, compared directly and through one another.",
    form=PlanForm,
    compute=compute,
    shown=shown,
    template="analysis/network/_result.html",
    figures=FIGURES,
    scripts=SCRIPTS,
)
