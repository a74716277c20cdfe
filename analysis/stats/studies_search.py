"""Maximise a sum of studies' log-likelihoods, by the structure of its parts.

A study's term depends on its own linear predictor, on a few parameters that all share, and maybe on
a level of its own. Its derivatives by these few numbers are taken for all studies at once, and the
levels follow in closed form (Schur's complement), so that neither moderators nor studies make the
search dense.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .errors import NotEstimable

STEP = 1e-4  # of logits, log rates and standard deviations, for slopes
WIDE = 4e-3  # and for curvatures that are reported
FAR = 2.0
STEPS = 100
SETTLED = 1e-12  # of the sum: what the last step, which is taken, can gain
FLAT = "the likelihood is flat: the counts do not determine this model"


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """``each(eta, *shared)`` or ``each(eta, *shared, own)`` gives the terms, (k,); ``X`` (k, p)."""

    each: Callable
    X: np.ndarray

    @property
    def basis(self):
        """``(Z, B)``: columns of unit size without correlation; ``beta`` is B times theirs."""
        Q, R = np.linalg.qr(self.X)
        if (np.abs(np.diag(R)) <= 1e-9 * np.linalg.norm(self.X, axis=0)).any():
            raise NotEstimable("a moderator repeats others: leave it out")
        size = np.sqrt(len(Q))
        return Q * size, np.linalg.inv(R) * size


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """Coefficients (p,), shared parameters (q,), own levels (k,) or None, and the sum there."""

    beta: np.ndarray
    shared: np.ndarray
    own: np.ndarray | None
    value: float

    def arguments(self, X):
        return [X @ self.beta, *self.shared, *([] if self.own is None else [self.own])]

    def moves(self, h):
        """How far each argument is moved for a difference; a far spread further."""
        return h * np.r_[1.0, np.maximum(1.0, np.abs(self.shared)), [] if self.own is None else 1.0]


def highest(terms, beta, shared, own=None):
    """The `Top` that Newton's steps reach from here, each of them upwards."""
    Z, B = terms.basis
    p, here = Z.shape[1], _at(terms, beta, np.asarray(shared, float), own)
    for _ in range(STEPS):
        _, g, H = differences(terms.each, here.arguments(terms.X), here.moves(STEP))
        slope, bend, gain, follow = _joined(Z, g, H, here.own is not None)
        if not (np.isfinite(bend).all() and np.isfinite(slope).all()):
            raise NotEstimable(FLAT)
        values, vectors = np.linalg.eigh(bend)
        step = vectors @ (vectors.T @ slope / np.maximum(np.abs(values), 1e-8))
        own = follow(step)
        wide = step[p:] / (1 + np.abs(here.shared))
        far = max(np.abs(np.r_[Z @ step[:p], wide, [] if own is None else own]))
        moved = B @ step[:p], step[p:], own
        if gain + slope @ step < SETTLED * (1 + abs(here.value)):
            return _moved(terms, here, moved)
        higher = _climbed(terms, here, moved, min(1.0, FAR / far))
        if higher is None:
            break
        here = higher
    return here


def _climbed(terms, here, moved, most):
    """``most`` of a step further, or half as much, or a quarter ...: the first that is higher.
    None where rounding hides what is."""
    for half in range(40):
        there = _moved(terms, here, moved, most * 0.5**half)
        if there.value >= here.value:
            return there
    return None


def _moved(terms, here, moved, share=1.0):
    beta, shared, own = moved
    levels = None if own is None else here.own + share * own
    return _at(terms, here.beta + share * beta, here.shared + share * shared, levels)


def _at(terms, beta, shared, own):
    top = Top(beta, shared, own, -np.inf)
    return replace(top, value=float(np.sum(terms.each(*top.arguments(terms.X)))))


def covariance(terms, top):
    """Covariance (p + q, p + q) of the coefficients and the shared parameters at a `Top`."""
    Z, B = terms.basis
    at = top.arguments(terms.X)
    _, g, fine = differences(terms.each, at, top.moves(WIDE / 2))
    H = (4 * fine - differences(terms.each, at, top.moves(WIDE))[2]) / 3
    _, bend, *_ = _joined(Z, g, H, top.own is not None)
    whole = np.eye(len(bend))
    whole[: len(B), : len(B)] = B
    return whole @ inverse_information(-bend) @ whole.T


def inverse_information(information):
    """The inverse of an information matrix; `NotEstimable` where the likelihood is flat."""
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information).min() <= 0:
        raise NotEstimable(FLAT)
    return np.linalg.inv(information)


def differences(f, at, h):
    """Value (k,), slopes (m, k) and curvatures (m, m, k) of ``f`` by its m arguments, from steps
    ``h`` (m,) to both sides."""
    m = len(at)

    def moved(move):
        return f(*(x + d for x, d in zip(at, move, strict=True)))

    moves, centre = np.diag(h), f(*at)
    up, down = (np.array([moved(s * move) for move in moves]) for s in (1, -1))
    H = np.empty((m, m, centre.size))
    for i in range(m):
        H[i, i] = (up[i] - 2 * centre + down[i]) / h[i] ** 2
        for j in range(i):
            both = moved(moves[i] + moves[j]) + moved(-moves[i] - moves[j])
            rest = up[i] + up[j] + down[i] + down[j] - 2 * centre
            H[i, j] = H[j, i] = (both - rest) / (2 * h[i] * h[j])
    return centre, (up - down) / (2 * h[:, None]), H


def _joined(Z, g, H, levels):
    """Slope (p + q,) and curvature by coefficients and shared parameters once the own levels are at
    their best, what these gain by it, and their step beside one of the others."""
    gain, follow = 0.0, None
    if levels:
        last, border = np.minimum(H[-1, -1], -1e-8), H[:-1, -1]
        own, ratio = g[-1] / last, border / last

        def follow(step):
            return -own - ratio[0] * (Z @ step[: Z.shape[1]]) - step[Z.shape[1] :] @ ratio[1:]

        gain = -float(own @ g[-1])
        g, H = g[:-1] - border * own, H[:-1, :-1] - border[:, None] * ratio
    slope = np.r_[Z.T @ g[0], g[1:].sum(1)]
    border = Z.T @ H[0, 1:].T
    bend = np.block([[Z.T @ (H[0, 0][:, None] * Z), border], [border.T, H[1:, 1:].sum(-1)]])
    return slope, bend, gain, follow or (lambda step: None)
