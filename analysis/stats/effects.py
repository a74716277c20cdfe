"""Effect sizes and their sampling variances from what a study printed: ``escalc``."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable, rows_named
from .measures import given, means, paired, proportions, single, two_by_two
from .measures.family import Options

FAMILIES = (
    two_by_two.FAMILY, means.FAMILY, proportions.PROPORTIONS, proportions.RATES,
    proportions.TWO_RATES, single.MEANS, single.CORRELATIONS, single.PARTIAL, single.SEMIPARTIAL,
    single.RELIABILITY, single.GENETICS, paired.CHANGE, paired.MATCHED, given.GIVEN, given.HAZARD,
)  # fmt: skip
FAMILY_OF = {name: family for family in FAMILIES for name in family.measures}
MEASURES = tuple(FAMILY_OF)

# Defined at zero as they stand, so nothing is added unless it is asked for.
NO_ADJUSTMENT = frozenset({"AS", "PHI", "IRSD", "PAS", "PFT", "IRS", "IRFT"})
RULES = ("only0", "all", "if0all", "none")


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Effects of k studies on the measure's own additive scale.

    ``yi``, ``vi`` (k,): effect and sampling variance, NaN where a row does not give it;
    ``problems`` says why, by row counted from 0. ``ni``: patients (or person-time), or None.
    """

    measure: str
    yi: np.ndarray
    vi: np.ndarray
    ni: np.ndarray | None
    problems: dict

    @property
    def sei(self):
        return np.sqrt(self.vi)

    @property
    def zi(self):
        return wald.ratio(self.yi, self.sei)

    def ci(self, level=0.95):
        """Lower and upper bounds of normal intervals, arrays (k,)."""
        margin = wald.critical(level) * self.sei
        return self.yi - margin, self.yi + margin


def escalc(measure, columns, *, add=None, to=None, drop00=False, vtype="LS", correct=True,
           edition=5):  # fmt: skip
    """Effects for every row of ``columns``, a mapping from metafor's names to arrays.

    Parameters
    ----------
    measure : str
        One of `MEASURES`, metafor's names; ``GEN`` takes effects as given.
    columns : mapping
        What the measure's family reads (``ai bi ci di``, ``m1i sd1i n1i m2i sd2i n2i``, ...);
        others are ignored. Missing values are NaN (or None).
    add, to, drop00
        Zero cells: ``add`` (0.5) goes into all cells of a table with a zero (``only0``), of every
        table (``all``), of every table if any has a zero (``if0all``), or nowhere (``none``);
        ``drop00`` leaves out tables without events, or without non-events, in both groups.
    vtype : str
        Type of sampling variance, LS unless the family offers another.
    correct : bool
        Small-sample bias corrections (Hedges' J; ROM, VR and their kin).
    edition : {5, 3}
        3 reproduces analyses made with metafor before 4.0: other variances of SMDH, SMD1H, SMCRH,
        PCOR and ZPCOR, and no correction of log ratios of means.

    Raises
    ------
    NotEstimable
        For values no study can have (negative counts, SDs; r beyond 1), naming the rows, and for
        columns that are not there. A row that merely lacks something is NaN with its reason.
    """
    family = FAMILY_OF.get(measure)
    if family is None:
        raise NotEstimable(f"there is no measure {measure!r}; choose one of {', '.join(MEASURES)}")
    names = _input_names(family, columns, measure)
    to, add = _zero_cells(measure, add, to)
    options = Options(add, to, drop00, _variance_type(measure, family, vtype), correct, edition)
    given_columns = {name: np.array(columns[name], float) for name in names}
    _refuse_impossible(family, given_columns)
    with np.errstate(all="ignore"):
        idle = {name: np.nan for name in family.idle.get(measure, ())}
        prepared = family.prepare(idle | given_columns, options, measure)
        _refuse_impossible(family, prepared)
        yi, vi = family.measures[measure](prepared, options)
        ni = family.sizes(prepared)
    complete = ~np.any([np.isnan(values) for values in given_columns.values()], axis=0)
    undefined = np.isinf(yi) | np.isinf(vi) | (complete & np.isnan(yi))
    yi, vi = np.where(undefined, np.nan, yi), np.where(undefined | (vi < 0), np.nan, vi)
    lacking = np.flatnonzero(np.isnan(yi) | np.isnan(vi))
    problems = {int(i): _reason(given_columns, options, i) for i in lacking}
    return Effects(measure, yi, vi, ni, problems)


def _input_names(family, columns, measure):
    idle = family.idle.get(measure, ())
    choices = [
        tuple(name for name in names if name not in idle)
        for names in (family.columns, *family.alternatives)
    ]
    for names in choices:
        if all(name in columns for name in names):
            return names
    wanted = ", or ".join(" ".join(names) for names in choices)
    raise NotEstimable(f"{measure} needs the columns {wanted}; got {' '.join(columns) or 'none'}")


def _zero_cells(measure, add, to):
    to = to or "only0"
    if to not in RULES:
        raise NotEstimable(f"there is no zero-cell rule {to!r}; choose one of {', '.join(RULES)}")
    usual = 0.0 if measure in NO_ADJUSTMENT else 0.5
    return to, usual if add is None else add


def _variance_type(measure, family, vtype):
    offered = family.vtypes.get(measure, ("LS",))
    if vtype not in offered:
        raise NotEstimable(
            f"{measure} has no variance type {vtype!r}; choose one of {', '.join(offered)}"
        )
    return vtype


def _refuse_impossible(family, columns):
    for name in family.nonnegative:
        negative = np.asarray(columns.get(name, np.zeros(0))) < 0
        if negative.any():
            meaning = MEANING.get(name, "cannot be negative")
            raise NotEstimable(f"{rows_named(negative)}: {name} {meaning}")


MEANING = {
    "bi": "cannot be negative: there are more events than patients",
    "di": "cannot be negative: there are more events than patients",
    "mi": "cannot be negative: there are more events than patients",
    "spread": "cannot be negative: a correlation lies between -1 and 1",
}


def _reason(columns, options, row):
    missing = [name for name, values in columns.items() if np.isnan(values[row])]
    if missing:
        return f"{', '.join(missing)} missing"
    if options.drop00:
        return "no events, or nothing but events, in both groups (drop00)"
    return "the formula divides by zero or takes a logarithm of zero or less for these values"
