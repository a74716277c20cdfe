"""What fills a gap: draws of numbers and of words given the other columns of the patients."""

import numpy as np
from scipy.special import log_softmax

DONORS = 5
PRIOR = 200  # places at which the share of variance between studies is weighed


def matched(X, y, Xnew, rng):
    """Predictive mean matching, type 1: fitted values of donors, drawn ones of recipients."""
    ridge = 1e-5 * np.diag(np.diag(X.T @ X) + 1e-12)
    inverse = np.linalg.inv(X.T @ X + ridge)
    beta = inverse @ X.T @ y
    df = max(y.size - X.shape[1], 1)
    sigma = np.sqrt(np.sum((y - X @ beta) ** 2) / rng.chisquare(df))
    drawn = beta + sigma * np.linalg.cholesky((inverse + inverse.T) / 2) @ rng.normal(
        size=beta.size
    )
    return _from_donors(X @ beta, y, Xnew @ drawn, rng)


def _from_donors(donors, y, wanted, rng):
    near = _nearest(donors, wanted, min(DONORS, y.size))
    return y[near[np.arange(wanted.size), rng.integers(0, near.shape[1], wanted.size)]]


def _nearest(donors, wanted, count):
    """Places (w, count) of the donors nearest to each wanted value.

    They are neighbours in the order of the donors: twice as many around the value hold them.
    """
    order = np.argsort(donors, kind="stable")
    ranked = donors[order]
    first = np.clip(np.searchsorted(ranked, wanted) - count, 0, max(ranked.size - 2 * count, 0))
    around = first[:, None] + np.arange(min(2 * count, ranked.size))
    away = np.abs(ranked[around] - wanted[:, None])
    best = np.argpartition(away, count - 1, axis=1)[:, :count]
    return order[np.take_along_axis(around, best, axis=1)]


def logistic(X, y, Xnew, rng):
    """Logistic regression with a weak normal prior (it keeps separated data finite)."""
    beta = np.zeros(X.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(X @ beta, -30, 30)))
        information = _weighted(X, p * (1 - p)) + 0.01 * np.eye(beta.size)
        step = np.linalg.solve(information, X.T @ (y - p) - 0.01 * beta)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    beta = beta + np.linalg.cholesky(np.linalg.inv(information)) @ rng.normal(size=beta.size)
    chance = 1 / (1 + np.exp(-np.clip(Xnew @ beta, -30, 30)))
    return (rng.random(chance.size) < chance).astype(float)


def _weighted(X, weight):
    """``X' W X`` of weights that are not negative, as a square: NumPy then works out one half."""
    root = X * np.sqrt(weight)[:, None]
    return root.T @ root


def matched_in_studies(X, y, group, Xnew, newgroup, rng):
    """Predictive mean matching under a random intercept for studies; y (n,), ``group`` (n,).

    Coefficients, variances and the studies' deviations are drawn from their exact posterior: the
    share of variance between studies has a uniform prior, so that two studies are enough, and one
    without any value gets a deviation from the distribution of all.
    """
    size = int(max(group.max(), newgroup.max())) + 1
    counts = np.bincount(group, minlength=size).astype(float)
    S = np.zeros((size, X.shape[1]))
    np.add.at(S, group, X)
    t = np.bincount(group, y, minlength=size)
    ridge = 1e-5 * np.diag(np.diag(X.T @ X) + 1e-12)
    share = (np.arange(PRIOR) + 0.5) / PRIOR
    ratios = share / (1 - share)
    w = ratios[:, None] / (1 + counts * ratios[:, None])
    bread = np.linalg.inv(X.T @ X + ridge - np.einsum("gs,sp,sq->gpq", w, S, S))
    right = X.T @ y - np.einsum("gs,sp,s->gp", w, S, t)
    betas = np.einsum("gpq,gq->gp", bread, right)
    rss = y @ y - w @ t**2 - np.einsum("gp,gp->g", betas, right)
    df = max(y.size - X.shape[1], 1)
    weight = np.linalg.slogdet(bread)[1] - np.log1p(ratios[:, None] * counts).sum(1)
    weight = 0.5 * (weight - df * np.log(np.maximum(rss, 1e-300)))
    best, chance = int(np.argmax(weight)), np.exp(weight - weight.max())
    drawn = int(rng.choice(PRIOR, p=chance / chance.sum()))
    sigma = np.sqrt(max(rss[drawn], 0.0) / rng.chisquare(df))
    root = np.linalg.cholesky((bread[drawn] + bread[drawn].T) / 2)
    beta = betas[drawn] + sigma * root @ rng.normal(size=betas.shape[1])
    own = w[drawn] * (t - S @ beta)
    own = own + sigma * np.sqrt(w[drawn]) * rng.normal(size=size)
    own = np.where(counts > 0, own, sigma * np.sqrt(ratios[drawn]) * rng.normal(size=size))
    fitted = w[best] * (t - S @ betas[best])
    return _from_donors(X @ betas[best] + fitted[group], y, Xnew @ beta + own[newgroup], rng)


