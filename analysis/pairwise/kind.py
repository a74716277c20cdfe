"""Two groups compared, or one pooled: the analysis that most reviews make."""

from .. import present
from ..kind import Kind
from ..measures import MEASURES
from ..robustness.figures import FIGURES
from ..scripts import SCRIPTS
from . import computing, shown
from .plan_form import PlanForm

KIND = Kind(
    title="Two groups compared, or one pooled",
    purpose="One effect a study: a treatment against a control, or the mean or share of one group.",
    measures={key: one.name for key, one in MEASURES.items()},
    form=PlanForm,
    compute=computing.compute,
    check=computing.check,
    tell=shown.tell,
    say=shown.say,
    facts=present.plan_facts,
    template="analysis/_result.html",
    context=shown.drawn,
    study=shown.study,
    figures=FIGURES,
    scripts=SCRIPTS,
)
