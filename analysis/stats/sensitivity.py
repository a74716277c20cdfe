"""The pooled effect with each study left out in turn, and as the studies came in."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from . import wald
from .deletion import can_delete_at_once, delete_each
from .errors import NotEstimable


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One pooled effect a refit, arrays of shape (k,) in the order of ``order``.

    ``order`` holds rows (counted from 0) of the fit's k studies: the one left out, or the last
    one to come in. ``tau2`` is None for a common-effect model. Q, I2 and H2 are NaN where a
    variance of zero leaves them undefined.
    """

    order: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    Q: np.ndarray
    Qp: np.ndarray
    tau2: np.ndarray | None
    I2: np.ndarray
    H2: np.ndarray


def leave_one_out(fit):
    """A `Series` of k refits of a `pooling.Fit`, each without one study.

    Raises `NotEstimable` for one study, or a model with moderators.
    """
    _refuse_moderators(fit)
    if fit.k == 1:
        raise NotEstimable("k = 1: nothing is left when the only study is left out")
    rows = np.arange(fit.k)
    if can_delete_at_once(fit):
        return _from_deleted(fit, delete_each(fit))
    return _series(fit, rows, [fit.refit(rows != i) for i in rows])


def _from_deleted(fit, d):
    df = fit.k - 2
    ddf = None if fit.ddf is None else df
    se = np.sqrt(d.variance)
    margin, stat = wald.critical(fit.level, ddf) * se, wald.ratio(d.beta, se)
    if fit.is_common_effect:
        H2 = d.QE / df
        I2 = np.where(H2 > 1, 100 * (1 - 1 / np.maximum(H2, 1.0)), 0.0)
    else:
        H2, I2 = d.tau2 / d.s2 + 1, 100 * d.tau2 / (d.tau2 + d.s2)
    return Series(
        order=np.arange(fit.k), estimate=d.beta, se=se, stat=stat,
        pval=wald.two_sided(stat, ddf), ci_lb=d.beta - margin, ci_ub=d.beta + margin, Q=d.QE,
        Qp=chdtrc(df, d.QE), tau2=None if fit.is_common_effect else d.tau2, I2=I2, H2=H2,
    )  # fmt: skip


def cumulative(fit, order=None):
    """A `Series` of fits to the first 1, 2, ..., k studies of ``order`` (their rows, from 0)."""
    _refuse_moderators(fit)
    order = np.arange(fit.k) if order is None else np.asarray(order)
    if sorted(order) != list(range(fit.k)):
        raise NotEstimable(f"the order must name each of the {fit.k} studies once")
    return _series(fit, order, [fit.refit(order[: i + 1]) for i in range(fit.k)])


def _refuse_moderators(fit):
    if fit.p > 1:
        raise NotEstimable("this is for models without moderators")


def _series(fit, order, refits):
    def column(read):
        return np.array([np.nan if read(f) is None else read(f) for f in refits], float)

    return Series(
        order=order,
        estimate=column(lambda f: f.beta[0]),
        se=column(lambda f: f.se[0]),
        stat=column(lambda f: f.stat[0]),
        pval=column(lambda f: f.pval[0]),
        ci_lb=column(lambda f: f.ci_lb[0]),
        ci_ub=column(lambda f: f.ci_ub[0]),
        Q=column(lambda f: f.QE),
        Qp=column(lambda f: f.QEp),
        tau2=None if fit.is_common_effect else column(lambda f: f.tau2),
        I2=column(lambda f: f.I2),
        H2=column(lambda f: f.H2),
    )
