"""All k fits without one study at once, for models with an intercept alone.

The sums of the k regressions are those of all studies less one term each, so that Newton's
method runs for all of them side by side. A row that does not settle, or could have two
peaks, is left to the ordinary fit.
"""

from dataclasses import dataclass

import numpy as np

from .least_squares import design, sums
from .pooling import Fit, rma
from .tau2 import ML_PARTS, REML_PARTS, ceiling, trial_values

STEPS = 30
MANY = 200
# Below it, what is left of a sum without its greatest term is mostly rounding.
LEFT = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Deleted:
    """Arrays (k,): the fit without each study. ``s2`` is the typical sampling variance."""

    beta: np.ndarray
    variance: np.ndarray
    tau2: np.ndarray
    QE: np.ndarray
    s2: np.ndarray


def can_delete_at_once(fit):
    """Whether `delete_each` covers this `pooling.Fit`."""
    simple = fit.p == 1 and fit.k > 3 and fit.user_weights is None and fit.has_intercept
    methods = fit.is_common_effect or fit.method in ("REML", "ML", "DL")
    return simple and methods and bool((fit.vi > 0).all()) and _none_dominates(1 / fit.vi**2)


def _none_dominates(parts):
    return bool(parts.sum() - parts.max() > LEFT * parts.max())


def delete_each(fit: Fit):
    """`Deleted` for a fit that `can_delete_at_once`; Knapp-Hartung's factor is in ``variance``."""
    centre = fit.yi.mean()
    y, v, k = fit.yi - centre, fit.vi, fit.k
    fixed = _Without(y, v, np.zeros(k))
    QE, df = np.maximum(fixed.rss, 0.0), k - 2
    trace = fixed.S1 - fixed.S2 / fixed.S1
    s2 = df / trace
    if fit.is_common_effect:
        tau2 = np.zeros(k)
    elif fit.method == "DL":
        tau2 = np.maximum(0.0, (QE - df) / trace)
    else:
        tau2 = _likelihood(fit, y, v, fixed)
    final = _Without(y, v, tau2)
    variance = 1 / final.S1
    if fit.test in ("knha", "adhoc"):
        scale = np.maximum(final.rss, 0.0) / df
        variance = variance * (np.maximum(scale, 1.0) if fit.test == "adhoc" else scale)
    return Deleted(final.mean + centre, variance, tau2, QE, s2)


class _Without:
    """Weighted sums of all studies but one, for a tau2 of each of the k regressions."""

    def __init__(self, y, v, tau2, *, third=False):
        w = 1 / (v + tau2[:, None])
        A = np.column_stack([np.ones_like(y), y, y * y])
        own = np.diagonal(w)[:, None]
        self.S1, self.S1y, self.S1yy = (w @ A - own * A).T
        w2 = w * w
        self.S2, self.S2y, self.S2yy = (w2 @ A - own**2 * A).T
        if third:
            w2 *= w
            self.S3, self.S3y, self.S3yy = (w2 @ A - own**3 * A).T
        self.mean = self.S1y / self.S1

    @property
    def rss(self):
        return self.S1yy - self.mean * self.S1y

    def score(self, restricted):
        """Derivative of twice the log-likelihood by tau2, (k,)."""
        b = self.mean
        trace = self.S1 - self.S2 / self.S1 if restricted else self.S1
        return self.S2yy - 2 * b * self.S2y + b**2 * self.S2 - trace

    def slope(self, restricted):
        """The derivative of `score`; needs the third powers of the weights."""
        b = self.mean
        drift = self.S2y - b * self.S2
        yPPPy = self.S3yy - 2 * b * self.S3y + b**2 * self.S3 - drift**2 / self.S1
        if not restricted:
            return self.S2 - 2 * yPPPy
        return self.S2 - 2 * self.S3 / self.S1 + (self.S2 / self.S1) ** 2 - 2 * yPPPy


def _peaks(fit, y, v, restricted):
    """How many peaks the likelihood without each study has on a grid, (k,).

    Among hundreds of studies one cannot add a peak to a likelihood that has a single one.
    """
    d, parts = design(y, v, fit.X), REML_PARTS if restricted else ML_PARTS
    grid = trial_values(d, max(4 * ceiling(d), 1e-300))
    if fit.k > MANY:
        whole = parts.score(sums(d, grid))
        if _falls(whole[:, None])[0] == 1:
            return np.ones(fit.k)
    scores = [_Without(y, v, np.full(fit.k, t)).score(restricted) for t in grid]
    return _falls(np.array(scores))


def _falls(scores):
    """Changes of sign from above to below zero, down each column; a start below counts."""
    rising = np.vstack([np.ones(scores.shape[1], bool), scores > 0])
    return np.sum(rising[:-1] & ~rising[1:], axis=0)


def _likelihood(fit, y, v, fixed):
    restricted = fit.method == "REML"
    tau2 = np.full(fit.k, fit.tau2)
    at_zero = fixed.score(restricted)
    settled = np.zeros(fit.k, bool)
    for _ in range(STEPS):
        now = _Without(y, v, tau2, third=True)
        score, slope = now.score(restricted), now.slope(restricted)
        step = np.divide(-score, slope, out=np.zeros(fit.k), where=slope < -1e-200)
        step = np.clip(step, -0.8 * tau2 - 0.1 * fixed.S1**-1, 4 * tau2 + fixed.S1**-1)
        new = np.maximum(0.0, tau2 + step)
        # Newton's error is about the square of the last relative step.
        settled = (np.abs(new - tau2) <= 1e-8 * tau2) & (slope < 0) | (new == 0) & (tau2 == 0)
        tau2 = new
        if settled.all():
            break
    doubtful = ~settled | ((at_zero > 0) == (tau2 == 0)) | (_peaks(fit, y, v, restricted) != 1)
    for i in np.flatnonzero(doubtful):
        keep = np.arange(fit.k) != i
        tau2[i] = rma(fit.yi[keep], fit.vi[keep], method=fit.method).tau2
    return tau2
