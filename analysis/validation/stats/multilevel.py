"""Blocks about multilevel and multivariate models, and robust inference after them."""

import re

import numpy as np

from analysis.stats.dependence import aggregate, sampling_covariance
from analysis.stats.formula import model_matrix
from analysis.stats.multilevel import (
    cooks_distances,
    deviations,
    fit_multilevel,
    log_likelihood,
    profile_interval,
)
from analysis.stats.ordering import in_order
from analysis.stats.pooling import rma
from analysis.stats.robust import robust
from analysis.stats.structures import correlated, nested
from analysis.stats.wald import chi2_p, two_sided
from analysis.stats.working_weights import working_fit

NESTED = re.compile(r"random\s*=\s*~\s*1\s*\|\s*(\w+)/(\w+)")
BIVARIATE = re.compile(r"random\s*=\s*~\s*(\w+)\s*\|\s*(\w+)")
CLUSTER = re.compile(r"cluster\s*=\s*(\w+)")
# robumeta's correlation of the effects of a study (that of vcalc is another one).
RHO = re.compile(r"robu\(rho\s*=\s*([0-9.]+)")


def text(case):
    return " ".join(case.call)


def effects(case):
    return case.numbers("yi"), case.numbers("vi")


def levels_of(case, expected):
    """The random intercepts a block names, or those of the case's call."""
    names = expected.get("s_names") if isinstance(expected, dict) else None
    if not names:
        found = NESTED.search(text(case))
        names = [found.group(1), "/".join(found.groups())] if found else []
    return [nested(*(case.data[c] for c in name.split("/")), name=name) for name in names]


def mapping(fit):
    """A `MultilevelFit` under the names of a case."""
    reml = {m: _criteria(fit, m == "REML") for m in ("ML", "REML")}
    random = {}
    if fit.sigma2:
        random = {
            "sigma2": list(fit.sigma2), "s_names": [e.name for e in fit.random],
            "s_nlevels": [int(e.group.max()) + 1 for e in fit.random],
            "I2": _shares(fit),
        }  # fmt: skip
    elif fit.G:
        effect, G = fit.random[0], fit.G[0]
        sd = np.sqrt(np.diag(G))
        rho = (G / np.outer(sd, sd))[np.triu_indices(len(G), 1)]
        one = effect.structure in ("CS", "ID", "AR")
        random = {
            "tau2": [G[0, 0]] if one else np.diag(G),
            "rho": rho[:1] if effect.structure != "UN" else rho,
            "struct": [effect.structure] * 2, "g_levels": np.bincount(effect.inner),
        }  # fmt: skip
    W = np.linalg.inv(fit.M)
    return random | {
        "k": fit.k, "p": fit.p, "method": fit.method, "test": fit.test, "terms": fit.terms,
        "beta": fit.beta, "se": fit.se, "stat": fit.stat, "pval": fit.pval,
        "ddf": None if fit.ddf is None else [fit.ddf], "ci_lb": fit.ci_lb, "ci_ub": fit.ci_ub,
        "vcov": fit.vb, "QE": fit.QE, "QE_df": fit.QE_df, "QE_p": fit.QEp, "QM": fit.QM,
        "QM_df": list(fit.QM_df), "QM_p": fit.QMp, "fit_stats": reml,
        "weights_rowsum_pct": 100 * W.sum(1) / W.sum(),
    }  # fmt: skip


def _criteria(fit, reml):
    ll = log_likelihood(fit.yi, fit.X, fit.M, reml)
    n = fit.k - fit.p if reml else fit.k
    q = fit.parameters
    m = max(n, q + 2)
    saturated = -0.5 * (fit.k * np.log(2 * np.pi) + np.linalg.slogdet(fit.V)[1])
    return {
        "ll": ll, "deviance": -2 * (ll - (0 if reml else saturated)), "AIC": -2 * ll + 2 * q,
        "BIC": -2 * ll + q * np.log(n), "AICc": -2 * ll + 2 * q * m / (m - q - 1),
    }  # fmt: skip


def _shares(fit):
    W = np.linalg.inv(fit.V)
    P = W - W @ fit.X @ np.linalg.solve(fit.X.T @ W @ fit.X, fit.X.T @ W)
    typical = (fit.k - fit.p) / np.trace(P)
    total = sum(fit.sigma2) + typical
    return {
        "I2_total": 100 * sum(fit.sigma2) / total, "typical_v": typical,
        "I2_by_level": [100 * s / total for s in fit.sigma2],
    }  # fmt: skip


def intercepts(case, expected, *rest):
    """Any block that names its random intercepts."""
    if "s_names" not in expected or "sigma2" not in expected:
        return NotImplemented
    yi, vi = effects(case)
    V = vi
    rho = next((re.search(r"rho(\d+)", part) for part in rest if part), None)
    if rho:
        correlation = float(f"{rho.group(1)[0]}.{rho.group(1)[1:]}")
        V = sampling_covariance(vi, levels_of(case, expected)[0].group, correlation)
    names = tuple(t for t in expected["terms"] if t != "intrcpt")
    X, terms = _moderators(case, names)
    options = {"X": X, "terms": terms, "method": expected["method"], "test": expected["test"]}
    fit = fit_multilevel(yi, V, random=levels_of(case, expected), **options)
    if expected.get("dfs") == "contain" and expected["test"] == "t":
        top = min(int(e.group.max()) + 1 for e in fit.random)
        options["ddf"] = top - fit.p
        fit = fit_multilevel(yi, V, random=fit.random, **options)
    return mapping(fit)


