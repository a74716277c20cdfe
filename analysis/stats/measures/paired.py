"""Measures of paired data: one group before and after, and matched 2 x 2 tables."""

import numpy as np

from .family import Family, bias_factor
from .two_by_two import prepare as prepare_table


def prepare_change(columns, options, measure):
    """Add the variance of the change, from both SDs and their correlation ``ri``."""
    c = dict(columns)
    v1, v2 = c["sd1i"] ** 2, c["sd2i"] ** 2
    return c | {"change": v1 + v2 - 2 * c["ri"] * c["sd1i"] * c["sd2i"], "v1": v1, "v2": v2}


def mean_change(c, o):
    """Mean change."""
    return c["m1i"] - c["m2i"], c["change"] / c["ni"]


def _standardised(c, sd, df, o):
    d = (c["m1i"] - c["m2i"]) / sd
    j = bias_factor(df)
    return d, (j * d if o.correct else d), j


def smcc(c, o):
    """Mean change in units of the SD of the change."""
    d, g, j = _standardised(c, np.sqrt(c["change"]), c["ni"] - 1, o)
    if o.vtype == "LS2":
        return g, j**2 * (1 / c["ni"] + d**2 / (2 * c["ni"]))
    return g, 1 / c["ni"] + g**2 / (2 * c["ni"])


def smcr(c, o):
    """Mean change in units of the SD at the first occasion."""
    d, g, j = _standardised(c, c["sd1i"], c["ni"] - 1, o)
    base = 2 * (1 - c["ri"]) / c["ni"]
    if o.vtype == "LS2":
        return g, j**2 * (base + d**2 / (2 * c["ni"]))
    return g, base + g**2 / (2 * c["ni"])


def smcrh(c, o):
    """The same, SDs differing between occasions (Bonett 2008); edition 3 scales by J^2."""
    _, g, j = _standardised(c, c["sd1i"], c["ni"] - 1, o)
    f = c["ni"] - 1
    variance = c["change"] / (c["v1"] * f) + g**2 / (2 * f)
    return g, variance * (j**2 if o.edition < 5 else 1.0)


def smcrp(c, o):
    """Mean change in units of the two occasions' pooled SD."""
    df = 2 * (c["ni"] - 1) / (1 + c["ri"] ** 2)
    _, g, _ = _standardised(c, np.sqrt((c["v1"] + c["v2"]) / 2), df, o)
    return g, 2 * (1 - c["ri"]) / c["ni"] + g**2 * (1 + c["ri"] ** 2) / (4 * c["ni"])


def smcrph(c, o):
    """The same, SDs differing between occasions."""
    pooled = (c["v1"] + c["v2"]) / 2
    f = c["ni"] - 1
    _, g, _ = _standardised(c, np.sqrt(pooled), 2 * f / (1 + c["ri"] ** 2), o)
    quartic = c["v1"] ** 2 + c["v2"] ** 2 + 2 * c["ri"] ** 2 * c["v1"] * c["v2"]
    return g, g**2 * quartic / (8 * pooled**2 * f) + c["change"] / (pooled * f)


def log_ratio(c, o):
    """Log ratio of means of the two occasions."""
    cv1, cv2 = c["v1"] / (c["ni"] * c["m1i"] ** 2), c["v2"] / (c["ni"] * c["m2i"] ** 2)
    cross = 2 * c["ri"] * c["sd1i"] * c["sd2i"] / (c["m1i"] * c["m2i"] * c["ni"])
    bias = 0.5 * (cv1 - cv2) if o.correct and o.edition >= 5 else 0.0
    return np.log(c["m1i"] / c["m2i"]) + bias, cv1 + cv2 - cross


def variability(c, o):
    """Log ratio of SDs of the two occasions."""
    return np.log(c["sd1i"] / c["sd2i"]), (1 - c["ri"] ** 2) / (c["ni"] - 1)


def cv_change(c, o):
    """Log ratio of coefficients of variation of the two occasions."""
    y, v = variability(c, o)
    level, level_v = log_ratio(c, o)
    return y - level, v + level_v


CHANGE = Family(
    columns=("m1i", "m2i", "sd1i", "sd2i", "ni", "ri"),
    prepare=prepare_change,
    nonnegative=("sd1i", "sd2i", "ni"),
    idle={"SMCR": ("sd2i",), "VRC": ("m1i", "m2i")},
    measures={
        "MC": mean_change, "SMCC": smcc, "SMCR": smcr, "SMCRH": smcrh, "SMCRP": smcrp,
        "SMCRPH": smcrph, "ROMC": log_ratio, "VRC": variability, "CVRC": cv_change,
    },
    vtypes={"SMCC": ("LS", "LS2"), "SMCR": ("LS", "LS2")},
    sizes=lambda c: c["ni"],
)  # fmt: skip


def _margins(t):
    a, b, c, d = t["ai"], t["bi"], t["ci"], t["di"]
    return a, b, c, d, a + b + c + d


def matched_difference(t, o):
    """Difference of marginal risks."""
    _, b, c, _, n = _margins(t)
    return (b - c) / n, b / n**2 + c / n**2 - (b - c) ** 2 / n**3


def matched_risk_ratio(t, o):
    """Log ratio of marginal risks."""
    a, b, c, _, _ = _margins(t)
    return np.log((a + b) / (a + c)), (b + c) / ((a + b) * (a + c))


def matched_odds_ratio(t, o):
    """Log ratio of marginal odds."""
    a, b, c, d, n = _margins(t)
    covariance = n * (a * d - b * c) / ((a + b) * (c + d) * (a + c) * (b + d))
    y = np.log((a + b) / (c + d)) - np.log((a + c) / (b + d))
    return y, 1 / (a + b) + 1 / (c + d) + 1 / (a + c) + 1 / (b + d) - 2 * covariance


MATCHED = Family(
    columns=("ai", "bi", "ci", "di"),
    prepare=prepare_table,
    nonnegative=("ai", "bi", "ci", "di"),
    measures={
        "MPRD": matched_difference,
        "MPRR": matched_risk_ratio,
        "MPOR": matched_odds_ratio,
        "MPORC": lambda t, o: (np.log(t["bi"] / t["ci"]), 1 / t["bi"] + 1 / t["ci"]),
        "MPPETO": lambda t, o: (
            2 * (t["bi"] - t["ci"]) / (t["bi"] + t["ci"]),
            4 / (t["bi"] + t["ci"]),
        ),
    },
    sizes=lambda t: t["total"],
)
