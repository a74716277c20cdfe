r"""Events of two arms when some participants have no outcome: imputation, Gamble and Hollis, IMORs.

The risk in an arm is $p^*=(1-\alpha)p+\sum_r\alpha_r q_r$: ``p`` among the observed, $\alpha_r$ the
share of the randomised who are missing for reason r and have the risk $q_r$. The informative
missingness odds ratio (IMOR) is the odds of the event among the missing over those among the
observed. Sources: Higgins, White & Wood (2008) Clin Trials 5:225; White, Higgins & Wood (2008)
Stat Med 27:711; Gamble & Hollis (2005) J Clin Epidemiol 58:579.
"""

from dataclasses import dataclass, replace

import numpy as np

from .effects import Effects, escalc
from .errors import NotEstimable, rows_named

MEASURES = ("RR", "OR", "RD")
REASONS = ("0", "1", "pc", "pe", "p", "imor")
SCENARIOS = {
    "ICA-0": ("0", "0"), "ICA-1": ("1", "1"), "ICA-pc": ("pc", "pc"), "ICA-pe": ("pe", "pe"),
    "ICA-p": ("p", "p"), "ICA-b": ("1", "0"), "ICA-w": ("0", "1"),
}  # fmt: skip
LARGEST_RATIO = 1e7  # stands for an odds ratio without limit, where a risk is 0 or 1


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Counts of k studies, arrays (k, 2), the experimental arm first: participants with the
    event, without it, and randomised ones whose outcome is missing."""

    events: np.ndarray
    others: np.ndarray
    missing: np.ndarray

    def checked(self):
        """The same as arrays of numbers. Raises ``NotEstimable``, naming rows, for counts that
        are negative or missing, and arms in which nobody was observed."""
        shaped = [np.atleast_2d(np.asarray(x, float)) for x in self._all()]
        if len({one.shape for one in shaped}) > 1 or shaped[0].shape[1] != 2:
            raise NotEstimable("events, others and missing must be equal arrays of two columns")
        bad = np.any([~(one >= 0) | np.isinf(one) for one in shaped], axis=(0, 2))
        if bad.any():
            raise NotEstimable(f"{rows_named(bad)}: a count is negative or not known")
        nobody = ((shaped[0] + shaped[1]) == 0).any(1)
        if nobody.any():
            raise NotEstimable(f"{rows_named(nobody)}: no participant of an arm was observed")
        return Arms(*shaped)

    def _all(self):
        return self.events, self.others, self.missing

    def with_halves(self, empty):
        """Half a participant more in each observed cell of the studies ``empty`` (k,)."""
        add = np.where(empty, 0.5, 0.0)[:, None]
        return replace(self, events=self.events + add, others=self.others + add)

    @property
    def any_empty(self):
        """Studies (k,) with an observed cell of zero."""
        return ((self.events == 0) | (self.others == 0)).any(1)


def available(measure, arms):
    """`effects.Effects` of those observed: missing at random within arms."""
    arms = arms.checked()
    return _table(measure, arms.events, arms.others)


def imputed(measure, arms, reasons, *, imor=1.0):
    r"""`effects.Effects` with the missing imputed; the variance allows for the imputation.

    ``reasons``: a name of `SCENARIOS`; or for each arm a mapping of `REASONS` to numbers (one, or
    k) of the missing that have it: 0 no event, 1 event, ``pc`` and ``pe`` the risk observed in
    the control and the experimental arm, ``p`` in their own, ``imor`` by ``imor`` (one, or one an
    arm). Only their ratio counts; a study without any takes the ratio of all studies together.
    Half a participant is added where a cell is empty after events and non-events were imputed.
    The variance is that of Higgins, White & Wood (2008, their scheme W4), by the delta method:
    $\operatorname{var}p^*=(dp^*/dp)^2p(1-p)/n+\frac1N\sum_j\alpha_j(q_j-p^*)^2$.
    """
    arms = arms.checked()
    shares = _shares(arms, reasons)
    certain = Arms(arms.events + shares["1"] * arms.missing,
                   arms.others + shares["0"] * arms.missing, arms.missing)  # fmt: skip
    arms = arms.with_halves(certain.any_empty)
    return _effects(measure, *_mixture(arms, shares, _per_arm(imor, "IMOR")))


def gamble_hollis(measure, arms, *, level=0.95):
    """`effects.Effects` of those observed, with standard errors that reach from the lower limit
    of the worst case to the upper limit of the best case, at ``level``."""
    arms = arms.checked()
    arms = arms.with_halves(arms.any_empty)
    lost = arms.missing * [1, 0], arms.missing * [0, 1]
    best = _table(measure, arms.events + lost[0], arms.others + lost[1]).ci(level)[1]
    worst = _table(measure, arms.events + lost[1], arms.others + lost[0]).ci(level)[0]
    plain = _table(measure, arms.events, arms.others)
    lower, upper = plain.ci(level)
    # One standard error's worth of the plain interval gives the critical value without a table.
    return replace(plain, vi=plain.vi * ((best - worst) / (upper - lower)) ** 2)


def informative(measure, arms, *, mean=0.0, sd=0.0, corr=0.0, points=20):
    """`effects.Effects` when the log IMORs of both arms are normal: White, Higgins & Wood (2008).

    ``mean``, ``sd``: of the log IMOR, one or one an arm; ``corr``: between arms. The effect is its
    expectation by Gauss-Hermite quadrature (``points`` an axis), the variance that of sampling at
    the means plus that of the effect over the IMORs. Raises ``NotEstimable`` for a negative SD, a
    correlation outside -1 to 1, and arms that cannot be.
    """
    arms = arms.checked()
    arms = arms.with_halves(arms.any_empty)
    centre, spread = _per_arm(mean, "mean of the log IMOR"), _per_arm(sd, "SD of the log IMOR")
    if (spread < 0).any() or not -1 <= corr <= 1:
        raise NotEstimable("an SD cannot be negative, and a correlation lies between -1 and 1")
    sampled = _effects(measure, *_moments(arms, np.exp(centre)))
    if not spread.any():
        return sampled
    x, w = np.polynomial.hermite_e.hermegauss(points)
    w = w / w.sum()
    first = np.sqrt((1 + corr) / 2) * x[:, None]
    second = np.sqrt((1 - corr) / 2) * x[None, :]
    weights = (w[:, None] * w[None, :]).ravel()
    deviations = np.stack([(first + second).ravel(), (first - second).ravel()], axis=1)
    effects = np.array([
        _effects(measure, *_moments(arms, np.exp(centre + spread * one))).yi for one in deviations
    ])  # fmt: skip
    yi = weights @ effects
    return replace(sampled, yi=yi, vi=sampled.vi + weights @ (effects - yi) ** 2)


def _table(measure, events, others):
    columns = dict(zip(("ai", "ci", "bi", "di"), (*events.T, *others.T), strict=True))
    return escalc(measure, columns)


def _per_arm(value, name):
    pair = np.broadcast_to(np.asarray(value, float), (2,))
    if np.isnan(pair).any() or (name == "IMOR" and (pair < 0).any()):
        raise NotEstimable(f"the {name} must be one number, or one an arm, and not negative")
    return pair


def _shares(arms, reasons):
    """Shares (k, 2) of the missing by reason, which sum to 1 in each arm of each study."""
    if isinstance(reasons, str):
        if reasons not in SCENARIOS:
            raise NotEstimable(f"no scenario {reasons!r}; choose one of {', '.join(SCENARIOS)}")
        reasons = [{name: 1.0} for name in SCENARIOS[reasons]]
    unknown = {name for arm in reasons for name in arm} - set(REASONS)
    if unknown or len(reasons) != 2:
        raise NotEstimable(f"reasons are {', '.join(REASONS)}, for each of two arms")
    k = len(arms.events)
    counts = {
        name: np.stack([np.broadcast_to(np.asarray(arm.get(name, 0.0), float), (k,))
                        for arm in reasons], axis=1)
        for name in REASONS
    }  # fmt: skip
    if any(not (one >= 0).all() for one in counts.values()):
        raise NotEstimable("the number missing for a reason cannot be negative")
    total = sum(counts.values())
    overall = total.sum(0)
    if ((overall == 0) & (arms.missing.sum(0) > 0)).any():
        raise NotEstimable("an arm has missing participants and no reason for any of them")
    safe, whole = np.where(total > 0, total, 1.0), np.where(overall > 0, overall, 1.0)
    return {
        name: np.where(total > 0, one / safe, one.sum(0) / whole) for name, one in counts.items()
    }


def _moments(arms, imor):
    """Risks and their variances (k, 2) when all the missing have one IMOR an arm."""
    shares = {name: np.zeros_like(arms.events) for name in REASONS}
    return _mixture(arms, shares | {"imor": np.ones_like(arms.events)}, imor)


def _mixture(arms, shares, imor):
    """Risks and their variances (k, 2) from shares of the missing by reason."""
    observed = arms.events + arms.others
    randomised = observed + arms.missing
    p, alpha = arms.events / observed, arms.missing / randomised
    control, treated = p[:, [1, 1]], p[:, [0, 0]]
    risk = {"0": np.zeros_like(p), "1": np.ones_like(p), "pc": control, "pe": treated, "p": p}
    slope = {"0": 0.0, "1": 0.0, "p": 1.0}
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, other in (("pc", control), ("pe", treated)):
            ratio = (other / (1 - other)) / (p / (1 - p))
            slope[name] = _slope(p, np.clip(np.nan_to_num(ratio, nan=1.0), 0.0, LARGEST_RATIO))
        slope["imor"] = _slope(p, imor)
        risk["imor"] = imor * p / (imor * p + 1 - p)
        parts = {name: alpha * share for name, share in shares.items()}
        star = (1 - alpha) * p + _sum(parts, risk)
        gradient = 1 - alpha + _sum(parts, slope)
        spread = (1 - alpha) * (p - star) ** 2
        spread = spread + _sum(parts, {name: (one - star) ** 2 for name, one in risk.items()})
    return star, gradient**2 * p * (1 - p) / observed + spread / randomised


def _slope(p, odds_ratio):
    """How fast the risk of the missing grows with that of the observed, their odds ratio kept."""
    return odds_ratio / (odds_ratio * p + 1 - p) ** 2


def _sum(parts, values):
    """Sum over the reasons that somebody has; what is undefined for nobody does not count."""
    return sum(np.where(part > 0, part * values[name], 0.0) for name, part in parts.items())


def _effects(measure, star, variance):
    if measure not in MEASURES:
        raise NotEstimable(f"missing events can be allowed for in {', '.join(MEASURES)}")
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "RD":
            parts, vi = star, variance
        elif measure == "RR":
            parts, vi = np.log(star), variance / star**2
        else:
            parts, vi = np.log(star / (1 - star)), variance / (star * (1 - star)) ** 2
    with np.errstate(invalid="ignore"):
        yi, vi = parts[:, 0] - parts[:, 1], vi.sum(1)
    lost = ~(np.isfinite(yi) & np.isfinite(vi))
    yi, vi = np.where(lost, np.nan, yi), np.where(lost, np.nan, vi)
    why = "the risk in an arm is 0 or 1 with these participants imputed"
    return Effects(measure, yi, vi, None, {int(i): why for i in np.flatnonzero(lost)})
