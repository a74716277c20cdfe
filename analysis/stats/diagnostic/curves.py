"""What is drawn of a bivariate model: summary curves, areas under them, regions."""

import numpy as np
from scipy.special import chdtri, expit, logit

from .. import wald
from ..errors import NotEstimable
from .fit import delta, factor

# Lines of logit sensitivity on logit false positive rate, by Arends et al. (2008), Med Decis
# Making 28:621; the first is Rutter and Gatsonis' curve (Stat Med 2001, 20:2865).
CURVES = {
    "hsroc": "Rutter and Gatsonis (HSROC)",
    "regression": "Regression of sensitivity on false positives",
    "inverse": "Regression of false positives on sensitivity",
    "d-on-s": "D on S (Moses and Littenberg)",
    "major-axis": "Major axis",
}
STEPS = 2000


def sroc(fit, specificity, *, curve="hsroc"):
    """Sensitivity on a summary curve of an `AccuracyFit` at ``specificity``, arrays of one shape.

    ``curve`` is a key of `CURVES`; all go through the summary point. Raises `NotEstimable` where
    the model has no such line (a variance or the covariance is 0).
    """
    return _curve(fit.theta, np.asarray(specificity, float), curve)


def auc(fit, *, between=None, curve="hsroc"):
    """The area under a summary curve as (estimate, lower, upper), the interval on the logit scale.

    ``between`` (low, high) are false positive rates: then the mean sensitivity between them, which
    is the partial area divided by its width. The limits are None at a correlation of 1, where the
    delta method does not hold. Raises `NotEstimable` as `sroc` does.
    """
    low, high = between or (0.0, 1.0)
    if not 0 <= low < high <= 1:
        raise NotEstimable("a partial area needs a range of false positive rates within 0 and 1")
    rates = low + (high - low) * (np.arange(STEPS) + 0.5) / STEPS

    def area(theta):
        return float(_curve(theta, 1 - rates, curve).mean())

    found = area(fit.theta)
    if fit.hsroc_se is None:
        return found, None, None
    se = delta(fit.theta, fit.cov, lambda at: logit(area(at)))[0]
    margin = wald.critical(fit.level) * se
    return found, *(float(expit(logit(found) + sign * margin)) for sign in (-1, 1))


def region(fit, *, prediction=False, points=100, place=0):
    """Sensitivity and specificity (points, 2) around a confidence region of the summary point.

    ``prediction`` adds the variance between studies: where a new study's true values would lie.
    ``place`` is that of the group among ``fit.levels``.
    """
    g = max(1, len(fit.levels))
    mine = [place, g + place]
    V = fit.cov[np.ix_(mine, mine)] + (fit.G if prediction else 0.0)
    angle = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    radius = np.sqrt(chdtri(2, 1 - fit.level))
    values, vectors = np.linalg.eigh(V)
    root = vectors * np.sqrt(values.clip(0))
    return expit(fit.theta[mine] + radius * (root @ circle).T)


def _curve(theta, specificity, curve):
    if theta.size != 5:
        raise NotEstimable("groups have summary points, and no common curve")
    L = factor(theta)
    incline = _slope(L @ L.T, curve)
    false = logit(1 - specificity)
    return expit(theta[0] + incline * (false + theta[1]))


def _slope(G, curve):
    """The incline of a line in terms of sensitivity (up) and false positives (across)."""
    up, across, common = G[0, 0], G[1, 1], -G[0, 1]
    if min(up, across) < 1e-12:
        raise NotEstimable("with no variance between studies there is a point, not a curve")
    if curve == "hsroc":
        return np.sqrt(up / across)
    if curve == "regression":
        return common / across
    if curve == "d-on-s":
        bottom = across + common
        if abs(bottom) < 1e-12:
            raise NotEstimable("D does not vary with S, so that their line has no slope")
        return (up + common) / bottom
    if curve not in CURVES:
        raise NotEstimable(f"there is no summary curve “{curve}”")
    if abs(common) < 1e-12:
        raise NotEstimable("sensitivity and false positives do not vary together: no such line")
    if curve == "inverse":
        return up / common
    return (up - across + np.hypot(up - across, 2 * common)) / (2 * common)
