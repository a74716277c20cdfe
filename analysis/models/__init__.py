"""WHAT it adds up to: the rows."""

from .plans import Plan, Run

__all__ = ["Plan", "Run"]
