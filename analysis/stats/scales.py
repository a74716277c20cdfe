"""What a measure is called, where its zero effect lies, and how to print it back-transformed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr


@dataclass(frozen=True, slots=True)
class Scale:
    """How to show a measure.

    ``label`` names the effect on the scale of analysis, ``axis`` after ``back`` (a function of
    arrays). ``null`` is no effect on the scale of analysis, None where there is no such value.
    ``log_axis`` says that the back-transformed axis is best drawn with logarithmic ticks.
    """

    label: str
    axis: str
    back: Callable
    null: float | None
    log_axis: bool = False


def identity(x):
    return x


def arcsine_back(x):
    """Proportion from its arcsine square root, kept within what the arcsine can be."""
    return np.sin(np.clip(x, 0, np.pi / 2)) ** 2


def square(x):
    """Rate from its square root; a negative root stands for a rate of 0."""
    return np.maximum(x, 0.0) ** 2


def freeman_tukey_back(x, n):
    """Proportion from the double arcsine, for a sample size ``n`` (Miller 1978).

    For a pooled value use the harmonic mean of the sizes. Values beyond those of 0 or n events
    give 0 and 1.
    """
    x = np.asarray(x, float)
    low = 0.5 * np.arcsin(np.sqrt(1 / (n + 1)))
    high = 0.5 * (np.arcsin(np.sqrt(n / (n + 1))) + np.pi / 2)
    inside = np.clip(x, low, high)
    s, c = np.sin(2 * inside), np.cos(2 * inside)
    root = np.sqrt(np.maximum(1 - (s + (s - 1 / s) / n) ** 2, 0.0))
    p = 0.5 * (1 - np.sign(c) * root)
    return np.where(x < low, 0.0, np.where(x > high, 1.0, p))


def harmonic_mean(n):
    """Harmonic mean of sample sizes (k,), missing ones left out."""
    n = np.asarray(n, float)
    n = n[np.isfinite(n)]
    return float(n.size / np.sum(1 / n))


def freeman_tukey_rate_back(x, t):
    """Rate from the Freeman-Tukey transformation, for a person-time ``t`` (harmonic mean)."""
    x = np.asarray(x, float)
    low = 0.5 * np.sqrt(1 / t)
    p = (1 / t - 8 * x**2 + 16 * t * x**4) / (16 * x**2 * t)
    return np.where(x <= low, 0.0, p)


def _log(name):
    return Scale(f"Log {name[0].lower()}{name[1:]}", name, np.exp, 0.0, log_axis=True)


def _plain(name, null=0.0):
    return Scale(name, name, identity, null)


SMD = "Standardised mean difference"
CHANGE = "Standardised mean change"

SCALES = {
    "RR": _log("Risk ratio"), "OR": _log("Odds ratio"), "PETO": _log("Odds ratio (Peto)"),
    "RD": _plain("Risk difference"), "AS": _plain("Arcsine risk difference"),
    "PHI": _plain("Phi coefficient"), "YUQ": _plain("Yule's Q"), "YUY": _plain("Yule's Y"),
    "RTET": _plain("Tetrachoric correlation"),
    "ZTET": Scale("Fisher's z", "Tetrachoric correlation", np.tanh, 0.0),
    "PBIT": _plain(SMD), "OR2D": _plain(SMD), "OR2DL": _plain(SMD), "OR2DN": _plain(SMD),
    "MD": _plain("Mean difference"), "SMD": _plain(SMD), "SMDH": _plain(SMD), "SMD1": _plain(SMD),
    "SMD1H": _plain(SMD), "ROM": _log("Ratio of means"), "VR": _log("Ratio of SDs"),
    "CVR": _log("Ratio of coefficients of variation"),
    "RPB": _plain("Point-biserial correlation"), "RBIS": _plain("Biserial correlation"),
    "D2ORN": _log("Odds ratio"), "D2ORL": _log("Odds ratio"),
    "CLESN": _plain("Probability of superiority", 0.5), "AUCN": _plain("Area under the curve", 0.5),
    "PR": _plain("Proportion", None), "PLN": Scale("Log proportion", "Proportion", np.exp, None),
    "PLO": Scale("Log odds", "Proportion", expit, None),
    "PRZ": Scale("Probit of the proportion", "Proportion", ndtr, None),
    "PAS": Scale("Arcsine of the proportion", "Proportion", arcsine_back, None),
    "PFT": _plain("Double arcsine of the proportion", None),
    "IR": _plain("Incidence rate", None), "IRLN": Scale("Log rate", "Rate", np.exp, None, True),
    "IRS": Scale("Square root of the rate", "Rate", square, None),
    "IRFT": _plain("Freeman-Tukey rate", None),
    "IRR": _log("Rate ratio"), "IRD": _plain("Rate difference"),
    "IRSD": _plain("Difference of square-root rates"),
    "MN": _plain("Mean", None), "SMN": _plain("Standardised mean"),
    "MNLN": Scale("Log mean", "Mean", np.exp, None, True),
    "SDLN": Scale("Log SD", "SD", np.exp, None, True),
    "CVLN": Scale("Log coefficient of variation", "Coefficient of variation", np.exp, None, True),
    "COR": _plain("Correlation"), "UCOR": _plain("Correlation"),
    "ZCOR": Scale("Fisher's z", "Correlation", np.tanh, 0.0),
    "PCOR": _plain("Partial correlation"),
    "ZPCOR": Scale("Fisher's z", "Partial correlation", np.tanh, 0.0),
    "SPCOR": _plain("Semi-partial correlation"),
    "ARAW": _plain("Reliability", None),
    "AHW": Scale("Transformed reliability", "Reliability", lambda x: 1 - (1 - x) ** 3, None),
    "ABT": Scale("Transformed reliability", "Reliability", lambda x: -np.expm1(-x), None),
    "REH": _log("Relative excess heterozygosity"),
    "MC": _plain("Mean change"), "SMCC": _plain(CHANGE), "SMCR": _plain(CHANGE),
    "SMCRH": _plain(CHANGE), "SMCRP": _plain(CHANGE), "SMCRPH": _plain(CHANGE),
    "ROMC": _log("Ratio of means"), "VRC": _log("Ratio of SDs"),
    "CVRC": _log("Ratio of coefficients of variation"),
    "MPRD": _plain("Risk difference (matched)"), "MPRR": _log("Risk ratio (matched)"),
    "MPOR": _log("Odds ratio (matched)"), "MPORC": _log("Odds ratio (matched)"),
    "MPPETO": _log("Odds ratio (matched, Peto)"), "HR": _log("Hazard ratio"),
    "GEN": _plain("Effect"),
}  # fmt: skip


def scale_of(measure):
    """The `Scale` of a measure of `effects.MEASURES`; ``GEN.HR`` is given on the scale of HR.

    PFT and IRFT come back untransformed, as theirs needs a sample size: `freeman_tukey_back`.
    """
    return SCALES[measure.rpartition(".")[2]]
