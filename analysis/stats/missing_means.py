r"""Means of two arms when some participants have no outcome: informative missingness parameters.

The mean of an arm is $x^*=x+\alpha\lambda$ with the informative missingness difference of means
(IMDoM, $\lambda$ in the unit of the outcome), or $x^*=x(1-\alpha+\alpha e^\lambda)$ with the ratio
(IMRoM, $\lambda$ its logarithm); $\alpha$ is the share of the randomised whose outcome is missing.
Source: Mavridis, White, Higgins, Cipriani & Salanti (2015) Stat Med 34:721.
"""

from dataclasses import dataclass

import numpy as np

from .effects import Effects, escalc
from .errors import NotEstimable, rows_named
from .measures.family import bias_factor

MEASURES = ("MD", "SMD", "ROM")
KINDS = ("difference", "ratio")


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """k studies, arrays (k, 2), the first arm first: mean, SD and number of those observed, and
    how many of the randomised are missing."""

    mean: np.ndarray
    sd: np.ndarray
    n: np.ndarray
    missing: np.ndarray

    def checked(self):
        """The same as arrays. Raises ``NotEstimable``, naming rows, for what no study can have."""
        m, sd, n, lost = (np.atleast_2d(np.asarray(x, float)) for x in self._all())
        if len({x.shape for x in (m, sd, n, lost)}) > 1 or m.shape[1] != 2:
            raise NotEstimable("mean, sd, n and missing must be equal arrays of two columns")
        bad = ~(np.isfinite(m) & (sd > 0) & (n > 0) & (lost >= 0)).all(1)
        if bad.any():
            raise NotEstimable(
                f"{rows_named(bad)}: a mean is not known, an SD or a number not above zero, or"
                " the number missing below zero"
            )
        return Groups(m, sd, n, lost)

    def _all(self):
        return self.mean, self.sd, self.n, self.missing


def informative(measure, groups, *, kind="difference", mean=0.0, sd=0.0, corr=0.0):
    r"""`effects.Effects` of MD, SMD (Hedges) or ROM, with the missing as the parameters say.

    ``kind``: difference (IMDoM, in the unit of the outcome) or ratio (``mean`` and ``sd`` are
    of log IMRoM); ``mean`` and ``sd`` of the parameter, one, or (k,), or one an arm (2,), or
    (k, 2); ``corr`` its correlation between arms.

    Variance, by the delta method: of sampling at the mean parameter, of $\alpha$
    ($\alpha(1-\alpha)/N$), and of the parameter. With no parameter (0 and 0) effect and variance
    are those of `effects.escalc`, missing at random: an SMD's sampling variance therefore is
    $a_1^2/n_1+a_2^2/n_2+g^2/2(n_1+n_2)$, ``a`` how fast $x^*$ grows with ``x``. Raises
    `NotEstimable` for other measures, and for a ratio (of means, or IMRoM) of means not above 0.
    """
    groups = groups.checked()
    _refuse(measure, groups, kind, corr)
    k = len(groups.mean)
    centre, spread = _pair(mean, k), _pair(sd, k)
    alpha = groups.missing / (groups.n + groups.missing)
    if kind == "difference":
        star, slope, by_alpha = groups.mean + alpha * centre, np.ones_like(alpha), centre
        by_parameter = alpha
    else:
        factor = 1 - alpha + alpha * np.exp(centre)
        star, slope = groups.mean * factor, factor
        by_alpha = groups.mean * np.expm1(centre)
        by_parameter = groups.mean * alpha * np.exp(centre)
    lost = by_alpha**2 * alpha * (1 - alpha) / (groups.n + groups.missing)
    told = by_parameter * spread
    return _effects(measure, groups, star, slope, lost, told, corr)


def _effects(measure, groups, star, slope, lost, told, corr):
    """``lost`` is the variance by alpha, ``told`` the signed SD by the parameter, both (k, 2)."""
    base = _table(measure, groups)
    if measure == "ROM":
        if (star <= 0).any():
            raise NotEstimable(f"{rows_named((star <= 0).any(1))}: a mean is not above zero then")
        scale, sign = 1 / star, np.array([1.0, -1.0])
        shift = np.log(star / groups.mean) @ sign
        sampling = np.sum(((slope * scale) ** 2 - 1 / groups.mean**2) * _squared_error(groups), 1)
    elif measure == "MD":
        scale, shift = np.ones_like(star), (star - groups.mean) @ [1.0, -1.0]
        sampling = np.sum((slope**2 - 1) * _squared_error(groups), 1)
    else:
        unit = _unit(groups)
        scale = np.repeat(unit[:, None], 2, axis=1)
        shift = unit * ((star - groups.mean) @ [1.0, -1.0])
        g = base.yi + shift
        sampling = np.sum((slope**2 - 1) / groups.n, 1)
        sampling = sampling + (g**2 - base.yi**2) / (2 * groups.n.sum(1))
    first, second = (scale * told).T
    extra = np.sum(scale**2 * lost, 1) + first**2 + second**2 - 2 * corr * first * second
    return Effects(measure, base.yi + shift, base.vi + sampling + extra, base.ni, base.problems)


def _squared_error(groups):
    return groups.sd**2 / groups.n


def _unit(groups):
    """What a difference of means is multiplied with to be Hedges' g, (k,)."""
    df = groups.n.sum(1) - 2
    pooled = np.sqrt(np.sum((groups.n - 1) * groups.sd**2, 1) / df)
    return bias_factor(df) / pooled


def _table(measure, groups):
    names = ("m1i", "m2i", "sd1i", "sd2i", "n1i", "n2i")
    columns = (*groups.mean.T, *groups.sd.T, *groups.n.T)
    return escalc(measure, dict(zip(names, columns, strict=True)))


def _pair(value, k):
    value = np.asarray(value, float)
    if value.ndim == 1 and value.shape == (k,) and k != 2:
        value = value[:, None]
    return np.broadcast_to(value, (k, 2))


def _refuse(measure, groups, kind, corr):
    if measure not in MEASURES:
        raise NotEstimable(f"missing means can be allowed for in {', '.join(MEASURES)}")
    if kind not in KINDS:
        raise NotEstimable(f"no parameter {kind!r}; choose {' or '.join(KINDS)}")
    if not -1 <= corr <= 1:
        raise NotEstimable("a correlation lies between -1 and 1")
    if (kind == "ratio" or measure == "ROM") and (groups.mean <= 0).any():
        raise NotEstimable(
            f"{rows_named((groups.mean <= 0).any(1))}: a ratio of means needs means above zero"
        )
