r"""Every reasonable way to compute one meta-analysis, and a test of them all together.

Simonsohn, Simmons & Nelson (2020) Nat Hum Behav 4:1208; for meta-analysis Voracek, Kossmeier &
Tran (2019) Z Psychol 227:64. The joint test flips the effects of whole studies: if a treatment
does nothing, which arm is called the first is arbitrary, and exchanging the arms of a study turns
the sign of its effect and leaves its variance (Follmann & Proschan 1999, Biometrics 55:732). The
same studies are flipped in every specification, so their dependence is kept.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from . import pooling, wald
from .errors import NotEstimable, NotPoolable
from .many_likelihoods import likeliest_tau2
from .tau2 import COMMON_EFFECT

TESTED = 0.05
STEPS = 200
SAME = {"EB": "PM"}


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Studies of one data set: ``yi``, ``vi`` (k,) and ``rows``, their places among all studies.

    ``panel`` names what can be compared: the measure. Only estimates of one panel have a median.
    """

    panel: str
    yi: np.ndarray
    vi: np.ndarray
    rows: tuple


@dataclass(frozen=True, slots=True)
class Estimate:
    """One specification's pooled result on the scale of its measure."""

    beta: float
    se: float
    ci_lb: float
    ci_ub: float
    stat: float
    pval: float
    tau2: float
    k: int


@dataclass(frozen=True, slots=True)
class Spread:
    """What the estimates of one panel have in common: of ``count`` estimates the median, the
    smallest and largest, the ``same_sign`` as the median, and how many are ``significant``
    (p < 0.05) with that sign."""

    count: int
    median: float
    lowest: float
    highest: float
    same_sign: int
    significant: int


@dataclass(frozen=True, slots=True, eq=False)
class CurveTest:
    """The curve against flipped studies: two-sided p of the number of significant results in the
    commoner direction, of the mean z (Stouffer), and of each panel's median by its name.

    ``significant`` and ``mean_z`` are the observed values; ``draws`` data sets, the observed one
    among them, were compared; ``exact`` says they were all there are.
    """

    draws: int
    exact: bool
    significant: int
    significant_p: float
    mean_z: float
    mean_z_p: float
    median_p: dict


def estimate(group, method, test, *, level=0.95):
    """The `Estimate` of one specification, by `pooling.rma`; raises what that raises, and
    `NotPoolable` when the interval has no width."""
    fit = pooling.rma(group.yi, group.vi, method=method, test=test, level=level)
    if not np.isfinite(fit.stat[0]):
        raise NotPoolable("the effects are all the same, so the interval has no width")
    numbers = (fit.beta[0], fit.se[0], fit.ci_lb[0], fit.ci_ub[0], fit.stat[0], fit.pval[0])
    return Estimate(*map(float, numbers), float(fit.tau2), fit.k)


def spread(estimates, null=0.0):
    """The `Spread` of a panel's estimates, on their own scale. Raises `NotEstimable` for none."""
    if not estimates:
        raise NotEstimable("no specification of this panel could be computed")
    values = np.array([one.beta for one in estimates])
    median = float(np.median(values))
    same = np.sign(values - null) == np.sign(median - null)
    told = sum(bool(s) and one.pval < TESTED for s, one in zip(same, estimates, strict=True))
    return Spread(len(values), median, float(values.min()), float(values.max()), int(same.sum()),
                  told)  # fmt: skip


def curve_test(groups, specifications, *, draws=500, seed):
    """`CurveTest` of ``specifications``, triples ``(key of groups, method, test)``.

    ``groups``: `Group` by key; effects must be 0 where there is no effect. All ``2^k`` flips are
    made when they are no more than ``draws``, else ``draws - 1`` random ones and the data as they
    are. An estimate whose interval has no width counts as not significant and z = 0. Raises
    `NotEstimable` for no specification, fewer than 20 draws or a variance of 0.
    """
    if not specifications or draws < 20:
        raise NotEstimable("the test needs specifications, and 20 draws or more")
    if any((group.vi <= 0).any() for group in groups.values()):
        raise NotEstimable("a study has a sampling variance of 0")
    many = 1 + max(row for group in groups.values() for row in group.rows)
    signs, exact = _flips(many, draws, seed)
    fits = {}
    for key, method, _ in specifications:
        way = key, SAME.get(method, method)
        if way not in fits:
            fits[way] = _Flipped(groups[key], method, signs)
    found = [fits[key, SAME.get(method, method)].tested(test)
             for key, method, test in specifications]  # fmt: skip
    beta, z, p = (np.stack(parts) for parts in zip(*found, strict=True))
    hits = p < TESTED
    most = np.maximum((hits & (z > 0)).sum(0), (hits & (z < 0)).sum(0))
    mean_z = z.mean(0)
    panels = np.array([groups[key].panel for key, _, _ in specifications])
    medians = {
        str(panel): _share(np.abs(np.median(beta[panels == panel], axis=0)))
        for panel in dict.fromkeys(panels)
    }
    return CurveTest(signs.shape[0], exact, int(most[0]), _share(most), float(mean_z[0]),
                     _share(np.abs(mean_z)), medians)  # fmt: skip


