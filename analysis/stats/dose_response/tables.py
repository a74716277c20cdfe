"""The table of cases and persons that would have given the published ratios.

Only the correlations are read off it: a reference arm that is shared makes ratios alike.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from ..errors import NotEstimable


def shared(cases, total, design):
    """What each arm adds to the variance of a log ratio, arrays (a,)."""
    if design == "cc":
        return 1 / cases + 1 / (total - cases)
    return 1 / cases - 1 / total if design == "ci" else 1 / cases


def greenland_longnecker(y, cases, total, design):
    """Fitted cases and ``total`` (a,) that keep both margins and have the log ratios ``y``.

    Incidence rates (ir) have a closed form. Otherwise all cases follow from the odds of the
    reference, and their sum grows with it, so that one bracketed root is the only solution: it
    exists for every table. For cc and ci alike the ratios are read as odds ratios.
    """
    if design == "ir":
        weight = total * np.exp(y)
        return cases.sum() * weight / weight.sum(), total
    wanted, overall = cases.sum(), float(logit(cases.sum() / total.sum()))
    low, high = overall - y.max(), overall - y.min()
    if low == high:
        return total * expit(low + y), total
    level = brentq(lambda at: float(total @ expit(y + at)) - wanted, low, high, xtol=1e-14)
    return total * expit(y + level), total


def hamling(y, v, cases, total, design, reference):
    """Effective cases and persons (a,) with log ratios ``y`` and variances ``v`` (a,).

    They keep the share of the reference among the persons (controls in cc) and the ratio of
    persons (controls) to cases among the others. Raises `NotEstimable` where no table does.
    """
    rest = np.arange(y.size) != reference
    whole = total - cases if design == "cc" else total
    share = whole[reference] / whole[rest].sum()
    ratio = whole[rest].sum() / cases[rest].sum()
    table = {"cc": _odds, "ci": _risks, "ir": _rates}[design]
    R, v = np.exp(y[rest]), v[rest]

    def excess(at):
        """The reference's share when it takes the part ``at`` of the smallest variance."""
        first, others = table(at * v.min(), R, v, ratio)
        return np.log(first[1] / others[1].sum()) - np.log(share)

    try:
        at = brentq(excess, 1e-12, 1 - 1e-12, xtol=1e-15)
    except (ValueError, ZeroDivisionError) as problem:
        raise NotEstimable(
            "no table of cases and persons agrees with these ratios and intervals (Hamling)"
        ) from problem
    first, others = table(at * v.min(), R, v, ratio)
    A, B = np.empty(y.size), np.empty(y.size)
    A[reference], B[reference] = first
    A[rest], B[rest] = others
    return A, (A + B if design == "cc" else B)


def _odds(s, R, v, ratio):
    """Cases and controls of the reference and of the others; the reference's variance is ``s``."""
    w = 1 / (v - s)

    def off(log_odds):
        o = R * np.exp(log_odds)
        return np.log(np.sum((1 + 1 / o) * w) / np.sum((1 + o) * w)) - np.log(ratio)

    # Every arm's controls to cases is 1 / (R o), so the answer lies between these two.
    ends = -np.log(ratio) - np.log(R)
    o = np.exp(_root(off, ends.min(), ends.max()))
    return ((1 + o) / s, (1 + 1 / o) / s), ((1 + R * o) * w, (1 + 1 / (R * o)) * w)


def _rates(s, R, v, ratio):
    A = 1 / (v - s)
    rate = np.sum(A / R) / (ratio * A.sum())
    return (1 / s, 1 / (s * rate)), (A, A / (R * rate))


def _risks(s, R, v, ratio):
    w = 1 / (v - s)

    def off(log_risk):
        p = R * np.exp(log_risk)
        return np.log(np.sum((1 / p - 1) * w) / np.sum((1 - p) * w)) - np.log(ratio)

    ends = -np.log(ratio) - np.log(R)
    top = -np.log(max(R.max(), 1.0)) - 1e-12  # no risk beyond 1
    if ends.min() > top:
        raise ValueError("a risk beyond 1")
    r = np.exp(_root(off, ends.min(), min(ends.max(), top)))
    A = (1 - R * r) * w
    return ((1 - r) / s, (1 - r) / (s * r)), (A, A / (R * r))


def _root(off, low, high):
    """Between two ends that may be one; ``ValueError`` where they leave no room."""
    return low if low == high else brentq(off, low, high, xtol=1e-15)
