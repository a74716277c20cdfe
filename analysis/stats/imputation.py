"""Multiple imputation: chained equations, and Rubin's rules for what comes of them."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable

DONORS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Estimates pooled over m completed data sets, arrays (q,).

    ``qbar`` with total variance ``t = ubar + (1 + 1/m) b``; ``r`` relative increase, ``lambda_``
    share of the variance due to missing values, ``fmi`` the same allowing for finite m, ``df``
    after Barnard and Rubin (1999), ``df_rubin`` for complete data without end (1987).
    """

    qbar: np.ndarray
    ubar: np.ndarray
    b: np.ndarray
    t: np.ndarray
    se: np.ndarray
    r: np.ndarray
    lambda_: np.ndarray
    df: np.ndarray
    df_rubin: np.ndarray
    fmi: np.ndarray
    stat: np.ndarray
    pval: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray


@dataclass(frozen=True, slots=True)
class JointTest:
    """Test that several coefficients are 0, pooled (D1: Li, Raghunathan & Rubin 1991)."""

    F: float
    df1: int
    df2: float
    p: float
    r: float


def pool_rubin(estimates, variances, *, dfcom=np.inf, level=0.95):
    """Pool ``estimates`` (m, q) and their ``variances`` (m, q); ``dfcom`` (one, or q) as if
    complete.

    Raises `NotEstimable` for fewer than two imputations.
    """
    Q, U = np.atleast_2d(np.asarray(estimates, float)), np.atleast_2d(np.asarray(variances, float))
    m = Q.shape[0]
    if m < 2:
        raise NotEstimable("pooling needs two imputations or more")
    qbar, ubar, b = Q.mean(0), U.mean(0), Q.var(0, ddof=1)
    extra = (1 + 1 / m) * b
    t = ubar + extra
    r, share = extra / ubar, extra / t
    with np.errstate(divide="ignore"):
        df_rubin = (m - 1) / share**2
    df = _barnard_rubin(df_rubin, share, dfcom)
    se = np.sqrt(t)
    stat, margin = qbar / se, wald.critical(level, df) * se
    return Pooled(
        qbar=qbar, ubar=ubar, b=b, t=t, se=se, r=r, lambda_=share, df=df, df_rubin=df_rubin,
        fmi=fraction_missing(r, df), stat=stat, pval=wald.two_sided(stat, df),
        ci_lb=qbar - margin, ci_ub=qbar + margin,
    )  # fmt: skip


def fraction_missing(r, df):
    """Fraction of information missing from the relative increase ``r`` and df."""
    return (r + 2 / (df + 3)) / (r + 1)


def _barnard_rubin(df_rubin, share, dfcom):
    if np.isinf(dfcom).all():
        return df_rubin
    observed = (dfcom + 1) / (dfcom + 3) * dfcom * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(df_rubin), observed, 1 / (1 / df_rubin + 1 / observed))


def joint_test(estimates, covariances):
    """`JointTest` of q coefficients from ``estimates`` (m, q) and ``covariances`` (m, q, q)."""
    Q, U = np.asarray(estimates, float), np.asarray(covariances, float)
    m, q = Q.shape
    qbar, ubar = Q.mean(0), U.mean(0)
    b = np.atleast_2d(np.cov(Q, rowvar=False))
    r = float((1 + 1 / m) * np.trace(np.linalg.solve(ubar, b)) / q)
    F = float(qbar @ np.linalg.solve(ubar, qbar) / (q * (1 + r)))
    t = q * (m - 1)
    if t > 4:
        df2 = 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
    else:
        df2 = t * (1 + 1 / q) * (1 + 1 / r) ** 2 / 2
    return JointTest(F, q, df2, wald.f_p(F, q, df2), r)


@dataclass(frozen=True, slots=True, eq=False)
class Imputations:
    """``completed``: m mappings of columns without gaps; ``seed`` makes them again.

    ``missing`` counts the gaps by column. ``means`` (m, iterations) by column are the running
    means of imputed values: they should mix and show no trend.
    """

    completed: tuple
    seed: int
    missing: dict
    means: dict


def impute(columns, *, m=5, iterations=10, seed, within=None):
    """Fill gaps by chained equations (van Buuren & Groothuis-Oudshoorn 2011): `Imputations`.

    ``columns`` maps names to lists; None or NaN is a gap. Numbers are imputed by predictive mean
    matching with five donors, so that only observed values occur; two-valued text by logistic
    regression. Every other column is a predictor; ``within`` names a column (the study) that
    enters as a set of indicators, so that studies keep their own levels. Raises `NotEstimable`
    for gaps in ``within`` or in text of three values or more, or an empty column.
    """
    table = {name: _Column(name, values, name == within) for name, values in columns.items()}
    gaps = {name: column for name, column in table.items() if column.gaps.any()}
    for column in gaps.values():
        column.refuse_unfit()
    rng = np.random.default_rng(seed)
    completed, means = [], {name: np.empty((m, iterations)) for name in gaps}
    order = sorted(gaps, key=lambda name: gaps[name].gaps.sum())
    for i in range(m):
        state = {name: column.start(rng) for name, column in table.items()}
        for j in range(iterations):
            for name in order:
                X = _predictors(table, state, name)
                state[name] = gaps[name].draw(X, state[name], rng)
                means[name][i, j] = state[name][gaps[name].gaps].mean()
        completed.append({name: table[name].shown(state[name]) for name in table})
    counts = {name: int(column.gaps.sum()) for name, column in gaps.items()}
    return Imputations(tuple(completed), seed, counts, means)


