"""Tests in a mixed model: Satterthwaite and Kenward-Roger degrees of freedom."""

from dataclasses import dataclass

import numpy as np

from . import wald
from .errors import NotEstimable


@dataclass(frozen=True, slots=True, eq=False)
class VarianceTheory:
    """How the covariance of the coefficients moves with the r variance parameters.

    ``covariance`` (r, r) is that of their estimates, from the observed information of the
    likelihood that was maximised, and ``moves`` (r, p, p) the derivatives of the coefficients'
    covariance: Satterthwaite's pieces. Those of Kenward and Roger (1997) are for parameters in
    which V is linear: ``expected`` (r, r) from the expected information, ``P`` (r, p, p) the
    derivatives of ``X'V^-1 X``, ``Q`` (r, r, p, p) the second-order pieces.
    """

    covariance: np.ndarray
    moves: np.ndarray
    expected: np.ndarray
    P: np.ndarray
    Q: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Linear combinations (m,) with standard errors, df, t, two-sided p and interval."""

    est: np.ndarray
    se: np.ndarray
    df: np.ndarray
    t: np.ndarray
    p: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray


@dataclass(frozen=True, slots=True)
class TermTest:
    """F test of one term with Satterthwaite's denominator df."""

    term: str
    F: float
    num_df: int
    den_df: float
    p: float


def variance_theory(fit):
    """`VarianceTheory` of a `mixed.MixedFit`: its parameters are the variances (study, residual).

    When the variance between studies is 0 only the residual one is free, as in lmerTest; the
    expected information knows of both all the same, as in pbkrtest.
    """
    v, s2 = fit.var_study, fit.var_residual
    sizes = np.bincount(fit.group).astype(float)
    lead = s2 + sizes * v
    X, r = fit.X, fit.y - fit.X @ fit.beta
    S = np.zeros((sizes.size, fit.p))
    np.add.at(S, fit.group, X)
    # V^-1 z = (z - v / lead * total of z in the study) / s2; totals of V^-1 z are totals / lead
    VX, TX = _solve(fit.group, X, S, v, s2, lead), S / lead[:, None]
    totals = np.bincount(fit.group, r)
    Vr, Tr = _solve(fit.group, r, totals, v, s2, lead), totals / lead
    P = -np.stack([TX.T @ TX, VX.T @ VX])
    VVX = _solve(fit.group, VX, TX, v, s2, lead)
    cross = TX.T @ (TX / lead[:, None])
    Q = np.stack([
        np.stack([TX.T @ (TX * (sizes / lead)[:, None]), cross]),
        np.stack([cross, VX.T @ VVX]),
    ])  # fmt: skip
    plain = _traces(sizes, lead, s2)
    expected = restricted(plain, fit.vb, P, Q)
    second = _residual_products(fit, Vr, Tr, VX, TX, sizes, lead, s2, v)
    traces = expected if fit.reml else plain
    moves = np.stack([-fit.vb @ part @ fit.vb for part in P])
    observed = _inverse(second - traces / 2, fit)
    return VarianceTheory(observed, moves, np.linalg.inv(expected / 2), P, Q)


def _solve(group, z, totals, v, s2, lead):
    share = (v / lead)[group]
    return (z - (share * totals[group].T).T) / s2


def _traces(sizes, lead, s2):
    """``tr(V^-1 Vi V^-1 Vj)`` for the two variances."""
    within = (sizes - 1) / s2**2
    return np.array([
        [np.sum((sizes / lead) ** 2), np.sum(sizes / lead**2)],
        [np.sum(sizes / lead**2), np.sum(within + 1 / lead**2)],
    ])  # fmt: skip


def restricted(plain, vb, P, Q):
    """``tr(P Vi P Vj)`` of restricted likelihood from the plain traces."""
    out = plain.copy()
    for i in range(len(P)):
        for j in range(len(P)):
            out[i, j] += np.sum((vb @ P[i]) * (vb @ P[j]).T) - 2 * np.sum(vb * Q[i, j])
    return out


def _residual_products(fit, Vr, Tr, VX, TX, sizes, lead, s2, v):
    """``r' Vi P Vj r`` with r = V^-1 (y - X beta): what the observed information adds."""
    first = {0: Tr[fit.group], 1: Vr}
    solved = {
        0: (Tr / lead)[fit.group],
        1: _solve(fit.group, Vr, Tr, v, s2, lead),
    }
    against = np.stack([(TX.T @ Tr), VX.T @ Vr])
    out = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            out[i, j] = first[i] @ solved[j] - against[i] @ fit.vb @ against[j]
    return out


def _inverse(information, fit):
    if fit.singular:
        out = np.zeros((2, 2))
        out[1, 1] = 1 / information[1, 1]
        return out
    return np.linalg.inv(information)


def satterthwaite(fit, L, *, level=0.95, theory=None):
    """`Estimates` of the combinations ``L`` (m, p): df of Satterthwaite (as lmerTest)."""
    L = np.atleast_2d(np.asarray(L, float))
    theory = theory or fit.theory()
    df = np.array([_satterthwaite_df(row, fit, theory) for row in L])
    return estimates(L, fit.beta, fit.vb, df, level)


def _satterthwaite_df(row, fit, theory):
    gradient = np.array([row @ move @ row for move in theory.moves])
    return 2 * (row @ fit.vb @ row) ** 2 / (gradient @ theory.covariance @ gradient)


