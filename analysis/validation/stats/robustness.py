"""Blocks that doubt a result: studies left out, influence, asymmetry, missing studies."""

import re
from dataclasses import asdict, fields

import numpy as np

from analysis.stats.asymmetry import ranktest, regtest
from analysis.stats.failsafe import excess_significance, general, orwin, rosenberg, rosenthal
from analysis.stats.gosh import gosh
from analysis.stats.henmi_copas import henmi_copas
from analysis.stats.influence import baujat, influence
from analysis.stats.permutation import permutation_test
from analysis.stats.pooling import rma
from analysis.stats.residuals import blup, rstandard, rstudent
from analysis.stats.sensitivity import cumulative, leave_one_out
from analysis.stats.trimfill import trim_and_fill

from .models import each, fit_mapping
from .peer import integrate, uniroot


def shallow(result):
    """A result's fields by name."""
    return {f.name: getattr(result, f.name) for f in fields(result)}


def _fit(case, label):
    method, _, test = label.partition("_")
    return case.fit(method, test or "z")


def leave1out(case, expected):
    return each(expected, lambda label: leave_one_out(_fit(case, label)))


def leave1out_one(case, expected, label):
    return leave_one_out(_fit(case, label))


def cumul(case, expected):
    def series(name):
        order = _order(case, name)
        rest = [m for m in expected[name] if m != "order"]
        fits = each(rest, lambda m: cumulative(case.fit(m), order))
        return {"order": order + 1, **fits}

    return each(expected, series)


def _order(case, name):
    _, vi, _, rows = case.complete()
    if name == "row":
        return np.arange(vi.size)
    if name == "precision":
        return np.argsort(vi, kind="stable")
    return np.argsort(case.numbers(case.spec["order"])[rows], kind="stable")


def influence_mapping(fit):
    found = influence(fit)
    return shallow(found) | {
        "dfbetas": dict(zip(map(r_name, found.terms), found.dfbetas.T, strict=True)),
    }


def r_name(term):
    """A term as the name R gives to a column."""
    return re.sub(r"[^\w.]", ".", term)


def influence_block(case, expected):
    return each(expected, lambda label: influence_mapping(_fit(case, label)))


def influence_one(case, expected, label):
    return influence_mapping(_fit(case, label))


def residual_block(case, expected, which, label):
    function = {"rstandard": rstandard, "rstudent": rstudent, "blup": blup}[which]
    return function(_fit(case, label.lstrip("_") or "REML"))


def baujat_block(case, expected):
    return each(expected, lambda label: baujat(_fit(case, label)))


def regression_test(case, label):
    model, *rest = label.split("_")
    method, predictor = ("REML", rest[0]) if model == "lm" else rest
    fit = case.fit(method)
    ni = case.complete()[2]
    return regtest(fit, predictor=predictor, model=model, ni=ni)


def regtest_block(case, expected):
    return each(expected, lambda label: regression_test(case, label))


def regtest_one(case, expected, method, predictor):
    return regtest(case.fit(method), predictor=predictor, ni=None)


def ranktest_block(case, expected):
    return ranktest(case.fit("FE" if "rma_z" not in case.expected else "REML"))


def trimmed(case, label):
    method, estimator, *side = label.split("_")
    found = trim_and_fill(case.fit(method), estimator=estimator, side=side[0] if side else None)
    return shallow(found) | {"fit": fit_mapping(found.fit)}


def trimfill_block(case, expected):
    return each(expected, lambda label: trimmed(case, label))


def trimfill_one(case, expected, label):
    return trimmed(case, label)


def fsn(case, kind, *, target=None):
    yi, vi, _, _ = case.complete()
    if kind == "Rosenthal":
        return rosenthal(yi, vi)
    if kind == "General":
        return general(yi, vi, target=target)
    if kind == "Rosenberg":
        return rosenberg(yi, vi)
    # metafor weights the mean from 4.4 on
    return orwin(yi, None if case.edition < 5 else vi, target=target)


def fsn_block(case, expected):
    return each(expected, lambda kind: asdict(fsn(case, kind)))


def fsn_one(case, expected, kind):
    found = asdict(fsn(case, kind))
    return found | {"est": found["mean"]}


def hc_block(case, expected):
    yi, vi, _, _ = case.complete()
    return henmi_copas(yi, vi, search=uniroot, area=integrate)


def tes_block(case, expected):
    yi, vi, _, _ = case.complete()
    return excess_significance(yi, vi)


def gosh_block(case, expected, method):
    yi, vi, _, _ = case.complete()
    found = gosh(yi, vi, method=method)
    # the subsets come in no particular order: both sides are compared sorted
    order = _sorting(found.k, found.estimate)
    wanted = _sorting(np.array(expected["k"]), np.array(expected["estimate"], float))
    place = np.empty_like(order)
    place[wanted] = order
    names = ("k", "QE", "I2", "tau2", "estimate")
    got = {name: getattr(found, name)[place] for name in names}
    return {"n_models": found.k.size, **got}


def _sorting(k, estimate):
    return np.lexsort((np.round(estimate, 9), k))


def permuted(case, expected):
    def one(method):
        found = permutation_test(case.fit(method))
        return {"exact": found.exact, "permutations": None, "iter": None, **shallow(found)}

    return each(expected, one)


def permuted_at_random(case, expected, what, method):
    """Random permutations agree within what two such sets of draws differ by chance."""
    if "mc_se" not in expected:
        return NotImplemented
    X = None
    if what == "moderator":
        names = [name for name in case.data if name not in ("yi", "vi")]
        X = np.column_stack([np.ones(len(case.data["yi"])), *map(case.numbers, names)])
    fit = rma(case.numbers("yi"), case.numbers("vi"), X=X, method=method)
    found = permutation_test(fit, draws=20_000, seed=1)
    error = np.atleast_1d(np.array(expected["mc_se"], float))
    wanted = np.atleast_1d(np.array(expected["pval"], float))
    close = np.abs(found.pval - wanted) <= 5 * np.sqrt(2) * error
    got = {"pval": np.where(close, wanted, found.pval), "mc_se": error, "iter": None}
    return got | {"QM_p": got["pval"][-1]}


METHOD = "((?:REML|DL|ML|FE|PM)(?:_knha|_t)?)"
HANDLERS = {
    "leave1out": leave1out,
    f"leave1out_{METHOD}": leave1out_one,
    "cumul": cumul,
    "influence": influence_block,
    f"influence_{METHOD}": influence_one,
    "(rstandard|rstudent|blup)((?:_REML)?)": residual_block,
    "baujat": baujat_block,
    "regtest": regtest_block,
    "regtest_(REML|DL|FE)_([a-z]+)": regtest_one,
    "ranktest": ranktest_block,
    "trimfill": trimfill_block,
    "trimfill_((?:REML|DL|FE)_[LRQ]0)": trimfill_one,
    "fsn": fsn_block,
    "fsn_(Rosenthal|Orwin|Rosenberg|General)": fsn_one,
    "(Rosenthal|Orwin|Rosenberg|General)": fsn_one,
    "henmi_copas": hc_block,
    "tes": tes_block,
    "gosh_(DL|FE)": gosh_block,
    "permutest_exact": permuted,
    "(intercept|moderator)_(FE|DL)": permuted_at_random,
}
