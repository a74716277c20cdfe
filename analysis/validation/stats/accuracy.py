"""Blocks of diagnostic accuracy: four counts a study."""

import numpy as np

from analysis.stats.diagnostic import bivariate
from analysis.stats.effects import escalc
from analysis.stats.multilevel import fit_multilevel
from analysis.stats.structures import correlated

from .multilevel import mapping

COUNTS = {"tp", "fn", "fp", "tn"}


def normal_approximation(case, expected, method):
    """Logits of both shares with their variances, as correlated effects of a study."""
    if not set(case.data) >= COUNTS:
        return NotImplemented
    parts = {"sens": ("tp", "fn"), "spec": ("tn", "fp")}
    found = [
        escalc("PLO", {"xi": case.numbers(yes), "mi": case.numbers(no)})
        for yes, no in parts.values()
    ]
    yi, vi = (np.concatenate([getattr(f, name) for f in found]) for name in ("yi", "vi"))
    keep = np.isfinite(yi)
    what = np.repeat(list(parts), len(case.data["tp"]))[keep]
    study = np.tile(np.array(case.data["study"]), 2)[keep]
    X = np.column_stack([what == name for name in parts]).astype(float)
    fit = fit_multilevel(yi[keep], vi[keep], X=X, terms=[f"what{name}" for name in parts],
                         random=[correlated(what, study, "UN")], method=method)  # fmt: skip
    return mapping(fit)


def exact(case, expected):
    if not set(case.data) >= COUNTS:
        return NotImplemented
    fit = bivariate(*(case.numbers(name) for name in ("tp", "fn", "fp", "tn")))
    sd = np.sqrt(np.diag(fit.G))
    return {
        "logit_sens": fit.mu[0], "logit_spec": fit.mu[1], "se": fit.se,
        "cov_fixed": fit.vb[0, 1], "var_sens": fit.G[0, 0], "var_spec": fit.G[1, 1],
        "cov": fit.G[0, 1], "corr": fit.G[0, 1] / sd.prod(), "ll": fit.ll,
        "sens": fit.point.sens[0], "spec": fit.point.spec[0],
    }  # fmt: skip


HANDLERS = {
    "normal_approx_UN_(REML|ML)": normal_approximation,
    "glmer_exact_binomial_laplace": exact,
}
