"""Measures of a 2 x 2 table: ``ai bi`` events and non-events in group 1, ``ci di`` in group 2."""

import numpy as np
from scipy.special import ndtri

from .family import Family, average
from .tetrachoric import tetrachoric


def prepare(columns, options, measure):
    """Complete the table from ``n1i`` / ``n2i`` where given, then apply the zero-cell rule."""
    c = dict(columns)
    for cell, total, other in (("bi", "n1i", "ai"), ("di", "n2i", "ci")):
        if cell not in c:
            c[cell] = c[total] - c[other]
    a, b, e, d = (np.array(c[name], float) for name in ("ai", "bi", "ci", "di"))
    if options.drop00:
        empty = ((a == 0) & (e == 0)) | ((b == 0) & (d == 0))
        a, b, e, d = (np.where(empty, np.nan, x) for x in (a, b, e, d))
    # A zero cell is an estimate of -1 or 1 there, not an undefined one.
    add = 0.0 if measure in ("RTET", "ZTET") else added(np.stack([a, b, e, d]), options)
    total = a + b + e + d
    return {"ai": a + add, "bi": b + add, "ci": e + add, "di": d + add, "total": total}


def added(cells, options):
    """What the rule puts into every cell of each table, shape (k,)."""
    zero = (cells == 0).any(0)
    if options.to == "only0":
        return np.where(zero, options.add, 0.0)
    if options.to == "all" or (options.to == "if0all" and zero.any()):
        return np.full(cells.shape[1], options.add)
    return np.zeros(cells.shape[1])


def _shape(t):
    a, b, c, d = t["ai"], t["bi"], t["ci"], t["di"]
    return a, b, c, d, a + b, c + d


def risk_ratio(t, o):
    """Log risk ratio."""
    a, _, c, _, n1, n2 = _shape(t)
    return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2


def odds_ratio(t, o):
    """Log odds ratio."""
    a, b, c, d, _, _ = _shape(t)
    return np.log(a / b) - np.log(c / d), 1 / a + 1 / b + 1 / c + 1 / d


def risk_difference(t, o):
    """Risk difference; ``vtype="UB"`` is the unbiased variance, ``"AV"`` pools the two risks."""
    a, b, c, d, n1, n2 = _shape(t)
    p1, p2 = a / n1, c / n2
    if o.vtype == "UB":
        return p1 - p2, p1 * (b / n1) / (n1 - 1) + p2 * (d / n2) / (n2 - 1)
    if o.vtype == "AV":
        p1, p2 = average(p1, n1), average(p2, n2)
    return a / n1 - c / n2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2


def arcsine(t, o):
    """Difference of arcsine square roots of the risks."""
    a, _, c, _, n1, n2 = _shape(t)
    return np.arcsin(np.sqrt(a / n1)) - np.arcsin(np.sqrt(c / n2)), 1 / (4 * n1) + 1 / (4 * n2)


def peto(t, o):
    """Log odds ratio by Peto's one step: (O - E) / V."""
    a, b, c, d, n1, n2 = _shape(t)
    n, events, others = n1 + n2, a + c, b + d
    variance = events * others * (n1 / n) * (n2 / n) / (n - 1)
    return (a - events * n1 / n) / variance, 1 / variance


def phi(t, o):
    """Phi coefficient; variance for cross-sectional (LS, CS) or stratified sampling (ST)."""
    a, b, c, d, n1, n2 = _shape(t)
    m1, m2, n = a + c, b + d, n1 + n2
    y = (a * d - b * c) / np.sqrt(n1 * n2 * m1 * m2)
    if o.vtype != "ST":
        return y, _phi_cross_sectional(y, n1 / n, m1 / n, n)
    p1, p2 = a / n1, c / n2
    q1, q2 = 1 - p1, 1 - p2
    top = (
        4 * n1**3 * p1**2 * p2 * q1**2 * q2
        + 4 * n2**3 * p1 * p2**2 * q1 * q2**2
        + n1 * n2**2 * p2 * q2 * (p2 * q1 + p1 * q2) * (p2 * q1 + p1 * (4 * q1 + q2))
        + n1**2 * n2 * p1 * q1 * (p2 * q1 + p1 * q2) * (p1 * q2 + p2 * (q1 + 4 * q2))
    )
    return y, n**2 * top / (4 * (m1 * m2) ** 3)


def _phi_cross_sectional(y, row, column, n):
    r, c = row * (1 - row), column * (1 - column)
    dr, dc = 2 * row - 1, 2 * column - 1
    spread = dr**2 / r + dc**2 / c
    return (1 - y**2 + y * (1 + y**2 / 2) * dr * dc / np.sqrt(r * c) - 0.75 * y**2 * spread) / n


def _with_variance(y, v):
    """At -1 and 1 these have a value but no variance: neither is of use."""
    return np.where(np.isfinite(v), y, np.nan), v


def yule_q(t, o):
    """Yule's Q = (OR - 1) / (OR + 1)."""
    a, b, c, d, _, _ = _shape(t)
    y = (a * d - b * c) / (a * d + b * c)
    return _with_variance(y, (1 - y**2) ** 2 * (1 / a + 1 / b + 1 / c + 1 / d) / 4)


def yule_y(t, o):
    """Yule's Y, Q's analogue with square roots."""
    a, b, c, d, _, _ = _shape(t)
    y = (np.sqrt(a * d) - np.sqrt(b * c)) / (np.sqrt(a * d) + np.sqrt(b * c))
    return _with_variance(y, (1 - y**2) ** 2 * (1 / a + 1 / b + 1 / c + 1 / d) / 16)


def tetrachoric_correlation(t, o):
    """Tetrachoric correlation, of normal variables cut into both dichotomies."""
    return tetrachoric(t["ai"], t["bi"], t["ci"], t["di"])


def tetrachoric_z(t, o):
    """Fisher's z of the tetrachoric correlation."""
    y, v = tetrachoric_correlation(t, o)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.arctanh(y), v / (1 - y**2) ** 2


def probit_difference(t, o):
    """SMD as the difference of probits."""
    a, _, c, _, n1, n2 = _shape(t)
    parts = []
    for p, n in ((a / n1, n1), (c / n2, n2)):
        z = ndtri(p)
        parts.append((z, 2 * np.pi * p * (1 - p) * np.exp(z**2) / n))
    return parts[0][0] - parts[1][0], parts[0][1] + parts[1][1]


def _from_odds_ratio(factor):
    def measure(t, o):
        y, v = odds_ratio(t, o)
        return y * factor, v * factor**2

    measure.__doc__ = f"SMD from the log odds ratio times {factor:.4f}."
    return measure


FAMILY = Family(
    columns=("ai", "bi", "ci", "di"),
    alternatives=(("ai", "n1i", "ci", "n2i"),),
    nonnegative=("ai", "bi", "ci", "di"),
    prepare=prepare,
    measures={
        "RR": risk_ratio, "OR": odds_ratio, "RD": risk_difference, "AS": arcsine, "PETO": peto,
        "PHI": phi, "YUQ": yule_q, "YUY": yule_y,
        "RTET": tetrachoric_correlation, "ZTET": tetrachoric_z,
        "PBIT": probit_difference, "OR2D": _from_odds_ratio(np.sqrt(3) / np.pi),
        "OR2DL": _from_odds_ratio(np.sqrt(3) / np.pi), "OR2DN": _from_odds_ratio(1 / 1.65),
    },
    vtypes={"RD": ("LS", "UB", "AV"), "PHI": ("LS", "ST", "CS")},
    sizes=lambda t: t["total"],
)  # fmt: skip
