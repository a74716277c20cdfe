"""Appraisal tools as data, and one engine that runs any of them."""

from .engine import assess, judge_overall
from .loader import InstrumentProblem, catalogue, load, parse

__all__ = ["InstrumentProblem", "assess", "catalogue", "judge_overall", "load", "parse"]
