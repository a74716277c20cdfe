r"""Standard deviations that papers do not print: values assumed in their place.

Sources: Furukawa et al. (2006) J Clin Epidemiol 59:7 (pooled SD of other arms); Cochrane Handbook
6.5.2 (largest, other arm, change scores with a correlation); Marinho et al. (2003) Cochrane
CD002278 (regression of log SD on log mean); Rubin (1987) for `drawn`.
"""

from dataclasses import dataclass

import numpy as np

from .errors import NotEstimable, rows_named


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """``sd`` in the shape it was given; ``assumed`` is True where it was filled."""

    sd: np.ndarray
    assumed: np.ndarray


def fill(method, sd, n, mean):
    r"""`Filled` by one of `METHODS`; ``sd``, ``n``, ``mean`` (k, g): g arms of k studies.

    NaN in ``sd`` is a gap. ``pooled``: $\sqrt{\sum(n-1)s^2/\sum(n-1)}$ of all known arms;
    ``largest``, ``median`` of them; ``other``: that of the study's own other arm, and NaN stays
    where there is none;
    ``regression``: $\log s=a+b\log\bar x$ over the known arms, which needs means above zero and
    three known arms of different means. Raises `NotEstimable` when nothing can be filled from.
    """
    if method not in METHODS:
        raise NotEstimable(f"no way {method!r}; choose one of {', '.join(METHODS)}")
    sd, n, mean = _checked(sd, n, mean)
    gaps = np.isnan(sd)
    if gaps.all():
        raise NotEstimable("no study has a standard deviation to fill from")
    values = np.broadcast_to(METHODS[method](sd, n, mean), sd.shape)
    return Filled(np.where(gaps, values, sd), gaps & np.isfinite(values))


def drawn(sd, n, mean, *, m=20, seed):
    """``m`` `Filled` whose gaps are drawn from the predictive distribution of `fill`'s regression
    (of log SD on log mean, or of log SD alone where a mean is not above zero or fewer than four
    arms are known), the coefficients and residual variance drawn for each as Rubin (1987, p. 167).

    Raises `NotEstimable` when fewer than three arms have an SD.
    """
    sd, n, mean = _checked(sd, n, mean)
    gaps = np.isnan(sd)
    known = ~gaps
    if known.sum() < 3:
        raise NotEstimable("drawing standard deviations needs three arms that have one")
    slope = known.sum() > 3 and (mean > 0).all() and np.ptp(mean[known]) > 0
    X, y = _design(mean, slope), np.log(sd[known])
    A, df = X[known.ravel()], int(known.sum()) - (2 if slope else 1)
    beta, bread = np.linalg.lstsq(A, y, rcond=None)[0], np.linalg.inv(A.T @ A)
    rss = float(np.sum((y - A @ beta) ** 2))
    rng, found = np.random.default_rng(seed), []
    for _ in range(m):
        sigma = np.sqrt(rss / rng.chisquare(df))
        b = beta + sigma * np.linalg.cholesky(bread) @ rng.normal(size=beta.size)
        values = np.exp(X @ b + sigma * rng.normal(size=len(X))).reshape(sd.shape)
        found.append(Filled(np.where(gaps, values, sd), gaps))
    return found


def change_sd(baseline, final, r):
    r"""SD of a change, $\sqrt{s_b^2+s_f^2-2rs_bs_f}$, from the SDs before and after and their
    correlation ``r`` within patients; arrays of one shape, in the unit of the outcome.

    Raises `NotEstimable` for a correlation beyond -1 to 1. NaN where the result would be 0.
    """
    if not -1 <= r <= 1:
        raise NotEstimable("a correlation lies between -1 and 1")
    b, f = np.asarray(baseline, float), np.asarray(final, float)
    square = b**2 + f**2 - 2 * r * b * f
    return np.sqrt(np.where(square > 0, square, np.nan))


def _checked(sd, n, mean):
    sd, n, mean = (np.atleast_2d(np.asarray(x, float)) for x in (sd, n, mean))
    bad = (~np.isnan(sd) & ~(sd > 0)) | ~(n > 0) | ~np.isfinite(mean)
    if bad.any():
        raise NotEstimable(
            f"{rows_named(bad.any(1))}: an SD or a number not above zero, or no mean"
        )
    return sd, n, mean


def _pooled(sd, n, mean):
    known = ~np.isnan(sd)
    df = np.where(known, n - 1, 0.0)
    if not df.sum() > 0:
        raise NotEstimable("no arm with an SD has more than one patient")
    return np.sqrt(np.nansum(df * sd**2) / df.sum())


def _other(sd, n, mean):
    best = np.where(np.isnan(sd), -np.inf, sd).max(1)
    return np.where(np.isfinite(best), best, np.nan)[:, None]


def _regression(sd, n, mean):
    known = ~np.isnan(sd)
    if not (mean > 0).all():
        raise NotEstimable("the regression takes logarithms, and a mean is not above zero")
    if known.sum() < 3 or np.ptp(mean[known]) == 0:
        raise NotEstimable("the regression needs three arms with an SD, of different means")
    X = _design(mean, True)
    beta = np.linalg.lstsq(X[known.ravel()], np.log(sd[known]), rcond=None)[0]
    return np.exp(X @ beta).reshape(sd.shape)


def _design(mean, slope):
    ones = np.ones(mean.size)
    return np.column_stack([ones, np.log(mean.ravel())] if slope else [ones])


METHODS = {
    "pooled": _pooled,
    "median": lambda sd, n, mean: np.nanmedian(sd),
    "largest": lambda sd, n, mean: np.nanmax(sd),
    "other": _other,
    "regression": _regression,
}
