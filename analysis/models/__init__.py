"""WHAT it adds up to: the rows."""

from .patients import PatientPlan, PatientRun
from .plans import Plan, Run
from .tabulations import Tabulation

__all__ = ["PatientPlan", "PatientRun", "Plan", "Run", "Tabulation"]
