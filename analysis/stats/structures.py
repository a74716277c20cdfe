"""Random effects of multilevel and multivariate models, and how their covariance is built.

Parameters are unconstrained: standard deviations (of either sign), a Cholesky factor, and
correlations through tanh between the least possible and 1. A variance of 0 is then an
ordinary point.
"""

from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable
from .ordering import coded


@dataclass(frozen=True, slots=True, eq=False)
class Intercept:
    """A random intercept: rows with the same ``group`` share a deviation. ``name`` is shown."""

    name: str
    group: np.ndarray

    size = 1
    levels = 1

    @property
    def shape(self):
        """Which of ``levels`` each row has, and which rows belong together."""
        return np.zeros(self.group.size, int), self.group

    def subset(self, keep):
        return Intercept(self.name, self.group[keep])

    def laid(self, G, rows):
        return _by_level(self, G, rows)

    def start(self, scale, _):
        return np.array([scale])

    def covariance(self, theta):
        """``G`` (levels, levels) and its derivative by each parameter."""
        return np.array([[theta[0] ** 2]]), [np.array([[2 * theta[0]]])]


STRUCTURES = ("ID", "DIAG", "CS", "HCS", "AR", "HAR", "UN")


@dataclass(frozen=True, slots=True, eq=False)
class Correlated:
    """Effects of the levels of ``inner`` that are correlated within each ``outer`` group.

    ``structure``: ID and DIAG without correlation, CS and HCS with one, AR and HAR with one that
    falls with the distance of the levels, UN with all; the H and DIAG, UN have a variance a level.
    ``rho`` fixes the correlation of CS (one half: contrasts with a shared arm).
    """

    name: str
    inner: np.ndarray
    outer: np.ndarray
    structure: str
    levels: int
    rho: float | None = None

    def __post_init__(self):
        if self.structure not in STRUCTURES:
            raise NotEstimable(f"no structure {self.structure!r}; choose one of {STRUCTURES}")

    @property
    def shape(self):
        return self.inner, self.outer

    def subset(self, keep):
        inner, outer = self.inner[keep], self.outer[keep]
        return Correlated(self.name, inner, outer, self.structure, self.levels, self.rho)

    def laid(self, G, rows):
        return _by_level(self, G, rows)

    @property
    def variances(self):
        return self.levels if self.structure in ("DIAG", "HCS", "HAR", "UN") else 1

    @property
    def has_correlation(self):
        return self.structure in ("CS", "HCS", "AR", "HAR") and self.rho is None

    @property
    def size(self):
        if self.structure == "UN":
            return self.levels * (self.levels + 1) // 2
        return self.variances + self.has_correlation

    def start(self, scale, correlation):
        if self.structure == "UN":
            return _start_unstructured(self.levels, scale, max(correlation, 0.0))
        theta = np.full(self.variances, scale)
        if not self.has_correlation:
            return theta
        share = (max(correlation, 0.5 * self.least) - self.least) / (1 - self.least)
        return np.r_[theta, np.arctanh(2 * share - 1)]

    @property
    def least(self):
        """The smallest correlation that all levels can have with one another."""
        if self.structure in ("AR", "HAR"):
            return -1.0
        return -1.0 / max(self.levels - 1, 1)

    def correlation(self, parameter):
        """The correlation at an unconstrained parameter, and its slope."""
        t, width = np.tanh(parameter), 1 - self.least
        return self.least + width * (1 + t) / 2, width * (1 - t**2) / 2

    def _pattern(self, rho):
        distance = np.abs(np.subtract.outer(np.arange(self.levels), np.arange(self.levels)))
        if self.structure in ("AR", "HAR"):
            return rho**distance
        return np.where(distance == 0, 1.0, rho)

    def _pattern_slope(self, rho):
        distance = np.abs(np.subtract.outer(np.arange(self.levels), np.arange(self.levels)))
        if self.structure in ("AR", "HAR"):
            return np.where(distance > 0, distance * rho ** np.maximum(distance - 1, 0), 0.0)
        return np.where(distance == 0, 0.0, 1.0)

    def covariance(self, theta):
        if self.structure == "UN":
            return _unstructured(theta, self.levels)
        # A search may cross zero: were the sign kept, some correlations would turn round.
        signs = np.where(theta[: self.variances] < 0, -1.0, 1.0)
        sd = np.broadcast_to(np.abs(theta[: self.variances]), (self.levels,))
        rho, slope = self.correlation(theta[-1]) if self.has_correlation else (self.rho or 0.0, 0.0)
        R = self._pattern(rho)
        slopes = [signs[j] * self._sd_slope(j, sd, R) for j in range(self.variances)]
        if self.has_correlation:
            slopes.append(np.outer(sd, sd) * self._pattern_slope(rho) * slope)
        return np.outer(sd, sd) * R, slopes

    def _sd_slope(self, j, sd, R):
        unit = np.ones(self.levels) if self.variances == 1 else np.eye(self.levels)[j]
        return (np.outer(unit, sd) + np.outer(sd, unit)) * R


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Coefficients of the columns ``Z`` (k, levels) that vary between the groups of ``outer``.

    Their covariance is unstructured. A column of ones among them is a random intercept.
    """

    name: str
    Z: np.ndarray
    outer: np.ndarray

    @property
    def levels(self):
        return self.Z.shape[1]

    @property
    def size(self):
        return self.levels * (self.levels + 1) // 2

    @property
    def shape(self):
        """No level of its own a row, and which rows belong together."""
        return np.zeros(self.outer.size, int), self.outer

    def subset(self, keep):
        return Slopes(self.name, self.Z[keep], self.outer[keep])

    def laid(self, G, rows):
        Z, group = self.Z[rows], self.outer[rows]
        same = group[..., :, None] == group[..., None, :]
        return np.where(same, Z @ G @ np.swapaxes(Z, -1, -2), 0.0)

    def start(self, scale, correlation):
        return _start_unstructured(self.levels, scale, max(correlation, 0.0))

    def covariance(self, theta):
        return _unstructured(theta, self.levels)


def _by_level(effect, G, rows):
    """``G`` laid out over rows of levels, (..., size, size); 0 between groups."""
    inner, group = (values[rows] for values in effect.shape)
    same = group[..., :, None] == group[..., None, :]
    return np.where(same, G[inner[..., :, None], inner[..., None, :]], 0.0)


def _start_unstructured(levels, scale, correlation):
    R = np.where(np.eye(levels, dtype=bool), 1.0, correlation)
    return np.linalg.cholesky(scale**2 * R)[np.tril_indices(levels)]


def _unstructured(theta, levels):
    """The matrix with the Cholesky factor ``theta``, and its slopes."""
    lower = np.tril_indices(levels)
    L = np.zeros((levels, levels))
    L[lower] = theta
    slopes = []
    for i, j in zip(*lower, strict=True):
        D = np.zeros_like(L)
        D[i] = L[:, j]
        slopes.append(D + D.T)
    return L @ L.T, slopes


def correlated(inner, outer, structure, *, name="", rho=None):
    """A `Correlated` from two columns of labels; levels of ``inner`` in their natural order."""
    names, codes = coded(inner)
    return Correlated(name, codes, coded(outer)[1], structure, len(names), rho)


def intercept(labels, *, name=""):
    """An `Intercept` from a column of labels."""
    return Intercept(name, coded(labels)[1])


def slopes(Z, outer, *, name=""):
    """`Slopes` of the columns of ``Z`` between the groups that a column of labels names."""
    return Slopes(name, np.asarray(Z, float), coded(outer)[1])


def nested(*columns, name=""):
    """An `Intercept` for the combinations of several columns of labels (district/school)."""
    if len(columns) == 1:
        return intercept(columns[0], name=name)
    return intercept(["/".join(map(str, row)) for row in zip(*columns, strict=True)], name=name)
