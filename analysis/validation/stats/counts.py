"""Blocks of generalised linear mixed models."""

import re

import numpy as np
from scipy.special import expit

from analysis.stats.glmm import NAMES, fit_glmm, levelled, modes
from analysis.stats.glmm_models import TwoArms, study_model
from analysis.stats.wald import critical

from .compare import NotOffered

GIVEN = re.compile(r"\b(ai|bi|ci|di|x1i|t1i|x2i|t2i|xi|ti|ni)\s*=\s*(\w+)")
OFFERED = {"UM.FS", "CM.EL", "CM.AL"}


def columns(case, measure):
    """The counts under metafor's names, as the call maps them."""
    given = dict(GIVEN.findall(" ".join(case.call)))
    return {name: case.numbers(given.get(name, name)) for name in NAMES[measure]}


def data_of(case, measure):
    """The counts; rates of one group are those of the first when there are two."""
    if measure == "IRLN" and "x1i" in case.data:
        names = {"xi": "x1i", "ti": "t1i"}
        return {name: case.numbers(source) for name, source in names.items()}
    return columns(case, measure)


def fitted(case, expected, measure, nodes=7):
    if measure in ("OR", "IRR") and expected["model"] not in OFFERED:
        return NotOffered(f"the {expected['model']} mixed model for two groups")
    data = data_of(case, measure)
    moderators = [t for t in expected["terms"] if t != "intrcpt"]
    X = None
    if moderators:
        X = np.column_stack([np.ones(len(case.data[moderators[0]])),
                             *(case.numbers(name) for name in moderators)])  # fmt: skip
    return fit_glmm(measure, data, model=expected["model"], method=expected["method"], X=X,
                    terms=expected["terms"], test=expected["test"], nodes=nodes)  # fmt: skip


def glmm_block(case, expected, measure, rest):
    if "model" not in expected:
        return NotImplemented
    fit = fitted(case, expected, measure, 1 if "nAGQ1" in rest else 7)
    if isinstance(fit, NotOffered):
        return fit
    arms = 2 if measure in ("OR", "IRR") and fit.model == "UM.FS" else 1
    n, q = arms * fit.k, fit.parameters
    m, ll = max(n, q + 2), reported_loglik(case, expected, measure, fit)
    stats = {
        "ll": ll, "deviance": -2 * (ll - fit.ll_saturated), "AIC": -2 * ll + 2 * q,
        "BIC": -2 * ll + q * np.log(n), "AICc": -2 * ll + 2 * q * m / (m - q - 1),
    }  # fmt: skip
    got = {name: getattr(fit, name) for name in fit.__slots__}
    # metafor has a standard error of tau2 only where it does not hand over to lme4.
    se_tau2 = fit.se_tau2 if fit.model == "CM.EL" and measure == "OR" else None
    return got | {
        "se_tau2": se_tau2, "sigma2": None,
        "fit_stats": {"ML": stats, "REML": dict.fromkeys(stats)},
    }  # fmt: skip


def reported_loglik(case, expected, measure, fit):
    """What metafor prints: where lme4 fits, not the marginal likelihood but that at the modes."""
    if fit.tau2 == 0 or expected["model"] == "CM.EL":
        return fit.ll
    study = study_model(measure, expected["model"], data_of(case, measure))
    eta = np.full(fit.k, fit.beta[0])
    if isinstance(study, TwoArms):
        rule = np.polynomial.hermite.hermgauss(7)
        study = levelled(study, eta, fit.tau2**0.5, rule)
    return float(np.sum(study.loglik(eta + modes(study, eta, fit.tau2**0.5))))


def predicted(case, expected, measure):
    block = next(b for name, b in case.expected.items() if name == f"{measure}_ML")
    fit = fitted(case, block, measure)
    z = critical(fit.level)
    spread = z * np.sqrt(fit.se**2 + fit.tau2)
    bounds = {"ci_lb": fit.ci_lb, "ci_ub": fit.ci_ub, "pi_lb": fit.beta - spread,
              "pi_ub": fit.beta + spread}  # fmt: skip
    return {"pred": expit(fit.beta), "se": None} | {n: expit(x) for n, x in bounds.items()}


HANDLERS = {
    "(PLO)_ML_predict_ilogit": predicted,
    "(OR|IRR|IRLN|PLO)_(.*)": glmm_block,
}