def _moderators(case, names):
    """The model matrix behind the names of coefficients."""
    if not names:
        return None, ("intrcpt",)
    centred = re.fullmatch(r"I\((\w+) - mean\((\w+)\)\)", names[0])
    if centred:
        x = case.numbers(centred.group(1))
        return np.column_stack([np.ones(x.size), x - x.mean()]), ("intrcpt", names[0])
    columns = {c for c in case.data if any(n.startswith(c) for n in names)}
    matrix = model_matrix("~ " + " + ".join(sorted(columns)), case.data)
    return matrix.X, matrix.names


def bivariate(case, expected, structure, method, _):
    found = BIVARIATE.search(text(case))
    if not found or not isinstance(expected, dict) or "beta" not in expected:
        return NotImplemented
    inner, outer = found.groups()
    mods = f"~ {inner} - 1"
    for extra in sorted({t.split(":", 1)[1] for t in expected["terms"] if ":" in t}):
        mods += f" + {inner}:{extra}"
    matrix = model_matrix(mods, case.data)
    yi, V = case.numbers("yi"), _covariance(case, outer)
    random = [correlated(case.data[inner], case.data[outer], structure)]
    return mapping(
        fit_multilevel(yi, V, X=matrix.X, terms=matrix.names, random=random, method=method)
    )


def _covariance(case, outer):
    """The block-diagonal V from columns v1i, v2i ..., or the variances alone."""
    if "v1i" not in case.data:
        return case.numbers("vi")
    groups = np.asarray(case.data[outer]).astype(str)
    V = np.zeros((groups.size, groups.size))
    for name in dict.fromkeys(groups.tolist()):
        rows = np.flatnonzero(groups == name)
        block = np.column_stack([case.numbers(f"v{j + 1}i")[rows] for j in range(rows.size)])
        V[np.ix_(rows, rows)] = block
    return V


def covariance_block(case, expected):
    found = BIVARIATE.search(text(case))
    if not found or "v1i" not in case.data:
        return NotImplemented
    return _covariance(case, found.group(2))


def common(case, expected):
    found = BIVARIATE.search(text(case))
    if not found or "beta" not in expected:
        return NotImplemented
    matrix = model_matrix(f"~ {found.group(1)} - 1", case.data)
    V = _covariance(case, found.group(2))
    return mapping(fit_multilevel(case.numbers("yi"), V, X=matrix.X, terms=matrix.names))


def contrast_model(case, expected, method):
    """The same model with the first level as reference."""
    inner, outer = BIVARIATE.search(text(case)).groups()
    matrix = model_matrix(f"~ {inner}", case.data)
    random = [correlated(case.data[inner], case.data[outer], "UN")]
    V = _covariance(case, outer)
    return mapping(fit_multilevel(case.numbers("yi"), V, X=matrix.X, terms=matrix.names,
                                  random=random, method=method))  # fmt: skip


def difference(case, expected, first, second):
    inner, outer = BIVARIATE.search(text(case)).groups()
    matrix = model_matrix(f"~ {inner} - 1", case.data)
    random = [correlated(case.data[inner], case.data[outer], "UN")]
    fit = fit_multilevel(case.numbers("yi"), _covariance(case, outer), X=matrix.X,
                         terms=matrix.names, random=random)  # fmt: skip
    L = [(t == inner + first) * 1.0 - (t == inner + second) * 1.0 for t in fit.terms]
    est, se = float(L @ fit.beta), float(np.sqrt(L @ fit.vb @ L))
    return {"est": est, "se": se, "p": two_sided(est / se)}


def main_fit(case, method="REML"):
    yi, vi = effects(case)
    return fit_multilevel(yi, vi, random=levels_of(case, None), method=method)


def profile(case, expected):
    fit = main_fit(case)
    got = {}
    for i in range(len(fit.random)):
        est, lb, ub = profile_interval(fit, i)
        got[f"sigma^2.{i + 1}"] = {"est": est, "lb": lb, "ub": ub}
    return got


def predicted(case, expected):
    if "pred" not in expected or not NESTED.search(text(case)):
        return NotImplemented
    fit = main_fit(case)
    spread = 1.959963984540054 * np.sqrt(fit.se**2 + sum(fit.sigma2))
    return {
        "pred": fit.beta, "se": fit.se, "ci_lb": fit.ci_lb, "ci_ub": fit.ci_ub,
        "pi_lb": fit.beta - spread, "pi_ub": fit.beta + spread,
    }  # fmt: skip


def lrt_level(case, expected, level):
    fit = main_fit(case)
    yi, vi = effects(case)
    rest = [e for e in fit.random if e.name != level]
    smaller = fit_multilevel(yi, vi, random=rest)
    LRT = 2 * (fit.ll - smaller.ll)
    return {"LRT": LRT, "p": chi2_p(LRT, 1)}