def _share(values):
    """Share of data sets at least as extreme as the first, which is the observed one."""
    return float(np.mean(values >= values[0] - 1e-9 * max(1.0, abs(values[0]))))


def _flips(many, draws, seed):
    """Signs (m, many); the first row leaves everything as it is."""
    if many < 60 and 2**many <= draws:
        places = np.arange(2**many)[:, None] >> np.arange(many)
        return np.where(places & 1, -1.0, 1.0), True
    rng = np.random.default_rng(seed)
    return np.vstack([np.ones(many), rng.choice([1.0, -1.0], size=(draws - 1, many))]), False


class _Flipped:
    """One data set under every flip, pooled with one method, all flips at once."""

    def __init__(self, group, method, signs):
        self.k = len(group.yi)
        self.Y, self.v = group.yi * signs[:, list(group.rows)], group.vi
        tau2 = np.zeros(len(self.Y)) if method in COMMON_EFFECT else self._tau2(method)
        w = 1 / (self.v + tau2[:, None])
        self.beta = np.sum(w * self.Y, 1) / w.sum(1)
        self.se = np.sqrt(1 / w.sum(1))
        square = np.sum(w * (self.Y - self.beta[:, None]) ** 2, 1)
        self.factor = square / (self.k - 1) if self.k > 1 else np.ones(len(self.Y))

    def tested(self, test):
        """``(estimate, z, p)`` of every flip; z is the normal deviate of the two-sided p."""
        ddf = None if test == "z" else self.k - 1
        factor = self.factor if test in ("knha", "adhoc") else 1.0
        factor = np.maximum(factor, 1.0) if test == "adhoc" else factor
        with np.errstate(divide="ignore", invalid="ignore"):
            stat = self.beta / (self.se * np.sqrt(factor))
        stat = np.where(np.isfinite(stat), stat, 0.0)
        p = wald.two_sided(stat, ddf)
        z = -np.sign(stat) * ndtri(np.maximum(p, 1e-300) / 2)
        return self.beta, z, p

    def _tau2(self, method):
        if method in ("REML", "ML"):
            return likeliest_tau2(
                self.Y, np.broadcast_to(self.v, self.Y.shape), np.ones((self.k, 1)), method
            )
        if method in ("PM", "EB"):
            return self._where_q_is(self.k - 1)
        found = MOMENTS.get(method)
        if found is None:
            raise NotEstimable(f"the test of the curve has no method {method}")
        return found(self.Y, self.v)

    def _where_q_is(self, target):
        """tau2 (m,) at which the generalised Q is ``target``. Q falls and is convex in tau2, so
        Newton's steps from 0 come up to the root and never pass it."""
        tau2 = np.zeros(len(self.Y))
        for _ in range(STEPS):
            w = 1 / (self.v + tau2[:, None])
            r2 = (self.Y - (np.sum(w * self.Y, 1) / w.sum(1))[:, None]) ** 2
            step = np.maximum(np.sum(w * r2, 1) - target, 0.0) / np.sum(w * w * r2, 1)
            tau2 = tau2 + step
            if (step <= 1e-13 * tau2).all():
                break
        return tau2


def _q(Y, w):
    w = np.broadcast_to(w, Y.shape)
    return np.sum(w * (Y - (np.sum(w * Y, 1) / w.sum(1))[:, None]) ** 2, 1)


def _moments(Y, v, a):
    scale = a.sum() - np.sum(a * a) / a.sum()
    return np.maximum(0.0, (_q(Y, a) - np.sum(a * v) + np.sum(a * a * v) / a.sum()) / scale)


def _sidik_jonkman(Y, v):
    start = Y.var(1)
    safe = np.where(start > 0, start, 1.0)
    return np.where(start > 0, _q(Y, 1 / (v + safe[:, None])) * safe / (Y.shape[1] - 1), 0.0)


MOMENTS = {
    "DL": lambda Y, v: _moments(Y, v, 1 / v),
    "HE": lambda Y, v: _moments(Y, v, np.ones_like(v)),
    "HS": lambda Y, v: np.maximum(0.0, (_q(Y, 1 / v) - len(v)) / np.sum(1 / v)),
    "HSk": lambda Y, v: np.maximum(
        0.0, (_q(Y, 1 / v) * len(v) / (len(v) - 1) - len(v)) / np.sum(1 / v)
    ),
    "SJ": _sidik_jonkman,
}
