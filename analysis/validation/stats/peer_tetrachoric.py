"""Tetrachoric correlations as metafor's search leaves them.

`escalc(measure="RTET")` ends R's simplex search where the likelihood has settled to 1.5e-8 of
itself: about the fourth digit of the correlation. The cases hold such values.
"""

import numpy as np
from scipy.special import ndtri

from analysis.stats.measures.tetrachoric import MOST, chance_of_both

from .peer_search import hessian_of_differences, nelder_mead, optimize


def follow(effects, columns):
    """``(yi, vi)`` of metafor for the tables whose correlation lies inside -1 and 1."""
    yi, vi = effects.yi.copy(), effects.vi.copy()
    for i in np.flatnonzero(np.isfinite(effects.vi)):
        cells = np.array([columns[name][i] for name in ("ai", "bi", "ci", "di")])
        yi[i], vi[i] = _searched(cells)
    return yi, vi


def _searched(cells):
    n, (a, b, c, _) = cells.sum(), cells
    row, column = ndtri((a + b) / n), ndtri((a + c) / n)

    def cost(x):
        rho, h, k = np.clip(x[:1], -MOST, MOST), x[1:2], x[2:]
        both = chance_of_both(h, k, rho)[0]
        first, second = (
            chance_of_both(h, np.full(1, 37.0), rho)[0],
            chance_of_both(np.full(1, 37.0), k, rho)[0],
        )
        chances = np.array([both, first - both, second - both, 1 - first - second + both])
        return -float(cells @ np.log(chances)) if (chances > 0).all() else np.inf

    start = optimize(lambda rho: cost(np.array([rho, row, column])), -1.0, 1.0)
    found = nelder_mead(cost, np.array([start, row, column]))
    return found[0], np.linalg.inv(hessian_of_differences(cost, found))[0, 0]