def _predictors(table, state, target):
    blocks = [c.coded(state[n]) for n, c in table.items() if n != target]
    n = state[target].size
    X = np.hstack([np.ones((n, 1)), *blocks])
    scale = X.std(0)
    X[:, 1:] = (X[:, 1:] - X[:, 1:].mean(0)) / np.where(scale[1:] > 0, scale[1:], 1.0)
    return X


class _Column:
    """One variable: numbers as they are, text as positions among its values."""

    def __init__(self, name, values, grouping):
        self.name, self.grouping = name, grouping
        self.gaps = np.array([v is None or (isinstance(v, float) and np.isnan(v)) for v in values])
        known = [v for v, gap in zip(values, self.gaps, strict=True) if not gap]
        self.is_text = grouping or any(isinstance(v, str) for v in known)
        self.labels = sorted(set(known)) if self.is_text else None
        code = {v: float(i) for i, v in enumerate(self.labels)} if self.is_text else None
        pairs = zip(values, self.gaps, strict=True)
        self.values = np.array(
            [np.nan if gap else (code[v] if self.is_text else float(v)) for v, gap in pairs]
        )

    def refuse_unfit(self):
        if self.gaps.all():
            raise NotEstimable(f"{self.name} is missing for everybody")
        if self.grouping or (self.is_text and len(self.labels) > 2):
            raise NotEstimable(
                f"{self.name} has gaps, and only numbers and two-valued text can be imputed"
            )

    def start(self, rng):
        out = self.values.copy()
        if self.gaps.any():
            out[self.gaps] = rng.choice(self.values[~self.gaps], self.gaps.sum())
        return out

    def coded(self, values):
        if not self.is_text:
            return values[:, None]
        return (values[:, None] == np.arange(1, len(self.labels))).astype(float)

    def shown(self, values):
        return [self.labels[int(v)] for v in values] if self.is_text else values.tolist()

    def draw(self, X, values, rng):
        seen, out = ~self.gaps, values.copy()
        if self.is_text:
            out[self.gaps] = _draw_logistic(X[seen], self.values[seen], X[self.gaps], rng)
        else:
            out[self.gaps] = _draw_matched(X[seen], self.values[seen], X[self.gaps], rng)
        return out


def _draw_matched(X, y, Xnew, rng):
    """Predictive mean matching, type 1: fitted values of donors, drawn ones of recipients."""
    ridge = 1e-5 * np.diag(np.diag(X.T @ X) + 1e-12)
    inverse = np.linalg.inv(X.T @ X + ridge)
    beta = inverse @ X.T @ y
    df = max(y.size - X.shape[1], 1)
    sigma = np.sqrt(np.sum((y - X @ beta) ** 2) / rng.chisquare(df))
    drawn = beta + sigma * np.linalg.cholesky((inverse + inverse.T) / 2) @ rng.normal(
        size=beta.size
    )
    donors, wanted = X @ beta, Xnew @ drawn
    near = _nearest(donors, wanted, min(DONORS, y.size))
    return y[near[np.arange(wanted.size), rng.integers(0, near.shape[1], wanted.size)]]


def _nearest(donors, wanted, count):
    """Places (w, count) of the donors nearest to each wanted value.

    They are neighbours in the order of the donors: twice as many around the value hold them.
    """
    order = np.argsort(donors, kind="stable")
    ranked = donors[order]
    first = np.clip(np.searchsorted(ranked, wanted) - count, 0, max(ranked.size - 2 * count, 0))
    around = first[:, None] + np.arange(min(2 * count, ranked.size))
    away = np.abs(ranked[around] - wanted[:, None])
    best = np.argpartition(away, count - 1, axis=1)[:, :count]
    return order[np.take_along_axis(around, best, axis=1)]


def _draw_logistic(X, y, Xnew, rng):
    """Logistic regression with a weak normal prior (it keeps separated data finite)."""
    beta = np.zeros(X.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(X @ beta, -30, 30)))
        information = X.T @ (X * (p * (1 - p))[:, None]) + 0.01 * np.eye(beta.size)
        step = np.linalg.solve(information, X.T @ (y - p) - 0.01 * beta)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    beta = beta + np.linalg.cholesky(np.linalg.inv(information)) @ rng.normal(size=beta.size)
    chance = 1 / (1 + np.exp(-np.clip(Xnew @ beta, -30, 30)))
    return (rng.random(chance.size) < chance).astype(float)
