"""Predicted effects with confidence and prediction intervals."""

from dataclasses import dataclass, replace

import numpy as np

from . import wald
from .errors import NotEstimable, NotPoolable


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Predicted mean effects, one a row asked for, arrays of shape (m,).

    ``pi_lb`` and ``pi_ub`` bound the true effect of a new study; None for a common-effect model,
    which has no such spread. ``se`` is None after a back-transformation.
    """

    pred: np.ndarray
    se: np.ndarray | None
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    pi_lb: np.ndarray | None
    pi_ub: np.ndarray | None

    def transformed(self, function):
        """The same on another scale; a falling function exchanges the bounds."""

        def bounds(lower, upper):
            if lower is None:
                return None, None
            a, b = function(lower), function(upper)
            return np.minimum(a, b), np.maximum(a, b)

        ci, pi = bounds(self.ci_lb, self.ci_ub), bounds(self.pi_lb, self.pi_ub)
        return replace(
            self, pred=function(self.pred), se=None, ci_lb=ci[0], ci_ub=ci[1],
            pi_lb=pi[0], pi_ub=pi[1],
        )  # fmt: skip


def predict(fit, X=None, *, level=None, pi_type="default"):
    """Predicted effects of a `pooling.Fit`, on the scale of its effects.

    ``X`` (m, p): rows of the model matrix, intercept included; without it the pooled effect, or,
    with moderators, one row a study. ``pi_type``: ``"default"`` uses the distribution of the
    fit's test (normal, or t with k - p df); ``"riley"`` uses t with k - p - 1 df
    (Riley, Higgins & Deeks 2011, BMJ 342:d549). Both add tau2 to the fit's own variance.
    Raises `NotEstimable` when no degrees of freedom are left for it.
    """
    level = fit.level if level is None else level
    rows = _rows(fit, X)
    pred = rows @ fit.beta
    variance = np.einsum("ij,jk,ik->i", rows, fit.vb, rows)
    se = np.sqrt(variance)
    margin = wald.critical(level, fit.ddf) * se
    lower = upper = None
    if not fit.is_common_effect:
        spread = _pi_critical(fit, level, pi_type) * np.sqrt(variance + fit.tau2)
        lower, upper = pred - spread, pred + spread
    return Prediction(pred, se, pred - margin, pred + margin, lower, upper)


def _rows(fit, X):
    if X is None:
        return np.ones((1, 1)) if fit.terms == ("intrcpt",) else fit.X
    X = np.atleast_2d(np.asarray(X, float))
    if X.shape[1] != fit.p:
        names = ", ".join(fit.terms)
        raise NotPoolable(f"the model has {fit.p} columns ({names}), not {X.shape[1]}")
    return X


def _pi_critical(fit, level, pi_type):
    if pi_type == "default":
        return wald.critical(level, fit.ddf)
    if pi_type != "riley":
        raise NotPoolable(f"there is no prediction interval {pi_type!r}: default or riley")
    df = fit.k - fit.p - 1
    if df < 1:
        raise NotEstimable(f"t with k - p - 1 df needs {fit.p + 2} studies or more, got {fit.k}")
    return wald.critical(level, df)
