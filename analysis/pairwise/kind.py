"""Two groups compared, or one pooled: the analysis that most reviews make."""

from ..kind import Kind
from . import shown
from .computing import compute
from .plan_form import PlanForm
from .robustness.figures import FIGURES
from .scripts import SCRIPTS

KIND = Kind(
    title="Two groups compared, or one pooled",
    purpose="One effect a study: a treatment against a control, or the mean or share of one group.",
    form=PlanForm,
    compute=compute,
    shown=shown,
    template="analysis/pairwise/_result.html",
    figures=FIGURES,
    scripts=SCRIPTS,
)
