"""What every model of individual patients reads: the rows that are complete, by study."""

from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable
from .formula import model_matrix
from .ordering import coded


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """``y`` (n,), ``X`` (n, p) with ``names``, and the ``group`` (n,) each row has in ``studies``.

    ``rows`` are the places of the n rows used among those given.
    """

    y: np.ndarray
    X: np.ndarray
    names: tuple
    group: np.ndarray
    studies: tuple
    rows: np.ndarray
    matrix: object


def patients_of(formula, columns, study, levels=None):
    """`Patients` of ``formula``; rows with a missing value in the model are left out.

    Raises `NotEstimable` for fewer than two studies, more coefficients than patients, or a
    coefficient that is a combination of others.
    """
    matrix = model_matrix(formula, columns, levels=levels, intercept="(Intercept)")
    y = np.array([np.nan if v is None else v for v in columns[matrix.response]], float)
    labels = list(columns[study])
    keep = ~(np.isnan(y) | np.isnan(matrix.X).any(1)) & [x is not None and x == x for x in labels]
    studies, group = coded([x for x, kept in zip(labels, keep, strict=True) if kept])
    X = matrix.X[keep]
    refuse_unfit(X, studies, matrix.names)
    return Patients(y[keep], X, matrix.names, group, tuple(map(str, studies)),
                    np.flatnonzero(keep), matrix)  # fmt: skip


def refuse_unfit(X, studies, names):
    """Raise `NotEstimable` where no mixed model of these rows exists."""
    n, p = X.shape
    if len(studies) < 2:
        raise NotEstimable(
            "a random intercept for studies needs two studies or more; the patients without a gap"
            f" ({n}) are in {len(studies)}"
        )
    if n <= len(studies):
        raise NotEstimable("every study has one patient: nothing tells studies from patients")
    if n <= p + 1:
        raise NotEstimable(f"{n} patients cannot support {p} coefficients")
    size = np.abs(np.diag(np.linalg.qr(X, mode="r")))
    repeats = size < 1e-9 * np.maximum(np.linalg.norm(X, axis=0), 1e-300)
    if repeats.any():
        name = np.array(names)[repeats][0]
        raise NotEstimable(f"{name} is a combination of the other terms; leave it out")


def refuse_studies_told(X, group):
    """Raise `NotEstimable` where the terms tell every study from every other.

    Their deviations are then the terms', and the likelihood is flat in the variance of studies.
    """
    Q, _ = np.linalg.qr(X)
    shares = np.zeros((group.max() + 1, X.shape[1]))
    np.add.at(shares, group, Q)
    if group.size - np.sum(shares**2) < 1e-9 * group.size:
        raise NotEstimable(
            "the groups or covariates tell every study from every other, so that nothing is left"
            " between the studies; leave out what names the study"
        )
