"""Blocks about individual patients: mixed models and their means."""

import re

import numpy as np

from analysis.stats.formula import model_matrix
from analysis.stats.imputation import joint_test, pool_rubin
from analysis.stats.marginal_means import marginal_means, pairwise
from analysis.stats.mixed import containment_df, fit_mixed
from analysis.stats.mixed_slopes import fit_slopes
from analysis.stats.mixed_tests import satterthwaite, term_tests, variance_theory
from analysis.stats.wald import chi2_p

from .compare import NotOffered

RANDOM = re.compile(r"\+?\s*\(([^|()]+)\|([^()]+)\)")


def mixed(case, reml, data=None):
    """The case's model; NotOffered for random effects other than one intercept."""
    formula = case.spec["formula"]
    found = RANDOM.findall(formula)
    if len(found) != 1 or found[0][0].strip() != "1":
        return NotOffered("random slopes and several random effects")
    fixed = re.sub(r"\s+", " ", RANDOM.sub("", formula)).strip()
    return fit_mixed(
        fixed, case.data if data is None else data, study=found[0][1].strip(), reml=reml
    )


def estimates(found, terms):
    return {
        "terms": terms, "est": found.est, "se": found.se, "df_satterthwaite": found.df,
        "t": found.t, "p": found.p, "ci_lb": found.ci_lb, "ci_ub": found.ci_ub,
    }  # fmt: skip


def components(fit):
    covariance = variance_theory(fit).covariance
    se = np.sqrt(np.diag(covariance))
    return {
        "var_study": fit.var_study, "var_residual": fit.var_residual,
        "sd_study": fit.var_study**0.5, "sd_residual": fit.var_residual**0.5, "icc": fit.icc,
        "se_var_study": se[0], "se_var_residual": se[1], "cov_var": covariance[0, 1],
    }  # fmt: skip


SLOPES = re.compile(r"^(?:1\s*\+\s*)?(\w+(?:\s*\+\s*\w+)*)$")


def slopes_block(case, reml):
    """A model with random slopes, ``(1 + x | study)`` or ``(x | study)``."""
    formula = case.spec["formula"]
    (inside, study), *others = RANDOM.findall(formula)
    found = SLOPES.match(inside.strip())
    if others or not found:
        return NotOffered("several random effects, or uncorrelated ones")
    names = [name.strip() for name in found.group(1).split("+")]
    fixed = re.sub(r"\s+", " ", RANDOM.sub("", formula)).strip()
    fit = fit_slopes(fixed, case.data, slopes=names, study=study.strip(), reml=reml)
    q = len(fit.effects)
    parameters = fit.beta.size + q * (q + 1) // 2 + 1
    sd = np.sqrt(np.diag(fit.G))
    return {
        "n_obs": fit.n, "n_groups": len(fit.studies), "REML": reml, "singular": fit.singular,
        "fixed": {
            "terms": fit.terms, "est": fit.beta, "se": fit.se, "df_satterthwaite": fit.df,
            "t": fit.t, "p": fit.pval, "ci_lb": fit.ci_lb, "ci_ub": fit.ci_ub,
        },
        "vcov_fixed": fit.vb, "loglik": fit.ll, "minus2ll": -2 * fit.ll,
        "varcomp": {
            "G": fit.G, "sd": sd, "corr": fit.G / np.outer(sd, sd),
            "var_residual": fit.var_residual, "sd_residual": fit.var_residual**0.5,
        },
        "information_criteria": {
            "AIC_lme4": -2 * fit.ll + 2 * parameters,
            "BIC_lme4": -2 * fit.ll + np.log(fit.n) * parameters,
        },
        "blup": {"level": fit.studies, "value": fit.blup},
    }  # fmt: skip


def lmm_block(case, expected, which):
    if "formula" not in case.spec or "varcomp" not in expected:
        return NotImplemented
    found = RANDOM.findall(case.spec["formula"])
    if len(found) != 1 or found[0][0].strip() != "1":
        return slopes_block(case, which == "REML")
    return mixed_mapping(mixed(case, which == "REML"), case.data, case.spec.get("factor"))