def words(X, codes, kinds, Xnew, rng, group=None, newgroup=None):
    """Draws of one of ``kinds`` values by multinomial regression; ``codes`` (n,) from 0.

    A few weak rows are added as by White, Daniel and Royston (2010, Comput Stat Data Anal 54:2267)
    so that no chance is 0. With ``group`` each study has a random intercept for each value, its
    variance estimated by penalised quasi-likelihood.
    """
    X0, added, weight = _augmented(X, kinds)
    y = np.r_[codes.astype(int), added]
    D, Dnew, free = X0, Xnew, X.shape[1]
    if group is not None:
        size = int(max(group.max(), newgroup.max())) + 1
        D = np.hstack([X0, np.vstack([np.eye(size)[group], np.zeros((added.size, size))])])
        Dnew = np.hstack([Xnew, np.eye(size)[newgroup]])
    beta, root = _fit_words(D, y, weight, kinds, free)
    drawn = beta + np.linalg.solve(root.T, rng.normal(size=beta.size))
    scores = Dnew @ drawn.reshape(kinds - 1, -1).T
    chances = np.exp(log_softmax(np.column_stack([np.zeros(len(Dnew)), scores]), axis=1))
    past = chances.cumsum(axis=1)
    return (rng.random(len(Dnew))[:, None] > past[:, :-1]).sum(axis=1).astype(float)


def _augmented(X, kinds):
    """The columns with weak rows one SD to both sides of each, and the weights of all."""
    p = X.shape[1] - 1
    sides = np.vstack([np.eye(p), -np.eye(p)]) if p else np.zeros((0, 0))
    rows = np.column_stack([np.ones(2 * p), sides]) if p else np.ones((1, 1))
    many = np.repeat(rows, kinds, axis=0)
    added = np.tile(np.arange(kinds), len(rows))
    weight = (p + 1) / added.size
    return np.vstack([X, many]), added, np.r_[np.ones(len(X)), np.full(added.size, weight)]


def _fit_words(D, y, weight, kinds, free):
    """Coefficients ((kinds - 1) q,) at the top of the penalised likelihood, and the Cholesky
    factor of their information. Columns from ``free`` on are random."""
    q, parts = D.shape[1], kinds - 1
    beta = np.zeros(parts * q)
    loose = np.tile(np.arange(q) >= free, parts)
    spread, met = np.ones(parts), np.eye(kinds)[y][:, 1:]
    for _ in range(60):
        scores = np.column_stack([np.zeros(len(D)), D @ beta.reshape(parts, q).T])
        p = np.exp(log_softmax(scores, axis=1))[:, 1:]
        penalty = np.where(loose, np.repeat(1 / spread, q), 1e-6)
        H = np.diag(penalty)
        for a in range(parts):
            for b in range(a + 1):
                wide = _weighted(D, weight * p[:, a] * ((1 - p[:, b]) if a == b else p[:, b]))
                one, two = slice(a * q, (a + 1) * q), slice(b * q, (b + 1) * q)
                H[one, two] += wide if a == b else -wide
                H[two, one] = H[one, two].T
        slope = ((weight[:, None] * (met - p)).T @ D).ravel() - penalty * beta
        step = np.linalg.solve(H, slope)
        beta = beta + step * min(1.0, 4 / max(np.abs(step).max(), 1e-300))
        if loose.any():
            inverse = np.diag(np.linalg.inv(H))
            apart = (beta**2 + inverse)[loose].reshape(parts, -1)
            spread = np.clip(apart.mean(axis=1), 1e-4, 25.0)
        if np.abs(step).max() < 1e-4:
            break
    return beta, np.linalg.cholesky((H + H.T) / 2)
