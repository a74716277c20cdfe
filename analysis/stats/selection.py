"""Selection models: what the effect would be if the chance of publication hung on p."""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri

from . import wald
from .errors import NotEstimable, NotPoolable
from .likelihood_search import maximise, standard_errors
from .pooling import rma

# Gauss-Legendre nodes on (-1, 1); the outcome is followed to 9.5 SDs from its mean.
NODES, SHARES = np.polynomial.legendre.leggauss(160)
REACH = 9.5

# Beta and power weights have no end (or are 0) at p of 0 and 1: p is taken to lie within these.
LEAST_P = {"beta": 1e-5, "power": 1e-5}


@dataclass(frozen=True, slots=True, eq=False)
class SelectionFit:
    """The pooled effect adjusted for selection, and the selection itself.

    ``delta`` are the parameters of the weight function (for steps: the relative chance of
    publication in each interval of one-sided p, the first 1; fixed ones have a NaN error).
    ``LRT`` compares with no selection, ``LRT_tau2`` with no heterogeneity.
    """

    type: str
    beta: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    tau2: float
    se_tau2: float
    delta: np.ndarray
    se_delta: np.ndarray
    steps: tuple
    LRT: float
    LRT_df: int
    LRT_p: float | None
    LRT_tau2: float
    LRTp_tau2: float
    ll: float


# log of the weight of a one-sided p, given log p, log(1 - p), delta and relative precision
LOG_WEIGHTS = {
    "beta": (2, lambda lp, lq, d, prec: (d[0] - 1) * lp + (d[1] - 1) * lq),
    "halfnorm": (1, lambda lp, lq, d, prec: -d[0] * prec * np.exp(2 * lp)),
    "negexp": (1, lambda lp, lq, d, prec: -d[0] * prec * np.exp(lp)),
    "logistic": (1, lambda lp, lq, d, prec: _log_logistic(d[0] * prec * np.exp(lp))),
    "power": (1, lambda lp, lq, d, prec: d[0] * prec * lq),
    "negexppow": (2, lambda lp, lq, d, prec: -d[0] * prec * np.exp(lp / d[1])),
}


def _log_logistic(x):
    return np.log(2.0) - x - np.log1p(np.exp(-x))


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    y: np.ndarray
    v: np.ndarray
    kind: str
    bounds: np.ndarray
    fixed: np.ndarray | None
    precision: np.ndarray

    @property
    def free(self):
        if self.kind == "stepfun":
            return 0 if self.fixed is not None else self.bounds.size - 1
        return LOG_WEIGHTS[self.kind][0]

    def delta(self, parameters):
        if self.kind != "stepfun":
            return parameters
        return self.fixed if self.fixed is not None else np.r_[1.0, parameters]


def selection_model(yi, vi, *, kind, steps=None, delta=None, precision=None, level=0.95):
    """Fit a selection model by ML to effects ``yi`` (positive = wanted) with variances ``vi``.

    ``kind``: beta, halfnorm, negexp, logistic, power, negexppow, or stepfun with ``steps`` (upper
    bounds of intervals of one-sided p; 0.025 is the three-parameter model) and, to fix the
    weights, ``delta``. ``precision="sei"`` lets the selection weaken with precision. Raises
    `NotEstimable` for an interval without studies.
    """
    model = _model(yi, vi, kind, steps, delta, precision)
    base = rma(model.y, model.v, method="ML")
    base_ll = _loglik(model, float(base.beta[0]), base.tau2, None)
    start = np.r_[base.beta[0], np.sqrt(base.tau2 + 0.1 * np.median(model.v))]
    # One start, at no selection: these likelihoods have far peaks where a few weights explode.
    starts = [np.r_[start, np.zeros(model.free)]]
    theta, ll = maximise(lambda t: _loglik(model, t[0], t[1] ** 2, np.exp(t[2:])), starts)
    natural = np.r_[theta[0], theta[1] ** 2, np.exp(theta[2:])]
    se = standard_errors(lambda t: _natural(model, t), natural)
    _, without = maximise(
        lambda t: _loglik(model, t[0], 0.0, np.exp(t[1:])), [np.r_[s[:1], s[2:]] for s in starts]
    )
    beta, error = natural[:1], se[:1]
    margin, gain = wald.critical(level) * error, max(0.0, 2 * (ll - base_ll))
    heterogeneity = max(0.0, 2 * (ll - without))
    gap = np.full(model.delta(natural[2:]).size - model.free, np.nan)
    return SelectionFit(
        type=kind, beta=beta, se=error, stat=beta / error, pval=wald.two_sided(beta / error),
        ci_lb=beta - margin, ci_ub=beta + margin, tau2=float(natural[1]), se_tau2=float(se[1]),
        delta=model.delta(natural[2:]), se_delta=np.r_[gap, se[2:]], steps=tuple(model.bounds),
        LRT=gain, LRT_df=model.free, LRT_p=wald.chi2_p(gain, model.free) if model.free else None,
        LRT_tau2=heterogeneity, LRTp_tau2=wald.chi2_p(heterogeneity, 1), ll=ll,
    )  # fmt: skip


