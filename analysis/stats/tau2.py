"""Estimators of the between-study variance, each with its standard error.

Names are metafor's. Iterative ones are solved to machine precision between bounds that are
proved, not guessed, so that per-cent scales (tau2 in the hundreds) and tiny rates converge alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from .errors import NotPoolable, rows_named
from .least_squares import solve, sums, trace_pd, trace_pdpd, unweighted_rss
from .roots import bracketed_root

COMMON_EFFECT = frozenset({"FE", "EE", "CE"})
GRID_POINTS = 12
LADDER = np.linspace(0, 1, GRID_POINTS)


@dataclass(frozen=True, slots=True)
class Tau2:
    """Between-study variance and its standard error, both in squared outcome units.

    ``se`` is None when the information about tau2 drowns in the rounding of one study's weight.
    """

    value: float
    se: float | None


def estimate_tau2(d, method, weights=None):
    """Estimate tau2 for a `least_squares.Design` with k > p.

    ``method``: one of `ESTIMATORS`. ``weights`` (k,) only enters ``"GENQ"``, where it is
    required. Raises `NotPoolable` for a method that needs variances above zero when one is 0.
    """
    if method not in ESTIMATORS:
        offered = ", ".join(sorted(COMMON_EFFECT | ESTIMATORS.keys()))
        raise NotPoolable(f"there is no method {method!r}; choose one of {offered}")
    if method in NEEDS_POSITIVE and not (d.v > 0).all():
        raise NotPoolable(
            f"{rows_named(d.v <= 0)}: method {method} cannot use a sampling variance of zero; "
            "check the standard error"
        )
    if method in GENERALISED:
        if weights is None:
            raise NotPoolable(f"method {method} needs a weight for each study")
        return ESTIMATORS[method](d, weights)
    return ESTIMATORS[method](d)


def _moment_se(d, a, tau2, scale):
    """SE of a quadratic-form estimator ``y'Py / scale`` under normality, P built on ``a``."""
    one = np.ones(d.k)
    variance = (
        2 * trace_pdpd(d, a, d.v, d.v)
        + 4 * tau2 * trace_pdpd(d, a, d.v, one)
        + 2 * tau2**2 * trace_pdpd(d, a, one, one)
    )
    return float(np.sqrt(max(variance, 0.0)) / scale)


def _quadratic(d, a):
    r = solve(d, a).residuals
    return float(a @ (r * r))


def _generalised(d, a):
    """Method of moments for any fixed weights (DerSimonian & Kacker 2007)."""
    scale = trace_pd(d, a, np.ones(d.k))
    tau2 = max(0.0, (_quadratic(d, a) - trace_pd(d, a, d.v)) / scale)
    return Tau2(tau2, _moment_se(d, a, tau2, scale))


def _dersimonian_laird(d):
    return _generalised(d, 1 / d.v)


def _hedges(d):
    return _generalised(d, np.ones(d.k))


def _hunter_schmidt(d, factor=1.0):
    a = 1 / d.v
    tau2 = max(0.0, (factor * _quadratic(d, a) - d.k) / a.sum())
    return Tau2(tau2, factor * _moment_se(d, a, tau2, a.sum()))


def _hunter_schmidt_k(d):
    return _hunter_schmidt(d, d.k / (d.k - d.p))


def _sidik_jonkman(d):
    start = float(np.var(d.y))
    if start == 0.0:
        return Tau2(0.0, 0.0)
    a = 1 / (d.v + start)
    scale = (d.k - d.p) / start
    tau2 = _quadratic(d, a) / scale
    return Tau2(tau2, _moment_se(d, a, tau2, scale))


def ceiling(d):
    """A tau2 above which both likelihoods fall: y'PPy <= RSS/t^2 and trP >= (k-p)/(t+max v)."""
    s2 = unweighted_rss(d) / (d.k - d.p)
    if s2 <= 1e-26 * max(float(d.y @ d.y) / d.k, 1e-300):
        return 0.0
    return 1.01 * 0.5 * (s2 + np.sqrt(s2**2 + 4 * s2 * d.v.max()))


@dataclass(frozen=True, slots=True)
class _Likelihood:
    score: Callable
    slope: Callable
    loglik: Callable


ML_PARTS = _Likelihood(
    lambda s: s.yPPy - s.trW,
    lambda s: s.trWW - 2 * s.yPPPy,
    lambda s: 0.5 * (s.logw - s.yPy),
)
REML_PARTS = _Likelihood(
    lambda s: s.yPPy - s.trP,
    lambda s: s.trPP - 2 * s.yPPPy,
    lambda s: 0.5 * (s.logw - s.logA - s.yPy),
)


