"""Measures of one group: proportions ``xi`` of ``ni``, and rates ``xi`` events in ``ti`` time."""

import numpy as np
from scipy.special import ndtri

from .family import Family, average
from .two_by_two import added


def prepare_proportion(columns, options, measure):
    """Events and non-events after the zero-cell rule; ``mi`` may stand in for ``ni``."""
    x = np.array(columns["xi"], float)
    rest = np.array(columns["mi"] if "mi" in columns else columns["ni"] - columns["xi"], float)
    add = added(np.stack([x, rest]), options)
    return {"xi": x + add, "mi": rest + add, "ni": x + rest + 2 * add, "total": x + rest}


def raw(c, o):
    """Proportion; UB divides by n - 1, AV uses the average proportion in the variance."""
    x, m, n = c["xi"], c["mi"], c["ni"]
    if o.vtype == "UB":
        return x / n, x / n * (m / n) / (n - 1)
    if o.vtype == "AV":
        p = average(x / n, n)
        return x / n, p * (1 - p) / n
    return x / n, x / n * (m / n) / n


def log_proportion(c, o):
    """Log proportion."""
    x, n = c["xi"], c["ni"]
    expected = average(x / n, n) * n if o.vtype == "AV" else x
    return np.log(x / n), 1 / expected - 1 / n


def logit(c, o):
    """Log odds."""
    x, m, n = c["xi"], c["mi"], c["ni"]
    if o.vtype == "AV":
        p = average(x / n, n)
        return np.log(x / m), 1 / (n * p) + 1 / (n * (1 - p))
    return np.log(x / m), 1 / x + 1 / m


def probit(c, o):
    """Probit of the proportion."""
    p, n = c["xi"] / c["ni"], c["ni"]
    z = ndtri(p)
    return z, 2 * np.pi * p * (1 - p) * np.exp(z**2) / n


def arcsine(c, o):
    """Arcsine square root."""
    return np.arcsin(np.sqrt(c["xi"] / c["ni"])), 1 / (4 * c["ni"])


def freeman_tukey(c, o):
    """Freeman-Tukey double arcsine."""
    x, n = c["xi"], c["ni"]
    y = 0.5 * (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1))))
    return y, 1 / (4 * n + 2)


PROPORTIONS = Family(
    columns=("xi", "ni"),
    alternatives=(("xi", "mi"),),
    nonnegative=("xi", "mi", "ni"),
    prepare=prepare_proportion,
    measures={
        "PR": raw, "PLN": log_proportion, "PLO": logit, "PRZ": probit, "PAS": arcsine,
        "PFT": freeman_tukey,
    },
    vtypes={"PR": ("LS", "UB", "AV"), "PLN": ("LS", "AV"), "PLO": ("LS", "AV")},
    sizes=lambda c: c["total"],
)  # fmt: skip


def prepare_rate(columns, options, measure):
    """Events after the zero-cell rule."""
    x = np.array(columns["xi"], float)
    return {"xi": x + added(x[None, :], options), "ti": columns["ti"]}


RATES = Family(
    columns=("xi", "ti"),
    prepare=prepare_rate,
    nonnegative=("xi", "ti"),
    measures={
        "IR": lambda c, o: (c["xi"] / c["ti"], c["xi"] / c["ti"] ** 2),
        "IRLN": lambda c, o: (np.log(c["xi"] / c["ti"]), 1 / c["xi"]),
        "IRS": lambda c, o: (np.sqrt(c["xi"] / c["ti"]), 1 / (4 * c["ti"])),
        "IRFT": lambda c, o: (
            0.5 * (np.sqrt(c["xi"] / c["ti"]) + np.sqrt((c["xi"] + 1) / c["ti"])),
            1 / (4 * c["ti"]),
        ),
    },
    sizes=lambda c: c["ti"],
)


def prepare_two_rates(columns, options, measure):
    """Events of both groups after the zero-cell rule."""
    x1, x2 = (np.array(columns[name], float) for name in ("x1i", "x2i"))
    if options.drop00:
        empty = (x1 == 0) & (x2 == 0)
        x1, x2 = np.where(empty, np.nan, x1), np.where(empty, np.nan, x2)
    add = added(np.stack([x1, x2]), options)
    return {**columns, "x1i": x1 + add, "x2i": x2 + add}


def _two_rates(function, variance):
    def measure(c, o):
        r1, r2 = c["x1i"] / c["t1i"], c["x2i"] / c["t2i"]
        return function(r1) - function(r2), variance(c["x1i"], c["t1i"]) + variance(
            c["x2i"], c["t2i"]
        )

    return measure


TWO_RATES = Family(
    columns=("x1i", "t1i", "x2i", "t2i"),
    prepare=prepare_two_rates,
    nonnegative=("x1i", "t1i", "x2i", "t2i"),
    measures={
        "IRR": _two_rates(np.log, lambda x, t: 1 / x),
        "IRD": _two_rates(lambda r: r, lambda x, t: x / t**2),
        "IRSD": _two_rates(np.sqrt, lambda x, t: 1 / (4 * t)),
    },
    sizes=lambda c: c["t1i"] + c["t2i"],
)
