"""Blocks about one fitted model: estimates, intervals, predictions, back-transformations."""

import re
from dataclasses import asdict

import numpy as np

from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.heterogeneity import confint
from analysis.stats.likelihood import fit_stats
from analysis.stats.pooling import rma
from analysis.stats.prediction import predict
from analysis.stats.regression import r_squared
from analysis.stats.scales import freeman_tukey_back, harmonic_mean, scale_of
from analysis.stats.sparse import mantel_haenszel, peto, sparse_series

from .compare import Refused
from .peer import stopped_reml

# A fit straight from the counts is called without control: with metafor's own stopping rule.
RAW_FIT = re.compile(r"rma\(measure\s*=")
NAME = re.compile(r"^(FE|EE|CE|DL|HE|HSk|HS|SJ|ML|REML|EB|PMM|PM|GENQ)$")


def each(labels, compute):
    """``{label: compute(label)}``, a refusal standing where there is no result."""
    got = {}
    for label in labels:
        try:
            got[label] = compute(label)
        except (NotPoolable, NotEstimable) as refusal:
            got[label] = Refused(refusal)
    return got


def fit_mapping(fit):
    """A `Fit` under the names of a case."""
    got = {
        "k": fit.k, "p": fit.p, "method": fit.method, "test": fit.test, "terms": fit.terms,
        "beta": fit.beta, "se": fit.se, "stat": fit.stat, "pval": fit.pval, "ci_lb": fit.ci_lb,
        "ci_ub": fit.ci_ub, "vcov": fit.vb, "ddf": None if fit.ddf is None else [fit.ddf],
        "tau2": fit.tau2, "se_tau2": fit.se_tau2, "I2": fit.I2, "H2": fit.H2,
        "s2_typical": fit.s2, "QE": fit.QE, "QE_df": fit.QE_df, "QE_p": fit.QEp, "QM": fit.QM,
        "QM_df": list(fit.QM_df), "QM_p": fit.QMp, "R2": r_squared(fit),
        "weights_pct": fit.weights,
    }  # fmt: skip
    return got | {"fit_stats": fit_stats(fit)}


def rma_block(case, expected, test):
    return each(expected, lambda method: fit_mapping(case.fit(method, test)))


def rma_level(case, expected, percent):
    level = float(percent) / 100
    return each(expected, lambda method: fit_mapping(case.fit(method, level=level)))


def rma_unweighted(case, expected):
    return each(expected, lambda method: fit_mapping(case.fit(method, weighted=False)))


def intervals(case, label):
    """``QP_REML_level90`` and the like."""
    kind, method, *rest = label.split("_")
    level = float(rest[0].removeprefix("level")) / 100 if rest else None
    return confint(case.fit(method), kind=kind, level=level)


def confint_block(case, expected):
    return each(expected, lambda label: intervals(case, label))


def confint_one(case, expected, label):
    return intervals(case, label)


def prediction(case, label, expected):
    """``REML_knha``, ``REML_z_riley``, ``REML_z_level90``, ``REML_z_transf``, ``REML``."""
    method, *rest = label.split("_")
    test = rest[0] if rest else "z"
    fit = case.fit(method, test)
    if "riley" in rest:
        return predict(fit, pi_type="riley")
    level = [r for r in rest if r.startswith("level")]
    if level:
        return predict(fit, level=float(level[0].removeprefix("level")) / 100)
    if "transf" in rest:
        return predict(fit).transformed(_back(case, expected["transf"]))
    return predict(fit)


def _back(case, name):
    if name == "transf.ipft.hm":
        n = harmonic_mean(case.complete()[2])
        return lambda x: freeman_tukey_back(x, n)
    if name == "exp":
        return np.exp
    return scale_of(case.spec["measure"]).back


def predict_block(case, expected):
    if "pred" in expected:
        return NotImplemented
    return each(expected, lambda label: prediction(case, label, expected[label]))


def predict_one(case, expected, label):
    return prediction(case, label, expected)


def by_measure(case, expected):
    """``rma`` of several measures made from the same columns."""

    def models(measure):
        found = case.effects(measure)

        def fit(method):
            if method == "REML" and any(RAW_FIT.search(call) for call in case.call):
                return fit_mapping(stopped_reml(found.yi, found.vi))
            return fit_mapping(rma(found.yi, found.vi, method=method))

        return each(expected[measure], fit)

    return each(expected, models)


def backtransformed(case, expected, measure):
    found = case.effects(measure)
    fit = rma(found.yi, found.vi)
    n = harmonic_mean(found.ni)
    back = scale_of(measure).back if measure != "PFT" else lambda x: freeman_tukey_back(x, n)
    return predict(fit).transformed(back)


def mh_options(text):
    """Options behind a block's name: nocorrect, level90, add_all; "add0" is the default."""
    options = {}
    if "nocorrect" in text:
        options["correct"] = False
    if "level" in text:
        options["level"] = float(re.search(r"level(\d+)", text).group(1)) / 100
    if "add_all" in text:
        options |= {"pool_add": 0.5, "pool_to": "if0all"}
    return options


def mh_one(case, expected, measure, rest):
    return asdict(mantel_haenszel(measure, case.columns(), **mh_options(rest)))


def mh_several(case, expected, rest):
    options = {"drop00": False} if "drop00_false" in rest else {}
    return each(expected, lambda m: asdict(mantel_haenszel(m, case.columns(), **options)))


def refused_fit(case, expected):
    """R would not fit this; whatever its words were, neither must the engine."""
    try:
        case.fit("REML")
    except NotPoolable:
        return expected
    return "fitted"


def sparse_series_block(case, expected, kind, measure):
    def pool(columns):
        return peto(columns) if measure == "PETO" else mantel_haenszel(measure[3:], columns)

    return sparse_series(pool, case.columns(), cumulative=kind == "cumul")


WEIGHTS = {
    "inv_var": lambda case: 1 / case.numbers("vi"),
    "inv_se": lambda case: 1 / np.sqrt(case.numbers("vi")),
    "n": lambda case: sum(case.numbers(c) for c in ("tpos", "tneg", "cpos", "cneg")),
}


def own_weights(case, expected, weights, method):
    fit = rma(case.numbers("yi"), case.numbers("vi"), method=method, weights=WEIGHTS[weights](case))
    return fit_mapping(fit)


def generalised(case, expected, weights):
    return own_weights(case, expected, weights, "GENQ")


def peto_block(case, expected):
    return asdict(peto(case.columns()))


HANDLERS = {
    "rma_(z|t|knha|adhoc)": rma_block,
    "rma_level([0-9]+)": rma_level,
    "rma_unweighted": rma_unweighted,
    "confint": confint_block,
    "confint_((?:QP|PL|Wald)_.*)": confint_one,
    "predict": predict_block,
    "(?:predict|fitted)_((?:DL|REML|ML|PM|FE)(?:_knha|_t)?)": predict_one,
    "fit_error": refused_fit,
    "rma": by_measure,
    "([A-Z]+)_backtransform(?:_hm)?": backtransformed,
    "MH_(OR|RR|RD|IRR|IRD)(.*)": mh_one,
    "mh(.*)": mh_several,
    "PETO|peto": peto_block,
    "(leave1out|cumul)_(MH_OR|MH_RR|MH_RD|PETO)": sparse_series_block,
    "GENQ_(inv_var|inv_se|n)": generalised,
    "user_weights_(inv_var|inv_se|n)_(.*)": own_weights,
}