def _straightened(parts, s):
    """The score, with its slope, times the square of a typical marginal variance: with equal
    sampling variances it is a straight line, otherwise nearly, so that Newton's steps are few."""
    typical, score = s.trW / s.trWW, parts.score(s)
    return score * typical**2, (parts.slope(s) * typical + 2 * score) * typical


def _highest_peak(d, parts):
    """The tau2 >= 0 where the (restricted) likelihood is greatest.

    The likelihood can have several peaks, so the score is first scanned on a grid up to the
    proven ceiling; each fall through zero is then polished inside its bracket. Where a sampling
    variance of 0 forbids a tau2 of 0 (one study would be the whole fit, and the likelihood by ML
    endless), 0 counts only when there is no other peak: then there is no estimate.
    """
    top = ceiling(d)
    if top == 0.0:
        return 0.0
    grid = trial_values(d, top)
    scores, _ = _straightened(parts, sums(d, grid))

    def score(t):
        value, slope = _straightened(parts, sums(d, t))
        return float(value), float(slope)

    peaks = [] if scores[0] > 0 else [0.0]
    for i in np.flatnonzero((scores[:-1] > 0) & (scores[1:] <= 0)):
        lo, hi = float(grid[i]), float(grid[i + 1])
        guess = lo + (hi - lo) * float(scores[i] / (scores[i] - scores[i + 1]))
        peaks.append(bracketed_root(score, lo, hi, start=guess))
    if grid[0] > 0.0:
        # Beside a far greater weight of one study the others are little but rounding.
        peaks = [t for t in peaks if t >= 1e-6 * float(np.median(d.v))] or [0.0]
    if len(peaks) == 1:
        best = peaks[0]
    else:
        best = peaks[int(np.argmax(parts.loglik(sums(d, peaks))))]
    if best == 0.0 and grid[0] > 0.0:
        raise NotPoolable(
            f"{rows_named(d.v <= 0)}: with a sampling variance of zero and no heterogeneity "
            "a study would get all the weight; check its standard error"
        )
    return best


def _reml(d):
    tau2 = _highest_peak(d, REML_PARTS)
    found = sums(d, tau2)
    # When one study has all the weight the trace is the rest of a cancellation.
    known = found.trPP > 1e-10 * found.trWW
    return Tau2(tau2, float(np.sqrt(2 / found.trPP)) if known else None)


def _ml(d):
    tau2 = _highest_peak(d, ML_PARTS)
    return Tau2(tau2, float(np.sqrt(2 / sums(d, tau2).trWW)))


def q_equals(d, target):
    """The tau2 at which the generalised Q statistic equals ``target``; 0 if Q(0) is below it.

    Q falls from Q(0) towards 0 and lies below ``RSS / tau2``, so the root is bracketed.
    """
    top = 1.01 * unweighted_rss(d) / target
    if top <= 0.0:
        return 0.0
    grid = trial_values(d, top)
    gap = sums(d, grid).yPy - target
    if gap[0] <= 0:
        return 0.0
    i = int(np.flatnonzero(gap > 0)[-1])

    def excess(t):
        s = sums(d, t)
        return float(s.yPy) - target, -float(s.yPPy)

    return bracketed_root(excess, grid[i], grid[i + 1])


def trial_values(d, top):
    """Trial values from 0 (just above it, where a variance of 0 forbids 0) to ``top``."""
    least = float(d.v.min())
    if not least > 0:
        return np.geomspace(1e-12 * top, top, GRID_POINTS + 1)
    low = min(max(0.1 * least, 1e-10 * top), 0.01 * top)
    return np.concatenate(([0.0], low * (top / low) ** LADDER))


def _paule_mandel(d, target=None):
    tau2 = q_equals(d, d.k - d.p if target is None else target)
    a = 1 / (d.v + tau2)
    # With P built on these weights and V + tau2 I the marginal variance, the three traces of
    # `_moment_se` collapse to k - p.
    return Tau2(tau2, float(np.sqrt(2 * d.k**2 / (d.k - d.p)) / a.sum()))


def _paule_mandel_median(d):
    return _paule_mandel(d, float(chdtri(d.k - d.p, 0.5)))


GENERALISED = frozenset({"GENQ"})
NEEDS_POSITIVE = frozenset({"DL", "HS", "HSk", "PM", "PMM"})
ESTIMATORS = {
    "DL": _dersimonian_laird,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "HSk": _hunter_schmidt_k,
    "SJ": _sidik_jonkman,
    "ML": _ml,
    "REML": _reml,
    "EB": _paule_mandel,
    "PM": _paule_mandel,
    "PMM": _paule_mandel_median,
    "GENQ": _generalised,
}
