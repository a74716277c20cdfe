"""Measures of two independent groups: ``m1i sd1i n1i`` against ``m2i sd2i n2i``."""

from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from .family import Family, average, bias_factor


def prepare(columns, options, measure):
    """Complete ``d`` (uncorrected) from means and SDs, or from ``di``, ``ti`` or signed ``pi``."""
    c = dict(columns)
    n1, n2 = c["n1i"], c["n2i"]
    m = n1 + n2 - 2
    if "di" in c:
        d = c["di"]
    elif "ti" in c:
        d = c["ti"] * np.sqrt(1 / n1 + 1 / n2)
    elif "pi" in c:
        t = -stdtrit(m, np.abs(c["pi"]) / 2) * np.sign(c["pi"])
        d = t * np.sqrt(1 / n1 + 1 / n2)
    else:
        c["pooled"] = np.sqrt(((n1 - 1) * c["sd1i"] ** 2 + (n2 - 1) * c["sd2i"] ** 2) / m)
        d = (c["m1i"] - c["m2i"]) / c["pooled"]
    return c | {"d": d, "m": m}


def mean_difference(c, o):
    """Difference of means; ``vtype="HO"`` assumes one SD for both groups."""
    y = c["m1i"] - c["m2i"]
    if o.vtype == "HO":
        return y, c["pooled"] ** 2 * (1 / c["n1i"] + 1 / c["n2i"])
    return y, c["sd1i"] ** 2 / c["n1i"] + c["sd2i"] ** 2 / c["n2i"]


def _hedges(d, m, o):
    j = bias_factor(m)
    return (j * d if o.correct else d), j


def smd(c, o):
    """Standardised mean difference, Hedges' g (``correct=False``: d).

    Variance: LS ``1/n1 + 1/n2 + g^2 / 2(n1+n2)``; LS2 the same for d, times J^2; UB unbiased;
    AV with the average g of the set.
    """
    g, j = _hedges(c["d"], c["m"], o)
    base, n = 1 / c["n1i"] + 1 / c["n2i"], c["n1i"] + c["n2i"]
    if o.vtype == "UB":
        return g, base + (1 - (c["m"] - 2) / (c["m"] * j**2)) * g**2
    if o.vtype == "LS2":
        return g, j**2 * (base + c["d"] ** 2 / (2 * n))
    if o.vtype == "AV":
        return g, base + average(g, n) ** 2 / (2 * n)
    return g, base + g**2 / (2 * n)


def smd_heteroscedastic(c, o):
    """SMD by the average variance of the two groups (Bonett 2008, Psychol Methods 13:99).

    Edition 3 multiplies the variance by J^2.
    """
    v1, v2 = c["sd1i"] ** 2, c["sd2i"] ** 2
    s2 = (v1 + v2) / 2
    f1, f2 = c["n1i"] - 1, c["n2i"] - 1
    g, j = _hedges((c["m1i"] - c["m2i"]) / np.sqrt(s2), c["m"], o)
    variance = g**2 * (v1**2 / f1 + v2**2 / f2) / (8 * s2**2) + (v1 / f1 + v2 / f2) / s2
    return g, variance * (j**2 if o.edition < 5 else 1.0)


def glass(c, o):
    """Difference of means in units of group 2's SD (Glass). Variance types as for `smd`."""
    m = c["n2i"] - 1
    d = (c["m1i"] - c["m2i"]) / c["sd2i"]
    g, j = _hedges(d, m, o)
    base = 1 / c["n1i"] + 1 / c["n2i"]
    if o.vtype == "UB":
        return g, base + (1 - (m - 2) / (m * j**2)) * g**2
    if o.vtype == "LS2":
        return g, j**2 * (base + d**2 / (2 * c["n2i"]))
    if o.vtype == "AV":
        return g, base + average(g, c["n1i"] + c["n2i"]) ** 2 / (2 * c["n2i"])
    return g, base + g**2 / (2 * c["n2i"])


def glass_heteroscedastic(c, o):
    """Glass's measure without equal SDs; edition 3 divides by n."""
    g, _ = _hedges((c["m1i"] - c["m2i"]) / c["sd2i"], c["n2i"] - 1, o)
    less = 0 if o.edition < 5 else 1
    f1, f2 = c["n1i"] - less, c["n2i"] - less
    return g, c["sd1i"] ** 2 / c["sd2i"] ** 2 / f1 + 1 / f2 + g**2 / (2 * f2)


def _cv2(c, arm):
    return c[f"sd{arm}i"] ** 2 / (c[f"n{arm}i"] * c[f"m{arm}i"] ** 2)


