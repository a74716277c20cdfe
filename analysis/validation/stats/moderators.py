"""Blocks about moderators and subgroups."""

import numpy as np

from analysis.stats.heterogeneity import confint
from analysis.stats.prediction import predict
from analysis.stats.regression import likelihood_ratio, vif, wald_test
from analysis.stats.subgroups import subgroups, subgroups_shared

from .models import each, fit_mapping


def design_columns(case, expected):
    return list(case.matrix().names)


def predict_newmods(case, expected, method, test):
    fit = case.fit(method, test.lstrip("_") or "z")
    rows = np.array(case.expected["newmods"], float)
    if fit.has_intercept:
        rows = np.column_stack([np.ones(len(rows)), rows])
    return predict(fit, rows)


def vif_block(case, expected):
    return {"vif": vif(case.fit("REML"))}


def lrt(case, expected):
    if "null" not in expected or "formula" in case.spec:
        return NotImplemented
    full, reduced = case.fit("ML"), case.fit("ML", formula=expected["null"])
    if reduced.k != full.k:
        reduced = full.refit(X=np.ones((full.k, 1)), terms=("intrcpt",))
    found = likelihood_ratio(full, reduced)
    return {
        "LRT": found.LRT, "df": found.df, "pval": found.pval,
        "R2": found.R2, "AIC_full": found.AIC_full, "AIC_reduced": found.AIC_reduced,
    }  # fmt: skip


def anova(case, expected):
    btt, X = expected.get("btt"), expected.get("X")
    choice = {"columns": [i - 1 for i in btt]} if btt else {"L": X}
    got = {}
    for test in ("z", "knha"):
        found = wald_test(case.fit("REML", test), **choice)
        combined = {} if btt else {"Xb": found.Xb, "se": found.se, "pval": found.each_pval}
        got[test] = {
            "QM": found.QM, "QM_df": list(found.df), "QM_p": found.pval,
            "F": found.QM, "df": list(found.df), "p": found.pval,
            "Xb": None, "se": None, "pval": None,
        } | combined  # fmt: skip
    return got


def grouped(case, expected, method):
    if "group" not in case.spec or "per_group" not in expected:
        return NotImplemented
    effects = case.effects()
    arguments = (effects.yi, effects.vi, case.data[case.spec["group"]])
    options = {"levels": case.spec.get("levels"), "method": method}
    separate = subgroups(*arguments, **options)
    shared = subgroups_shared(*arguments, **options)
    per_group = each(separate.fits, lambda g: _with_interval(separate.fits[g]))
    return {
        "per_group": per_group,
        "Q_between": {"Q": separate.Q, "df": separate.df, "p": separate.pval},
        "common_tau2": {
            "group_means": fit_mapping(shared.means),
            "contrast_model": fit_mapping(shared.contrasts),
        },
    }


def _with_interval(fit):
    return fit_mapping(fit) | each(["confint_QP"], lambda _: confint(fit))


HANDLERS = {
    "design_columns": design_columns,
    "predict_newmods_(REML|ML|DL)(_knha|_t|)": predict_newmods,
    "vif": vif_block,
    "LRT_ML": lrt,
    "anova_.*": anova,
    "(REML|DL|FE)": grouped,
}
