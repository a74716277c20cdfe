"""Common-effect and random-effects pooling, and its extension to moderators: ``rma``."""

from dataclasses import dataclass, replace

import numpy as np

from . import wald
from .errors import NotPoolable, rows_named
from .least_squares import design, solve, sums, trace_pd
from .tau2 import COMMON_EFFECT, GENERALISED, estimate_tau2

TESTS = ("z", "t", "knha", "adhoc")


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model, on the scale of the effects that went in (log ratio, difference, ...).

    Arrays over coefficients, shape (p,), in the order of ``terms``: ``beta se stat pval ci_lb
    ci_ub``; ``vb`` (p, p) is their covariance. ``ddf`` is None when the normal distribution is
    used. ``tau2``, ``se_tau2``, ``s2`` (the typical sampling variance of Higgins) are in squared
    effect units, ``I2`` in percent, ``H2`` a ratio. ``QE QE_df QEp`` test residual heterogeneity,
    ``QM QM_df QMp`` the moderators (all coefficients but the intercept; chi-square, or F with two
    degrees of freedom). ``rows`` are the places of the k rows used among those given, ``weights``
    their percentages. What does not exist is None (NaN inside an array) and ``notes`` says why.
    """

    method: str
    test: str
    level: float
    k: int
    p: int
    terms: tuple
    beta: np.ndarray
    se: np.ndarray
    stat: np.ndarray
    ddf: int | None
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    vb: np.ndarray
    tau2: float
    se_tau2: float | None
    s2: float | None
    I2: float | None
    H2: float | None
    QE: float | None
    QE_df: int
    QEp: float | None
    QM: float | None
    QM_df: tuple
    QMp: float | None
    weights: np.ndarray
    yi: np.ndarray
    vi: np.ndarray
    X: np.ndarray
    user_weights: np.ndarray | None
    rows: np.ndarray
    notes: tuple

    @property
    def is_common_effect(self):
        return self.method in COMMON_EFFECT

    @property
    def has_intercept(self):
        return has_intercept(self.X)

    def refit(self, keep=slice(None), **changes):
        """The same model fitted to the rows ``keep``, or with other options."""
        weights = None if self.user_weights is None else self.user_weights[keep]
        options = dict(
            X=self.X[keep], terms=self.terms, method=self.method, test=self.test, level=self.level
        )
        options |= {"weights": weights} | changes
        yi = options.pop("yi", self.yi[keep])
        return rma(yi, self.vi[keep], **options)


def rma(
    yi, vi, *, X=None, terms=None, method="REML", test="z", level=0.95, weights=None,
    weighted=True, tau2=None,
):  # fmt: skip
    r"""Fit ``y = X beta + u + e`` with ``u ~ N(0, tau2)`` and known ``e ~ N(0, v)``.

    Parameters
    ----------
    yi, vi : arrays (k,)
        Effects on an additive scale and their sampling variances (squared effect units). Rows
        with a missing value are left out; `Fit.rows` tells which stayed.
    X : array (k, p), optional
        The whole model matrix; without it an intercept alone, which is the pooled effect.
    method : str
        FE, EE or CE (common effect), or an estimator of tau2: DL HE HS HSk SJ ML REML EB PM PMM
        GENQ.
    test : {"z", "t", "knha", "adhoc"}
        Normal; t with k - p df; Knapp and Hartung; the same, never narrower than unscaled.
    weights : array (k,), optional
        Your own weights instead of the inverse variances; ``weighted=False`` is equal weights.
    tau2 : float, optional
        A variance between studies known from elsewhere, instead of the method's estimate.

    Raises
    ------
    NotPoolable
        Too few rows, infinite values, or a variance of zero or less that the method cannot bear
        (a negative one, as unbiased estimators can give, only SJ bears: as zero, with a note).

    Notes
    -----
    With one study there is no tau2 to estimate: it is 0 and the test is z. Source: Viechtbauer
    (2010), J Stat Softw 36(3); Knapp & Hartung (2003), Stat Med 22:2693.
    """
    y, v, X, terms, own, rows = _checked(yi, vi, X, terms, weights, weighted, method, test, level)
    X, terms, notes = _without_repeats(X, terms)
    if (v < 0).any():
        notes.append(_negative(v, method))
        v = np.maximum(v, 0.0)
    _refuse_few(*X.shape, method)
    d = design(y, v, X)
    if d.k == 1 and test != "z":
        test = "z"
        notes.append("one study: no heterogeneity can be estimated, so the normal test is used")
    tau2, se_tau2 = _between(d, method, own, tau2)
    marginal = v + tau2
    if own is None and not (marginal > 0).all():
        raise NotPoolable(
            f"{rows_named(marginal <= 0)}: a sampling variance of zero or less would give a study "
            "all the weight; check its standard error"
        )
    a = 1 / marginal if own is None else own
    solution = solve(d, a)
    vb = solution.bread if own is None else _sandwich(d, a, marginal, solution.bread)
    scale = _knapp_hartung(d, test, a, marginal, solution, own)
    return Fit(
        method=method, test=test, level=level, k=d.k, p=d.p, terms=terms, beta=solution.beta,
        **_wald(solution.beta, vb * scale, X, test, level, d.k - d.p),
        tau2=tau2, se_tau2=se_tau2, **_heterogeneity(d, method, tau2),
        weights=_percent(a), yi=y, vi=v, X=X, user_weights=own, rows=rows, notes=tuple(notes),
    )  # fmt: skip


def _checked(yi, vi, X, terms, weights, weighted, method, test, level):
    y, v = np.array(yi, float), np.array(vi, float)
    if y.ndim != 1 or y.shape != v.shape:
        raise NotPoolable(f"effects {y.shape} and variances {v.shape} must be equal 1-d shapes")
    if test not in TESTS:
        raise NotPoolable(f"there is no test {test!r}; choose one of {', '.join(TESTS)}")
    if not 0 < level < 1:
        raise NotPoolable(f"the confidence level must lie between 0 and 1, got {level}")
    X = np.ones((y.size, 1)) if X is None else np.array(X, float).reshape(y.size, -1)
    terms = tuple(terms) if terms else _default_terms(X)
    if len(terms) != X.shape[1]:
        raise NotPoolable(f"{len(terms)} names for {X.shape[1]} columns of the model matrix")
    own = None if weights is None else np.array(weights, float)
    if own is None and not weighted:
        own = np.ones(y.size)
    if own is not None and own.shape != y.shape:
        raise NotPoolable(f"{own.size} weights for {y.size} studies")
    keep = ~(np.isnan(y) | np.isnan(v) | np.isnan(X).any(1))
    if own is not None:
        keep &= ~np.isnan(own)
        own = own[keep]
    _refuse_values(y, v, X, own, keep)
    return y[keep], v[keep], X[keep], terms, own, np.flatnonzero(keep)


def _default_terms(X):
    if X.shape[1] == 1 and np.all(X == 1):
        return ("intrcpt",)
    return tuple(f"x{j + 1}" for j in range(X.shape[1]))


def _refuse_values(y, v, X, own, keep):
    infinite = keep & ~(np.isfinite(y) & np.isfinite(v) & np.isfinite(X).all(1))
    if infinite.any():
        raise NotPoolable(f"{rows_named(infinite)}: an effect, variance or moderator is infinite")
    if own is not None and ((own < 0).any() or not own.any() or not np.isfinite(own).all()):
        raise NotPoolable("weights must be finite, not negative, and not all zero")


def _negative(v, method):
    """SJ starts from a tau2 above zero and never divides by a sampling variance alone."""
    if method != "SJ":
        raise NotPoolable(f"{rows_named(v < 0)}: a sampling variance cannot be negative")
    return f"{rows_named(v < 0)}: a negative sampling variance counts as zero"


def _without_repeats(X, terms):
    """Drop columns that are combinations of those before them, with a note on each."""
    if X.shape[1] == 1 or X.shape[0] < X.shape[1]:
        return X, tuple(terms), []
    size = np.abs(np.diag(np.linalg.qr(X, mode="r")))
    repeats = size < 1e-9 * np.maximum(np.linalg.norm(X, axis=0), 1e-300)
    keep = np.flatnonzero(~repeats)
    notes = [f"{t} repeats other moderators: left out" for t in np.array(terms)[repeats]]
    return X[:, keep], tuple(terms[j] for j in keep), notes


def _refuse_few(k, p, method):
    if k == 0:
        raise NotPoolable("no study has both an effect and a variance: there is nothing to pool")
    if k < p or (k == p and k > 1 and method not in COMMON_EFFECT):
        raise NotPoolable(
            f"{k} studies cannot support {p} coefficients and tau2; leave out a moderator"
        )


def _between(d, method, own, known):
    if known is not None and not known >= 0:
        raise NotPoolable("a variance between studies cannot be below zero")
    if method in COMMON_EFFECT:
        return 0.0, None
    if known is not None or d.k == 1:
        return known or 0.0, None
    found = estimate_tau2(d, method, own)
    return found.value, found.se


def _sandwich(d, a, marginal, bread):
    aX = a[:, None] * d.X
    return bread @ (aX.T @ (marginal[:, None] * aX)) @ bread


def _knapp_hartung(d, test, a, marginal, solution, own):
    """The factor on the covariance: the residual mean square of the inverse-variance fit."""
    if test not in ("knha", "adhoc"):
        return 1.0
    r = solution.residuals if own is None else solve(d, 1 / marginal).residuals
    rss = float(np.sum(r * r / marginal))
    scale = rss / (d.k - d.p) if d.k > d.p and rss > 1e-20 else 0.0
    return max(scale, 1.0) if test == "adhoc" else scale


def _wald(beta, vb, X, test, level, df):
    ddf = None if test == "z" else df
    se = np.sqrt(vb.diagonal())
    stat = wald.ratio(beta, se)
    margin = wald.critical(level, ddf) * se
    QM, QM_df, QMp = moderators_test(beta, vb, tested_columns(X), ddf)
    return dict(
        se=se, stat=stat, ddf=ddf, pval=wald.two_sided(stat, ddf),
        ci_lb=beta - margin, ci_ub=beta + margin, vb=vb, QM=QM, QM_df=QM_df, QMp=QMp,
    )  # fmt: skip


def has_intercept(X):
    """Whether the first column of the model matrix is all ones."""
    return bool(np.all(X[:, 0] == 1))


def tested_columns(X):
    """What the omnibus test covers: every coefficient but the intercept, unless it is alone."""
    first = 1 if X.shape[1] > 1 and has_intercept(X) else 0
    return np.arange(first, X.shape[1])


def moderators_test(beta, vb, columns, ddf):
    """``(QM, (df1, df2 or None), p)``: chi-square, or F when there are denominator df."""
    b, m = beta[columns], len(columns)
    V = vb[columns][:, columns]
    if not (V.diagonal() > 0).all():
        return None, (m, ddf), None
    QM = float(b @ np.linalg.solve(V, b)) if m > 1 else float(b[0] ** 2 / V[0, 0])
    if ddf is None:
        return QM, (m, None), wald.chi2_p(QM, m)
    return QM / m, (m, ddf), wald.f_p(QM / m, m, ddf)


def _heterogeneity(d, method, tau2):
    """Q, I2 and H2. They need every sampling variance above zero, else they are None."""
    df = d.k - d.p
    if not (d.v > 0).all():
        return dict(QE=None, QE_df=df, QEp=None, s2=None, I2=None, H2=None)
    if df == 0:
        return dict(QE=0.0, QE_df=0, QEp=1.0, s2=0.0, I2=0.0, H2=1.0)
    fixed = sums(d, 0.0)
    # What is left beside a study with nearly all the weight is taken without subtracting.
    alone = fixed.trP < 1e-4 * fixed.trW
    trP = trace_pd(d, 1 / d.v, np.ones(d.k)) if alone else float(fixed.trP)
    QE, s2 = float(fixed.yPy), df / trP
    if method in COMMON_EFFECT:
        H2 = QE / df
        I2 = max(0.0, 100 * (H2 - 1) / H2) if H2 > 0 else 0.0
    else:
        H2, I2 = tau2 / s2 + 1, 100 * tau2 / (s2 + tau2)
    return dict(QE=QE, QE_df=df, QEp=wald.chi2_p(QE, df), s2=s2, I2=I2, H2=H2)


def _percent(a):
    return 100 * a / a.sum()


def with_level(fit, level):
    """The same fit with its intervals at another confidence level."""
    margin = wald.critical(level, fit.ddf) * fit.se
    return replace(fit, level=level, ci_lb=fit.beta - margin, ci_ub=fit.beta + margin)


__all__ = ["GENERALISED", "TESTS", "Fit", "moderators_test", "rma", "with_level"]
