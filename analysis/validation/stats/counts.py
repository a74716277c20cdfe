"""Blocks of generalised linear mixed models."""

import re
from dataclasses import replace

import numpy as np
from scipy.special import expit

from analysis.stats.glmm import NAMES, fit_glmm, levelled, modes
from analysis.stats.glmm_models import TwoArms, study_model
from analysis.stats.wald import chi2_p, critical, two_sided

from .peer_laplace import fit_covariance, heterogeneity, loglik_from_saturated

GIVEN = re.compile(r"\b(ai|bi|ci|di|x1i|t1i|x2i|t2i|xi|ti|ni)\s*=\s*(\w+)")


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


def matrix(case, expected):
    moderators = [t for t in expected["terms"] if t != "intrcpt"]
    rows = len(next(iter(case.data.values())))
    return np.column_stack([np.ones(rows), *(case.numbers(name) for name in moderators)])


def fitted(case, expected, measure, nodes=7):
    data, X = data_of(case, measure), matrix(case, expected)
    return fit_glmm(measure, data, model=expected["model"], method=expected["method"], X=X,
                    terms=expected["terms"], test=expected["test"], nodes=nodes)  # fmt: skip


def glmm_block(case, expected, measure, rest):
    if "model" not in expected:
        return NotImplemented
    fit = fitted(case, expected, measure, 1 if "nAGQ1" in rest else 7)
    by_laplace = fit.tau2 > 0 and "nAGQ1" in rest
    if by_laplace or (fit.model == "UM.RS" and fit.method == "ML"):
        fit = as_lme4(fit, data_of(case, measure), matrix(case, expected))
    arms = 2 if measure in ("OR", "IRR") and fit.model in ("UM.FS", "UM.RS") else 1
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
        "se_tau2": se_tau2,
        "fit_stats": {"ML": stats, "REML": dict.fromkeys(stats)},
    }  # fmt: skip


def as_lme4(fit, data, X):
    """The fit with lme4's standard errors by Laplace, which lag behind the mode."""
    model = "UM.FS" if fit.model == "UM.RS" else fit.model
    study = study_model(fit.measure, model, data)
    vb = fit_covariance(study, fit, X)
    se = np.sqrt(np.diag(vb))
    margin, stat = critical(fit.level, fit.ddf) * se, fit.beta / se
    QE = heterogeneity(study, fit, X) if fit.model == "UM.RS" else fit.QE_Wld
    return replace(
        fit, se=se, vb=vb, stat=stat, pval=two_sided(stat, fit.ddf), ci_lb=fit.beta - margin,
        ci_ub=fit.beta + margin, QE_Wld=QE,
        QEp_Wld=None if QE is None else chi2_p(QE, fit.QE_df),
    )  # fmt: skip


def reported_loglik(case, expected, measure, fit):
    """What metafor prints: where lme4 fits, not the marginal likelihood but that at the modes."""
    if fit.model == "UM.RS" and fit.method == "EE":
        study = study_model(measure, "UM.FS", data_of(case, measure))
        return loglik_from_saturated(study, fit)
    own = (measure, expected["model"]) == ("OR", "CM.EL") or expected["model"] == "UM.RS"
    if fit.tau2 == 0 or own:
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
