"""Measures of one sample: a mean with its SD, a correlation, a reliability coefficient."""

import numpy as np
from scipy.special import hyp2f1

from .family import Family, average, bias_factor


def standardised_mean(c, o):
    """Mean in units of its SD."""
    j = bias_factor(c["ni"] - 1)
    g = c["mi"] / c["sdi"] * (j if o.correct else 1.0)
    return g, 1 / c["ni"] + g**2 / (2 * c["ni"])


def log_cv(c, o):
    """Log coefficient of variation."""
    half = 0.5 / (c["ni"] - 1)
    y = np.log(c["sdi"] / c["mi"]) + half
    return y, half + c["sdi"] ** 2 / (c["ni"] * c["mi"] ** 2)


MEANS = Family(
    columns=("mi", "sdi", "ni"),
    idle={"SDLN": ("mi",)},
    nonnegative=("sdi", "ni"),
    measures={
        "MN": lambda c, o: (c["mi"] + 0.0, c["sdi"] ** 2 / c["ni"]),
        "SMN": standardised_mean,
        "MNLN": lambda c, o: (np.log(c["mi"]), c["sdi"] ** 2 / (c["ni"] * c["mi"] ** 2)),
        "SDLN": lambda c, o: (np.log(c["sdi"]) + 0.5 / (c["ni"] - 1), 0.5 / (c["ni"] - 1)),
        "CVLN": log_cv,
    },
    sizes=lambda c: c["ni"],
)


def prepare_correlation(columns, options, measure):
    """The correlation itself, or from the t of its test; variances need n > 3."""
    c = dict(columns)
    if "ri" not in c:
        c["ri"] = c["ti"] / np.sqrt(c["ti"] ** 2 + c["ni"] - 2)
    # n - 1 and n - 3 would give a number for n of 2 or 3 that nobody should use
    c["spread"] = 1 - c["ri"] ** 2
    c["known"] = np.where(c["ni"] > 3, 1.0, np.nan)
    return c


def correlation(c, o):
    """Correlation coefficient."""
    r, n = c["ri"], c["ni"]
    centre = average(r, n) if o.vtype == "AV" else r
    return r + 0.0, c["known"] * (1 - centre**2) ** 2 / (n - 1)


def _hypergeometric(a, c, z):
    """2F1(a, a; c; z), 0 <= z <= 1. SciPy's gives NaN for large c, where the series is fast."""
    term = np.ones_like(z)
    total = np.ones_like(z)
    for i in range(200):
        term = term * (a + i) ** 2 / ((c + i) * (i + 1)) * z
        total = total + term
    return np.where(c > 10, total, hyp2f1(a, a, np.minimum(c, 10), z))


def unbiased_correlation(c, o):
    """Correlation corrected for its small negative bias (Olkin & Pratt 1958)."""
    r, n = c["ri"], c["ni"]
    enough = np.where(n > 4, 1.0, np.nan)
    half = np.where(n > 4, (n - 2) / 2, 1.0)
    y = enough * r * _hypergeometric(0.5, half, 1 - r**2)
    if o.vtype == "UB":
        rest = (1 - r**2) * _hypergeometric(1.0, np.where(n > 4, n / 2, 2.0), 1 - r**2)
        return y, y**2 - (1 - (n - 3) / (n - 2) * rest)
    centre = average(y, n) if o.vtype == "AV" else y
    return y, (1 - centre**2) ** 2 / (n - 1)


CORRELATIONS = Family(
    columns=("ri", "ni"),
    alternatives=(("ti", "ni"),),
    prepare=prepare_correlation,
    nonnegative=("ni", "spread"),
    measures={
        "COR": correlation,
        "UCOR": unbiased_correlation,
        "ZCOR": lambda c, o: (np.arctanh(c["ri"]), c["known"] / (c["ni"] - 3)),
    },
    vtypes={"COR": ("LS", "AV"), "UCOR": ("LS", "UB", "AV")},
    sizes=lambda c: c["ni"],
)


def _partial(c):
    df = c["ni"] - c["mi"] - 1
    return c["ti"] / np.sqrt(c["ti"] ** 2 + df), df


def partial(c, o):
    """Partial correlation from the t of its coefficient, ``mi`` predictors in the model."""
    r, df = _partial(c)
    return r, (1 - r**2) ** 2 / (df if o.edition < 5 else df + 1)


def fisher_partial(c, o):
    """Fisher's z of the partial correlation."""
    r, df = _partial(c)
    return np.arctanh(r), 1 / (df if o.edition < 5 else df - 1)


PARTIAL = Family(
    columns=("ti", "ni", "mi"),
    nonnegative=("ni", "mi"),
    measures={"PCOR": partial, "ZPCOR": fisher_partial},
    sizes=lambda c: c["ni"],
)


def semipartial(c, o):
    """Semi-partial correlation from t and the model's R squared."""
    R2, n = c["r2i"], c["ni"]
    y = c["ti"] * np.sqrt(1 - R2) / np.sqrt(n - c["mi"] - 1)
    without = R2 - y**2
    return y, (R2**2 - 2 * R2 + without + 1 - without**2) / n


SEMIPARTIAL = Family(
    columns=("ti", "ni", "mi", "r2i"),
    nonnegative=("ni", "mi", "r2i"),
    measures={"SPCOR": semipartial},
    sizes=lambda c: c["ni"],
)

RELIABILITY = Family(
    columns=("ai", "mi", "ni"),
    nonnegative=("mi", "ni"),
    measures={
        "ARAW": lambda c, o: (
            c["ai"] + 0.0,
            2 * c["mi"] * (1 - c["ai"]) ** 2 / ((c["mi"] - 1) * (c["ni"] - 2)),
        ),
        "AHW": lambda c, o: (
            1 - (1 - c["ai"]) ** (1 / 3),
            18 * c["mi"] * (c["ni"] - 1) * (1 - c["ai"]) ** (2 / 3)
            / ((c["mi"] - 1) * (9 * c["ni"] - 11) ** 2),
        ),
        "ABT": lambda c, o: (-np.log(1 - c["ai"]), 2 * c["mi"] / ((c["mi"] - 1) * (c["ni"] - 2))),
    },
    sizes=lambda c: c["ni"],
)  # fmt: skip

GENETICS = Family(
    columns=("ai", "bi", "ci"),
    nonnegative=("ai", "bi", "ci"),
    measures={
        "REH": lambda c, o: (
            np.log(c["bi"] / (2 * np.sqrt(c["ai"] * c["ci"]))),
            1 / c["bi"] + (1 / c["ai"] + 1 / c["ci"]) / 4,
        ),
    },
    sizes=lambda c: c["ai"] + c["bi"] + c["ci"],
)
