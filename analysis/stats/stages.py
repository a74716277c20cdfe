"""Patients pooled in one stage and in two, and together with studies that give only summaries."""

from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable
from .mixed_data import patients_of
from .mixed_slopes import SlopesFit, fit_slopes
from .pooling import Fit, rma

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, slots=True, eq=False)
class FirstStage:
    """One coefficient by study: ``yi``, ``vi`` (k,) in the outcome's unit, for ``studies``.

    ``left_out`` names the studies that cannot estimate it, each with the reason.
    """

    term: str
    studies: tuple
    yi: np.ndarray
    vi: np.ndarray
    left_out: dict


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """The same effect from one mixed model and from a regression in each study, then pooled.

    ``difference`` is two-stage less one-stage: large ones come from few patients a study, from
    covariates (one stage shares their coefficients) or from differences between studies that the
    one-stage model, without a level of its own for each, takes for an effect.
    """

    term: str
    one: SlopesFit
    two: Fit
    first: FirstStage
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    difference: float


@dataclass(frozen=True, slots=True, eq=False)
class WithAggregates:
    """Patients' and published estimates pooled.

    ``difference`` is published less patients' effects, with its standard error and p value, one
    tau2 for both; None with one kind.
    """

    fit: Fit
    difference: float | None
    se: float | None
    pval: float | None


def first_stage(formula, columns, term, *, study="study", levels=None):
    """`FirstStage`: ordinary regression of ``formula`` in each study by itself.

    ``term`` may be the intercept of a formula without other terms: the studies' own means. A study
    that cannot tell it is in ``left_out`` with the reason. Raises ``NotEstimable`` for another.
    """
    d = patients_of(formula, columns, study, levels)
    if term not in d.names:
        raise NotEstimable(f"{term} is no coefficient of the formula: {', '.join(d.names)}")
    refuse_intercept(d.names, term)
    place, names, yi, vi, left_out = d.names.index(term), [], [], [], {}
    for i, name in enumerate(d.studies):
        own = d.group == i
        try:
            estimate, variance = _coefficient(d.X[own], d.y[own], place)
        except NotEstimable as reason:
            left_out[name] = str(reason)
            continue
        names.append(name)
        yi.append(estimate)
        vi.append(variance)
    return FirstStage(term, tuple(names), np.array(yi), np.array(vi), left_out)


def refuse_intercept(names, term):
    """Raise `NotEstimable` where the intercept is no mean: beside other terms."""
    if term == INTERCEPT and len(names) > 1:
        raise NotEstimable("the mean of a study is its intercept only where nothing else is said")


def _coefficient(X, y, place):
    """One coefficient of a study and its variance; columns constant in it join its intercept."""
    varies = np.ptp(X, axis=0) > 0
    if X.shape[1] == 1:
        return _mean(y)
    if not varies[place]:
        raise NotEstimable("everybody in this study has the same value")
    columns = np.r_[np.flatnonzero(varies)]
    A = np.column_stack([np.ones(y.size), X[:, columns]])
    if np.linalg.matrix_rank(A) < A.shape[1] or y.size <= A.shape[1]:
        raise NotEstimable(f"{y.size} patients cannot support {A.shape[1]} coefficients")
    inverse = np.linalg.inv(A.T @ A)
    beta = inverse @ (A.T @ y)
    s2 = float(np.sum((y - A @ beta) ** 2)) / (y.size - A.shape[1])
    at = 1 + int(np.flatnonzero(columns == place)[0])
    if s2 <= 0:
        raise NotEstimable("the regression fits every patient of this study exactly")
    return float(beta[at]), float(s2 * inverse[at, at])


def _mean(y):
    if y.size < 2 or np.ptp(y) == 0:
        raise NotEstimable("a mean needs two patients or more who differ")
    return float(y.mean()), float(y.var(ddof=1) / y.size)


def side_by_side(formula, columns, term, *, study="study", method="REML", test="z", levels=None):
    """`SideBySide` of the coefficient ``term``, random between studies in both stages.

    Source: Burke, Ensor & Riley (2017), Stat Med 36:855.
    """
    slopes = [term] if term != INTERCEPT else []
    one = fit_slopes(formula, columns, slopes=slopes, study=study, levels=levels)
    first = first_stage(formula, columns, term, study=study, levels=levels)
    two = rma(first.yi, first.vi, method=method, test=test)
    at = one.terms.index(term)
    return SideBySide(
        term=term, one=one, two=two, first=first, estimate=float(one.beta[at]),
        se=float(one.se[at]), ci_lb=float(one.ci_lb[at]), ci_ub=float(one.ci_ub[at]),
        difference=float(two.beta[0] - one.beta[at]),
    )  # fmt: skip


def with_aggregates(first, yi, vi, *, method="REML", test="z"):
    """Pool a `FirstStage` with published effects ``yi`` and variances ``vi`` of other studies.

    The published ones must be the same effect in the same unit, adjusted alike. Source: Riley,
    Simmonds & Look (2007), J Clin Epidemiol 60:431.
    """
    yi, vi = np.asarray(yi, float), np.asarray(vi, float)
    y, v = np.r_[first.yi, yi], np.r_[first.vi, vi]
    published = np.r_[np.zeros(first.yi.size), np.ones(yi.size)]
    fit = rma(y, v, method=method, test=test)
    kinds = rma(y, v, X=np.column_stack([np.ones(y.size), published]), method=method, test=test,
                terms=("intrcpt", "published")) if yi.size > 0 and y.size > 3 else None  # fmt: skip
    if kinds is None or kinds.p == 1:
        return WithAggregates(fit, None, None, None)
    return WithAggregates(fit, float(kinds.beta[1]), float(kinds.se[1]), float(kinds.pval[1]))
