"""Which patient characteristics stand between a factor and the outcome: the two-step table.

First each variable alone against the outcome, then those that matter beside the factor.
"""

from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable, NotPoolable
from .mixed import fit_mixed
from .mixed_tests import term_tests


@dataclass(frozen=True, slots=True)
class Candidate:
    """One variable: its p alone, whether it was kept, and its p beside the factor and the others.

    ``n`` patients were in the model of the variable alone. ``p_together`` is None when it was not
    kept. Where a test has no degrees of freedom, its p is None and the variable is not kept.
    """

    name: str
    n: int
    p_alone: float | None
    kept: bool
    p_together: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ConfounderTable:
    """The candidates, and the factor before and after adjusting for those that were kept.

    ``terms`` are the factor's coefficients; ``crude`` and ``adjusted`` their values, both fitted
    to the ``n`` patients without a gap in any kept variable, and ``change`` the difference in
    percent of the crude value (NaN where that is 0). ``p_crude`` and ``p_adjusted`` test the
    factor.
    """

    candidates: tuple
    terms: tuple
    crude: np.ndarray
    adjusted: np.ndarray
    change: np.ndarray
    p_crude: float
    p_adjusted: float
    n: int


def confounder_table(outcome, factor, candidates, columns, *, study="study", threshold=0.05):
    """`ConfounderTable` of ``candidates`` (names) for the effect of ``factor`` on ``outcome``.

    Every model has a random intercept for ``study``. A candidate is kept when its F test alone
    has p below ``threshold``. Raises `NotEstimable` without candidates, or as `mixed.fit_mixed`.
    """
    if not candidates:
        raise NotEstimable("name the variables that might confound the comparison")
    alone = {name: _alone(outcome, name, columns, study) for name in candidates}
    p_alone = {name: term_tests(fit)[0].p for name, fit in alone.items()}
    kept = [name for name, p in p_alone.items() if p is not None and p < threshold]
    together = _fit(outcome, [factor, *kept], columns, study)
    same = {name: [values[i] for i in together.rows] for name, values in columns.items()}
    crude = _fit(outcome, [factor], same, study)
    p_together = {test.term: test.p for test in term_tests(together)}
    places = [j for j, number in enumerate(crude.assign) if number == 1]
    before, after = crude.beta[places], together.beta[places]
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before != 0, 100 * (after - before) / np.abs(before), np.nan)
    rows = tuple(
        Candidate(name, alone[name].n, p_alone[name], name in kept, p_together.get(name))
        for name in candidates
    )
    return ConfounderTable(
        candidates=rows, terms=tuple(crude.terms[j] for j in places), crude=before,
        adjusted=after, change=change, p_crude=term_tests(crude)[0].p,
        p_adjusted=p_together[factor], n=together.n,
    )  # fmt: skip


def _alone(outcome, name, columns, study):
    """One candidate's own model; a refusal names the candidate, for it may be one of many."""
    try:
        return _fit(outcome, [name], columns, study)
    except (NotEstimable, NotPoolable) as refusal:
        raise NotEstimable(f"{name} as a possible confounder: {refusal}") from None


def _fit(outcome, terms, columns, study):
    return fit_mixed(f"{outcome} ~ {' + '.join(terms)}", columns, study=study)
