"""WHAT it adds up to: the rows."""

from .plans import Plan, Run
from .tabulations import Tabulation

__all__ = ["Plan", "Run", "Tabulation"]