def mixed_mapping(fit, data, factor):
    """A `MixedFit` under the names of a case, with the means of ``factor``."""
    if isinstance(fit, NotOffered):
        return fit
    minus2ll = -2 * fit.ll
    terms = term_tests(fit)
    got = {
        "n_obs": fit.n, "n_groups": len(fit.studies), "REML": fit.reml, "singular": fit.singular,
        "fixed": estimates(satterthwaite(fit, np.eye(fit.p)), fit.terms),
        "vcov_fixed": fit.vb, "varcomp": components(fit), "loglik": fit.ll,
        "minus2ll": minus2ll, "minus2ll_direct_check": minus2ll,
        "information_criteria": {
            "AIC_lme4": fit.AIC, "BIC_lme4": fit.BIC, "AIC_spss_reml": minus2ll + 4,
        },
        "type3": {
            "term": [t.term for t in terms], "F": [t.F for t in terms],
            "num_df": [t.num_df for t in terms], "den_df": [t.den_df for t in terms],
            "p": [t.p for t in terms],
        },
        "blup": {"level": fit.studies, "value": fit.blup},
        "nlme_check": {
            "est": fit.beta, "se": fit.se, "sd_study": fit.var_study**0.5,
            "sd_residual": fit.var_residual**0.5, "loglik": fit.ll,
            "df_containment": containment_df(fit),
        },
    }  # fmt: skip
    return got | (_means(data, fit, factor) if factor and fit.reml else {})


def differences(pairs):
    """The compared levels by emmeans' names: one that reads as a sum stands in parentheses."""
    shielded = [[f"({x})" if re.search(r"[-+*/]", str(x)) else x for x in p] for p in pairs.pairs]
    return [f"{a} - {b}" for a, b in shielded]


def _means(data, fit, factor):
    means = marginal_means(fit, factor, data)
    pairs = pairwise(fit, means)
    adjusted = marginal_means(fit, factor, data, method="kenward-roger")
    adjusted_pairs = pairwise(fit, adjusted, method="kenward-roger").differences
    d = pairs.differences
    return {
        "emmeans": {
            "levels": means.levels, "emmean": means.means.est, "se": means.means.se,
            "df": means.means.df, "ci_lb": means.means.ci_lb, "ci_ub": means.means.ci_ub,
        },
        "pairwise": {
            "contrast": differences(pairs), "diff": d.est, "se": d.se, "df": d.df, "t": d.t,
            "p_lsd": pairs.p_lsd, "ci_lb": d.ci_lb, "ci_ub": d.ci_ub,
            "p_bonferroni": pairs.p_bonferroni, "p_holm": pairs.p_holm,
            "p_sidak": pairs.p_sidak, "p_tukey": pairs.p_tukey,
        },
        "kenward_roger": {
            "emm_se": adjusted.means.se, "emm_df": adjusted.means.df,
            "pair_se": adjusted_pairs.se, "pair_df": adjusted_pairs.df,
            "pair_p": adjusted_pairs.p,
        },
    }  # fmt: skip


def lrt_term(case, expected):
    """Likelihood-ratio test of one term of a mixed model, by ML."""
    if "formula" not in case.spec or "term" not in expected:
        return NotImplemented
    full = mixed(case, reml=False)
    term = expected["term"]
    fixed = full.formula.partition("~")
    rest = [t for t in model_matrix(full.formula, case.data).terms if t != term]
    reduced = fit_mixed(
        f"{fixed[0]} ~ {' + '.join(rest) or '1'}", case.data,
        study=RANDOM.findall(case.spec["formula"])[0][1].strip(), reml=False,
    )  # fmt: skip
    chi2, df = 2 * (full.ll - reduced.ll), full.p - reduced.p
    return {"term": term, "chi2": chi2, "df": df, "p": chi2_p(chi2, df)}


