"""Rare events: Mantel-Haenszel and Peto pooling, which need no variance of each single table."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from . import wald
from .effects import escalc
from .errors import NotEstimable
from .measures.family import Options
from .measures.two_by_two import added

TABLES = ("OR", "RR", "RD")
RATES = ("IRR", "IRD")


@dataclass(frozen=True, slots=True)
class SparseFit:
    """A common effect on the measure's analysis scale (log OR, log RR, RD, log IRR, IRD).

    ``beta`` and what follows from it are None where the tables do not define it, the test of it
    where its variance is 0 (``notes`` says why). Q, I2 and H2 are about the ``k_yi`` tables that
    have an effect of their own. ``CO`` and ``MH`` are the Cochran and Cochran-Mantel-Haenszel
    tests of no effect (1 df), ``BD`` and ``TA`` the Breslow-Day and Tarone tests of equal odds
    ratios (``TA_df``); None for other measures.
    """

    measure: str
    k: int
    k_yi: int
    level: float
    beta: float | None
    se: float | None
    stat: float | None
    pval: float | None
    ci_lb: float | None
    ci_ub: float | None
    QE: float
    QE_df: int
    QE_p: float
    I2: float
    H2: float
    CO: float | None = None
    CO_p: float | None = None
    MH: float | None = None
    MH_p: float | None = None
    BD: float | None = None
    BD_p: float | None = None
    TA: float | None = None
    TA_p: float | None = None
    TA_df: int | None = None
    notes: tuple = ()


def mantel_haenszel(
    measure,
    columns,
    *,
    add=0.5,
    to="only0",
    drop00=True,
    level=0.95,
    correct=True,
    pool_add=0.0,
    pool_to="only0",
):
    """Pool tables (OR, RR, RD) or rates (IRR, IRD) by Mantel and Haenszel; a `SparseFit`.

    ``columns`` as in `effects.escalc`. ``add``, ``to``, ``drop00`` concern the single effects that
    Q is made of; ``pool_add`` and ``pool_to`` the cells that are pooled: nothing by default, as
    the method does not need it. ``correct``: continuity correction of CO and MH. Sources: Mantel
    & Haenszel (1959); Robins et al. (1986); Greenland & Robins (1985); Sato et al. (1989).
    """
    if measure not in TABLES + RATES:
        raise NotEstimable(f"Mantel-Haenszel pools {', '.join(TABLES + RATES)}, not {measure}")
    effects = escalc(measure, columns, add=add, to=to, drop00=drop00)
    cells = _complete_cells(measure, columns, pool_add, pool_to)
    if cells[0].size == 0:
        raise NotEstimable("no table is complete: there is nothing to pool")
    with np.errstate(divide="ignore", invalid="ignore"):
        beta, se = POOL[measure](*cells)
        tests = _tests(measure, cells, beta, correct)
    notes = () if np.isfinite(beta) else ("no events in one group of every table: no effect",)
    if se == 0:
        notes = ("all tables are without events, or nothing but events: no variance",)
    if not (np.isfinite(beta) and np.isfinite(se)):
        beta = se = np.nan
    return _result(measure, cells[0].size, effects, beta, se, level, notes, **tests)


def peto(columns, *, add=0.0, to="none", drop00=True, level=0.95):
    """Pool odds ratios by Peto's one-step method; a `SparseFit` (Yusuf et al. 1985).

    Good for rare events, balanced groups and modest effects; biased otherwise.
    """
    effects = escalc("PETO", columns, add=add, to=to, drop00=drop00)
    a, b, c, d = _complete_cells("OR", columns)
    n1, n = a + b, a + b + c + d
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = _peto_variance(a, b, c, d)
    total = float(np.nansum(variance))
    if total == 0:
        raise NotEstimable("no table has both events and non-events: Peto's method has no variance")
    beta = float(np.sum(a - (a + c) * n1 / n) / total)
    return _result("PETO", a.size, effects, beta, total**-0.5, level, ())


def percent_weights(measure, columns):
    """What each row (k,) counts in `mantel_haenszel` of a measure, or in `peto` (``PETO``), in per
    cent; NaN where a count is missing. A table without information counts 0."""
    keep = ~np.any([np.isnan(np.asarray(values, float)) for values in columns.values()], axis=0)
    a, b, c, d = _complete_cells("OR" if measure == "PETO" else measure, columns)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = np.nan_to_num(WEIGHTS[measure](a, b, c, d))
    if not weights.sum() > 0:
        raise NotEstimable("no table counts: there is nothing to pool")
    out = np.full(keep.size, np.nan)
    out[keep] = 100 * weights / weights.sum()
    return out


def _peto_variance(a, b, c, d):
    n1, n2, n = a + b, c + d, a + b + c + d
    return (a + c) * (b + d) * n1 * n2 / (n**2 * (n - 1))


WEIGHTS = {
    "OR": lambda a, b, c, d: b * c / (a + b + c + d),
    "RR": lambda a, b, c, d: c * (a + b) / (a + b + c + d),
    "RD": lambda a, b, c, d: (a + b) * (c + d) / (a + b + c + d),
    "IRR": lambda x1, t1, x2, t2: x2 * t1 / (t1 + t2),
    "IRD": lambda x1, t1, x2, t2: t1 * t2 / (t1 + t2),
    "PETO": _peto_variance,
}


@dataclass(frozen=True, slots=True, eq=False)
class SparseSeries:
    """Refits, arrays (k,): NaN where a refit does not define the effect."""

    estimate: np.ndarray
    se: np.ndarray
    Q: np.ndarray
    Qp: np.ndarray


def sparse_series(pool, columns, *, cumulative=False):
    """``pool`` (a function of columns) without each row in turn, or over the first 1 to k rows."""
    columns = {name: np.asarray(values, float) for name, values in columns.items()}
    rows = np.arange(len(next(iter(columns.values()))))
    if rows.size < 2:
        raise NotEstimable("one table: nothing is left when it is left out")
    keeps = [rows <= i for i in rows] if cumulative else [rows != i for i in rows]
    fits = [pool({name: values[keep] for name, values in columns.items()}) for keep in keeps]

    def read(name):
        values = (getattr(fit, name) for fit in fits)
        return np.array([np.nan if value is None else value for value in values], float)

    return SparseSeries(read("beta"), read("se"), read("QE"), read("QE_p"))


def _complete_cells(measure, columns, add=0.0, to="none"):
    if measure in RATES:
        names = ("x1i", "t1i", "x2i", "t2i")
        raw = np.array([np.asarray(columns[name], float) for name in names])
        raw[[0, 2]] += added(raw[[0, 2]], Options(add, to))
    else:
        a, c = (np.asarray(columns[name], float) for name in ("ai", "ci"))
        b = np.asarray(columns["bi"], float) if "bi" in columns else columns["n1i"] - a
        d = np.asarray(columns["di"], float) if "di" in columns else columns["n2i"] - c
        raw = np.array([a, b, c, d], float)
        raw += added(raw, Options(add, to))
    return tuple(raw[:, ~np.isnan(raw).any(0)])


def _odds_ratio(a, b, c, d):
    n = a + b + c + d
    P, Q, R, S = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    r, s = R.sum(), S.sum()
    variance = np.sum(P * R) / r**2 + np.sum(P * S + Q * R) / (r * s) + np.sum(Q * S) / s**2
    return np.log(r / s), np.sqrt(0.5 * variance)


def _risk_ratio(a, b, c, d):
    n1, n2 = a + b, c + d
    n = n1 + n2
    r, s = np.sum(a * n2 / n), np.sum(c * n1 / n)
    return np.log(r / s), np.sqrt(np.sum((n1 * n2 * (a + c) - a * c * n) / n**2) / (r * s))


def _risk_difference(a, b, c, d):
    n1, n2 = a + b, c + d
    n = n1 + n2
    total = np.sum(n1 * n2 / n)
    beta = np.sum((a * n2 - c * n1) / n) / total
    skew = np.sum(c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2)
    return beta, np.sqrt(beta * skew + np.sum((a * d + c * b) / n) / 2) / total


def _rate_ratio(x1, t1, x2, t2):
    t = t1 + t2
    r, s = np.sum(x1 * t2 / t), np.sum(x2 * t1 / t)
    return np.log(r / s), np.sqrt(np.sum(t1 * t2 / t**2 * (x1 + x2)) / (r * s))


def _rate_difference(x1, t1, x2, t2):
    t = t1 + t2
    w = t1 * t2 / t
    beta = np.sum((x1 * t2 - x2 * t1) / t) / w.sum()
    return beta, np.sqrt(np.sum(w**2 * (x1 / t1**2 + x2 / t2**2))) / w.sum()


POOL = {
    "OR": _odds_ratio, "RR": _risk_ratio, "RD": _risk_difference, "IRR": _rate_ratio,
    "IRD": _rate_difference,
}  # fmt: skip


def _tests(measure, cells, beta, correct):
    if measure == "IRR":
        x1, t1, x2, t2 = cells
        t = t1 + t2
        excess = abs(np.sum(x1 - (x1 + x2) * t1 / t)) - (0.5 if correct else 0)
        MH = _positive_square(excess, np.sum((x1 + x2) * t1 * t2 / t**2))
        return {"MH": MH, "MH_p": _tail(MH, 1)}
    if measure != "OR":
        return {}
    a, b, c, d = cells
    n1, n2, n = a + b, c + d, a + b + c + d
    events, others = a + c, b + d
    excess = abs(np.sum(a - n1 * events / n)) - (0.5 if correct else 0)
    spread = n1 * n2 * events * others
    CO = _positive_square(excess, np.sum(spread / n**3))
    MH = _positive_square(excess, np.nansum(spread / (n**2 * (n - 1))))
    tests = {"CO": CO, "CO_p": _tail(CO, 1), "MH": MH, "MH_p": _tail(MH, 1)}
    return tests | _equal_odds(a, n1, n2, events, beta)


def _positive_square(excess, variance):
    return float(excess**2 / variance) if variance > 0 else None


def _tail(q, df):
    return None if q is None or df < 1 else float(chdtrc(df, q))


def _equal_odds(a, n1, n2, events, beta):
    """Breslow-Day and Tarone: observed against expected events at the common odds ratio."""
    informative = (events > 0) & (events < n1 + n2) & np.isfinite(beta)
    df = int(informative.sum()) - 1
    if not informative.any():
        return {"TA_df": df}
    a, n1, n2, m = (x[informative] for x in (a, n1, n2, events))
    psi = np.exp(beta)
    if psi == 1:
        fitted = n1 * m / (n1 + n2)
    else:
        s = psi * (n1 + m) + (n2 - m)
        fitted = (s - np.sqrt(s**2 - 4 * psi * (psi - 1) * n1 * m)) / (2 * (psi - 1))
    variance = 1 / (1 / fitted + 1 / (m - fitted) + 1 / (n1 - fitted) + 1 / (n2 - m + fitted))
    BD = float(np.sum((a - fitted) ** 2 / variance))
    TA = max(0.0, BD - float(np.sum(a - fitted) ** 2 / variance.sum()))  # rounding, not below 0
    return {"BD": BD, "BD_p": _tail(BD, df), "TA": TA, "TA_p": _tail(TA, df), "TA_df": df}


def _result(measure, k, effects, beta, se, level, notes, **tests):
    usable = ~(np.isnan(effects.yi) | np.isnan(effects.vi))
    y, v = effects.yi[usable], effects.vi[usable]
    df = max(0, y.size - 1)
    known = bool(np.isfinite(beta))
    QE = float(np.sum((y - beta) ** 2 / v)) if df > 0 and known else 0.0
    margin = wald.critical(level) * se
    stat = beta / se if se != 0 else np.nan
    effect = dict(beta=beta, se=se, stat=stat, pval=float(wald.two_sided(stat)),
                  ci_lb=beta - margin, ci_ub=beta + margin)  # fmt: skip
    return SparseFit(
        measure=measure, k=int(k), k_yi=int(y.size), level=level,
        **{name: float(x) if np.isfinite(x) else None for name, x in effect.items()},
        QE=QE, QE_df=df, QE_p=wald.chi2_p(QE, df), I2=max(0.0, 100 * (QE - df) / QE) if QE else 0.0,
        H2=QE / df if df else 1.0, notes=notes, **tests,
    )  # fmt: skip