def ratio_of_means(c, o):
    """Log ratio of means; ``correct`` adds the second-order bias term.

    HO pools the SDs; AV takes the average coefficient of variation of each group, AVHO of both.
    """
    cv1, cv2 = _cv2(c, 1), _cv2(c, 2)
    y = np.log(c["m1i"] / c["m2i"]) + (0.5 * (cv1 - cv2) if o.correct and o.edition >= 5 else 0.0)
    if o.vtype == "AV":
        arms = ("m1i", "sd1i", "n1i"), ("m2i", "sd2i", "n2i")
        return y, sum(average(c[sd] / c[m], c[n]) ** 2 / c[n] for m, sd, n in arms)
    if o.vtype == "AVHO":
        cv = np.stack([c["sd1i"] / c["m1i"], c["sd2i"] / c["m2i"]])
        both = np.where(np.isnan(cv).any(0), np.nan, cv)
        pooled = average(both, np.stack([c["n1i"], c["n2i"]]))
        return y, pooled**2 * (1 / c["n1i"] + 1 / c["n2i"])
    if o.vtype == "HO":
        s2 = c["pooled"] ** 2
        return y, s2 / (c["n1i"] * c["m1i"] ** 2) + s2 / (c["n2i"] * c["m2i"] ** 2)
    return y, cv1 + cv2


def _half(n):
    return 0.5 / (n - 1)


def variability_ratio(c, o):
    """Log ratio of SDs, with its small-sample term."""
    h1, h2 = _half(c["n1i"]), _half(c["n2i"])
    bias = h1 - h2 if o.correct else 0.0
    return np.log(c["sd1i"] / c["sd2i"]) + bias, h1 + h2


def cv_ratio(c, o):
    """Log ratio of coefficients of variation; edition 3 leaves the means uncorrected."""
    y, v = variability_ratio(c, o)
    level, level_v = ratio_of_means(c, o)
    return y - level, v + level_v


def point_biserial(c, o):
    """Correlation of group and outcome, from d; CS is the variance for cross-sectional sampling."""
    n1, n2 = c["n1i"], c["n2i"]
    h = c["m"] / n1 + c["m"] / n2
    d = c["d"]
    y = d / np.sqrt(d**2 + h)
    if o.vtype == "CS":
        pq = n1 * n2 / (n1 + n2) ** 2
        return y, (1 - y**2) ** 2 * (1 - 1.5 * y**2 + y**2 / (4 * pq)) / (n1 + n2)
    return y, h**2 / (h + d**2) ** 3 * (1 / n1 + 1 / n2 + d**2 / (2 * (n1 + n2)))


def biserial(c, o):
    """Biserial correlation (variance: Soper 1914, for which it is kept within -1 and 1)."""
    n1, n2 = c["n1i"], c["n2i"]
    n = n1 + n2
    p, q = n1 / n, n2 / n
    z = ndtri(p)
    f = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    rpb, _ = point_biserial(c, o)
    y = np.sqrt(p * q) / f * rpb
    inner = p * q * z**2 / f**2 + (1 - 2 * p) * z / f - 2.5
    y2 = np.minimum(y**2, 1)
    return y, (y2**2 + y2 * inner + p * q / f**2) / (n - 1)


def _log_odds_from_d(factor):
    def measure(c, o):
        y, v = smd(c, replace(o, vtype="LS", correct=False))
        return y * factor, v * factor**2

    measure.__doc__ = f"Log odds ratio as d (uncorrected) times {factor:.4f}."
    return measure


def superiority(c, o):
    """Probability that a value of group 1 exceeds one of group 2, under normality."""
    v1, v2 = c["sd1i"] ** 2, c["sd2i"] ** 2
    total = v1 + v2
    d = (c["m1i"] - c["m2i"]) / np.sqrt(total)
    spread = v1**2 / (c["n1i"] - 1) + v2**2 / (c["n2i"] - 1)
    var_d = (v1 / (c["n1i"] - 1) + v2 / (c["n2i"] - 1)) / total + d**2 * spread / (2 * total**2)
    return ndtr(d), np.exp(-(d**2)) / (2 * np.pi) * var_d


FAMILY = Family(
    columns=("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
    alternatives=(("di", "n1i", "n2i"), ("ti", "n1i", "n2i"), ("pi", "n1i", "n2i")),
    prepare=prepare,
    nonnegative=("sd1i", "sd2i", "n1i", "n2i"),
    idle={"SMD1": ("sd1i",), "VR": ("m1i", "m2i")},
    measures={
        "MD": mean_difference, "SMD": smd, "SMDH": smd_heteroscedastic, "SMD1": glass,
        "SMD1H": glass_heteroscedastic, "ROM": ratio_of_means, "VR": variability_ratio,
        "CVR": cv_ratio, "RPB": point_biserial, "RBIS": biserial,
        "D2ORN": _log_odds_from_d(1.65), "D2ORL": _log_odds_from_d(np.pi / np.sqrt(3)),
        "CLESN": superiority, "AUCN": superiority,
    },
    vtypes={
        "MD": ("LS", "HO"), "SMD": ("LS", "LS2", "UB", "AV"),
        "SMD1": ("LS", "LS2", "UB", "AV"), "ROM": ("LS", "HO", "AV", "AVHO"),
        "RPB": ("LS", "ST", "CS"),
    },
    sizes=lambda c: c["n1i"] + c["n2i"],
)  # fmt: skip
