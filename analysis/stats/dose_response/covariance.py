"""Arms of one study against its reference arm: the effects, and how they hang together."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from ..errors import NotPoolable, rows_named
from .tables import greenland_longnecker, hamling, shared

METHODS = {
    "GL": "Greenland and Longnecker",
    "HAMLING": "Hamling",
    "NONE": "none, as if the arms were independent",
}


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """A study's arms but the reference: ``dose`` (c,), ``yi`` (c,) and its covariance ``V`` (c, c).

    ``yi`` is the effect against ``reference``, a dose of the same study, on an additive scale (log
    ratio, difference). ``rows`` (c,) says which of the given arms each is.
    """

    dose: np.ndarray
    reference: float
    yi: np.ndarray
    V: np.ndarray
    rows: np.ndarray


def from_counts(dose, cases, total, design, *, reference=None):
    """`Contrasts` of raw counts, arrays (a,): log odds, risk or rate ratios with exact covariance.

    ``design``: cc (odds ratio of ``cases`` among ``total`` persons), ci (risk ratio), ir (rate
    ratio; ``total`` is person-time). ``reference`` is the index of the reference arm, the lowest
    dose unless given. Raises `NotPoolable`, naming the rows, for doses that are not distinct and
    for counts that no logarithm can be taken of.
    """
    dose, reference = _arms(dose, reference)
    cases, total = _counted(cases, total, design, dose.size)
    rest = np.arange(dose.size) != reference
    level = np.log(cases / (total - cases if design == "cc" else total))
    own = shared(cases, total, design)
    V = np.diag(own[rest]) + own[reference]
    return _contrasts(dose, reference, rest, level[rest] - level[reference], V)


def from_estimates(dose, estimate, se, cases=None, total=None, design=None, *, reference=None,
                   method="GL"):  # fmt: skip
    """`Contrasts` of published log ratios ``estimate`` with errors ``se``, arrays (a,).

    The reference arm is the one without an error (NaN), or the index ``reference``. ``method`` GL
    or HAMLING rebuilds the correlations from ``cases`` and ``total`` by ``design`` (see
    `from_counts`); NONE leaves them 0. Raises `NotPoolable`, naming the rows, also where no arm or
    more than one lacks an error. Sources: Greenland & Longnecker (1992), Am J Epidemiol 135:1301;
    Hamling et al. (2008), Stat Med 27:954; Orsini et al. (2012), Am J Epidemiol 175:66.
    """
    estimate, se = np.array(estimate, float), np.array(se, float)
    reference = _unestimated(estimate, se) if reference is None else reference
    dose, reference = _arms(dose, reference)
    rest = np.arange(dose.size) != reference
    bad = rest & ~(np.isfinite(estimate) & (se > 0))
    if bad.any():
        raise NotPoolable(f"{rows_named(bad)}: an estimate needs a standard error above zero")
    if np.isfinite(estimate[reference]) and estimate[reference] != 0:
        raise NotPoolable(f"row {reference + 1}: the ratio of the reference to itself is 1")
    y = np.where(rest, estimate, 0.0)
    if method == "NONE":
        return _contrasts(dose, reference, rest, y[rest], np.diag(se[rest] ** 2))
    if method not in METHODS:
        raise NotPoolable(f"no way {method!r} to rebuild covariances: choose {', '.join(METHODS)}")
    cases, total = _counted(cases, total, design, dose.size)
    if method == "GL":
        fitted = greenland_longnecker(y, cases, total, design)
    else:
        fitted = hamling(y, se**2, cases, total, design, reference)
    own = shared(*fitted, design)
    spread = np.sqrt(own[rest] + own[reference])
    R = own[reference] / np.outer(spread, spread)
    np.fill_diagonal(R, 1.0)
    return _contrasts(dose, reference, rest, y[rest], R * np.outer(se[rest], se[rest]))


def from_means(dose, mean, sd, n, *, measure="MD", reference=None):
    """`Contrasts` of means, arrays (a,): MD differences, or SMD differences by the pooled SD.

    MD: each arm has its own variance. SMD: Hedges' correction, and the covariance of Gleser and
    Olkin (2009), Handbook of research synthesis, ch. 19, in the whole study's size. Raises
    ``NotPoolable`` for an arm without an SD above zero or with fewer than two patients.
    """
    dose, reference = _arms(dose, reference)
    mean, sd, n = (_whole(values, dose.size) for values in (mean, sd, n))
    bad = ~(np.isfinite(mean) & (sd > 0) & (n > 1))
    if bad.any():
        raise NotPoolable(f"{rows_named(bad)}: a mean needs an SD above zero and two patients")
    rest = np.arange(dose.size) != reference
    y = (mean - mean[reference])[rest]
    if measure == "MD":
        own = sd**2 / n
        return _contrasts(dose, reference, rest, y, np.diag(own[rest]) + own[reference])
    if measure != "SMD":
        raise NotPoolable(f"means are compared by MD or SMD, not {measure}")
    df = float(np.sum(n - 1))
    pooled = np.sqrt(np.sum((n - 1) * sd**2) / df)
    g = _unbiased(df) * y / pooled
    V = np.diag(1 / n[rest]) + 1 / n[reference] + np.outer(g, g) / (2 * n.sum())
    return _contrasts(dose, reference, rest, g, V)


def _unbiased(df):
    """Hedges' factor, exactly."""
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) * np.sqrt(2 / df))


def _contrasts(dose, reference, rest, y, V):
    return Contrasts(dose[rest], float(dose[reference]), y, V, np.flatnonzero(rest))


def _arms(dose, reference):
    """Doses that are finite and distinct, and the index of the reference."""
    dose = np.array(dose, float)
    if dose.size < 2:
        raise NotPoolable("a trend needs two arms or more: a reference and another dose")
    if not np.isfinite(dose).all():
        raise NotPoolable(f"{rows_named(~np.isfinite(dose))}: an arm needs a dose")
    same = (dose[:, None] == dose).sum(1) > 1
    if same.any():
        raise NotPoolable(f"{rows_named(same)}: two arms have the same dose; combine them first")
    if reference is None:
        return dose, int(dose.argmin())
    if not 0 <= reference < dose.size:
        raise NotPoolable("the reference is none of the arms")
    return dose, int(reference)


def _unestimated(estimate, se):
    """The one arm without a standard error."""
    without = np.isnan(se)
    if without.sum() == 1:
        return int(without.argmax())
    if not without.any():
        raise NotPoolable("there is no reference: every arm has an estimate with an interval")
    raise NotPoolable(
        f"{rows_named(without)}: only the reference may be without an interval, and it is not clear"
        " which that is"
    )


def _whole(values, size):
    values = np.array(values, float)
    if values.shape != (size,):
        raise NotPoolable(f"{size} doses and {values.size} values do not match")
    return values


def _counted(cases, total, design, size):
    if design not in ("cc", "ci", "ir"):
        raise NotPoolable(f"a design is cc, ci or ir, not {design!r}")
    if cases is None or total is None:
        raise NotPoolable("rebuilding covariances needs the cases and the persons of every arm")
    cases, total = _whole(cases, size), _whole(total, size)
    if not (cases > 0).all():
        raise NotPoolable(f"{rows_named(~(cases > 0))}: the number of cases must be above zero")
    room = np.inf if design == "ir" else total
    bad = ~((total > 0) & np.isfinite(total) & (cases < room))
    if bad.any():
        what = (
            "person-time must be above zero"
            if design == "ir"
            else "there must be more persons than cases"
        )
        raise NotPoolable(f"{rows_named(bad)}: {what}")
    return cases, total
