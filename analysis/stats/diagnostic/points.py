"""Each study by itself: its sensitivity and specificity with exact intervals."""

import numpy as np
from scipy.special import betaincinv
from scipy.stats import spearmanr

from .counts import counts


def studies(tp, fn, fp, tn, *, level=0.95):
    """Sensitivity and specificity of each study, (k, 2, 3): estimate, lower, upper.

    Clopper and Pearson's exact interval (1934, Biometrika 26:404). NaN where a study has no such
    patients.
    """
    right, wrong = np.array([tp, tn], float).T, np.array([fn, fp], float).T
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        at = right / (right + wrong)
        low = np.where(right == 0, 0.0, betaincinv(right, wrong + 1, tail))
        high = np.where(wrong == 0, 1.0, betaincinv(right + 1, wrong, 1 - tail))
    found = np.stack([at, low, high], axis=-1)
    return np.where((right + wrong > 0)[:, :, None], found, np.nan)


def threshold(tp, fn, fp, tn):
    """Spearman's correlation of sensitivity and false positive rate as (rho, p), or None where one
    of them does not vary. A high one is what thresholds that differ between studies would make."""
    d = counts(tp, fn, fp, tn)
    both = d.given.all(0)
    sens, spec = d.x[:, both] / d.n[:, both]
    if sens.size < 3 or np.ptp(sens) == 0 or np.ptp(spec) == 0:
        return None
    found = spearmanr(sens, 1 - spec)
    return float(found.statistic), float(found.pvalue)
