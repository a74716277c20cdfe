"""The bivariate model of logits: approximately normal within studies, normal between them."""

import numpy as np

from ..errors import NotPoolable
from ..likelihood_search import curvature, maximise
from .binomial import STARTS
from .counts import counts
from .fit import assembled, factor, inverse

LOG_2PI = float(np.log(2 * np.pi))


def reitsma(tp, fn, fp, tn, *, method="REML", group=None, level=0.95):
    """Fit the logits of sensitivity and specificity of each study, counts as arrays (k,).

    0.5 is added to all counts of a study that has a zero among them. ``method`` REML or ML;
    ``group`` as in `binomial.bivariate`. Raises `NotPoolable` as `counts.counts` does. Source:
    Reitsma et al. (2005), J Clin Epidemiol 58:982.
    """
    if method not in ("REML", "ML"):
        raise NotPoolable(f"the model of logits is fitted by REML or ML, not {method}")
    d = counts(tp, fn, fp, tn, group)
    zero = (d.given & ((d.x == 0) | (d.x == d.n))).any(0)
    right, wrong = d.x + 0.5 * zero, d.n - d.x + 0.5 * zero
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(d.given, np.log(right / wrong), 0.0)
        v = np.where(d.given, 1 / right + 1 / wrong, 1.0)
    # Rows of the design, (k, 2, 2 g): a logit that is missing has none.
    g = d.X.shape[1]
    X = np.zeros((d.k, 2, 2 * g))
    X[:, 0, :g], X[:, 1, g:] = d.X, d.X
    X = X * d.given.T[:, :, None]

    def loglik(part):
        return _profile(part, y.T, v.T, X, d.given.T, method == "REML")[0]

    part, ll = maximise(loglik, [np.array(part) for part in STARTS])
    _, beta, vb = _profile(part, y.T, v.T, X, d.given.T, method == "REML")
    cov = np.zeros((2 * g + 3,) * 2)
    cov[: 2 * g, : 2 * g] = vb
    cov[2 * g :, 2 * g :] = inverse(-curvature(loglik, part), 0)
    return assembled(method, np.r_[beta, part], cov, ll, d, level)


def _profile(part, y, v, X, given, reml):
    """The log-likelihood at a factor of G, and the means it is greatest at with their covariance.

    Its constants are metafor's. ``y``, ``v``, ``given`` (k, 2), ``X`` (k, 2, q).
    """
    L = factor(part)
    both = given.all(1)[:, None, None]
    M = np.where(both, L @ L.T, np.eye(2) * np.diag(L @ L.T)) * given[:, :, None]
    M = M + np.eye(2) * v[:, :, None]
    W = np.linalg.inv(M)
    information = np.einsum("kia,kij,kjb->ab", X, W, X)
    vb = np.linalg.inv(information)
    beta = vb @ np.einsum("kia,kij,kj->a", X, W, y)
    r = (y - X @ beta) * given
    n, q = given.sum(), beta.size
    ll = -np.linalg.slogdet(M)[1].sum() - np.einsum("ki,kij,kj->", r, W, r)
    if not reml:
        return float(0.5 * (ll - n * LOG_2PI)), beta, vb
    ll += np.linalg.slogdet(np.einsum("kia,kib->ab", X, X))[1]
    ll -= np.linalg.slogdet(information)[1] + (n - q) * LOG_2PI
    return float(0.5 * ll), beta, vb