def loglik_at(yi, vi, *, kind, mu, tau2, delta, precision=None):
    """The log-likelihood of a smooth model at given parameters, its integrals to 1e-11."""
    return _loglik(_model(yi, vi, kind, None, None, precision), mu, tau2, np.asarray(delta, float))


def _model(yi, vi, kind, steps, delta, precision):
    y, v = np.asarray(yi, float), np.asarray(vi, float)
    keep = ~(np.isnan(y) | np.isnan(v))
    y, v = y[keep], v[keep]
    if y.size < 3 or not (v > 0).all():
        raise NotPoolable("a selection model needs three studies, with variances above zero")
    if kind != "stepfun" and kind not in LOG_WEIGHTS:
        raise NotEstimable(f"no selection model {kind!r}; choose stepfun or {list(LOG_WEIGHTS)}")
    # The smooth functions act on the whole range of p.
    bounds = np.zeros(1) if kind in LOG_WEIGHTS and kind != "beta" else np.zeros(0)
    if kind == "stepfun":
        bounds = np.unique(np.r_[np.atleast_1d(steps if steps is not None else 0.025), 1.0])
        counts = np.bincount(np.searchsorted(bounds, ndtr(-y / np.sqrt(v))), minlength=bounds.size)
        if delta is None and (counts == 0).any():
            raise NotEstimable(
                f"no study has p up to {bounds[counts == 0][0]:g}: choose steps with studies in "
                "each interval"
            )
    weight = np.sqrt(v) / np.sqrt(v).max() if precision == "sei" else np.ones_like(v)
    fixed = None if delta is None else np.asarray(delta, float)
    return _Model(y, v, kind, bounds, fixed, weight)


def _natural(model, t):
    if t[1] < 0 or (t[2:] <= 0).any():
        return -np.inf
    return _loglik(model, t[0], t[1], t[2:])


def _loglik(model, mu, tau2, parameters):
    """The log-likelihood; without ``parameters`` that of no selection."""
    s, sd = np.sqrt(model.v), np.sqrt(model.v + tau2)
    z = (model.y - mu) / sd
    plain = np.sum(-0.5 * z**2 - np.log(sd) - 0.5 * np.log(2 * np.pi))
    if parameters is None:
        return float(plain)
    delta = model.delta(parameters)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if model.kind == "stepfun":
            observed, expected = _steps(model, mu, s, sd, delta)
        else:
            observed, expected = _smooth(model, mu, s, sd, delta)
        value = plain + np.sum(observed) - np.sum(expected)
    return float(value) if np.isfinite(value) else -np.inf


def _smooth(model, mu, s, sd, delta):
    """Log weights of the studies, and the logs of their expectations."""
    function, limit = LOG_WEIGHTS[model.kind][1], _limit(model.kind)

    def weigh(x, precision):
        x = np.clip(x, -limit, limit)
        return function(log_ndtr(-x), log_ndtr(x), delta, precision)

    low, high = (np.clip((sign * limit * s - mu) / sd, -REACH, REACH) for sign in (-1, 1))
    half = 0.5 * (high - low)
    z = low[:, None] + half[:, None] * (1 + NODES)
    x = (mu + sd[:, None] * z) / s[:, None]
    middle = weigh(x, model.precision[:, None]) - 0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    pieces = np.column_stack([
        middle + np.log(half[:, None] * SHARES),
        weigh(np.full_like(s, -np.inf), model.precision) + log_ndtr(low),
        weigh(np.full_like(s, np.inf), model.precision) + log_ndtr(-high),
    ])  # fmt: skip
    return weigh(model.y / s, model.precision), logsumexp(pieces, axis=1)


def _limit(kind):
    """The z of the least p that counts; beyond it the weight is constant."""
    return -ndtri(LEAST_P[kind]) if kind in LEAST_P else 37.0


def _steps(model, mu, s, sd, delta):
    observed = np.log(delta)[np.searchsorted(model.bounds, ndtr(-model.y / s))]
    # p <= bound means y >= s * z(bound): chances of the intervals from the upper tail on
    cuts = -ndtri(model.bounds[:-1])
    above = ndtr(-(s[:, None] * cuts - mu) / sd[:, None])
    chances = np.diff(np.column_stack([np.zeros(s.size), above, np.ones(s.size)]), axis=1)
    return observed, np.log(chances @ delta)