def _cluster(case):
    found = CLUSTER.search(text(case)) or NESTED.search(text(case))
    return case.data[found.group(1)]


def robust_mapping(found, case):
    F = float(found.stat[0] ** 2)
    return {
        "terms": found.terms, "beta": found.beta, "se": found.se, "stat": found.stat,
        "df": found.df, "pval": found.pval, "ci_lb": found.ci_lb, "ci_ub": found.ci_ub,
        "n_clusters": found.n_clusters, "vcov": found.vb, "QM": F,
        "QM_df": [1, found.df[0]], "QM_p": found.pval[0],
    }  # fmt: skip


def robust_block(case, expected, kind):
    fit = main_fit(case)
    found = robust(fit.yi, fit.X, fit.M, _cluster(case), terms=["intrcpt"], kind=kind)
    return robust_mapping(found, case)


def robust_two_level(case, expected, kind):
    yi, vi = effects(case)
    fit = rma(yi, vi)
    found = robust(yi, fit.X, vi + fit.tau2, _cluster(case), terms=["intrcpt"], kind=kind)
    return robust_mapping(found, case)


def correlated_robust(case, expected, digits, kind):
    yi, vi = effects(case)
    random = levels_of(case, None)
    V = sampling_covariance(vi, random[0].group, float(f"{digits[0]}.{digits[1:]}"))
    fit = fit_multilevel(yi, V, random=random)
    found = robust(yi, fit.X, fit.M, _cluster(case), terms=["intrcpt"], kind=kind)
    return robust_mapping(found, case)


def working(case, expected, weights):
    """robumeta's estimates under its own names."""
    yi, vi = effects(case)
    rho = float(found.group(1)) if (found := RHO.search(text(case))) else 0.8
    fit = working_fit(yi, vi, _cluster(case), weights=weights, rho=rho)
    r = fit.robust
    return {
        "b": r.beta, "SE": r.se, "dfs": r.df, "p": r.pval, "ci_lb": r.ci_lb, "ci_ub": r.ci_ub,
        "tau2": fit.tau2, "omega2": fit.omega2, "I2": fit.I2, "N": fit.n, "M": fit.m,
    }  # fmt: skip


def aggregated(case, expected, digits):
    yi, vi = effects(case)
    study = case.data["study"]
    V = sampling_covariance(vi, study, float(f"{digits[0]}.{digits[1:]}"))
    names, y, v = aggregate(yi, V, study)
    place = [names.index(str(s)) for s in expected["study"]]
    return {"study": [names[i] for i in place], "yi": y[place], "vi": v[place]}


def fixed_model(case, expected):
    if not NESTED.search(text(case)) or "beta" not in expected:
        return NotImplemented
    yi, vi = effects(case)
    return mapping(fit_multilevel(yi, vi, terms=["intrcpt"]))


def as_multivariate(case, expected, structure):
    """The three-level model written as correlated effects of the lower level in the upper."""
    outer, inner = NESTED.search(text(case)).groups()
    yi, vi = effects(case)
    random = [correlated(case.data[inner], case.data[outer], structure)]
    return mapping(fit_multilevel(yi, vi, terms=["intrcpt"], random=random))


def ranef(case, expected):
    got = {}
    for effect in deviations(main_fit(case)):
        parts = zip(*(case.data[c] for c in effect.name.split("/")), strict=True)
        labels = np.array(["/".join(map(str, row)) for row in parts])
        groups = next(e.group for e in main_fit(case).random if e.name == effect.name)
        names = [labels[groups == g][0] for g in effect.groups]
        place = [names.index(level) for level in expected[effect.name]["level"]]
        got[effect.name] = {
            "level": expected[effect.name]["level"], "intrcpt": effect.value[place],
            "se": effect.se[place],
        }  # fmt: skip
    return got


def cooks(case, expected, level):
    """In the order of the clusters' names, as R has them."""
    names, distances = cooks_distances(main_fit(case), case.data[level])
    return [distances[names.index(name)] for name in in_order(names)]


HANDLERS = {
    "fixed": fixed_model,
    "multivariate_param_([A-Z]+)": as_multivariate,
    "ranef": ranef,
    "cooks_distance_by_(.*)": cooks,
    "(UN|CS|HCS|DIAG|AR|ID)_(REML|ML)(_[a-z]+)?": bivariate,
    "V": covariance_block,
    "FE": common,
    "contrast_(REML|ML)": contrast_model,
    "contrast_([A-Z]+)_minus_([A-Z]+)": difference,
    "confint_profile": profile,
    "predict": predicted,
    "LRT_([a-z]+)": lrt_level,
    "robust_(?:clubSandwich_)?(CR[012])": robust_block,
    "robust_rma_uni_(CR[012])": robust_two_level,
    "robumeta_(CORR|HIER)": working,
    r"CHE_rho(\d+)_(CR[012])": correlated_robust,
    r"aggregate_rho(\d+)": aggregated,
    "(three_level_.*|two_level_only|crossed_.*|nested_.*|mods_.*|CHE_.*)": intercepts,
}