def estimates(L, beta, vb, df, level):
    """`Estimates` of ``L`` (m, p) from coefficients, their covariance and ``df`` (m,)."""
    est = L @ beta
    se = np.sqrt(np.einsum("ij,jk,ik->i", L, vb, L))
    t = wald.ratio(est, se)
    margin = wald.critical(level, df) * se
    return Estimates(est, se, df, t, wald.two_sided(t, df), est - margin, est + margin)


def kenward_roger(fit, L, *, level=0.95, theory=None):
    """`Estimates` with Kenward and Roger's (1997) adjusted standard errors and df; REML only."""
    if not fit.reml:
        raise NotEstimable("Kenward and Roger's method is for models fitted by REML")
    L = np.atleast_2d(np.asarray(L, float))
    theory = theory or fit.theory()
    adjusted = _adjusted(fit, theory)
    df = np.array([_kenward_roger_df(row, fit.vb, theory) for row in L])
    return estimates(L, fit.beta, adjusted, df, level)


def _adjusted(fit, theory):
    inner = np.zeros_like(fit.vb)
    for i, first in enumerate(theory.P):
        for j, second in enumerate(theory.P):
            inner += theory.expected[i, j] * (theory.Q[i, j] - first @ fit.vb @ second)
    return fit.vb + 2 * fit.vb @ inner @ fit.vb


def _kenward_roger_df(row, vb, theory):
    theta = np.outer(row, row) / (row @ vb @ row)
    slopes = np.array([np.sum(theta * (vb @ P @ vb)) for P in theory.P])
    A = slopes @ theory.expected @ slopes
    B = 7 * A / 2
    g = (2 * A - 5 * A) / (3 * A)
    scale = 3 + 2 * (1 - g)
    c1, c2, c3 = g / scale, (1 - g) / scale, (3 - g) / scale
    mean = 1 / (1 - A)
    variance = 2 * (1 + c1 * B) / ((1 - c2 * B) ** 2 * (1 - c3 * B))
    rho = variance / (2 * mean**2)
    return 4 + 3 / (rho - 1)


def term_tests(fit):
    """`TermTest` of each term, given all the others (type III)."""
    theory = fit.theory()
    L = _hypotheses(fit)
    return [
        _term_test(fit, theory, label, L[[j for j, a in enumerate(fit.assign) if a == i]])
        for i, label in enumerate(fit.term_labels, start=1)
    ]


def _hypotheses(fit):
    """The combinations (p, p) of coefficients whose rows, a term's, are 0 without the term.

    They are the coefficients themselves, but for a term inside an interaction: those of a main
    effect are its effects at the reference level. Written for the design with a column for every
    level, and made orthogonal to the interaction's, they are the effects averaged over the levels
    (type III as in SAS: Goodnight 1980).
    """
    if len(fit.term_labels) == 1:
        return _sequential(fit.X)
    if not any(":" in label for label in fit.term_labels):
        return np.eye(fit.p)
    labels = ("", *fit.term_labels) if 0 in fit.assign else fit.term_labels
    blocks, chosen = zip(*[_every_level(fit, label) for label in labels], strict=True)
    L = (np.linalg.pinv(fit.X) @ np.hstack(blocks)).T
    assign = np.array(fit.assign)
    # Terms come with the fewest parts first, so the widest are settled before those inside them.
    for i in range(len(fit.term_labels), 0, -1):
        around = [j for j in range(1, len(fit.term_labels) + 1) if _is_within(fit, i, j)]
        if around:
            wider = L[:, np.isin(assign, around)]
            L[:, assign == i] -= wider @ (np.linalg.pinv(wider) @ L[:, assign == i])
    return L[np.concatenate(chosen)].T


def _is_within(fit, i, j):
    """Whether term ``j`` is term ``i`` and more factors; another number makes it another matter."""
    one, other = (set(fit.term_labels[n - 1].split(":")) for n in (i, j))
    return one < other and not (other - one) & set(fit.terms)


def _every_level(fit, label):
    """A term's columns with one for each level of its factors, (n, m), and which the model has."""
    block, chosen = np.ones((fit.n, 1)), np.ones(1, bool)
    for part in label.split(":") if label else ():
        if part not in fit.term_labels:
            raise NotEstimable(f"tests by term need the main effect of {part} beside {label}")
        own = fit.X[:, [a == fit.term_labels.index(part) + 1 for a in fit.assign]]
        kept = np.ones(own.shape[1], bool)
        if part not in fit.terms:
            own, kept = np.column_stack([1 - own.sum(1), own]), np.r_[False, kept]
        block = (own[:, :, None] * block[:, None, :]).reshape(fit.n, -1)
        chosen = np.outer(kept, chosen).ravel()
    return block, chosen


def _term_test(fit, theory, label, basis):
    q = len(basis)
    values, vectors = np.linalg.eigh(basis @ fit.vb @ basis.T)
    L = vectors.T @ basis
    F = float(np.sum((L @ fit.beta) ** 2 / values) / q)
    df = np.array([_satterthwaite_df(row, fit, theory) for row in L])
    den = _joint_df(df, q)
    return TermTest(label, F, q, den, wald.f_p(F, q, den))


def _sequential(X):
    """The combinations (p, p) that sequential sums of squares test: unit upper triangular.

    F does not depend on the choice of basis, its denominator does: with a single term lmerTest
    takes this one, with several the coefficients themselves.
    """
    R = np.linalg.qr(X, mode="r")
    return R / np.diag(R)[:, None]


def _joint_df(df, q):
    """One denominator from the df of q independent t's (Fai & Cornelius 1996)."""
    if q == 1 or np.ptp(df) < 1e-8:
        return float(df.mean())
    if (df <= 2).any():
        return 2.0
    total = float(np.sum(df / (df - 2)))
    return 2 * total / (total - q)
