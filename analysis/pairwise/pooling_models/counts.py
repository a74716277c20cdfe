"""Generalised linear mixed models: the counts themselves, and effects that differ."""

from functools import partial

import numpy as np

from ...stats import glmm, wald
from ...stats.errors import NotPoolable
from ...stats.pooling import moderators_test, tested_columns
from .parts import Inference, Pooled, Regressed, one, point, tested


def fitter(model):
    """The ``fit`` of one of the engine's models."""
    return partial(_fit, model)


def regressor(model):
    """The ``regress`` of one of the engine's models."""
    return partial(_regress, model)


def _fit(model, table):
    if table.k < 2:
        raise NotPoolable("one study alone does not tell how effects differ")
    found = _model(model, table)
    return Pooled(
        common=None,
        random=one(found) | {"method": "ML", "test": found.test},
        prediction=_prediction(found),
        heterogeneity={
            "QE": found.QE_Wld, "df": found.QE_df, "QEp": found.QEp_Wld,
            "tau2": point(found.tau2), "I2": point(found.I2), "H2": point(found.H2),
            "empty": False,
        },
        weights={"common": None, "random": None},
        tests=tuple(filter(None, [tested(
            "Heterogeneity by likelihood ratio", "χ²", found.QE_LRT, found.QE_df, found.QEp_LRT
        )])),
    )  # fmt: skip


def _model(model, table, **more):
    return glmm.fit_glmm(
        table.measure, _columns(table), model=model, test=table.spec["test"], level=table.level,
        **more,
    )  # fmt: skip


def _columns(table):
    """Events and their counterparts, which the engine asks for."""
    c = table.columns
    if table.measure != "OR":
        return c
    return c | {"bi": c["n1i"] - c["ai"], "di": c["n2i"] - c["ci"]}


def _prediction(found):
    """Where the effect of a new study is expected, by the distribution of the test."""
    at = wald.critical(found.level, found.ddf) * np.sqrt(found.se[0] ** 2 + found.tau2)
    return {"pi_lb": float(found.beta[0] - at), "pi_ub": float(found.beta[0] + at)}


def _regress(model, table, X, terms):
    found = _model(model, table, X=X, terms=terms)
    tests = moderators_test(found.beta, found.vb, tested_columns(X), found.ddf)
    names = ("beta", "se", "stat", "pval", "ci_lb", "ci_ub", "vb", "ddf")
    fit = Inference(terms, *(getattr(found, name) for name in names), *tests)
    return Regressed(fit, found.tau2, found.QE_Wld, found.QEp_Wld)
