"""A study's arms on the scale of analysis: from counts, means, or comparisons as printed."""

from dataclasses import dataclass

import numpy as np

from ..errors import NotPoolable
from ..measures.family import bias_factor

# Half of the smallest standard error: what rounding of three printed comparisons may amount to.
CIRCLE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Arms of one study: levels ``a`` (m,) with covariance ``C`` (m, m).

    Only differences of levels mean something, and so only covariances of differences: adding a
    constant to ``a``, or to a row and column of ``C``, changes no result.
    """

    study: str
    treatments: tuple
    a: np.ndarray
    C: np.ndarray


def counts(study, treatments, events, size, measure):
    """`Arms` of events among patients (m,): log odds (OR), log risks (RR) or risks (RD).

    Half an event and half a non-event are added to every arm of a study in which an arm has no
    event or nothing but events. Raises `NotPoolable` for counts that cannot be, and where no arm
    has an event (or all have only events) and the measure is a ratio: nothing is learnt from it.
    """
    x, n = np.array(events, float), np.array(size, float)
    if not ((n >= 1).all() and (x >= 0).all() and (x <= n).all()):
        raise NotPoolable(f"study {study}: events must lie between 0 and the number of patients")
    if measure != "RD" and (not x.any() or (measure == "OR" and (x == n).all())):
        told = "no arm has an event" if not x.any() else "every patient has the event"
        raise NotPoolable(f"study {study}: {told}, so it tells nothing of a ratio")
    if ((x == 0) | (x == n)).any():
        x, n = x + 0.5, n + 1
    levels = {"OR": np.log(x / (n - x)), "RR": np.log(x / n), "RD": x / n}[measure]
    variances = {"OR": 1 / x + 1 / (n - x), "RR": 1 / x - 1 / n, "RD": x * (n - x) / n**3}[measure]
    return Arms(str(study), tuple(treatments), levels, np.diag(variances))


def means(study, treatments, mean, sd, size, measure):
    """`Arms` of means with SD and patients (m,), as they are (MD) or standardised (SMD).

    SMD: by the SD pooled over all arms and Hedges' exact correction, so that three arms agree
    with one another; two arms of a difference g have covariances ``g g' / (2 N)`` besides
    ``1 / n``. Raises `NotPoolable` for an arm with fewer than two patients or without an SD above
    zero. Source: Gleser & Olkin (2009), in The Handbook of Research Synthesis, ch. 19.
    """
    m, s, n = np.array(mean, float), np.array(sd, float), np.array(size, float)
    if not ((n >= 2).all() and (s > 0).all()):
        raise NotPoolable(f"study {study}: every arm needs two patients or more and an SD above 0")
    if measure == "MD":
        return Arms(str(study), tuple(treatments), m, np.diag(s**2 / n))
    df = n.sum() - n.size
    g = float(bias_factor(df)) * m / np.sqrt(((n - 1) * s**2).sum() / df)
    g = g - g.mean()
    return Arms(str(study), tuple(treatments), g, np.diag(1 / n) + np.outer(g, g) / (2 * n.sum()))


def given(study, comparisons):
    """`Arms` of comparisons as printed: ``[(treatment, against, estimate, SE), ...]``.

    A study of m arms must give all m (m - 1) / 2 comparisons: their variances tell the
    covariances, ``cov(ab, cb) = (var(ab) + var(cb) - var(ac)) / 2``. Raises `NotPoolable` where
    one is missing or twice, where the estimates do not add up in a circle by more than rounding,
    or where no covariances fit the variances. Source: Rücker & Schwarzer (2014), Stat Med 33:4353.
    """
    names = sorted({name for one, other, *_ in comparisons for name in (one, other)})
    at = {name: i for i, name in enumerate(names)}
    y = np.full((len(names), len(names)), np.nan)
    for one, other, estimate, se in comparisons:
        i, j = at[one], at[other]
        if i == j or not np.isnan(y[i, j]):
            raise NotPoolable(f"study {study}: it compares {one} with {other} more than once")
        if not se > 0:
            raise NotPoolable(f"study {study}: a standard error must be above zero")
        y[i, j], y[j, i] = estimate, -estimate
    v = _variances(comparisons, at)
    np.fill_diagonal(y, 0.0)
    if np.isnan(y).any():
        i, j = np.argwhere(np.isnan(y))[0]
        raise NotPoolable(
            f"study {study} has {len(names)} arms and does not compare {names[i]} with {names[j]}:"
            " without every pair the covariances are not known"
        )
    return Arms(str(study), tuple(names), *_embedded(study, y, v))


def _variances(comparisons, at):
    v = np.zeros((len(at), len(at)))
    for one, other, _, se in comparisons:
        v[at[one], at[other]] = v[at[other], at[one]] = se**2
    return v


def _embedded(study, y, v):
    """Levels and covariances whose differences are ``y`` with variances ``v``."""
    a = y.mean(axis=1)
    smallest = np.sqrt(v[~np.eye(len(v), dtype=bool)].min())
    if np.abs(a[:, None] - a - y).max() > CIRCLE * smallest:
        raise NotPoolable(f"study {study}: its comparisons do not add up in a circle")
    centre = np.eye(len(v)) - 1 / len(v)
    C = -0.5 * centre @ v @ centre
    if np.sort(np.linalg.eigvalsh(C))[1] <= 1e-9 * np.trace(C):
        raise NotPoolable(
            f"study {study}: the standard errors of its comparisons contradict one another"
        )
    return a, C
