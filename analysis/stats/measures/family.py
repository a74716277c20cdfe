"""What a family of measures is: the columns it reads and the formulas it offers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammaln


@dataclass(frozen=True, slots=True)
class Options:
    """How to compute: zero-cell rules, variance type, and small-sample bias correction.

    ``add`` is put into cells by the rule ``to`` (only0, all, if0all, none); ``drop00`` leaves out
    tables without events, or with nothing but events, in both arms. ``edition`` 3 computes as
    metafor before 4.0 did, where formulas have changed since.
    """

    add: float = 0.5
    to: str = "only0"
    drop00: bool = False
    vtype: str = "LS"
    correct: bool = True
    edition: int = 5


@dataclass(frozen=True, slots=True)
class Family:
    """Measures computed from the same columns.

    ``prepare(columns, options, measure)`` turns the given columns (arrays of equal length) into
    the complete set the formulas read. Each formula takes that set and the options and returns
    ``(yi, vi)``. ``sizes`` gives the total sample size per row, or None where there is none.
    ``nonnegative`` names the columns that cannot be below zero, as given or as prepared; ``idle``
    those a measure does without.
    """

    columns: tuple
    measures: Mapping[str, Callable]
    prepare: Callable = lambda columns, options, measure: columns
    vtypes: Mapping[str, tuple] = field(default_factory=dict)
    alternatives: tuple = ()
    nonnegative: tuple = ()
    idle: Mapping[str, tuple] = field(default_factory=dict)
    sizes: Callable = lambda columns: None


def bias_factor(m):
    """Hedges' exact J(m) = G(m/2) / (sqrt(m/2) G((m-1)/2)), shape of ``m``; NaN for m <= 1."""
    m = np.asarray(m, float)
    safe = np.where(m > 1, m, 2.0)
    j = np.exp(gammaln(safe / 2) - 0.5 * np.log(safe / 2) - gammaln((safe - 1) / 2))
    return np.where(m > 1, j, np.nan)


def average(values, sizes):
    """The mean of ``values`` weighted by ``sizes``, over the rows that have both: one number."""
    known = np.isfinite(values) & np.isfinite(sizes)
    return float(np.sum(values[known] * sizes[known]) / np.sum(sizes[known]))