def imputed(case):
    """The fits to each completed data set, the factor, and its means in each."""
    table = case.data["completed"]
    fits, means = [], []
    factor = model_matrix(case.spec["formula"].split("+ (")[0], table).terms[0]
    for i in sorted(set(table["imp"])):
        rows = [j for j, number in enumerate(table["imp"]) if number == i]
        part = {name: [values[j] for j in rows] for name, values in table.items()}
        fits.append(mixed(case, True, part))
        means.append(marginal_means(fits[-1], factor, part))
    return fits, means


def per_imputation(case, expected):
    return [
        {
            "est": f.beta, "se": f.se, "var_study": f.var_study, "var_residual": f.var_residual,
            "loglik": f.ll, "emmean": m.means.est, "emm_se": m.means.se,
        }
        for f, m in zip(*imputed(case), strict=True)
    ]  # fmt: skip


def rubin_block(case, expected, what):
    fits, means = imputed(case)
    dfcom = fits[0].n - fits[0].p
    if what == "fixed":
        found, names = [(f.beta, f.se) for f in fits], fits[0].terms
    elif what == "emmeans":
        found, names = [(m.means.est, m.means.se) for m in means], means[0].levels
    else:
        pairs = [pairwise(f, m) for f, m in zip(fits, means, strict=True)]
        found = [(p.differences.est, p.differences.se) for p in pairs]
        names = differences(pairs[0])
    estimates, ses = (np.array(x) for x in zip(*found, strict=True))
    small = pool_rubin(estimates, ses**2, dfcom=dfcom)
    large = pool_rubin(estimates, ses**2)
    return {
        "terms": list(names), "m": [len(fits)] * len(names), "qbar": small.qbar,
        "ubar": small.ubar, "b": small.b, "t": small.t, "se": small.se, "r": small.r,
        "lambda": small.lambda_, "df_rubin1987": large.df, "df_barnard_rubin": small.df,
        "dfcom": [dfcom] * len(names), "fmi": small.fmi, "fmi_rubin1987": large.fmi,
        "stat": small.stat, "p_rubin1987": large.pval, "p_barnard_rubin": small.pval,
        "ci_lb_rubin1987": large.ci_lb, "ci_ub_rubin1987": large.ci_ub,
        "ci_lb_barnard_rubin": small.ci_lb, "ci_ub_barnard_rubin": small.ci_ub,
        "relative_efficiency": 1 / (1 + small.fmi / len(fits)),
    }  # fmt: skip


def pooled_components(case, expected):
    fits, _ = imputed(case)
    return {
        name: np.mean([getattr(f, name) for f in fits]) for name in ("var_study", "var_residual")
    }


def joint_block(case, expected):
    fits, _ = imputed(case)
    columns = [j for j, number in enumerate(fits[0].assign) if number == 1]
    found = joint_test(
        [f.beta[columns] for f in fits], [f.vb[np.ix_(columns, columns)] for f in fits]
    )
    return {"F": found.F, "df1": found.df1, "df2": found.df2, "p": found.p, "r": found.r,
            "method": "D1 (Li, Raghunathan & Rubin 1991)"}  # fmt: skip


def first_term(case, expected):
    whole = rubin_block(case, expected, "fixed")
    names = {"qbar": "qbar", "t": "t", "df": "df_barnard_rubin", "fmi": "fmi", "r": "r"}
    return {name: whole[source][0] for name, source in names.items()}


def complete_case(case, expected):
    data = case.data["incomplete"]
    fit = mixed(case, True, data)
    return mixed_mapping(fit, data, fit.term_labels[0])


HANDLERS = {
    "(REML|ML)": lmm_block,
    "LRT_ML": lrt_term,
    "m": lambda case, expected: len(set(case.data["completed"]["imp"])),
    "per_imputation": per_imputation,
    "pooled_(fixed|emmeans|pairwise)": rubin_block,
    "pooled_varcomp": pooled_components,
    "joint_test_.*_D1": joint_block,
    "mice_pool_scalar_check_first_term": first_term,
    "complete_case": complete_case,
}
