"""Multiple imputation: chained equations, and Rubin's rules for what comes of them."""

from dataclasses import dataclass

import numpy as np

from . import imputation_draws as draws
from . import wald
from .errors import NotEstimable


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
    sds: dict


def unwatched():
    """The step of work whose progress nobody follows."""


def impute(columns, *, m=5, iterations=10, seed, within=None, random=False, step=unwatched):
    """Fill gaps by chained equations (van Buuren & Groothuis-Oudshoorn 2011): `Imputations`.

    ``columns`` maps names to lists; None or NaN is a gap. Numbers are imputed by predictive mean
    matching with five donors, so that only observed values occur; two-valued text by logistic
    regression, other text by multinomial regression. Every other column is a predictor; ``within``
    names a column (the study) that enters as a set of indicators, so that studies keep their own
    levels, or, when ``random``, with deviations drawn from one distribution: then a study that
    lacks a column altogether borrows from the others. ``step`` is called after each completed
    table. Raises `NotEstimable` for gaps in ``within``, text that is the same for everybody, or an
    empty column.
    """
    table = {name: _Column(name, values, name == within) for name, values in columns.items()}
    gaps = {name: column for name, column in table.items() if column.gaps.any()}
    for column in gaps.values():
        column.refuse_unfit()
    group = table[within].values.astype(int) if random else None
    rng = np.random.default_rng(seed)
    completed, numbers = [], [name for name in gaps if not table[name].is_text]
    means, sds = ({name: np.empty((m, iterations)) for name in numbers} for _ in range(2))
    order = sorted(gaps, key=lambda name: gaps[name].gaps.sum())
    for i in range(m):
        state = {name: column.start(rng) for name, column in table.items()}
        for j in range(iterations):
            for name in order:
                X = _predictors(table, state, {name, within} if random else {name})
                state[name] = gaps[name].draw(X, state[name], rng, group)
            for name in numbers:
                filled = state[name][gaps[name].gaps]
                means[name][i, j], sds[name][i, j] = filled.mean(), filled.std()
        completed.append({name: table[name].shown(state[name]) for name in table})
        step()
    counts = {name: int(column.gaps.sum()) for name, column in gaps.items()}
    return Imputations(tuple(completed), seed, counts, means, sds)


def _predictors(table, state, without):
    blocks = [c.coded(state[n]) for n, c in table.items() if n not in without]
    n = next(iter(state.values())).size
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
        if self.grouping:
            raise NotEstimable(f"{self.name} has gaps, and it is what keeps the studies apart")
        if self.is_text and len(self.labels) < 2:
            raise NotEstimable(f"{self.name} is {self.labels[0]} wherever it is known")

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

    def draw(self, X, values, rng, group):
        seen, gaps, out = ~self.gaps, self.gaps, values.copy()
        known = X[seen], self.values[seen]
        if self.is_text and (group is not None or len(self.labels) > 2):
            places = () if group is None else (group[seen], group[gaps])
            out[gaps] = draws.words(*known, len(self.labels), X[gaps], rng, *places)
        elif self.is_text:
            out[gaps] = draws.logistic(*known, X[gaps], rng)
        elif group is not None:
            out[gaps] = draws.matched_in_studies(*known, group[seen], X[gaps], group[gaps], rng)
        else:
            out[gaps] = draws.matched(*known, X[gaps], rng)
        return out
