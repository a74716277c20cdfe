"""WHAT it adds up to: the rows."""

from .patients import PatientPlan, PatientRun
from .plans import Plan, Run
from .prespecification import Freezing, PlanChange
from .tabulations import Tabulation

__all__ = [
    "Freezing",
    "PatientPlan",
    "PatientRun",
    "Plan",
    "PlanChange",
    "Run",
    "Tabulation",
]
